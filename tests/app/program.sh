#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# program: estab as a user meets it: exit statuses, one line per error, help, a run on a port that
# needs no rights, signals, a reader that goes away, nothing left behind.
set -euo pipefail

estab=$1
root=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export XDG_RUNTIME_DIR=$work

fail() {
	echo "FAILED: $*" >&2
	exit 1
}

# refuses WORDS ARGUMENT...: exit status 2 and one line on standard error that holds WORDS.
refuses() {
	local words=$1 status=0
	shift
	timeout 20 "$estab" "$@" >/dev/null 2>"$work/err" || status=$?
	[ "$status" = 2 ] || fail "estab $*: exit status $status, wanted 2"
	[ "$(wc -l <"$work/err")" = 1 ] || fail "estab $*: not one line: $(cat "$work/err")"
	grep -qF -- "$words" "$work/err" || fail "estab $*: '$(cat "$work/err")' lacks '$words'"
}

tap=$root/config/tap.conf
refuses "there are: respond, check"
refuses "connect: unknown command; there are: respond, check" connect -c "$tap"
refuses "no configuration" respond
refuses "-c: needs a value" respond -c
refuses "--capture" respond -c "$tap" --capture x
refuses "-x" respond -x
refuses "--duration" check -c "$tap" --duration 5
refuses "not a number of seconds" respond -c "$tap" --duration -1
refuses "unexpected" respond -c "$tap" extra
refuses "No such file" check -c "$work/absent.conf"
refuses "--set: [tcp] ttl = 300: not a number from 1 to 255" check -c "$tap" --set tcp.ttl=300
refuses "cannot be written" respond -c "$tap" --stats-json "$work/absent/x.json"
refuses "Is a directory" respond -c "$tap" --stats-json "$work"

for command in "" respond check; do
	"$estab" ${command:+"$command"} --help >"$work/help" || fail "$command --help"
	grep -q Usage: "$work/help" || fail "$command --help says nothing"
done
! grep -qE 'connect|ladder|capture' "$work/help" || fail "help offers what is not there"

# What check prints is a configuration that says the same.
"$estab" check -c "$tap" >"$work/one.conf"
cp "$root/config/http-200.txt" "$work"
"$estab" check -c "$work/one.conf" >"$work/two.conf"
diff <(sed 's/ ; default$//' "$work/one.conf") <(sed 's/ ; default$//' "$work/two.conf") ||
	fail "check does not print what it read"

# A port of zeros: no rights, no interface.
cat >"$work/null.conf" <<-CONFIG
	[eal]
	args = --no-pci --no-huge --no-shconf -m 64 --vdev=net_null0
	[port 0]
	device = net_null0
	ipv4 = 192.0.2.1/24
	[listen 80]
	[flow]
	capacity_ipv4 = 1000
	capacity_ipv6 = 1000
CONFIG
run="respond -c $work/null.conf"

# shellcheck disable=SC2086
timeout 30 "$estab" $run --duration 1.3 --stats-json "$work/stats.json" >"$work/out" || fail "a run: $?"
grep -qE '^[0-9:]{8}  rx [0-9]+ pps ' "$work/out" || fail "no line a second"
grep -q '^DROP_OTHER_MAC ' "$work/out" || fail "no verdict in the summary"
[ "$(find "$work" -name 'stats.json*' | wc -l)" = 1 ] || fail "files beside stats.json"
python3 - "$work/stats.json" <<-PYTHON
	import json, sys
	stats = json.load(open(sys.argv[1]))
	lcore = stats["lcores"][0]
	assert 1.2 < stats["duration_s"] < 3, stats["duration_s"]
	assert stats["verdicts"]["DROP_OTHER_MAC"] == lcore["rx_packets"] > 0
	assert stats["verdicts"]["ESTABLISHED_BY_COOKIE"] == 0
	assert 0 < lcore["busy_cycles"] <= lcore["total_cycles"]
	assert stats["events"]["RETRANSMITTED"] == 0 and stats["states"]["ESTABLISHED"] == 0
	assert stats["ports"][0]["device"] == "net_null0" and len(stats["ports"][0]["mac"]) == 17
PYTHON

# ends_on SIGNAL DELAY: within a second, with status 0.
ends_on() {
	local status=0 start
	# shellcheck disable=SC2086
	"$estab" $run >"$work/out" 2>&1 &
	sleep "$2"
	start=$(date +%s%N)
	kill "-$1" $!
	wait $! || status=$?
	[ "$status" = 0 ] || fail "$1 after $2 s: exit status $status: $(cat "$work/out")"
	[ $((($(date +%s%N) - start) / 1000000)) -lt 1000 ] || fail "$1 after $2 s took too long"
}
set -m # background jobs of a script ignore SIGINT otherwise
ends_on INT 1
ends_on TERM 1
ends_on TERM 0.3
grep -q 'packets received' "$work/out" || fail "no summary"

# shellcheck disable=SC2086
timeout 30 "$estab" $run 2>"$work/err" | head -n 1 >/dev/null || true
grep -q 'standard output: Broken pipe' "$work/err" || fail "a reader that went: $(cat "$work/err")"
[ -z "$(find "$work" -type s)" ] || fail "a socket is left"
echo "all well"
