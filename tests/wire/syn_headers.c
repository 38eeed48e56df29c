// SPDX-License-Identifier: BSD-3-Clause
// syn_headers: TCP headers of SYNs, and classes learned of them.
#include "syn_headers.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sample.h"
#include "wire/checksum.h"
#include "wire/packet.h"

static uint64_t random_state = 20260303;
static const struct syn_ack answers[2];

static void fill_randomly(uint8_t *bytes, uint32_t len)
{
	for (uint32_t i = 0; i < len; i++)
		bytes[i] = (uint8_t)(sample_random(&random_state) >> 32);
}

// All that a class does not look at is random, and so is what lies behind the header.
struct syn_header syn_header_of(const uint8_t *options, uint32_t options_len, uint8_t flags)
{
	struct syn_header header = {.len = TCP_LEN + options_len};

	fill_randomly(header.bytes, sizeof(header.bytes));
	header.bytes[TCP_DATA_OFFSET] = (uint8_t)(header.len / 4 << 4);
	header.bytes[TCP_FLAGS] = flags;
	memcpy(header.bytes + TCP_LEN, options, options_len);
	return header;
}

struct syn_header syn_header_of_layout(const struct syn_layout *layout)
{
	struct syn_header header = syn_header_of(layout->options, layout->len, TCP_SYN);

	if (layout->tsval_offset != 0)
		fill_randomly(header.bytes + layout->tsval_offset, 8);
	return header;
}

struct segment syn_header_segment(const struct syn_header *header)
{
	struct segment seg = {.flags = header->bytes[TCP_FLAGS]};

	options_parse(header->bytes + TCP_LEN, header->len - TCP_LEN, &seg);
	return seg;
}

// All that decides the answer, timestamps apart.
static uint32_t offer_of(const struct syn_header *header)
{
	struct segment seg = syn_header_segment(header);
	uint32_t offer = (uint32_t)seg.flags << 24 | (uint32_t)seg.options << 16;

	if (seg.options & OPTION_WINDOW_SCALE)
		offer ^= (uint32_t)seg.window_scale << 20;
	return seg.options & OPTION_MSS ? offer ^ seg.mss : offer;
}

static const struct syn_ack *answer_of(const struct syn_header *header)
{
	return &answers[syn_header_segment(header).options & OPTION_TIMESTAMPS ? 1 : 0];
}

// From memory of exactly the header's length, so that a sanitizer sees every read beyond.
void header_classes_learn_header(struct header_classes *classes, const struct syn_header *header)
{
	struct segment seg = syn_header_segment(header);
	uint8_t *bytes = sample_copy(header->bytes, header->len);

	header_classes_learn(classes, bytes, &seg, offer_of(header), answer_of(header));
	free(bytes);
}

void header_classes_start(struct header_classes *classes, uint32_t family, uint16_t vlan_id)
{
	struct host host = sample_host();

	host.vlan_id = vlan_id;
	header_classes_init(classes, &host, family);
}

// No frame is as long as an empty class asks for.
bool header_class_is_found(struct header_classes *classes, const struct syn_header *header)
{
	const struct header_class *class = header_class_find(classes, header->bytes);

	return class != NULL && class->frame_len <= UINT16_MAX;
}

const struct header_class *header_class_get(struct header_classes *classes, const struct syn_header *header)
{
	assert_true(header_class_is_found(classes, header));
	return header_class_find(classes, header->bytes);
}

// The class's sum and what it leaves out make the sum of the whole.
static void expect_sum(const struct header_class *class, const struct syn_header *header)
{
	uint64_t whole = (uint64_t)htobe16(PROTOCOL_TCP) + htobe16((uint16_t)header->len) +
		checksum_add(header->bytes, header->len);
	uint64_t sum = class->values.sum + checksum_add(header->bytes, TCP_LEN);

	if (class->timestamps_mask != 0)
		sum += checksum_add(header->bytes + class->tsval_offset, 8);
	assert_int_equal(checksum_fold(sum), checksum_fold(whole));
}

// A class says what reading the header says.
void header_class_expect_true(const struct header_class *class, const struct syn_header *header)
{
	struct segment seg = syn_header_segment(header);
	bool timestamps = seg.options & OPTION_TIMESTAMPS;

	assert_int_equal(class->values.offer, offer_of(header));
	assert_ptr_equal(class->answer, answer_of(header));
	assert_true(class->timestamps_mask == (timestamps ? UINT64_MAX : 0));
	if (timestamps) {
		const uint8_t *tsval = header->bytes + class->tsval_offset;
		assert_int_equal(bytes_load_be32(tsval), seg.tsval);
		assert_int_equal(bytes_load_be32(tsval + 4), seg.tsecr);
	}
	expect_sum(class, header);
}
