# SPDX-License-Identifier: BSD-3-Clause
# pktgen: a generator that is another program, over net_memif on this machine or over a physical port.
import os
import pty
import re
import statistics
import time

import report
import rounds
import syn
import synfile
from build import find_program
from process import Run, RunError, command_line

HOW_TO_GET = """\
pktgen is not installed, and Debian has no package of it. Build it against the DPDK that is installed:

    apt-get install git meson ninja-build gcc pkg-config dpdk-dev libpcap-dev libnuma-dev libbsd-dev
    git clone https://github.com/pktgen/Pktgen-DPDK && cd Pktgen-DPDK    # check out the release that names your DPDK
    meson setup build && ninja -C build && ninja -C build install

Until then --generator testpmd replays the same SYNs over the same net_memif with what Debian has."""
NO_MTU = ("pktgen ends at a port whose MTU it cannot set, and net_memif of DPDK 22.11 is one: in its app/pktgen-port-cfg.c make the failure of"
          " rte_eth_dev_set_mtu() a warning, or use --generator testpmd")
COMMANDS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "pktgen.pkt")
MEGABYTES = 512  # of memory for each of the two
LINK_S = 15      # estab waits at most 10 s for its link
PPS = re.compile(r"\brx (\d+) pps")


def add_options(parser):
    parser.add_argument("--generator", choices=["pktgen", "testpmd"], default="pktgen",
                        help="testpmd: replay the SYNs with dpdk-testpmd in place of pktgen")
    parser.add_argument("--device", metavar="PCI", help="generate on this physical port, for estab on the machine at its other end")
    parser.add_argument("--mac", metavar="MAC", help="with --device: the MAC address of estab's port")


class Terminal:
    """One for a program that will not run without."""

    def __enter__(self):
        self.ours, self.theirs = pty.openpty()
        return self.theirs

    def __exit__(self, *_):
        os.close(self.ours)
        os.close(self.theirs)


class Memif:
    """estab behind one end of a net_memif, a generator behind the other."""

    def __init__(self, bench, generator, seconds):
        self.bench, self.generator, self.seconds = bench, generator, seconds
        self.socket = bench.path("memif.sock")
        memory, _ = bench.context.pages.eal(2 * MEGABYTES)
        self.eal = ["--no-pci", *memory[:-1], str(MEGABYTES), "--no-telemetry"]

    def estab_command(self, name, stats):
        config = self.bench.path("memif.conf")
        with open(config, "w", encoding="utf-8") as file:
            file.write("\n".join([
                "[eal]", f"args = {' '.join(self.eal)} --lcores {self.bench.lcores()}",
                f"args.1 = --vdev=net_memif0,role=server,socket={self.socket},socket-abstract=no,mac={synfile.PCAP_MAC}",
                "[port 0]", "device = net_memif0", *synfile.port_keys(name), f"[listen {synfile.PORT}]", ""]))
        self.bench.commands[f"estab {name}: the file"] = syn.on_one_line(config)
        return [self.bench.estab, "respond", "-c", config, "--duration", f"{self.seconds + LINK_S}", "--stats-json", stats]

    def generator_command(self, name):
        cpu = self.bench.context.waiting_cpu
        memif = f"--vdev=net_memif0,role=client,socket={self.socket},socket-abstract=no"
        eal = [*self.eal, "--lcores", f"0@{cpu},1@{cpu}", "--file-prefix", "generator"]
        if self.generator == "testpmd":
            return [self.bench.context.find("dpdk-testpmd"), *eal, self.bench.vdev(name), memif, "--", f"--total-num-mbufs={syn.MBUFS}",
                    "--forward-mode=io", "--stats-period", "1", "--auto-start"]
        return [find_program("pktgen"), *eal, memif, "--", "-P", "-m", "1.0", "-s", f"0:{self.bench.syn_file(name)}", "-f", COMMANDS]

    def mpps(self, name):
        """SYNs that arrive and are answered: the median of estab's own figures a second."""
        stats, limit_s = self.bench.path("stats.json"), self.seconds + LINK_S + syn.START_S
        ours, theirs = self.estab_command(name, stats), self.generator_command(name)
        self.bench.commands[f"estab {name}"] = command_line(ours)
        self.bench.commands[f"{self.generator} {name}"] = command_line(theirs)
        with Run(ours, limit_s, self.bench.path("estab.log")) as estab:
            wait_for(self.socket, estab)
            with Terminal() as terminal, Run(theirs, limit_s, self.bench.path("generator.log"), terminal) as generator:
                rates = self.read_rates(estab)
            estab.interrupt()
            estab.end()
        if len(rates) <= self.seconds:
            raise RunError(f"too few SYNs came: {command_line(theirs)}\n{generator.complaint()}"
                           + (f"\n{NO_MTU}" if "MTU" in generator.complaint() else ""))
        syn.check_answered(syn.read_stats(stats))
        return statistics.median(rates[1:])

    def read_rates(self, estab):
        """As many as wanted of the seconds with traffic, and one more: the first is a part of a second."""
        rates = []
        for line in estab.lines():
            rates += [int(text) / 1e6 for text in PPS.findall(line) if text != "0"]
            if len(rates) > self.seconds:
                break
        return rates


