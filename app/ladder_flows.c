// SPDX-License-Identifier: BSD-3-Clause
// ladder_flows: see ladder_flows.h.
#include "app/ladder_flows.h"

#include <stdlib.h>
#include <sys/queue.h>
#include <sys/random.h>

#include "app/ladder_memory.h"
#include "app/ladder_tuple.h"
#include "cookie/siphash.h"

// In the order in which they make room.
enum queue { QUEUE_CHEAP, QUEUE_LIVE, N_QUEUES };

struct flow_record {
	struct ladder_connection connection;
	struct four_tuple key;
	LIST_ENTRY(flow_record) in_bucket;
	TAILQ_ENTRY(flow_record) in_queue; // the longest silent first
	enum queue queue;
};

LIST_HEAD(bucket, flow_record);
TAILQ_HEAD(queue_head, flow_record);

struct ladder_flows {
	struct ladder_selection *selection;
	struct ladder_flows_counts counts;
	struct siphash_key hash_key; // random: no capture can fill one bucket
	uint32_t capacity;
	uint32_t n_records;
	uint32_t bucket_mask;
	struct bucket *buckets;
	struct queue_head queues[N_QUEUES];
};

static uint32_t power_of_two(uint32_t at_least)
{
	uint32_t power = 1;

	while (power < at_least)
		power *= 2;
	return power;
}

struct ladder_flows *ladder_flows_create(uint32_t capacity, struct ladder_selection *selection)
{
	struct ladder_flows *flows = ladder_memory_take(1, sizeof(*flows));
	uint32_t n_buckets = power_of_two(capacity);

	flows->selection = selection;
	flows->capacity = capacity;
	flows->bucket_mask = n_buckets - 1;
	flows->buckets = ladder_memory_take(n_buckets, sizeof(flows->buckets[0]));
	for (int queue = 0; queue < N_QUEUES; queue++)
		TAILQ_INIT(&flows->queues[queue]);
	if (getrandom(&flows->hash_key, sizeof(flows->hash_key), 0) < 0)
		abort();
	return flows;
}

static struct bucket *flows_bucket(struct ladder_flows *flows, const struct four_tuple *key)
{
	uint64_t hash;

	siphash_compute(flows->hash_key, key, sizeof(*key), false, &hash);
	return &flows->buckets[hash & flows->bucket_mask];
}

static struct flow_record *bucket_find(struct bucket *bucket, const struct four_tuple *key)
{
	struct flow_record *record;

	LIST_FOREACH(record, bucket, in_bucket)
	{
		if (ladder_tuple_equal(&record->key, key))
			return record;
	}
	return NULL;
}

static void flows_conclude(struct ladder_flows *flows, const struct ladder_connection *connection)
{
	flows->counts.n_states[connection->state]++;
	flows->counts.n_broken += connection->broken != 0;
	flows->counts.n_forgotten += connection->is_forgotten;
	ladder_selection_offer(flows->selection, connection);
}

static void flows_remove(struct ladder_flows *flows, struct flow_record *record)
{
	LIST_REMOVE(record, in_bucket);
	TAILQ_REMOVE(&flows->queues[record->queue], record, in_queue);
	flows_conclude(flows, &record->connection);
	free(record);
	flows->n_records--;
}

static struct flow_record *flows_oldest(struct ladder_flows *flows)
{
	struct flow_record *cheap = TAILQ_FIRST(&flows->queues[QUEUE_CHEAP]);

	return cheap != NULL ? cheap : TAILQ_FIRST(&flows->queues[QUEUE_LIVE]);
}

static struct ladder_connection flows_begin(
	struct ladder_flows *flows, const struct ladder_packet *packet)
{
	uint64_t number = ++flows->counts.n_connections;

	return ladder_connection_begin(
		packet, number, ladder_selection_may_draw(flows->selection, number));
}

static struct flow_record *flows_insert(struct ladder_flows *flows, struct bucket *bucket,
	const struct four_tuple *key, const struct ladder_packet *packet)
{
	struct flow_record *record;

	if (flows->n_records == flows->capacity) {
		record = flows_oldest(flows);
		record->connection.is_forgotten = record->connection.state < LADDER_CLOSED;
		flows_remove(flows, record);
	}
	record = ladder_memory_take(1, sizeof(*record));
	record->key = *key;
	record->connection = flows_begin(flows, packet);
	LIST_INSERT_HEAD(bucket, record, in_bucket);
	TAILQ_INSERT_TAIL(&flows->queues[QUEUE_CHEAP], record, in_queue);
	flows->n_records++;
	return record;
}

// What goes on is worth more than what is over, or never began.
static enum queue queue_for(enum ladder_state state)
{
	return state == LADDER_ESTABLISHED || state == LADDER_CLOSING ? QUEUE_LIVE : QUEUE_CHEAP;
}

static void flows_touch(struct ladder_flows *flows, struct flow_record *record)
{
	TAILQ_REMOVE(&flows->queues[record->queue], record, in_queue);
	record->queue = queue_for(record->connection.state);
	TAILQ_INSERT_TAIL(&flows->queues[record->queue], record, in_queue);
}

void ladder_flows_add(struct ladder_flows *flows, const struct ladder_packet *packet)
{
	struct four_tuple key = ladder_tuple_key(&packet->tuple);

	if (flows->selection->has_flow && !ladder_tuple_equal(&key, &flows->selection->flow))
		return;

	struct bucket *bucket = flows_bucket(flows, &key);
	struct flow_record *record = bucket_find(bucket, &key);

	if (record == NULL) {
		record = flows_insert(flows, bucket, &key, packet);
	} else if (!ladder_connection_continues(&record->connection, packet)) {
		flows_conclude(flows, &record->connection);
		record->connection = flows_begin(flows, packet);
	}
	ladder_connection_add(&record->connection, packet);
	flows_touch(flows, record);
}

void ladder_flows_end(struct ladder_flows *flows)
{
	struct flow_record *record;

	while ((record = flows_oldest(flows)) != NULL)
		flows_remove(flows, record);
}

const struct ladder_flows_counts *ladder_flows_counts(const struct ladder_flows *flows)
{
	return &flows->counts;
}

void ladder_flows_destroy(struct ladder_flows *flows)
{
	ladder_flows_end(flows);
	free(flows->buckets);
	free(flows);
}
