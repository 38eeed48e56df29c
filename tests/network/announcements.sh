#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# announcements: what estab says unasked when its link comes up: gratuitous ARP, unsolicited neighbour
# advertisement, and an MLD report for its solicited-node group. So it does when the link comes up
# between the wait for it and the work: here, while nobody reads the capture yet.
#
#     packet socket                     estab respond
#     estab0           net_tap | veth   192.0.2.1/24  2001:db8::1/64
. "$(dirname "$0")/topology.sh"

need tcpdump ethtool
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

expect_announced() {
	local words
	for words in \
		"ARP.*(who-has|Request).* $2 .*tell $2" \
		"$3 > ff02::1: .*neighbor advertisement.*tgt is $3" \
		"> ff02::16: .*multicast listener report v2.*ff02::1:ff00:${3##*:}"; do
		await 10 has "$words" || fail "estab $1 announces nothing like '$words'"
	done
}

expect_announced estab "$SERVER4" "$SERVER6"
stop_estab estab

join_veth
ip link set estab0 down
write_config late net_af_packet0 net_af_packet0,iface=estab1
sed -i "s,$SERVER4/24,192.0.2.3/24,; s,$SERVER6/64,2001:db8::3/64," "$work/late.conf"
mkfifo "$work/late.pcapng"
launch_estab late --capture "$work/late.pcapng"
await 30 grep -q "no link after" "$work/late.log" || fail "estab late does not give up waiting for a link"
ip link set estab0 up
cat "$work/late.pcapng" >/dev/null &
expect_announced late 192.0.2.3 2001:db8::3
stop_estab late
