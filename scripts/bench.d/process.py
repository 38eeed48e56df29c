# SPDX-License-Identifier: BSD-3-Clause
# process: one bounded run of a program: its output, and how it ended.
import shlex
import signal
import subprocess


class RunError(Exception):
    """A run that failed or is void; `status` is the program's, `reason` its last words."""

    def __init__(self, text, status=None, reason=""):
        super().__init__(text)
        self.status, self.reason = status, reason


def command_line(command):
    return shlex.join(command)


class Run:
    """A program under `timeout -k`, ended and waited for when the context ends."""

    def __init__(self, command, limit_s, log_path, terminal=None):
        """`terminal`: a descriptor to use for input, its output then goes to the log."""
        self.command, self.limit_s, self.log_path, self.terminal = command, limit_s, log_path, terminal

    def __enter__(self):
        with open(self.log_path, "wb") as log:
            self.process = subprocess.Popen(["timeout", "-k", "5", f"{self.limit_s:g}", *self.command],
                                            stdin=subprocess.DEVNULL if self.terminal is None else self.terminal,
                                            stdout=subprocess.PIPE if self.terminal is None else log, stderr=log)
        return self

    def __exit__(self, *_):
        self.end(signal.SIGTERM)

    def lines(self):
        for line in self.process.stdout:
            yield line.decode(errors="replace").rstrip("\n")

    def ended(self):
        return self.process.poll() is not None

    def interrupt(self):
        self.process.send_signal(signal.SIGINT)

    def end(self, signal_number=None):
        """Wait for the end, at most until the limit; returns the exit status."""
        if signal_number is not None:
            self.process.send_signal(signal_number)
        if self.process.stdout is not None and not self.process.stdout.closed:
            for _ in self.process.stdout:
                pass
            self.process.stdout.close()
        return self.process.wait()

    def complaint(self):
        with open(self.log_path, encoding="utf-8", errors="replace") as log:
            return "\n".join(log.read().splitlines()[-8:])


def run_to_end(command, limit_s, log_path):
    """The lines of its standard output; RunError with its last words if it fails."""
    with Run(command, limit_s, log_path) as run:
        lines = list(run.lines())
        status = run.end()
        if status == 124 or status == 137:
            raise RunError(f"no end within {limit_s:g} s: {command_line(command)}\n{run.complaint()}")
        if status != 0:
            raise RunError(f"exit status {status}: {command_line(command)}\n" + "\n".join(lines[-4:]) + "\n" + run.complaint(),
                           status, run.complaint().split("\n")[-1])
        return lines
