// SPDX-License-Identifier: BSD-3-Clause
// telemetry_flows: see telemetry_flows.h.
#include "app/telemetry_flows.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <rte_cycles.h>

#include "app/config_values.h"
#include "port/dpdk_release.h"

enum {
	FLOWS_MAX = 100, // listed in all: an answer holds 16 KiB
	QUERY_WAIT_MS = 300, // for the flows of all engines
	TRACE_DEFAULT = 32, // packets of each queue
	TRACE_MAX = 100, // in all
};

// --- /estab/flows --------------------------------------------------------------------------------

// "[2001:db8::1]:80".
static void print_end(
	uint8_t family, const uint8_t address[16], uint16_t port, char *text, size_t len)
{
	char digits[INET6_ADDRSTRLEN];

	inet_ntop(family == 4 ? AF_INET : AF_INET6, address, digits, sizeof(digits));
	snprintf(text, len, family == 4 ? "%s:%u" : "[%s]:%u", digits, port);
}

static void add_flow(struct rte_tel_data *list, const struct estab_flow_info *flow)
{
	char peer[INET6_ADDRSTRLEN + 8];
	char local[INET6_ADDRSTRLEN + 8];
	char text[RTE_TEL_MAX_STRING_LEN];

	print_end(flow->family, flow->peer, flow->peer_port, peer, sizeof(peer));
	print_end(flow->family, flow->local, flow->local_port, local, sizeof(local));
	snprintf(text, sizeof(text), "%s %s %s %u ms%s", peer, local, flow->state, flow->age_ms,
		flow->provisional ? " ?" : "");
	rte_tel_data_add_array_string(list, text);
}

static void sleep_ms(long ms)
{
	nanosleep(&(struct timespec){.tv_nsec = ms * 1000000}, NULL);
}

static bool query_done(const struct estab_flow_query *query)
{
	return __atomic_load_n(&query->done, __ATOMIC_ACQUIRE);
}

// What is asked, and the room for the answer. A lcore that has begun to answer writes here until it
// is done, however long that takes; we do not wait for it, so this outlives the call.
static struct flow_question {
	struct estab_flow_query query;
	struct estab_flow_info flows[FLOWS_MAX];
	bool open; // the query may still be written to
} question;

// Ask one engine, waiting while `*budget_ms` lasts; how many flows came.
static uint32_t ask_flows(struct estab_engine *engine, uint32_t n_max, int *budget_ms)
{
	if (n_max == 0 || (question.open && !query_done(&question.query)))
		return 0;
	question.query = (struct estab_flow_query){.flows = question.flows, .n_max = n_max};
	question.open = estab_engine_ask(engine, &question.query) == 0;
	if (!question.open)
		return 0;
	for (; *budget_ms > 0 && !query_done(&question.query); (*budget_ms)--)
		sleep_ms(1);
	if (!query_done(&question.query)) {
		question.open = !estab_engine_cancel_query(engine, &question.query);
		return 0;
	}
	question.open = false;
	return question.query.n;
}

static void add_flows(const struct run *run, uint32_t n_max, struct rte_tel_data *answer)
{
	struct rte_tel_data *list = rte_tel_data_alloc();
	uint32_t n_listed = 0;
	int budget_ms = QUERY_WAIT_MS;

	if (list == NULL)
		return;
	rte_tel_data_start_array(list, RTE_TEL_STRING_VAL);
	for (size_t i = 0; i < run->n_ports; i++) {
		for (uint16_t j = 0; j < run->ports[i].n_engines; j++) {
			uint32_t room = n_max < FLOWS_MAX - n_listed ? n_max : FLOWS_MAX - n_listed;
			uint32_t n = ask_flows(run->ports[i].engines[j], room, &budget_ms);

			for (uint32_t k = 0; k < n; k++)
				add_flow(list, &question.flows[k]);
			n_listed += n;
		}
	}
	rte_tel_data_add_dict_container(answer, "list", list, 0);
}

// Telemetry takes no hyphens in names: "TIME-WAIT" becomes "TIME_WAIT".
static void add_state(struct rte_tel_data *data, const char *state, uint64_t n)
{
	char name[32];

	snprintf(name, sizeof(name), "%s", state);
	for (char *hyphen = name; (hyphen = strchr(hyphen, '-')) != NULL;)
		*hyphen = '_';
	rte_tel_data_add_dict_uint(data, name, n);
}

static void add_lcore_states(struct rte_tel_data *answer, const struct lcore *lcore)
{
	struct rte_tel_data *data = rte_tel_data_alloc();
	char name[32];

	if (data == NULL)
		return;
	rte_tel_data_start_dict(data);
	for (size_t state = 0; state < estab_n_states(); state++) {
		uint64_t n = 0;

		for (size_t i = 0; i < lcore->n_queues; i++)
			n += estab_engine_state_count(lcore->queues[i].engine, state);
		add_state(data, estab_state_name(state), n);
	}
	snprintf(name, sizeof(name), "lcore_%u", lcore->lcore_id);
	rte_tel_data_add_dict_container(answer, name, data, 0);
}

