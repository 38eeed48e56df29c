// SPDX-License-Identifier: BSD-3-Clause
// checksum: 64-bit words are added and their carries counted apart, so that neither sum waits for
// the other (an add and an add-with-carry a word).
#include "wire/checksum.h"

#include "wire/bytes.h"

struct wide_sum {
	uint64_t words;
	uint64_t carries; // each worth 2^64, which is 1 in ones' complement arithmetic
};

static inline void wide_sum_add(struct wide_sum *sum, uint64_t word)
{
	sum->words += word;
	sum->carries += sum->words < word;
}

static inline void wide_sum_add_tail(struct wide_sum *sum, const uint8_t *bytes, uint32_t len)
{
	if (len & 4) {
		wide_sum_add(sum, bytes_load32(bytes));
		bytes += 4;
	}
	if (len & 2) {
		wide_sum_add(sum, bytes_load16(bytes));
		bytes += 2;
	}
	if (len & 1) {
		uint16_t last = 0;
		memcpy(&last, bytes, 1);
		wide_sum_add(sum, last);
	}
}

uint64_t checksum_add(const uint8_t *bytes, uint32_t len)
{
	struct wide_sum even = {0};
	struct wide_sum odd = {0};

	for (; len >= 32; len -= 32, bytes += 32) {
		wide_sum_add(&even, bytes_load64(bytes));
		wide_sum_add(&odd, bytes_load64(bytes + 8));
		wide_sum_add(&even, bytes_load64(bytes + 16));
		wide_sum_add(&odd, bytes_load64(bytes + 24));
	}
	if (len & 16) {
		wide_sum_add(&even, bytes_load64(bytes));
		wide_sum_add(&odd, bytes_load64(bytes + 8));
		bytes += 16;
	}
	if (len & 8) {
		wide_sum_add(&even, bytes_load64(bytes));
		bytes += 8;
	}
	wide_sum_add_tail(&odd, bytes, len);
	return checksum_halves(even.words) + checksum_halves(odd.words) + even.carries +
		odd.carries;
}
