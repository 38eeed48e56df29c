#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# socket_options: what `ss -tio` of the client shows of an established connection: timestamps, SACK,
# window scale and MSS, for several MTUs and with each option switched off in the client.
#
#     Linux client                       estab respond
#     estab0  192.0.2.2/24     net_tap   192.0.2.1/24
#             2001:db8::2/64  <------->  2001:db8::1/64
. "$(dirname "$0")/topology.sh"

need ss

# shown SERVER [LISTENER]: what ss shows of a connection to SERVER while it is open.
shown() {
	exec {connection}<>"/dev/tcp/$1/${2:-81}"
	ss -tioHn state established dst "[$1]" | tr '\n\t' '  '
	exec {connection}>&-
}

# expect_shown SHOWN WORD...: ss shows these words; a word that begins with "-" must be absent.
expect_shown() {
	local shown=" $1 " word
	shift
	for word; do
		case $word in
		-*) [[ $shown != *" ${word#-} "* ]] || fail "ss shows ${word#-}: $shown" ;;
		*) [[ $shown == *" $word "* ]] || fail "ss does not show $word: $shown" ;;
		esac
	done
}

# The whole table for one MTU of estab (its configuration) and one of the client (its interface).
# The client's segments carry min(both) - headers - 12 bytes of timestamps; mss in ss counts data.
check_mtu() {
	local smaller=$(($1 < $2 ? $1 : $2))
	ip link set estab0 mtu "$2"
	expect_shown "$(shown "$SERVER4")" ts sack wscale:7,7 "mss:$((smaller - 40 - 12))" "advmss:$(($2 - 40 - 12))"
	expect_shown "$(shown "$SERVER6")" ts sack wscale:7,7 "mss:$((smaller - 60 - 12))" "advmss:$(($2 - 60 - 12))"
}

# The client's window scale follows its receive buffer; fix it so that ss shows 7 for both.
sysctl -qw net.ipv4.tcp_rmem="4096 131072 6291456"
start_default
check_mtu 1500 1500
check_mtu 1500 1280
check_mtu 1500 9000

while read -r option absent; do
	sysctl -qw "net.ipv4.$option=0"
	for server in "$SERVER4" "$SERVER6"; do
		expect_shown "$(shown "$server")" "$absent"
	done
	sysctl -qw "net.ipv4.$option=1"
done <<-OPTIONS
	tcp_timestamps -ts
	tcp_sack -sack
	tcp_window_scaling -wscale:7,7
OPTIONS
sysctl -qw net.ipv4.tcp_timestamps=0 net.ipv4.tcp_sack=0 net.ipv4.tcp_window_scaling=0
expect_shown "$(shown "$SERVER4")" -ts -sack -wscale:7,7 mss:1460
expect_shown "$(shown "$SERVER6")" -ts -sack -wscale:7,7 mss:1440
sysctl -qw net.ipv4.tcp_timestamps=1 net.ipv4.tcp_sack=1 net.ipv4.tcp_window_scaling=1

# ECN is off by default, and an ECN-setup SYN is answered plainly.
sysctl -qw net.ipv4.tcp_ecn=1
expect_shown "$(shown "$SERVER4")" ts sack -ecn -ecnseen
stop_estab estab

for mtu in 1280 1400; do
	start_with "mtu = $mtu" '[tcp]' 'ecn = on'
	check_mtu "$mtu" 1500
	expect_shown "$(shown "$SERVER4")" ts sack ecn
	expect_shown "$(shown "$SERVER6")" ts sack ecn
	stop_estab estab
done
