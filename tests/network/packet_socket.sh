#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# packet_socket: estab on one end of a veth pair by net_af_packet. The kernel must fill in the checksums
# of what it sends (ethtool -K ... tx off), as on a wire.
#
#     Linux client                       estab respond
#     estab0  192.0.2.2/24     veth      estab1  192.0.2.1/24
#             2001:db8::2/64  <----->            2001:db8::1/64
. "$(dirname "$0")/topology.sh"

need ethtool
join_veth
write_config estab net_af_packet0 net_af_packet0,iface=estab1
launch_estab estab
serve_kernel_over_socket
