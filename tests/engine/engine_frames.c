// SPDX-License-Identifier: BSD-3-Clause
// engine_frames: single frames in mbufs of every shape, and what the port does for us.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "clients.h"
#include "engine_cases.h"
#include "frame_cases.h"

enum { TTL_OURS = 61 }; // not the default

// --- Single frames -------------------------------------------------------------------------------

// Where IP begins, and that the answer carries the tags of the question.
static const uint8_t *answer_ip(const uint8_t *question, const uint8_t *answer)
{
	bool tagged = question[12] == 0x81 && question[13] == 0;

	assert_memory_equal(answer, question + 6, 6);
	assert_memory_equal(answer + 6, ((uint8_t[]){2, 0, 0, 0, 0, 1}), 6);
	assert_memory_equal(answer + 12, question + 12, tagged ? 6 : 2);
	return answer + (tagged ? 18 : 14);
}

static void check_syn_ack(const struct frame_case *frame_case, const uint8_t *answer, uint32_t len)
{
	bool ipv4 = frame_case->base == BASE_SYN4;
	struct packet packet;
	struct link link;
	const uint8_t *payload;

	link_init(&link, ipv4 ? FAMILY_IPV4 : FAMILY_IPV6, HOST_VLAN_NONE, CLIENT_PORT, SERVER_PORT);
	assert_int_equal(link_client_reads(&link, answer, len, &packet, &payload), PENDING);
	assert_int_equal(packet.segment.flags, TCP_SYN | TCP_ACK);
	assert_int_equal(packet.segment.ack, CASE_SEQ + 1);
	assert_false(packet.segment.accurate_ecn);
	if (frame_case->read_options)
		assert_int_equal(packet.segment.options, frame_case->options | OPTION_MSS);
}

// RFC 9293 MUST-49; RFC 6864 4.1: DF and no identification. Ours is TTL_OURS, for TCP as for echo.
static void check_ip_header(const struct frame_case *frame_case, const uint8_t *ip)
{
	bool ipv4 = frame_case->base == BASE_SYN4 || frame_case->base == BASE_ECHO4;

	if (ipv4) {
		assert_int_equal(ip[0], 0x45);
		assert_int_equal(ip[8], TTL_OURS);
	} else if (frame_case->base == BASE_SYN6 || frame_case->base == BASE_ECHO6) {
		assert_int_equal(ip[0] & 0xf0, 0x60);
		assert_int_equal(ip[7], TTL_OURS);
	}
	if (frame_case->base == BASE_SYN4)
		assert_memory_equal(ip + 4, ((uint8_t[]){0, 0, 0x40, 0}), 4);
}

static void check_answer_bytes(const struct frame_case *frame_case, const uint8_t *question, const uint8_t *answer)
{
	const uint8_t *ip = answer_ip(question, answer);
	const uint8_t *body = (const uint8_t *)"hello world";

	check_ip_header(frame_case, ip);
	switch (frame_case->base) {
	case BASE_ARP:
		assert_int_equal(ip[7], 2);
		assert_memory_equal(ip + 8, ((uint8_t[]){2, 0, 0, 0, 0, 1, 198, 18, 0, 1}), 10);
		assert_memory_equal(ip + 18, ((uint8_t[]){2, 0, 0, 0, 0, 2, 198, 18, 0, 2}), 10);
		break;
	case BASE_NEIGHBOUR:
		assert_int_equal(ip[7], 255);
		assert_int_equal(ip[40], 136);
		assert_int_equal(ip[44] & 0xe0, 0x60); // solicited, override, no router
		break;
	case BASE_ECHO4:
		assert_int_equal(ip[20], 0);
		assert_memory_equal(ip + 28, body, CASE_ECHO_BODY_LEN);
		break;
	case BASE_ECHO6:
		assert_int_equal(ip[40], 129);
		assert_memory_equal(ip + 48, body, CASE_ECHO_BODY_LEN);
		break;
	case BASE_SYN4:
	case BASE_SYN6:
		break;
	}
}

// Filling in the checksums anew must change nothing.
static void check_answer_checksums(const uint8_t *answer, uint32_t len)
{
	uint8_t fixed[FRAME_MAX];

	memcpy(fixed, answer, len);
	frame_fix_checksums(fixed, len);
	assert_memory_equal(fixed, answer, len);
}

