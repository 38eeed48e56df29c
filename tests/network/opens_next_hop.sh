#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# opens_next_hop: a target or gateway that does not say its MAC address is named within two seconds; with
# no other target estab ends with status 1, with others it goes on.
#
#     estab connect                              the kernel
#     estab1  192.0.2.1, 192.0.2.65-126/24       estab0  192.0.2.2/24
#             2001:db8::1/64              <veth>         2001:db8::2/64
. "$(dirname "$0")/topology.sh"
. "$here/opens.sh"

need ethtool
join_veth
write_connect estab net_af_packet0 net_af_packet0,iface=estab1 \
	"gateway4 = 192.0.2.8" "gateway6 = 2001:db8::8" "[connect]" "rate = 100" "total = 100"

# expect_unreachable TARGET WORDS
expect_unreachable() {
	launch_connect estab --set "connect.target=$1"
	expect_said estab "$2"
	await_end estab 5 1
	grep -q 'no target can be reached' "$work/estab.log" || fail "$1: not said that no target can be reached"
}

expect_unreachable 192.0.2.9:80 '192\.0\.2\.9 does not answer ARP'
expect_unreachable '[2001:db8::9]:80' '2001:db8::9 does not answer neighbour solicitations'
expect_unreachable 198.18.0.1:80 '192\.0\.2\.8, the gateway to 198\.18\.0\.1, does not answer ARP'
expect_unreachable '[2001:db8:1::1]:80' '2001:db8::8, the gateway to 2001:db8:1::1, does not answer neighbour'

start_listener 0.0.0.0/7000
launch_connect estab --set connect.target=192.0.2.9:80 --set "connect.target.1=$CLIENT4:7000"
expect_said estab '192\.0\.2\.9 does not answer ARP'
await_end estab 20
stop_listener
expect_none_failed estab 100
expect "connections accepted" "$(heard accepted)" -eq 100

# A signal does not wait for the answer.
launch_connect estab --set connect.target=192.0.2.9:80
await_ready estab
kill -TERM "$(estab_pid estab)"
await_end estab 5
! grep -q 'does not answer' "$work/estab.log" || fail "a signal waited for an answer"
