#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# link_down: a link goes down and comes back. The connections from before carry data and close, what was
# sent meanwhile arrives, and the addresses are announced again. Once with a driver that tells of its
# link, once with one that does not (net_af_packet of DPDK 22.11), where the kernel's interface tells.
#
#     Linux client                               estab respond
#     estab0  192.0.2.2/24     net_tap | veth    192.0.2.1/24
#             2001:db8::2/64  <------- X ----->  2001:db8::1/64
. "$(dirname "$0")/topology.sh"

need tcpdump ethtool
[ -c /dev/net/tun ] || skip "no /dev/net/tun, so no net_tap"
sysctl -qw net.ipv6.conf.default.keep_addr_on_down=1
timeout -k 5 100 tcpdump -i any -nn -s 256 -w "$work/link.pcap" --immediate-mode -U 'arp or (ip6 and not tcp)' 2>/dev/null &
await 20 test -s "$work/link.pcap" || fail "tcpdump does not start"

# n_announced WORDS: how often it has been seen.
n_announced() {
	tcpdump -nn -v -r "$work/link.pcap" 2>/dev/null | sed -E ':again; N; s,\n[ \t]+, ,; t again; P; D' |
		grep -cE "$1" || true
}

ANNOUNCED=(
	'ARP.*(who-has|Request).* 192\.0\.2\.1 .*tell 192\.0\.2\.1'
	'2001:db8::1 > ff02::1: .*neighbor advertisement.*tgt is 2001:db8::1'
	'> ff02::16: .*multicast listener report v2.*ff02::1:ff00:1'
)

announced_more() {
	local i
	for i in "${!ANNOUNCED[@]}"; do
		[ "$(n_announced "${ANNOUNCED[i]}")" -gt "${before[i]}" ] || return 1
	done
}

# survive NAME INTERFACE: estab NAME and its connections, while INTERFACE is down for two seconds.
survive() {
	local before=() words
	for words in "${ANNOUNCED[@]}"; do
		before+=("$(n_announced "$words")")
	done
	python3 - "$2" "$work/$1.log" "$SERVER4" "$SERVER6" <<-'PYTHON'
		import subprocess
		import sys
		import time

		import held

		interface, log, *servers = sys.argv[1:]
		clients = held.connect(servers, 81, 100)
		held.send(clients)
		held.await_acknowledged(clients)

		subprocess.run(["ip", "link", "set", interface, "down"], check=True)
		held.await_line(log, r"^port \S+: link down$")
		held.send(clients[::2])
		time.sleep(2)  # what it is about: a link that is away for a while
		subprocess.run(["ip", "link", "set", interface, "up"], check=True)
		held.await_line(log, r"^port \S+: link up after [0-9.]+ s, announced again$")

		held.send(clients)
		held.await_acknowledged(clients)
		held.close(clients)
	PYTHON
	await 10 announced_more || fail "$1: the addresses are not announced again"
	stop_estab "$1"

	expect "$1: ESTABLISHED_BY_COOKIE" "$(counter "$1" ESTABLISHED_BY_COOKIE)" -eq 200
	expect "$1: flows left" "$(counter "$1" flows)" -eq 0
	expect_text "$1: link" "$(counter "$1" ports.0.link_downs) $(counter "$1" ports.0.link_up)" "1 True"
	expect_text "$1: resets" "$(python3 "$here/stats.py" "$work/$1.json" | grep -E ' RESET_| RST_' || true)" ""
}

write_config tap net_tap0 net_tap0,iface=estab0
start_tap tap
survive tap estab0

join_veth
write_config veth net_af_packet0 net_af_packet0,iface=estab1
launch_estab veth
await_answer veth "$SERVER4"
await_answer veth "$SERVER6"
survive veth estab1
