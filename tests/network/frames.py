# SPDX-License-Identifier: BSD-3-Clause
"""Frames as bytes: built from values, sent and received by a packet socket."""
import fcntl
import ipaddress
import select
import socket
import struct
import time

FIN, SYN, RST, PSH, ACK, URG, ECE, CWR = (1 << bit for bit in range(8))
IPV4, IPV6, ARP = 0x0800, 0x86DD, 0x0806
PROTOCOL_ICMP, PROTOCOL_TCP, PROTOCOL_ICMPV6 = 1, 6, 58
BROADCAST = b"\xff" * 6
ETH_P_ALL = 3
PACKET_OUTGOING = 4
SIOCGIFHWADDR = 0x8927

MSS_1460 = bytes([2, 4, 5, 180])
SACK_PERMITTED = bytes([4, 2, 1, 1])
WINDOW_SCALE_7 = bytes([1, 3, 3, 7])


def timestamps(tsval, tsecr=0):
    return struct.pack("!BBBBII", 1, 1, 8, 10, tsval, tsecr)


def checksum(data):
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def packed(address):
    return ipaddress.ip_address(address).packed


def pseudo_header(src, dst, protocol, length):
    if len(packed(src)) == 4:
        return packed(src) + packed(dst) + struct.pack("!BBH", 0, protocol, length)
    return packed(src) + packed(dst) + struct.pack("!IBBBB", length, 0, 0, 0, protocol)


def ethernet(dst, src, ethertype, payload, tags=()):
    """`tags`: (TPID, VLAN id) pairs from the outside in."""
    tagged = b"".join(struct.pack("!HH", tpid, vid) for tpid, vid in tags)
    return dst + src + tagged + struct.pack("!H", ethertype) + payload


def ipv4(src, dst, protocol, payload, ttl=64, fragment=0x4000, options=b"", total_len=None, bad_checksum=False):
    ihl = 5 + len(options) // 4
    total_len = ihl * 4 + len(payload) if total_len is None else total_len
    header = struct.pack("!BBHHHBBH", 0x40 | ihl, 0, total_len, 0, fragment, ttl, protocol, 0)
    header += packed(src) + packed(dst) + options
    value = checksum(header) ^ (0x5555 if bad_checksum else 0)
    return header[:10] + struct.pack("!H", value) + header[12:] + payload


def ipv6(src, dst, protocol, payload, hop_limit=64):
    header = struct.pack("!IHBB", 0x60000000, len(payload), protocol, hop_limit)
    return header + packed(src) + packed(dst) + payload


def ip(src, dst, protocol, payload):
    return (ipv6 if ":" in src else ipv4)(src, dst, protocol, payload)


def tcp(src, dst, sport, dport, seq, ack, flags, payload=b"", options=b"", window=64240, bad_checksum=False, urgent=0, offset=None):
    offset = 5 + len(options) // 4 if offset is None else offset
    header = struct.pack("!HHIIBBHHH", sport, dport, seq & 0xFFFFFFFF, ack & 0xFFFFFFFF, offset << 4, flags, window, 0, urgent)
    segment = header + options + payload
    value = checksum(pseudo_header(src, dst, PROTOCOL_TCP, len(segment)) + segment) ^ (0x5555 if bad_checksum else 0)
    return segment[:16] + struct.pack("!H", value) + segment[18:]


def icmp(kind, body, code=0):
    message = struct.pack("!BBH", kind, code, 0) + body
    return message[:2] + struct.pack("!H", checksum(message)) + message[4:]


def icmpv6(src, dst, kind, body, code=0):
    message = struct.pack("!BBH", kind, code, 0) + body
    value = checksum(pseudo_header(src, dst, PROTOCOL_ICMPV6, len(message)) + message)
    return message[:2] + struct.pack("!H", value) + message[4:]


def arp(operation, sender_mac, sender, target_mac, target):
    return struct.pack("!HHBBH", 1, IPV4, 6, 4, operation) + sender_mac + packed(sender) + target_mac + packed(target)


def completed(frame):
    """The frame as it leaves a card that was left the TCP checksum: summed over the segment, in whose
    checksum field stands the pseudo header's sum."""
    at = 12
    while frame[at:at + 2] in (b"\x81\x00", b"\x88\xa8"):
        at += 4
    ip_at = at + 2
    if frame[at:at + 2] == struct.pack("!H", IPV4):
        tcp_at, end = ip_at + (frame[ip_at] & 15) * 4, ip_at + struct.unpack_from("!H", frame, ip_at + 2)[0]
    else:
        tcp_at, end = ip_at + 40, ip_at + 40 + struct.unpack_from("!H", frame, ip_at + 4)[0]
    value = checksum(frame[tcp_at:end])
    return frame[:tcp_at + 16] + struct.pack("!H", value) + frame[tcp_at + 18:]


