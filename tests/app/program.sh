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

# refuses_late WORDS ARGUMENT...: the same once EAL has been at it, whose lines may stand above ours.
refuses_late() {
	local words=$1 status=0
	shift
	timeout 20 "$estab" "$@" >/dev/null 2>"$work/err" || status=$?
	[ "$status" = 2 ] || fail "estab $*: exit status $status, wanted 2"
	tail -n 1 "$work/err" | grep -qF -- "$words" || fail "estab $*: '$(cat "$work/err")' lacks '$words'"
}

tap=$root/config/tap.conf
refuses "no command; there are: respond, connect, check, ladder"
refuses "conect: unknown command; there are: respond, connect, check, ladder" conect -c "$tap"
refuses "no configuration; use for example estab respond -c config/tap.conf" respond
refuses "no configuration; use for example estab connect -c config/connect.conf" connect
refuses "-c: needs a value" respond -c
refuses "--capture" check -c "$tap" --capture x
refuses "--capture: an empty name" respond -c "$tap" --capture ""
refuses "name a file or a FIFO" respond -c "$tap" --capture -
refuses "Is a directory" respond -c "$tap" --capture "$work"
refuses "--capture $work/absent/x: cannot be written: No such file" respond -c "$tap" --capture "$work/absent/x"
refuses "--capture-limit 0: not a number from 1 to" respond -c "$tap" --capture x --capture-limit 0
refuses "--capture-limit 1k: not a number from 1 to" respond -c "$tap" --capture x --capture-limit 1k
refuses "--capture-limit: needs --capture" respond -c "$tap" --capture-limit 5
refuses "-x" respond -x
refuses "--duration" check -c "$tap" --duration 5
refuses "not a number of seconds" respond -c "$tap" --duration -1
refuses "unexpected" respond -c "$tap" extra
refuses "No such file" check -c "$work/absent.conf"
refuses "--set: [tcp] ttl = 300: not a number from 1 to 255" check -c "$tap" --set tcp.ttl=300
refuses "cannot be written" respond -c "$tap" --stats-json "$work/absent/x.json"
refuses "Is a directory" respond -c "$tap" --stats-json "$work"
refuses "an empty name" respond -c "$tap" --stats-json ""
refuses "--help=yes: takes no value" respond --help=yes
refuses "not a number of seconds" connect -c "$tap" --duration 0
refuses "unexpected" connect -c "$tap" 192.0.2.2:80
refuses "cannot be written" connect -c "$root/config/connect.conf" --stats-json "$work/absent/x.json"
refuses "no target; add for example target = 198.18.0.1:80 to section [connect]" connect -c "$tap"
refuses "[connect] target = 192.0.2.1:80: holds an address of [port 0] itself" connect -c "$tap" --set connect.target=192.0.2.1:80
refuses "set gateway4 to the next hop there" connect -c "$tap" --set connect.target=198.18.0.1:80
refuses "[listen 81] of --set" check -c "$tap" --set "listen 81.established=hold" \
	--set "listen 81-82.established=hold"
refuses "secondary process" respond -c "$tap" -- --proc-type=secondary
refuses "secondary process" respond -c "$tap" -- --proc auto

for command in "" respond connect check ladder; do
	"$estab" ${command:+"$command"} --help >"$work/help" || fail "$command --help"
	grep -q Usage: "$work/help" || fail "$command --help says nothing"
done
"$estab" --help >"$work/help"
for command in respond connect check ladder; do
	grep -q "^  $command  *[a-z]" "$work/help" || fail "--help does not name $command"
done

# expect_same FILE FILE: what check printed, but for what is a default and what is free at the time.
expect_same() {
	diff <(sed 's/ ; default$//; s/; free there: .*//' "$1") <(sed 's/ ; default$//; s/; free there: .*//' "$2") ||
		fail "check does not print what it read"
}

# What check prints is a configuration that says the same.
"$estab" check -c "$tap" >"$work/one.conf"
cp "$root/config/http-200.txt" "$work"
"$estab" check -c "$work/one.conf" >"$work/two.conf"
expect_same "$work/one.conf" "$work/two.conf"

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
sed 's/--no-huge --no-shconf//' "$work/null.conf" >"$work/huge.conf"

refuses "with $(($(nproc) > 1 ? $(nproc) - 1 : 1)) worker" check -c "$work/null.conf" --set "port 0.queues=64"
"$estab" check -c "$work/null.conf" --set flow.capacity_ipv4=10000000 >/dev/null 2>"$work/err"
grep -q 'warning: this takes' "$work/err" || fail "check says nothing of too little memory"
"$estab" check -c "$work/huge.conf" >"$work/out"
grep -q '^; EAL arguments:.* --in-memory' "$work/out" || fail "huge pages as files"
for given in --no-huge --huge-unlink=never --legacy-mem "--huge-dir /x"; do
	# shellcheck disable=SC2086
	"$estab" check -c "$work/huge.conf" -- $given >"$work/out" 2>/dev/null
	! grep -q -- '--in-memory' "$work/out" || fail "--in-memory in spite of $given"
