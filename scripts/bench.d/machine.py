# SPDX-License-Identifier: BSD-3-Clause
# machine: what a figure was measured on, and how idle it was then.
import os
import platform
import time

IDLE_LOAD = 0.25  # load average, in CPUs, above which a machine is not called idle
IDLE_BUSY = 0.05  # the same for the share of CPU time in the second before the first run


def read(path, default=""):
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read()
    except OSError:
        return default


def _cpu_field(name):
    for line in read("/proc/cpuinfo").splitlines():
        if line.startswith(name + "\t") or line.startswith(name + " "):
            return line.split(":", 1)[1].strip()
    return ""


def _cpu_name():
    family, model = _cpu_field("cpu family"), _cpu_field("model")
    name = _cpu_field("model name") or platform.processor() or "unknown"
    return f"{name} (family {family}, model {model})" if family else name


def _memory_mb(field):
    for line in read("/proc/meminfo").splitlines():
        if line.startswith(field + ":"):
            return int(line.split()[1]) // 1024
    return 0


def facts():
    flags = _cpu_field("flags").split()
    return {
        "cpu": _cpu_name(),
        "cpu_features": [flag for flag in ("aes", "vaes", "avx2", "avx512f") if flag in flags],
        "cores": len(os.sched_getaffinity(0)),
        "virtual": "hypervisor" in flags,
        "memory_mb": _memory_mb("MemTotal"),
        "kernel": platform.release(),
        "governor": read("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor").strip() or "unknown",
    }


def memory_available():
    return _memory_mb("MemAvailable") << 20


def load():
    return [float(text) for text in read("/proc/loadavg", "0 0 0").split()[:3]]


def cpu_times():
    """All CPUs' time so far, in clock ticks: all of it, busy, stolen by the hypervisor."""
    fields = [int(text) for text in read("/proc/stat", "cpu 0 0 0 0 0 0 0 0").split("\n", 1)[0].split()[1:9]]
    return sum(fields), sum(fields) - fields[3] - fields[4], fields[7]


def busy_share(seconds=1.0):
    """The share of all CPUs' time in use while this program sleeps."""
    before = cpu_times()
    time.sleep(seconds)
    after = cpu_times()
    return (after[1] - before[1]) / max(1, after[0] - before[0])


class Watch:
    """Load before and after the runs, and what the hypervisor took in between."""

    def __init__(self, is_first=True):
        self.is_first = is_first
        self.load_before, self.busy_before = load(), busy_share()
        self.times = cpu_times()

    def report(self):
        now = cpu_times()
        return {
            "load_before": self.load_before,
            "load_after": load(),
            "busy_before": round(self.busy_before, 3),
            "stolen": round((now[2] - self.times[2]) / max(1, now[0] - self.times[0]), 3),
        }

    def warning(self):
        """What makes the figures doubtful, or None."""
        if self.busy_before > IDLE_BUSY:
            return f"the machine was not idle: {self.busy_before:.0%} of its CPU time was in use before the first run"
        # Later the load average is that of our own earlier runs.
        if self.is_first and self.load_before[0] > IDLE_LOAD:
            return f"the machine may not have been idle: its load average was {self.load_before[0]:.2f} before the first run"
        return None


def cores_to_use(core=None):
    """The CPU that polls and the one that waits: two if there are two."""
    allowed = sorted(os.sched_getaffinity(0))
    worker = allowed[-1] if core is None else core
    others = [cpu for cpu in allowed if cpu != worker]
    return worker, (others[0] if others else worker)
