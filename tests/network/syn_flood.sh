#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# syn_flood: a million SYNs from addresses all over 198.18.0.0/15 are answered, leave no flow and take
# no memory, and a real client connects all the while.
#
#     flood    198.18.0.0/15  \             estab respond
#                              >  net_tap   192.0.2.1/24
#     client   192.0.2.2      /
. "$(dirname "$0")/topology.sh"

FLOOD=${FLOOD:-$root/build/tests/network/flood}
[ -x "$FLOOD" ] || fail "$FLOOD is not there; build it, or set FLOOD"

# flood FIRST COUNT: as fast as estab takes them from the tap.
flood() {
	timeout -k 5 120 "$FLOOD" estab0 "$(cat /sys/class/net/estab0/address)" "$SERVER4" 81 "$1" "$2"
}

resident_kib() {
	awk '/^VmRSS/ {print $2}' "/proc/$(estab_pid estab)/status"
}

start_default
# Once round all packet buffers and stacks, which are paged in when first used.
flood 0 50000
before=$(resident_kib)
flood 50000 1000000 &
flooding=$!
python3 - "$SERVER4" "$flooding" <<'PYTHON'
import os
import socket
import sys
import time

connected = 0
while os.path.exists(f"/proc/{sys.argv[2]}"):
    with socket.create_connection((sys.argv[1], 81), 10):
        connected += 1
    time.sleep(0.1)
print(f"{connected} connects during the flood")
if connected < 10:
    sys.exit("too few to say anything")
PYTHON
wait "$flooding" || fail "the flood did not get through"
after=$(resident_kib)
stop_estab estab

# The device takes a frame or refuses it, so all SYNs came; the client's may be repeated ones.
expect ANSWER_SYN "$(counter estab ANSWER_SYN)" -ge 1050000
expect flows "$(counter estab flows)" -eq 0
# Four bytes a SYN: packet buffers used for the first time are fewer, the least that could be kept is more.
expect "memory taken by a million SYNs, KiB" "$((after - before))" -le 4096
