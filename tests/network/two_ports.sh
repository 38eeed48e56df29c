#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# two_ports: one estab with two ports on two lcores. Each port serves its own clients; a flow stays on
# the lcore of its port, and the totals are the sum.
#
#     estab0  192.0.2.2/24   <- tap ->  192.0.2.1/24   lcore 1 \
#             2001:db8::2/64            2001:db8::1/64          > estab respond
#     estab1  198.18.0.2/24  <- tap ->  198.18.0.1/24  lcore 2 /
#             2001:db8:1::2/64          2001:db8:1::1/64
. "$(dirname "$0")/topology.sh"

[ -c /dev/net/tun ] || skip "no /dev/net/tun, so no net_tap"
write_config estab net_tap0 net_tap0,iface=estab0 \
	'[port 1]' 'device = net_tap1' 'ipv4 = 198.18.0.1/24' 'ipv6 = 2001:db8:1::1/64' \
	'[flow]' 'capacity_ipv4 = 65536' 'capacity_ipv6 = 65536'
sed -i "s/^args.1.*/&\nargs.2 = --vdev=net_tap1,iface=estab1 --lcores 0@0,1@0,2@$(($(nproc) > 1))/" "$work/estab.conf"
start_tap estab
join_tap estab estab1 198.18.0.2/24 2001:db8:1::2/64
await_answer estab 198.18.0.1
await_answer estab 2001:db8:1::1

# 150 clients of port 0 and 70 of port 1 connect by turns and stay; estab ends while they do.
python3 - "$SERVER4" "$SERVER6" 198.18.0.1 2001:db8:1::1 >"$work/connected" <<'PYTHON' &
import fcntl
import signal
import socket
import sys
import termios

clients = []
for i in range(100):
    for server, count in zip(sys.argv[1:], (100, 50, 40, 30)):
        if i < count:
            clients.append(socket.create_connection((server, 81), 10))
for client in clients:
    client.sendall(b"data")
while any(fcntl.ioctl(client, termios.TIOCOUTQ, b"\0" * 4) != b"\0" * 4 for client in clients):
    pass
print("all", flush=True)
signal.pause()
PYTHON
clients=$!
await 30 grep -q all "$work/connected" || fail "not all clients could connect"
stop_estab estab
kill "$clients"

# field NAME: of every lcore, smallest first.
field() {
	python3 -c 'import json, sys
print(*sorted(lcore[sys.argv[2]] for lcore in json.load(open(sys.argv[1]))["lcores"]))' "$work/estab.json" "$1"
}

expect_text "flows of the two lcores" "$(field flows)" "70 150"
expect "flows in all" "$(counter estab flows)" -eq 220
expect ESTABLISHED_BY_COOKIE "$(counter estab ESTABLISHED_BY_COOKIE)" -eq 220
expect DATA_ACCEPTED "$(counter estab DATA_ACCEPTED)" -eq 220
expect HANDED_OVER "$(counter estab HANDED_OVER)" -eq 0
expect_no_retransmission

python3 - "$work/estab.json" <<'PYTHON'
import sys

import stats

run = stats.load(sys.argv[1])
stats.check_queues(run, 1)
first, second = (port["rx_packets"] for port in run["ports"])
# A flow has a SYN, an ACK and data; clients' ACKs and neighbours come on top.
if not (first >= 3 * 150 and 3 * 70 <= second < first):
    sys.exit(f"the ports have received {first} and {second} packets")
PYTHON
expect "lines of the ports in the summary" "$(grep -c '^net_tap[01] ' "$work/estab.log")" -eq 2
