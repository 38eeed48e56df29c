# SPDX-License-Identifier: BSD-3-Clause
# syn: SYN to SYN/ACK against testpmd's address swap, on the same port, file and core, in turn.
import json
import os
import re
import statistics

import report
import rounds
import synfile
from build import ESTAB
from machine import read
from process import Run, RunError, command_line, run_to_end

MEGABYTES = 1024       # of memory for either side
MEGABYTES_SMALL = 512  # the same without huge pages
MBUFS = 40000          # infinite_rx keeps the whole file in mbufs beside those in flight
START_S = 60           # a start may take this long on a busy machine
PPS = re.compile(r"Rx-pps:\s*(\d+)")


class Bench:
    """What the sides share: files, memory, cores."""

    def __init__(self, context, seconds):
        self.context, self.seconds = context, seconds
        self.estab = context.build.program(ESTAB)
        self.testpmd = context.find("dpdk-testpmd")
        memory, self.huge = context.pages.eal(MEGABYTES)
        if not self.huge:
            memory[-1] = str(MEGABYTES_SMALL)
        self.eal = ["--no-pci", *memory, "--no-telemetry"]
        self.commands = {}

    def path(self, name):
        return os.path.join(self.context.work, name)

    def syn_file(self, name):
        path = self.path(f"{name}.pcap")
        if not os.path.exists(path):
            synfile.write(name, path)
        return path

    def lcores(self):
        return f"0@{self.context.waiting_cpu},1@{self.context.polling_cpu}"

    def vdev(self, name, n_queues=1):
        return "--vdev=net_pcap0," + f"rx_pcap={self.syn_file(name)}," * n_queues + "infinite_rx=1"

    def write_config(self, name, lcores, n_queues=1):
        path = self.path(f"{name}-{n_queues}.conf")
        with open(path, "w", encoding="utf-8") as file:
            file.write("\n".join([
                "[eal]", f"args = {' '.join(self.eal)} --lcores {lcores}", f"args.1 = {self.vdev(name, n_queues)}",
                "[port 0]", "device = net_pcap0", f"mbufs = {MBUFS}", f"queues = {n_queues}", "spread = peer" if n_queues > 1 else "",
                *synfile.port_keys(name), f"[listen {synfile.PORT}]", ""]))
        return path

    def run_estab(self, name, lcores=None, n_queues=1):
        """What --stats-json says, every packet of the run answered."""
        config, stats = self.write_config(name, lcores or self.lcores(), n_queues), self.path("stats.json")
        command = [self.estab, "respond", "-c", config, "--duration", f"{self.seconds:g}", "--stats-json", stats]
        side = f"estab {name}" + (f", {n_queues} lcores" if n_queues > 1 else "")
        self.commands[side] = command_line(command)
        self.commands[f"{side}: the file"] = on_one_line(config)
        run_to_end(command, self.seconds + START_S, self.path("estab.log"))
        found = read_stats(stats)
        check_answered(found)
        check_sent(found)
        return found

    def estab_mpps(self, name):
        found = self.run_estab(name)
        return sum(lcore["rx_packets"] for lcore in found["lcores"]) / found["duration_s"] / 1e6

    def testpmd_mpps(self, name, mode):
        """The median of its own figures a second, the first one left out."""
        command = [self.testpmd, *self.eal, "--lcores", self.lcores(), self.vdev(name), "--", f"--total-num-mbufs={MBUFS}",
                   f"--forward-mode={mode}", "--stats-period", "1", "--auto-start"]
        self.commands[f"{mode} {name}"] = command_line(command) + " </dev/null"
        wanted = max(3, round(self.seconds) + 1)
        with Run(command, wanted + START_S, self.path("testpmd.log")) as run:
            rates = []
            for line in run.lines():
                rates += [int(text) / 1e6 for text in PPS.findall(line)]
                if len(rates) >= wanted:
                    break
            run.interrupt()
            run.end()
            if len(rates) < wanted:
                raise RunError(f"{len(rates)} figures of {wanted}: {command_line(command)}\n{run.complaint()}")
        return statistics.median(rates[1:])


def on_one_line(path):
    return " ; ".join(line for line in read(path).splitlines() if line)


def read_stats(path):
    with open(path, encoding="utf-8") as file:
        found = json.load(file)
    os.unlink(path)
    return found


def check_answered(stats):
    """A packet that is dropped early is cheap: one unanswered SYN and the rate is worth nothing."""
    received = sum(lcore["rx_packets"] for lcore in stats["lcores"])
    answered = stats["verdicts"]["ANSWER_SYN"]
    others = ", ".join(f"{count} {name}" for name, count in stats["verdicts"].items() if count and name != "ANSWER_SYN")
    if received == 0 or answered != received:
        raise RunError(f"void: {answered} of {received} packets were SYNs that got an answer; others: {others or 'none'}; the SYNs are for"
                       f" {synfile.PCAP_MAC}, the port has {stats['ports'][0]['mac']}")


def check_sent(stats):
    sent = sum(lcore["tx_packets"] for lcore in stats["lcores"])
    if sent != stats["verdicts"]["ANSWER_SYN"]:
        raise RunError(f"void: {sent} frames were sent for {stats['verdicts']['ANSWER_SYN']} answered SYNs")


def measure(bench, name, n_rounds, say):
    say(f"{name}: {synfile.meaning(name)}")
    sides = {"estab": lambda: bench.estab_mpps(name),
             "5tswap": lambda: bench.testpmd_mpps(name, "5tswap"),
             "macswap": lambda: bench.testpmd_mpps(name, "macswap")}
    values = rounds.play(sides, n_rounds, say)
    return {"case": name, "meaning": synfile.meaning(name), "unit": "Mpps",
            "sides": {side: rounds.summary(values[side]) for side in sides},
            "ratio_to_5tswap": rounds.paired_ratio(values, "estab", "5tswap"),
            "ratio_to_macswap": rounds.paired_ratio(values, "estab", "macswap")}


def run(context):
    names = context.options.case or (["ipv4-60", "ipv4-74"] if context.options.quick else list(synfile.CASES))
    bench = Bench(context, seconds=1.5 if context.options.quick else 5.0)
    results = [measure(bench, name, context.rounds(full=7, quick=1), context.say) for name in names]
    head = ["SYNs", "estab, Mpps", "5tswap, Mpps", "macswap, Mpps", "estab / 5tswap", "estab / macswap"]
    rows = [head] + [[result["meaning"], *(report.spread(result["sides"][side]) for side in ("estab", "5tswap", "macswap")),
                      report.spread(result["ratio_to_5tswap"]), report.spread(result["ratio_to_macswap"])] for result in results]
    return {
        "title": "SYN to SYN/ACK against an address swap, one polling core",
        "results": results,
        "tables": [{"title": "median (min..max); ratios are medians of each round's own ratio", "rows": rows}],
        "commands": bench.commands,
        "notes": [f"net_pcap replays {synfile.N_SYNS:,} distinct SYNs from memory and frees what is sent; its copy into a fresh mbuf"
                  " is part of every side",
                  "estab verifies and computes all checksums in software (the port has no offloads); 5tswap and macswap do neither",
                  "testpmd works in bursts of 32, its default; estab in bursts of 64",
                  "every SYN of every estab run was answered (ANSWER_SYN equals rx_packets equals tx_packets)",
                  "huge pages" if bench.huge else "no huge pages (--no-huge): slower and less steady for all sides"],
    }
