#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# opens_refused: nobody listens, or a router knows no way: counted as that, and said within two seconds.
#
#     estab connect                              the kernel, a router
#     estab1  192.0.2.1, 192.0.2.65-126/24       estab0  192.0.2.2/24      198.18.0.0/15     no route
#             2001:db8::1/64              <veth>         2001:db8::2/64    2001:db8:1::/64   no route
. "$(dirname "$0")/topology.sh"
. "$here/opens.sh"

need ethtool
join_router "[connect]" "rate = 10" "[tcp]" "retries = 1"

# connect_to ADDRESS TARGET WORDS: 30 connections there; WORDS are said.
connect_to() {
	launch_connect estab --set "connect.target=$1" --set connect.total=30
	expect_said estab "$2"
	await_end estab 20
	expect "$1: opened" "$(counter estab connect.opened)" -eq 30
	expect "$1: established" "$(counter estab connect.established)" -eq 0
	expect_adds_up estab
}

for target in "$CLIENT4" "[$CLIENT6]"; do
	connect_to "$target:7000" 'nothing has been established: [0-9]* connections were refused'
	expect "$target: refused" "$(counter estab connect.refused)" -eq 30
	expect "$target: REFUSED" "$(counter estab REFUSED)" -eq 30
	expect "$target: flows" "$(counter estab flows)" -eq 0
done

for target in 198.18.0.1 "[2001:db8:1::1]"; do
	connect_to "$target:80" 'ICMP calls [0-9]* SYNs undeliverable: is there a route'
	expect "$target: timed out" "$(counter estab connect.timed_out)" -eq 30
	expect "$target: OPEN_UNREACHABLE" "$(counter estab OPEN_UNREACHABLE)" -eq 30
	expect "$target: SYN_SENT_UNREACHABLE" "$(counter estab SYN_SENT_UNREACHABLE)" -ge 30
done

# Over before two seconds are: said nevertheless.
launch_connect estab --set "connect.target=$CLIENT4:7000" --set connect.total=3
await_end estab 20
grep -q '3 connections were refused' "$work/estab.log" || fail "a short run does not say that it was refused"
