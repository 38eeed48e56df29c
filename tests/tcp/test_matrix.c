// SPDX-License-Identifier: BSD-3-Clause
// test_matrix: every state against every combination of flags, sequence number, acknowledgement and
// length; matrix.txt says what each must get.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dialogues/openings.h"

enum { WORD_MAX = 64, ROWS_MAX = 256 };

struct row {
	int line;
	bool used;
	char state[WORD_MAX];
	char flags[WORD_MAX];
	char seq[WORD_MAX];
	char ack[WORD_MAX];
	char len[WORD_MAX];
	char verdict[WORD_MAX];
	char answer[WORD_MAX];
	char next[WORD_MAX];
};

static struct row rows[ROWS_MAX];
static size_t n_rows;

#define STEPS(...) (const struct step[]){__VA_ARGS__, {.kind = STEP_END}}
#define RESPONDED \
	OPEN, {IN(PSH | ACK, 1, 1, 10), \
		OUT(DATA_ACCEPTED, FIN_WAIT_1, FIN | PSH | ACK, 1, 11, RESPONSE_LEN)}

// How each state is reached, and its numbers then: SND.UNA and SND.NXT from our ISN, RCV.NXT from
// the client's.
static const struct situation {
	const char *name;
	struct dialogue opening;
	uint32_t una;
	uint32_t nxt;
	uint32_t rcv_nxt;
} situations[] = {
	{"CLOSED", {ON(ON_CLOSED_PORT), .steps = STEPS({QUIET(1, NO_FLOW)})}, 0, 1, 1},
	{"LISTEN", {ON(ON_HOLD), .steps = STEPS(PLAIN_SYN)}, 0, 1, 1},
	{"SYN-RECEIVED", {ON(ON_RESPOND), .steps = STEPS(RESPONDED,
		{IN(FIN | ACK, 11, 22), OUT(FIN_ACCEPTED, TIME_WAIT, ACK, 22, 12)},
		{IN(SYN, 100000), OUT(REOPENED, SYN_RECEIVED, SYN | ACK, 0, 1, MSS(OUR_MSS))})}, 0, 1, 1},
	{"SYN-RECEIVED/opened", {ON(ON_CONNECT_HOLD), .steps = STEPS(OPEN_AT_ONCE)}, 0, 1, 1},
	{"SYN-SENT", {ON(ON_CONNECT_HOLD), .steps = STEPS(OPEN_SYN_SENT)}, 0, 1, 1},
	{"ESTABLISHED/opened", {ON(ON_CONNECT_HOLD), .steps = STEPS(OPENED_HOLD)}, 1, 1, 1},
	{"TIME-WAIT/opened", {ON(ON_CONNECT), .steps = STEPS(OPENED_FIN_WAIT_2,
		{IN(FIN | ACK, 1, 2), OUT(FIN_ACCEPTED, TIME_WAIT, ACK, 2, 2)})}, 2, 2, 2},
	{"ESTABLISHED", {ON(ON_HOLD), .steps = STEPS(OPEN)}, 1, 1, 1},
	{"FIN-WAIT-1", {ON(ON_RESPOND), .steps = STEPS(RESPONDED)}, 1, 22, 11},
	{"FIN-WAIT-1/close", {ON(ON_CLOSE), .steps = STEPS(OPEN_FIN_WAIT_1)}, 1, 2, 1},
	{"FIN-WAIT-2", {ON(ON_RESPOND), .steps = STEPS(RESPONDED,
		{IN(ACK, 11, 22), SILENCE(ACK_ACCEPTED, FIN_WAIT_2)})}, 22, 22, 11},
	{"FIN-WAIT-2/close", {ON(ON_CLOSE), .steps = STEPS(OPEN_FIN_WAIT_2)}, 2, 2, 1},
	{"CLOSE-WAIT", {ON(ON_RESPOND), .steps = STEPS(OPEN,
		{IN(FIN | PSH | ACK, 1, 1, 10, ZERO_WINDOW), OUT(FIN_ACCEPTED, CLOSE_WAIT, ACK, 1, 12)})},
		1, 1, 12},
	{"CLOSING", {ON(ON_RESPOND), .steps = STEPS(RESPONDED,
		{IN(FIN | ACK, 11, 1), OUT(FIN_ACCEPTED, CLOSING, ACK, 22, 12)})}, 1, 22, 12},
	{"LAST-ACK", {ON(ON_RESPOND), .steps = STEPS(OPEN,
		{IN(FIN | PSH | ACK, 1, 1, 10),
			OUT(FIN_ACCEPTED, LAST_ACK, FIN | PSH | ACK, 1, 12, RESPONSE_LEN)})}, 1, 22, 12},
	{"TIME-WAIT", {ON(ON_RESPOND), .steps = STEPS(RESPONDED,
		{IN(FIN | ACK, 11, 22), OUT(FIN_ACCEPTED, TIME_WAIT, ACK, 22, 12)})}, 22, 22, 12},
};

