// SPDX-License-Identifier: BSD-3-Clause
// capture: the frames of a run in a pcapng file. The workers copy (capture_feed.h), the main lcore
// writes; all here is the main lcore's. A capture that nobody wished for is NULL, which all but
// capture_read_totals() take and do nothing with.
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum {
	CAPTURE_LIMIT_DEFAULT = 1000000,
	CAPTURE_LIMIT_MAX = 1000000000,
	CAPTURE_FAILED_MAX = 1000,
};

// What the user asked for; the strings are argv's own.
struct capture_wish {
	const char *path; // NULL: no capture
	uint64_t limit; // frames
	uint32_t n_failed; // of the last handshakes that failed alone; 0: all frames
};

struct capture;
struct run;

// Whether `path` can be written, found out without leaving or changing anything. 0 (also for NULL),
// or a negative errno with the reason printed.
int capture_probe(const char *path);

// Create the file, or empty the one that is there, and give every worker of `run` that has queues a
// feed: before run_start(). 0 and run->capture; -EINTR without a word when a signal came while a
// FIFO had no reader; or a negative errno with the reason printed.
int capture_open(struct run *run, const struct capture_wish *wish);

// Write some of what has come. True if there may be more. The file may block; nothing else does.
bool capture_write(struct capture *capture);

// After run_stop(): write the rest and close the file. 0, or a negative errno if something could
// not be written, which has been said already.
int capture_end(struct capture *capture);

struct capture_totals {
	const char *path;
	uint64_t captured; // frames in the file
	bool failed_alone;
	uint64_t handshakes; // that failed, in the file; 0 unless failed_alone
	uint64_t missed; // frames that came while there was no mbuf for their copy
};

void capture_read_totals(const struct capture *capture, struct capture_totals *totals);

// The workers must not run.
void capture_free(struct capture *capture);
