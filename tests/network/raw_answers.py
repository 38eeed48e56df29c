# SPDX-License-Identifier: BSD-3-Clause
"""Frames out, answers compared. Prints "VERDICT COUNT" of what estab must have counted."""
import collections
import itertools
import struct
import sys

import frames
from frames import ACK, CWR, ECE, FIN, PSH, RST, SYN, URG

MAC = bytes.fromhex("020000000050")
OURS = {4: "192.0.2.50", 6: "2001:db8::50"}
SERVER = {4: "192.0.2.1", 6: "2001:db8::1"}
ETHERTYPE = {4: frames.IPV4, 6: frames.IPV6}
OPEN, HOLD, CLOSED = 80, 81, 84

link = frames.Link("estab0")
verdicts = collections.Counter()
ports = itertools.count(20000)
fences = itertools.count(1)


def check(what, actual, wanted):
    if actual != wanted:
        sys.exit(f"{what}: got {show(actual)}, wanted {show(wanted)}")


def show(value):
    return value.hex() if isinstance(value, bytes) else str(value)


class Side:
    """One family, one VLAN tag or none: builds our frames, recognizes estab's."""

    def __init__(self, family, server_mac, tags=()):
        self.family, self.server_mac, self.tags = family, server_mac, tuple(tags)
        self.ours, self.server = OURS[family], SERVER[family]
        self.name = f"IPv{family}" + "".join(f", tag {tpid:#x} {tci}" for tpid, tci in tags)

    def frame(self, packet, dst=None, ethertype=None):
        return frames.ethernet(dst or self.server_mac, MAC, ethertype or ETHERTYPE[self.family], packet, self.tags)

    def tcp(self, *args, src=None, dst=None, **kwargs):
        return frames.tcp(src or self.ours, dst or self.server, *args, **kwargs)

    def segment(self, *args, **kwargs):
        return self.frame(frames.ip(self.ours, self.server, frames.PROTOCOL_TCP, self.tcp(*args, **kwargs)))

    def echo(self, kind, identifier, body):
        body = struct.pack("!HH", identifier, 1) + body
        if self.family == 4:
            message = frames.icmp({"request": 8, "reply": 0}[kind], body)
            return message, frames.PROTOCOL_ICMP
        src, dst = (self.ours, self.server) if kind == "request" else (self.server, self.ours)
        message = frames.icmpv6(src, dst, {"request": 128, "reply": 129}[kind], body)
        return message, frames.PROTOCOL_ICMPV6

    def receive_tcp(self, port, what):
        segment = link.receive_segment(lambda s: s.dst_mac == MAC and s.dport == port)
        if segment is None:
            sys.exit(f"{self.name}, {what}: no answer")
        check(f"{self.name}, {what}: checksums", segment.checksums_ok, True)
        check(f"{self.name}, {what}: tags", tuple(segment.tags), self.tags)
        check(f"{self.name}, {what}: source", (segment.src_mac, segment.src), (self.server_mac, self.server))
        check(f"{self.name}, {what}: reserved bits, urgent pointer", (segment.reserved, segment.urgent), (0, 0))
        if self.family == 4:
            check(f"{self.name}, {what}: ID and fragment field", (segment.id, segment.fragment), (0, 0x4000))
        return segment


def ping_fence(side):
    """A ping that must come back before anything else: what was sent before it got silence."""
    identifier = next(fences)
    message, protocol = side.echo("request", identifier, b"fence")
    link.send(side.frame(frames.ip(side.ours, side.server, protocol, message)))
    wanted, _ = side.echo("reply", identifier, b"fence")
    got = link.receive_match(lambda frame: frame[0:6] == MAC)
    verdicts["ANSWER_ECHO"] += 1
    return got is not None and wanted in got, got


