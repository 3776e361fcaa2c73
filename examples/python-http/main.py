"""A web service of the standard library; nothing in it knows of Outlast.

    python3 main.py [PORT [GREETING]]    without PORT: the variable PORT, else 8644
"""

import os
import signal
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

PORT = int(sys.argv[1] if len(sys.argv) > 1 else os.environ.get("PORT", "8644"))
PAGES = {
    "/": sys.argv[2] if len(sys.argv) > 2 else "hello from Python",
    "/healthz": "ok",
}


class Page(BaseHTTPRequestHandler):
    def do_GET(self):
        body = (PAGES.get(self.path, "not found") + "\n").encode()
        self.send_response(200 if self.path in PAGES else 404)
        self.send_header("Content-Type", "text/plain; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


server = ThreadingHTTPServer(("127.0.0.1", PORT), Page)
# shutdown() waits for serve_forever(), which the signal has interrupted.
signal.signal(signal.SIGTERM, lambda *_: Thread(target=server.shutdown).start())
print(f"listening on http://127.0.0.1:{PORT}", flush=True)
server.serve_forever()
print("stopped", flush=True)
