#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# raw_answers: odd frames and the exact bytes that come back, or nothing at all: ARP, neighbour
# discovery, echo, VLAN tags, fragments, extension headers, checksums, handshakes and closed ports.
#
#     packet socket of raw_answers.py               estab respond
#     192.0.2.50      02:00:00:00:00:50  tap, veth  192.0.2.1/24
#     2001:db8::50                       <------->  2001:db8::1/64
. "$(dirname "$0")/topology.sh"

# expect_answers PART: its frames get what they should, and estab counts them as what they were, and
# nothing else but what the kernel sends by itself.
expect_answers() {
	timeout -k 5 60 python3 "$here/raw_answers.py" "$1" >"$work/wanted" || fail "$1: a wrong answer"
	stop_estab estab
	expect_text "$1: verdicts" "$(python3 "$here/stats.py" "$work/estab.json" --wanted "$work/wanted")" ""
}

need ethtool
start_default
expect_answers untagged

# The same, bit for bit, of two lcores that software spreads flows over. From one queue: of a tap with
# several the kernel moves a flow to another as it likes, and an ACK then comes behind the data.
join_veth
write_config estab net_pcap0 net_pcap0,iface=estab1 "queues = 2" "spread = software" \
	'[flow]' 'capacity_ipv4 = 65536' 'capacity_ipv6 = 65536'
sed -i "s/^args.1.*/& --lcores 0@0,1@0,2@$(($(nproc) - 1))/" "$work/estab.conf"
launch_estab estab
await_answer estab "$SERVER4"
await_answer estab "$SERVER6"
expect_answers untagged
expect "frames passed on" "$(counter estab passed)" -gt 0
ip link delete estab0

# This one does not answer the kernel's untagged pings.
write_config estab net_tap0 net_tap0,iface=estab0 "vlan = 5" "mtu = 1400" "[tcp]" "ttl = 32" "window = 4096" "window_scale = 0" "ecn = on" "reset_per_s = 0"
launch_estab estab
join_tap estab estab0 "$CLIENT4/24" "$CLIENT6/64"
expect_answers tagged