def expect_silence(side, what, verdict, frame, fence=None):
    link.send(frame)
    verdicts[verdict] += 1
    silent, got = ping_fence(fence or side)
    if not silent:
        sys.exit(f"{side.name}, {what}: wanted silence, got {show(got)}")


def expect_frame(what, verdict, frame, wanted):
    """The whole answer, byte for byte; padding to Ethernet's 60 bytes may follow."""
    link.send(frame)
    verdicts[verdict] += 1
    got = link.receive_match(lambda frame: frame[0:6] == wanted[0:6] and frame[6:12] == wanted[6:12])
    if got is None:
        sys.exit(f"{what}: no answer")
    check(what, got[:len(wanted)], wanted)
    check(f"{what}: padding", got[len(wanted):].strip(b"\0"), b"")


# --- Not TCP --------------------------------------------------------------------------------------

def discover_mac(tags):
    request = frames.arp(1, MAC, OURS[4], b"\0" * 6, SERVER[4])
    for _ in range(100):
        link.send(frames.ethernet(frames.BROADCAST, MAC, frames.ARP, request, tags))
        got = link.receive_match(lambda frame: frame[0:6] == MAC, 0.2)
        if got:
            # What estab answered late is not to be taken for the answer to something else.
            while link.receive(0.3):
                pass
            return got[6:12]
    sys.exit("no answer to ARP")


def check_arp(side):
    for dst in (frames.BROADCAST, side.server_mac):
        wanted = side.frame(frames.arp(2, side.server_mac, side.server, MAC, side.ours), MAC, frames.ARP)
        wanted = wanted[:6] + side.server_mac + wanted[12:]
        request = frames.arp(1, MAC, side.ours, b"\0" * 6, side.server)
        expect_frame(f"{side.name}, ARP", "ANSWER_ARP", side.frame(request, dst, frames.ARP), wanted)
        expect_frame(f"{side.name}, padded ARP", "ANSWER_ARP", side.frame(request + b"\0" * 18, dst, frames.ARP), wanted)
    other = frames.arp(1, MAC, side.ours, b"\0" * 6, "192.0.2.9")
    expect_silence(side, "ARP for another address", "DROP_OTHER_ARP", side.frame(other, frames.BROADCAST, frames.ARP))
    reply = frames.arp(2, MAC, side.ours, side.server_mac, side.server)
    expect_silence(side, "an ARP reply", "DROP_OTHER_ARP", side.frame(reply, ethertype=frames.ARP))


def check_neighbour_discovery(side):
    target = frames.packed(side.server)
    group = "ff02::1:ff" + target[-3:].hex()[:2] + ":" + target[-3:].hex()[2:]
    group_mac = b"\x33\x33" + frames.packed(group)[-4:]
    solicitations = (
        (group, group_mac, side.ours, side.ours, MAC, 0x60000000),
        (side.server, side.server_mac, side.ours, side.ours, MAC, 0x60000000),
        (group, group_mac, "::", "ff02::1", bytes.fromhex("333300000001"), 0x20000000),
    )
    for dst, dst_mac, src, answer_dst, answer_mac, flags in solicitations:
        source_option = b"" if src == "::" else b"\1\1" + MAC
        solicitation = frames.icmpv6(src, dst, 135, b"\0" * 4 + target + source_option)
        advertisement = frames.icmpv6(side.server, answer_dst, 136, struct.pack("!I", flags) + target + b"\2\1" + side.server_mac)
        request = side.frame(frames.ipv6(src, dst, 58, solicitation, 255), dst_mac)
        wanted = frames.ethernet(answer_mac, side.server_mac, frames.IPV6,
                                 frames.ipv6(side.server, answer_dst, 58, advertisement, 255), side.tags)
        expect_frame(f"{side.name}, solicitation from {src} to {dst}", "ANSWER_NEIGHBOUR", request, wanted)
    far = frames.ipv6(side.ours, side.server, 58, frames.icmpv6(side.ours, side.server, 135, b"\0" * 4 + target), 254)
    expect_silence(side, "a solicitation with hop limit 254", "DROP_OTHER_ICMP", side.frame(far))


