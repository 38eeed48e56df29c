// SPDX-License-Identifier: BSD-3-Clause
// openings: the first steps that many dialogues share, one macro for each state they lead to.
#pragma once

#include "../dialogue.h"

// A SYN without options, and its answer.
#define PLAIN_SYN {IN(SYN, 0), OUT(ANSWER_SYN, NO_FLOW, SYN | ACK, 0, 1, MSS(OUR_MSS))}

// ESTABLISHED without options, with hold or respond.
#define OPEN PLAIN_SYN, {IN(ACK, 1, 1), SILENCE(ESTABLISHED_BY_COOKIE, ESTABLISHED)}

// A SYN with timestamps and all else, and its answer.
#define FULL_SYN \
	{IN(SYN, 0, 0, 0, ALL_OPTIONS, TS(0)), \
		OUT(ANSWER_SYN, NO_FLOW, SYN | ACK, 0, 1, OUR_OPTIONS, TS(0))}

// ESTABLISHED with timestamps, TS.Recent is 10.
#define OPEN_FULL \
	FULL_SYN, {IN(ACK, 1, 1, 0, TS(10)), SILENCE(ESTABLISHED_BY_COOKIE, ESTABLISHED)}

// FIN-WAIT-1 with close: our FIN is number 1.
#define OPEN_FIN_WAIT_1 \
	PLAIN_SYN, {IN(ACK, 1, 1), OUT(ESTABLISHED_BY_COOKIE, FIN_WAIT_1, FIN | ACK, 1, 1)}

#define OPEN_FIN_WAIT_2 OPEN_FIN_WAIT_1, {IN(ACK, 1, 2), SILENCE(ACK_ACCEPTED, FIN_WAIT_2)}

// CLOSING: both FINs have crossed.
#define OPEN_CLOSING OPEN_FIN_WAIT_1, {IN(FIN | ACK, 1, 1), OUT(FIN_ACCEPTED, CLOSING, ACK, 2, 2)}

// TIME-WAIT: both FINs are number 1.
#define OPEN_TIME_WAIT \
	OPEN_FIN_WAIT_1, {IN(FIN | ACK, 1, 2), OUT(FIN_ACCEPTED, TIME_WAIT, ACK, 2, 2)}

// The same with timestamps: TS.Recent is 20.
#define OPEN_TIME_WAIT_FULL \
	FULL_SYN, \
		{IN(ACK, 1, 1, 0, TS(10)), OUT(ESTABLISHED_BY_COOKIE, FIN_WAIT_1, FIN | ACK, 1, 1, 0, TS(10))}, \
		{IN(FIN | ACK, 1, 2, 0, TS(20)), OUT(FIN_ACCEPTED, TIME_WAIT, ACK, 2, 2, 0, TS(20))}

// LAST-ACK with hold: the peer closed first.
#define OPEN_LAST_ACK OPEN, {IN(FIN | ACK, 1, 1), OUT(FIN_ACCEPTED, LAST_ACK, FIN | ACK, 1, 2)}

// SYN-RECEIVED: a newer SYN has reopened a flow in TIME-WAIT. Numbers start anew.
#define OPEN_SYN_RECEIVED \
	OPEN_TIME_WAIT, \
		{IN(SYN, 100000), OUT(REOPENED, SYN_RECEIVED, SYN | ACK, 0, 1, MSS(OUR_MSS))}

// SYN-SENT: our SYN offers everything.
#define OPEN_SYN_SENT {OPENS, SENT(OPENED, SYN_SENT, SYN, 0, 0, OUR_OPTIONS, TS(0))}

// ESTABLISHED by our SYN with a peer without options, and held.
#define OPENED_HOLD \
	OPEN_SYN_SENT, {IN(SYN | ACK, 0, 1), OUT(ESTABLISHED_BY_SYN_ACK, ESTABLISHED, ACK, 1, 1)}

// The same with all options, TS.Recent is 0.
#define OPENED_FULL \
	OPEN_SYN_SENT, {IN(SYN | ACK, 0, 1, 0, ALL_OPTIONS, TS(0)), \
		OUT(ESTABLISHED_BY_SYN_ACK, ESTABLISHED, ACK, 1, 1, TS(0))}

// SYN-RECEIVED: both ends have sent a SYN.
#define OPEN_AT_ONCE \
	OPEN_SYN_SENT, {IN(SYN, 0), OUT(SIMULTANEOUS_OPEN, SYN_RECEIVED, SYN | ACK, 0, 1, MSS(OUR_MSS))}

// FIN-WAIT-2: our FIN is number 1.
#define OPENED_FIN_WAIT_2 \
	OPEN_SYN_SENT, \
		{IN(SYN | ACK, 0, 1), OUT(ESTABLISHED_BY_SYN_ACK, FIN_WAIT_1, FIN | ACK, 1, 1)}, \
		{IN(ACK, 1, 2), SILENCE(ACK_ACCEPTED, FIN_WAIT_2)}
