// SPDX-License-Identifier: BSD-3-Clause
// config_endpoints: both ends of the connections that [connect] makes, read into struct
// config_connect.
#pragma once

#include "app/config_values.h"

value_reader value_read_target; // appended: "ADDRESS:PORT", "[IPv6]:PORT", ranges A-B of each
value_reader value_read_source; // appended: an address or a range A-B
value_reader value_read_source_ports; // "1024-65535" or one port
