#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# telemetry: dpdk-telemetry.py asks the running estab; every command of its answers with JSON, and the
# counts are those of a client that has just connected.
#
#     Linux client                       estab respond
#     estab0  192.0.2.2/24     net_tap   192.0.2.1/24
#                                        /run/dpdk/rte/dpdk_telemetry.v2  <--  dpdk-telemetry.py
. "$(dirname "$0")/topology.sh"

need dpdk-telemetry.py
start_default
exec {connection}<>"/dev/tcp/$SERVER4/81"
exec {connection6}<>"/dev/tcp/$SERVER6/81"
python3 - <<'PYTHON'
import sys

from telemetry import ask

commands = [command for command in ask("/") if command.startswith("/estab/")]
print("commands:", *commands)
for wanted in ("/estab/stats", "/estab/ports", "/estab/verdicts", "/estab/latency", "/estab/flows"):
    if wanted not in commands:
        sys.exit(f"{wanted} is missing")
for command in commands:
    if ask(command) is None:
        sys.exit(f"{command} answers nothing")
answers = [("/estab/stats", "established", 2), ("/estab/stats", "flows", 2), ("/estab/verdicts", "ESTABLISHED_BY_COOKIE", 2),
           ("/estab/latency", "established", 2), ("/estab/latency", "measured", 2)]
for command, field, wanted in answers:
    got = ask(command)[field]
    if got != wanted:
        sys.exit(f"{command}: {field} is {got}, wanted {wanted}")
ports = ask("/estab/ports")
if list(ports) != ["port_0"] or (ports["port_0"]["device"], ports["port_0"]["link_up"], ports["port_0"]["link_downs"]) != ("net_tap0", 1, 0):
    sys.exit(f"/estab/ports: {ports}")
queue = ask("/estab/ports,0")
# Both SYNs and ACKs, and both SYN,ACKs.
if list(queue) != ["queue_0"] or queue["queue_0"]["lcore"] != 1 or queue["queue_0"]["rx_packets"] < 4 or queue["queue_0"]["tx_packets"] < 2 or "passed" in queue["queue_0"]:
    sys.exit(f"/estab/ports,0: {queue}")
for parameter in ("1", "-1", "x", "0x0"):
    if ask(f"/estab/ports,{parameter}") is not None:
        sys.exit(f"/estab/ports,{parameter} has an answer")
PYTHON
exec {connection}>&- {connection6}>&-
stop_estab estab
