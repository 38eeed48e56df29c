// SPDX-License-Identifier: BSD-3-Clause
// connection: names of the states.
#include "tcp/connection.h"

const char *const connection_state_names[N_CONNECTION_STATES] = {
	[CONNECTION_CLOSED] = "CLOSED",
	[SYN_SENT] = "SYN-SENT",
	[SYN_RECEIVED] = "SYN-RECEIVED",
	[ESTABLISHED] = "ESTABLISHED",
	[FIN_WAIT_1] = "FIN-WAIT-1",
	[FIN_WAIT_2] = "FIN-WAIT-2",
	[CLOSE_WAIT] = "CLOSE-WAIT",
	[CLOSING] = "CLOSING",
	[LAST_ACK] = "LAST-ACK",
	[TIME_WAIT] = "TIME-WAIT",
};
