#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# xdp_socket: the same as packet_socket by net_af_xdp, where kernel and libraries can do it on veth.
#
#     Linux client                       estab respond
#     estab0  192.0.2.2/24     veth      estab1  192.0.2.1/24
#             2001:db8::2/64  <----->            2001:db8::1/64
. "$(dirname "$0")/topology.sh"

need ethtool
mount -t bpf bpf /sys/fs/bpf 2>/dev/null || skip "this kernel has no BPF file system"
join_veth
write_config estab net_af_xdp0 net_af_xdp0,iface=estab1
launch_estab estab
await 20 ready_or_end estab || fail "estab does not start within 20 s"
! grep -E 'xsk_.*fail|Failed to create (xsk|umem)|Failed to .*xdp|XDP program|cannot be made|no such port' "$work/estab.log" ||
	skip "net_af_xdp does not start on this machine: $(grep -iE 'xdp|xsk|bpf' "$work/estab.log" | head -n 1)"
serve_kernel_over_socket