def check_echo(side, ttl):
    for length in (0, 1, 56, 1300):
        body = bytes(i * 7 & 255 for i in range(length))
        request, protocol = side.echo("request", 77, body)
        reply, _ = side.echo("reply", 77, body)
        packet = frames.ipv4(side.server, side.ours, protocol, reply, ttl) if side.family == 4 else \
            frames.ipv6(side.server, side.ours, protocol, reply, ttl)
        wanted = frames.ethernet(MAC, side.server_mac, ETHERTYPE[side.family], packet, side.tags)
        expect_frame(f"{side.name}, echo of {length} bytes", "ANSWER_ECHO",
                     side.frame(frames.ip(side.ours, side.server, protocol, request)), wanted)
    request, protocol = side.echo("request", 78, b"bad")
    bad = request[:2] + bytes([request[2] ^ 0x55]) + request[3:]
    expect_silence(side, "echo with a bad checksum", "DROP_BAD_ICMP_CHECKSUM", side.frame(frames.ip(side.ours, side.server, protocol, bad)))


# --- Before TCP -----------------------------------------------------------------------------------

def check_silence(side):
    def syn(**kwargs):
        return side.tcp(next(ports), OPEN, 1, 0, SYN, **kwargs)

    def packet(segment, src=side.ours, dst=side.server):
        return frames.ip(src, dst, frames.PROTOCOL_TCP, segment)

    other_mac = bytes.fromhex("020000000099")
    other = {4: "192.0.2.9", 6: "2001:db8::9"}[side.family]
    good = packet(syn())
    cases = [
        ("another MAC", "DROP_OTHER_MAC", side.frame(good, other_mac)),
        ("another address", "DROP_OTHER_ADDRESS", side.frame(packet(syn(dst=other), dst=other))),
        ("our own address as source", "DROP_BAD_SOURCE", side.frame(packet(syn(src=side.server), src=side.server))),
        ("bad TCP checksum", "DROP_BAD_TCP_CHECKSUM", side.frame(packet(syn(bad_checksum=True)))),
        ("data offset 4", "DROP_BAD_TCP_HEADER", side.frame(packet(syn(offset=4)))),
        ("data offset beyond the segment", "DROP_BAD_TCP_HEADER", side.frame(packet(syn(offset=15)))),
        ("TCP header cut short", "DROP_BAD_TCP_HEADER", side.frame(packet(syn()[:12]))),
        ("UDP", "DROP_OTHER_PROTOCOL", side.frame(frames.ip(side.ours, side.server, 17, b"\0" * 8))),
        ("another EtherType", "DROP_OTHER_ETHERTYPE", side.frame(b"\0" * 46, ethertype=0x88B5)),
        ("IP header cut short", "DROP_TRUNCATED_FRAME", side.frame(good[:16])),
    ]
    if side.family == 4:
        def changed(**kwargs):
            return frames.ipv4(side.ours, side.server, frames.PROTOCOL_TCP, syn(), **kwargs)

        cases += [
            ("first fragment", "DROP_FRAGMENT", side.frame(changed(fragment=0x2000))),
            ("last fragment", "DROP_FRAGMENT", side.frame(changed(fragment=0x0001))),
            ("bad IP checksum", "DROP_BAD_IP_CHECKSUM", side.frame(changed(bad_checksum=True))),
            ("total length beyond the frame", "DROP_BAD_IP_HEADER", side.frame(changed(total_len=1000))),
            ("total length below the header", "DROP_BAD_IP_HEADER", side.frame(changed(total_len=19))),
            ("IHL 4", "DROP_BAD_IP_HEADER", side.frame(b"\x44" + good[1:])),
            ("version 5", "DROP_BAD_IP_HEADER", side.frame(b"\x55" + good[1:])),
            ("to the broadcast address", "DROP_TO_GROUP", side.frame(packet(syn(dst="192.0.2.255"), dst="192.0.2.255"), frames.BROADCAST)),
        ]
        sources = ("255.255.255.255", "192.0.2.255", "224.0.0.1", "127.0.0.1", "0.0.0.0")
    else:
        fragment = struct.pack("!BBHI", frames.PROTOCOL_TCP, 0, 1, 7)
        cases += [
            ("fragment", "DROP_FRAGMENT", side.frame(frames.ipv6(side.ours, side.server, 44, fragment + syn()))),
            ("routing header", "DROP_EXTENSION_HEADER", side.frame(
                frames.ipv6(side.ours, side.server, 43, bytes([6, 0, 0, 0, 0, 0, 0, 0]) + syn()))),
            ("payload beyond the frame", "DROP_BAD_IP_HEADER", side.frame(good[:4] + struct.pack("!H", 1000) + good[6:])),
            ("version 5", "DROP_BAD_IP_HEADER", side.frame(b"\x50" + good[1:])),
        ]
        sources = ("ff02::1", "::1", "::")
    for src in sources:
        cases.append((f"source {src}", "DROP_BAD_SOURCE", side.frame(packet(syn(src=src), src=src))))
    for what, verdict, frame in cases:
        expect_silence(side, what, verdict, frame)


