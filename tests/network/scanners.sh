#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# scanners: nmap, masscan, zmap and hping3 see of estab exactly what they see of a Linux host with the
# same open port: every scan runs against both, and its normalized report must be the same text.
#
#     main namespace             estab respond
#     estab0  192.0.2.2/24   tap   192.0.2.1/24
#             2001:db8::2/64 <-->  2001:db8::1/64    open: 80, closed: 84
#
#     namespace scanner          namespace host
#     estab0  192.0.2.2/24  veth   192.0.2.1/24
#             2001:db8::2/64 <-->  2001:db8::1/64    open: 80, closed: 84
. "$(dirname "$0")/topology.sh"

start_linux_host() {
	ip netns add scanner
	ip netns add host
	ip link add estab0 netns scanner type veth peer name eth0 netns host
	ip -n scanner address add "$CLIENT4/24" dev estab0
	ip -n scanner -6 address add "$CLIENT6/64" dev estab0 nodad
	ip -n host address add "$SERVER4/24" dev eth0
	ip -n host -6 address add "$SERVER6/64" dev eth0 nodad
	ip -n scanner link set estab0 up
	ip -n host link set eth0 up
	ip -n host link set lo up
	ip -n scanner link set lo up
	ip netns exec host timeout -k 5 300 python3 -c '
import socket
listener = socket.create_server(("::", 80), family=socket.AF_INET6, dualstack_ipv6=True)
while True:
    listener.accept()[0].close()
' &
	await 10 ip netns exec scanner ping -c 1 -W 1 "$SERVER4" || fail "the Linux host does not answer"
	await 10 ip netns exec scanner ping -c 1 -W 1 "$SERVER6" || fail "the Linux host does not answer"
}

# Ports with states and reasons as nmap prints them, for one kind of scan and address.
scan_nmap() {
	local family=()
	[[ $2 != *:* ]] || family=(-6)
	timeout -k 5 60 nmap "${family[@]}" -n -Pn --reason --max-retries 2 --initial-rtt-timeout 100ms \
		--max-rtt-timeout 300ms "$1" -p 80,84 "$2" | grep -E '^[0-9]+/tcp'
}

# masscan notices that it is done when a packet comes in, hence the pings.
scan_masscan() {
	local router ping
	timeout -k 5 60 ping -q -i 0.2 "$SERVER4" >/dev/null &
	ping=$!
	router=$(ip neigh show "$SERVER4" dev estab0 | awk '{print $3}')
	timeout -k 5 60 masscan --interface estab0 --adapter-ip "$CLIENT4" --router-mac "$router" --wait 1 \
		--rate 1000 -p 80,84 "$SERVER4" -oL - 2>/dev/null | awk '/^open|^closed/ {print $1, $2, $3, $4}'
	kill "$ping"
}

scan_zmap() {
	local router
	router=$(ip neigh show "$SERVER4" dev estab0 | awk '{print $3}')
	timeout -k 5 60 zmap -C /dev/null -b /dev/null -q -v 0 -i estab0 -G "$router" -S "$CLIENT4" -c 1 -r 100 -p "$1" \
		-O csv -f saddr,sport,classification,success,ttl --output-filter='repeat = 0' "$SERVER4/32" | sort -u
}

# Flags and TTL of what comes back, once per probe.
scan_hping3() {
	{ timeout -k 5 60 hping3 -I estab0 -n -c 2 -i u50000 "$1" -p "$2" "$SERVER4" 2>/dev/null || true; } |
		{ grep -oE '(ttl=[0-9]+|DF|sport=[0-9]+|flags=[A-Z]*)' || echo silence; } | tr '\n' ' '
	echo
}

scan_all() {
	local kind server port
	ping -c 1 -W 1 "$SERVER4" >/dev/null
	for server in "$SERVER4" "$SERVER6"; do
		for kind in -sS -sT -sA -sF -sX -sN -sM -sW; do
			echo "nmap $kind $server"
			scan_nmap "$kind" "$server"
		done
	done
	if command -v masscan >/dev/null; then
		echo masscan
		scan_masscan
	fi
	for port in 80 84; do
		if command -v zmap >/dev/null; then
			echo "zmap $port"
			scan_zmap "$port"
		fi
		if command -v hping3 >/dev/null; then
			for kind in -S -A -F -R -P -U -SF; do
				echo "hping3 $kind $port"
				scan_hping3 "$kind" "$port"
			done
		fi
	done
}

need nmap
start_default
# net_tap gives the kernel's end estab's own MAC, and zmap ignores frames from its own.
ip link set estab0 address 02:00:00:00:00:02
start_linux_host
export -f scan_nmap scan_masscan scan_zmap scan_hping3 scan_all
export CLIENT4 SERVER4 SERVER6
ip netns exec scanner bash -c scan_all >"$work/linux" &
reference=$!
scan_all >"$work/estab"
wait "$reference" || fail "the scans of the Linux host failed"
stop_estab estab

diff -u --label "a Linux host" --label estab "$work/linux" "$work/estab" || fail "the scanners see a difference"

# The same text is no proof if both are empty.
expect_report() {
	! command -v "$1" >/dev/null || grep -qE "$2" "$work/estab" || fail "$1 does not report '$2'"
}

expect_report nmap '^80/tcp +open +http +syn-ack'
expect_report nmap '^84/tcp +closed .*reset'
expect_report masscan '^open tcp 80'
expect_report zmap "^$SERVER4,80,synack,1"
expect_report zmap "^$SERVER4,84,rst,0"
expect_report hping3 'sport=80 flags=SA'

