#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# two_lcores: one port with two queues, a worker lcore each, and a switch that keeps a flow on a queue
# (spread = peer). A flow stays on its lcore: no segment is found elsewhere, and the totals add up.
#
#     Linux client                     dpdk-testpmd               estab respond
#     estab0  192.0.2.2/24   <- tap -> queue 0 <- net_memif -> queue 0, lcore 1   192.0.2.1/24
#             2001:db8::2/64           queue 1 <- net_memif -> queue 1, lcore 2   2001:db8::1/64
. "$(dirname "$0")/topology.sh"

need dpdk-testpmd
[ -c /dev/net/tun ] || skip "no /dev/net/tun, so no net_tap"
last_cpu=$(($(nproc) - 1))
write_config estab net_memif0 "net_memif0,role=server,socket=$work/memif.sock,socket-abstract=no" \
	"queues = 2" "spread = peer" '[flow]' 'capacity_ipv4 = 65536' 'capacity_ipv6 = 65536'
sed -i "s/^args.1.*/& --lcores 0@0,1@0,2@$last_cpu/" "$work/estab.conf"
launch_estab estab
await 20 test -S "$work/memif.sock" || fail "estab opens no memif socket"
timeout -k 5 100 dpdk-testpmd --no-pci --no-huge --no-shconf -m 256 --lcores "0@0,1@$last_cpu" --no-telemetry \
	--vdev=net_tap0,iface=estab0 --vdev="net_memif0,role=client,socket=$work/memif.sock,socket-abstract=no" \
	-- --rxq=2 --txq=2 --nb-cores=1 --forward-mode=io --total-num-mbufs=16384 --stats-period=1 \
	>"$work/testpmd.log" 2>&1 </dev/null &
switch=$!
join_tap estab estab0 "$CLIENT4/24" "$CLIENT6/64"
await_answer estab "$SERVER4"
await_answer estab "$SERVER6"

python3 - "$SERVER4" "$SERVER6" >"$work/connected" <<'PYTHON' &
import signal
import socket
import sys

clients = []
for server in sys.argv[1:]:
    for _ in range(200):
        clients.append(socket.create_connection((server, 81), 10))
for _ in range(5):
    for client in clients:
        client.sendall(b"data")
print("all", flush=True)
signal.pause()
PYTHON
clients=$!
await 60 grep -q all "$work/connected" || fail "not all clients could connect"
await 10 nothing_unacknowledged || fail "data was not acknowledged"
stop_estab estab
kill "$clients" "$switch"

expect ESTABLISHED_BY_COOKIE "$(counter estab ESTABLISHED_BY_COOKIE)" -eq 400
expect flows "$(counter estab flows)" -eq 400
expect HANDED_OVER "$(counter estab HANDED_OVER)" -eq 0
python3 - "$work/estab.json" <<'PYTHON'
import sys

import stats

run = stats.load(sys.argv[1])
flows = [lcore["flows"] for lcore in run["lcores"]]
print("flows of the lcores:", *flows)
if len(flows) != 2 or min(flows) < 40:
    sys.exit(f"the flows are not spread over two lcores: {flows}")
for lcore in run["lcores"]:
    if sum(lcore["verdicts"].values()) != lcore["rx_packets"]:
        sys.exit("verdicts and received packets of an lcore differ")
    if lcore["verdicts"]["ESTABLISHED_BY_COOKIE"] != lcore["flows"]:
        sys.exit("an lcore has other flows than it established")
stats.check_queues(run, 2)
if min(queue["rx_packets"] for queue in run["ports"][0]["per_queue"]) < 40:
    sys.exit("the packets are not spread over two queues")
if sum(run["verdicts"].values()) != stats.total(run, "rx_packets"):
    sys.exit("verdicts and received packets differ")
PYTHON
