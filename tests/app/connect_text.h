// SPDX-License-Identifier: BSD-3-Clause
// connect_text: beginnings of configurations with [connect], and at which line they end.
#pragma once

// Seven lines.
#define PORTS \
	"[port 0]\ndevice = a\nipv4 = 192.0.2.1/24\nipv4.1 = 198.18.1.0-198.18.1.255/15\n" \
	"[port 1]\ndevice = b\nipv6 = 2001:db8::1-2001:db8::ff/64\n"
#define CONNECT PORTS "[connect]\n" // the eighth
#define TARGET CONNECT "target = 198.18.0.1:80\n" // the ninth
