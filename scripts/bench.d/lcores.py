# SPDX-License-Identifier: BSD-3-Clause
# lcores: the same SYNs on one worker lcore and on two, each with a queue and a source of its own.
import report
import rounds
import syn
import synfile
from process import RunError


def _mpps(stats):
    return sum(lcore["rx_packets"] for lcore in stats["lcores"]) / stats["duration_s"] / 1e6


def _measure(bench, name, n_rounds, say):
    context = bench.context
    # The main lcore sleeps; it shares the second worker's core.
    two = f"0@{context.waiting_cpu},1@{context.polling_cpu},2@{context.waiting_cpu}"
    say(f"{name}: {synfile.meaning(name)}")
    values = rounds.play({"one": lambda: _mpps(bench.run_estab(name)),
                          "two": lambda: _mpps(bench.run_estab(name, lcores=two, n_queues=2))}, n_rounds, say)
    return {"case": name, "meaning": synfile.meaning(name), "unit": "Mpps", "sides": {side: rounds.summary(values[side]) for side in values},
            "ratio_two_to_one": rounds.paired_ratio(values, "two", "one")}


def run(context):
    if context.polling_cpu == context.waiting_cpu:
        raise RunError("two worker lcores need two CPUs; this program may use one")
    bench = syn.Bench(context, seconds=1.5 if context.options.quick else 5.0)
    names = ["ipv4-60"] if context.options.quick else ["ipv4-60", "ipv4-74"]
    results = [_measure(bench, name, context.rounds(full=5), context.say) for name in names]
    rows = [["SYNs", "one lcore, Mpps", "two lcores, Mpps", "two / one"]]
    rows += [[result["meaning"], report.spread(result["sides"]["one"]), report.spread(result["sides"]["two"]),
              report.spread(result["ratio_two_to_one"])] for result in results]
    notes = ["the generator is net_pcap's receive function inside each lcore's own poll: generator and engine share the core, and both"
             " are in the rate",
             "the lcores share caches, memory bandwidth and the processor's clock, but nothing that estab writes: a ratio of 2 says that"
             " the poll path scales; it says nothing of a NIC's RSS or of spread = software",
             "every SYN of every run was answered"]
    if context.machine["cores"] == 2:
        notes.insert(2, "with 2 cores nothing is left for the kernel, estab's main lcore and other programs: what they take is taken from the"
                        " second worker, so that less than 2 need not be the engine's fault")
    return {"title": "the same SYNs on one and on two worker lcores", "results": results, "notes": notes,
            "tables": [{"title": "median (min..max)", "rows": rows}], "commands": bench.commands}
