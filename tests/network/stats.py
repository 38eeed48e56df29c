# SPDX-License-Identifier: BSD-3-Clause
"""What `estab --stats-json` wrote: a counter, gauge or latency by name, or all that are not zero; with
--wanted FILE how its verdicts differ from those in FILE, of lines "VERDICT COUNT"."""
import json
import sys


def load(path):
    with open(path, encoding="utf-8") as file:
        return json.load(file)


def total(stats, field):
    """The sum of a field over all lcores."""
    return sum(lcore[field] for lcore in stats["lcores"])


def check_queues(stats, n_queues):
    """Every port has `n_queues`, which add up to what it and their lcores have counted."""
    for field in ("rx_packets", "tx_packets", "tx_dropped"):
        by_lcore = {}
        for port in stats["ports"]:
            counts = [queue[field] for queue in port["per_queue"]]
            if len(counts) != n_queues or sum(counts) != port[field]:
                sys.exit(f"{field} of the queues of {port['device']}: {counts}, of the port: {port[field]}")
            for queue in port["per_queue"]:
                by_lcore[queue["lcore"]] = by_lcore.get(queue["lcore"], 0) + queue[field]
        if by_lcore != {lcore["lcore"]: lcore[field] for lcore in stats["lcores"]}:
            sys.exit(f"{field} of the queues by lcore: {by_lcore}, and their lcores have others")


def at_place(stats, place):
    for name in place.split("."):
        stats = stats[int(name) if isinstance(stats, list) else name]
    return stats


def counter(stats, name):
    if "." in name:
        return at_place(stats, name)
    for group in ("verdicts", "events", "states", "handshake_latency"):
        if name in stats.get(group, {}):
            return stats[group][name]
    return total(stats, name)


def is_of_the_kernel(verdict):
    """Whether what the kernel sends by itself, as multicast, pings and their ARP, may add to it."""
    return verdict.startswith("DROP_OTHER_") or verdict in ("DROP_TO_GROUP", "ANSWER_ARP", "ANSWER_NEIGHBOUR", "ANSWER_ECHO")


def differences(stats, path):
    with open(path, encoding="utf-8") as file:
        wanted = {verdict: int(count) for verdict, count in map(str.split, file)}
    most = dict(wanted)
    if len(stats["lcores"]) > 1:
        # SYNs of flows, where another lcore has received them than owns the flow.
        most["HANDED_OVER"] = wanted.get("CHALLENGE_SYN", 0)
    for verdict in sorted(wanted | stats["verdicts"]):
        counted, least = stats["verdicts"].get(verdict, 0), wanted.get(verdict, 0)
        if counted < least or (counted > most.get(verdict, 0) and not is_of_the_kernel(verdict)):
            yield f"{verdict} {counted}, wanted {least}"


def main():
    stats = load(sys.argv[1])
    if sys.argv[2:3] == ["--wanted"]:
        print("; ".join(differences(stats, sys.argv[3])))
        return
    if len(sys.argv) > 2:
        print(counter(stats, sys.argv[2]))
        return
    for group in ("verdicts", "events", "states", "handshake_latency"):
        for name, count in stats.get(group, {}).items():
            if count:
                print(f"{count:12} {name}")
    if "connect" in stats:
        print("connect", stats["connect"])
    for lcore in stats["lcores"]:
        print("lcore", *(f"{name}={value}" for name, value in lcore.items()))


if __name__ == "__main__":
    main()
