#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# demo: scripts/demo shows a handshake whose numbers are right, both curls get their file, 100,000 connections
# between two ends of ours establish, one of them is drawn, and nothing is left behind.
#
#     scripts/demo draws its own namespaces.
. "$(dirname "$0")/topology.sh"

need curl tcpdump ss
[ -c /dev/net/tun ] || skip "no /dev/net/tun, so no net_tap"
timeout -k 5 100 "$root/scripts/demo" >"$work/demo" 2>&1 || {
	cat "$work/demo"
	fail "scripts/demo failed"
}

expect_shown() {
	grep -qE -- "$1" "$work/demo" || {
		cat "$work/demo"
		fail "scripts/demo does not show '$1'"
	}
}

expect_shown '192\.0\.2\.2:[0-9]+ +-> +192\.0\.2\.1:7 +SYN +SEQ=[0-9]+ +x'
expect_shown '192\.0\.2\.1:7 +-> +192\.0\.2\.2:[0-9]+ +SYN,ACK +SEQ=[0-9]+ +ACK=[0-9]+ +y, x\+1'
expect_shown '192\.0\.2\.2:[0-9]+ +-> +192\.0\.2\.1:7 +ACK +SEQ=[0-9]+ +ACK=[0-9]+ +x\+1, y\+1'
expect_shown 'the numbers are as they should be'
expect_shown 'ts sack wscale:'
expect_shown '^ESTABLISHED_BY_COOKIE +[0-9]+'
expect_shown '100000 opened, 100000 established, 0 refused, 0 timed out, 0 reset, 0 still open'
expect_shown 'handshake, SYN to SYN,ACK +p50 [0-9.e-]+ ms'
expect_shown 'measured [0-9.]+ % of 100000 handshakes'
expect_shown 'connection 1: closed, 6 segments'
expect_shown '\+[0-9.]+ +\|--- FIN,ACK +SEQ=1 '
expect "HTTP answers" "$(grep -c 'HTTP/1.1 200' "$work/demo")" -eq 2
! pgrep -x estab >/dev/null || fail "scripts/demo left a process behind"