# --- CLOSED and LISTEN ----------------------------------------------------------------------------

def check_closed(side, ttl):
    """RFC 9293 3.10.7.1: every kind of segment to a port nobody listens on."""
    for flags, payload, length in ((SYN, b"", 1), (FIN, b"", 1), (0, b"", 0), (PSH | URG, b"abc", 3), (SYN | FIN, b"", 2)):
        for seq in (0, 1000, 0xFFFFFFFF):
            port = next(ports)
            link.send(side.segment(port, CLOSED, seq, 12345, flags, payload))
            verdicts["RESET_CLOSED"] += 1
            reply = side.receive_tcp(port, f"CLOSED, flags {flags:#x}")
            wanted = (0, (seq + length) & 0xFFFFFFFF, RST | ACK, b"", b"", ttl)
            check("CLOSED without ACK", (reply.seq, reply.ack, reply.flags, reply.options, reply.payload, reply.ttl), wanted)
    for flags in (ACK, SYN | ACK, FIN | ACK, FIN | SYN | ACK | PSH):
        port = next(ports)
        link.send(side.segment(port, CLOSED, 1000, 0xFFFFFFFF, flags, b"xyz"))
        verdicts["RESET_CLOSED_ACK"] += 1
        reply = side.receive_tcp(port, f"CLOSED, flags {flags:#x}")
        check("CLOSED with ACK", (reply.seq, reply.flags, reply.options, reply.payload), (0xFFFFFFFF, RST, b"", b""))
    for flags in (RST, RST | ACK, RST | SYN, RST | FIN | ACK):
        expect_silence(side, f"CLOSED, flags {flags:#x}", "DROP_CLOSED_RST", side.segment(next(ports), CLOSED, 1, 1, flags))


def check_listen(side, resets):
    for flags in (0, FIN, FIN | PSH | URG, PSH, URG):
        expect_silence(side, f"LISTEN, flags {flags:#x}", "DROP_LISTEN_NO_ACK", side.segment(next(ports), OPEN, 1, 1, flags))
    for flags in (RST, RST | ACK, RST | SYN, RST | SYN | ACK):
        expect_silence(side, f"LISTEN, flags {flags:#x}", "DROP_LISTEN_RST", side.segment(next(ports), OPEN, 1, 1, flags))
    expect_silence(side, "LISTEN, SYN,FIN", "DROP_SYN_FIN", side.segment(next(ports), OPEN, 1, 0, SYN | FIN))
    for flags, verdict in ((ACK, "RESET_BAD_COOKIE"), (ACK | PSH, "RESET_BAD_COOKIE"), (ACK | FIN, "RESET_BAD_COOKIE"),
                           (SYN | ACK, "RESET_LISTEN_SYN_ACK")):
        port = next(ports)
        frame = side.segment(port, OPEN, 1, 0x12345678, flags)
        if not resets:
            expect_silence(side, f"LISTEN, flags {flags:#x}, reset_per_s = 0", "DROP_RESET_LIMITED", frame)
            continue
        link.send(frame)
        verdicts[verdict] += 1
        reply = side.receive_tcp(port, f"LISTEN, flags {flags:#x}")
        check("LISTEN, bad ACK", (reply.seq, reply.flags, reply.options, reply.payload), (0x12345678, RST, b"", b""))


