#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# opens_wire: never a packet to an address that the configuration does not name. Everything on the wire
# is captured: of what estab has sent every destination, question and source is known, whatever the
# network answers, and strangers who talk to it are answered and not opened to.
#
#     estab connect                              the kernel, a router
#     estab1  192.0.2.1, 192.0.2.65-70           estab0  192.0.2.2/24     198.18.0.1-3   no route
#             2001:db8::1                 <veth>         2001:db8::2/64   2001:db8:1::1  blackhole
. "$(dirname "$0")/topology.sh"
. "$here/opens.sh"

need ethtool tcpdump
join_router "[connect]" \
	"target = $CLIENT4:7000-7001" "target.1 = [$CLIENT6]:7000" "target.2 = 198.18.0.1-198.18.0.3:80" \
	"target.3 = [2001:db8:1::1]:80-81" "target.4 = 192.0.2.9:7000" \
	"source = 192.0.2.65-192.0.2.70" "source.1 = $SERVER6" "source_ports = 2000-2999" \
	"rate = 2000" "total = 2000" "[tcp]" "retries = 1"
ip -6 route add blackhole 2001:db8:1::1/128
start_listener 0.0.0.0/7000 ::/7000
timeout -k 5 100 tcpdump -i estab0 -nn -w "$work/wire.pcap" --immediate-mode -U 2>"$work/tcpdump.log" &
tcpdump=$!
await 20 grep -q 'listening on' "$work/tcpdump.log" || fail "tcpdump does not start"

connect_over_veth
stop_listener
expect_adds_up estab
expect "opened" "$(counter estab connect.opened)" -eq 2000
captured_all() {
	[ "$(tcpdump -nn -r "$work/wire.pcap" 'tcp[tcpflags] == tcp-syn' 2>/dev/null | sort -u -k 3,5 | wc -l)" -gt 1000 ]
}
await 10 captured_all || fail "the capture lacks SYNs"
kill "$tcpdump"
wait "$tcpdump" || true

python3 - "$work/wire.pcap" "$(python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))["ports"][0]["mac"])' "$work/estab.json")" <<'PYTHON'
import collections
import ipaddress
import struct
import sys

import frames

path, mac = sys.argv[1:]
OURS = bytes.fromhex(mac.replace(":", ""))
SOURCES = {"2001:db8::1", *(f"192.0.2.{i}" for i in range(65, 71))}
OWN = SOURCES | {"192.0.2.1", *(f"192.0.2.{i}" for i in range(65, 127))}
TARGETS = {
    "192.0.2.2": {7000, 7001}, "2001:db8::2": {7000},
    "198.18.0.1": {80}, "198.18.0.2": {80}, "198.18.0.3": {80}, "2001:db8:1::1": {80, 81}}
ASKED = {"192.0.2.2", "192.0.2.9", "2001:db8::2"}
GROUPS = {"ff02::1", "ff02::16"}
SOLICITED = ipaddress.ip_network("ff02::1:ff00:0/104")


def check(what, value, allowed):
    if value not in allowed:
        sys.exit(f"estab sent to a stranger: {what} {value}")


def check_neighbour_discovery(packet):
    dst = ipaddress.ip_address(packet[24:40])
    if packet[6] == 58 and packet[40] == 135:  # a solicitation
        check("solicitation of", str(ipaddress.ip_address(packet[48:64])), ASKED)
        return
    if dst not in SOLICITED:
        check("ICMPv6 to", str(dst), GROUPS | {"2001:db8::2"} | link_local)


def frames_of(path):
    with open(path, "rb") as file:
        capture = file.read()
    at = 24
    while at + 16 <= len(capture):
        length, = struct.unpack_from("<8xI4x", capture, at)
        yield capture[at + 16:at + 16 + length]
        at += 16 + length


# The kernel's own neighbour solicitations may come from its link-local address.
link_local = {str(ipaddress.ip_address(frame[22:38])) for frame in frames_of(path)
              if frame[6:12] != OURS and frame[12:14] == b"\x86\xdd" and frame[22:24] == b"\xfe\x80"}
seen = collections.Counter()
for frame in frames_of(path):
    if frame[6:12] != OURS:
        continue
    ethertype, = struct.unpack_from("!H", frame, 12)
    if ethertype == frames.ARP:
        operation, = struct.unpack_from("!H", frame, 20)
        asked = str(ipaddress.ip_address(frame[38:42]))
        check("ARP for", asked, ASKED | OWN if operation == 1 else {"192.0.2.2"})
        continue
    try:
        segment = frames.Segment(frame)
    except ValueError:
        if ethertype != frames.IPV6:
            sys.exit(f"neither ARP, TCP nor IPv6: {frame.hex()}")
        check_neighbour_discovery(frame[14:])
        continue
    check("TCP to", segment.dst, TARGETS)
    check(f"TCP to {segment.dst}, port", segment.dport, TARGETS[segment.dst])
    check("TCP from", segment.src, SOURCES)
    check("TCP from port", segment.sport, range(2000, 3000))
    if not segment.checksums_ok:
        sys.exit(f"a wrong checksum: {segment}")
    if segment.flags == frames.SYN:
        seen[segment.dst, segment.dport] += 1
missing = {(dst, port) for dst, ports in TARGETS.items() for port in ports} - set(seen)
if missing:
    sys.exit(f"no SYN to {missing}")
PYTHON
