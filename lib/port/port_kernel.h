// SPDX-License-Identifier: BSD-3-Clause
// port_kernel: the kernel's interface below a port (net_af_packet, net_af_xdp, mlx5). What a driver
// changes there stays when the program ends, so it is noted and put back.
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct port_kernel;

// Note MTU, MAC address and promiscuous mode of interface `if_index` (0: none) in `kernel`.
void port_kernel_note(struct port_kernel *kernel, uint32_t if_index);

// Put back what differs by now. What the kernel refuses stays; the interface may be gone.
void port_kernel_restore(const struct port_kernel *kernel);

// Whether the interface is up and has a carrier, as far as there is one: several drivers say that
// their link is up whatever becomes of it.
bool port_kernel_has_link(const struct port_kernel *kernel);
