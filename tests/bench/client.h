// SPDX-License-Identifier: BSD-3-Clause
// client: the peers of a server, bursts of them: they open, read what the server really sends,
// answer its cookies, and close first. Connection number `id` comes from peer number `id`.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "frame_template.h"

// A segment that a reply has asked for.
struct client_answer {
	uint32_t id;
	uint32_t ack;
	bool closes; // the last one of its connection
};

enum { CLIENT_ANSWERS_MAX = 1 << 17 };

struct client {
	struct frame_template syn;
	struct frame_template ack;
	struct frame_template fin; // with --response, carrying the request
	uint32_t fin_len; // sequence numbers it takes
	uint32_t next_open; // connection to open next
	uint32_t next_close; // the oldest
	uint64_t n_opened;
	uint64_t n_acked; // handshakes whose ACK has been sent
	uint64_t n_closed; // FINs sent
	uint64_t n_done; // last ACKs sent
	uint64_t n_unexpected; // replies that should not have come
	uint32_t n_to_verify; // replies whose checksums are yet to be verified, one by one
	uint32_t *server_seq; // of open connections, by id modulo a power of two; may be NULL
	uint32_t server_seq_mask;
	uint32_t first_answer; // answers due, a ring
	uint32_t n_answers;
	struct client_answer *answers;
};

// Bytes of EAL's memory for a client whose connections stay open, `n_open` at a time; 0: for one
// that forgets them once they are established.
size_t client_memory(uint64_t n_open);

// 0, or 77 after a line on standard error. With `request` the closing segment brings a request.
int client_init(struct client *client, uint32_t family, uint64_t n_open, bool request);
void client_free(struct client *client);

// The ISN of connection `id`.
static inline uint32_t client_isn(uint32_t id)
{
	return id * UINT32_C(0x9e3779b1);
}

// The next segment the server expects of connection `id`, open and idle, acknowledges this.
static inline uint32_t client_server_seq(const struct client *client, uint32_t id)
{
	return client->server_seq[id & client->server_seq_mask];
}

static inline void client_open(struct client *client, struct rte_mbuf *mbuf)
{
	uint32_t id = client->next_open++;

	frame_template_write(&client->syn, mbuf, id, client_isn(id), 0);
	client->n_opened++;
}

static inline void client_close(struct client *client, struct rte_mbuf *mbuf)
{
	uint32_t id = client->next_close++;

	frame_template_write(
		&client->fin, mbuf, id, client_isn(id) + 1, client_server_seq(client, id));
	client->n_closed++;
}

// The oldest answer due; there must be one.
static inline void client_answer(struct client *client, struct rte_mbuf *mbuf)
{
	const struct client_answer *answer =
		&client->answers[client->first_answer++ % CLIENT_ANSWERS_MAX];
	uint32_t seq = client_isn(answer->id) + 1 + (answer->closes ? client->fin_len : 0);

	client->n_answers--;
	client->n_acked += !answer->closes;
	client->n_done += answer->closes;
	frame_template_write(&client->ack, mbuf, answer->id, seq, answer->ack);
}

// Read `n` replies and note the answers they ask for. The mbufs stay the caller's.
void client_read(struct client *client, struct rte_mbuf *replies[], uint16_t n);

// Whether the IP and TCP checksums of a reply verify.
bool reply_checksums_verify(const struct rte_mbuf *reply);
