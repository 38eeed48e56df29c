// SPDX-License-Identifier: BSD-3-Clause
// capture_file: see capture_file.h.
#include "tests/app/capture_file.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>
#include <string.h>

void capture_file_add(struct capture_file *file, const void *bytes, size_t len)
{
	assert_true(file->len + len <= FILE_MAX);
	memcpy(file->bytes + file->len, bytes, len);
	file->len += len;
}

static void capture_file_add32(struct capture_file *file, uint32_t word)
{
	capture_file_add(file, &word, sizeof(word));
}

void capture_file_begin(
	struct capture_file *file, uint32_t magic, uint32_t snaplen, uint32_t link_type)
{
	const uint32_t head[] = {magic, 2 | 4 << 16, 0, 0, snaplen, link_type};

	file->len = 0;
	capture_file_add(file, head, sizeof(head));
}

void capture_file_add_packet(
	struct capture_file *file, const uint8_t *bytes, uint32_t captured_len, uint32_t len)
{
	const uint32_t head[] = {1700000000, STAMP_US, captured_len, len};

	capture_file_add(file, head, sizeof(head));
	capture_file_add(file, bytes, captured_len);
}

// A block of pcapng: its type, its body, its length before and behind.
static void capture_file_add_block(
	struct capture_file *file, uint32_t type, const void *body, uint32_t len)
{
	static const uint8_t padding[3];
	uint32_t padded_len = (len + 3) & ~3u;

	capture_file_add32(file, type);
	capture_file_add32(file, padded_len + 12);
	capture_file_add(file, body, len);
	capture_file_add(file, padding, padded_len - len);
	capture_file_add32(file, padded_len + 12);
}

void capture_file_begin_pcapng(struct capture_file *file, uint16_t link_type)
{
	const uint32_t section[] = {0x1a2b3c4d, 1, 0xffffffff, 0xffffffff};
	const uint32_t interface[] = {link_type, 65535};

	file->len = 0;
	capture_file_add_block(file, 0x0a0d0d0a, section, sizeof(section));
	capture_file_add_block(file, 1, interface, sizeof(interface));
}

void capture_file_add_pcapng_packet(struct capture_file *file, const uint8_t *bytes, uint32_t len)
{
	uint64_t us = UINT64_C(1700000000) * 1000000 + STAMP_US;
	uint8_t body[512];
	const uint32_t head[] = {0, (uint32_t)(us >> 32), (uint32_t)us, len, len};

	memcpy(body, head, sizeof(head));
	memcpy(body + sizeof(head), bytes, len);
	capture_file_add_block(file, 6, body, (uint32_t)sizeof(head) + len);
}
