# SPDX-License-Identifier: BSD-3-Clause
# ends: whole connections between two processes: estab connect and estab respond over net_memif.
import re
import statistics

import inprocess
import pktgen
import report
import rounds
import syn
import workloads
from process import Run, RunError, command_line

MEGABYTES = 1024  # of memory for each of the two
CONCURRENCY = 1024
FLOWS = 4194304   # with TIME-WAIT
ESTABLISHED = re.compile(r"established (\d+)/s")


class Ends:
    """A listener that holds behind one end of a net_memif, and what opens and closes connections behind the other."""

    def __init__(self, bench, seconds):
        self.bench, self.seconds = bench, seconds
        self.socket = bench.path("ends.sock")
        memory, _ = bench.context.pages.eal(2 * MEGABYTES)
        self.eal = ["--no-pci", *memory[:-1], str(MEGABYTES), "--no-telemetry"]

    def write_config(self, role, cpu, lines):
        path = self.bench.path(f"{role}.conf")
        with open(path, "w", encoding="utf-8") as file:
            file.write("\n".join([
                "[eal]", f"args = {' '.join(self.eal)} --lcores 0@{cpu},1@{cpu} --file-prefix {role}",
                f"args.1 = --vdev=net_memif0,role={role},socket={self.socket},socket-abstract=no,bsize=2048,rsize=12",
                "[port 0]", "device = net_memif0", "queues = 1", "spread = peer", *lines,
                "[flow]", f"capacity_ipv4 = {FLOWS}", "capacity_ipv6 = 1", ""]))
        self.bench.commands[f"{role}: the file"] = syn.on_one_line(path)
        return path

    def commands(self):
        context = self.bench.context
        server = self.write_config("server", context.waiting_cpu, ["ipv4 = 198.18.0.1-198.18.0.16/15", "[listen 80]"])
        client = self.write_config("client", context.polling_cpu, [
            "ipv4 = 198.18.1.0-198.18.1.255/15", "[connect]", "target = 198.18.0.1-198.18.0.16:80", "rate = 10000000",
            f"concurrency = {CONCURRENCY}", "close = fin"])
        respond = [self.bench.estab, "respond", "-c", server, "--duration", f"{self.seconds + syn.START_S:g}",
                   "--stats-json", self.bench.path("server.json")]
        connect = [self.bench.estab, "connect", "-c", client, "--duration", f"{self.seconds:g}",
                   "--stats-json", self.bench.path("client.json")]
        self.bench.commands["server"], self.bench.commands["client"] = command_line(respond), command_line(connect)
        return respond, connect

    def measure(self):
        """Millions of connections a second: the median of the client's own figures, the first second left out."""
        respond, connect = self.commands()
        limit_s = self.seconds + syn.START_S
        with Run(respond, limit_s, self.bench.path("server.log")) as server:
            pktgen.wait_for(self.socket, server)
            with Run(connect, limit_s, self.bench.path("client.log")) as client:
                rates = [int(rate) / 1e6 for line in client.lines() for rate in ESTABLISHED.findall(line)]
                status = client.end()
            server.interrupt()
            server.end()
        if status != 0 or len(rates) < 2:
            raise RunError(f"exit status {status}, {len(rates)} figures: {command_line(connect)}\n{client.complaint()}")
        self.check()
        return statistics.median(rates[1:])

    def check(self):
        """Every connection that the client established and closed has been one of the server's."""
        client, server = (syn.read_stats(self.bench.path(f"{role}.json")) for role in ("client", "server"))
        opened, established = client["connect"]["opened"], client["connect"]["established"]
        left = client["connect"]["still_open"]
        taken = sum(count for name, count in server["verdicts"].items() if name.startswith("ESTABLISHED"))
        if established == 0 or opened - established > left or abs(taken - established) > left:
            raise RunError(f"void: {opened} opened, {established} established, {left} still open, {taken} at the server")
        self.busy = {role: 100 * stats["lcores"][0]["busy_cycles"] / stats["lcores"][0]["total_cycles"]
                     for role, stats in (("client", client), ("server", server))}


def run(context):
    found = inprocess.run(context, workloads.ALL["connections"])
    if context.options.flows:
        return found
    context.say("two processes over net_memif")
    bench = syn.Bench(context, seconds=3 if context.options.quick else 8)
    ends = Ends(bench, bench.seconds)
    busy = []
    def side():
        rate = ends.measure()
        busy.append(ends.busy)
        return rate
    values = rounds.play({"net_memif": side}, context.rounds(full=5), context.say)
    rate = rounds.summary(values["net_memif"])
    found["results"].append({"case": "two processes", "unit": "millions of connections a second", "sides": {"net_memif": rate}, "busy": busy})
    found["tables"].append({"title": "estab connect to estab respond over net_memif, one core each", "rows": [
        ["connections a second, millions", "client busy, %", "server busy, %"],
        [report.spread(rate), *(report.spread(rounds.summary([share[role] for share in busy])) for role in ("client", "server"))]]})
    found["notes"].append(f"two processes: a connection is SYN, FIN,ACK (the ACK of the SYN,ACK with the client's FIN) and ACK, against"
                          f" SYN,ACK and FIN,ACK; at most {CONCURRENCY} open at a time, so that neither end can outrun the other; net_memif"
                          " copies every frame in and out; the server's share of busy cycles counts from its start on")
    found["commands"].update(bench.commands)
    return found
