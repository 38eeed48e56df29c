#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Stands in for estab on this side: runs it in the guest with the same arguments, and seems to be it.

    GUEST=SOCKET [GUEST_PRELOAD=LIBRARY] estab_in_guest.py respond -c FILE --stats-json FILE [ARGUMENT]...

The configuration and the files it names go into the guest; what estab prints comes out as it is printed,
the counters at the end. SIGTERM and SIGINT are passed on. Ends with estab's status."""
import os
import re
import shlex
import signal
import sys
import time

from guest import Guest

FOLDER = "/run/estab"
POLL_S = 0.2
FILE_KEYS = re.compile(r"^\s*(?:response|key_file)\s*=\s*(\S+)", re.MULTILINE)

signals = []


def put_files(guest, config):
    with open(config, encoding="utf-8") as file:
        text = file.read()
    guest.put(f"{FOLDER}/estab.conf", text.encode())
    for name in set(FILE_KEYS.findall(text)) - {"none"}:
        with open(os.path.join(os.path.dirname(config), name), "rb") as file:
            guest.put(f"{FOLDER}/{name}", file.read(), 0o600)


def start(guest, arguments):
    preload = os.environ.get("GUEST_PRELOAD")
    command = " ".join(map(shlex.quote, arguments))
    guest.check(f"""cd {FOLDER} && rm -f log status pid stats.json && : >log
        (
            {f'LD_PRELOAD={preload}' if preload else ''} estab {command} >log 2>&1 &
            echo $! >pid
            wait $!
            echo $? >ended && mv ended status
        ) >/dev/null 2>&1 &
        while ! [ -s pid ]; do usleep 10000; done""")


def follow(guest):
    """Print what comes until estab has ended; its status."""
    seen, told = 0, False
    while True:
        if signals and not told:  # once: timeout(1) signals its command and then the group
            guest.check(f"kill -{signals[0]} $(cat {FOLDER}/pid) || [ -e {FOLDER}/status ]")
            told = True
        output = guest.check(f"cd {FOLDER}; cat status 2>/dev/null || echo; tail -c +{seen + 1} log")
        status, _, news = output.partition(b"\n")
        sys.stdout.buffer.write(news)
        sys.stdout.flush()
        seen += len(news)
        if status:
            return int(status)
        time.sleep(POLL_S)


def main():
    arguments = sys.argv[1:]
    config = arguments[arguments.index("-c") + 1]
    stats = arguments[arguments.index("--stats-json") + 1]
    arguments[arguments.index("-c") + 1] = "estab.conf"
    arguments[arguments.index("--stats-json") + 1] = "stats.json"
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda number, _: signals.append(int(number)))
    guest = Guest(os.environ["GUEST"])
    put_files(guest, config)
    start(guest, arguments)
    status = follow(guest)
    if status == 0:
        with open(stats, "wb") as file:
            file.write(guest.check(f"cat {FOLDER}/stats.json"))
    sys.exit(status)


if __name__ == "__main__":
    main()