# --- The handshake --------------------------------------------------------------------------------

def expect_syn_ack(side, what, frame, port, seq, mss, window, ttl):
    link.send(frame)
    verdicts["ANSWER_SYN"] += 1
    reply = side.receive_tcp(port, what)
    check(f"{side.name}, {what}: ACK, window, TTL, payload", (reply.ack, reply.window, reply.ttl, reply.payload),
          ((seq + 1) & 0xFFFFFFFF, window, ttl, b""))
    check(f"{side.name}, {what}: MSS", reply.option(2), struct.pack("!H", mss))
    return reply


def check_syns(side, mss, window, scale, ttl, ecn):
    """What a SYN offers, and what the SYN,ACK agrees to."""
    everything = frames.MSS_1460 + frames.SACK_PERMITTED + frames.timestamps(4711) + frames.WINDOW_SCALE_7
    unknown = frames.MSS_1460 + bytes([253, 6, 1, 2, 3, 4, 1, 1])
    fast_open = frames.MSS_1460 + bytes([34, 2, 1, 1])
    after_end = frames.MSS_1460 + bytes([0, 3, 3, 7])
    bad_length = frames.MSS_1460 + bytes([4, 0, 0, 0])
    for what, options, agreed in (
            ("no options", b"", ""), ("MSS", frames.MSS_1460, ""), ("everything", everything, "swt"),
            ("SACK", frames.MSS_1460 + frames.SACK_PERMITTED, "s"), ("window scale", frames.WINDOW_SCALE_7, "w"),
            ("timestamps", frames.timestamps(4711), "t"), ("an unknown option", unknown, ""), ("Fast Open", fast_open, ""),
            ("an option after the end", after_end, ""), ("an option of length 0", bad_length, "")):
        port = next(ports)
        reply = expect_syn_ack(side, what, side.segment(port, OPEN, 0xFFFFFFFF, 0, SYN, options=options), port, 0xFFFFFFFF, mss, window, ttl)
        check(f"{side.name}, {what}: flags", reply.flags, SYN | ACK)
        check(f"{side.name}, {what}: SACK", reply.option(4), b"" if "s" in agreed else None)
        check(f"{side.name}, {what}: window scale", reply.option(3), bytes([scale]) if "w" in agreed else None)
        check(f"{side.name}, {what}: TSecr", (reply.timestamps() or (0, None))[1], 4711 if "t" in agreed else None)
        check(f"{side.name}, {what}: nothing else", {kind for kind in range(2, 256) if reply.option(kind) is not None} - {2, 3, 4, 8}, set())
    for what, flags, options, wanted in (
            ("ECN-setup", SYN | ECE | CWR, b"", SYN | ACK), ("ECN-setup with timestamps", SYN | ECE | CWR, frames.timestamps(1),
            SYN | ACK | (ECE if ecn else 0)), ("PSH and URG", SYN | PSH | URG, b"", SYN | ACK), ("ECE alone", SYN | ECE, b"", SYN | ACK)):
        port = next(ports)
        reply = expect_syn_ack(side, what, side.segment(port, OPEN, 5, 0, flags, options=options), port, 5, mss, window, ttl)
        check(f"{side.name}, {what}: flags", reply.flags, wanted)
    check_odd_syns(side, mss, window, ttl)


