// SPDX-License-Identifier: BSD-3-Clause
// capture_file: pcap and pcapng files put together by hand.
#pragma once

#include <stddef.h>
#include <stdint.h>

enum { FILE_MAX = 4096, STAMP_US = 123456 };

struct capture_file {
	uint8_t bytes[FILE_MAX];
	size_t len;
};

// Begin a pcap file; `magic` says the unit of its times. Whatever was there is gone.
void capture_file_begin(
	struct capture_file *file, uint32_t magic, uint32_t snaplen, uint32_t link_type);

// A packet at second 1,700,000,000 and STAMP_US.
void capture_file_add_packet(
	struct capture_file *file, const uint8_t *bytes, uint32_t captured_len, uint32_t len);

// The same for pcapng, with one interface.
void capture_file_begin_pcapng(struct capture_file *file, uint16_t link_type);
void capture_file_add_pcapng_packet(struct capture_file *file, const uint8_t *bytes, uint32_t len);

// Any bytes.
void capture_file_add(struct capture_file *file, const void *bytes, size_t len);
