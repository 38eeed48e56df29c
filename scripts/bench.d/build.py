# SPDX-License-Identifier: BSD-3-Clause
# build: the build directory: programs brought up to date, and the versions they are made from.
import json
import os
import re
import shutil
import subprocess

from machine import read

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
ESTAB, ESTAB_BENCH = "app/estab", "tests/bench/estab-bench"


class BuildError(Exception):
    pass


def _output(*command):
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=30, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


class Build:
    def __init__(self, directory, may_build=True):
        self.directory = os.path.abspath(directory)
        self.may_build = may_build
        self.made = set()

    def program(self, name):
        """The path of a program, brought up to date when it is first asked for."""
        path = os.path.join(self.directory, name)
        if self.may_build and name not in self.made:
            self._make(name)
            self.made.add(name)
        if not os.access(path, os.X_OK):
            raise BuildError(f"{path} is not there; build it: meson setup {self.directory} {ROOT} && ninja -C {self.directory}")
        return path

    def _make(self, name):
        log = []
        if not os.path.exists(os.path.join(self.directory, "build.ninja")):
            log.append(["meson", "setup", self.directory, ROOT])
        log.append(["ninja", "-C", self.directory, name])
        for command in log:
            try:
                done = subprocess.run(["timeout", "-k", "5", "900", *command], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                      stderr=subprocess.STDOUT, text=True, check=False)
            except OSError as error:
                raise BuildError(f"{' '.join(command)}: {error}") from error
            if done.returncode != 0:
                raise BuildError(f"{' '.join(command)} failed:\n" + "\n".join(done.stdout.splitlines()[-15:]))

    def _introspect(self, name):
        try:
            with open(os.path.join(self.directory, "meson-info", f"intro-{name}.json"), encoding="utf-8") as file:
                return json.load(file)
        except (OSError, ValueError):
            return None

    def _option(self, name):
        return next((option["value"] for option in self._introspect("buildoptions") or [] if option["name"] == name), None)

    def _compiler(self):
        found = re.search(r'^C compiler for the host machine: \S.*?\((\S+ \S+) ', read(os.path.join(self.directory, "meson-logs", "meson-log.txt")),
                          re.MULTILINE)
        return found.group(1) if found else "unknown"

    def versions(self):
        return {
            "estab": commit() + ("" if self.may_build else " (--no-build: the programs may be of another commit)"),
            "dpdk": _output("pkg-config", "--modversion", "libdpdk") or "unknown",
            "compiler": self._compiler(),
            "optimization": str(self._option("optimization")),
            "lto": bool(self._option("b_lto")),
            "sanitize": self._option("b_sanitize") or "none",
        }

    def warning(self):
        """What makes this build no build to measure, or None."""
        if (self._option("b_sanitize") or "none") not in ("none", []):
            return "the build has sanitizers: its figures mean nothing"
        if str(self._option("optimization")) not in ("2", "3"):
            return "the build is not optimised: its figures mean nothing"
        return None


def commit():
    git = ["git", "-c", "safe.directory=*", "-C", ROOT]
    head = _output(*git, "rev-parse", "--short=12", "HEAD")
    if not head:
        return "unknown"
    changed = _output(*git, "status", "--porcelain", "--untracked-files=no", "--", "lib", "app", "tests/bench", "meson.build")
    return head + ("-changed" if changed else "")


def find_program(name):
    return shutil.which(name, path=os.environ.get("PATH", os.defpath) + ":/usr/local/bin:/usr/local/sbin")
