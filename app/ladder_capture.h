// SPDX-License-Identifier: BSD-3-Clause
// ladder_capture: the packets of a pcap or pcapng file, in its order, read through libpcap.
#pragma once

#include <stdint.h>

#include "app/ladder_link.h"
#include "wire/packet.h"

struct ladder_capture;

enum { LADDER_CAPTURE_ERROR_LEN = 512 };

// Open `path`, "-" being standard input. 0; or a negative errno and why, with the remedy, in
// `error`.
int ladder_capture_open(
	const char *path, struct ladder_capture **capture, char error[LADDER_CAPTURE_ERROR_LEN]);

enum ladder_link ladder_capture_link(const struct ladder_capture *capture);

// 1: `frame` and when it was captured, since 1970; the bytes stay until the next call. 0: the end.
// -EBADMSG: the rest cannot be read, see ladder_capture_error().
int ladder_capture_next(struct ladder_capture *capture, struct frame *frame, int64_t *time_ns);

const char *ladder_capture_error(struct ladder_capture *capture);

void ladder_capture_close(struct ladder_capture *capture);