void engine_frame_case(void **state)
{
	const struct frame_case *frame_case = *state;
	struct fixture fixture;
	uint8_t bytes[FRAME_MAX];
	uint32_t len = frame_case_build(frame_case, bytes);
	bool answered = frame_case->verdict >= ANSWER_ARP;

	fixture_config(&fixture, HOST_VLAN_NONE);
	fixture.config.ttl = TTL_OURS;
	fixture_start(&fixture);

	struct rte_mbuf *rx[1] = {fixture_mbuf(&fixture, bytes, len)};

	fixture_poll(&fixture, rx, 1);
	for (size_t i = 0; i < N_VERDICTS; i++)
		if (fixture.seen_verdicts[i] && i != frame_case->verdict)
			fail_msg("is %s, expected %s", verdict_texts[i].name, verdict_texts[frame_case->verdict].name);
	assert_int_equal(fixture.n_tx, answered);
	if (answered) {
		const uint8_t *answer = rte_pktmbuf_mtod(fixture.tx[0], const uint8_t *);
		check_answer_bytes(frame_case, bytes, answer);
		check_answer_checksums(answer, fixture.tx[0]->data_len);
		if (frame_case->verdict == ANSWER_SYN)
			check_syn_ack(frame_case, answer, fixture.tx[0]->data_len);
	}
	fixture_stop(&fixture);
}

// --- Mbufs that cannot become the answer ----------------------------------------------------------

// A shared mbuf is answered by a fresh one and keeps its bytes.
static void shared_mbuf(void **state)
{
	const enum frame_base *base = *state;
	struct frame_case frame_case = {.base = *base};
	struct fixture fixture;
	uint8_t bytes[FRAME_MAX];
	uint32_t len = frame_case_build(&frame_case, bytes);

	fixture_config(&fixture, HOST_VLAN_NONE);
	fixture_start(&fixture);

	struct rte_mbuf *shared = fixture_mbuf(&fixture, bytes, len);
	struct rte_mbuf *rx[1] = {shared};

	rte_mbuf_refcnt_update(shared, 1);
	fixture_poll(&fixture, rx, 1);
	assert_int_equal(fixture.n_tx, 1);
	assert_ptr_not_equal(fixture.tx[0], shared);
	assert_int_equal(rte_mbuf_refcnt_read(shared), 1);
	assert_int_equal(shared->data_len, len);
	assert_memory_equal(rte_pktmbuf_mtod(shared, const uint8_t *), bytes, len);
	check_answer_checksums(rte_pktmbuf_mtod(fixture.tx[0], const uint8_t *), fixture.tx[0]->data_len);
	rte_pktmbuf_free(shared);
	fixture_stop(&fixture);
}

// A frame at the very end of its mbuf's room.
static void no_tailroom(void **state)
{
	const enum frame_base *base = *state;
	struct frame_case frame_case = {.base = *base};
	struct fixture fixture;
	uint8_t bytes[FRAME_MAX];
	uint32_t len = frame_case_build(&frame_case, bytes);

	fixture_config(&fixture, HOST_VLAN_NONE);
	fixture_start(&fixture);

	struct rte_mbuf *rx[1] = {rte_pktmbuf_alloc(fixture.pool)};

	rx[0]->data_off = (uint16_t)(rx[0]->buf_len - len);
	memcpy(rte_pktmbuf_append(rx[0], (uint16_t)len), bytes, len);
	fixture_poll(&fixture, rx, 1);
	assert_int_equal(fixture.n_tx, 1);
	check_answer_checksums(rte_pktmbuf_mtod(fixture.tx[0], const uint8_t *), fixture.tx[0]->data_len);
	fixture_stop(&fixture);
}

// --- Chains of mbufs -------------------------------------------------------------------------------

// The frame in two mbufs, split at `split`; the first without room for the rest if `tight`.
static struct rte_mbuf *split_mbuf(
	const struct fixture *fixture, const uint8_t *bytes, uint32_t len, uint32_t split, bool tight)
{
	struct rte_mbuf *head = rte_pktmbuf_alloc(fixture->pool);

	if (tight)
		head->data_off = (uint16_t)(head->buf_len - split);
	memcpy(rte_pktmbuf_append(head, (uint16_t)split), bytes, split);
	assert_int_equal(rte_pktmbuf_chain(head, fixture_mbuf(fixture, bytes + split, len - split)), 0);
	return head;
}

