// SPDX-License-Identifier: BSD-3-Clause
// lossy_link: frames in flight in the order of sending; what is due leaves the array.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "lossy_link.h"
#include "tests/wire/sample.h"

uint32_t lossy_link_draw(struct lossy_link *link, uint32_t n)
{
	return (uint32_t)((sample_random(&link->random) >> 32) % n);
}

static bool link_happens(struct lossy_link *link, uint32_t percent)
{
	return lossy_link_draw(link, 100) < percent;
}

static void link_add(struct lossy_link *link, uint32_t due_ms, uint8_t to, struct rte_mbuf *mbuf)
{
	assert_non_null(mbuf);
	assert_true(link->n_frames < LOSSY_LINK_FRAMES_MAX);
	link->frames[link->n_frames++] = (struct lossy_frame){mbuf, due_ms, to};
}

void lossy_link_send(struct lossy_link *link, uint32_t now_ms, uint8_t to, struct rte_mbuf *mbuf)
{
	uint32_t due_ms = now_ms + LOSSY_LINK_LATENCY_MS;

	if (now_ms >= link->healed_ms) {
		link_add(link, due_ms, to, mbuf);
		return;
	}
	while (link_happens(link, link->double_percent))
		link_add(link, due_ms + lossy_link_draw(link, link->late_max_ms + 1), to,
			rte_pktmbuf_copy(mbuf, mbuf->pool, 0, UINT32_MAX));
	if (link_happens(link, link->drop_percent)) {
		rte_pktmbuf_free(mbuf);
		link->n_dropped++;
		return;
	}
	link_add(link, due_ms + lossy_link_draw(link, link->late_max_ms + 1), to, mbuf);
}

uint16_t lossy_link_receive(struct lossy_link *link, uint32_t now_ms, uint8_t end,
	struct rte_mbuf *mbufs[], uint16_t max)
{
	uint32_t n_left = 0;
	uint16_t n = 0;

	for (uint32_t i = 0; i < link->n_frames; i++) {
		const struct lossy_frame *frame = &link->frames[i];
		if (frame->to == end && frame->due_ms <= now_ms && n < max)
			mbufs[n++] = frame->mbuf;
		else
			link->frames[n_left++] = *frame;
	}
	link->n_frames = n_left;
	return n;
}

uint32_t lossy_link_next_ms(const struct lossy_link *link, uint32_t until_ms)
{
	for (uint32_t i = 0; i < link->n_frames; i++)
		if (link->frames[i].due_ms < until_ms)
			until_ms = link->frames[i].due_ms;
	return until_ms;
}
