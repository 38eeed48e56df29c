# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# opens: sourced by the tests of `estab connect`, behind topology.sh: its configuration, its end, and
# the kernel's listener that it connects to.

# write_connect NAME DEVICE VDEV [LINE]...: a configuration with the drawing's addresses of estab, and 62
# more that connections may come from, in $work/NAME.conf. More lines are appended to its [port 0]; they
# may open sections of their own.
write_connect() {
	local name=$1 device=$2 vdev=$3
	shift 3
	printf 'GET / HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n' "$CLIENT4" >"$work/http-get.txt"
	cat >"$work/$name.conf" <<-CONFIG
		[eal]
		args = --no-pci --no-huge --no-shconf -m 256
		args.1 = --vdev=$vdev

		[flow]
		capacity_ipv4 = 65536
		capacity_ipv6 = 65536

		[port 0]
		device = $device
		ipv4 = $SERVER4/24
		ipv4.1 = 192.0.2.65-192.0.2.126/24
		ipv6 = $SERVER6/64
	CONFIG
	printf '%s\n' "$@" >>"$work/$name.conf"
}

launch_connect() {
	launch connect "$@"
}

# await_end NAME SECONDS [STATUS]: estab NAME ends by itself, with this exit status.
await_end() {
	local status=0
	await "$2" estab_is_gone "$1" || fail "estab $1 did not end within $2 s"
	wait "${estab_pids[$1]}" || status=$?
	expect "exit status of estab $1" "$status" -eq "${3:-0}"
}

# connect_over_veth [SETTING]...: `estab connect` with $work/estab.conf and --set for each, to its end.
connect_over_veth() {
	local settings=() setting
	for setting; do
		settings+=(--set "$setting")
	done
	launch_connect estab "${settings[@]}"
	await_end estab 60
}

# start_listener [ARGUMENT]... ENDPOINT...: listener.py in the background, listening.
start_listener() {
	timeout -k 5 120 python3 "$here/listener.py" "$@" >"$work/listener.log" &
	listener=$!
	await 10 grep -q listening "$work/listener.log" || fail "listener.py does not listen"
}

# stop_listener: its counts in $work/listener.json.
stop_listener() {
	kill -TERM "$listener"
	wait "$listener" || fail "listener.py failed"
	tail -n 1 "$work/listener.log" >"$work/listener.json"
}

# heard COUNT: once the listener has stopped: accepted, closed, reset, requests, tuples.
heard() {
	python3 "$here/stats.py" "$work/listener.json" "heard.$1"
}

# expect_adds_up NAME: every connection opened has become something that is counted.
expect_adds_up() {
	local sum=0 part
	for part in connect.established connect.refused connect.timed_out SYN-SENT; do
		sum=$((sum + $(counter "$1" "$part")))
	done
	expect "$1: connections opened, to the sum of what became of them" "$(counter "$1" connect.opened)" -eq "$sum"
}

# expect_none_failed NAME COUNT: so many opened, all of them established, none sent twice.
expect_none_failed() {
	local part
	for part in opened established; do
		expect "$1: $part" "$(counter "$1" "connect.$part")" -eq "$2"
	done
	for part in refused timed_out reset still_open retransmitted; do
		expect "$1: $part" "$(counter "$1" "connect.$part")" -eq 0
	done
	expect "$1: handshakes measured" "$(counter "$1" connect.latency.measured)" -eq "$2"
}

# expect_said NAME WORDS: estab NAME prints them, within two seconds of being ready.
expect_said() {
	local start
	await_ready "$1"
	start=$(date +%s%N)
	await 10 grep -q "$2" "$work/$1.log" || fail "estab $1 does not say '$2'"
	expect "milliseconds until estab $1 said '$2'" $((($(date +%s%N) - start) / 1000000)) -le 2000
}

# join_router: the veth pair, and the kernel behind it forwards: what it does with 198.18.0.0/15 and
# 2001:db8:1::/64 its routes say. ICMP is not limited.
join_router() {
	join_veth
	sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1 net.ipv4.icmp_ratelimit=0 net.ipv6.icmp.ratelimit=0
	write_connect estab net_af_packet0 net_af_packet0,iface=estab1 \
		"gateway4 = $CLIENT4" "gateway6 = $CLIENT6" "$@"
}