enum { N_SITUATIONS = sizeof(situations) / sizeof(situations[0]) };

static const char *const seq_names[] = {"below", "fin", "syn", "overlap", "at", "inside", "beyond"};
static const char *const ack_names[] = {"far", "below", "una", "middle", "nxt", "future"};

enum { N_SEQS = 7, N_ACKS = 6 };

struct cell {
	const struct situation *situation;
	uint8_t flags;
	const char *seq;
	const char *ack;
	uint16_t len;
};

static uint32_t seq_offset(size_t idx, uint16_t len)
{
	const uint32_t offsets[N_SEQS] = {-1000u, -1u - len, -1u, -5u, 0, 100, SERVER_WINDOW + 100};

	return offsets[idx];
}

static uint32_t ack_number(const struct situation *situation, size_t idx)
{
	const uint32_t acks[N_ACKS] = {situation->una - (1u << 30), situation->una - 1, situation->una,
		situation->una + 5, situation->nxt, situation->nxt + 1};

	return acks[idx];
}

// Where SND.UNA and SND.NXT are the same or neighbours, some names fall together.
static bool ack_exists(const struct situation *situation, size_t idx)
{
	if (!strcmp(ack_names[idx], "una"))
		return situation->una != situation->nxt;
	if (!strcmp(ack_names[idx], "middle"))
		return situation->nxt - situation->una > 5;
	return true;
}

// --- The table -----------------------------------------------------------------------------------

static bool read_rows(const char *path)
{
	char line[512];
	int n_lines = 0;
	FILE *file = fopen(path, "r");

	if (!file) {
		fprintf(stderr, "%s: cannot be read\n", path);
		return false;
	}
	while (fgets(line, sizeof(line), file)) {
		struct row row = {.line = ++n_lines};
		char colon[2];

		if (line[0] == '#' || line[0] == '\n')
			continue;
		if (sscanf(line, "%63s %63s %63s %63s %63s %1s %63s %63s %63s", row.state, row.flags, row.seq,
			    row.ack, row.len, colon, row.verdict, row.answer, row.next) != 9 ||
			colon[0] != ':' || strlen(row.flags) != 4 || n_rows == ROWS_MAX) {
			fprintf(stderr, "%s:%d: not a row\n", path, n_lines);
			fclose(file);
			return false;
		}
		rows[n_rows++] = row;
	}
	fclose(file);
	return true;
}

static bool word_fits(const char *words, const char *word)
{
	size_t len = strlen(word);

	if (!strcmp(words, "*"))
		return true;
	for (const char *start = words; *start; start += strcspn(start, ",")) {
		start += *start == ',';
		if (!strncmp(start, word, len) && (start[len] == ',' || start[len] == '\0'))
			return true;
	}
	return false;
}

static bool flags_fit(const char *pattern, uint8_t flags)
{
	static const uint8_t bits[] = {FIN, SYN, RST, ACK};

	for (size_t i = 0; i < 4; i++)
		if (pattern[i] != '.' && (pattern[i] != '-') != ((flags & bits[i]) != 0))
			return false;
	return true;
}

