#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# capture: what --capture writes is every frame that came and went, in order, with its direction, and
# tcpdump reads it; it ends at its limit or when the disk is full, and under a flood frames are missing,
# while estab goes on.
#
#     Linux client                       estab respond ----> run.pcapng
#     estab0  192.0.2.2/24     net_tap   192.0.2.1/24
#             2001:db8::2/64  <------->  2001:db8::1/64
. "$(dirname "$0")/topology.sh"

need tcpdump curl

FLOOD=${FLOOD:-$root/build/tests/network/flood}
[ -x "$FLOOD" ] || fail "$FLOOD is not there; build it, or set FLOOD"

request() {
	local answer
	answer=$(curl -sS --max-time 10 "http://$1/" 2>&1) || fail "$2: curl: $answer"
	expect_text "$2: the response" "$answer" estab
}

# flood COUNT: SYNs as fast as estab takes them from the tap.
flood() {
	timeout -k 5 60 "$FLOOD" estab0 "$(cat /sys/class/net/estab0/address)" "$SERVER4" 81 0 "$1" ||
		fail "the flood did not get through"
}

# frames FILE [FILTER]: how many tcpdump reads, which refuses a file that ends inside a frame.
frames() {
	tcpdump -nr "$1" "${2:-}" >"$work/frames" 2>"$work/tcpdump" || fail "tcpdump does not read $1: $(cat "$work/tcpdump")"
	wc -l <"$work/frames"
}

all_frames() {
	echo $(($(counter "$1" rx_packets) + $(counter "$1" tx_packets)))
}

capture_total() {
	python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))["capture"][sys.argv[2]])' "$work/$1.json" "$2"
}

# All frames, over an older file that is longer.
write_config estab net_tap0 net_tap0,iface=estab0
head -c 1000000 /dev/zero >"$work/run.pcapng"
began=$(date +%s)
start_tap estab --capture "$work/run.pcapng"
request "$SERVER4" IPv4
request "[$SERVER6]" IPv6
await 10 no_connections || fail "the connections do not end"
stop_estab estab
expect "frames in the file" "$(frames "$work/run.pcapng")" -eq "$(all_frames estab)"
expect "frames captured" "$(capture_total estab captured)" -eq "$(all_frames estab)"
expect "frames missed" "$(capture_total estab missed)" -eq 0
expect "SYN,ACKs" "$(frames "$work/run.pcapng" 'tcp[tcpflags] == tcp-syn|tcp-ack')" -eq 1
grep -q "^capture: $(all_frames estab) frames are in $work/run.pcapng$" "$work/estab.log" || fail "the summary says nothing"

python3 - "$work/run.pcapng" "$work/estab.json" "$began" <<'PYTHON'
import json
import sys
import time

import pcapng
from frames import ACK, FIN, PSH, SYN, Segment

path, stats, began = sys.argv[1:]
capture = pcapng.read(path)
with open(stats, encoding="utf-8") as file:
    lcore = json.load(file)["lcores"][0]
count = {direction: sum(frame.direction == direction for frame in capture) for direction in ("in", "out")}
if count != {"in": lcore["rx_packets"], "out": lcore["tx_packets"]}:
    sys.exit(f"directions: {count}")
if {frame.interface for frame in capture} != {"estab0"}:
    sys.exit("frames of other interfaces")
times = [frame.unix_ns for frame in capture]
if times != sorted(times) or times[0] < int(began) * 10**9 or times[-1] > time.time_ns():
    sys.exit(f"times: {times}")

for version in (4, 6):
    seen = []
    for frame in capture:
        try:
            segment = Segment(frame.data)
        except ValueError:
            continue
        if (":" in segment.src) != (version == 6):
            continue
        if not segment.checksums_ok and frame.direction == "out":
            sys.exit(f"a frame captured after its mbuf was gone: {segment}")
        seen.append((frame.direction, segment.flags & ~PSH))
    wanted = [("in", SYN), ("out", SYN | ACK), ("in", ACK), ("in", ACK), ("out", FIN | ACK), ("in", FIN | ACK), ("out", ACK)]
    # The client may acknowledge the response before it closes.
    if [step for i, step in enumerate(seen) if not (i > 4 and step == ("in", ACK))] != wanted:
        sys.exit(f"IPv{version}: {seen}")
PYTHON

# The limit, reached among frames that are written together; the run goes on.
start_tap estab --capture "$work/limit.pcapng" --capture-limit 100
flood 2000
request "$SERVER4" "behind the limit"
stop_estab estab
expect "frames at the limit" "$(frames "$work/limit.pcapng")" -eq 100
expect "frames captured at the limit" "$(capture_total estab captured)" -eq 100
expect "lines that say so" "$(grep -c -- "--capture $work/limit.pcapng: it holds 100 frames" "$work/estab.log")" -eq 1

# A disk that is full in the middle: said once, the run goes on, the file is whole, status 1.
mkdir -p "$work/disk"
mount -t tmpfs -o size=16k tmpfs "$work/disk"
start_tap estab --capture "$work/disk/run.pcapng"
ping -q -f -c 200 -s 1000 "$SERVER4" >/dev/null || fail "no answers while the disk fills"
request "$SERVER4" "behind the full disk"
kill -TERM "${estab_pids[estab]}"
await 10 estab_is_gone estab || fail "estab with a full disk does not end"
status=0
wait "${estab_pids[estab]}" || status=$?
expect "status after a full disk" "$status" -eq 1
expect "lines about the disk" "$(grep -c 'No space left on device: the capture ends' "$work/estab.log")" -eq 1
expect "frames before the disk was full" "$(frames "$work/disk/run.pcapng")" -eq "$(capture_total estab captured)"
expect "frames before the disk was full" "$(capture_total estab captured)" -gt 0

# A disk that is full before: nothing is run.
head -c 16384 /dev/zero >"$work/disk/run.pcapng"
status=0
timeout -k 5 30 "$ESTAB" respond -c "$work/estab.conf" --capture "$work/disk/other.pcapng" >"$work/out" 2>&1 || status=$?
expect "status with a full disk" "$status" -eq 2
grep -q 'No space left on device' "$work/out" || fail "no line says that the disk is full"

# A flood while the file takes nothing, a FIFO whose reader waits: frames are missing, counted, and
# clients are answered all the while.
mkfifo "$work/frames.fifo" "$work/go.fifo"
{
	read -r _ <"$work/go.fifo"
	cat
} <"$work/frames.fifo" >"$work/flood.pcapng" &
reader=$!
start_tap estab --capture "$work/frames.fifo"
flood 20000
request "$SERVER4" "behind the flood"
echo go >"$work/go.fifo"
stop_estab estab
wait "$reader"
captured=$(capture_total estab captured)
missed=$(capture_total estab missed)
expect "SYNs of the flood" "$(counter estab ANSWER_SYN)" -ge 20000
expect "frames missed" "$missed" -gt 20000
expect "frames captured and missed" "$((captured + missed))" -eq "$(all_frames estab)"
expect "frames in the file" "$(frames "$work/flood.pcapng")" -eq "$captured"
grep -q "$missed are missing" "$work/estab.log" || fail "the summary does not say what is missing"
