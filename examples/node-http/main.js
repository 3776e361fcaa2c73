// A web service of the standard library; nothing in it knows of Outlast.
//
//   node main.js [PORT [GREETING]]    without PORT: the variable PORT, else 8645
'use strict';

const http = require('http');

const port = Number(process.argv[2] ?? process.env.PORT ?? 8645);
const pages = {
  '/': process.argv[3] ?? 'hello from Node',
  '/healthz': 'ok',
};

const server = http.createServer((request, response) => {
  const page = pages[request.url];
  response.writeHead(page ? 200 : 404, { 'Content-Type': 'text/plain; charset=utf-8', Connection: 'close' });
  response.end((page ?? 'not found') + '\n');
});

// SIGTERM on Unix, Ctrl-C on Windows: both are how Outlast asks for the end.
for (const signal of ['SIGTERM', 'SIGINT']) {
  process.on(signal, () => server.close(() => console.log('stopped')));
}
server.listen(port, '127.0.0.1', () => console.log(`listening on http://127.0.0.1:${port}`));
