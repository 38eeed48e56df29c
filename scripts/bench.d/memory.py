# SPDX-License-Identifier: BSD-3-Clause
# memory: huge pages for the runs, reserved if they are too few and given back at the end.
import os

from machine import memory_available, read

PAGES = "/proc/sys/vm/nr_hugepages"
LEFT_TO_OTHERS = 512 << 20  # bytes of memory that are never reserved


def _meminfo(field):
    for line in read("/proc/meminfo").splitlines():
        if line.startswith(field + ":"):
            return int(line.split()[1])
    return 0


def page_bytes():
    return _meminfo("Hugepagesize") * 1024


class HugePages:
    """Use as a context: what was reserved is given back however the runs end."""

    def __init__(self, say):
        self.say = say
        self.added = 0    # pages
        self.raised_to = 0

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.added == 0:
            return
        now = self._total()
        # Somebody else may have changed it since: what they added stays, what they took away is gone.
        if now < self.raised_to:
            self.say(f"huge pages: {PAGES} was lowered to {now} meanwhile and stays; it was {self.raised_to - self.added} before")
            return
        self._set(now - self.added)
        self.say(f"huge pages: {PAGES} lowered again from {now} to {self._total()}")

    def reserve(self, n_bytes):
        """Whether `n_bytes` of huge pages are free now."""
        size = page_bytes()
        if size == 0:
            return self._refuse("this kernel has none")
        wanted = -(-n_bytes // size)
        missing = wanted - _meminfo("HugePages_Free") + _meminfo("HugePages_Rsvd")
        if missing <= 0:
            return True
        if missing * size > memory_available() - LEFT_TO_OTHERS:
            return self._refuse(f"{missing * size >> 20} MB more are needed, {memory_available() >> 20} MB of memory are available")
        total = self._total()
        if not self._set(total + missing):
            return self._refuse(f"{wanted - missing} of {wanted} are free, and only root may reserve more")
        given = self._total()
        if given < total + missing:
            self._set(total)
            return self._refuse(f"the kernel gave {given - total} of {missing} more; memory is too fragmented or too small")
        self.added += given - total
        self.raised_to = given
        self.say(f"huge pages: {PAGES} raised from {total} to {given}; lowered again at the end")
        return True

    def eal(self, megabytes):
        """EAL arguments for a program that needs that much memory, and whether they use huge pages."""
        if self.reserve(megabytes << 20):
            return ["--in-memory", "-m", str(megabytes)], True
        return ["--no-huge", "--no-shconf", "-m", str(megabytes)], False

    def _refuse(self, why):
        self.say(f"huge pages: {why}")
        return False

    @staticmethod
    def _total():
        return int(read(PAGES, "0"))

    @staticmethod
    def _set(pages):
        try:
            descriptor = os.open(PAGES, os.O_WRONLY)
        except OSError:
            return False
        try:
            os.write(descriptor, str(pages).encode())
        except OSError:
            return False
        finally:
            os.close(descriptor)
        return True
