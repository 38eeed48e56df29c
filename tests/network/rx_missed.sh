#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# rx_missed: packets are lost before estab sees them when a burst comes: because it has too few packet
# buffers, and because something kept its lcore from polling. The summary counts them and names what is
# too small.
#
#     packet socket                      estab respond
#     estab0            net_tap          192.0.2.1/24 with as many buffers as the ring takes, and hardly more
#     estab0      veth  estab1 net_pcap  192.0.2.1/24
. "$(dirname "$0")/topology.sh"

need ethtool
[ -c /dev/net/tun ] || skip "no /dev/net/tun, so no net_tap"

misses() {
	grep -qE 'rx missed [1-9][0-9]*/s$' "$work/$1.log"
}

# send_burst NAME N: N SYNs for estab NAME, which is stopped meanwhile, so that they come at once; until
# it says that it misses some.
send_burst() {
	local mac pid
	pid=$(estab_pid "$1")
	kill -STOP "$pid"
	mac=$(sed -nE 's/^port net_[a-z]+0: net_.* (([0-9a-f]{2}:){5}[0-9a-f]{2}),.*/\1/p' "$work/$1.log")
	python3 - "$mac" "$CLIENT4" "$SERVER4" "$2" <<-'PYTHON'
		import sys

		import frames

		destination = bytes.fromhex(sys.argv[1].replace(":", ""))
		client, server, count = sys.argv[2:]
		link = frames.Link("estab0")
		segment = frames.tcp(client, server, 3000, 80, 1000, 0, frames.SYN)
		packet = frames.ipv4(client, server, frames.PROTOCOL_TCP, segment)
		frame = frames.ethernet(destination, link.mac, frames.IPV4, packet)
		for _ in range(int(count)):
		    link.send(frame)
	PYTHON
	kill -CONT "$pid"
	await 20 misses "$1" || fail "$1 misses nothing"
}

# expect_bottleneck NAME WORDS: the summary of estab NAME, which has stopped, names it.
expect_bottleneck() {
	grep -qE "^bottleneck: $2" "$work/$1.log" || fail "$1: no bottleneck '$2' in its summary"
}

write_config tap net_tap0 net_tap0,iface=estab0 'mbufs = 1030'
start_tap tap
# Fewer than its interface queues: when net_tap has no buffer and that queue is full, it waits for a
# signal that does not come.
send_burst tap 2000
stop_estab tap
expect "tap: rx_no_mbuf" "$(counter tap ports.0.rx_no_mbuf)" -gt 0
expect_bottleneck tap 'port net_tap0 had no packet buffer for [0-9]+ packets: raise mbufs .* above the 1030 '

join_veth
write_config pcap net_pcap0 net_pcap0,iface=estab1
launch_estab pcap
await_answer pcap "$SERVER4"
send_burst pcap 30000
stop_estab pcap
expect "pcap: rx_missed" "$(counter pcap ports.0.rx_missed)" -gt 1000
expect "pcap: rx_no_mbuf" "$(counter pcap ports.0.rx_no_mbuf)" -eq 0
expect_bottleneck pcap 'port net_pcap0 missed [0-9]+ packets, which came in bursts larger than its rx rings '