static struct row *find_row(const struct cell *cell)
{
	for (size_t i = 0; i < n_rows; i++)
		if (word_fits(rows[i].state, cell->situation->name) && flags_fit(rows[i].flags, cell->flags) &&
			word_fits(rows[i].seq, cell->seq) && word_fits(rows[i].ack, cell->ack) &&
			word_fits(rows[i].len, cell->len ? "10" : "0"))
			return &rows[i];
	return NULL;
}

// --- One cell --------------------------------------------------------------------------------------

static void __attribute__((format(printf, 3, 4), noreturn)) cell_fail(
	const struct cell *cell, const struct row *row, const char *format, ...)
{
	char text[256];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	fail_msg("%s, flags %s, seq %s, ack %s, %u bytes (row in line %d): %s", cell->situation->name,
		flags_text(cell->flags), cell->seq, cell->ack, cell->len, row ? row->line : 0, text);
	__builtin_unreachable();
}

// What an answer looks like, given its name.
static struct segment expected_answer(const struct cell *cell, const struct row *row,
	const struct segment *seg, const struct dialogue_numbers *numbers)
{
	uint32_t end = seg->seq + segment_len(seg);
	uint32_t rcv_nxt = numbers->irs + cell->situation->rcv_nxt;
	uint32_t nxt = numbers->iss + cell->situation->nxt;
	bool taken = !strncmp(row->verdict, "DATA_ACC", 8) || !strncmp(row->verdict, "FIN_ACC", 7) ||
		!strncmp(row->verdict, "ESTABLISHED", 11);
	struct segment answer = {.seq = nxt, .ack = taken ? end : rcv_nxt};

	if (!strcmp(row->answer, "ack"))
		answer.flags = ACK;
	else if (!strcmp(row->answer, "fin"))
		answer.flags = FIN | ACK;
	else if (!strcmp(row->answer, "response"))
		answer.flags = FIN | PSH | ACK, answer.payload_len = RESPONSE_LEN;
	else if (!strcmp(row->answer, "abort"))
		answer.flags = RST | ACK;
	else if (!strcmp(row->answer, "syn-ack"))
		answer = (struct segment){.flags = SYN | ACK, .ack = seg->seq + 1};
	else if (!strcmp(row->answer, "rst"))
		answer = (struct segment){.flags = RST, .seq = seg->ack};
	else if (!strcmp(row->answer, "refuse"))
		answer = (struct segment){.flags = RST | ACK, .ack = end};
	else
		cell_fail(cell, row, "unknown answer %s", row->answer);
	return answer;
}

static void check_answer(const struct cell *cell, const struct row *row, const struct segment *seg,
	const struct dialogue_numbers *numbers, const struct outcome *outcome)
{
	if (!strcmp(row->answer, "-")) {
		if (outcome->n_segments)
			cell_fail(cell, row, "answered %s", flags_text(outcome->segment.flags));
		return;
	}
	if (outcome->n_segments != 1)
		cell_fail(cell, row, "%u segments sent, expected %s", outcome->n_segments, row->answer);

	struct segment expected = expected_answer(cell, row, seg, numbers);
	const struct segment *got = &outcome->segment;

	if (got->flags != expected.flags || got->payload_len != expected.payload_len)
		cell_fail(cell, row, "answered %s with %u bytes, expected %s", flags_text(got->flags),
			got->payload_len, row->answer);
	if (got->ack != expected.ack || (got->seq != expected.seq && !(got->flags & SYN)))
		cell_fail(cell, row, "answered SEQ %d, ACK %d too high", (int)(got->seq - expected.seq),
			(int)(got->ack - expected.ack));
}

