// SPDX-License-Identifier: BSD-3-Clause
// syn_source: a flood of SYNs, alone or mixed.
#include "syn_source.h"

#include "server.h"
#include "stride.h"

enum { DATA_LEN = 48 };

static const uint8_t mss_option[] = {2, 4, 1460 >> 8, 1460 & 0xff};

// As Linux sends them: MSS, SACK-permitted, timestamps, NOP, window scale.
static const uint8_t all_options[] = {
	2, 4, 1460 >> 8, 1460 & 0xff, 4, 2, 8, 10, 0x12, 0x34, 0x56, 0x78, 0, 0, 0, 0, 1, 3, 3, 7};

static const char data[DATA_LEN + 1] = "0123456789abcdef0123456789abcdef0123456789abcdef";

static void source_template(
	struct syn_source *source, enum source_kind kind, uint32_t family, uint8_t flags)
{
	struct frame_kind frame = {.family = family, .local_port = PORT_HOLD, .flags = flags};

	if (kind == SOURCE_DATA) {
		frame.payload = data;
		frame.payload_len = DATA_LEN;
	}
	frame_template_init(&source->templates[kind], &frame);
}

void syn_source_init(struct syn_source *source, const struct client *client, uint32_t family,
	uint32_t n_flows, bool mix, bool with_all_options)
{
	struct frame_kind syn = {.family = family,
		.local_port = PORT_HOLD,
		.flags = TCP_SYN,
		.options = with_all_options ? all_options : mss_option,
		.options_len = with_all_options ? sizeof(all_options) : sizeof(mss_option)};

	*source = (struct syn_source){.client = client,
		.first_fresh = n_flows,
		.next_fresh = n_flows,
		.mix = mix,
		.random = UINT64_C(0x9e3779b97f4a7c15),
		.data_stride = stride_over(n_flows)};
	frame_template_init(&source->templates[SOURCE_SYN], &syn);
	source_template(source, SOURCE_FORGED_ACK, family, TCP_ACK);
	source_template(source, SOURCE_RST, family, TCP_RST);
	source_template(source, SOURCE_DATA, family, TCP_ACK | TCP_PSH);
}

static inline uint32_t source_fresh(struct syn_source *source)
{
	uint32_t id = source->next_fresh++;

	if (source->next_fresh == source->end_fresh)
		source->next_fresh = source->first_fresh;
	return id;
}

static inline void source_write_syn(struct syn_source *source, struct rte_mbuf *mbuf)
{
	uint32_t id = source_fresh(source);

	frame_template_write(&source->templates[SOURCE_SYN], mbuf, id, client_isn(id), 0);
	source->n_sent[SOURCE_SYN]++;
}

// In-order data of an established flow; all flows in turn, so that the turn tells how far each is.
static void source_write_data(struct syn_source *source, struct rte_mbuf *mbuf)
{
	uint64_t turn = source->next_data / source->first_fresh;
	uint64_t place = source->next_data % source->first_fresh;
	uint32_t id = (uint32_t)(place * source->data_stride % source->first_fresh);

	frame_template_write(&source->templates[SOURCE_DATA], mbuf, id,
		client_isn(id) + 1 + (uint32_t)(turn * DATA_LEN),
		client_server_seq(source->client, id));
	source->next_data++;
	source->n_sent[SOURCE_DATA]++;
}

static inline uint32_t source_random(struct syn_source *source)
{
	source->random = source->random * UINT64_C(6364136223846793005) + 1;
	return (uint32_t)(source->random >> 32);
}

static void source_write_mixed(struct syn_source *source, struct rte_mbuf *mbuf)
{
	uint32_t random = source_random(source);
	uint32_t percent = (uint32_t)((uint64_t)random * 100 >> 32);

	if (percent < 60) {
		source_write_syn(source, mbuf);
	} else if (percent < 90) {
		enum source_kind kind = percent < 80 ? SOURCE_FORGED_ACK : SOURCE_RST;
		frame_template_write(&source->templates[kind], mbuf, source_fresh(source), random,
			kind == SOURCE_RST ? 0 : ~random);
		source->n_sent[kind]++;
	} else {
		source_write_data(source, mbuf);
	}
}

void syn_source_write(struct syn_source *source, struct rte_mbuf *mbufs[], uint16_t n)
{
	if (source->mix) {
		for (uint16_t i = 0; i < n; i++)
			source_write_mixed(source, mbufs[i]);
	} else {
		for (uint16_t i = 0; i < n; i++)
			source_write_syn(source, mbufs[i]);
	}
}
