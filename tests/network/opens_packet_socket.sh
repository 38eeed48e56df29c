#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# opens_packet_socket: 10,000 connections to the kernel over a veth pair by net_af_packet, closed by FIN
# or by RST, at once or later, with a request that is answered; both ends count the same.
#
#     estab connect                              listener.py, curl's kind of server
#     estab1  192.0.2.1, 192.0.2.65-126/24       estab0  192.0.2.2/24
#             2001:db8::1/64              <veth>         2001:db8::2/64
. "$(dirname "$0")/topology.sh"
. "$here/opens.sh"

need ethtool
join_veth
write_connect estab net_af_packet0 net_af_packet0,iface=estab1 \
	"[connect]" "target = $CLIENT4:7000" "target.1 = [$CLIENT6]:7000" "rate = 4000"

start_listener 0.0.0.0/7000 ::/7000
connect_over_veth connect.total=10000
stop_listener
expect_none_failed estab 10000
expect "FIN at once: accepted" "$(heard accepted)" -eq 10000
expect "FIN at once: closed" "$(heard closed)" -eq 10000
expect "FIN at once: tuples" "$(heard tuples)" -eq 10000
expect "FIN at once: TIME-WAIT" "$(counter estab TIME-WAIT)" -eq 10000

start_listener 0.0.0.0/7000 ::/7000
connect_over_veth connect.total=2000 connect.rate=2000 connect.hold_ms=300
stop_listener
expect_none_failed estab 2000
expect "FIN after 300 ms: closed" "$(heard closed)" -eq 2000
expect "FIN after 300 ms: HOLD_EXPIRED" "$(counter estab HOLD_EXPIRED)" -eq 2000

for hold_ms in 0 300; do
	start_listener 0.0.0.0/7000 ::/7000
	connect_over_veth connect.total=2000 connect.rate=2000 connect.close=reset "connect.hold_ms=$hold_ms"
	stop_listener
	expect_none_failed estab 2000
	expect "RST after $hold_ms ms: accepted" "$(heard accepted)" -eq 2000
	expect "RST after $hold_ms ms: reset" "$(heard reset)" -eq 2000
	expect "RST after $hold_ms ms: flows" "$(counter estab flows)" -eq 0
done

# The answer starts the hold time; whoever closes first, both have closed. The kernel keeps those that it
# closed in TIME-WAIT, and answers their tuples with ACKs of its old numbers: each run has its own ports.
for hold_ms in 0 100; do
	start_listener --answer 0.0.0.0/7000 ::/7000
	connect_over_veth connect.total=1000 connect.rate=1000 connect.request=http-get.txt "connect.hold_ms=$hold_ms" \
		"connect.source_ports=$((20000 + 100 * hold_ms))-$((29999 + 100 * hold_ms))"
	stop_listener
	expect_none_failed estab 1000
	expect "request, then $hold_ms ms: requests" "$(heard requests)" -eq 1000
	expect "request, then $hold_ms ms: closed" "$(heard closed)" -eq 1000
	expect "request, then $hold_ms ms: DATA_ACCEPTED" "$(counter estab DATA_ACCEPTED)" -eq 1000
done
expect_no_retransmission
