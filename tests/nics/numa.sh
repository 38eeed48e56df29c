#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# numa: a guest of two NUMA nodes with the card on node 1. By itself estab puts its workers and all memory
# of theirs there; told to work on node 0 it says what that means.
#
#     node 0: CPU 0, 1          distance 21          node 1: CPU 2, 3, and the card behind a bus of its own
# shellcheck disable=SC2034,SC2154 # from and for the files it sources
GUEST_SECONDS=150 GUEST_HUGE_PAGES=256 # of 2 MiB, half of them on each node
. "$(dirname "$0")/../network/topology.sh"
. "$root/tests/nics/guest.sh"
. "$root/tests/nics/cards.sh"

device=0000:81:00.0

# Free huge pages of a node.
free_pages() {
	guest "cat /sys/devices/system/node/node$1/hugepages/hugepages-2048kB/free_hugepages"
}

# pages_of_estab NODE: huge pages that estab has on a node, by its numa_maps.
pages_of_estab() {
	guest "cat /proc/\$(cat /run/estab/pid)/numa_maps" |
		awk -v node="N$1" '/ huge / {for (i = 2; i <= NF; i++) if (split($i, part, "=") == 2 && part[1] == node) sum += part[2]}
			END {print sum + 0}'
}

# lcore_sockets NAME: the nodes of its lcores that have queues.
lcore_sockets() {
	python3 -c 'import sys, stats; print(*(lcore["socket"] for lcore in stats.load(sys.argv[1])["lcores"]))' "$work/$1.json"
}

# run_on_nodes NAME [ARGUMENT]...: estab with the arguments, answering; what it has of each node while it
# runs, in $pages0 and $pages1, and what the nodes had free before, in $free0 and $free1.
run_on_nodes() {
	local name=$1
	write_guest_config "$name" "$device" "" "queues = 2" "ipv4 = $SERVER4/24"
	free0=$(free_pages 0) free1=$(free_pages 1)
	launch_estab "$name" --set flow.capacity_ipv4=524288 "${@:2}"
	await_answer "$name" "$SERVER4"
	pages0=$(pages_of_estab 0) pages1=$(pages_of_estab 1)
	expect "huge pages of node 0 taken in run $name" "$((free0 - $(free_pages 0)))" -eq "$pages0"
	expect "huge pages of node 1 taken in run $name" "$((free1 - $(free_pages 1)))" -eq "$pages1"
	end_in_guest "$name" TERM
}

boot_guest vfio 2 -smp 4 -m 1024 \
	-object memory-backend-ram,id=node0,size=512M -object memory-backend-ram,id=node1,size=512M \
	-numa node,nodeid=0,cpus=0-1,memdev=node0 -numa node,nodeid=1,cpus=2-3,memdev=node1 \
	-numa dist,src=0,dst=1,val=21 \
	-device pxb-pcie,id=far,bus_nr=128,numa_node=1,bus=pcie.0 -device pcie-root-port,id=farport,bus=far,chassis=1 \
	-device "${CARD_DEVICE[virtio-net-pci]},netdev=net,bus=farport,romfile="
bind_card vfio "$device"
ip address add "$CLIENT4/24" dev estab0
ip link set estab0 up
expect_text "the card's node" "$(guest "cat /sys/bus/pci/devices/$device/numa_node")" 1

# Records of 64 bytes alone are 32 huge pages; what DPDK keeps for itself is on the main lcore's node, 0.
run_on_nodes near
expect_text "nodes of the lcores that estab chose" "$(lcore_sockets near)" "1 1"
expect "huge pages on node 1" "$pages1" -ge 32
expect "huge pages on node 0" "$pages0" -le 2
! grep -q "is on NUMA node" "$work/near.log" || fail "estab warns without reason"
near="$pages1 of its $((pages0 + pages1)) huge pages"

# Each lcore's tables with the lcore, the mbufs with the card.
run_on_nodes far -- --lcores 0@2,1@0,2@1
expect_text "nodes of the lcores that estab was told to use" "$(lcore_sockets far)" "0 0"
expect "huge pages on node 0" "$pages0" -ge 32
expect "huge pages on node 1" "$pages1" -ge 4
for lcore in 1 2; do
	line="estab: port $device is on NUMA node 1 but lcore $lcore is on node 0, at distance 21 (10 is local)"
	grep -qF "$line; choose lcores on node 1" "$work/far.log" || fail "estab does not say: $line"
done
echo "numa: the card on node 1 of 2, its workers and $near there; told to use node 0 it warned, of distance 21," \
	"and had $pages0 huge pages there, $pages1 with the card"