// What a fresh engine answers to this mbuf.
static uint16_t answer_to(struct rte_mbuf *(*make)(const struct fixture *, const uint8_t *, uint32_t, uint32_t, bool),
	const uint8_t *bytes, uint32_t len, uint32_t split, bool tight, uint8_t answer[FRAME_MAX], uint64_t *verdicts)
{
	struct fixture fixture;

	fixture_config(&fixture, HOST_VLAN_NONE);
	fixture_start(&fixture);

	struct rte_mbuf *rx[1] = {make ? make(&fixture, bytes, len, split, tight) : fixture_mbuf(&fixture, bytes, len)};

	fixture_poll(&fixture, rx, 1);
	assert_int_equal(fixture.n_tx, 1);

	uint16_t answer_len = fixture.tx[0]->data_len;

	assert_int_equal(fixture.tx[0]->nb_segs, 1);
	assert_int_equal(fixture.tx[0]->pkt_len, answer_len);
	memcpy(answer, rte_pktmbuf_mtod(fixture.tx[0], const uint8_t *), answer_len);
	memcpy(verdicts, fixture.seen_verdicts, sizeof(fixture.seen_verdicts));
	fixture_stop(&fixture);
	return answer_len;
}

// A frame split at every offset gets what the whole frame gets. A first piece without room for the
// rest must at least hold the headers, or the frame counts as cut off.
static void split_frames(void **state)
{
	const enum frame_base *base = *state;
	struct frame_case frame_case = {.base = *base, .edits = {{.kind = EDIT_PAD, .offset = 3}}};
	uint8_t bytes[FRAME_MAX];
	uint8_t whole[FRAME_MAX];
	uint8_t answer[FRAME_MAX];
	uint64_t whole_verdicts[N_VERDICTS];
	uint64_t verdicts[N_VERDICTS];
	uint32_t len = frame_case_build(&frame_case, bytes);
	uint16_t whole_len = answer_to(NULL, bytes, len, 0, false, whole, whole_verdicts);

	for (uint32_t split = 1; split < len; split++) {
		assert_int_equal(answer_to(split_mbuf, bytes, len, split, false, answer, verdicts), whole_len);
		assert_memory_equal(verdicts, whole_verdicts, sizeof(verdicts));
		assert_memory_equal(answer, whole, whole_len);
	}
}

// Data behind headers that fill their mbuf: the checksum goes on in the next one, odd or even.
static void split_data(void **state)
{
	struct link link;
	struct segment data = {.flags = ACK, .seq = 5, .ack = 9, .payload_len = 101};
	uint8_t bytes[FRAME_MAX];
	uint8_t whole[FRAME_MAX];
	uint8_t answer[FRAME_MAX];
	uint64_t whole_verdicts[N_VERDICTS];
	uint64_t verdicts[N_VERDICTS];

	(void)state;
	client_link(&link, 1000, ON_HOLD);

	uint32_t len = link_client_frame(&link, &data, bytes);

	for (uint32_t i = 54; i < len; i++)
		bytes[i] = (uint8_t)(i * 37);
	frame_fix_checksums(bytes, len);

	uint16_t whole_len = answer_to(NULL, bytes, len, 0, false, whole, whole_verdicts);

	for (uint32_t split = 54; split < len; split++) {
		assert_int_equal(answer_to(split_mbuf, bytes, len, split, true, answer, verdicts), whole_len);
		assert_memory_equal(verdicts, whole_verdicts, sizeof(verdicts));
		assert_memory_equal(answer, whole, whole_len);
	}
}

// --- Tags that the port strips, offloads ------------------------------------------------------------

