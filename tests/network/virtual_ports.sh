#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# virtual_ports: ports without a network start, poll and end by themselves: net_null, net_ring, net_pcap
# with SYNs from a file and SYN,ACKs to a file; without huge pages and with them.
#
#     syns.pcap --> net_pcap --> estab respond --> net_pcap --> answers.pcap
. "$(dirname "$0")/topology.sh"

# run_alone NAME [ARGUMENT]...: estab for half a second, ending by itself.
run_alone() {
	local name=$1 status=0
	shift
	rm -f "$work/$name.json"
	timeout -k 5 60 "$ESTAB" respond -c "$work/$name.conf" --duration 0.5 --stats-json "$work/$name.json" "$@" \
		>"$work/$name.log" 2>&1 || status=$?
	[ "$status" = 0 ] || fail "$name ended with status $status: $(tail -n 3 "$work/$name.log")"
	expect "$name: polls" "$(counter "$name" polls)" -gt 0
}

port_mac() {
	python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))["ports"][0]["mac"])' "$work/$1.json"
}

# write_syns FILE MAC: 100 SYNs of as many clients.
write_syns() {
	python3 - "$1" "$2" "$SERVER4" <<'PYTHON'
import struct
import sys

import frames

path, mac, server = sys.argv[1:]
with open(path, "wb") as file:
    file.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1))
    for i in range(100):
        client = f"198.18.0.{i + 1}"
        segment = frames.tcp(client, server, 1024 + i, 80, i, 0, frames.SYN, options=frames.MSS_1460)
        frame = frames.ethernet(bytes.fromhex(mac.replace(":", "")), bytes(6), frames.IPV4, frames.ipv4(client, server, 6, segment))
        file.write(struct.pack("<IIII", i, 0, len(frame), len(frame)) + frame)
PYTHON
}

# check_answers FILE: one SYN,ACK for each of them.
check_answers() {
	python3 - "$1" <<'PYTHON'
import struct
import sys

import frames

with open(sys.argv[1], "rb") as file:
    capture = file.read()
at, answered = 24, set()
while at < len(capture):
    length, = struct.unpack_from("<8xI4x", capture, at)
    frame = capture[at + 16:at + 16 + length]
    at += 16 + length
    try:
        segment = frames.Segment(frame)
    except ValueError:
        continue
    if segment.flags != frames.SYN | frames.ACK or not segment.checksums_ok or segment.ack != segment.dport - 1024 + 1:
        sys.exit(f"a wrong answer: {segment}")
    answered.add(segment.dst)
if len(answered) != 100:
    sys.exit(f"{len(answered)} of 100 SYNs are answered")
PYTHON
}

write_config null net_null0 net_null0
run_alone null

write_config ring net_ring0 net_ring0
run_alone ring

# What MAC net_pcap has shows a first run.
write_syns "$work/syns.pcap" 02:00:00:00:00:01
write_config pcap net_pcap0 "net_pcap0,rx_pcap=$work/syns.pcap,tx_pcap=$work/answers.pcap"
run_alone pcap
expect "SYNs for another MAC" "$(counter pcap DROP_OTHER_MAC)" -eq 100
write_syns "$work/syns.pcap" "$(port_mac pcap)"
run_alone pcap
expect "SYNs from a file" "$(counter pcap ANSWER_SYN)" -eq 100
check_answers "$work/answers.pcap"

write_config replay net_pcap0 "net_pcap0,rx_pcap=$work/syns.pcap,infinite_rx=1"
run_alone replay
expect "SYNs from a file without end" "$(counter replay ANSWER_SYN)" -gt 1000
expect "flows" "$(counter replay flows)" -eq 0

# Huge pages, in the usual file system and without one.
pages=/proc/sys/vm/nr_hugepages
before=$(cat "$pages")
restore_pages() {
	echo "$before" >"$pages"
}
trap 'show_on_failure; restore_pages' EXIT
[ "$before" -ge 512 ] || echo 512 2>/dev/null >"$pages" || true
if [ "$(awk '/^HugePages_Free/ {print $2}' /proc/meminfo)" -lt 256 ]; then
	echo "not tried: huge pages, of which this machine gives too few"
	exit
fi
sed 's/^args = .*/args = --no-pci --in-memory -m 256/' "$work/null.conf" >"$work/memory.conf"
run_alone memory
mkdir -p /dev/hugepages
mount -t hugetlbfs hugetlbfs /dev/hugepages
sed 's/^args = .*/args = --no-pci --no-shconf --huge-unlink -m 256/' "$work/null.conf" >"$work/huge.conf"
run_alone huge
left=$(find /dev/hugepages ! -type d)
[ -z "$left" ] || fail "left behind: $left"
