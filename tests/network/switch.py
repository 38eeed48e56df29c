# SPDX-License-Identifier: BSD-3-Clause
"""A switch that learns which port an address is behind, and never forgets: whoever moves has to say so.
A bridge of the kernel's will not do, as it keeps what is for a tap's own address, which is its user's too.

    switch.py INTERFACE..."""
import selectors
import sys

import frames


def learn_and_forward(ports, places, incoming, frame):
    destination, source = frame[:6], frame[6:12]
    places[source] = incoming
    for port in ports:
        if port is not incoming and places.get(destination, port) is port:
            try:
                port.send(frame)
            except OSError:
                pass  # its link is down, which is what the test is about


def main():
    ports = [frames.Link(name) for name in sys.argv[1:]]
    places = {}
    selector = selectors.DefaultSelector()
    for port in ports:
        selector.register(port.socket, selectors.EVENT_READ, port)
    print("switching", flush=True)
    while True:
        for key, _ in selector.select():
            try:
                while frame := key.data.receive(0):
                    learn_and_forward(ports, places, key.data, frame)
            except OSError:
                pass  # the socket says once that its link is down


if __name__ == "__main__":
    main()
