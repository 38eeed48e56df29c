// SPDX-License-Identifier: BSD-3-Clause
// bytes: loads and stores at any alignment. Plain ones keep the order the bytes have in memory;
// those named _be turn network order into host order and back.
#pragma once

#include <endian.h>
#include <stdint.h>
#include <string.h>

#define ALWAYS_INLINE inline __attribute__((always_inline))

static inline uint16_t bytes_load16(const uint8_t *from)
{
	uint16_t value;
	memcpy(&value, from, sizeof(value));
	return value;
}

static inline uint32_t bytes_load32(const uint8_t *from)
{
	uint32_t value;
	memcpy(&value, from, sizeof(value));
	return value;
}

static inline uint64_t bytes_load64(const uint8_t *from)
{
	uint64_t value;
	memcpy(&value, from, sizeof(value));
	return value;
}

// Six bytes, the upper two of the word zero: a MAC address.
static inline uint64_t bytes_load48(const uint8_t *from)
{
	return htole64(
		le32toh(bytes_load32(from)) | (uint64_t)le16toh(bytes_load16(from + 4)) << 32);
}

static inline uint16_t bytes_load_be16(const uint8_t *from)
{
	return be16toh(bytes_load16(from));
}

static inline uint32_t bytes_load_be32(const uint8_t *from)
{
	return be32toh(bytes_load32(from));
}

static inline uint64_t bytes_load_be64(const uint8_t *from)
{
	return be64toh(bytes_load64(from));
}

static inline void bytes_store16(uint8_t *to, uint16_t value)
{
	memcpy(to, &value, sizeof(value));
}

static inline void bytes_store32(uint8_t *to, uint32_t value)
{
	memcpy(to, &value, sizeof(value));
}

static inline void bytes_store64(uint8_t *to, uint64_t value)
{
	memcpy(to, &value, sizeof(value));
}

static inline void bytes_store_be16(uint8_t *to, uint16_t value)
{
	bytes_store16(to, htobe16(value));
}

// Two 32-bit words, each as it lies in memory, as the one 64-bit word they make there.
static inline uint64_t bytes_join32(uint32_t first, uint32_t second)
{
	return htole64(le32toh(first) | (uint64_t)le32toh(second) << 32);
}
