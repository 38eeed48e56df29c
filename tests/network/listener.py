# SPDX-License-Identifier: BSD-3-Clause
"""The kernel's TCP as a server: accepts, reads until the other end closes, counts.

    listener.py [--answer] [--backlog N] [--deaf] ADDRESS/PORT...

Prints "listening", and at SIGTERM what it has heard. --answer: a response to the first data, and it
closes; --deaf: accepts nothing."""
import argparse
import collections
import json
import selectors
import signal
import socket
import sys

RESPONSE = b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\nConnection: close\r\n\r\nestab\n"


def listen(endpoint, backlog):
    address, port = endpoint.split("/")
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if family == socket.AF_INET6:
        listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    listener.bind((address, int(port)))
    listener.listen(backlog)
    listener.setblocking(False)
    return listener


class Server:
    """All its sockets, and what they have heard."""

    def __init__(self, answer):
        self.answer = answer
        self.heard = collections.Counter(accepted=0, closed=0, reset=0, requests=0)
        self.tuples = set()
        self.selector = selectors.DefaultSelector()

    def accept(self, listener):
        while True:
            try:
                client, address = listener.accept()
            except BlockingIOError:
                return
            self.heard["accepted"] += 1
            self.tuples.add(address)
            client.setblocking(False)
            self.selector.register(client, selectors.EVENT_READ, self.read)

    def read(self, client):
        try:
            data = client.recv(65536)
            if data and self.answer:
                self.heard["requests"] += 1
                client.sendall(RESPONSE)
                client.shutdown(socket.SHUT_WR)
            if data:
                return
            self.heard["closed"] += 1
        except ConnectionError:
            self.heard["reset"] += 1
        self.selector.unregister(client)
        client.close()

    def serve(self):
        while True:
            for key, _ in self.selector.select():
                key.data(key.fileobj)


def end(*_):
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # timeout(1) signals its command and then the group
    raise KeyboardInterrupt


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--answer", action="store_true")
    parser.add_argument("--backlog", type=int, default=4096)
    parser.add_argument("--deaf", action="store_true")
    parser.add_argument("endpoints", nargs="+")
    arguments = parser.parse_args()
    signal.signal(signal.SIGTERM, end)
    server = Server(arguments.answer)
    listeners = [listen(endpoint, arguments.backlog) for endpoint in arguments.endpoints]
    if not arguments.deaf:
        for listener in listeners:
            server.selector.register(listener, selectors.EVENT_READ, server.accept)
    print("listening", flush=True)
    try:
        server.serve()
    except KeyboardInterrupt:
        print(json.dumps({"heard": {**server.heard, "tuples": len(server.tuples)}}))
        sys.exit()


if __name__ == "__main__":
    main()
