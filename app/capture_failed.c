// SPDX-License-Identifier: BSD-3-Clause
// capture_failed: see capture_failed.h.
#include "app/capture_failed.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "estab.h"

struct handshake {
	uint32_t key;
	uint16_t n;
	struct rte_mbuf *copies[CAPTURE_HANDSHAKE_FRAMES];
};

struct capture_failed {
	uint32_t n_max;
	uint32_t n;
	uint32_t oldest;
	struct handshake handshakes[]; // a ring
};

static size_t verdict_idx(const char *name)
{
	size_t i = 0;

	while (i < estab_n_verdicts() && strcmp(estab_verdict(i)->name, name) != 0)
		i++;
	assert(i < estab_n_verdicts() && i <= UINT8_MAX);
	return i;
}

void capture_failed_verdicts(bool failures[UINT8_MAX + 1])
{
	static const char *const names[] = {"DROP_BAD_IP_CHECKSUM", "DROP_BAD_TCP_CHECKSUM",
		"DROP_NO_MBUF", "RESET_CLOSED", "DROP_LISTEN_RST", "RESET_BAD_COOKIE",
		"DROP_RESET_LIMITED", "DROP_SYN_FIN", "DROP_TABLE_FULL", "DROP_NEXT_HOPS_FULL",
		"DROP_FLOW_ELSEWHERE", "DROP_OWNER_UNKNOWN", "SYN_RECEIVED_RST",
		"RESET_SYN_RECEIVED_ACK", "REFUSED", "RESET_UNSENT_ACK"};

	memset(failures, 0, (UINT8_MAX + 1) * sizeof(failures[0]));
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		failures[verdict_idx(names[i])] = true;
}

struct capture_failed *capture_failed_create(uint32_t n_max)
{
	struct capture_failed *failed =
		calloc(1, sizeof(*failed) + n_max * sizeof(failed->handshakes[0]));

	if (failed == NULL)
		abort();
	failed->n_max = n_max;
	return failed;
}

void capture_failed_free(struct capture_failed *failed)
{
	struct rte_mbuf *copies[CAPTURE_HANDSHAKE_FRAMES];
	uint16_t n;

	while (failed != NULL && (n = capture_failed_take(failed, copies)) > 0)
		rte_pktmbuf_free_bulk(copies, n);
	free(failed);
}

static struct handshake *failed_handshake(struct capture_failed *failed, uint32_t age)
{
	return &failed->handshakes[(failed->oldest + age) % failed->n_max];
}

static struct handshake *failed_find(struct capture_failed *failed, uint32_t key)
{
	for (uint32_t age = 0; age < failed->n; age++)
		if (failed_handshake(failed, age)->key == key)
			return failed_handshake(failed, age);
	return NULL;
}

static struct handshake *failed_make(struct capture_failed *failed, uint32_t key)
{
	struct rte_mbuf *copies[CAPTURE_HANDSHAKE_FRAMES];

	if (failed->n == failed->n_max)
		rte_pktmbuf_free_bulk(copies, capture_failed_take(failed, copies));

	struct handshake *handshake = failed_handshake(failed, failed->n++);

	handshake->key = key;
	handshake->n = 0;
	return handshake;
}

void capture_failed_add(struct capture_failed *failed, struct rte_mbuf *copy)
{
	struct handshake *handshake = failed_find(failed, copy->hash.usr);

	if (handshake == NULL)
		handshake = failed_make(failed, copy->hash.usr);
	if (handshake->n == CAPTURE_HANDSHAKE_FRAMES)
		rte_pktmbuf_free(copy);
	else
		handshake->copies[handshake->n++] = copy;
}

uint16_t capture_failed_take(
	struct capture_failed *failed, struct rte_mbuf *copies[CAPTURE_HANDSHAKE_FRAMES])
{
	struct handshake *handshake = failed_handshake(failed, 0);

	if (failed->n == 0)
		return 0;
	memcpy(copies, handshake->copies, handshake->n * sizeof(copies[0]));
	failed->oldest = (failed->oldest + 1) % failed->n_max;
	failed->n--;
	return handshake->n;
}
