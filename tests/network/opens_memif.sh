#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# opens_memif: both ends are estab, over net_memif, in a VLAN and without: they count the same.
#
#     estab connect                              estab respond
#     192.0.2.1, 192.0.2.65-126/24   net_memif   192.0.2.2/24     80 responds, 81 holds, 83 resets
#     2001:db8::1/64                <--------->  2001:db8::2/64
. "$(dirname "$0")/topology.sh"
. "$here/opens.sh"

# Rings of 2^14 frames: a peer that a busy machine stops for some 100 ms loses nothing.
memif=socket=$work/memif.sock,socket-abstract=no,rsize=14
write_config server net_memif0 "net_memif0,role=server,$memif"
printf '[flow]\ncapacity_ipv4 = 65536\ncapacity_ipv6 = 65536\n' >>"$work/server.conf"
sed -i "s|^ipv4 .*|ipv4 = $CLIENT4/24|; s|^ipv6 .*|ipv6 = $CLIENT6/64|" "$work/server.conf"
write_connect client net_memif0 "net_memif0,role=client,$memif" "[connect]" "rate = 20000"
last=$(($(nproc) - 1))

# net_memif of DPDK 22.11 unmaps the peer's memory as soon as the peer leaves, from a thread of EAL's: a
# lcore that is interrupted meanwhile in the driver's receive function goes on into memory that is gone.
# So the server's workers have a CPU that nothing else of this test uses.
taskset -pc "$last" $$ >/dev/null

# run_both PORT SETTINGS...: false if the server has been ended by that, once the client was done.
run_both() {
	local port=$1 status=0
	shift
	rm -f "$work/memif.sock"
	launch_estab server "${shared[@]}" -- --lcores "0@$last,1@0,2@0"
	await 20 test -S "$work/memif.sock" || fail "the server makes no socket"
	launch_connect client --set "connect.target=$CLIENT4:$port" --set "connect.target.1=[$CLIENT6]:$port" \
		"$@" -- --lcores "0@$last,1@$last,2@$last"
	await_end client 60
	if estab_is_gone server; then
		wait "${estab_pids[server]}" || status=$?
		[ "$status" = 139 ] || fail "the server ended with status $status before it was told to"
		echo "net_memif has ended the server as its peer left"
		return 1
	fi
	stop_estab server
}

# connect_both PORT [SETTING]...: one run of both; the server's settings are those of [port 0].
connect_both() {
	local port=$1 setting settings=() shared=()
	shift
	for setting; do
		settings+=(--set "$setting")
		[[ $setting != port* ]] || shared+=(--set "$setting")
	done
	run_both "$port" "${settings[@]}" || run_both "$port" "${settings[@]}" || fail "the server fell twice"
}

# expect_both WHAT COUNT: opened here, established on both sides, none lost.
expect_both() {
	expect_none_failed client "$2"
	expect "$1: ESTABLISHED_BY_COOKIE" "$(counter server ESTABLISHED_BY_COOKIE)" -eq "$2"
	expect "$1: ANSWER_SYN" "$(counter server ANSWER_SYN)" -eq "$2"
	expect "$1: flows of the server, to those in TIME-WAIT" "$(counter server flows)" -eq "$(counter server TIME-WAIT)"
}

# The FIN is also the handshake's ACK.
connect_both 81 connect.total=50000
expect_both "closed by FIN at once" 50000

connect_both 81 connect.total=50000 connect.hold_ms=10
expect_both "closed by FIN" 50000
expect "closed by FIN: FIN_ACCEPTED" "$(counter server FIN_ACCEPTED)" -eq 50000

connect_both 81 connect.total=50000 connect.close=reset connect.hold_ms=10
expect_both "closed by RST" 50000
expect "closed by RST: RST_ACCEPTED" "$(counter server RST_ACCEPTED)" -eq 50000

connect_both 80 connect.total=50000 connect.request=http-get.txt connect.hold_ms=10 "port 0.vlan=5"
expect_both "request in a VLAN" 50000
# The server answers the request, which came with the handshake's ACK, and closes with its answer.
expect "request in a VLAN: TIME-WAIT of the server" "$(counter server TIME-WAIT)" -eq 50000
expect "request in a VLAN: responses with FIN" "$(counter client FIN_ACCEPTED)" -eq 50000

connect_both 83 connect.total=1000 connect.hold_ms=1000
expect "reset by the server: established" "$(counter client connect.established)" -eq 1000
expect "reset by the server: reset" "$(counter client connect.reset)" -eq 1000
expect_adds_up client

connect_both 84 connect.total=1000 tcp.reset_per_s=1000000
expect "closed port: refused" "$(counter client connect.refused)" -eq 1000
expect "closed port: RESET_CLOSED" "$(counter server RESET_CLOSED)" -eq 1000
expect_adds_up client

# A queue that may not have a connection open, or has no source port, leaves its share to the other.
queues=("port 0.queues=2" "port 0.spread=peer")
connect_both 81 "${queues[@]}" connect.total=101 connect.hold_ms=10
expect_both "two queues" 101
connect_both 81 "${queues[@]}" connect.total=11 connect.concurrency=1 connect.hold_ms=10
expect_both "two queues, one connection at once" 11
connect_both 81 "${queues[@]}" connect.total=11 connect.source_ports=2000 connect.hold_ms=10
expect_both "two queues, one source port" 11
