#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# signals: SIGINT and SIGTERM end estab within a second with status 0; a reader that goes away ends it
# too; no interface, process or file is left behind.
#
#     Linux client                       estab respond
#     estab0  192.0.2.2/24     net_tap   192.0.2.1/24
#             2001:db8::2/64  <------->  2001:db8::1/64
. "$(dirname "$0")/topology.sh"

[ -c /dev/net/tun ] || skip "no /dev/net/tun, so no net_tap"

left_behind() {
	find /run/dpdk /dev/shm /dev/hugepages /tmp ! -type d 2>/dev/null
}

expect_nothing_left() {
	[ ! -e /sys/class/net/estab0 ] || fail "$1: interface estab0 is still there"
	! pgrep -x estab >/dev/null || fail "$1: a process is still there"
	expect_text "files left behind after $1" "$(left_behind)" ""
}

write_config estab net_tap0 net_tap0,iface=estab0
# Folders of its own, where what is left behind is its own; the program itself may stand below /tmp.
cp "$ESTAB" "$work/estab"
ESTAB=$work/estab
mount -t tmpfs tmpfs /tmp
mount -t tmpfs tmpfs /dev/shm

# A terminal's Ctrl-C reaches a process that does not ignore SIGINT, as background jobs of a shell do.
for signal in SIGINT SIGTERM; do
	for moment in running starting; do
		python3 - "$signal" "$moment" "$work" "$ESTAB" <<'PYTHON'
import os
import signal
import subprocess
import sys
import time

name, moment, work, estab = sys.argv[1:]
signal.signal(signal.SIGINT, signal.SIG_DFL)
with open(f"{work}/estab.log", "w", encoding="utf-8") as log:
    process = subprocess.Popen(["timeout", "--foreground", "-k", "5", "60", estab, "respond", "-c", f"{work}/estab.conf",
                                "--stats-json", f"{work}/estab.json"], stdout=log, stderr=log)
deadline = time.monotonic() + 20
while not os.path.exists("/sys/class/net/estab0"):
    if time.monotonic() > deadline or process.poll() is not None:
        sys.exit(f"{name}: estab does not start")
    time.sleep(0.01)
if moment == "running":
    time.sleep(1.5)
sent = time.monotonic()
process.send_signal(getattr(signal, name))
status = process.wait(10)
took = time.monotonic() - sent
if status != 0:
    sys.exit(f"{name} while {moment}: status {status}")
if took > 1:
    sys.exit(f"{name} while {moment}: took {took:.2f} s")
PYTHON
		expect_nothing_left "$signal while $moment"
	done
done

# Whoever reads the report stops reading: an end with status 1 and a line, not a loop.
set +e
timeout -k 5 30 "$ESTAB" respond -c "$work/estab.conf" 2>"$work/estab.log" | head -n 3 >/dev/null
status=${PIPESTATUS[0]}
set -e
expect "status after the reader went away" "$status" -eq 1
grep -q 'standard output' "$work/estab.log" || fail "no line says why it ended"
expect_nothing_left "a closed pipe"

# Standard output closed from the start is no reader at all.
status=0
timeout -k 5 30 "$ESTAB" respond -c "$work/estab.conf" --duration 2 >&- 2>"$work/estab.log" || status=$?
expect "status without standard output" "$status" -le 1
expect_nothing_left "a closed standard output"
