#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# connect_by_addresses: connections opened on two queues of a port that hashes addresses alone, of both
# families or of IPv6 (toeplitz_nic makes one). The port says so, and each connection is opened on the
# queue to which its two hosts' replies come. If all there are come to one queue, it opens all of them,
# and it is said that the other has nothing to do.
#
#     Linux server                       estab connect
#     estab0  192.0.2.2/24     veth      estab1  192.0.2.1, 192.0.2.65-126     queue 0, lcore 1
#             2001:db8::2/64  <----->            2001:db8::1, 2001:db8::41-7e  queue 1, lcore 2
. "$(dirname "$0")/topology.sh"
. "$here/opens.sh"

need ethtool
TOEPLITZ_NIC=${TOEPLITZ_NIC:-$root/build/tests/network/libtoeplitz_nic.so}
TOTAL=2000
last_cpu=$(($(nproc) - 1))
join_veth
start_listener "$CLIENT4/80" "$CLIENT6/80"
write_connect estab net_af_packet0 "net_af_packet0,iface=estab1,qpairs=2 --lcores 0@0,1@0,2@$last_cpu" \
	'ipv6.1 = 2001:db8::41-2001:db8::7e/64' 'queues = 2' 'spread = rss' \
	'[connect]' "target = $CLIENT4:80" "target.1 = [$CLIENT6]:80" 'close = reset' 'rate = 2000' "total = $TOTAL"

# run_on_card FAMILIES [ARGUMENT]...: estab on a card that hashes addresses alone of these families.
run_on_card() {
	local families=$1
	shift
	rm -f "$work/estab.json"
	timeout -k 5 60 env LD_PRELOAD="$TOEPLITZ_NIC" TOEPLITZ_NIC_ADDRESSES="$families" \
		"$ESTAB" connect -c "$work/estab.conf" --stats-json "$work/estab.json" "$@" >"$work/estab.log" 2>&1 ||
		fail "addresses of $families: $(tail -n 30 "$work/estab.log")"
}

# expect_all COUNT: so many opened and established, none answered to the wrong queue.
expect_all() {
	local name
	for name in OPENED ESTABLISHED_BY_SYN_ACK; do
		expect "$name" "$(counter estab "$name")" -eq "$1"
	done
	expect HANDED_OVER "$(counter estab HANDED_OVER)" -eq 0
}

expect_words() {
	grep -qF -- "$1" "$work/estab.log" || fail "not said: '$1': $(cat "$work/estab.log")"
}

expect_no_words() {
	! grep -qF -- "$1" "$work/estab.log" || fail "said: '$1': $(cat "$work/estab.log")"
}

by_addresses='TCP by addresses alone: all connections between two hosts on one queue'

run_on_card 46
expect_all "$TOTAL"
expect_words "RSS of IPv4 $by_addresses"
expect_words "RSS of IPv6 $by_addresses"
expect_no_words 'open nothing'
python3 - "$work/estab.json" "$TOTAL" <<'PYTHON'
import sys

import stats

received = [lcore["rx_packets"] for lcore in stats.load(sys.argv[1])["lcores"]]
print("received by the lcores:", *received)
if len(received) != 2 or min(received) < int(sys.argv[2]) / 4:
    sys.exit("the two lcores do not share the work")
PYTHON

run_on_card 6
expect_all "$TOTAL"
expect_no_words "RSS of IPv4"
expect_words "RSS of IPv6 $by_addresses"

# One pair of hosts, thousands of ports: one queue.
run_on_card 46 --set connect.source="$SERVER4" --set connect.target.1=none --set connect.total=100
expect_all 100
grep -Eq '^port net_af_packet0: .*: (queue 0 100.0 %, queue 1 0.0 %|queue 0 0.0 %, queue 1 100.0 %), by RSS$' \
	"$work/estab.log" || fail "not all tuples on one queue: $(cat "$work/estab.log")"
expect_words "no reply comes to 1 of 2 queues, so they open nothing: it hashes addresses alone; add sources or targets"

# With the ports hashed they spread.
run_on_card none --set connect.source="$SERVER4" --set connect.target.1=none --set connect.total=100
expect_all 100
expect_no_words 'open nothing'
expect_no_words 'by addresses alone'
stop_listener
