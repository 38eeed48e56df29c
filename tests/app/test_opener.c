// SPDX-License-Identifier: BSD-3-Clause
// An opener's pace, to the tick, with a clock of the test's and an engine that only says what a
// case wants.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <string.h>

#include "app/opener.h"

// --- The engine ---------------------------------------------------------------------------------

// What an opener asks an engine for, and nothing behind it.
struct estab_engine {
	int status; // what the next `n_failing` openings return
	uint64_t n_failing;
	bool asks; // they have a question to send
	uint64_t n_calls;
	uint64_t flows;
	uint64_t time_wait;
};

static struct rte_mbuf *const some_mbuf = (struct rte_mbuf *)0x40;

int estab_engine_open(struct estab_engine *engine, const struct estab_open *open, uint64_t now_tsc,
	struct rte_mbuf **tx)
{
	(void)open;
	(void)now_tsc;
	engine->n_calls++;
	*tx = NULL;
	if (engine->n_failing > 0) {
		engine->n_failing--;
		if (engine->asks)
			*tx = some_mbuf;
		return engine->status;
	}
	*tx = some_mbuf;
	engine->flows++;
	return 0;
}

void estab_engine_flow_counts(const struct estab_engine *engine, struct estab_flow_counts *counts)
{
	*counts = (struct estab_flow_counts){.ipv4 = engine->flows + engine->time_wait};
}

const char *estab_state_name(size_t idx)
{
	return idx == 3 ? "TIME-WAIT" : "ESTABLISHED";
}

uint64_t estab_engine_state_count(const struct estab_engine *engine, size_t state_idx)
{
	assert_int_equal(state_idx, 3);
	return engine->time_wait;
}

// --- Openers of a run ---------------------------------------------------------------------------

enum { START_TSC = 1000003, PARTS_MAX = 5 };

static const uint64_t tsc_hz = 2445405999; // odd, as calibrated ones are

static bool stop;
static struct estab_engine engines[PARTS_MAX];
static struct opener openers[PARTS_MAX];
static struct config_target target = {.family = 4, .first_port = 80, .last_port = 80};
static struct connect_plan plan = {
	.targets = {{.range = &target, .end = 1}},
	.n_targets = 1,
	.n_target_ends = 1,
	.sources = {{{.range = {.family = 4}, .end = 1}}},
	.n_sources = {1},
	.first_port = 1024,
	.n_ports = 64512,
};

static void open_run(uint32_t rate, uint16_t n_parts, uint32_t concurrency, uint64_t total)
{
	struct opener_config config = {
		.plan = &plan,
		.n_parts = n_parts,
		.n_queues = n_parts,
		.rate = rate,
		.concurrency = concurrency,
		.total = total,
		.tsc_hz = tsc_hz,
		.stop = &stop,
	};

	stop = false;
	memset(engines, 0, sizeof(engines));
	for (uint16_t part = 0; part < n_parts; part++) {
		config.part = part;
		config.queue = part;
		config.engine = &engines[part];
		opener_init(&openers[part], &config);
		opener_start(&openers[part], START_TSC);
	}
}

static void open_alone(uint32_t rate)
{
	open_run(rate, 1, UINT32_MAX, UINT64_MAX);
}

static uint16_t poll_at(uint16_t part, uint64_t now_tsc)
{
	struct rte_mbuf *tx[1] = {NULL};
	uint16_t n = opener_poll(&openers[part], tx, now_tsc);

	assert_in_range(n, 0, 1);
	assert_ptr_equal(tx[0], n == 1 ? some_mbuf : NULL);
	return n;
}

static uint64_t n_missed(uint16_t part)
{
	struct opener_counters counters = opener_read_counters(&openers[part]);
	uint64_t n = 0;

	for (size_t i = 0; i < N_OPENER_REASONS; i++)
		n += counters.missed[i];
	return n;
}

static uint64_t missed(enum opener_reason reason)
{
	return opener_read_counters(&openers[0]).missed[reason];
}

static uint64_t opened(uint16_t part)
{
	return opener_read_counters(&openers[part]).opened;
}

// When the opening with number `n` of a part is due.
static uint64_t due_tsc(uint32_t rate, uint16_t part, uint16_t n_parts, uint64_t n)
{
	return START_TSC + part * tsc_hz / rate + n * n_parts * tsc_hz / rate;
}

// How many a lone opener should have seen due.
static uint64_t n_due(uint32_t rate, uint64_t now_tsc)
{
	uint64_t n = (now_tsc - START_TSC) / tsc_hz * rate +
		(now_tsc - START_TSC) % tsc_hz * rate / tsc_hz;

	return n + 1 + (due_tsc(rate, 0, 1, n + 1) <= now_tsc);
}