done

# A bond fills the rings of its members from one pool, and a member that EAL does not make is none.
bond=(--vdev=net_null0 "--vdev=net_bonding0,mode=1,slave=net_null0,slave=net_null1")
"$estab" check -c "$work/null.conf" --set "port 0.device=net_bonding0" -- "${bond[@]}" >"$work/out"
grep -qxF '; port 0: a bond of 2 ports' "$work/out" || fail "check does not know a bond"
grep -q 'and 18 MiB for packets$' "$work/out" || fail "check takes a bond's packets for one port's"
"$estab" check -c "$work/null.conf" --set "port 0.device=net_null1" -- "${bond[@]}" >"$work/out"
grep -q '^; port 0: net_null1, neither a PCI device' "$work/out" ||
	fail "check takes a member for a device that EAL makes"
# plans LINE [ARGUMENT]...: check of the port of zeros prints this line, a pattern.
plans() {
	local line=$1
	shift
	"$estab" check -c "$work/null.conf" "$@" >"$work/out" 2>"$work/err" || fail "check $*: $?: $(cat "$work/err")"
	grep -qE "^; $line\$" "$work/out" || fail "check $*: no line '$line': $(grep '^;' "$work/out")"
}

# The plan: lcores, wherever they are said, queues, spread, offloads, memory.
plans 'lcore 0: CPU [0-9]+, NUMA node [0-9]+, the main one: .*'
plans 'lcore 1: CPU [0-9]+, NUMA node [0-9]+, worker'
plans 'port 0: net_null0, made by EAL from its arguments, NUMA node any'
plans 'port 0 queue 0: lcore 5, CPU 0, near the port, as that is on any NUMA node' -- --lcores 2@0,5@0
plans 'port 0 queue 2: lcore 7, .*' -- '--lcores=(4,5)@0,6@0,7@0'
plans 'lcore 6: CPU 0, NUMA node [0-9]+, worker' -- '--lcores=(4-6)@0' --main-lcore 5
plans 'port 0: up to 3 queues, spread by RSS where the port can, else one queue, .*' -- --lcores '(0-3)@0'
plans 'port 0 spread: it hashes TCP 4-tuples, or addresses alone .*; without either it gets one queue' -- --lcores '(0-3)@0'
plans 'port 0 spread: one queue, so there is nothing to spread' -- --lcores '(0,1)@0'
plans 'port 0 spread: .*the other end has to keep a flow on a queue' --set "port 0.spread=peer" -- --lcores '(0-3)@0'
plans 'port 0 spread: .*; without either it is refused' --set "port 0.spread=rss" -- --lcores '(0-3)@0'
plans 'port 0 offloads asked for checks of IP and TCP checksums \(else estab checks them\), .* sent in bulk .*'
plans 'port 0 offloads .*, a VLAN filter \(else estab drops .*' --set "port 0.vlan=7"
plans 'memory on any NUMA node: [0-9]+ MiB for flows and [0-9]+ MiB for packets'
plans 'lcores: not known before EAL starts: --lcores 0@x is more than this understands' -- --lcores 0@x
plans 'memory: [0-9]+ MiB in all with one worker lcore, .*' -- -l 0-999
grep -q 'warning: lcores are not known before EAL starts, .*: -l 0-999 is more' "$work/err" ||
	fail "nothing said of lcores that check does not know"
"$estab" check -c "$tap" >"$work/out"
grep -q '^; port 0 offloads .*; no checksums, as this driver computes them in software' "$work/out" ||
	fail "checksums are asked of a tap"
"$estab" check -c "$work/huge.conf" --set flow.capacity_ipv4=1000000 >"$work/out" 2>"$work/err"
grep -qE '^; memory on NUMA node [0-9]+: [1-9][0-9]* MiB for flows .*; free there: [0-9]+ MiB, huge pages: ' "$work/out" ||
	fail "huge pages, and no node has flows: $(grep '^; mem' "$work/out")"
