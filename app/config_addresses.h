// SPDX-License-Identifier: BSD-3-Clause
// config_addresses: what makes an IP address fit to be a host's.
#pragma once

#include <stdbool.h>
#include <stdint.h>

// Whether an address (network byte order) of `family` 4 or 6 may be a host's: not unspecified,
// loopback, multicast, broadcast or mapped.
bool address_is_unicast(uint8_t family, const uint8_t address[16]);
