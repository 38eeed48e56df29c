# SPDX-License-Identifier: BSD-3-Clause
# synfile: capture files of distinct SYNs, the same at every run.
import os
import random
import struct
import sys

from build import ROOT

sys.path.append(os.path.join(ROOT, "tests", "network"))
import frames  # noqa: E402

N_SYNS = 16384
SERVER4, SERVER6, PORT = "192.0.2.1", "2001:db8::1", 80
PCAP_MAC = "02:70:63:61:70:00"  # what net_pcap gives its first port
CLIENT_MAC = bytes.fromhex("020000000001")
VLAN = 100
DOT1Q = 0x8100


def _all_options(rng):
    timestamps = struct.pack("!BBII", 8, 10, rng.getrandbits(32), 0)
    return frames.MSS_1460 + bytes([4, 2]) + timestamps + bytes([1, 3, 3, 7])


def _mss_only(_rng):
    return frames.MSS_1460


def _client4(rng):
    return f"198.{rng.randrange(18, 20)}.{rng.randrange(256)}.{rng.randrange(1, 255)}"


def _client6(rng):
    return f"2001:db8:1:{rng.getrandbits(16):x}::{rng.randrange(1, 65536):x}"


# name: what the table calls it, frame bytes, client, server, options, VLAN tags, estab's keys
CASES = {
    "ipv4-60": ("IPv4, MSS only", 60, _client4, SERVER4, _mss_only, (), []),
    "ipv4-74": ("IPv4, all options", 74, _client4, SERVER4, _all_options, (), []),
    "ipv6-94": ("IPv6, all options", 94, _client6, SERVER6, _all_options, (), []),
    "vlan-78": ("IPv4 in a VLAN, all options", 78, _client4, SERVER4, _all_options, ((DOT1Q, VLAN),), [f"vlan = {VLAN}"]),
}


def frame_len(name):
    return CASES[name][1]


def meaning(name):
    return f"{CASES[name][0]}, {frame_len(name)} bytes"


def port_keys(name):
    """What [port 0] needs to answer this file."""
    return [f"ipv4 = {SERVER4}/24", f"ipv6 = {SERVER6}/64", *CASES[name][6]]


def _frame(name, mac, rng, source, flags):
    _, wanted_len, _, server, options, tags, _ = CASES[name]
    client, sport = source
    seq, ack = rng.getrandbits(32), rng.getrandbits(32) if flags & frames.ACK else 0
    segment = frames.tcp(client, server, sport, PORT, seq, ack, flags, options=options(rng))
    packet = frames.ip(client, server, frames.PROTOCOL_TCP, segment)
    frame = frames.ethernet(mac, CLIENT_MAC, frames.IPV6 if ":" in client else frames.IPV4, packet, tags)
    frame = frame.ljust(60, b"\0")
    assert len(frame) == wanted_len, f"{name}: {len(frame)} bytes"
    return frame


def write(name, path, mac=PCAP_MAC, n_syns=N_SYNS, seed=1, flags=frames.SYN):
    """A capture of `n_syns` SYNs, or segments with other flags, no two of them from the same address and port."""
    rng = random.Random(f"{name} {seed}")
    used = set()
    mac = bytes.fromhex(mac.replace(":", ""))
    with open(path, "wb") as file:
        file.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1))
        while len(used) < n_syns:
            source = CASES[name][2](rng), rng.randrange(1024, 65536)
            if source in used:
                continue
            used.add(source)
            frame = _frame(name, mac, rng, source, flags)
            file.write(struct.pack("<IIII", 0, len(used), len(frame), len(frame)) + frame)
