# SPDX-License-Identifier: BSD-3-Clause
"""Connections that are held open while something happens to the link below them."""
import fcntl
import re
import socket
import sys
import termios
import time

WAIT_S = 30


def await_true(what, condition):
    deadline = time.monotonic() + WAIT_S
    while not condition():
        if time.monotonic() > deadline:
            sys.exit(f"not within {WAIT_S} s: {what}")
        time.sleep(0.02)


def await_line(log, pattern, count=1):
    """Until the log has `count` lines like this."""

    def has():
        with open(log, encoding="utf-8") as file:
            return len(re.findall(pattern, file.read(), re.MULTILINE)) >= count

    await_true(f"{count} lines '{pattern}' in {log}", has)


def connect(servers, port, n_each):
    return [socket.create_connection((server, port), 10) for server in servers for _ in range(n_each)]


def send(clients):
    for client in clients:
        client.sendall(b"data")


def unsent(client):
    return int.from_bytes(fcntl.ioctl(client, termios.TIOCOUTQ, bytes(4)), sys.byteorder)


def await_acknowledged(clients):
    await_true("all data acknowledged", lambda: not any(map(unsent, clients)))


def close(clients):
    """By FIN, which the other end must answer by its own."""
    for client in clients:
        client.shutdown(socket.SHUT_WR)
    for client in clients:
        client.settimeout(WAIT_S)
        if client.recv(1) != b"":
            sys.exit("data where a FIN was wanted")
        client.close()
