// SPDX-License-Identifier: BSD-3-Clause
// port_kernel: the kernel's interface below a port (net_af_packet, net_af_xdp, mlx5). What a driver
// changes there stays when the program ends, so it is noted and put back.
#pragma once

#include <stdint.h>

struct port;

// Note MTU and MAC address of interface `if_index` (0: none) in port->kernel.
void port_kernel_note(struct port *port, uint32_t if_index);

// Put back what differs by now. What the kernel refuses stays; the interface may be gone.
void port_kernel_restore(const struct port *port);
