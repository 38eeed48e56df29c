# SPDX-License-Identifier: BSD-3-Clause
"""The kernel's TCP as client, one connection after the other.

    clients.py N ADDRESS...

N connections to each address' port 81 that send data and stay, and N to its port 80 that read the
response. Prints "all" once everything sent is acknowledged, and keeps the connections until it is ended."""
import fcntl
import random
import signal
import socket
import struct
import sys
import time

SIOCOUTQ = 0x5411
PATIENCE_S = 10

# Each once: the kernel may choose one again that estab still has in TIME-WAIT, and reopens.
ports = iter(random.sample(range(10000, 30000), 10000))


def connect(address, port):
    return socket.create_connection((address, port), PATIENCE_S, ("", next(ports)))


def request(address):
    with connect(address, 80) as client:
        client.sendall(b"GET / HTTP/1.0\r\n\r\n")
        if not b"".join(iter(lambda: client.recv(65536), b"")).endswith(b"\r\n\r\nestab\n"):
            sys.exit(f"{address}: a wrong response")


def hold(address):
    client = connect(address, 81)
    # Ended, it sends one RST: no FIN that the kernel would repeat to whatever estab comes next.
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client.sendall(b"data")
    return client


def unacknowledged(client):
    return struct.unpack("i", fcntl.ioctl(client, SIOCOUTQ, struct.pack("i", 0)))[0]


def main():
    held = []
    for address in sys.argv[2:]:
        for _ in range(int(sys.argv[1])):
            held.append(hold(address))
            request(address)
    deadline = time.monotonic() + PATIENCE_S
    while any(map(unacknowledged, held)):
        if time.monotonic() > deadline:
            sys.exit("data was not acknowledged")
        time.sleep(0.05)
    print("all", flush=True)
    signal.pause()


if __name__ == "__main__":
    main()