def wait_for(path, run):
    until = time.monotonic() + syn.START_S
    while not os.path.exists(path):
        if time.monotonic() > until:
            raise RunError(f"estab made no {path} within {syn.START_S} s\n{run.complaint()}")
        time.sleep(0.05)


def run_physical(bench, options, seconds):
    """Only the generator is here; estab and its figures are on the other machine."""
    if options.generator != "pktgen" or not options.mac:
        raise RunError("--device needs pktgen, and --mac: the address of estab's port, which estab prints when it starts")
    path = bench.path("physical.pcap")
    synfile.write("ipv4-74", path, options.mac)
    command = [find_program("pktgen"), "--lcores", bench.lcores(), "--allow", options.device, "--",
               "-P", "-m", "1.0", "-s", f"0:{path}", "-f", COMMANDS]
    bench.commands["pktgen"] = command_line(command)
    with Terminal() as terminal, Run(command, seconds + syn.START_S, bench.path("generator.log"), terminal) as generator:
        time.sleep(seconds)
        if generator.ended():
            raise RunError(f"{command_line(command)}\n{generator.complaint()}")
    return {"title": f"pktgen on {options.device}", "results": [], "tables": [], "commands": bench.commands,
            "notes": [f"SYNs for {options.mac} were sent for {seconds} s; the figures are estab's, on the other machine:"
                      " its line a second and its --stats-json"]}


def run(context):
    options = context.options
    if options.generator == "pktgen" and find_program("pktgen") is None:
        raise RunError(HOW_TO_GET)
    bench = syn.Bench(context, seconds=5)
    if options.device:
        return run_physical(bench, options, seconds=10 if options.quick else 60)
    memif = Memif(bench, options.generator, seconds=2 if options.quick else 5)
    names = ["ipv4-60"] if options.quick else ["ipv4-60", "ipv4-74"]
    rows, results = [["SYNs", "answered, Mpps"]], []
    for name in names:
        context.say(f"{name}: {synfile.meaning(name)}")
        values = rounds.play({options.generator: lambda name=name: memif.mpps(name)}, context.rounds(full=3), context.say)
        found = rounds.summary(values[options.generator])
        results.append({"case": name, "meaning": synfile.meaning(name), "unit": "Mpps", "sides": {options.generator: found}})
        rows.append([synfile.meaning(name), report.spread(found)])
    return {"title": f"{options.generator} over net_memif against estab respond", "results": results, "commands": bench.commands,
            "tables": [{"title": "median (min..max)", "rows": rows}],
            "notes": [f"two processes: {options.generator} sends and takes the answers on CPU {context.waiting_cpu},"
                      f" estab polls on CPU {context.polling_cpu}",
                      "estab's end of net_memif copies every frame in and out; the rate is that of the slowest of generator, net_memif and estab"]}
