// SPDX-License-Identifier: BSD-3-Clause
// test_packing: every width of registers packs and joins what the layout says, for any number of
// cookies, and writes nothing beyond them.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "cookie/layout.h"
#include "cookie/packing.h"

enum { UNTOUCHED = 0xa5 };

static uint64_t random_word(void)
{
	static uint64_t state = 88172645463325252;

	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state;
}

struct batch {
	struct tuple_hash hashes[COOKIE_BATCH_MAX];
	struct cookie_syn syns[COOKIE_BATCH_MAX];
	cipher_block macs[COOKIE_BATCH_MAX];
	uint64_t slot;
	uint32_t time_ms;
};

// Offers as cookie_offer() makes them of any SYN, of both families.
static void batch_fill(struct batch *batch)
{
	for (uint16_t i = 0; i < COOKIE_BATCH_MAX; i++) {
		struct handshake_state offered = {
			.mss = (uint16_t)random_word(),
			.window_scale = (uint8_t)(random_word() % 15),
			.flags = (uint8_t)(random_word() & CONNECTION_AGREED),
		};
		batch->hashes[i] = (struct tuple_hash){random_word(), random_word()};
		batch->syns[i] = (struct cookie_syn){
			.isn = (uint32_t)random_word(),
			.offer = cookie_offer(
				random_word() & 1 ? FAMILY_IPV4 : FAMILY_IPV6, &offered),
		};
		batch->macs[i] = (cipher_block){random_word(), random_word()};
	}
	batch->slot = random_word() >> 40;
	batch->time_ms = (uint32_t)random_word() & CODE_TIME_MASK;
}

static void check_packed(const struct packing *packing, const struct batch *batch, uint16_t n)
{
	cipher_block blocks[COOKIE_BATCH_MAX];

	packing->pack(batch->hashes, batch->syns, n, batch->slot, blocks);
	for (uint16_t i = 0; i < n; i++) {
		const struct cookie_syn *syn = &batch->syns[i];
		uint64_t parity = (batch->slot & 1) << STATE_SLOT_SHIFT;

		assert_int_equal(
			blocks[i][0], batch->hashes[i].table ^ (syn->isn | batch->slot << 32));
		assert_int_equal(blocks[i][1], batch->hashes[i].mask ^ syn->offer ^ parity);
	}
}

// Taken apart again, a cookie gives its MAC, its offer, the slot's parity and the time.
static void check_cookie(const struct batch *batch, uint16_t i, struct cookie cookie)
{
	enum layout_id id = (enum layout_id)(batch->syns[i].offer >> OFFER_LAYOUT_SHIFT & 1);
	struct layout_parts parts =
		layout_split(id, batch->hashes[i].mask, cookie.isn, cookie.tsval);
	uint32_t state =
		(batch->syns[i].offer & 0x7ff) | (uint32_t)(batch->slot & 1) << STATE_SLOT_SHIFT;
	uint64_t mac_bits = id == LAYOUT_TIMESTAMPED ? TIMESTAMPED_MAC_BITS : BARE_MAC_BITS;

	assert_int_equal(parts.mac, batch->macs[i][0] & ((UINT64_C(1) << mac_bits) - 1));
	assert_int_equal(parts.state, state & layouts[id].state_mask);
	if (id == LAYOUT_TIMESTAMPED)
		assert_int_equal(parts.time, batch->time_ms);
}

static void check_joined(const struct packing *packing, const struct batch *batch, uint16_t n)
{
	struct cookie cookies[COOKIE_BATCH_MAX + 1];
	uint8_t untouched[sizeof(cookies)];

	memset(cookies, UNTOUCHED, sizeof(cookies));
	memset(untouched, UNTOUCHED, sizeof(untouched));
	packing->join(
		batch->macs, batch->hashes, batch->syns, n, batch->slot, batch->time_ms, cookies);
	for (uint16_t i = 0; i < n; i++)
		check_cookie(batch, i, cookies[i]);
	assert_memory_equal(
		&cookies[n], untouched, (COOKIE_BATCH_MAX + 1u - n) * sizeof(cookies[0]));
}

static void check_width(const struct packing *packing)
{
	struct batch batch;

	for (int round = 0; round < 200; round++) {
		batch_fill(&batch);
		for (uint16_t n = 0; n <= COOKIE_BATCH_MAX; n++) {
			check_packed(packing, &batch, n);
			check_joined(packing, &batch, n);
		}
	}
}

static void sse(void **state)
{
	(void)state;
	check_width(&packing_sse);
}

static void avx2(void **state)
{
	(void)state;
	if (!__builtin_cpu_supports("avx2"))
		skip();
	check_width(&packing_avx2);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(sse),
		cmocka_unit_test(avx2),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
