#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# connect_in_turn: 10,000 connects one after the other per family, half closed by FIN and half by
# RST; none fails, none is retransmitted, and every one is counted as what it was.
#
#     Linux client                       estab respond
#     estab0  192.0.2.2/24     net_tap   192.0.2.1/24
#             2001:db8::2/64  <------->  2001:db8::1/64
. "$(dirname "$0")/topology.sh"

start_default
python3 - "$SERVER4" "$SERVER6" <<'PYTHON'
import socket
import struct
import sys

RESET_ON_CLOSE = struct.pack("ii", 1, 0)
for server in sys.argv[1:]:
    family = socket.AF_INET6 if ":" in server else socket.AF_INET
    for i in range(10000):
        with socket.socket(family, socket.SOCK_STREAM) as client:
            client.settimeout(10)
            client.connect((server, 81))
            if i % 2:
                client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
PYTHON
expect_no_retransmission
# What was sent before the echo request has been read before it.
await_answer estab "$SERVER4"
stop_estab estab

expect ANSWER_SYN "$(counter estab ANSWER_SYN)" -eq 20000
expect ESTABLISHED_BY_COOKIE "$(counter estab ESTABLISHED_BY_COOKIE)" -eq 20000
expect FIN_ACCEPTED "$(counter estab FIN_ACCEPTED)" -eq 10000
expect RST_ACCEPTED "$(counter estab RST_ACCEPTED)" -eq 10000
expect RETRANSMITTED "$(counter estab RETRANSMITTED)" -eq 0
expect flows "$(counter estab flows)" -eq 0