static void try_cell(struct server *server, const struct cell *cell, size_t seq_idx, size_t ack_idx)
{
	struct row *row = find_row(cell);
	struct outcome outcome = {0};
	struct dialogue_numbers numbers = dialogue_open(server, &cell->situation->opening, 0);
	struct segment seg = {
		.flags = cell->flags,
		.seq = numbers.irs + cell->situation->rcv_nxt + seq_offset(seq_idx, cell->len),
		.ack = cell->flags & ACK ? numbers.iss + ack_number(cell->situation, ack_idx) : 0,
		.window = CLIENT_WINDOW,
		.payload_len = cell->len,
	};

	if (!row)
		cell_fail(cell, row, "no row fits");
	row->used = true;
	server->segment(server, &seg, &outcome);
	if (strcmp(verdict_texts[outcome.verdict].name, row->verdict))
		cell_fail(cell, row, "is %s, expected %s", verdict_texts[outcome.verdict].name, row->verdict);
	check_answer(cell, row, &seg, &numbers, &outcome);

	const char *state = connection_state_names[server->state(server)];
	const char *next = strcmp(row->next, "=") ? row->next : cell->situation->name;

	if (strncmp(state, next, strcspn(next, "/")))
		cell_fail(cell, row, "state is %s, expected %s", state, next);
	server->stop(server);
}

static void try_all(struct server *server, const struct situation *situation)
{
	for (uint8_t flags = 0; flags < 64; flags++)
		for (size_t seq_idx = 0; seq_idx < N_SEQS; seq_idx++)
			for (size_t ack_idx = 0; ack_idx < N_ACKS; ack_idx++)
				for (uint16_t len = 0; len <= 10; len = (uint16_t)(len + 10)) {
					struct cell cell = {
						situation, flags, seq_names[seq_idx], ack_names[ack_idx], len};

					if (ack_exists(situation, ack_idx))
						try_cell(server, &cell, seq_idx, ack_idx);
				}
}

static void test_situation(void **state)
{
	try_all(server_rules(FAMILY_IPV4), *state);
}

static void test_rows_are_used(void **state)
{
	(void)state;
	for (size_t i = 0; i < n_rows; i++)
		if (!rows[i].used)
			fail_msg("matrix.txt:%d: never decides", rows[i].line);
}

// A reopened flow keeps the old TS.Recent where SND.UNA was: whatever it is, the SYN,ACK is in flight.
static void test_syn_received_timer(void **state)
{
	const struct policy policy = {.mss = 1460, .rcv_wnd = SERVER_WINDOW, .retries = SERVER_RETRIES};
	const struct segment syn = {.flags = SYN, .seq = 100000, .options = OPTION_TIMESTAMPS, .tsval = 1};
	struct connection connection = {
		.snd_una = 5000, .snd_nxt = 5000, .rcv_nxt = 9000, .state = TIME_WAIT};
	struct reply reply = {0};

	(void)state;
	assert_int_equal(rules_segment(&connection, &syn, &policy, 1000, &reply), REOPENED);

	uint32_t snd_nxt = connection.snd_nxt;

	connection = (struct connection){.snd_una = 5000, .snd_nxt = 5000, .rcv_nxt = 9000, .state = TIME_WAIT,
		.ts_recent = snd_nxt};
	assert_int_equal(rules_segment(&connection, &syn, &policy, 1000, &reply), REOPENED);
	assert_int_equal(connection_timer(&connection), TIMER_RETRANSMIT);
	assert_int_equal(rules_timeout(&connection, &policy, 2000, &reply), RETRANSMITTED);
	assert_int_equal(reply.segment.flags, SYN | ACK);
	assert_int_equal(reply.segment.seq, snd_nxt - 1);
	assert_int_equal(connection_timer(&connection), TIMER_RETRANSMIT + 1);
}

int main(int argc, char **argv)
{
	struct CMUnitTest tests[N_SITUATIONS + 2];

	if (argc != 2 || !read_rows(argv[1]))
		return EXIT_FAILURE;
	for (size_t i = 0; i < N_SITUATIONS; i++)
		tests[i] = (struct CMUnitTest){
			.name = situations[i].name,
			.test_func = test_situation,
			.initial_state = (void *)(uintptr_t)&situations[i],
		};
	tests[N_SITUATIONS] = (struct CMUnitTest){
		.name = "every row decides something", .test_func = test_rows_are_used};
	tests[N_SITUATIONS + 1] = (struct CMUnitTest){
		.name = "SYN-RECEIVED is never idle", .test_func = test_syn_received_timer};
	return _cmocka_run_group_tests("matrix", tests, N_SITUATIONS + 2, NULL, NULL);
}