"$estab" check -c "$work/huge.conf" --set flow.capacity_ipv4=1000000000 >/dev/null 2>"$work/err"
grep -q 'warning: this takes some .* MiB of huge pages free' "$work/err" || fail "nothing said of too few huge pages"
refuses "no worker lcore" check -c "$work/null.conf" -- -l 0
refuses "lcore 1 is to run on CPU 1023, which is not there; correct [eal] args" check -c "$work/null.conf" -- --lcores 0@0,1@1023
refuses "--lcores needs a value" check -c "$work/null.conf" -- --lcores
refuses "one of -l, -c and --lcores, once" check -c "$work/null.conf" -- -l 0,1 -l 0
refuses "no worker lcore" check -c "$work/null.conf" -- --lcores '(0,1)@0' -s 0x2
refuses "cannot serve 2 queues with 1 worker" check -c "$work/null.conf" --set "port 0.queues=2" -- --lcores '(0,1)@0'

# What [connect] comes to, and what does not fit.
connect=(check -c "$root/config/connect.conf")
"$estab" "${connect[@]}" >"$work/one.conf" 2>"$work/err"
cp "$root/config/http-get.txt" "$work"
"$estab" check -c "$work/one.conf" >"$work/two.conf"
expect_same "$work/one.conf" "$work/two.conf"
grep -qxF '; port 0: connects from 62 IPv4 addresses x 64,512 ports to 1 target: 3,999,744 tuples' \
	"$work/one.conf" || fail "check does not count tuples"
grep -qE '^; connect: 3,999,744 tuples, room for [0-9,]+ flows: concurrency 1000 fits$' "$work/one.conf" ||
	fail "check does not say that concurrency fits"
! grep -q '\[connect\]' "$work/err" || fail "a warning of what fits: $(cat "$work/err")"

# warns WORDS SETTING...: the example with these settings makes one warning of [connect], which holds WORDS.
warns() {
	local words=$1 settings=() setting
	shift
	for setting; do
		settings+=(--set "$setting")
	done
	"$estab" "${connect[@]}" "${settings[@]}" >"$work/out" 2>"$work/err" || fail "check ${settings[*]}: $?"
	[ "$(grep -c '\[connect\]' "$work/err")" = 1 ] || fail "not one warning: $(cat "$work/err")"
	grep -qF -- "$words" "$work/err" || fail "check ${settings[*]}: '$(cat "$work/err")' lacks '$words'"
}
warns "concurrency = 1000: there are 620 tuples; add sources, source_ports or targets, or lower it" \
	"connect.source_ports=1-10" connect.close=reset
grep -q '620 tuples, .*: concurrency 1000 does not fit$' "$work/out" || fail "620 tuples fit"
warns "concurrency = 1000: there is room for 900 flows; raise [flow] capacity_ipv4 and capacity_ipv6, or lower it" \
	flow.capacity_ipv4=900 "port 0.queues=1"
warns "rate = 1000000: a tuple is used again after its TIME-WAIT of 60 s, so that 3,999,744 come to some 66,662" \
	connect.rate=1000000 connect.total=unlimited
for setting in connect.close=reset connect.total=3999744; do
	"$estab" "${connect[@]}" --set connect.rate=1000000 --set connect.total=unlimited --set "$setting" \
		>"$work/out" 2>"$work/err"
	! grep -q '\[connect\]' "$work/err" || fail "a warning of TIME-WAIT with $setting"
done
refuses "[listen 2000] of --set listens on some" "${connect[@]}" --set "listen 2000.established=hold"
refuses "neither a [listen PORT] section nor a target" "${connect[@]}" --set connect.target=none
"$estab" check -c "$tap" --set connect.target=192.0.2.9:80 --set connect.source_ports=1024-65535 >"$work/out" ||
	fail "one file does not serve both commands"
grep -q '^; port 0: connects from 1 IPv4 address x 64,512 ports to 1 target: 64,512 tuples$' "$work/out" ||
	fail "check does not count tuples without a source"

# What EAL accepts or passes over, and estab must not.
# shellcheck disable=SC2086
{
	refuses_late "stray: not an option" $run -- stray
	refuses_late "stray: not an option" $run -- -m 64 stray --bogus
	refuses_late "correct [eal] args or what stands behind --" $run -- --bogus
	refuses_late "no worker lcore" $run -- -l 0
	[ "$(nproc)" = 1 ] || refuses_late "no worker lcore" $run -- -l 0-1 -s 0x2
	refuses_late "EAL could not make it" $run --set "port 0.device=net_pcap1" \
		-- "--vdev=net_pcap1,rx_pcap=$work/absent"
	refuses_late "no such port; there is: net_null0" $run --set "port 0.device=net_null1"
	timeout 20 "$estab" $run --duration 0.2 -- --lcore 0@0,1@0 >/dev/null || fail "--lcores, abbreviated"
}

