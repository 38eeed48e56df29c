#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# opens_limits: --duration, total, SIGINT in the middle, what --stats-json says, and the one sentence that
# names what kept the rate from being met.
#
#     estab connect                              listener.py
#     estab1  192.0.2.1, 192.0.2.65-126/24       estab0  192.0.2.2/24
#             2001:db8::1/64              <veth>         2001:db8::2/64
. "$(dirname "$0")/topology.sh"
. "$here/opens.sh"

need ethtool
join_veth
start_listener 0.0.0.0/7000
write_connect estab net_af_packet0 net_af_packet0,iface=estab1 \
	"[connect]" "target = $CLIENT4:7000" "rate = 1000" "close = reset"

# --duration: as many as the rate allows in it, one more at its start, some fewer at its end.
launch_connect estab --duration 2
await_end estab 10
opened=$(counter estab connect.opened)
expect "--duration 2: opened" "$opened" -le 2100
expect "--duration 2: opened" "$opened" -ge 1800
expect_none_failed estab "$opened"
grep -qE '^[0-9:]{8}  opened [0-9]+/s  established [0-9]+/s  refused 0/s  timed out 0/s  reset 0/s  open [0-9]+  busy ' \
	"$work/estab.log" || fail "no line a second"
grep -qE "^[0-9.]+ s: $opened opened, $opened established, 0 refused, 0 timed out, 0 reset, 0 still open" \
	"$work/estab.log" || fail "no summary"
grep -qE '^handshake, SYN to SYN,ACK  p50 [0-9.]+ ms  p90 .* p99 .* p99.9 .* max ' "$work/estab.log" || fail "no latency"
! grep -q bottleneck "$work/estab.log" || fail "a bottleneck where there is none"
expect_text "bottleneck" "$(counter estab connect.bottleneck)" None

# SIGINT in the middle: no new ones, and those that are open are closed.
launch_connect estab --set connect.hold_ms=200
await 20 grep -q opened "$work/estab.log" || fail "no line a second"
kill -INT "$(estab_pid estab)"
await_end estab 3
expect_none_failed estab "$(counter estab connect.opened)"

# What is still open a second after the end is counted as that.
launch_connect estab --duration 1 --set connect.hold_ms=60000
await_end estab 10
opened=$(counter estab connect.opened)
expect "held: still open" "$(counter estab connect.still_open)" -eq "$opened"
expect "held: ESTABLISHED" "$(counter estab ESTABLISHED)" -eq "$opened"

python3 - "$work/estab.json" <<'PYTHON'
import json
import sys

with open(sys.argv[1], encoding="utf-8") as file:
    connect = json.load(file)["connect"]
fields = {"opened", "established", "refused", "timed_out", "reset", "still_open", "retransmitted", "missed", "bottleneck", "latency"}
reasons = {"late", "concurrency", "ports_used", "table_full", "next_hops_full", "no_mbuf", "unresolved"}
latency = {"measured", "p50_ns", "p90_ns", "p99_ns", "p999_ns", "max_ns"}
for what, wanted in ((connect, fields), (connect["missed"], reasons), (connect["latency"], latency)):
    if set(what) != wanted:
        sys.exit(f"fields {sorted(what)}, wanted {sorted(wanted)}")
values = connect["latency"]
if not 0 < values["p50_ns"] <= values["p90_ns"] <= values["p99_ns"] <= values["p999_ns"] <= values["max_ns"]:
    sys.exit(f"percentiles out of order: {values}")
PYTHON

# expect_bottleneck REASON WORDS MOST SETTING...: 1.2 s in which connections are missed for this reason
# before all others; no more than MOST are opened.
expect_bottleneck() {
	local reason=$1 words=$2 most=$3 settings=() setting
	shift 3
	for setting; do
		settings+=(--set "$setting")
	done
	launch_connect estab --duration 1.2 "${settings[@]}"
	await_end estab 10
	grep -qE "^bottleneck: [0-9]+ connections were due and not opened: .*$words" "$work/estab.log" ||
		fail "$reason: no sentence '$words'"
	grep -q "$words" <<<"$(counter estab connect.bottleneck)" || fail "$reason: not in the JSON"
	expect "$reason: missed" "$(counter estab "connect.missed.$reason")" -gt 500
	expect "$reason: opened" "$(counter estab connect.opened)" -le "$most"
	expect_adds_up estab
}

expect_bottleneck concurrency 'concurrency allows: raise it' 70 connect.concurrency=10 connect.hold_ms=200
# 62 + 1 addresses with two ports each; a tuple in TIME-WAIT may be opened anew after a second (RFC 6191).
expect_bottleneck ports_used 'TIME-WAIT: add \[connect\] source addresses' 252 connect.source_ports=2000-2001 \
	connect.close=fin tcp.time_wait_s=60
expect_bottleneck table_full 'the flow table was full: raise \[flow\] capacity' 100 flow.capacity_ipv4=100 \
	connect.hold_ms=60000
stop_listener