def check_odd_syns(side, mss, window, ttl):
    port = next(ports)
    expect_syn_ack(side, "data on the SYN", side.segment(port, OPEN, 5, 0, SYN, b"data"), port, 5, mss, window, ttl)
    port = next(ports)
    expect_syn_ack(side, "window 0", side.segment(port, OPEN, 5, 0, SYN, window=0), port, 5, mss, window, ttl)
    port = next(ports)
    syn = side.tcp(port, OPEN, 7, 0, SYN)
    padded = frames.ip(side.ours, side.server, frames.PROTOCOL_TCP, syn) + b"\xa5" * 20
    expect_syn_ack(side, "padding that is not zero", side.frame(padded), port, 7, mss, window, ttl)
    if side.family == 4:
        packet = frames.ipv4(side.ours, side.server, frames.PROTOCOL_TCP, syn, ttl=1, fragment=0x8000, options=b"\1\1\1\0")
        expect_syn_ack(side, "IPv4 options, TTL 1, reserved flag", side.frame(packet), port, 7, mss, window, ttl)
    else:
        packet = frames.ipv6(side.ours, side.server, 0, bytes([60, 0, 1, 4, 0, 0, 0, 0, 6, 0, 1, 4, 0, 0, 0, 0]) + syn, 1)
        expect_syn_ack(side, "hop-by-hop and destination options", side.frame(packet), port, 7, mss, window, ttl)
    # A checksum field of 0 is a checksum like any other. What a field of zeros leaves as checksum is
    # what that field must hold for the checksum to become 0.
    port = next(ports)
    remainder, = struct.unpack("!H", side.tcp(port, OPEN, 9, 0, SYN, window=0)[16:18])
    zero = side.tcp(port, OPEN, 9, 0, SYN, window=remainder)
    check("a checksum made 0", zero[16:18], b"\0\0")
    expect_syn_ack(side, "checksum 0", side.frame(frames.ip(side.ours, side.server, frames.PROTOCOL_TCP, zero)), port, 9, mss, window, ttl)


def receive_after(side, port, what, frame, verdict):
    link.send(frame)
    verdicts[verdict] += 1
    return side.receive_tcp(port, what)


