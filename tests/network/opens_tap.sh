#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# opens_tap: 10,000 connections per family to a listener of the kernel's, over a tap: none fails, none is
# sent twice, both ends count the same; closed by FIN at once.
#
#     estab connect                              listener.py
#     192.0.2.1, 192.0.2.65-126/24    net_tap    estab0  192.0.2.2/24
#     2001:db8::1/64                 <------->           2001:db8::2/64
. "$(dirname "$0")/topology.sh"
. "$here/opens.sh"

[ -c /dev/net/tun ] || skip "no /dev/net/tun, so no net_tap"
start_listener 0.0.0.0/7000 ::/7000
write_connect estab net_tap0 net_tap0,iface=estab0 \
	"[connect]" "target = $CLIENT4:7000" "target.1 = [$CLIENT6]:7000" "rate = 4000" "total = 20000"
launch_connect estab
join_tap estab estab0 "$CLIENT4/24" "$CLIENT6/64"
await_end estab 60
stop_listener

expect_none_failed estab 20000
expect "connections accepted" "$(heard accepted)" -eq 20000
expect "connections closed by FIN" "$(heard closed)" -eq 20000
expect "tuples" "$(heard tuples)" -eq 20000
expect TcpPassiveOpens "$(kernel_counter TcpPassiveOpens)" -eq 20000
expect_no_retransmission
expect "flows in TIME-WAIT" "$(counter estab TIME-WAIT)" -eq 20000
expect "flows" "$(counter estab flows)" -eq 20000
expect DROP_BAD_TCP_CHECKSUM "$(counter estab DROP_BAD_TCP_CHECKSUM)" -eq 0
