# SPDX-License-Identifier: BSD-3-Clause
"""Runs shell scripts in the guest, over the serial port that its init listens to.

    guest.py SOCKET SCRIPT      prints what it prints, ends with its status"""
import base64
import fcntl
import os
import socket
import sys
import time


class Guest:
    """One script at a time, whoever asks: a lock beside the socket sees to it."""

    def __init__(self, path):
        self.path = path

    def run(self, script, timeout=30):
        """(status, output) of a script; raises TimeoutError if the guest does not answer."""
        deadline = time.monotonic() + timeout
        with open(self.path + ".lock", "w", encoding="ascii") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            with self._connect(deadline) as serial:
                return self._exchange(serial, script, deadline)

    def _connect(self, deadline):
        """QEMU refuses for a moment after another connection has ended."""
        while True:
            serial = socket.socket(socket.AF_UNIX)
            try:
                serial.connect(self.path)
                return serial
            except ConnectionRefusedError:
                serial.close()
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.02)

    @staticmethod
    def _exchange(serial, script, deadline):
        ident = f"{os.getpid()}-{time.monotonic_ns()}"
        serial.sendall(f"{ident} {base64.b64encode(script.encode()).decode()}\n".encode())
        begin, end = f"begin {ident}\n".encode(), f"end {ident} ".encode()
        heard = b""
        while end not in heard or not heard.endswith(b"\n"):
            serial.settimeout(max(0.01, deadline - time.monotonic()))
            part = serial.recv(65536)
            if not part:
                raise ConnectionError("the guest has ended")
            heard += part
        output, _, status = heard.partition(begin)[2].partition(end)
        return int(status), base64.b64decode(output)

    def check(self, script, timeout=30):
        """The output of a script that must succeed."""
        status, output = self.run(script, timeout)
        if status != 0:
            raise RuntimeError(f"status {status} in the guest: {script}\n{output.decode(errors='replace')}")
        return output

    def put(self, path, data, mode=0o644):
        text = base64.encodebytes(data).decode()
        self.check(f"mkdir -p $(dirname {path})\nbase64 -d >{path} <<END\n{text}END\nchmod {mode:o} {path}\n")


def main():
    status, output = Guest(sys.argv[1]).run(sys.argv[2])
    sys.stdout.buffer.write(output)
    sys.exit(status)


if __name__ == "__main__":
    main()
