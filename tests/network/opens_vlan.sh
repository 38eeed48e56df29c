#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# opens_vlan: connections to the kernel from a VLAN; ARP, neighbour discovery and segments carry its tag,
# and a port that does not tag reaches nobody.
#
#     estab connect            vlan_switch.py            listener.py
#     estab1  192.0.2.1  <veth> estab2  estab3  <veth>   estab0  192.0.2.2/24
#             2001:db8::1       tagged  untagged                 2001:db8::2/64
. "$(dirname "$0")/topology.sh"
. "$here/opens.sh"

need ethtool
# Without arp_ignore the kernel answers for estab0 what arrives untagged at estab2.
sysctl -qw net.ipv6.conf.default.disable_ipv6=1 net.ipv4.conf.all.arp_ignore=1
ip link add estab1 type veth peer name estab2
ip link add estab3 type veth peer name estab0
sysctl -qw net.ipv6.conf.estab0.disable_ipv6=0
ethtool -K estab0 tx off >/dev/null
ip address add "$CLIENT4/24" dev estab0
ip -6 address add "$CLIENT6/64" dev estab0 nodad
for interface in estab0 estab1 estab2 estab3; do
	ip link set "$interface" up
done
timeout -k 5 100 python3 "$here/vlan_switch.py" estab2 estab3 5 >"$work/switch.log" &
await 10 grep -q switching "$work/switch.log" || fail "vlan_switch.py does not start"

start_listener 0.0.0.0/7000 ::/7000
write_connect estab net_af_packet0 net_af_packet0,iface=estab1 "vlan = 5" \
	"[connect]" "target = $CLIENT4:7000" "target.1 = [$CLIENT6]:7000" "rate = 500" "total = 1000"
connect_over_veth
stop_listener
expect_none_failed estab 1000
expect "connections accepted" "$(heard accepted)" -eq 1000

for vlan in none 6; do
	launch_connect estab --set "port 0.vlan=$vlan"
	expect_said estab 'does not answer ARP; is it up, on this link and in this VLAN'
	await_end estab 5 1
done
