# SPDX-License-Identifier: BSD-3-Clause
"""Sets two estab hosts against each other and counts what they send."""
import itertools
import select
import subprocess
import sys
import time

import frames
from frames import ACK, FIN, PSH, RST, SYN


class Host:
    """One estab, its tap, and the segments it has sent."""

    def __init__(self, interface, address, mac):
        self.link, self.address, self.mac = frames.Link(interface), address, bytes.fromhex(mac)

    def drain(self):
        """TCP segments this host has sent since the last call."""
        segments = []
        while (frame := self.link.receive(0)) is not None:
            if frame[6:12] == self.mac and frame[12:14] == b"\x08\x00" and frame[23] == frames.PROTOCOL_TCP:
                segments.append(frames.Segment(frame))
        return segments


a = Host("estab0", "192.0.2.1", "020000000001")
b = Host("estab1", "192.0.2.3", "020000000003")


def inject(to, sender, ports, *args, **kwargs):
    """A segment to one host, as if the other one had sent it."""
    segment = frames.tcp(sender.address, to.address, *ports, *args, **kwargs)
    to.link.send(frames.ethernet(to.mac, sender.mac, frames.IPV4, frames.ipv4(sender.address, to.address, 6, segment)))


def establish(host, sender, port, seq):
    """A flow in `host` with the other host's listener as its peer; returns its next SEQ."""
    host.drain()
    inject(host, sender, (port, port), seq, 0, SYN)
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        for segment in host.drain():
            if segment.flags == SYN | ACK:
                inject(host, sender, (port, port), seq + 1, segment.seq + 1, ACK)
                return segment.seq + 1
    sys.exit("no SYN,ACK")


def count_until_silent(silence, limit, deadline):
    """Segments both hosts send until `silence` seconds pass without one."""
    count, last, end = 0, time.monotonic(), time.monotonic() + deadline
    while time.monotonic() - last < silence:
        select.select([a.link.socket, b.link.socket], [], [], 0.05)
        segments = a.drain() + b.drain()
        if segments:
            count, last = count + len(segments), time.monotonic()
        if count > limit or last > end:
            sys.exit(f"{count} segments and no end; the last: {segments[-1] if segments else None}")
    return count


# While the bridge is down neither hears what the other answers to our handshakes.
PORTS = (81, 80)
expected = {port: (establish(a, b, port, 1000), establish(b, a, port, 5000000)) for port in PORTS}
subprocess.run(["ip", "link", "set", "bridge0", "up"], check=True)
for port, (ack_a, ack_b) in expected.items():
    # SEQ in order, in the window, beyond it and before it; ACK right and wrong.
    for flags, data, seq, ack in itertools.product((ACK, SYN, SYN | ACK, ACK | PSH, RST | ACK), (b"", b"stray"),
                                                   (1001, 1002, 1001 + (1 << 24), 0), (ack_a, ack_a + 100000)):
        exact_reset = flags & RST and seq == 1001
        if not exact_reset:
            inject(a, b, (port, port), seq, ack, flags, data)
    count = count_until_silent(1.2, 400, 20)
    print(f"port {port}: {count} segments, then silence")
    # A FIN starts the close of a connection whose other end knows nothing of it: retransmissions by
    # RFC 6298 are few, and every answer to them is limited.
    inject(b, a, (port, port), 5000001, ack_b, FIN | ACK)
    count = count_until_silent(2.5, 60, 40)
    print(f"port {port}, after a FIN: {count} segments, then silence")
