"""Tells its guardian how it is, with nothing but the standard library.

    python3 heartbeat.py
"""

import os
import signal
import socket
import threading


class Guardian:
    """Whoever has started this program and wants to hear of it, if anybody."""

    def __init__(self):
        self.name = os.environ.get("NOTIFY_SOCKET")
        # Twice as often as it has to be: one beat may be late.
        self.interval = int(os.environ.get("WATCHDOG_USEC", "0")) / 1_000_000 / 2

    def tell(self, *lines):
        if not self.name:
            return
        message = "\n".join(lines).encode()
        if self.name.startswith("\\\\.\\pipe\\"):
            with open(self.name, "wb", buffering=0) as pipe:
                pipe.write(message)
            return
        # A name with @ is not in any folder; the kernel writes a zero for it.
        address = "\0" + self.name[1:] if self.name.startswith("@") else self.name
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
            sender.sendto(message, address)


stopping = threading.Event()
for request in (signal.SIGTERM, signal.SIGINT):
    signal.signal(request, lambda *_: stopping.set())

guardian = Guardian()
guardian.tell("READY=1", "STATUS=at work")
print("at work", flush=True)
# The loop that does the work beats, so that a hang in it is a missed beat.
while not stopping.wait(guardian.interval or None):
    guardian.tell("WATCHDOG=1")
guardian.tell("STOPPING=1", "STATUS=tidying up")
print("stopped", flush=True)
