#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# connect_at_once: 1,000 connects started without waiting for each other, per family; all are
# established at the same time, none is retransmitted.
#
#     Linux client                       estab respond
#     estab0  192.0.2.2/24     net_tap   192.0.2.1/24
#             2001:db8::2/64  <------->  2001:db8::1/64
. "$(dirname "$0")/topology.sh"

start_default
ulimit -n 2500
python3 - "$SERVER4" "$SERVER6" <<'PYTHON'
import select
import socket
import sys

for server in sys.argv[1:]:
    family = socket.AF_INET6 if ":" in server else socket.AF_INET
    clients = [socket.socket(family, socket.SOCK_STREAM | socket.SOCK_NONBLOCK) for _ in range(1000)]
    poll = select.poll()
    for client in clients:
        client.connect_ex((server, 81))
        poll.register(client, select.POLLOUT)
    waiting = {client.fileno(): client for client in clients}
    while waiting:
        ready = poll.poll(10000)
        if not ready:
            sys.exit(f"{len(waiting)} of 1,000 connects to {server} had no answer within 10 s")
        for number, _ in ready:
            error = waiting.pop(number).getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
            if error:
                sys.exit(f"a connect to {server} failed with errno {error}")
            poll.unregister(number)
    for client in clients:
        client.close()
PYTHON
expect_no_retransmission
# What was sent before the echo request has been read before it.
await_answer estab "$SERVER4"
stop_estab estab

expect ANSWER_SYN "$(counter estab ANSWER_SYN)" -eq 2000
expect ESTABLISHED_BY_COOKIE "$(counter estab ESTABLISHED_BY_COOKIE)" -eq 2000
expect RETRANSMITTED "$(counter estab RETRANSMITTED)" -eq 0
