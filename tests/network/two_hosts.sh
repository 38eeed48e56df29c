#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# two_hosts: two estab hosts on one link, with flows that point at each other and do not agree on a
# single sequence number. Whatever stray segment starts it, they fall silent: no ACK storm.
#
#     estab respond a   192.0.2.1/24  tap  estab0 \
#                                                  > bridge
#     estab respond b   192.0.2.3/24  tap  estab1 /
#
#     two_hosts.py writes frames "from" the other host into each tap, and counts what the hosts send.
. "$(dirname "$0")/topology.sh"

[ -c /dev/net/tun ] || skip "no /dev/net/tun, so no net_tap"
sysctl -qw net.ipv6.conf.default.disable_ipv6=1
ip link add bridge0 type bridge forward_delay 0 mcast_snooping 0 2>/dev/null || skip "this kernel has no bridge"

# start_host NAME IFACE LAST-BYTE: on its tap, the tap on the bridge with a MAC of its own.
start_host() {
	write_config "$1" net_tap0 "net_tap0,iface=$2" "mac = 02:00:00:00:00:0$3" "mtu = 1500"
	sed -i "s|^ipv4 .*|ipv4 = 192.0.2.$3/24|; s|^ipv6 .*|ipv6 = 2001:db8::$3/64|" "$work/$1.conf"
	launch_estab "$1"
	await_ready "$1"
	ip link set "$2" address "02:00:00:00:01:0$3"
	ip link set "$2" master bridge0 up
}

start_host a estab0 1
start_host b estab1 3
timeout -k 5 100 python3 "$here/two_hosts.py" || fail "the hosts do not fall silent"
stop_estab a
stop_estab b
for host in a b; do
	expect "$host: ESTABLISHED_BY_COOKIE" "$(counter "$host" ESTABLISHED_BY_COOKIE)" -eq 2
	expect "$host: DROP_CHALLENGE_LIMITED" "$(counter "$host" DROP_CHALLENGE_LIMITED)" -ge 1
done