# Zeros answer no ARP: said, and nothing opened.
status=0
timeout 20 "$estab" connect -c "$work/null.conf" --set connect.target=192.0.2.9:80 >"$work/out" 2>"$work/err" || status=$?
[ "$status" = 1 ] || fail "a target without an answer: exit status $status"
grep -qF 'net_null0: 192.0.2.9 does not answer ARP' "$work/err" || fail "no next hop is named: $(cat "$work/err")"
grep -qF 'no target can be reached' "$work/err" || fail "not said that no target can be reached"

# Closed standard files: EAL's own must not take their place.
for command in check respond; do
	status=0
	timeout 20 "$estab" $command -c "$work/null.conf" <&- >&- 2>"$work/err" || status=$?
	[ "$status" = 1 ] || fail "$command without standard output: exit status $status"
	grep -q 'standard output: Bad file descriptor' "$work/err" || fail "$command >&- says nothing"
done

# shellcheck disable=SC2086
timeout 30 "$estab" $run --duration 1.3 --stats-json "$work/stats.json" >"$work/out" || fail "a run: $?"
grep -qE '^[0-9:]{8}  rx [0-9]+ pps ' "$work/out" || fail "no line a second"
grep -q '^DROP_OTHER_MAC ' "$work/out" || fail "no verdict in the summary"
! grep -q '^handshake' "$work/out" || fail "a latency of no handshakes in the summary"
[ "$(find "$work" -name 'stats.json*' | wc -l)" = 1 ] || fail "files beside stats.json"
python3 - "$work/stats.json" <<-PYTHON
	import json, sys
	stats = json.load(open(sys.argv[1]))
	lcore = stats["lcores"][0]
	assert 1.2 < stats["duration_s"] < 3, stats["duration_s"]
	assert stats["verdicts"]["DROP_OTHER_MAC"] == lcore["rx_packets"] > 0
	assert stats["verdicts"]["ESTABLISHED_BY_COOKIE"] == 0
	assert 0 < lcore["busy_cycles"] <= lcore["total_cycles"]
	fields = ("measured", "p50_ns", "p90_ns", "p99_ns", "p999_ns", "max_ns")
	assert stats["handshake_latency"] == dict.fromkeys(fields, 0), stats["handshake_latency"]
	assert stats["events"]["RETRANSMITTED"] == 0 and stats["states"]["ESTABLISHED"] == 0
	assert stats["ports"][0]["device"] == "net_null0" and len(stats["ports"][0]["mac"]) == 17
PYTHON

# ends_on STATUS SIGNAL DELAY [ARGUMENT]...: within a second, with a status of this pattern.
ends_on() {
	local wanted=$1 signal=$2 delay=$3 status=0 start
	shift 3
	# shellcheck disable=SC2086
	"$estab" $run "$@" >"$work/out" 2>&1 &
	sleep "$delay"
	start=$(date +%s%N)
	kill "-$signal" $!
	wait $! || status=$?
	[[ "$status" =~ ^($wanted)$ ]] || fail "$signal after $delay s: exit status $status: $(cat "$work/out")"
	[ $((($(date +%s%N) - start) / 1000000)) -lt 1000 ] || fail "$signal after $delay s took too long"
}
set -m # background jobs of a script ignore SIGINT otherwise
ends_on 0 INT 1
ends_on 0 TERM 1
grep -q 'packets received' "$work/out" || fail "no summary"
# Freeing tables costs seconds, as DPDK zeroes what it frees.
ends_on 0 TERM 1.5 --set flow.capacity_ipv4=20000000 -- -m 3000
# Before estab minds signals they do what they do to any program.
ends_on "0|143" TERM 0.02
ends_on "0|143" TERM 0.1

# timeout(1) signals its command and then its group: that is one wish.
status=0
# shellcheck disable=SC2086
timeout --preserve-status 1 "$estab" $run >"$work/out" || status=$?
[ "$status" = 0 ] || fail "below timeout: exit status $status"

# A second signal ends it where the first one is not heard: here it waits for a reader of the counters.
mkfifo "$work/fifo"
# shellcheck disable=SC2086
"$estab" $run --stats-json "$work/fifo" >"$work/out" 2>&1 &
sleep 1
kill -TERM $!
sleep 0.7
kill -TERM $! || fail "one signal was enough: the fifo has a reader?"
status=0
wait $! || status=$?
[ "$status" = 143 ] || fail "a second signal: exit status $status"

# shellcheck disable=SC2086
timeout 30 "$estab" $run 2>"$work/err" | head -n 1 >/dev/null || true
grep -q 'standard output: Broken pipe' "$work/err" || fail "a reader that went: $(cat "$work/err")"
[ -z "$(find "$work" -type s)" ] || fail "a socket is left"
echo "all well"
