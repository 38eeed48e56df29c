// SPDX-License-Identifier: BSD-3-Clause
// What is named as too small, by what was lost and how busy the lcores were.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "app/loss.h"

// One queue, on a lcore that has time.
static struct loss loss_of_nothing(void)
{
	return (struct loss){
		.device = "0000:3b:00.0",
		.driver = "net_ice",
		.n_mbufs = 4095,
		.n_rx_desc = 1024,
		.busiest = {.queue_idx = 0, .lcore_id = 1, .busy_percent = 12.4},
		.idlest = {.queue_idx = 0, .lcore_id = 1, .busy_percent = 12.4},
	};
}

static void assert_explained(bool explained, const char *text, const char *wanted)
{
	assert_true(explained);
	assert_string_equal(text, wanted);
}

static void nothing_lost_is_no_bottleneck(void **state)
{
	struct loss loss = loss_of_nothing();
	char text[LOSS_TEXT_LEN];

	(void)state;
	loss.n_link_downs = 3;
	assert_false(loss_explain_rx(&loss, text));
	assert_false(loss_explain_tx(&loss, text));
}

static void packet_buffers_are_too_few(void **state)
{
	struct loss loss = loss_of_nothing();
	char text[LOSS_TEXT_LEN];

	(void)state;
	loss.rx_no_mbuf = 17;
	loss.rx_missed = 5; // comes of it
	loss.busiest.busy_percent = 99;
	assert_explained(loss_explain_rx(&loss, text), text,
		"port 0000:3b:00.0 had no packet buffer for 17 packets: raise mbufs in its [port] "
		"section above the 4095 that each queue has");
}

static void lcores_are_too_few(void **state)
{
	struct loss loss = loss_of_nothing();
	char text[LOSS_TEXT_LEN];

	(void)state;
	loss.rx_missed = 1000;
	loss.busiest = (struct loss_queue){.queue_idx = 3, .lcore_id = 4, .busy_percent = 97.2};
	loss.idlest = (struct loss_queue){.queue_idx = 0, .lcore_id = 1, .busy_percent = 91};
	assert_explained(loss_explain_rx(&loss, text), text,
		"port 0000:3b:00.0 missed 1000 packets: lcore 4, which polls its queue 3, was busy "
		"97 % of the time: give estab more lcores and queues");
	loss.busiest.busy_percent = 90.1;
	assert_true(loss_explain_rx(&loss, text));
	assert_non_null(strstr(text, "more lcores"));
}

static void flows_are_too_few(void **state)
{
	struct loss loss = loss_of_nothing();
	char text[LOSS_TEXT_LEN];

	(void)state;
	loss.rx_missed = 1000;
	loss.busiest = (struct loss_queue){.queue_idx = 3, .lcore_id = 4, .busy_percent = 97.2};
	assert_explained(loss_explain_rx(&loss, text), text,
		"port 0000:3b:00.0 missed 1000 packets: lcore 4, which polls its queue 3, was busy "
		"97 % of the time, lcore 1 at queue 0 12 %: the flows fall on few queues; let the "
		"load come from more addresses and ports");
	loss.idlest.busy_percent = 50;
	assert_true(loss_explain_rx(&loss, text));
	assert_null(strstr(text, "few queues"));
}

static void rings_are_too_short(void **state)
{
	struct loss loss = loss_of_nothing();
	char text[LOSS_TEXT_LEN];

	(void)state;
	loss.rx_missed = 1000;
	assert_explained(loss_explain_rx(&loss, text), text,
		"port 0000:3b:00.0 missed 1000 packets, which came in bursts larger than its rx "
		"rings while its lcores had time to spare (lcore 1 at queue 0, the busiest, was "
		"busy 12 % of the time): look for other load on their CPUs (isolcpus, other "
		"processes); a ring has 1024 descriptors, for which there is no key, so else give "
		"it more queues and lcores");
	loss.busiest.busy_percent = 90;
	assert_true(loss_explain_rx(&loss, text));
	assert_non_null(strstr(text, "bursts"));
}

static void some_rings_are_not_set_by_estab(void **state)
{
	static const struct {
		const char *driver;
		const char *remedy;
	} cases[] = {
		{"net_af_packet", "framecnt="},
		{"net_memif", "rsize="},
		{"net_pcap", "nothing to set"},
		{"net_tap", "txqueuelen"},
		{"net_virtio_user", "queue_size="},
	};
	struct loss loss = loss_of_nothing();
	char text[LOSS_TEXT_LEN];

	(void)state;
	loss.rx_missed = 1;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		loss.driver = cases[i].driver;
		assert_true(loss_explain_rx(&loss, text));
		assert_non_null(strstr(text, cases[i].remedy));
		assert_null(strstr(text, "descriptors"));
	}
}

