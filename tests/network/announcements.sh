#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# announcements: what estab says unasked when its link comes up: gratuitous ARP, unsolicited neighbour
# advertisement, and an MLD report for its solicited-node group.
#
#     packet socket              estab respond
#     estab0           net_tap   192.0.2.1/24  2001:db8::1/64
. "$(dirname "$0")/topology.sh"

need tcpdump
[ -c /dev/net/tun ] || skip "no /dev/net/tun, so no net_tap"
# The tap does not exist yet: listen to whatever interface comes.
timeout -k 5 60 tcpdump -i any -nn -l -w "$work/announcements.pcap" --immediate-mode -U 2>/dev/null &
await 20 test -s "$work/announcements.pcap" || fail "tcpdump does not start"
write_config estab net_tap0 net_tap0,iface=estab0
start_tap estab

shown() {
	tcpdump -nn -v -r "$work/announcements.pcap" 2>/dev/null | sed -E ':again; N; s,\n[ \t]+, ,; t again; P; D'
}

has() {
	grep -qE "$1" <<<"$(shown)"
}

for words in \
	'ARP.*(who-has|Request).* 192\.0\.2\.1 .*tell 192\.0\.2\.1' \
	'2001:db8::1 > ff02::1: .*neighbor advertisement.*tgt is 2001:db8::1' \
	'> ff02::16: .*multicast listener report v2.*ff02::1:ff00:1'; do
	await 10 has "$words" || fail "no announcement like '$words'"
done
stop_estab estab