// --- Pace ---------------------------------------------------------------------------------------

static void assert_pace(uint32_t rate, uint16_t n_parts, uint64_t n)
{
	open_run(rate, n_parts, UINT32_MAX, UINT64_MAX);
	for (uint64_t i = 0; i < n; i++)
		for (uint16_t part = 0; part < n_parts; part++) {
			uint64_t due = due_tsc(rate, part, n_parts, i);

			// One per poll, and not a tick early.
			if (poll_at(part, due - 1) != 0 || poll_at(part, due) != 1 ||
				poll_at(part, due) != 0)
				fail_msg("rate %u, part %u of %u, opening %llu", rate, part,
					n_parts, (unsigned long long)i);
		}
	for (uint16_t part = 0; part < n_parts; part++) {
		assert_int_equal(opened(part), n);
		assert_int_equal(n_missed(part), 0);
	}
}

static void test_pace(void **state)
{
	static const uint32_t rates[] = {
		1, 3, 7, 60, 9973, 100000, 333333, 1000003, 99999989, 1000000000};

	(void)state;
	for (size_t i = 0; i < sizeof(rates) / sizeof(rates[0]); i++)
		for (uint16_t n_parts = 1; n_parts <= PARTS_MAX; n_parts += 2)
			assert_pace(rates[i], n_parts, 20000);
	assert_pace(100000, 1, 10000000); // 100 s, within a tick
}

// Whenever polls come: all that is due within the debt is opened, one a poll, soon.
static void test_catches_up(void **state)
{
	uint32_t rate = 100000;
	uint64_t now_tsc = START_TSC;

	(void)state;
	open_alone(rate);
	for (int i = 0; i < 200; i++) {
		now_tsc += tsc_hz / 1000 * (uint64_t)(i % 99);
		while (poll_at(0, now_tsc) == 1)
			now_tsc += 500;
		assert_int_equal(opened(0), n_due(rate, now_tsc));
	}
	assert_int_equal(n_missed(0), 0);
}

static void test_debt_is_bounded(void **state)
{
	static const uint32_t rates[] = {11, 9973, 100000, 1000003, 1000000000};

	(void)state;
	for (size_t i = 0; i < sizeof(rates) / sizeof(rates[0]); i++) {
		uint64_t now_tsc = START_TSC + 30 * tsc_hz + 12345;
		uint64_t n = 0;

		open_alone(rates[i]);
		while (n < 200000 && poll_at(0, now_tsc) == 1)
			n++;
		// What 100 ms are worth, and not one of them uncounted.
		assert_true(n <= rates[i] / 10 + 5);
		assert_true(n == 200000 || n + 2 >= rates[i] / 10);
		assert_int_equal(opened(0), n);
		if (n < 200000)
			assert_int_equal(n + missed(OPENER_LATE), n_due(rates[i], now_tsc));
		assert_int_equal(n_missed(0), missed(OPENER_LATE));
	}
}

// --- Why not ------------------------------------------------------------------------------------

// For a second everything fails in one way, then nothing does.
static void assert_missed(int status, enum opener_reason reason, uint64_t tries)
{
	uint32_t rate = 9973;
	uint64_t step_tsc = tsc_hz / 30000;
	uint64_t now_tsc = START_TSC;

	open_alone(rate);
	engines[0].status = status;
	engines[0].n_failing = UINT64_MAX;
	for (; now_tsc < START_TSC + tsc_hz; now_tsc += step_tsc)
		assert_int_equal(poll_at(0, now_tsc), 0);
	assert_int_equal(opened(0), 0);
	assert_int_equal(missed(reason), n_due(rate, now_tsc - step_tsc));
	assert_int_equal(missed(reason), n_missed(0));
	assert_int_equal(engines[0].n_calls, missed(reason) * tries);

	engines[0].n_failing = 0;
	for (; now_tsc < START_TSC + 2 * tsc_hz; now_tsc += step_tsc)
		poll_at(0, now_tsc);
	assert_int_equal(opened(0) + n_missed(0), n_due(rate, now_tsc - step_tsc));
	assert_in_range(opened(0), rate - 2, rate + 2);
}

static void test_reasons(void **state)
{
	(void)state;
	assert_missed(-ENOSPC, OPENER_TABLE_FULL, 1);
	assert_missed(-ENOBUFS, OPENER_NO_MBUF, 1);
	assert_missed(-EADDRINUSE, OPENER_PORTS_USED, 8);
	assert_missed(-EAGAIN, OPENER_UNRESOLVED, 8);
	assert_missed(-EMLINK, OPENER_NEXT_HOPS_FULL, 1);
}