static void the_start_is_no_bottleneck(void **state)
{
	struct loss loss = loss_of_nothing();
	char text[LOSS_TEXT_LEN];

	(void)state;
	loss.rx_early = 40;
	assert_explained(loss_explain_rx(&loss, text), text,
		"port 0000:3b:00.0 missed 40 packets that came while estab was starting, and none "
		"since: nothing is too small, let the load begin later");
	loss.rx_missed = 2;
	assert_true(loss_explain_rx(&loss, text));
	assert_non_null(strstr(text, "missed 2 packets"));
}

static void the_peer_is_too_slow(void **state)
{
	struct loss loss = loss_of_nothing();
	char text[LOSS_TEXT_LEN];

	(void)state;
	loss.tx_dropped = 8;
	assert_explained(loss_explain_tx(&loss, text), text,
		"port 0000:3b:00.0 did not take 8 frames of estab's: its link or the peer behind "
		"it is slower than the lcores");
	assert_false(loss_explain_rx(&loss, text));
}

static void the_link_was_down(void **state)
{
	struct loss loss = loss_of_nothing();
	char text[LOSS_TEXT_LEN];

	(void)state;
	loss.tx_dropped = 8;
	loss.n_link_downs = 1;
	assert_explained(loss_explain_tx(&loss, text), text,
		"port 0000:3b:00.0 did not take 8 frames of estab's: its link went down 1 time: "
		"see to the cable and the other end");
	loss.n_link_downs = 2;
	assert_true(loss_explain_tx(&loss, text));
	assert_non_null(strstr(text, "2 times"));
}

static void one_receives_for_all(void **state)
{
	struct loss loss = loss_of_nothing();
	char text[LOSS_TEXT_LEN];

	(void)state;
	loss.rx_missed = 5;
	loss.n_served = 4;
	loss.busiest = loss.idlest =
		(struct loss_queue){.queue_idx = 0, .lcore_id = 1, .busy_percent = 95};
	assert_explained(loss_explain_rx(&loss, text), text,
		"port 0000:3b:00.0 missed 5 packets: lcore 1, which polls its queue 0, was busy "
		"95 % of the time: it receives for 4 lcores, as the port has no more queues; only "
		"a card that spreads TCP by RSS takes that off it");
}

static void announcements_find_no_packet_buffer(void **state)
{
	struct loss loss = loss_of_nothing();
	char text[LOSS_TEXT_LEN];

	(void)state;
	assert_false(loss_explain_unsent(&loss, text));
	loss.n_unsent = 3;
	loss.n_link_downs = 1;
	loss.n_mbufs = 511;
	assert_explained(loss_explain_unsent(&loss, text), text,
		"port 0000:3b:00.0 had no packet buffer, or no room before what it sends, for 3 "
		"announcements of its addresses: raise mbufs in its [port] section above the 511 "
		"that each queue has");
	assert_false(loss_explain_tx(&loss, text));
}

static void an_owner_is_too_slow(void **state)
{
	struct loss loss = loss_of_nothing();
	char text[LOSS_TEXT_LEN];

	(void)state;
	assert_false(loss_explain_passing(&loss, text));
	loss.pass_dropped = 9;
	assert_explained(loss_explain_passing(&loss, text), text,
		"port 0000:3b:00.0 brought 9 packets faster than the lcores that own their flows "
		"took them: give estab more lcores, and look for other load on their CPUs");
}

// The longest device and numbers there are.
static void a_sentence_always_fits(void **state)
{
	char device[128];
	char text[LOSS_TEXT_LEN];
	struct loss loss = loss_of_nothing();

	(void)state;
	memset(device, 'x', sizeof(device) - 1);
	device[sizeof(device) - 1] = '\0';
	loss.device = device;
	loss.rx_missed = loss.tx_dropped = loss.n_link_downs = loss.n_unsent = UINT64_MAX;
	loss.busiest.lcore_id = loss.idlest.lcore_id = UINT32_MAX;
	loss.busiest.queue_idx = loss.idlest.queue_idx = loss.n_rx_desc = UINT16_MAX;
	assert_true(loss_explain_rx(&loss, text));
	assert_non_null(strstr(text, "more queues and lcores"));
	loss.busiest.busy_percent = 100;
	assert_true(loss_explain_rx(&loss, text));
	assert_non_null(strstr(text, "more addresses and ports"));
	assert_true(loss_explain_tx(&loss, text));
	assert_non_null(strstr(text, "the other end"));
	assert_true(loss_explain_unsent(&loss, text));
	assert_non_null(strstr(text, "that each queue has"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_lost_is_no_bottleneck),
		cmocka_unit_test(packet_buffers_are_too_few),
		cmocka_unit_test(lcores_are_too_few),
		cmocka_unit_test(flows_are_too_few),
		cmocka_unit_test(rings_are_too_short),
		cmocka_unit_test(some_rings_are_not_set_by_estab),
		cmocka_unit_test(the_start_is_no_bottleneck),
		cmocka_unit_test(the_peer_is_too_slow),
		cmocka_unit_test(the_link_was_down),
		cmocka_unit_test(one_receives_for_all),
		cmocka_unit_test(announcements_find_no_packet_buffer),
		cmocka_unit_test(an_owner_is_too_slow),
		cmocka_unit_test(a_sentence_always_fits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
