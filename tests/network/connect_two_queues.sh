#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# connect_two_queues: connections opened on two queues, a worker lcore each. Where the port spreads by a
# Toeplitz hash (toeplitz_nic makes one that does), source ports are chosen so that every reply comes to
# the queue of its connection. Where replies come elsewhere, lcores hand them over, nothing is lost, and
# the user is told. With spread = software the choice is the same, of the lcore instead of the queue.
#
#     Linux server                       estab connect
#     estab0  192.0.2.2/24     veth      estab1  192.0.2.1/24      queue 0, lcore 1
#             2001:db8::2/64  <----->            2001:db8::1/64    queue 1, lcore 2
. "$(dirname "$0")/topology.sh"

need ethtool
TOEPLITZ_NIC=${TOEPLITZ_NIC:-$root/build/tests/network/libtoeplitz_nic.so}
TOTAL=4000
last_cpu=$(($(nproc) - 1))
join_veth
python3 - "$CLIENT4" "$CLIENT6" >"$work/server" <<'PYTHON' &
import selectors
import socket
import sys

selector = selectors.DefaultSelector()
for address in sys.argv[1:]:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    selector.register(socket.create_server((address, 80), family=family, backlog=1000), selectors.EVENT_READ)
print("ready", flush=True)
while True:
    for key, _ in selector.select():
        key.fileobj.accept()[0].close()
PYTHON
await 10 grep -q ready "$work/server" || fail "no server"

# run_connect NAME STATUS [VARIABLE=VALUE]...: estab connect with $work/NAME.conf must end with STATUS.
run_connect() {
	local name=$1 wanted=$2 status=0
	shift 2
	timeout -k 5 60 env "$@" "$ESTAB" connect -c "$work/$name.conf" --stats-json "$work/$name.json" \
		>"$work/$name.log" 2>&1 || status=$?
	[ "$status" = "$wanted" ] || fail "$name ended with status $status: $(tail -n 30 "$work/$name.log")"
}

# write_connect NAME SPREAD [LINE]...: more lines are [connect]'s.
write_connect() {
	local name=$1 spread=$2
	shift 2
	write_config "$name" net_af_packet0 "net_af_packet0,iface=estab1,qpairs=2 --lcores 0@0,1@0,2@$last_cpu" \
		"queues = 2" "spread = $spread" '[connect]' "target = $CLIENT4:80" "target.1 = [$CLIENT6]:80" \
		'close = reset' "$@" '[flow]' 'capacity_ipv4 = 65536' 'capacity_ipv6 = 65536'
}

write_connect rss rss 'rate = 2000' "total = $TOTAL"
run_connect rss 0 LD_PRELOAD="$TOEPLITZ_NIC"
expect OPENED "$(counter rss OPENED)" -eq "$TOTAL"
expect ESTABLISHED "$(counter rss ESTABLISHED_BY_SYN_ACK)" -eq "$TOTAL"
expect HANDED_OVER "$(counter rss HANDED_OVER)" -eq 0
grep -Eq "^port net_af_packet0: 65536 sample tuples: queue 0 [45][0-9]\.. %, queue 1 [45][0-9]\.. %, by RSS$" \
	"$work/rss.log" || fail "no word of how tuples spread: $(cat "$work/rss.log")"
python3 - "$work/rss.json" "$TOTAL" <<'PYTHON'
import sys

import stats

received = [lcore["rx_packets"] for lcore in stats.load(sys.argv[1])["lcores"]]
print("received by the lcores:", *received)
if len(received) != 2 or min(received) < int(sys.argv[2]) / 2:
    sys.exit("the two lcores do not share the work")
PYTHON

# Two tuples of which a queue may have none: then the other opens all.
for port in 40001 40002 40003 40004; do
	write_connect few rss 'rate = 100' 'total = 20' "source_ports = $port"
	run_connect few 0 LD_PRELOAD="$TOEPLITZ_NIC"
	grep "tuples:" "$work/few.log"
	expect "OPENED of few" "$(counter few OPENED)" -eq 20
	expect "ESTABLISHED of few" "$(counter few ESTABLISHED_BY_SYN_ACK)" -eq 20
	expect "HANDED_OVER of few" "$(counter few HANDED_OVER)" -eq 0
done

# expect_handed_over NAME WORDS: all established although replies came elsewhere, and WORDS said once.
expect_handed_over() {
	expect "$1: OPENED" "$(counter "$1" OPENED)" -eq "$TOTAL"
	expect "$1: ESTABLISHED" "$(counter "$1" ESTABLISHED_BY_SYN_ACK)" -eq "$TOTAL"
	expect "$1: HANDED_OVER" "$(counter "$1" HANDED_OVER)" -gt $((TOTAL / 10))
	expect "$1: taken over" "$(counter "$1" taken)" -eq "$(counter "$1" HANDED_OVER)"
	expect "$1: warnings" "$(grep -c "^estab: port net_af_packet0: $2" "$work/$1.log")" -eq 1
}

run_connect rss 0 LD_PRELOAD="$TOEPLITZ_NIC" TOEPLITZ_NIC_LIES=1
expect_handed_over rss 'segments arrive on other queues than its RSS key and table predict: '

# The kernel spreads by a hash of its own, whatever queue a SYN left by.
write_connect peer peer 'rate = 2000' "total = $TOTAL"
run_connect peer 0
expect_handed_over peer "segments arrive on other queues than their flows': "

write_connect software software 'rate = 2000' "total = $TOTAL"
run_connect software 0
expect "software: ESTABLISHED" "$(counter software ESTABLISHED_BY_SYN_ACK)" -eq "$TOTAL"
expect "software: HANDED_OVER" "$(counter software HANDED_OVER)" -eq 0
expect "software: passed" "$(counter software passed)" -gt $((TOTAL / 10))
grep -Eq "^port net_af_packet0: 65536 sample tuples: queue 0 [45][0-9]\.. %, queue 1 [45][0-9]\.. %, by software$" \
	"$work/software.log" || fail "no word of how tuples spread: $(cat "$work/software.log")"
! grep -q "segments arrive on other queues" "$work/software.log" || fail "a warning for no reason"
