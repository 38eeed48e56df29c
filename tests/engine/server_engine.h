// SPDX-License-Identifier: BSD-3-Clause
// server_engine: dialogues against a whole engine.
#pragma once

#include "dialogue.h"
#include "engine_fixture.h"

struct server *server_engine(uint32_t family, bool tagged);

// One whose flows have moved: all their segments come to another engine, which hands them over.
struct server *server_engine_moved(uint32_t family);

// Two servers for each other: each is the other's client, so that dialogues with both leave each with
// a flow for the same two addresses and ports. `listeners` are what the dialogues will ask for.
void server_engine_pair(uint32_t family, const enum listener listeners[2], struct server *pair[2]);

struct fixture *server_engine_fixture(struct server *server);
const struct link *server_engine_link(const struct server *server);
