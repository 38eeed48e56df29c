// SPDX-License-Identifier: BSD-3-Clause
// test_header_class: what is learned of a SYN, what is found again, and that it is the right thing.
// Built for each width of registers, as header_class_find() is inlined.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "syn_headers.h"
#include "width.h"

static void what_has_a_class_is_found_again(void **state)
{
	(void)state;
	for (size_t i = 0; i < n_syn_layouts; i++) {
		struct header_classes classes;
		struct syn_header first = syn_header_of_layout(&syn_layouts[i]);
		header_classes_start(&classes, FAMILY_IPV4, HOST_VLAN_NONE);
		assert_false(header_class_is_found(&classes, &first));
		header_classes_learn_header(&classes, &first);
		for (int round = 0; round < 100; round++) {
			struct syn_header again = syn_header_of_layout(&syn_layouts[i]);
			assert_int_equal(
				header_class_is_found(&classes, &again), syn_layouts[i].has_class);
			if (syn_layouts[i].has_class)
				header_class_expect_true(
					header_class_get(&classes, &again), &again);
		}
	}
}

static void timestamps_are_where_the_last_ones_are(void **state)
{
	(void)state;
	for (size_t i = 0; i < n_syn_layouts; i++) {
		struct header_classes classes;
		struct syn_header header = syn_header_of_layout(&syn_layouts[i]);
		if (!syn_layouts[i].has_class)
			continue;
		header_classes_start(&classes, FAMILY_IPV4, HOST_VLAN_NONE);
		header_classes_learn_header(&classes, &header);
		assert_int_equal(header_class_get(&classes, &header)->tsval_offset,
			syn_layouts[i].tsval_offset);
	}
}

// IPv4's length is that of header and payload, IPv6's of payload alone.
static void lengths_are_those_of_the_family(void **state)
{
	static const struct {
		uint32_t family;
		uint16_t vlan_id;
		uint16_t frame_len; // without TCP
	} cases[] = {{FAMILY_IPV4, HOST_VLAN_NONE, 34}, {FAMILY_IPV4, 5, 38},
		{FAMILY_IPV6, HOST_VLAN_NONE, 54}, {FAMILY_IPV6, 5, 58}};

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		struct header_classes classes;
		struct syn_header header = syn_header_of_layout(syn_layout("Linux"));
		header_classes_start(&classes, cases[i].family, cases[i].vlan_id);
		header_classes_learn_header(&classes, &header);
		const struct header_class *class = header_class_get(&classes, &header);
		assert_int_equal(class->frame_len, cases[i].frame_len + 40);
		const uint8_t ipv4[4] = {0x45, 0, 0, 60};
		const uint8_t ipv6[4] = {0, 40, 6, 0};
		assert_memory_equal(&class->values.length_word,
			cases[i].family == FAMILY_IPV4 ? ipv4 : ipv6, 4);
	}
}

static void payload_is_not_learned(void **state)
{
	struct header_classes classes;
	struct syn_header header = syn_header_of_layout(syn_layout("Linux"));
	struct segment seg = syn_header_segment(&header);
	const struct syn_ack answer = {.ethertype_be = 0};

	(void)state;
	seg.payload_len = 1;
	header_classes_start(&classes, FAMILY_IPV4, HOST_VLAN_NONE);
	header_classes_learn(&classes, header.bytes, &seg, 0, &answer);
	assert_false(header_class_is_found(&classes, &header));
}

// Urgency, pushing and both kinds of ECN make classes of their own.
static void flags_are_told_apart(void **state)
{
	static const uint8_t flags[] = {TCP_SYN, TCP_SYN | TCP_ECE | TCP_CWR, TCP_SYN | TCP_ECE,
		TCP_SYN | TCP_CWR, TCP_SYN | TCP_URG, TCP_SYN | TCP_PSH};
	const struct syn_layout *layout = syn_layout("Linux");

	(void)state;
	for (size_t i = 0; i < sizeof(flags); i++) {
		struct header_classes classes;
		struct syn_header learned = syn_header_of(layout->options, layout->len, flags[i]);
		header_classes_start(&classes, FAMILY_IPV4, HOST_VLAN_NONE);
		header_classes_learn_header(&classes, &learned);
		for (unsigned int other = 0; other <= UINT8_MAX; other++) {
			struct syn_header header =
				syn_header_of(layout->options, layout->len, (uint8_t)other);
			assert_int_equal(
				header_class_is_found(&classes, &header), other == flags[i]);
		}
	}
}

// AE, once NS, and the reserved bits beside it.
static void bits_beside_the_data_offset_are_told_apart(void **state)
{
	const struct syn_layout *layout = syn_layout("none");

	(void)state;
	for (uint8_t learned_bits = 0; learned_bits < 16; learned_bits++) {
		struct header_classes classes;
		struct syn_header header = syn_header_of_layout(layout);
		header_classes_start(&classes, FAMILY_IPV4, HOST_VLAN_NONE);
		header.bytes[TCP_DATA_OFFSET] |= learned_bits;
		header_classes_learn_header(&classes, &header);
		for (uint8_t bits = 0; bits < 16; bits++) {
			struct syn_header other = syn_header_of_layout(layout);
			other.bytes[TCP_DATA_OFFSET] |= bits;
			assert_int_equal(
				header_class_is_found(&classes, &other), bits == learned_bits);
		}
	}
}

static bool is_free(const struct syn_layout *layout, uint32_t offset)
{
	return (offset >= TCP_WINDOW && offset < TCP_LEN) ||
		(layout->tsval_offset != 0 && offset >= layout->tsval_offset &&
			offset < layout->tsval_offset + 8u);
}

// Alone, and after the unchanged header was found last.
static void a_changed_bit_is_seen(void **state)
{
	(void)state;
	for (size_t i = 0; i < n_syn_layouts; i++) {
		const struct syn_layout *layout = &syn_layouts[i];
		struct header_classes classes;
		struct syn_header header = syn_header_of_layout(layout);
		if (!layout->has_class)
			continue;
		header_classes_start(&classes, FAMILY_IPV4, HOST_VLAN_NONE);
		header_classes_learn_header(&classes, &header);
		for (uint32_t bit = 0; bit < header.len * 8; bit++) {
			struct syn_header changed = header;
			bool matters = bit / 8 >= HEADER_TAIL && !is_free(layout, bit / 8);
			changed.bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
			assert_int_equal(header_class_is_found(&classes, &changed), !matters);
			assert_true(header_class_is_found(&classes, &header));
			assert_int_equal(header_class_is_found(&classes, &changed), !matters);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_has_a_class_is_found_again),
		cmocka_unit_test(timestamps_are_where_the_last_ones_are),
		cmocka_unit_test(lengths_are_those_of_the_family),
		cmocka_unit_test(payload_is_not_learned),
		cmocka_unit_test(flags_are_told_apart),
		cmocka_unit_test(bits_beside_the_data_offset_are_told_apart),
		cmocka_unit_test(a_changed_bit_is_seen),
	};

	if (!width_is_supported())
		return SKIPPED;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
