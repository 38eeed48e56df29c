#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# opens_silence: a router drops what is sent to the target. It is sent again, given up, counted and said;
# or established by the SYN that was sent again, if the target has come up by then.
#
#     estab connect                              the kernel, a router
#     estab1  192.0.2.1, 192.0.2.65-126/24       estab0  192.0.2.2/24      198.18.0.1 blackhole, then local
#             2001:db8::1/64              <veth>         2001:db8::2/64    2001:db8:1::1 the same
. "$(dirname "$0")/topology.sh"
. "$here/opens.sh"

need ethtool
join_router "[connect]" "target = 198.18.0.1:7000" "target.1 = [2001:db8:1::1]:7000" "rate = 1000"
ip route add blackhole 198.18.0.1/32
ip -6 route add blackhole 2001:db8:1::1/128

launch_connect estab --set connect.total=50 --set tcp.retries=1
expect_said estab 'no target has answered 50 SYNs'
await_end estab 20
expect "opened" "$(counter estab connect.opened)" -eq 50
expect "OPEN_TIMED_OUT" "$(counter estab OPEN_TIMED_OUT)" -eq 50
expect "retransmitted" "$(counter estab connect.retransmitted)" -eq 50
expect "flows" "$(counter estab flows)" -eq 0
expect_adds_up estab

received_at_least() {
	[ "$(kernel_counter IpInReceives)" -ge "$1" ]
}

start_listener 0.0.0.0/7000 ::/7000
seen=$(kernel_counter IpInReceives)
launch_connect estab --set connect.total=200
await 20 received_at_least $((seen + 100)) || fail "no 100 SYNs were sent by IPv4"
# Local addresses count before routes.
ip address add 198.18.0.1/32 dev lo
ip -6 address add 2001:db8:1::1/128 dev lo
await_end estab 30
stop_listener
expect "late: opened" "$(counter estab connect.opened)" -eq 200
expect "late: established" "$(counter estab connect.established)" -eq 200
expect "late: accepted" "$(heard accepted)" -eq 200
expect "late: retransmitted" "$(counter estab connect.retransmitted)" -ge 190
# By the first retransmission after 1 s, or on a very busy machine by the second after 3 s.
half_ms=$(($(counter estab connect.latency.p50_ns) / 1000000))
((half_ms >= 999 && half_ms < 1200 || half_ms >= 2999 && half_ms < 3200)) ||
	fail "late: half of the handshakes took $half_ms ms"
expect_adds_up estab
