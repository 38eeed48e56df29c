#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# ended: a signal ends scripts/test-nics at once, with its guest and all else that it has started. Needs root.
set -euo pipefail

root=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
SKIP=77 BOOT_SECONDS=200

fail() {
	echo "FAILED: $*" >&2
	cat "$work/log" >&2
	exit 1
}

# await SECONDS COMMAND...: poll until the command succeeds.
await() {
	local deadline=$((SECONDS + $1))
	shift
	until "$@"; do
		[ "$SECONDS" -lt "$deadline" ] || return 1
		sleep 0.1
	done
}

# test-nics and what it has started, by a variable in their environment.
started() {
	local folder
	for folder in /proc/[0-9]*; do
		! grep -qszxF "STARTED_FOR=$work" "$folder/environ" || cat "$folder/comm" 2>/dev/null || true
	done
}

tester_is_gone() {
	! kill -0 "$tester" 2>/dev/null
}

guest_runs() {
	[[ $(started) = *qemu-system* ]] || tester_is_gone
}

all_is_gone() {
	[ -z "$(started)" ]
}

# ends_by SIGNAL STATUS
ends_by() {
	local status=0
	STARTED_FOR=$work "$root/scripts/test-nics" virtio-net-pci >"$work/log" 2>&1 &
	tester=$!
	await "$BOOT_SECONDS" guest_runs || fail "no guest within $BOOT_SECONDS s"
	if tester_is_gone; then
		wait "$tester" || status=$?
		[ "$status" = "$SKIP" ] || fail "test-nics ended by itself, with status $status"
		cat "$work/log"
		exit "$SKIP"
	fi
	kill "-$1" "$tester"
	await 5 tester_is_gone || fail "test-nics goes on 5 s after SIG$1"
	wait "$tester" || status=$?
	[ "$status" = "$2" ] || fail "status $status after SIG$1, wanted $2"
	await 5 all_is_gone || fail "5 s after SIG$1 there are still: $(started | xargs)"
}

[ "$(id -u)" = 0 ] || {
	echo "skipped: needs root to boot a guest; run it with sudo"
	exit "$SKIP"
}
set -m # background jobs of a script ignore SIGINT otherwise
ends_by TERM 143
ends_by HUP 129
ends_by INT 130
echo "test-nics and its guest end by SIGTERM, SIGHUP and SIGINT"
