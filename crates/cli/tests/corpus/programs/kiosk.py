"""A small kiosk in Python that goes wrong in the way its first argument names."""

import ctypes
import faulthandler
import json
import logging
import os
import socket
import sqlite3
import ssl
import subprocess
import sys
import threading
import time


class OutOfStock(Exception):
    pass


def sell(name, stock):
    try:
        return stock[name]
    except KeyError as error:
        raise OutOfStock(f"no {name} left") from error


def stock_is_counted():
    return False


def restock(pages):
    return restock(pages + 1)


def fill(path):
    with open(path, "wb") as file:
        while True:
            file.write(b"\0" * 65536)
            file.flush()


def serve(host, port):
    listener = socket.socket()
    listener.bind((host, int(port)))
    listener.listen()
    print("serving", flush=True)
    time.sleep(600)


def many_files(folder):
    for number in range(10**6):
        with open(os.path.join(folder, f"ticket-{number}"), "w"):
            pass


def main(how, first="", second=""):
    if how == "exception":
        print(json.loads('{"price": 3')["price"])
    elif how == "chained":
        sell("postcards", {})
    elif how == "deep":
        restock(0)
    elif how == "memory":
        shelves = []
        while True:
            shelves.append(bytearray(32 << 20))
    elif how == "eat":
        shelves = []
        while True:
            shelves.append(os.urandom(1 << 20))
    elif how == "assert":
        assert stock_is_counted(), "stock was not counted"
    elif how == "child":
        subprocess.run(["false"], check=True)
    elif how == "child-missing":
        subprocess.run(["kiosk-printer"], check=True)
    elif how == "abort":
        os.abort()
    elif how == "locked":
        one = sqlite3.connect(first)
        one.execute("create table if not exists sales (n)")
        one.execute("begin exclusive")
        sqlite3.connect(first, timeout=0.1).execute("insert into sales values (1)")
    elif how == "import-name":
        from json import no_such_name  # noqa: F401
    elif how == "raise-exit":
        raise SystemExit(3)
    elif how == "says":
        print(first, file=sys.stderr, flush=True)
        print("open", flush=True)
        time.sleep(600)
    elif how == "says-and-goes":
        print(first, file=sys.stderr, flush=True)
        sys.exit(int(second))
    elif how == "says-and-faults":
        print(first, file=sys.stderr, flush=True)
        ctypes.string_at(8)
    elif how == "child-eats":
        subprocess.run([sys.executable, __file__, "eat"])
        print("kiosk: the printer is gone, closing", file=sys.stderr)
        sys.exit(1)
    elif how == "logs-and-waits":
        logging.basicConfig(level="INFO", format="%(asctime)s %(levelname)s %(message)s")
        try:
            socket.create_connection(("127.0.0.1", int(first)))
        except OSError:
            logging.exception("cannot reach the till")
        print("open", flush=True)
        time.sleep(600)
    elif how == "thread-dies":
        threading.Thread(target=sell, args=("maps", {})).start()
        time.sleep(0.5)
        print("still open", flush=True)
        time.sleep(600)
    elif how == "exit":
        sys.exit("kiosk: the till does not open, closing for today")
    elif how == "code":
        sys.exit(int(first))
    elif how == "segfault":
        faulthandler.enable()
        ctypes.string_at(8)
    elif how == "env":
        print(os.environ["KIOSK_API_TOKEN"])
    elif how == "module":
        import kiosk_payments  # noqa: F401
    elif how == "serve":
        serve(first, second)
    elif how == "ask":
        socket.create_connection((first, int(second)))
    elif how == "timeout":
        listener = socket.create_server(("127.0.0.1", 0))
        asked = socket.create_connection(listener.getsockname())
        asked.settimeout(0.3)
        asked.recv(1)
    elif how == "tls":
        raw = socket.create_connection((first, int(second)))
        ssl.create_default_context().wrap_socket(raw, server_hostname="localhost")
    elif how == "fill":
        fill(first)
    elif how == "many-files":
        many_files(first)
    elif how == "read":
        print(open(first).read())
    elif how == "open-all":
        kept = []
        while True:
            kept.append(open("/dev/null"))
    elif how == "threads":
        while True:
            threading.Thread(target=time.sleep, args=(600,), daemon=True).start()
    elif how == "logged":
        logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s %(message)s", level="INFO")
        try:
            sell("papers", {})
        except OutOfStock:
            logging.exception("could not sell")
        logging.info("shift over")
        sys.exit(int(first))
    elif how == "success":
        print("all sold")
    elif how == "sleepy":
        print("open", flush=True)
        time.sleep(600)
    elif how == "slow":
        time.sleep(600)
    elif how == "stubborn":
        import signal

        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        print("open", flush=True)
        while True:
            time.sleep(600)
    elif how == "spin":
        print("open", flush=True)
        while True:
            pass
    elif how == "beat-once":
        notify(b"READY=1")
        notify(b"WATCHDOG=1")
        time.sleep(600)
    elif how == "http-hang":
        http_hang(int(first))


def notify(message):
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as way:
        way.sendto(message, os.environ["NOTIFY_SOCKET"].replace("@", "\0", 1))


def http_hang(port):
    """Answers twice, and then accepts but says nothing."""
    listener = socket.create_server(("127.0.0.1", port))
    kept = []
    for number in range(1000):
        connection, _ = listener.accept()
        if number < 2:
            connection.recv(4096)
            connection.sendall(b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok")
            connection.close()
        else:
            kept.append(connection)


if __name__ == "__main__":
    main(*sys.argv[1:])
