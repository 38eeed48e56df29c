# SPDX-License-Identifier: BSD-3-Clause
# steering: what spread = software costs and brings: the same packets on one lcore, which has the port to
# itself, and on two that pass each other what is the other's.
import os

import report
import rounds
import syn
import synfile
from process import RunError, command_line, run_to_end

NAME = "ipv4-60"
# What is received, and the verdicts it may end in.
KINDS = {"SYNs": ("ANSWER_SYN",), "forged ACKs": ("RESET_BAD_COOKIE", "DROP_RESET_LIMITED")}


class Steering(syn.Bench):
    def file(self, kind):
        path = self.path(f"{kind.replace(' ', '-')}.pcap")
        if not os.path.exists(path):
            synfile.write(NAME, path, flags=synfile.frames.SYN if kind == "SYNs" else synfile.frames.ACK)
        return path

    def config(self, kind, n_queues, n_lcores):
        path = self.path(f"steering-{n_queues}-{n_lcores}.conf")
        context = self.context
        lcores = f"0@{context.waiting_cpu},1@{context.polling_cpu}" + (f",2@{context.waiting_cpu}" if n_lcores == 2 else "")
        device = "--vdev=net_pcap0," + f"rx_pcap={self.file(kind)}," * n_queues + "infinite_rx=1"
        with open(path, "w", encoding="utf-8") as file:
            file.write("\n".join([
                "[eal]", f"args = {' '.join(self.eal)} --lcores {lcores}", f"args.1 = {device}",
                "[port 0]", "device = net_pcap0", f"mbufs = {syn.MBUFS}", f"queues = {n_lcores}",
                "spread = software" if n_lcores == 2 else "", *synfile.port_keys(NAME), f"[listen {synfile.PORT}]", ""]))
        return path

    def run(self, kind, n_queues, n_lcores):
        config, stats = self.config(kind, n_queues, n_lcores), self.path("stats.json")
        command = [self.estab, "respond", "-c", config, "--duration", f"{self.seconds:g}", "--stats-json", stats]
        side = f"{kind}: {n_lcores} lcore{'s' if n_lcores > 1 else ''}, {n_queues} queue{'s' if n_queues > 1 else ''}"
        self.commands[side] = command_line(command)
        self.commands[f"{side}: the file"] = syn.on_one_line(config)
        run_to_end(command, self.seconds + syn.START_S, self.path("estab.log"))
        found = syn.read_stats(stats)
        return judged(found, kind) / found["duration_s"] / 1e6


def judged(found, kind):
    """How many packets got their verdict: those that found an inbox full count for nothing."""
    wanted = KINDS[kind]
    others = {name: count for name, count in found["verdicts"].items() if count and name not in wanted}
    if others:
        raise RunError(f"void: packets that ended otherwise: {others}")
    return sum(found["verdicts"][name] for name in wanted)


def _measure(bench, kind, n_rounds, say):
    say(f"{kind}, {synfile.frame_len(NAME)} bytes")
    values = rounds.play({"one": lambda: bench.run(kind, 1, 1), "one queue": lambda: bench.run(kind, 1, 2),
                          "two queues": lambda: bench.run(kind, 2, 2)}, n_rounds, say)
    return {"case": kind, "unit": "Mpps", "sides": {side: rounds.summary(values[side]) for side in values},
            "ratio_one_queue": rounds.paired_ratio(values, "one queue", "one"),
            "ratio_two_queues": rounds.paired_ratio(values, "two queues", "one")}


def run(context):
    if context.polling_cpu == context.waiting_cpu:
        raise RunError("two worker lcores need two CPUs; this program may use one")
    bench = Steering(context, seconds=1.5 if context.options.quick else 5.0)
    results = [_measure(bench, kind, context.rounds(full=5), context.say) for kind in KINDS]
    rows = [["60 bytes", "one lcore, Mpps", "two, one queue", "two, two queues", "one queue / one lcore", "two queues / one lcore"]]
    rows += [[result["case"], *(report.spread(result["sides"][side]) for side in ("one", "one queue", "two queues")),
              report.spread(result["ratio_one_queue"]), report.spread(result["ratio_two_queues"])] for result in results]
    notes = ["spread = software on two lcores; the one lcore has the port to itself and steers nothing",
             "one queue: lcore 1 receives and sends for both; two queues: each receives and sends, and half of what it receives is the other's",
             "SYNs are answered where they come; forged ACKs are passed to the lcore that would own their flow, and end in a limited RST",
             "the generator is net_pcap's receive function inside the poll: with one queue lcore 1 pays for all of it, and what comes faster"
             " than lcore 2 takes it is dropped and not counted",
             "with 2 cores nothing is left for the kernel, estab's main lcore and other programs"]
    return {"title": "spread = software against one lcore", "results": results, "notes": notes,
            "tables": [{"title": "Mpps that got their verdict, median (min..max)", "rows": rows}], "commands": bench.commands}
