# SPDX-License-Identifier: BSD-3-Clause
"""What estab answers to frames whose answers depend on nothing but its key: a line of hex for each.

    wire_bytes.py INTERFACE

Ends with an error if an answer is missing or has a bad checksum, or if one of the frames with a bad one is
answered: 60 with a bad TCP checksum, 10 with a bad IPv4 header checksum."""
import functools
import itertools
import sys

import frames
from frames import ACK, PSH, RST, SYN

MAC = bytes.fromhex("020000000050")
OURS = {4: "192.0.2.50", 6: "2001:db8::50"}
SERVER = {4: "192.0.2.1", 6: "2001:db8::1"}
ETHERTYPE = {4: frames.IPV4, 6: frames.IPV6}
OPTIONS = (frames.MSS_1460, frames.MSS_1460 + frames.SACK_PERMITTED, frames.MSS_1460 + frames.WINDOW_SCALE_7)
PRIORITY = ((0x8100, 3 << 13),)
RESPOND, HOLD, CLOSED = 80, 81, 84
N_BAD = 10
PATIENCE_S = 5


def ipv6_with_options(src, dst, protocol, payload):
    hop_by_hop = bytes([protocol, 0, 1, 4, 0, 0, 0, 0])  # PadN
    return frames.ipv6(src, dst, 0, hop_by_hop + payload)


WITH_OPTIONS = {4: functools.partial(frames.ipv4, options=b"\1\1\1\0"), 6: ipv6_with_options}


def say(segment):
    if not segment.checksums_ok:
        sys.exit(f"a bad checksum on the wire: {segment}")
    print(segment.frame.hex())


class Side:
    """One family: builds our frames, recognizes estab's."""

    def __init__(self, link, family, server_mac, ports):
        self.link, self.family, self.server_mac, self.ports = link, family, server_mac, ports
        self.ours, self.server = OURS[family], SERVER[family]

    def send(self, *args, build_ip=frames.ip, tags=(), **kwargs):
        segment = frames.tcp(self.ours, self.server, *args, **kwargs)
        packet = build_ip(self.ours, self.server, frames.PROTOCOL_TCP, segment)
        self.link.send(frames.ethernet(self.server_mac, MAC, ETHERTYPE[self.family], packet, tags))

    def receive(self, port, what):
        segment = self.link.receive_segment(lambda s: s.dst_mac == MAC and s.dport == port, PATIENCE_S)
        if segment is None:
            sys.exit(f"IPv{self.family}, {what}: no answer")
        say(segment)
        return segment

    def establish(self, server_port, options=b"", tags=()):
        port = next(self.ports)
        self.send(port, server_port, 1000, 0, SYN, options=options, tags=tags)
        answer = self.receive(port, f"SYN to {server_port}")
        if server_port == CLOSED:
            return port, 0
        self.send(port, server_port, 1001, answer.seq + 1, ACK)
        return port, answer.seq + 1

    def handshakes(self):
        for options in OPTIONS:
            for length in (1, 2, 99):
                port, ack = self.establish(HOLD, options)
                self.send(port, HOLD, 1001, ack, PSH | ACK, b"x" * length)
                self.receive(port, f"{length} bytes of data")
                self.send(port, HOLD, 1001 + length, ack, RST | ACK)

    def response(self):
        port, ack = self.establish(RESPOND, frames.MSS_1460)
        self.send(port, RESPOND, 1001, ack, PSH | ACK, b"GET / HTTP/1.0\r\n\r\n")
        if not self.receive(port, "request").payload.endswith(b"estab\n"):
            sys.exit("a wrong response")
        self.send(port, RESPOND, 1019, ack, RST | ACK)

    def bad_checksums(self):
        """Where every card looks for them, and behind tags and options, where one may not."""
        self.expect_silence(bad_checksum=True)
        self.expect_silence(bad_checksum=True, tags=PRIORITY)
        self.expect_silence(bad_checksum=True, build_ip=WITH_OPTIONS[self.family])
        if self.family == 4:
            self.expect_silence(build_ip=functools.partial(frames.ipv4, bad_checksum=True))

    def expect_silence(self, **bad):
        """The next good one is answered first, so that the bad ones before it were not."""
        for _ in range(N_BAD):
            self.send(next(self.ports), HOLD, 1000, 0, SYN, **bad)
        port = next(self.ports)
        self.send(port, HOLD, 1000, 0, SYN)
        first = self.link.receive_segment(lambda s: s.dst_mac == MAC, PATIENCE_S)
        if first is None or first.dport != port:
            sys.exit(f"IPv{self.family}, {bad}: the answer was {first}")
        say(first)


def find_server(link):
    request = frames.arp(1, MAC, OURS[4], bytes(6), SERVER[4])
    link.send(frames.ethernet(frames.BROADCAST, MAC, frames.ARP, request))
    reply = link.receive_match(lambda frame: frame[0:6] == MAC and frame[12:14] == b"\x08\x06", PATIENCE_S)
    if reply is None:
        sys.exit("no answer to ARP")
    print(reply[:42].hex())
    return reply[6:12]


def main():
    link = frames.Link(sys.argv[1])
    ports = itertools.count(20000)
    server_mac = find_server(link)
    for family in OURS:
        side = Side(link, family, server_mac, ports)
        side.handshakes()
        side.response()
        side.establish(CLOSED)
        side.establish(CLOSED, tags=PRIORITY)
        side.bad_checksums()


if __name__ == "__main__":
    main()
