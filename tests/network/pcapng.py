# SPDX-License-Identifier: BSD-3-Clause
"""A pcapng file as its frames, for what tcpdump does not show: direction and interface."""
import collections
import struct

Frame = collections.namedtuple("Frame", "direction interface unix_ns original_len data")

SECTION, INTERFACE, PACKET = 0x0A0D0D0A, 1, 6
OPTION_END, OPTION_INTERFACE_NAME, OPTION_PACKET_FLAGS = 0, 2, 2
DIRECTIONS = {0: "unknown", 1: "in", 2: "out"}


def blocks(content):
    at = 0
    while at < len(content):
        kind, length = struct.unpack_from("<II", content, at)
        if struct.unpack_from("<I", content, at + length - 4)[0] != length:
            raise ValueError(f"the block at byte {at} is not whole")
        yield kind, content[at + 8:at + length - 4]
        at += length


def options(body):
    at, found = 0, {}
    while at + 4 <= len(body):
        code, length = struct.unpack_from("<HH", body, at)
        if code == OPTION_END:
            break
        found[code] = body[at + 4:at + 4 + length]
        at += 4 + (length + 3) // 4 * 4
    return found


def read(path):
    """All frames, in the order of the file; times must be in nanoseconds, as rte_pcapng writes them."""
    interfaces, frames = [], []
    with open(path, "rb") as file:
        content = file.read()
    for kind, body in blocks(content):
        if kind == INTERFACE:
            interfaces.append(options(body[8:])[OPTION_INTERFACE_NAME].decode())
        if kind != PACKET:
            continue
        interface, high, low, length, original_len = struct.unpack_from("<IIIII", body)
        flags, = struct.unpack("<I", options(body[20 + (length + 3) // 4 * 4:])[OPTION_PACKET_FLAGS])
        frames.append(Frame(DIRECTIONS[flags & 3], interfaces[interface], high << 32 | low, original_len, body[20:20 + length]))
    return frames
