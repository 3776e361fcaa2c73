// Tells its guardian how it is, with nothing but Node.
//
//   node heartbeat.js
'use strict';

const { execFile } = require('child_process');
const { writeFile } = require('fs/promises');
const { promisify } = require('util');

const name = process.env.NOTIFY_SOCKET;
// Twice as often as it has to be: one beat may be late.
const interval = Number(process.env.WATCHDOG_USEC ?? 0) / 1000 / 2;

async function tell(...lines) {
  if (!name) return;
  try {
    if (name.startsWith('\\\\.\\pipe\\')) {
      await writeFile(name, lines.join('\n'));
    } else {
      // Node has no datagram sockets of this kind, so systemd's own tool speaks. It has to be there, as it
      // is wherever systemd is; packages from npm do without it.
      await promisify(execFile)('systemd-notify', lines);
    }
  } catch (error) {
    console.error(`cannot tell ${lines}: ${error.message}`);
  }
}

async function stop() {
  clearInterval(work);
  await tell('STOPPING=1', 'STATUS=tidying up');
  console.log('stopped');
}

// The loop that does the work beats, so that a hang in it is a missed beat. Without a watchdog it does not.
const work = setInterval(() => interval && tell('WATCHDOG=1'), interval || 60_000);
for (const signal of ['SIGTERM', 'SIGINT']) process.once(signal, stop);
tell('READY=1', 'STATUS=at work').then(() => console.log('at work'));
