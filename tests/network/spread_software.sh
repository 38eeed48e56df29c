#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# spread_software: several worker lcores, whatever queues the port has. Who receives a frame answers it if it
# is a SYN, and else hashes it and passes on what the other owns: each connection is whole on one lcore,
# all have some, and nothing is lost on the way. First a port with one queue, whose lcores 2 and 3 also
# send by lcore 1; then one with two, between which the kernel throws segments as it likes.
#
#     Linux client                          estab respond
#     estab0  192.0.2.2/24     veth, tap    queue 0, lcore 1  --inbox--->  lcore 2 [, queue 1]
#             2001:db8::2/64  <-------->                      <--outbox--
. "$(dirname "$0")/topology.sh"

need ethtool
last_cpu=$(($(nproc) - 1))

# Of the clients those of port 81 stay, those of port 80 are answered and end.
cat >"$work/clients.py" <<'PYTHON'
import signal
import socket
import sys

clients = []
for server in sys.argv[1:]:
    for _ in range(200):
        clients.append(socket.create_connection((server, 81), 10))
        with socket.create_connection((server, 80), 10) as client:
            client.sendall(b"GET / HTTP/1.0\r\n\r\n")
            if not b"".join(iter(lambda: client.recv(65536), b"")).endswith(b"estab\n"):
                sys.exit(f"{server}: a wrong response")
for _ in range(5):
    for client in clients:
        client.sendall(b"data")
print("all", flush=True)
signal.pause()
PYTHON

cat >"$work/compare.py" <<'PYTHON'
import sys

import stats

run = stats.load(sys.argv[1])
lcores = run["lcores"]
n_queues = run["ports"][0]["queues"]
for name in ("rx_packets", "passed", "taken", "flows"):
    print(name, *(lcore[name] for lcore in lcores))
if stats.total(run, "passed") != stats.total(run, "taken"):
    sys.exit("what is passed on is not what is taken")
for lcore in lcores:
    if lcore["pass_dropped"] or lcore["take_dropped"] or lcore["tx_dropped"]:
        sys.exit("frames were dropped between lcores")
    handed_over = lcore["verdicts"].get("HANDED_OVER", 0)
    if sum(lcore["verdicts"].values()) - handed_over != lcore["rx_packets"] - lcore["passed"] + lcore["taken"]:
        sys.exit("verdicts and frames of a lcore differ")
    # Of 800; who receives for the others has a quarter of them, or with three a twelfth.
    if lcore["verdicts"]["ESTABLISHED_BY_COOKIE"] < (150 if len(lcores) == 2 else 30):
        sys.exit("the connections are not spread")
if run["handshake_latency"]["max_ns"] > 5e9:
    sys.exit("the lcores' clocks make handshakes that took seconds")
if n_queues == 1 and any(lcore["rx_packets"] or lcore["tx_packets"] for lcore in lcores[1:]):
    sys.exit("a lcore without queues has received or sent by itself")
if n_queues == 2 and not all(lcore["rx_packets"] and lcore["passed"] for lcore in lcores):
    sys.exit("the two queues do not both receive what the other lcore owns")
PYTHON

# serve NAME ANNOUNCEMENT: estab NAME answers; it must say ANNOUNCEMENT of its port.
serve() {
	local name=$1
	grep -Eq "^port $2" "$work/$name.log" || fail "estab does not say how it spreads: $(cat "$work/$name.log")"
	python3 "$work/clients.py" "$SERVER4" "$SERVER6" >"$work/$name.clients" &
	local clients=$!
	await 60 grep -q all "$work/$name.clients" || fail "$name: not all clients were served"
	await 10 nothing_unacknowledged || fail "$name: data was not acknowledged"
	stop_estab "$name"
	kill "$clients"
	wait "$clients" || true

	expect "$name: established" "$(established "$name")" -eq 800
	expect "$name: ESTABLISHED" "$(counter "$name" ESTABLISHED)" -eq 400
	# The SYN that reopens a flow is its owner's.
	expect "$name: HANDED_OVER" "$(counter "$name" HANDED_OVER)" -le "$(counter "$name" REOPENED)"
	expect "$name: DROP_FLOW_ELSEWHERE" "$(counter "$name" DROP_FLOW_ELSEWHERE)" -eq 0
	python3 "$work/compare.py" "$work/$name.json"
}

# write_software NAME DEVICE VDEV N [LCORE]: for N lcores, of which the third is named.
write_software() {
	write_config "$1" "$2" "$3 --lcores 0@0,1@0,2@$last_cpu${5:-}" "queues = $4" "spread = software" \
		'[flow]' 'capacity_ipv4 = 65536' 'capacity_ipv6 = 65536'
}

join_veth
write_software one net_af_packet0 net_af_packet0,iface=estab1 2
write_software three net_af_packet0 net_af_packet0,iface=estab1 3 ",3@$last_cpu"
for name in one three; do
	launch_estab "$name"
	await_ready "$name"
	await_answer "$name" "$SERVER4"
	await_answer "$name" "$SERVER6"
	serve "$name" 'net_af_packet0: .* 1 queue for [23] lcores, spread by software'
done
ip link delete estab0

write_software two net_tap0 net_tap0,iface=estab0 2
start_tap two
serve two 'net_tap0: .* 2 queues, spread by software'
