#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# ladder: the command as a user meets it: words and exit statuses for what it cannot use, a picture
# of what it can, well-formed SVG, a reader that goes away, a full disk.
set -euo pipefail

estab=$(realpath "$1")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fail() {
	echo "FAILED: $*" >&2
	exit 1
}

# expect STATUS WORDS ARGUMENT...: this exit status and one line on standard error that holds WORDS.
expect() {
	local wanted=$1 words=$2 status=0
	shift 2
	timeout 20 "$estab" ladder "$@" >"$work/out" 2>"$work/err" || status=$?
	[ "$status" = "$wanted" ] || fail "ladder $*: exit status $status, wanted $wanted"
	[ "$(wc -l <"$work/err")" = 1 ] || fail "ladder $*: not one line: $(cat "$work/err")"
	grep -qF -- "$words" "$work/err" || fail "ladder $*: '$(cat "$work/err")' lacks '$words'"
}

# Captures: three handshakes of raw IPv4, one of another link type, one cut short, none at all.
python3 - "$work" <<-PYTHON
	import struct, sys

	def checksum(data):
	    data += b"\0" * (len(data) % 2)
	    total = sum(struct.unpack(f">{len(data) // 2}H", data))
	    while total >> 16:
	        total = (total & 0xffff) + (total >> 16)
	    return ~total & 0xffff

	def packet(source, destination, source_port, destination_port, seq, ack, flags):
	    tcp = struct.pack(">HHIIBBHHH", source_port, destination_port, seq, ack, 5 << 4, flags, 1000, 0, 0)
	    addresses = bytes([192, 0, 2, source, 192, 0, 2, destination])
	    total = checksum(addresses + struct.pack(">HH", 6, len(tcp)) + tcp)
	    tcp = tcp[:16] + struct.pack(">H", total) + tcp[18:]
	    ip = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(tcp), 0, 0, 64, 6, 0) + addresses
	    return ip[:10] + struct.pack(">H", checksum(ip)) + ip[12:] + tcp

	def capture(name, link, packets, cut=0):
	    data = struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, link)
	    for i, one in enumerate(packets):
	        data += struct.pack("<IIII", 1700000000, 100 * i, len(one), len(one)) + one
	    with open(f"{sys.argv[1]}/{name}", "wb") as file:
	        file.write(data[:len(data) - cut])

	packets = []
	for port in (4001, 4002, 4003):
	    packets.append(packet(2, 1, port, 80, 10, 0, 2))
	    packets.append(packet(1, 2, 80, port, 0, 11, 0x14) if port == 4002 else packet(1, 2, 80, port, 20, 11, 0x12))
	    if port != 4002:
	        packets.append(packet(2, 1, port, 80, 11, 21, 0x10))
	capture("three.pcap", 101, packets)
	capture("cut.pcap", 101, packets, 5)
	capture("wireless.pcap", 127, packets)
	capture("none.pcap", 101, [])
	capture("other.pcap", 101, [b"\x45" + b"\0" * 30, b"hello"])
PYTHON
three=$work/three.pcap

expect 2 "no FILE"
expect 2 "no FILE" ""
expect 2 "one FILE at a time; there is already $three" "$three" "$three"
expect 2 "No such file" "$work/absent.pcap"
expect 2 "as tcpdump -w makes it" "$0"
expect 2 "as tcpdump -w makes it" /dev/null
expect 2 "directory" "$work"
expect 2 "IEEE802_11_RADIO" "$work/wireless.pcap"
expect 2 "--limit x: not a number" "$three" --limit x
expect 2 "--state open: there are unanswered" "$three" --state open
expect 2 "--flow 1-2: not two ends" --flow 1-2 "$three"
expect 2 "--duration: estab ladder has no such option" "$three" --duration 5
expect 2 "--config: estab ladder has no such option" "$three" -c x
expect 2 "--svg: needs a value" "$three" --svg
expect 2 "cannot be written" "$three" --svg "$work/absent/x.svg"
expect 2 "Is a directory" "$three" --svg "$work"

"$estab" ladder --help | grep -q 'Usage: estab ladder FILE' || fail "--help"

"$estab" ladder "$three" --svg "$work/three.svg" >"$work/out" || fail "a capture: $?"
[ "$(grep -c '^connection' "$work/out")" = 3 ] || fail "not three connections"
grep -qx '3 connections: 2 established, 1 refused; 3 drawn' "$work/out" || fail "no summary"
tail -n 1 "$work/out" | grep -qx '8 packets' || fail "no packets at the end"
[ "$(find "$work" -name 'three.svg*' | wc -l)" = 1 ] || fail "files beside three.svg"
python3 - "$work/three.svg" <<-PYTHON
	import sys
	import xml.etree.ElementTree

	svg = xml.etree.ElementTree.parse(sys.argv[1]).getroot()
	space = "{http://www.w3.org/2000/svg}"
	texts = [text.text for text in svg.iter(space + "text")]
	assert svg.tag == space + "svg", svg.tag
	assert sum(text.startswith("SYN,ACK  SEQ=0 (20)  ACK=1 (11)") for text in texts) == 2, texts
	bottom = max(int(text.get("y")) for text in svg.iter(space + "text"))
	assert bottom < int(svg.get("height")) < bottom + 100
PYTHON

"$estab" ladder - <"$three" >"$work/piped" || fail "standard input: $?"
cmp "$work/out" "$work/piped" || fail "standard input is drawn differently"
(cd "$work" && cp three.pcap ./-three.pcap && "$estab" ladder --limit 1 -- -three.pcap >out) || fail "a name behind --"
grep -q '; 1 drawn of 3, raise --limit for more' "$work/out" || fail "--limit"
"$estab" ladder "$three" --state refused --flow 192.0.2.1:80-192.0.2.2:4002 >"$work/out"
grep -qx '1 connection: 1 refused; 1 drawn' "$work/out" || fail "--state and --flow"
"$estab" ladder "$work/none.pcap" >"$work/out" || fail "no packets: $?"
grep -qx '0 packets' "$work/out" || fail "no word of no packets"
"$estab" ladder "$work/other.pcap" >"$work/out" || fail "nothing of TCP: $?"
grep -qx '2 packets: 1 not TCP, 1 malformed' "$work/out" || fail "no word of what was not understood"

# What is there of a damaged capture is drawn.
expect 1 "the rest of the capture cannot be read: truncated" "$work/cut.pcap"
[ "$(grep -c '^connection' "$work/out")" = 3 ] || fail "nothing drawn of what is there"

status=0
"$estab" ladder "$three" >/dev/full 2>"$work/err" || status=$?
[ "$status" = 1 ] || fail "a full disk: exit status $status"
grep -q 'standard output: No space left' "$work/err" || fail "a full disk: $(cat "$work/err")"
status=0
"$estab" ladder "$three" >&- 2>"$work/err" || status=$?
[ "$status" = 1 ] || fail "no standard output: exit status $status"
grep -q 'standard output: Bad file descriptor' "$work/err" || fail "no standard output: $(cat "$work/err")"
echo "all well"