static void add_flow_counts(const struct run *run, struct rte_tel_data *answer)
{
	struct estab_flow_counts sum = {0};

	for (size_t i = 0; i < run->n_ports; i++) {
		for (uint16_t j = 0; j < run->ports[i].n_engines; j++) {
			struct estab_flow_counts counts;

			estab_engine_flow_counts(run->ports[i].engines[j], &counts);
			sum.ipv4 += counts.ipv4;
			sum.ipv6 += counts.ipv6;
			sum.capacity_ipv4 += counts.capacity_ipv4;
			sum.capacity_ipv6 += counts.capacity_ipv6;
			sum.provisional += counts.provisional;
			sum.next_hops += counts.next_hops;
		}
	}
	rte_tel_data_add_dict_uint(answer, "ipv4", sum.ipv4);
	rte_tel_data_add_dict_uint(answer, "ipv6", sum.ipv6);
	rte_tel_data_add_dict_uint(answer, "capacity_ipv4", sum.capacity_ipv4);
	rte_tel_data_add_dict_uint(answer, "capacity_ipv6", sum.capacity_ipv6);
	rte_tel_data_add_dict_uint(answer, "provisional", sum.provisional);
	rte_tel_data_add_dict_uint(answer, "next_hops", sum.next_hops);
}

int telemetry_answer_flows(
	const struct run *run, const char *parameters, struct rte_tel_data *answer)
{
	uint64_t n_max = 0;

	if (parameters != NULL && parameters[0] != '\0' &&
		!value_read_decimal(parameters, UINT32_MAX, &n_max))
		return -EINVAL;
	rte_tel_data_start_dict(answer);
	add_flow_counts(run, answer);
	for (size_t i = 0; i < run->n_lcores; i++)
		if (run->lcores[i].n_queues > 0)
			add_lcore_states(answer, &run->lcores[i]);
	if (n_max > 0)
		add_flows(run, (uint32_t)n_max, answer);
	return 0;
}

// --- /estab/trace --------------------------------------------------------------------------------

// Those of "FSRPAUEC" that are on, as tcpdump and Wireshark name them; "-" if none is.
static void print_flags(uint8_t flags, char text[9])
{
	static const char letters[] = "FSRPAUEC";
	size_t len = 0;

	for (int i = 0; i < 8; i++)
		if (flags & 1 << i)
			text[len++] = letters[i];
	if (len == 0)
		text[len++] = '-';
	text[len] = '\0';
}

static void add_trace_record(struct rte_tel_data *list, const struct estab_trace_record *record)
{
	char peer[INET6_ADDRSTRLEN + 8];
	char local[INET6_ADDRSTRLEN + 8];
	char text[2 * RTE_TEL_MAX_STRING_LEN];
	char flags[9];
	int len = snprintf(text, sizeof(text), "%s %ums", record->verdict, record->ago_ms);

	if (record->family != 0) {
		print_end(record->family, record->peer, record->peer_port, peer, sizeof(peer));
		print_end(record->family, record->local, record->local_port, local, sizeof(local));
		print_flags(record->flags, flags);
		char *rest = text + len;
		size_t room = sizeof(text) - (size_t)len;

		len += snprintf(rest, room, " %s %s>%s %u %u", flags, peer, local, record->seq,
			record->ack);
		// Telemetry has room for one long IPv6 address; the local one is ours anyway.
		if (len >= RTE_TEL_MAX_STRING_LEN)
			snprintf(rest, room, " %s %s>:%u %u %u", flags, peer, record->local_port,
				record->seq, record->ack);
	}
	rte_tel_data_add_array_string(list, text);
}

int telemetry_answer_trace(
	const struct run *run, const char *parameters, struct rte_tel_data *answer)
{
	struct estab_trace_record records[TRACE_MAX];
	uint64_t n_max = TRACE_DEFAULT;
	uint32_t n_listed = 0;

	if (parameters != NULL && parameters[0] != '\0' &&
		!value_read_decimal(parameters, TRACE_MAX, &n_max))
		return -EINVAL;
	rte_tel_data_start_array(answer, RTE_TEL_STRING_VAL);
	for (size_t i = 0; i < run->n_ports; i++) {
		for (uint16_t j = 0; j < run->ports[i].n_engines; j++) {
			uint32_t room = TRACE_MAX - n_listed;
			uint32_t n = estab_engine_trace(run->ports[i].engines[j], records,
				n_max < room ? (uint32_t)n_max : room, rte_rdtsc());

			for (uint32_t k = 0; k < n; k++)
				add_trace_record(answer, &records[k]);
			n_listed += n;
		}
	}
	return 0;
}
