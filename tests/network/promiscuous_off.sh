#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# promiscuous_off: estab takes what is for its own address. Its interface is not promiscuous, but where
# IPv6 needs multicast and the driver has no filter for that, and then only while it runs; one that was
# so before stays so. What is for others and comes all the same, as from a switch that floods, gets a
# verdict and no answer.
#
#     packet socket              estab respond
#     estab0           veth      estab1   192.0.2.1/24 (and 2001:db8::1/64)
. "$(dirname "$0")/topology.sh"

need ethtool
join_veth

promiscuity() {
	ip -d link show estab1 | grep -o 'promiscuity [0-9]*'
}

# said_promiscuous NAME: what estab NAME says of it, no other remark in front.
said_promiscuous() {
	grep promiscuous "$work/$1.log" | sed 's/note: .*; /note: /' || true
}

# send_to_others NAME: 50 SYNs each to three addresses that are not estab NAME's, and one to its own.
send_to_others() {
	local mac
	mac=$(sed -nE 's/^port net_af_packet0: .* (([0-9a-f]{2}:){5}[0-9a-f]{2}),.*/\1/p' "$work/$1.log")
	python3 - "$mac" "$CLIENT4" "$SERVER4" <<-'PYTHON'
		import sys

		import frames

		own = bytes.fromhex(sys.argv[1].replace(":", ""))
		client, server = sys.argv[2:]
		link = frames.Link("estab0")
		others = (bytes([2, 0, 0, 0, 0, 0x99]), own[:5] + bytes([own[5] ^ 1]), bytes([own[0] ^ 2]) + own[1:])


		def syn(destination, port):
		    segment = frames.tcp(client, server, port, 80, 1000, 0, frames.SYN)
		    return frames.ethernet(destination, link.mac, frames.IPV4, frames.ipv4(client, server, frames.PROTOCOL_TCP, segment))


		for port in range(2000, 2050):
		    for other in others:
		        link.send(syn(other, port))
		link.send(syn(own, 3000))
		answer = link.receive_segment(lambda segment: True, 10)
		if answer is None or answer.dport != 3000:
		    sys.exit(f"the first answer is {answer}, not to the one SYN for {sys.argv[1]}")
	PYTHON
}

# serve_own NAME: estab NAME has run, with what was for others dropped.
serve_own() {
	send_to_others "$1"
	stop_estab "$1"
	expect "$1: DROP_OTHER_MAC" "$(counter "$1" DROP_OTHER_MAC)" -eq 150
	expect "$1: ANSWER_SYN" "$(counter "$1" ANSWER_SYN)" -eq 1
	expect_text "$1, after it has ended" "$(promiscuity)" "promiscuity 0"
}

write_config ipv4 net_af_packet0 net_af_packet0,iface=estab1
sed -i '/^ipv6/d' "$work/ipv4.conf"
launch_estab ipv4
await_ready ipv4
await_answer ipv4 "$SERVER4"
expect_text "IPv4 alone" "$(promiscuity)" "promiscuity 0"
expect_text "IPv4 alone, said at the start" "$(said_promiscuous ipv4)" ""
serve_own ipv4

write_config both net_af_packet0 net_af_packet0,iface=estab1
launch_estab both
await_answer both "$SERVER4"
await_answer both "$SERVER6"
expect_text "IPv6 without a multicast filter" "$(promiscuity)" "promiscuity 1"
expect_text "IPv6 without a multicast filter, said at the start" "$(said_promiscuous both)" \
	"port net_af_packet0: note: no multicast filter: promiscuous"
serve_own both

ip link set estab1 promisc on
write_config before net_af_packet0 net_af_packet0,iface=estab1
launch_estab before
await_answer before "$SERVER6"
stop_estab before
expect_text "promiscuous before, after it has ended" "$(promiscuity)" "promiscuity 1"
