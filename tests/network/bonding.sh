#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# bonding: net_bonding in active-backup over two taps. The active member's link goes down, the same
# connections go on by the other, and back; then both go down and come back. The switch learns and never
# forgets, so that each time estab has to say where it is now. Then estab connects over one whose first
# member has no link from the start, which packet sockets do not tell the bond.
#
#     Linux client                 switch        estab respond
#     c0  192.0.2.2/24     veth   c1    t0   net_tap0 \
#         2001:db8::2/64  <---->     \_ t1   net_tap1 / net_bonding0  192.0.2.1/24  2001:db8::1/64
#
#     listener.py               estab connect
#     w1  192.0.2.2/24    veth   v1  net_af_packet1 \
#         2001:db8::2/64  <--->                      net_bonding0  192.0.2.1/24  2001:db8::1/64
#     w0  down        <--X-->    v0  net_af_packet0 /
. "$(dirname "$0")/topology.sh"
. "$here/opens.sh"

need ethtool nsenter pkg-config dpdk-telemetry.py
[ -c /dev/net/tun ] || skip "no /dev/net/tun, so no net_tap"
sysctl -qw net.ipv6.conf.default.disable_ipv6=1
ip netns add client
ip link add c1 type veth peer name c0 netns client
ip link set c1 up
ip netns exec client sysctl -qw net.ipv6.conf.c0.disable_ipv6=0 net.ipv6.conf.c0.accept_dad=0
ip netns exec client ethtool -K c0 tx off >/dev/null
ip -n client address add "$CLIENT4/24" dev c0
ip -n client -6 address add "$CLIENT6/64" dev c0 nodad
ip -n client link set c0 up

write_config estab net_bonding0 net_tap0,iface=t0
case $(pkg-config --modversion libdpdk) in
22.*) member=slave ;;
*) member=member ;;
esac

# bond NAME DEVICE VDEV: estab NAME's device gets a second beside it, VDEV, and the bond net_bonding0 on top.
bond() {
	sed -i "s/^args.1.*/&\nargs.2 = --vdev=$3\nargs.3 = --vdev=net_bonding0,mode=1,$member=$2,$member=${3%%,*}/" \
		"$work/$1.conf"
}

bond estab net_tap0 net_tap1,iface=t1
launch_estab estab
await_ready estab
timeout -k 5 100 python3 "$here/switch.py" c1 t0 t1 >"$work/switch.log" 2>&1 &
await 20 grep -q switching "$work/switch.log" || fail "the switch does not start: $(cat "$work/switch.log")"

ip netns exec client python3 - "$work/estab.log" "$SERVER4" "$SERVER6" <<'PYTHON'
import subprocess
import sys

import held
import telemetry

log, *servers = sys.argv[1:]


def link(interface, state):
    command = ["nsenter", "--target", "1", "--net", "ip", "link", "set", interface, state]
    subprocess.run(command, check=True)


def carry_data():
    held.send(clients)
    held.await_acknowledged(clients)


clients = held.connect(servers, 81, 100)
carry_data()

link("t0", "down")
carry_data()
held.await_line(log, r"^port net_bonding0: goes on by net_tap1, ")
link("t0", "up")
carry_data()

link("t1", "down")
carry_data()
held.await_line(log, r"^port net_bonding0: goes on by net_tap0, ")

link("t0", "down")
held.await_line(log, r"^port net_bonding0: link down$")
held.send(clients)
link("t1", "up")
held.await_line(log, r"^port net_bonding0: link up after [0-9.]+ s, ")
held.await_line(log, r"^port net_bonding0: goes on by net_tap1, ", 2)
held.await_acknowledged(clients)

carry_data()
port = telemetry.ask("/estab/ports")["port_0"]
if [port[field] for field in ("device", "link_up", "link_downs", "active", "changes")] != ["net_bonding0", 1, 1, "net_tap1", 3]:
    sys.exit(f"/estab/ports: {port}")
held.close(clients)
PYTHON
stop_estab estab

expect ESTABLISHED_BY_COOKIE "$(counter estab ESTABLISHED_BY_COOKIE)" -eq 200
expect "flows left" "$(counter estab flows)" -eq 0
expect_text "resets" "$(python3 "$here/stats.py" "$work/estab.json" | grep -E ' RESET_| RST_' || true)" ""
expect_text "members" "$(counter estab ports.0.bond.members)" "['net_tap0', 'net_tap1']"
expect_text "active member" "$(counter estab ports.0.bond.active)" net_tap1
expect "changes of the active member" "$(counter estab ports.0.bond.changes)" -eq 3
expect "times without a link" "$(counter estab ports.0.link_downs)" -eq 1

for i in 0 1; do
	ip link add "v$i" type veth peer name "w$i"
	ip link set "v$i" up
done
sysctl -qw net.ipv6.conf.w1.disable_ipv6=0
ethtool -K w1 tx off >/dev/null
ip address add "$CLIENT4/24" dev w1
ip -6 address add "$CLIENT6/64" dev w1 nodad
ip link set w1 up
start_listener 0.0.0.0/7000 ::/7000
write_connect linkless net_bonding0 net_af_packet0,iface=v0 \
	"[connect]" "target = $CLIENT4:7000" "target.1 = [$CLIENT6]:7000" "rate = 1000" "total = 200"
bond linkless net_af_packet0 net_af_packet1,iface=v1
launch_connect linkless
await_end linkless 30
expect_none_failed linkless 200
expect_text "active member from the start" "$(counter linkless ports.0.bond.active)" net_af_packet1
expect "changes of the active member after the start" "$(counter linkless ports.0.bond.changes)" -eq 0