static void test_tries_other_tuples(void **state)
{
	(void)state;
	open_alone(1000);
	engines[0].status = -EADDRINUSE;
	engines[0].n_failing = 7;
	assert_int_equal(poll_at(0, START_TSC), 1);
	assert_int_equal(engines[0].n_calls, 8);
	assert_int_equal(opened(0), 1);
	assert_int_equal(n_missed(0), 0);
}

// A question goes in the place of a connection: questions keep the pace too.
static void test_question_first(void **state)
{
	(void)state;
	open_alone(1000);
	engines[0] = (struct estab_engine){.status = -EAGAIN, .n_failing = 2, .asks = true};
	assert_int_equal(poll_at(0, START_TSC), 1);
	assert_int_equal(poll_at(0, START_TSC + 1), 0);
	assert_int_equal(poll_at(0, START_TSC + tsc_hz / 1000), 1);
	assert_int_equal(opened(0), 0);
	assert_int_equal(poll_at(0, START_TSC + 2 * tsc_hz / 1000), 1);
	assert_int_equal(opened(0), 1);
	assert_int_equal(missed(OPENER_UNRESOLVED), 2);
	assert_int_equal(n_missed(0), 2);
}

// --- Limits -------------------------------------------------------------------------------------

static void test_concurrency(void **state)
{
	uint64_t now_tsc = START_TSC;

	(void)state;
	open_run(1000, 1, 10, UINT64_MAX);
	for (; now_tsc < START_TSC + tsc_hz; now_tsc += tsc_hz / 5000)
		poll_at(0, now_tsc);
	assert_int_equal(engines[0].flows, 10);
	assert_int_equal(opened(0), 10);
	assert_int_equal(missed(OPENER_CONCURRENCY), 990);

	// Those in TIME-WAIT do not count.
	engines[0].flows -= 4;
	engines[0].time_wait += 4;
	for (; now_tsc < START_TSC + 2 * tsc_hz; now_tsc += tsc_hz / 5000)
		poll_at(0, now_tsc);
	assert_int_equal(opened(0), 14);
	assert_int_equal(opener_open_flows(&openers[0]), 10);
	assert_int_equal(opened(0) + n_missed(0), 2000);
}

static void assert_shares(uint16_t n_parts, uint32_t concurrency, uint64_t total)
{
	uint64_t n_opened = 0;
	uint64_t n_open_at_once = 0;

	open_run(1000000, n_parts, concurrency, total);
	for (uint16_t part = 0; part < n_parts; part++) {
		uint64_t now_tsc = START_TSC;

		for (int i = 0; i < 1000; i++)
			poll_at(part, now_tsc += tsc_hz / 100000);
		n_open_at_once += opener_open_flows(&openers[part]);
		for (int i = 0; i < 1000; i++) {
			engines[part].flows = 0;
			poll_at(part, now_tsc += tsc_hz / 100000);
		}
		assert_int_equal(opened(part), total / n_parts + (part < total % n_parts));
		assert_true(opener_is_done(&openers[part]));
		n_opened += opened(part);
	}
	assert_int_equal(n_opened, total);
	assert_int_equal(n_open_at_once, concurrency);
}

static void test_shares(void **state)
{
	(void)state;
	for (uint16_t n_parts = 1; n_parts <= PARTS_MAX; n_parts++)
		for (uint32_t concurrency = n_parts; concurrency < 20; concurrency++)
			for (uint64_t total = 20; total < 40; total++)
				assert_shares(n_parts, concurrency, total);
}

static void test_stop(void **state)
{
	(void)state;
	open_alone(1000);
	assert_int_equal(poll_at(0, START_TSC), 1);
	assert_false(opener_is_done(&openers[0]));
	stop = true;
	for (uint64_t i = 1; i < 10; i++)
		assert_int_equal(poll_at(0, START_TSC + i * tsc_hz), 0);
	assert_int_equal(opened(0), 1);
	assert_int_equal(n_missed(0), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pace),
		cmocka_unit_test(test_catches_up),
		cmocka_unit_test(test_debt_is_bounded),
		cmocka_unit_test(test_reasons),
		cmocka_unit_test(test_tries_other_tuples),
		cmocka_unit_test(test_question_first),
		cmocka_unit_test(test_concurrency),
		cmocka_unit_test(test_shares),
		cmocka_unit_test(test_stop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