static void stripped_tag(void **state)
{
	struct fixture fixture;
	struct frame_case frame_case = {.base = BASE_SYN4};
	uint8_t bytes[FRAME_MAX];
	uint32_t len = frame_case_build(&frame_case, bytes);
	static const struct {
		uint16_t tci;
		enum verdict verdict;
	} tags[] = {{100, ANSWER_SYN}, {0x6064, ANSWER_SYN}, {0, ANSWER_SYN}, {5, DROP_OTHER_VLAN}};

	(void)state;
	for (size_t i = 0; i < sizeof(tags) / sizeof(tags[0]); i++) {
		fixture_config(&fixture, 100);
		fixture_start(&fixture);
		struct rte_mbuf *rx[1] = {fixture_mbuf(&fixture, bytes, len)};
		rx[0]->ol_flags = RTE_MBUF_F_RX_VLAN | RTE_MBUF_F_RX_VLAN_STRIPPED;
		rx[0]->vlan_tci = tags[i].tci;
		fixture_poll(&fixture, rx, 1);
		assert_int_equal(fixture_verdict_count(&fixture, tags[i].verdict), 1);
		assert_int_equal(fixture.n_tx, tags[i].verdict == ANSWER_SYN);
		if (fixture.n_tx) {
			const uint8_t *answer = rte_pktmbuf_mtod(fixture.tx[0], const uint8_t *);
			uint8_t tag[4] = {0x81, 0, (uint8_t)(tags[i].tci >> 8), (uint8_t)tags[i].tci};
			assert_memory_equal(answer + 12, tag, 4);
		}
		fixture_stop(&fixture);
	}
}

static void transmit_offloads(void **state)
{
	struct fixture fixture;
	struct frame_case frame_case = {.base = BASE_SYN4};
	uint8_t bytes[FRAME_MAX];
	uint32_t len = frame_case_build(&frame_case, bytes);

	(void)state;
	fixture_config(&fixture, HOST_VLAN_NONE);
	fixture.config.tx_offloads = ESTAB_TX_IP_CHECKSUM | ESTAB_TX_TCP_CHECKSUM;
	fixture_start(&fixture);

	struct rte_mbuf *rx[1] = {fixture_mbuf(&fixture, bytes, len)};

	fixture_poll(&fixture, rx, 1);
	assert_int_equal(fixture.n_tx, 1);

	struct rte_mbuf *answer = fixture.tx[0];

	assert_true(answer->ol_flags & RTE_MBUF_F_TX_IPV4);
	assert_true(answer->ol_flags & RTE_MBUF_F_TX_IP_CKSUM);
	assert_int_equal(answer->ol_flags & RTE_MBUF_F_TX_L4_MASK, RTE_MBUF_F_TX_TCP_CKSUM);
	assert_int_equal(answer->l2_len, 14);
	assert_int_equal(answer->l3_len, 20);
	assert_int_equal(answer->l4_len, 24);
	// What the port would do, the plain way.
	uint8_t filled[FRAME_MAX];

	memcpy(filled, rte_pktmbuf_mtod(answer, const uint8_t *), answer->data_len);
	frame_fix_checksums(filled, answer->data_len);
	check_syn_ack(&frame_case, filled, answer->data_len);
	fixture_stop(&fixture);
}

int engine_frames(void)
{
	static enum frame_base bases[] = {BASE_SYN4, BASE_SYN6, BASE_ARP, BASE_NEIGHBOUR, BASE_ECHO4, BASE_ECHO6};
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_prestate(shared_mbuf, &bases[0]),
		cmocka_unit_test_prestate(shared_mbuf, &bases[1]),
		cmocka_unit_test_prestate(shared_mbuf, &bases[2]),
		cmocka_unit_test_prestate(shared_mbuf, &bases[3]),
		cmocka_unit_test_prestate(shared_mbuf, &bases[4]),
		cmocka_unit_test_prestate(shared_mbuf, &bases[5]),
		cmocka_unit_test_prestate(no_tailroom, &bases[0]),
		cmocka_unit_test_prestate(no_tailroom, &bases[1]),
		cmocka_unit_test_prestate(no_tailroom, &bases[2]),
		cmocka_unit_test_prestate(no_tailroom, &bases[3]),
		cmocka_unit_test_prestate(no_tailroom, &bases[4]),
		cmocka_unit_test_prestate(no_tailroom, &bases[5]),
		cmocka_unit_test_prestate(split_frames, &bases[0]),
		cmocka_unit_test_prestate(split_frames, &bases[1]),
		cmocka_unit_test_prestate(split_frames, &bases[2]),
		cmocka_unit_test_prestate(split_frames, &bases[3]),
		cmocka_unit_test_prestate(split_frames, &bases[4]),
		cmocka_unit_test_prestate(split_frames, &bases[5]),
		cmocka_unit_test(split_data),
		cmocka_unit_test(stripped_tag),
		cmocka_unit_test(transmit_offloads),
	};

	return cmocka_run_group_tests_name("engine mbufs", tests, NULL, NULL);
}
