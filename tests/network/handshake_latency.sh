#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# handshake_latency: how long handshakes took, as estab tells it at its end: of clients that answer
# at once and of some whose kernel keeps its ACK back; not of those whose ACK brings data, nor of
# those without timestamps.
#
#     Linux client                       estab respond
#     estab0  192.0.2.2/24     net_tap   192.0.2.1/24
#             2001:db8::2/64  <------->  2001:db8::1/64
. "$(dirname "$0")/topology.sh"

start_default

# open_clients N KIND: over each family N connections. at_once: the kernel acknowledges at once. late:
# with TCP_QUICKACK off it waits a fifth of a second for data to send along. data: there is some.
open_clients() {
	python3 - "$1" "$2" "$SERVER4" "$SERVER6" <<'PYTHON'
import socket
import sys
import time

n, kind = int(sys.argv[1]), sys.argv[2]


def connect(server):
    client = socket.socket(socket.AF_INET6 if ":" in server else socket.AF_INET)
    client.settimeout(10)
    client.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, kind == "at_once")
    client.connect((server, 81))
    if kind == "data":
        client.sendall(b"x")
    return client


def delayed_acks():
    with open("/proc/net/netstat", encoding="ascii") as file:
        names, values = [line.split() for line in file if line.startswith("TcpExt:")]
    return int(values[names.index("DelayedACKs")])


before = delayed_acks()
clients = [connect(server) for server in sys.argv[3:] for _ in range(n)]
deadline = time.monotonic() + 5
while kind == "late" and delayed_acks() - before < len(clients):
    if time.monotonic() > deadline:
        sys.exit("the kernel does not send its ACKs")
    time.sleep(0.01)
PYTHON
}

open_clients 150 at_once
open_clients 50 late
open_clients 20 data
sysctl -qw net.ipv4.tcp_timestamps=0
open_clients 30 at_once
expect_no_retransmission
# What was sent before the echo request has been read before it.
await_answer estab "$SERVER4"
stop_estab estab

expect ESTABLISHED_BY_COOKIE "$(counter estab ESTABLISHED_BY_COOKIE)" -eq 500
expect "handshakes measured" "$(counter estab measured)" -eq 400
expect "half of all, in ns" "$(counter estab p50_ns)" -le 20000000
expect "those of the late, in ns" "$(counter estab p90_ns)" -ge 150000000
expect "the longest, in ns" "$(counter estab max_ns)" -le 1000000000
grep -qE '^handshake  p50 [0-9]+ ms  p90 [0-9]+ ms  p99 [0-9]+ ms  p99.9 [0-9]+ ms  max [0-9]+ ms  measured 80.0 % of 500 handshakes$' \
	"$work/estab.log" || fail "the summary does not say so: $(grep ^handshake "$work/estab.log")"
