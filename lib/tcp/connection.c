// SPDX-License-Identifier: BSD-3-Clause
// connection: names of the states, and which timer a connection needs.
#include "tcp/connection.h"

#include "tcp/output.h"
#include "tcp/rules.h"

const char *const connection_state_names[N_CONNECTION_STATES] = {
	[CONNECTION_CLOSED] = "CLOSED",
	[SYN_RECEIVED] = "SYN-RECEIVED",
	[ESTABLISHED] = "ESTABLISHED",
	[FIN_WAIT_1] = "FIN-WAIT-1",
	[FIN_WAIT_2] = "FIN-WAIT-2",
	[CLOSE_WAIT] = "CLOSE-WAIT",
	[CLOSING] = "CLOSING",
	[LAST_ACK] = "LAST-ACK",
	[TIME_WAIT] = "TIME-WAIT",
};

enum timer_class connection_timer(const struct connection *connection)
{
	unsigned int retries = connection->retries;

	if (connection->state == TIME_WAIT)
		return TIMER_TIME_WAIT;
	if (connection->state == SYN_RECEIVED)
		return TIMER_RETRANSMIT +
			(retries < N_TIMER_RETRANSMIT ? retries : N_TIMER_RETRANSMIT - 1);
	// Before anything else: whatever a forged ACK made must be gone after PROVISIONAL_LIFE_MS.
	if (connection->flags & CONNECTION_PROBED)
		return TIMER_PROVISIONAL_PROBED;
	if (connection->flags & CONNECTION_PROVISIONAL)
		return TIMER_PROVISIONAL;
	if (connection->state == FIN_WAIT_2)
		return TIMER_FIN_WAIT_2;
	if (connection->snd_una == connection->snd_nxt && !output_is_owed(connection))
		return TIMER_IDLE;
	return TIMER_RETRANSMIT + (retries < N_TIMER_RETRANSMIT ? retries : N_TIMER_RETRANSMIT - 1);
}
