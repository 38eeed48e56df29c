// SPDX-License-Identifier: BSD-3-Clause
// heard: what an engine that opens connections learns from frames that are not TCP.
#pragma once

#include "engine/engine.h"
#include "wire/packet.h"

// A neighbour's MAC address, if it was asked for.
enum verdict heard_neighbour(struct estab_engine *engine, const struct packet *packet);

// ICMP unreachable for a segment: it concerns the flow if that is a SYN of ours.
enum verdict heard_unreachable(struct estab_engine *engine, const struct packet *packet);
