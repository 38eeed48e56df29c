# SPDX-License-Identifier: BSD-3-Clause
"""A switch with two ports, where the kernel has no VLANs: tagged frames of the VLAN on one, untagged on
the other.

    vlan_switch.py TAGGED UNTAGGED VLAN"""
import selectors
import struct
import sys

import frames

TPID = 0x8100


def main():
    tagged, untagged, vlan = frames.Link(sys.argv[1]), frames.Link(sys.argv[2]), int(sys.argv[3])
    tag = struct.pack("!HH", TPID, vlan)
    selector = selectors.DefaultSelector()
    selector.register(tagged.socket, selectors.EVENT_READ)
    selector.register(untagged.socket, selectors.EVENT_READ)
    print("switching", flush=True)
    while True:
        selector.select()
        while frame := tagged.receive(0):
            if frame[12:16] == tag:
                untagged.send(frame[:12] + frame[16:])
        while frame := untagged.receive(0):
            tagged.send(frame[:12] + tag + frame[12:])


if __name__ == "__main__":
    main()
