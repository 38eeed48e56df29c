// SPDX-License-Identifier: BSD-3-Clause
// two_ways: an engine that knows classes of segments beside one that forgets them.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/wire/sample.h"
#include "two_ways.h"
#include "wire/bytes.h"
#include "wire/protocol.h"

enum { ANSWERS_MAX = ESTAB_BURST_MAX + ESTAB_TIMER_BURST, KEY_MAX = 36 };

struct answer {
	uint8_t key[KEY_MAX]; // addresses and ports of IPv4 and IPv6, else zero
	uint16_t len;
	uint64_t ol_flags;
	uint64_t tx_offload;
	uint8_t bytes[ASKED_MAX];
};

struct answers {
	uint16_t n;
	struct answer answers[ANSWERS_MAX];
};

static struct answers known_answers;

// --- Engines ---------------------------------------------------------------------------------

static void config_one(struct fixture *fixture, const struct setting *setting)
{
	fixture_config(fixture, setting->tagged ? ASKED_VLAN : HOST_VLAN_NONE);
	fixture->config.ecn = true;
	if (setting->roomy)
		fixture->config.capacity_ipv4 = fixture->config.capacity_ipv6 = 1024;
	// Ports that nobody listens on are looked up in some settings, and answered at once in
	// others.
	if (setting->tagged) {
		fixture_config_opener(fixture, ON_CONNECT);
		fixture->config.connect.first_port = SERVER_PORT;
	}
	if (setting->offloads)
		fixture->config.tx_offloads = ESTAB_TX_IP_CHECKSUM | ESTAB_TX_TCP_CHECKSUM;
}

void two_ways_config(struct two_ways *ways, const struct setting *setting)
{
	if (!glance_width_is_supported(setting->width))
		skip();
	ways->setting = setting;
	ways->random = 20260505;
	config_one(&ways->knowing, setting);
	config_one(&ways->forgetful, setting);
}

void two_ways_start(struct two_ways *ways)
{
	fixture_start(&ways->knowing);
	fixture_start(&ways->forgetful);
	glance_set_width(ways->knowing.engine, ways->setting->width);
	glance_set_width(ways->forgetful.engine, ways->setting->width);
}

void two_ways_stop(struct two_ways *ways)
{
	fixture_stop(&ways->knowing);
	fixture_stop(&ways->forgetful);
}

// --- Answers ---------------------------------------------------------------------------------

static void fill_key(struct answer *answer)
{
	const uint8_t *ip = answer->bytes + ETHERNET_LEN;

	for (; bytes_load_be16(ip - 2) == ETHERTYPE_VLAN; ip += VLAN_TAG_LEN) {
	}
	memset(answer->key, 0, KEY_MAX);
	if (bytes_load_be16(ip - 2) == ETHERTYPE_IPV4)
		memcpy(answer->key, ip + IPV4_SOURCE, 8 + 4);
	if (bytes_load_be16(ip - 2) == ETHERTYPE_IPV6)
		memcpy(answer->key, ip + IPV6_SOURCE, 32 + 4);
}

// Behind those with the same key.
static void answers_add(struct answers *answers, const struct rte_mbuf *mbuf)
{
	struct answer answer = {.len = mbuf->data_len, .ol_flags = mbuf->ol_flags};
	uint16_t k = answers->n++;

	assert_in_range(mbuf->data_len, 1, ASKED_MAX);
	assert_int_equal(mbuf->pkt_len, mbuf->data_len);
	assert_int_equal(mbuf->nb_segs, 1);
	if (mbuf->ol_flags != 0)
		answer.tx_offload = mbuf->tx_offload;
	memcpy(answer.bytes, rte_pktmbuf_mtod(mbuf, const uint8_t *), mbuf->data_len);
	fill_key(&answer);
	for (; k > 0 && memcmp(answers->answers[k - 1].key, answer.key, KEY_MAX) > 0; k--)
		answers->answers[k] = answers->answers[k - 1];
	answers->answers[k] = answer;
}

static void expect_same_counts(const struct two_ways *ways)
{
	for (size_t i = 0; i < N_VERDICTS; i++)
		if (ways->knowing.seen_verdicts[i] != ways->forgetful.seen_verdicts[i])
			fail_msg("%s: %u at a glance, %u parsed", verdict_texts[i].name,
				(unsigned int)ways->knowing.seen_verdicts[i],
				(unsigned int)ways->forgetful.seen_verdicts[i]);
	assert_memory_equal(ways->knowing.seen_events, ways->forgetful.seen_events,
		sizeof(ways->knowing.seen_events));
	assert_int_equal(fixture_flows(&ways->knowing), fixture_flows(&ways->forgetful));
}

static void expect_same_answers(const struct answers *known, const struct answers *parsed)
{
	assert_int_equal(known->n, parsed->n);
	for (uint16_t k = 0; k < known->n; k++) {
		const struct answer *one = &known->answers[k];
		const struct answer *other = &parsed->answers[k];
		assert_int_equal(one->len, other->len);
		assert_memory_equal(one->bytes, other->bytes, one->len);
		assert_int_equal(one->ol_flags, other->ol_flags);
		assert_int_equal(one->tx_offload, other->tx_offload);
	}
}