class Segment:
    """A TCP segment inside a frame, its fields by name; checksums_ok says that all of them verify."""

    def __init__(self, frame):
        self.frame = frame
        self.dst_mac, self.src_mac = frame[0:6], frame[6:12]
        at, self.tags = 12, []
        while struct.unpack_from("!H", frame, at)[0] in (0x8100, 0x88A8):
            self.tags.append(struct.unpack_from("!HH", frame, at))
            at += 4
        ethertype = struct.unpack_from("!H", frame, at)[0]
        self.checksums_ok = True
        if ethertype == IPV4:
            bytes_ip = self._read_ipv4(frame[at + 2:])
        elif ethertype == IPV6:
            bytes_ip = self._read_ipv6(frame[at + 2:])
        else:
            raise ValueError("neither IPv4 nor IPv6")
        self._read_tcp(bytes_ip)

    def _read_ipv4(self, packet):
        header_len = (packet[0] & 15) * 4
        total_len, self.id, self.fragment, self.ttl, protocol = struct.unpack_from("!2xHHHBB", packet)
        self.ip_total_len = total_len
        self.src = str(ipaddress.ip_address(packet[12:16]))
        self.dst = str(ipaddress.ip_address(packet[16:20]))
        self.checksums_ok &= checksum(packet[:header_len]) == 0
        if protocol != PROTOCOL_TCP:
            raise ValueError("not TCP")
        return packet[header_len:total_len]

    def _read_ipv6(self, packet):
        length, protocol, self.ttl = struct.unpack_from("!4xHBB", packet)
        self.src = str(ipaddress.ip_address(packet[8:24]))
        self.dst = str(ipaddress.ip_address(packet[24:40]))
        if protocol != PROTOCOL_TCP:
            raise ValueError("not TCP")
        return packet[40:40 + length]

    def _read_tcp(self, segment):
        (self.sport, self.dport, self.seq, self.ack, offset, self.flags, self.window,
         self.checksum, self.urgent) = struct.unpack_from("!HHIIBBHHH", segment)
        self.reserved = offset & 15
        self.options = segment[20:(offset >> 4) * 4]
        self.payload = segment[(offset >> 4) * 4:]
        pseudo = pseudo_header(self.src, self.dst, PROTOCOL_TCP, len(segment))
        self.checksums_ok &= checksum(pseudo + segment) == 0

    def option(self, kind):
        """The value of an option, None if it is absent."""
        at = 0
        while at < len(self.options) and self.options[at]:
            if self.options[at] == 1:
                at += 1
                continue
            if self.options[at] == kind:
                return self.options[at + 2:at + self.options[at + 1]]
            at += self.options[at + 1]
        return None

    def timestamps(self):
        """(TSval, TSecr), None without."""
        value = self.option(8)
        return struct.unpack("!II", value) if value else None

    def __str__(self):
        names = [name for bit, name in enumerate(("FIN", "SYN", "RST", "PSH", "ACK", "URG", "ECE", "CWR")) if self.flags >> bit & 1]
        return (f"{self.src}:{self.sport} > {self.dst}:{self.dport} {','.join(names) or 'null'} SEQ={self.seq} ACK={self.ack} "
                f"window={self.window} options={self.options.hex()} payload={len(self.payload)} bytes")


class Link:
    """A packet socket on an interface. Receives what others sent as it would be on a wire: VLAN tags put
    back in place, checksums that were left to the card computed."""

    def __init__(self, interface):
        self.socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 16 << 20)
        self.socket.setsockopt(263, 8, 1)  # SOL_PACKET, PACKET_AUXDATA
        self.socket.bind((interface, 0))
        request = fcntl.ioctl(self.socket, SIOCGIFHWADDR, struct.pack("16s24x", interface.encode()))
        self.mac = request[18:24]

    def send(self, frame):
        self.socket.send(frame)

    def receive(self, timeout):
        """The next frame from outside, None after `timeout` seconds; 0: one that waits already."""
        deadline = time.monotonic() + timeout
        while True:
            left = max(0, deadline - time.monotonic())
            if not select.select([self.socket], [], [], left)[0]:
                return None
            frame, auxiliary, _, address = self.socket.recvmsg(65536, 256)
            if address[2] != PACKET_OUTGOING:
                return self._as_on_a_wire(frame, auxiliary)

    @staticmethod
    def _as_on_a_wire(frame, auxiliary):
        for level, kind, data in auxiliary:
            if (level, kind) == (263, 8):
                status, _, _, _, _, tci, tpid = struct.unpack("=IIIHHHH", data)
                if status & 0x8:  # TP_STATUS_CSUMNOTREADY
                    frame = completed(frame)
                if status & 0x10:  # TP_STATUS_VLAN_VALID
                    frame = frame[:12] + struct.pack("!HH", tpid, tci) + frame[12:]
        return frame

    def receive_match(self, match, timeout=2.0):
        """The next frame for which match(frame) is true, None after `timeout` seconds."""
        deadline = time.monotonic() + timeout
        while (left := deadline - time.monotonic()) > 0:
            frame = self.receive(left)
            if frame is not None and match(frame):
                return frame
        return None

    def receive_segment(self, match, timeout=2.0):
        """The next TCP segment for which match(segment) is true, None after `timeout` seconds."""
        deadline = time.monotonic() + timeout
        while (left := deadline - time.monotonic()) > 0:
            frame = self.receive(left)
            try:
                segment = Segment(frame) if frame else None
            except (ValueError, struct.error):
                continue
            if segment and match(segment):
                return segment
        return None