def check_connection(side, mss, window, ttl, stamped):
    """Handshake, data whose checksum is 0, FIN: sequence numbers across the wrap."""
    port, seq = next(ports), 0xFFFFFFFE

    def options(tsval):
        return frames.timestamps(tsval, tsecr) if stamped else b""

    tsecr = 0
    reply = expect_syn_ack(side, "handshake", side.segment(port, HOLD, seq, 0, SYN, options=options(100)), port, seq, mss, window, ttl)
    repeated = expect_syn_ack(side, "the SYN again", side.segment(port, HOLD, seq, 0, SYN, options=options(101)), port, seq, mss, window, ttl)
    ack = repeated.seq + 1
    tsecr = (repeated.timestamps() or (0, 0))[0]
    wrong = frames.timestamps(102, tsecr) if stamped else b""
    for off_by, seq_off in ((1, 0), (-1, 0), (0, 1)):
        bad = receive_after(side, port, "a wrong ACK", side.segment(port, HOLD, seq + 1 + seq_off, ack + off_by, ACK, options=wrong),
                            "RESET_BAD_COOKIE")
        check(f"{side.name}, a wrong ACK", (bad.seq, bad.flags), ((ack + off_by) & 0xFFFFFFFF, RST))
    expect_silence(side, "the ACK", "ESTABLISHED_BY_COOKIE", side.segment(port, HOLD, seq + 1, ack, ACK, options=options(103)))
    payload = side.tcp(port, HOLD, seq + 1, ack, ACK | PSH, b"\0\0\0\0", options=options(104))[16:18] + b"\0\0"
    check("a checksum made 0", side.tcp(port, HOLD, seq + 1, ack, ACK | PSH, payload, options=options(104))[16:18], b"\0\0")
    answer = receive_after(side, port, "data with checksum 0", side.segment(port, HOLD, seq + 1, ack, ACK | PSH, payload, options=options(104)),
                           "DATA_ACCEPTED")
    check(f"{side.name}, data", (answer.seq, answer.ack, answer.flags), (ack & 0xFFFFFFFF, (seq + 5) & 0xFFFFFFFF, ACK))
    if stamped:
        check(f"{side.name}, data: TSecr", answer.timestamps()[1], 104)
        check(f"{side.name}, data: TSval not backwards", (answer.timestamps()[0] - tsecr) & 0xFFFFFFFF < 1 << 31, True)
    answer = receive_after(side, port, "SYN in the connection", side.segment(port, HOLD, 77, 0, SYN, options=options(105)), "CHALLENGE_SYN")
    check(f"{side.name}, challenge", (answer.seq, answer.ack, answer.flags), (ack & 0xFFFFFFFF, (seq + 5) & 0xFFFFFFFF, ACK))
    answer = receive_after(side, port, "FIN", side.segment(port, HOLD, seq + 5, ack, FIN | ACK, options=options(106)), "FIN_ACCEPTED")
    check(f"{side.name}, FIN", (answer.seq, answer.ack, answer.flags), (ack & 0xFFFFFFFF, (seq + 6) & 0xFFFFFFFF, FIN | ACK))
    expect_silence(side, "the last ACK", "ACK_ACCEPTED", side.segment(port, HOLD, seq + 6, ack + 1, ACK, options=options(107)))
    check("the SYN,ACK's number comes from a cookie, the same for the same SYN", stamped or reply.seq == repeated.seq, True)


def check_untagged():
    server_mac = discover_mac(())
    sides = [Side(family, server_mac) for family in (4, 6)]
    check_arp(sides[0])
    check_neighbour_discovery(sides[1])
    for side in sides:
        mss = {4: 1460, 6: 1440}[side.family]
        check_echo(side, 64)
        check_silence(side)
        check_closed(side, 64)
        check_listen(side, resets=True)
        check_syns(side, mss, 65535, 7, 64, ecn=False)
        for stamped in (False, True):
            check_connection(side, mss, 65535, 64, stamped)
        # A priority tag is answered with the same tag; others are not ours.
        priority = Side(side.family, server_mac, [(0x8100, 0xE000)])
        check_connection(priority, mss, 65535, 64, True)
        for tags in ([(0x8100, 5)], [(0x88A8, 5), (0x8100, 6)]):
            other = Side(side.family, server_mac, tags)
            expect_silence(other, "another VLAN", "DROP_OTHER_VLAN", other.segment(next(ports), OPEN, 1, 0, SYN), fence=side)


def check_tagged():
    ours = [(0x8100, 5)]
    server_mac = discover_mac(ours)
    for family in (4, 6):
        side = Side(family, server_mac, ours)
        mss = {4: 1360, 6: 1340}[family]
        (check_arp if family == 4 else check_neighbour_discovery)(side)
        check_echo(side, 32)
        check_listen(side, resets=False)
        check_syns(side, mss, 4096, 0, 32, ecn=True)
        for tags in ([], [(0x8100, 6)]):
            other = Side(family, server_mac, tags)
            expect_silence(other, "another VLAN or none", "DROP_OTHER_VLAN", other.segment(next(ports), OPEN, 1, 0, SYN), fence=side)


{"untagged": check_untagged, "tagged": check_tagged}[sys.argv[1]]()
for name, count in sorted(verdicts.items()):
    if name not in ("ANSWER_ARP", "ANSWER_NEIGHBOUR", "ANSWER_ECHO"):
        print(name, count)
