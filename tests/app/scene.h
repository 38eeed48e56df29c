// SPDX-License-Identifier: BSD-3-Clause
// scene: a client and a server whose segments ladder sees as frames of a capture.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "app/ladder_flows.h"
#include "app/ladder_selection.h"
#include "tests/tcp/frames.h"

enum {
	CLIENT_ISN = 1000,
	SERVER_ISN = 5000,
	SCENE_STEP_NS = 250000, // between two segments
	SCENE_WINDOW = 1000, // where a segment says nothing else
};

// 2026-11-25 13:05:01 UTC
static const int64_t scene_start_ns = INT64_C(1795611901) * 1000000000;

enum damage { DAMAGE_NONE, DAMAGE_IP_CHECKSUM, DAMAGE_TCP_CHECKSUM };

// A segment in absolute numbers.
struct said {
	enum ladder_side from;
	uint8_t flags;
	uint32_t seq;
	uint32_t ack;
	uint16_t len; // payload bytes
	uint16_t window; // 0: SCENE_WINDOW
	uint16_t mss; // 0: no option
	uint8_t scale_plus_1; // 0: no option
	bool sack;
	uint32_t tsval; // 0: no option
	uint32_t tsecr;
	bool accurate_ecn;
	bool zero_window;
	enum damage damage;
	uint32_t broken; // what ladder is to mark
};

struct scene {
	struct link at_client;
	struct link at_server;
	int64_t now_ns;
	struct ladder_selection selection; // may be changed before the first segment
	struct ladder_flows *flows;
};

void scene_init(struct scene *scene, uint32_t family, uint16_t vlan_id, uint32_t capacity);

// Segments of another client from now on: the last bytes of its address, and its port.
void scene_set_client(struct scene *scene, uint16_t client, uint16_t client_port);

// The frame of a segment; returns its length.
uint16_t scene_frame(const struct scene *scene, const struct said *said, uint8_t bytes[FRAME_MAX]);

// Show a segment to ladder; the test fails if it is not understood.
void scene_say(struct scene *scene, const struct said *said);

// The same for `n` of them.
void scene_say_all(struct scene *scene, const struct said *said, size_t n);

// The capture is over: the `idx`th connection drawn, and how many were.
size_t scene_end(struct scene *scene);
const struct ladder_connection *scene_drawn(const struct scene *scene, size_t idx);

void scene_free(struct scene *scene);

// A handshake with all options, and both ends' close; data of 100 and 300 bytes between.
extern const struct said scene_whole[];
extern const size_t scene_whole_len;
enum { SCENE_HANDSHAKE_LEN = 3 }; // of scene_whole
