#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# opens_backlog: a listener whose accept queue is full drops SYNs and final ACKs. Nothing is lost in
# silence: what was opened is established or timed out, and estab ends by itself.
#
#     estab connect                              listener.py --deaf --backlog 1
#     estab1  192.0.2.1, 192.0.2.65-126/24       estab0  192.0.2.2/24
#             2001:db8::1/64              <veth>         2001:db8::2/64
. "$(dirname "$0")/topology.sh"
. "$here/opens.sh"

need ethtool
join_veth
start_listener --deaf --backlog 1 0.0.0.0/7000 ::/7000
write_connect estab net_af_packet0 net_af_packet0,iface=estab1 \
	"[connect]" "target = $CLIENT4:7000" "target.1 = [$CLIENT6]:7000" "rate = 1000" \
	"[tcp]" "retries = 1" "fin_timeout_s = 1"

for close in fin reset; do
	connect_over_veth connect.total=100 "connect.close=$close"
	expect "$close: opened" "$(counter estab connect.opened)" -eq 100
	expect "$close: timed out" "$(counter estab connect.timed_out)" -gt 0
	expect_adds_up estab
	expect "$close: flows that have not ended" "$(counter estab connect.still_open)" -eq 0
	[ "$close" = reset ] || expect "$close: established" "$(counter estab connect.established)" -ge 4
done
stop_listener
expect "connections accepted" "$(heard accepted)" -eq 0
expect TcpExtListenOverflows "$(kernel_counter TcpExtListenOverflows)" -gt 0
