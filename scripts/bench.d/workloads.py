# SPDX-License-Identifier: BSD-3-Clause
# workloads: which sizes and sides of estab-bench each command runs, and what it shows of them.
from dataclasses import dataclass
from typing import Callable

K, M = 1000, 1 << 20
TEN_MILLION, HUNDRED_MILLION = 10_000_000, 100_000_000
QUICK_SECONDS = 0.3
PEERS_IN_TURN = 512      # whose buckets stay in caches and TLB
BASE_BYTES = 256 << 20   # EAL, mbufs, keys
FLOW_BYTES = 80          # of an IPv4 flow with its part of the buckets
TABLE_FLOW_BYTES = 128   # of a table's flow with the keys that the benchmark looks up


@dataclass
class Point:
    """One size or shape: arguments for all sides, and each side's own."""
    name: str
    arguments: list
    sides: dict
    flows: int = 0
    n_bytes: int = BASE_BYTES


@dataclass
class Ratio:
    """Of one field of two sides, by their place: the first over the second."""
    name: str
    field: str
    over: tuple = (0, 1)


@dataclass
class Workload:
    name: str
    purpose: str
    points: Callable         # options -> Points
    columns: tuple           # fields to show, and their headings
    keys: tuple = ()         # fields that tell the lines of one run apart
    ratios: tuple = ()
    notes: tuple = ()
    split: Callable = None   # from a line of output, the lines to keep: with other fields, or several
    rounds: int = 5
    seconds: float = 3.0
    takes_seconds: bool = True


def size(flows):
    for unit, letter in ((M, "M"), (1_000_000, " million"), (K, "k")):
        if flows % unit == 0:
            return f"{flows // unit}{letter}"
    return str(flows)


def flood_points(options):
    sizes = [K, M] if options.quick else [K, M, 16 * M]
    shapes = [("all options", ["--syn", "all"], 4), ("mix", ["--syn", "all", "--mix"], 4)]
    if not options.quick:
        shapes[:0] = [("MSS only", ["--syn", "mss"], 4)]
        shapes += [("all options, IPv6", ["--syn", "all", "--family", "6"], 6)]
    for name, arguments, family in shapes:
        for flows in sizes:
            yield Point(f"{name}, {size(flows)} flows", [*arguments, "--flows", str(flows)],
                        {"estab": ["--side", "estab"], "swap": ["--side", "swap"]}, flows, BASE_BYTES + flows * flow_bytes(family))


def connections_points(options):
    for flows in [K, M] if options.quick else [K, M, 16 * M]:
        for name, arguments in (("open and close", []), ("with request and response", ["--response"])):
            yield Point(f"{name}, {size(flows)} at a time", [*arguments, "--concurrent", str(flows)], {"": []}, flows,
                        BASE_BYTES + flows * (FLOW_BYTES + 8))


def cookie_points(_options):
    for family in (4, 6):
        yield Point(f"IPv{family}", ["--family", str(family)], {"": []})


def table_points(options):
    for flows in [K, M] if options.quick else [K, M, 16 * M, 64 * M]:
        yield Point(f"{size(flows)} flows", ["--flows", str(flows)], {"ours": ["--side", "ours"], "rte_hash": ["--side", "rte_hash"]},
                    flows, BASE_BYTES + flows * TABLE_FLOW_BYTES)


def memory_points(options):
    for flows in [M] if options.quick else [TEN_MILLION, HUNDRED_MILLION]:
        yield Point(f"{size(flows)} flows", ["--flows", str(flows)], {"": []}, flows, BASE_BYTES + flows * FLOW_BYTES)


def polls_points(options):
    for family in [4] if options.quick else [4, 6]:
        most = M if options.quick else HUNDRED_MILLION if family == 4 else TEN_MILLION
        for peers in [0, PEERS_IN_TURN]:
            load = f"{peers} peers in turn" if peers else "fresh SYNs"
            yield Point(f"IPv{family}, {size(K)} and {size(most)} idle flows, {load}", ["--family", str(family), "--peers", str(peers)],
                        {size(flows): ["--flows", str(flows)] for flows in (K, most)}, most, BASE_BYTES + most * flow_bytes(family))