// All but answered SYNs, in the order of arrival.
static void expect_same_traces(const struct two_ways *ways)
{
	const size_t len = offsetof(struct estab_trace_record, local_port) + sizeof(uint16_t);
	struct estab_trace_record known[ESTAB_BURST_MAX];
	struct estab_trace_record parsed[ESTAB_BURST_MAX];
	uint32_t n = estab_engine_trace(
		ways->knowing.engine, known, ESTAB_BURST_MAX, ways->knowing.now_tsc);

	assert_int_equal(n,
		estab_engine_trace(
			ways->forgetful.engine, parsed, ESTAB_BURST_MAX, ways->forgetful.now_tsc));
	for (uint32_t i = 0; i < n; i++)
		assert_memory_equal(&known[i], &parsed[i], len);
}

// --- Polls -----------------------------------------------------------------------------------

static void poll_one(
	struct fixture *fixture, const struct asked asked[], uint16_t n, struct answers *answers)
{
	static struct asked_held held[ESTAB_BURST_MAX];
	struct rte_mbuf *rx[ESTAB_BURST_MAX];

	for (uint16_t i = 0; i < n; i++)
		rx[i] = asked_make(&asked[i], fixture, &held[i]);
	fixture_poll(fixture, rx, n);
	answers->n = 0;
	for (uint16_t i = 0; i < fixture->n_tx; i++)
		answers_add(answers, fixture->tx[i]);
	fixture_free_tx(fixture);
	for (uint16_t i = 0; i < n; i++)
		asked_release(&asked[i], &held[i]);
}

// What one engine leaves on the stack would be right for the other one too.
static __attribute__((noinline)) void stack_overwrite(void)
{
	uint8_t bytes[1 << 16];

	memset(bytes, 0xa5, sizeof(bytes));
	__asm__ volatile("" : : "r"(bytes) : "memory");
}

uint16_t two_ways_poll(struct two_ways *ways, const struct asked asked[], uint16_t n)
{
	static struct answers parsed_answers;

	glance_forget(ways->forgetful.engine);
	poll_one(&ways->forgetful, asked, n, &parsed_answers);
	assert_int_equal(glance_count(ways->forgetful.engine), 0);
	assert_int_equal(glance_count_segments(ways->forgetful.engine), 0);
	stack_overwrite();
	poll_one(&ways->knowing, asked, n, &known_answers);
	expect_same_counts(ways);
	expect_same_answers(&known_answers, &parsed_answers);
	expect_same_traces(ways);
	assert_true(glance_is_same(ways->knowing.engine, ways->forgetful.engine));
	return glance_count(ways->knowing.engine);
}

uint16_t two_ways_n_answers(void)
{
	return known_answers.n;
}

const uint8_t *two_ways_answer(uint16_t i, uint16_t *len)
{
	assert_true(i < known_answers.n);
	*len = known_answers.answers[i].len;
	return known_answers.answers[i].bytes;
}

uint32_t two_ways_draw(struct two_ways *ways, uint32_t n)
{
	return (uint32_t)((sample_random(&ways->random) >> 32) % n);
}

void two_ways_syn(struct two_ways *ways, struct asked *asked, uint32_t family,
	const struct syn_layout *layout, uint16_t client)
{
	const struct asked_syn syn = {
		.family = family,
		.tagged = ways->setting->tagged,
		.layout = layout,
		.client = client,
		.server_port = SERVER_PORT,
	};

	asked_syn(asked, &syn, &ways->random);
}

static void teach_one(struct two_ways *ways, const struct syn_layout *layout)
{
	struct asked asked;

	two_ways_syn(ways, &asked, FAMILY_IPV4, layout, 0);
	two_ways_poll(ways, &asked, 1);
	two_ways_syn(ways, &asked, FAMILY_IPV6, layout, 0);
	two_ways_poll(ways, &asked, 1);
}

// The usual ones again, should odd ones have taken their places.
void two_ways_teach(struct two_ways *ways)
{
	for (size_t i = 0; i < n_syn_layouts; i++)
		teach_one(ways, &syn_layouts[i]);
	for (size_t i = 0; i < N_USUAL_LAYOUTS; i++)
		teach_one(ways, &syn_layouts[i]);
}

// --- Settings --------------------------------------------------------------------------------

int two_ways_run(const char *name, const struct CMUnitTest tests[], size_t n)
{
	struct CMUnitTest *in_setting = calloc(n, sizeof(*in_setting));
	int n_failed = 0;

	if (in_setting == NULL)
		return 1;
	for (unsigned int s = 0; s < 4 * N_GLANCE_WIDTHS; s++) {
		struct setting setting = {
			.width = (enum glance_width)(s / 4),
			.tagged = s & 1,
			.offloads = s & 2,
			.roomy = s % 4 == 1 || s % 4 == 2,
		};
		char group[128];
		snprintf(group, sizeof(group), "%s: %s%s%s%s", name,
			glance_width_names[setting.width], setting.tagged ? ", in a VLAN" : "",
			setting.offloads ? ", checksums left to the port" : "",
			setting.roomy ? ", much room" : "");
		for (size_t i = 0; i < n; i++) {
			in_setting[i] = tests[i];
			in_setting[i].initial_state = &setting;
		}
		n_failed += _cmocka_run_group_tests(group, in_setting, n, NULL, NULL);
	}
	free(in_setting);
	return n_failed;
}
