// SPDX-License-Identifier: BSD-3-Clause
// listen: what LISTEN needs of the cookies: for many packets at once or, where a flow came or went
// in mid-burst, for one.
#pragma once

#include "engine/burst.h"

// What packet `i`, which has no flow, asks for.
enum burst_asks listen_classify(struct burst *burst, uint16_t i);

// Fill offers and cookies of the SYNs, and results of the ACKs, at the `n` indexes `idx`.
void listen_cookies(struct burst *burst, const struct estab_engine *engine, const uint8_t idx[], uint16_t n,
	struct now now);
void listen_verify(struct burst *burst, const struct estab_engine *engine, const uint8_t idx[], uint16_t n,
	struct now now);