def flow_bytes(family):
    return FLOW_BYTES if family == 4 else 2 * FLOW_BYTES


def in_millions(line):
    return [{**line, "millions": line["connections_per_second"] / 1e6}]


def by_operation(line):
    """A line each for what the table was made to do."""
    for name in ("hit", "miss", "insert", "delete", "churn"):
        yield {"huge_pages": line["huge_pages"], "operation": f"{name}, cycles", "value": line[f"{name}_cycles"]}
    yield {"huge_pages": line["huge_pages"], "operation": "bytes a flow", "value": line["bytes_per_flow"]}


ALL = {workload.name: workload for workload in (
    Workload(
        "flood", "fresh SYNs to tables of many flows, against an address swap on the same in-process source", flood_points,
        columns=(("mpps", "Mpps"), ("engine_cycles_per_packet", "cycles")),
        ratios=(Ratio("estab / swap, Mpps", "mpps"), Ratio("swap / estab, cycles", "engine_cycles_per_packet", (1, 0))),
        notes=("no tuple comes twice; Mpps is the whole loop, the source that writes the frames included on both sides; cycles are those of"
               " the engine or of the swap alone",
               "mix: 60 % SYN, 20 % forged ACK, 10 % RST, 10 % data to flows in the table")),
    Workload(
        "connections", "whole connections a second of engine time", connections_points,
        columns=(("millions", "million a second"), ("engine_cycles_per_connection", "engine cycles"),
                 ("client_cycles_per_connection", "client cycles")), split=in_millions,
        notes=("one connection: SYN, ACK, FIN, final ACK in; SYN,ACK and FIN,ACK out; opens and closes interleaved, the client closes",
               "the client answers the cookies in the same process; its cycles are measured apart and are not in the rate")),
    Workload(
        "cookie", "cycles a cookie, by cipher and burst", cookie_points, keys=("cipher", "burst"),
        columns=(("cookie_cycles", "hash and encode"), ("hash_cycles", "hash"), ("encode_cycles", "encode"), ("verify_cycles", "verify")),
        takes_seconds=False, notes=("cycles an item; hash is the keyed hash of the 4-tuple, which the look-up needs too",)),
    Workload(
        "table", "the flow table against rte_hash", table_points, keys=("operation",), columns=(("value", ""),),
        split=by_operation, takes_seconds=False, ratios=(Ratio("rte_hash / ours", "value", (1, 0)),),
        notes=("rte_hash: extra_flag 0, 16-byte keys, precomputed hashes, bulk of 32, the same huge pages",
               "ours holds a flow's state (64 bytes, key included); rte_hash holds the key and an index to state that would come on top")),
    Workload(
        "memory", "resident bytes an established flow, all included", memory_points,
        columns=(("bytes_per_flow", "bytes a flow"), ("capacity_used", "of the capacity"), ("resident_bytes", "resident bytes")),
        rounds=1, takes_seconds=False, notes=("resident memory of the process over live flows; DPDK, mbufs and keys are in it",)),
    Workload(
        "polls", "the time of a poll under the same SYNs while few and many idle flows age", polls_points,
        columns=(("median_cycles", "median"), ("p999_cycles", "99.9 %"), ("max_cycles", "max")),
        ratios=(Ratio("median, many / few", "median_cycles", (1, 0)), Ratio("99.9 %, many / few", "p999_cycles", (1, 0))),
        rounds=3, notes=("fresh SYNs miss caches and TLB at every bucket of a large table, as in bench flood; those of few peers do not: what ageing costs",
                         "cycles of a poll of one burst; the maximum holds what the system does to the process, too",)),
)}
