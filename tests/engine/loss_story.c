// SPDX-License-Identifier: BSD-3-Clause
// loss_story: drawn from a seed, then played.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "loss_story.h"

enum { FIRST_END_PORT = 40000, STEP_MS = 100 };

static uint32_t draw(struct story *story, uint32_t n)
{
	return lossy_link_draw(&story->between, n);
}

static void draw_link(struct story *story)
{
	static const uint32_t drops[] = {0, 5, 20, 40, 70};
	static const uint32_t doubles[] = {0, 10, 30};
	static const uint32_t lates[] = {0, 3, 50, 1200, STORY_LATE_MAX_MS - LOSSY_LINK_LATENCY_MS};
	static const uint32_t heals[] = {1500, 4000, STORY_EARLY_MS, 20000, UINT32_MAX};
	struct lossy_link *between = &story->between;

	between->drop_percent = drops[draw(story, 5)];
	between->double_percent = doubles[draw(story, 3)];
	between->late_max_ms = lates[draw(story, 5)];
	between->healed_ms = heals[draw(story, 5)];
}

static enum listener draw_opener(struct story *story)
{
	return (enum listener)(ON_CONNECT + draw(story, ON_CONNECT_REQUEST_HOLD - ON_CONNECT + 1));
}

static void draw_ends(struct story *story)
{
	static const uint32_t second_after_ms[] = {0, 0, 1, 40, 2500};
	struct end *first = &story->ends[0];
	struct end *second = &story->ends[1];

	first->n_wanted = 1 + (draw(story, 4) == 0);
	first->opener = draw_opener(story);
	second->n_wanted = draw(story, 2) + (draw(story, 8) == 0);
	second->opener = draw_opener(story);
	second->open_ms = second_after_ms[draw(story, 5)];
	story->listener = (enum listener)draw(story, N_LISTENERS);
	if (second->n_wanted > 0 && draw(story, 2))
		story->listener = ON_CLOSED_PORT;
}

static void end_start(struct story *story, unsigned int idx, uint32_t family)
{
	struct end *end = &story->ends[idx];
	struct estab_config *config = &end->fixture.config;
	uint16_t second_port = (uint16_t)(SERVER_PORT + story->listener);
	uint16_t port = idx == 0 ? FIRST_END_PORT : second_port;

	fixture_config(&end->fixture, HOST_VLAN_NONE);
	link_init(
		&end->link, family, HOST_VLAN_NONE, idx == 0 ? second_port : FIRST_END_PORT, port);
	if (idx == 1) {
		fixture_mirror(&end->fixture);
		link_mirror(&end->link);
		config->secret[0] ^= 1;
	}
	if (end->n_wanted > 0)
		fixture_config_opener(&end->fixture, end->opener);
	config->connect.first_port = config->connect.last_port = port;
	config->idle_s = STORY_IDLE_MS / 1000;
	config->fin_timeout_s = STORY_FIN_TIMEOUT_MS / 1000;
	config->time_wait_s = STORY_TIME_WAIT_MS / 1000;
	config->capacity_neighbours = 2;
	config->ecn = draw(story, 2);
	config->unix_ms += draw(story, 60000);
	end->n_left = end->n_wanted;
	fixture_start(&end->fixture);
}

static void tell_story(const struct story *story)
{
	const struct lossy_link *between = &story->between;
	const struct end *ends = story->ends;

	printf("%u %% dropped, %u %% doubled, up to %u ms late, until %u ms\n",
		between->drop_percent, between->double_percent, between->late_max_ms,
		between->healed_ms);
	for (int i = 0; i < 2; i++)
		printf("%s end: %u opens after %u ms, opener %d\n", i == 0 ? "first" : "second",
			ends[i].n_wanted, ends[i].open_ms, ends[i].opener - ON_CONNECT);
	printf("listener %d\n", story->listener);
}

void story_begin(struct story *story, uint64_t seed, bool aloud)
{
	memset(story, 0, sizeof(*story));
	story->between.random = seed * UINT64_C(0x9e3779b97f4a7c15) + 1;
	draw_link(story);
	draw_ends(story);

	uint32_t family = draw(story, 2) ? FAMILY_IPV6 : FAMILY_IPV4;

	for (unsigned int i = 0; i < 2; i++)
		end_start(story, i, family);
	story->aloud = aloud;
	if (aloud)
		tell_story(story);
}

// --- Time passes ---------------------------------------------------------------------------------

static void tell_frame(const struct story *story, unsigned int idx, const struct rte_mbuf *mbuf)
{
	const struct segment *seg;
	const uint8_t *payload;
	struct packet packet;

	link_client_reads(&story->ends[idx].link, rte_pktmbuf_mtod(mbuf, const uint8_t *),
		mbuf->data_len, &packet, &payload);
	if (packet.kind != PACKET_TCP)
		return;
	seg = &packet.segment;
	printf("%6u %s %-4s seq %u ack %u len %u\n", story->now_ms, idx == 0 ? "->" : "<-",
		flags_text(seg->flags), seg->seq, seg->ack, seg->payload_len);
}

static void end_send(struct story *story, unsigned int idx)
{
	struct fixture *fixture = &story->ends[idx].fixture;

	for (uint16_t i = 0; story->aloud && i < fixture->n_tx; i++)
		tell_frame(story, idx, fixture->tx[i]);
	for (uint16_t i = 0; i < fixture->n_tx; i++)
		lossy_link_send(&story->between, story->now_ms, (uint8_t)!idx, fixture->tx[i]);
	fixture->n_tx = 0;
}

static void end_open(struct story *story, unsigned int idx)
{
	struct end *end = &story->ends[idx];

	if (end->n_left == 0 || story->now_ms < end->open_ms)
		return;
	bool opened = fixture_connect(&end->fixture, &end->link) == 0;

	end_send(story, idx);
	if (!opened && story->now_ms < end->open_ms + STORY_TRY_MS)
		return;
	end->n_left--;
	end->n_opened += opened;
	end->opened_ms = end->open_ms = story->now_ms;
}

static void end_poll(struct story *story, unsigned int idx)
{
	struct end *end = &story->ends[idx];
	struct rte_mbuf *rx[ESTAB_BURST_MAX];
	uint16_t n_rx = lossy_link_receive(
		&story->between, story->now_ms, (uint8_t)idx, rx, ESTAB_BURST_MAX);

	fixture_poll(&end->fixture, rx, n_rx);
	end_send(story, idx);
}

void story_step(struct story *story)
{
	uint32_t next_ms = lossy_link_next_ms(&story->between, story->now_ms + STEP_MS);
	uint32_t passed_ms = next_ms > story->now_ms ? next_ms - story->now_ms : 1;

	story->now_ms += passed_ms;
	for (unsigned int i = 0; i < 2; i++) {
		fixture_pass_ms(&story->ends[i].fixture, passed_ms);
		end_open(story, i);
		end_poll(story, i);
	}
}

static bool end_is_over(const struct end *end)
{
	return end->n_left == 0 && fixture_flows(&end->fixture) == 0;
}

bool story_is_over(const struct story *story)
{
	return story->between.n_frames == 0 && end_is_over(&story->ends[0]) &&
		end_is_over(&story->ends[1]);
}

void story_end(struct story *story)
{
	fixture_stop(&story->ends[1].fixture);
	fixture_stop(&story->ends[0].fixture);
}
