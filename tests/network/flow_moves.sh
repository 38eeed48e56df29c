#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# flow_moves: a card whose redirection table is rewritten while connections are open (link failover, a
# driver, an operator). Segments of these then come to the other lcore, which hands them over: they go
# on, end well, and new ones are opened. toeplitz_nic is the card.
#
#     Linux client                       estab respond
#     estab0  192.0.2.2/24     veth      estab1  192.0.2.1/24      queue 0, lcore 1
#             2001:db8::2/64  <----->            2001:db8::1/64    queue 1, lcore 2
. "$(dirname "$0")/topology.sh"

need ethtool
TOEPLITZ_NIC=${TOEPLITZ_NIC:-$root/build/tests/network/libtoeplitz_nic.so}
last_cpu=$(($(nproc) - 1))
join_veth
write_config estab net_af_packet0 "net_af_packet0,iface=estab1,qpairs=2 --lcores 0@0,1@0,2@$last_cpu" \
	"queues = 2" "spread = rss" '[flow]' 'capacity_ipv4 = 65536' 'capacity_ipv6 = 65536'
export TOEPLITZ_NIC_MOVES=$work/moved
LD_PRELOAD=$TOEPLITZ_NIC launch_estab estab
await_ready estab
await_answer estab "$SERVER4"
await_answer estab "$SERVER6"

# 200 connections are opened, the table is rewritten, all of them send again and close; then 200 more.
python3 - "$TOEPLITZ_NIC_MOVES" "$SERVER4" "$SERVER6" >"$work/clients" <<'PYTHON' || fail "$(cat "$work/clients")"
import fcntl
import os
import socket
import sys
import termios
import time


def acknowledged(client):
    return fcntl.ioctl(client, termios.TIOCOUTQ, b"\0" * 4) == b"\0" * 4


def send(clients):
    for client in clients:
        client.sendall(b"data")
    deadline = time.monotonic() + 30
    while not all(acknowledged(client) for client in clients):
        if time.monotonic() > deadline:
            sys.exit("data was not acknowledged")
        time.sleep(0.01)


def close(clients):
    for client in clients:
        client.shutdown(socket.SHUT_WR)
        if client.recv(1) != b"":
            sys.exit("data instead of a FIN")
        client.close()


def connect(servers):
    return [socket.create_connection((server, 81), 10) for server in servers for _ in range(100)]


moved, servers = sys.argv[1], sys.argv[2:]
before = connect(servers)
send(before)
open(moved, "w").close()
send(before)
send(before)
after = connect(servers)
send(after)
close(before)
close(after)
PYTHON
stop_estab estab

expect ESTABLISHED_BY_COOKIE "$(counter estab ESTABLISHED_BY_COOKIE)" -eq 400
expect FIN_ACCEPTED "$(counter estab FIN_ACCEPTED)" -eq 400
expect flows "$(counter estab flows)" -eq 0
# Data twice, FIN and the ACK of ours, of all that were open; but for what one acknowledgement covers.
expect HANDED_OVER "$(counter estab HANDED_OVER)" -ge 600
expect "taken over" "$(counter estab taken)" -eq "$(counter estab HANDED_OVER)"
expect pass_dropped "$(counter estab pass_dropped)" -eq 0
expect DROP_FLOW_ELSEWHERE "$(counter estab DROP_FLOW_ELSEWHERE)" -eq 0
for verdict in RESET_BAD_COOKIE RST_ACCEPTED DROP_OWNER_UNKNOWN; do
	expect "$verdict" "$(counter estab "$verdict")" -eq 0
done
expect "warnings" "$(grep -c '^estab: port net_af_packet0: segments arrive on other queues' "$work/estab.log")" -eq 1
