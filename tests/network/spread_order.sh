#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# spread_order: whoever receives for others keeps the order of a flow: a SYN right behind the ACK and the
# data that make its flow, and right before the FIN, is answered between them, by a challenge ACK.
#
#     packet socket                         estab respond
#     estab0  192.0.2.50       veth         queue 0, lcore 1  --inbox--->  lcore 2
#             2001:db8::50    <---->                          <--outbox--
. "$(dirname "$0")/topology.sh"

need ethtool dpdk-telemetry.py
join_veth
write_config estab net_af_packet0 "net_af_packet0,iface=estab1 --lcores 0@0,1@0,2@$(($(nproc) - 1))" \
	"queues = 2" "spread = software" '[flow]' 'capacity_ipv4 = 65536' 'capacity_ipv6 = 65536'
launch_estab estab
await_ready estab
await_answer estab "$SERVER4"

timeout -k 5 100 python3 - "$(cat /sys/class/net/estab1/address)" <<'PYTHON' || fail "a flow out of order"
import sys

import frames
from frames import ACK, FIN, PSH, SYN

link = frames.Link("estab0")
mac = bytes.fromhex(sys.argv[1].replace(":", ""))


def segment(ends, port, seq, ack, flags, payload=b""):
    packet = frames.ip(*ends, frames.PROTOCOL_TCP, frames.tcp(*ends, port, 81, seq, ack, flags, payload))
    return frames.ethernet(mac, link.mac, frames.IPV6 if ":" in ends[0] else frames.IPV4, packet)


def answer(ends, port):
    got = link.receive_segment(lambda s: s.dst == ends[0] and s.dport == port, 10)
    return got or sys.exit(f"{ends}, port {port}: no answer")


for port in range(10000, 10500):
    for ends in (("192.0.2.50", "192.0.2.1"), ("2001:db8::50", "2001:db8::1")):
        link.send(segment(ends, port, 100, 0, SYN))
        y = answer(ends, port).seq
        burst = [
            segment(ends, port, 101, y + 1, ACK),
            segment(ends, port, 101, y + 1, ACK | PSH, b"data"),
            segment(ends, port, 77, 0, SYN),
            segment(ends, port, 105, y + 1, FIN | ACK),
        ]
        for frame in burst:
            link.send(frame)
        # Of the data, the SYN and the FIN.
        for wanted in ((ACK, 105), (ACK, 105), (FIN | ACK, 106)):
            got = answer(ends, port)
            if (got.flags, got.seq, got.ack) != (wanted[0], (y + 1) % 2**32, wanted[1]):
                sys.exit(f"wanted flags {wanted[0]:#x} and ACK {wanted[1]}: {got}")
        link.send(segment(ends, port, 106, y + 2, ACK))
PYTHON
python3 - >"$work/ports.json" <<'PYTHON'
import json
import sys
import time

from telemetry import ask

deadline = time.monotonic() + 10
while ask("/estab/stats")["flows"]:
    if time.monotonic() > deadline:
        sys.exit("flows are left")
print(json.dumps(ask("/estab/ports,0")))
PYTHON
stop_estab estab

# Only what comes by itself is received after it was asked for, and nobody's flow.
python3 - "$work/ports.json" "$work/estab.json" <<'PYTHON'
import json
import sys

import stats

with open(sys.argv[1], encoding="utf-8") as file:
    asked = json.load(file)
if list(asked) != ["queue_0", "queue_1"]:
    sys.exit(f"/estab/ports,0: {asked}")
for told, lcore in zip(asked.values(), stats.load(sys.argv[2])["lcores"]):
    for field in ("lcore", "passed", "pass_dropped", "taken", "take_dropped", "rss_checked", "rss_elsewhere"):
        if told[field] != lcore[field]:
            sys.exit(f"/estab/ports,0: {field} is {told[field]}, at the end {lcore[field]}")
    if told["rx_packets"] > lcore["rx_packets"] or lcore["rx_packets"] - told["rx_packets"] > 20:
        sys.exit(f"/estab/ports,0: rx_packets is {told['rx_packets']}, at the end {lcore['rx_packets']}")
PYTHON

expect ANSWER_SYN "$(counter estab ANSWER_SYN)" -eq 1000
for verdict in ESTABLISHED_BY_COOKIE DATA_ACCEPTED CHALLENGE_SYN FIN_ACCEPTED ACK_ACCEPTED; do
	expect "$verdict" "$(counter estab "$verdict")" -eq 1000
done
expect flows "$(counter estab flows)" -eq 0
expect "passed on" "$(counter estab passed)" -gt 100
