// SPDX-License-Identifier: BSD-3-Clause
// sample: hexadecimal read into bytes once, at the first use.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sample.h"

struct source {
	const char *name;
	enum verdict verdict;
	const char *hex;
};

static const struct source frames[] = {
#define FRAME(name, verdict, hex) {#name, verdict, hex},
#include "frames.def"
#undef FRAME
};

static const struct source answers[] = {
#define ANSWER(name, hex) {#name, PENDING, hex},
#include "answers.def"
#undef ANSWER
};

static const struct source built[] = {
#define BUILT(name, hex) {#name, PENDING, hex},
#include "built.def"
#undef BUILT
};

enum {
	N_FRAMES = sizeof(frames) / sizeof(frames[0]),
	N_ANSWERS = sizeof(answers) / sizeof(answers[0]),
	N_BUILT = sizeof(built) / sizeof(built[0]),
};

static struct sample frame_samples[N_FRAMES];
static struct sample answer_samples[N_ANSWERS];
static struct sample built_samples[N_BUILT];

static struct sample *read_sample(struct sample *sample, const struct source *source)
{
	if (sample->name)
		return sample;
	sample->name = source->name;
	sample->verdict = source->verdict;
	assert_int_equal(strlen(source->hex) % 2, 0);
	for (const char *hex = source->hex; *hex; hex += 2) {
		unsigned int byte;
		assert_int_equal(sscanf(hex, "%2x", &byte), 1);
		assert_true(sample->len < SAMPLE_MAX);
		sample->bytes[sample->len++] = (uint8_t)byte;
	}
	return sample;
}

static const struct sample *find(
	struct sample *samples, const struct source *sources, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++) {
		if (strcmp(sources[i].name, name) == 0)
			return read_sample(&samples[i], &sources[i]);
	}
	fail_msg("no sample is called %s", name);
	return NULL;
}

size_t sample_count(void)
{
	return N_FRAMES;
}

const struct sample *sample_get(size_t idx)
{
	return read_sample(&frame_samples[idx], &frames[idx]);
}

size_t sample_answer_count(void)
{
	return N_ANSWERS;
}

const struct sample *sample_answer_get(size_t idx)
{
	return read_sample(&answer_samples[idx], &answers[idx]);
}

const struct sample *sample_frame(const char *name)
{
	return find(frame_samples, frames, N_FRAMES, name);
}

const struct sample *sample_answer(const char *name)
{
	return find(answer_samples, answers, N_ANSWERS, name);
}

const struct sample *sample_built(const char *name)
{
	return find(built_samples, built, N_BUILT, name);
}

struct host sample_host(void)
{
	struct host host = {.mac = {2, 0, 0, 0, 0, 1}, .vlan_id = HOST_VLAN_NONE, .ttl = 64};

	host.n_ipv4 = 1;
	host.ipv4[0] = (struct ipv4_range){0xc0000201, 0xc0000201, 24};
	host.n_ipv6 = 1;
	host.ipv6[0] = (struct ipv6_range){.first = {0x20, 1, 0xd, 0xb8, [15] = 1},
		.last = {0x20, 1, 0xd, 0xb8, [15] = 1},
		.prefix_len = 64};
	return host;
}

struct host sample_host_two_ranges(void)
{
	struct host host = sample_host();

	host.n_ipv4 = 2;
	host.ipv4[1] = host.ipv4[0];
	host.ipv4[0] = (struct ipv4_range){0xc613ff01, 0xc613ff02, 31};
	host.n_ipv6 = 2;
	host.ipv6[1] = host.ipv6[0];
	memset(host.ipv6[0].first, 0xfc, 16);
	memset(host.ipv6[0].last, 0xfc, 16);
	return host;
}

uint8_t *sample_copy(const uint8_t *bytes, uint32_t len)
{
	uint8_t *copy = malloc(len);

	assert_true(copy || len == 0);
	if (len > 0)
		memcpy(copy, bytes, len);
	return copy;
}

struct frame sample_whole(const uint8_t *bytes, uint32_t len)
{
	return (struct frame){.bytes = bytes, .contiguous_len = len, .frame_len = len};
}

uint64_t sample_random(uint64_t *state)
{
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return *state * UINT64_C(2685821657736338717);
}
