#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# rx_missed: packets are lost before estab sees them: because it has too few packet buffers, and because
# something kept its lcore from polling. The summary counts them and names what is too small.
#
#     packet socket                      estab respond
#     estab0            net_tap          192.0.2.1/24 with as many buffers as the ring takes, and hardly more
#     estab0      veth  estab1 net_pcap  192.0.2.1/24 stopped while a burst comes
. "$(dirname "$0")/topology.sh"

need ethtool
[ -c /dev/net/tun ] || skip "no /dev/net/tun, so no net_tap"

# send_burst NAME: 30,000 SYNs for estab NAME at once.
send_burst() {
	local mac
	mac=$(sed -nE 's/^port net_[a-z]+0: net_.* (([0-9a-f]{2}:){5}[0-9a-f]{2}),.*/\1/p' "$work/$1.log")
	python3 - "$mac" "$CLIENT4" "$SERVER4" <<-'PYTHON'
		import sys

		import frames

		destination = bytes.fromhex(sys.argv[1].replace(":", ""))
		client, server = sys.argv[2:]
		link = frames.Link("estab0")
		segment = frames.tcp(client, server, 3000, 80, 1000, 0, frames.SYN)
		packet = frames.ipv4(client, server, frames.PROTOCOL_TCP, segment)
		frame = frames.ethernet(destination, link.mac, frames.IPV4, packet)
		for _ in range(30000):
		    link.send(frame)
	PYTHON
}

# expect_bottleneck NAME WORDS: the summary of estab NAME, which has stopped, names it.
expect_bottleneck() {
	grep -qE "^bottleneck: $2" "$work/$1.log" || fail "$1: no bottleneck '$2' in its summary"
}

write_config tap net_tap0 net_tap0,iface=estab0 'mbufs = 1030'
start_tap tap
send_burst tap
stop_estab tap
expect "tap: rx_no_mbuf" "$(counter tap ports.0.rx_no_mbuf)" -gt 0
expect_bottleneck tap 'port net_tap0 had no packet buffer for [0-9]+ packets: raise mbufs .* above the 1030 '

join_veth
write_config pcap net_pcap0 net_pcap0,iface=estab1
launch_estab pcap
await_answer pcap "$SERVER4"
kill -STOP "$(estab_pid pcap)"
send_burst pcap
kill -CONT "$(estab_pid pcap)"
await_answer pcap "$SERVER4"
stop_estab pcap
expect "pcap: rx_missed" "$(counter pcap ports.0.rx_missed)" -gt 1000
expect "pcap: rx_no_mbuf" "$(counter pcap ports.0.rx_no_mbuf)" -eq 0
expect_bottleneck pcap 'port net_pcap0 missed [0-9]+ packets, which came in bursts larger than its rx rings '
