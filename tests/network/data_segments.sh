#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# data_segments: 20,000 segments of random data to a hold listener; each is acknowledged at once, none
# is sent twice. Some checksums come out as 0, which is legal (RFC 9293 MUST-3).
#
#     Linux client                       estab respond
#     estab0  192.0.2.2/24     net_tap   192.0.2.1/24
#             2001:db8::2/64  <------->  2001:db8::1/64
. "$(dirname "$0")/topology.sh"

start_default
python3 - "$SERVER4" "$SERVER6" <<'PYTHON'
import fcntl
import random
import socket
import struct
import sys
import termios
import time


def unacknowledged(client):
    return struct.unpack("i", fcntl.ioctl(client, termios.TIOCOUTQ, b"\0" * 4))[0]


seed = time.time_ns()
print("seed", seed)
source = random.Random(seed)
for server in sys.argv[1:]:
    with socket.create_connection((server, 81), 10) as client:
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for _ in range(10000):
            client.sendall(source.randbytes(source.randrange(1, 200)))
            deadline = time.monotonic() + 10
            while unacknowledged(client):
                if time.monotonic() > deadline:
                    sys.exit(f"data to {server} is not acknowledged")
PYTHON
expect_no_retransmission
stop_estab estab

expect DATA_ACCEPTED "$(counter estab DATA_ACCEPTED)" -eq 20000
expect DROP_BAD_TCP_CHECKSUM "$(counter estab DROP_BAD_TCP_CHECKSUM)" -eq 0
