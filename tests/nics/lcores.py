# SPDX-License-Identifier: BSD-3-Clause
"""Whether the lcores of a run kept their flows, as --stats-json tells.

    lcores.py FILE SPREAD RETRANSMITTED

SPREAD: "rss", both lcores have flows; "first", all are on the first one; "one", there is one lcore. Every
flow must be on the lcore that answered its SYN; a SYN that the kernel sent twice is answered twice.
"software": both lcores have flows, and what one passed on the other took."""
import sys

import stats

ENOUGH = 80  # of 800 flows; fewer on one of two queues has odds of 10^-100


def rss_problem(lcores, spread):
    """Of what the run itself found out about RSS; None where all is well."""
    elsewhere = sum(lcore["rss_elsewhere"] for lcore in lcores)
    if spread == "rss" and (elsewhere != 0 or not all(lcore["rss_checked"] for lcore in lcores)):
        return "segments are not on the queues that key and table predict, or were not checked"
    return None


def software_problem(lcores):
    for lcore, other in zip(lcores, reversed(lcores)):
        if lcore["passed"] != other["taken"] or lcore["pass_dropped"] or lcore["tx_dropped"]:
            return "what one lcore passed on is not what the other took"
        if lcore["verdicts"].get("RESET_BAD_COOKIE"):
            return "a segment did not find its flow"
    if not any(lcore["passed"] for lcore in lcores):
        return "nothing was passed on"
    return None


def problem(lcores, spread, retransmitted):
    if len(lcores) != (1 if spread == "one" else 2):
        return "a wrong number of lcores"
    flows = [lcore["flows"] for lcore in lcores]
    if spread in ("rss", "software") and min(flows) < ENOUGH:
        return "the flows are not spread"
    if spread == "first" and any(lcore["rx_packets"] for lcore in lcores[1:]):
        return "a card that had all on its first queue spreads now; move it to rss in cards.sh"
    if spread == "software":
        return software_problem(lcores)
    for lcore in lcores:
        verdicts = lcore["verdicts"]
        answered, established = verdicts.get("ANSWER_SYN", 0), verdicts.get("ESTABLISHED_BY_COOKIE", 0)
        if not 0 <= answered - established <= retransmitted:
            return f"lcore {lcore['lcore']} answered {answered} SYNs and established {established}"
        for name in ("HANDED_OVER", "DROP_FLOW_ELSEWHERE", "RESET_BAD_COOKIE"):
            if name in verdicts:
                return f"lcore {lcore['lcore']} has {verdicts[name]} {name}"
    return rss_problem(lcores, spread)


def main():
    run, spread, retransmitted = stats.load(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    lcores = run["lcores"]
    what = problem(lcores, spread, retransmitted)
    if what:
        sys.exit(f"{what}: {lcores}")
    print("/".join(str(lcore["flows"]) for lcore in lcores))


if __name__ == "__main__":
    main()
