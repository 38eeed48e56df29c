#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# capture_failed: --capture-failed keeps the last handshakes that failed, whole, whatever came between
# and after them, and nothing else.
#
#     Linux client                       estab respond ----> failed.pcapng
#     estab0  192.0.2.2/24     net_tap   192.0.2.1/24
#             2001:db8::2/64  <------->  2001:db8::1/64
. "$(dirname "$0")/topology.sh"

write_config estab net_tap0 net_tap0,iface=estab0
start_tap estab --capture "$work/failed.pcapng" --capture-failed 3
python3 - "$SERVER4" "$SERVER6" "$(cat /sys/class/net/estab0/address)" <<'PYTHON'
import socket
import sys

import frames
from frames import ACK, RST, SYN

MAC = bytes.fromhex("020000000050")
server4, server6, server_mac = sys.argv[1:]
link = frames.Link("estab0")


def connect(address, port):
    try:
        with socket.create_connection((address, port), 10):
            return True
    except ConnectionRefusedError:
        return False


def expect(what, found):
    if not found:
        sys.exit(f"{what}: not so")


def answer(client, port):
    return link.receive_segment(lambda segment: segment.dst == client and segment.dport == port)


def send(client, *args, **kwargs):
    packet = frames.ipv4(client, server4, frames.PROTOCOL_TCP, frames.tcp(client, server4, *args, **kwargs))
    link.send(frames.ethernet(bytes.fromhex(server_mac.replace(":", "")), MAC, frames.IPV4, packet))


expect("90 is refused", not connect(server4, 90))
expect("81 is open", connect(server4, 81))
expect("91 is refused over IPv6", not connect(server6, 91))
# A client that acknowledges one too many, after a handshake of another between its segments.
send("192.0.2.50", 5000, 81, 100, 0, SYN)
syn_ack = answer("192.0.2.50", 5000)
expect("the SYN is answered", syn_ack is not None and syn_ack.flags == SYN | ACK)
expect("81 is open over IPv6", connect(server6, 81))
send("192.0.2.50", 5000, 81, 101, syn_ack.seq + 2, ACK)
reset = answer("192.0.2.50", 5000)
expect("the ACK is reset", reset is not None and reset.flags & RST)
# Its checksum is wrong: silence.
send("192.0.2.50", 5001, 81, 200, 0, SYN, bad_checksum=True)
for _ in range(100):
    expect("81 is open at the end", connect(server4, 81))
PYTHON
stop_estab estab
expect DROP_BAD_TCP_CHECKSUM "$(counter estab DROP_BAD_TCP_CHECKSUM)" -eq 1

python3 - "$work/failed.pcapng" "$work/estab.json" <<'PYTHON'
import json
import sys

import pcapng
from frames import ACK, RST, SYN, Segment

path, stats = sys.argv[1:]
with open(stats, encoding="utf-8") as file:
    totals = json.load(file)["capture"]
capture = [(frame.direction, Segment(frame.data)) for frame in pcapng.read(path)]
found = [(direction, segment.flags, segment.dport if direction == "in" else segment.sport) for direction, segment in capture]
wanted = [("in", SYN, 91), ("out", RST | ACK, 91),
          ("in", SYN, 81), ("out", SYN | ACK, 81), ("in", ACK, 81), ("out", RST, 81),
          ("in", SYN, 81)]
# Linux asks for ECN or not, as the machine is set.
if [(direction, flags & 0x3F, port) for direction, flags, port in found] != wanted:
    sys.exit("\n".join(f"{direction} {segment}" for direction, segment in capture))
if totals != {"captured": len(wanted), "missed": 0, "handshakes": 3}:
    sys.exit(f"counted: {totals}")
PYTHON
grep -q "^capture: 7 frames of the last 3 handshakes that failed are in $work/failed.pcapng$" "$work/estab.log" || fail "the summary says nothing"
