// SPDX-License-Identifier: BSD-3-Clause
// capture: see capture.h.
#include "app/capture.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <rte_errno.h>

#include "app/capture_failed.h"
#include "app/capture_feed.h"
#include "app/run.h"

struct capture {
	struct pcapng pcapng;
	struct capture_wish wish;
	struct capture_feed *feeds[RTE_MAX_LCORE];
	size_t n_feeds;
	struct capture_failed *failed; // NULL: all frames are written as they come
	uint64_t n_handshakes; // of `failed`, in the file
	int file;
	off_t file_len; // of whole frames; negative: cannot be cut
	uint64_t captured;
	volatile bool on; // what the feeds heed
	int status; // negative once something could not be written
};

static int refuse(const char *path, int error)
{
	fprintf(stderr,
		"estab: --capture %s: cannot be written: %s; name a file in a folder that exists "
		"and is yours\n",
		path, strerror(error));
	return -error;
}

int capture_probe(const char *path)
{
	struct stat facts;

	if (path == NULL)
		return 0;
	if (stat(path, &facts) == 0) {
		if (S_ISDIR(facts.st_mode))
			return refuse(path, EISDIR);
		return access(path, W_OK) == 0 ? 0 : refuse(path, errno);
	}

	int file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	if (file < 0)
		return refuse(path, errno);
	close(file);
	unlink(path);
	return 0;
}

static int capture_add_feed(struct capture *capture, struct lcore *lcore)
{
	struct capture_feed *feed;

	if (capture_feed_create(&feed, lcore->lcore_id, lcore->socket_id, capture->wish.n_failed) !=
		0) {
		fprintf(stderr,
			"estab: --capture: no memory for the copies of lcore %u, %zu MiB; raise -m "
			"in [eal] args or reserve more huge pages\n",
			lcore->lcore_id, capture_feed_memory(capture->wish.n_failed) >> 20);
		return -ENOMEM;
	}
	feed->pcapng = &capture->pcapng;
	feed->on = &capture->on;
	for (size_t i = 0; capture->wish.n_failed > 0 && i < lcore->n_queues; i++) {
		// A handshake is judged where it ends, so that all of it has to be there.
		if (lcore->queues[i].exchange != NULL)
			lcore->queues[i].exchange->keeps_syns = false;
		estab_engine_tell_verdicts(lcore->queues[i].engine, feed->verdicts);
		estab_engine_tell_failed_opens(lcore->queues[i].engine, &feed->failed_opens);
	}
	lcore->feed = feed;
	capture->feeds[capture->n_feeds++] = feed;
	return 0;
}

static int capture_add_feeds(struct capture *capture, struct run *run)
{
	int status = 0;

	for (size_t i = 0; status == 0 && i < run->n_lcores; i++)
		if (run->lcores[i].n_queues > 0)
			status = capture_add_feed(capture, &run->lcores[i]);
	return status;
}

static int capture_begin_file(struct capture *capture, const struct run *run)
{
	struct pcapng_port ports[CONFIG_PORTS_MAX];

	for (size_t i = 0; i < run->n_ports; i++)
		ports[i] = (struct pcapng_port){
			.port_id = run->ports[i].port->port_id,
			.name = run->ports[i].port->device,
		};
	return pcapng_open(&capture->pcapng, capture->file, "estab " ESTAB_VERSION, ports,
		run->n_ports, capture->feeds[0]->pool);
}

static int capture_open_file(struct capture *capture, const struct run *run)
{
	const char *path = capture->wish.path;

	capture->file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	if (capture->file < 0)
		return errno == EINTR ? -EINTR : refuse(path, errno);

	int status = capture_begin_file(capture, run);

	if (status != 0) {
		close(capture->file);
		return refuse(path, -status);
	}
	capture->file_len = lseek(capture->file, 0, SEEK_CUR);
	return 0;
}

int capture_open(struct run *run, const struct capture_wish *wish)
{
	struct capture *capture;

	if (wish->path == NULL)
		return 0;
	capture = calloc(1, sizeof(*capture));
	if (capture == NULL)
		abort();
	capture->wish = *wish;
	if (wish->n_failed > 0)
		capture->failed = capture_failed_create(wish->n_failed);

	int status = capture_add_feeds(capture, run);

	if (status == 0)
		status = capture_open_file(capture, run);
	if (status != 0) {
		capture_free(capture);
		return status;
	}
	capture->on = true;
	run->capture = capture;
	return 0;
}

// 0 or a negative errno.
static int write_all(int file, const char *bytes, size_t len)
{
	while (len > 0) {
		ssize_t written = write(file, bytes, len);

		if (written < 0 && errno != EINTR)
			return -errno;
		if (written > 0) {
			bytes += written;
			len -= (size_t)written;
		}
	}
	return 0;
}

// What the library has left when a signal came or the disk was full: all but the first `written`
// bytes.
static int capture_write_rest(
	const struct capture *capture, struct rte_mbuf *const copies[], uint16_t n, size_t written)
{
	int status = 0;

	for (uint16_t i = 0; status == 0 && i < n; i++) {
		size_t len = rte_pktmbuf_data_len(copies[i]);
		size_t done = written < len ? written : len;

		written -= done;
		status = write_all(capture->file,
			rte_pktmbuf_mtod_offset(copies[i], const char *, done), len - done);
	}
	return status;
}

static void capture_fail(struct capture *capture, int error)
{
	// What is there of the last frames would make the file invalid.
	if (capture->file_len >= 0 && ftruncate(capture->file, capture->file_len) != 0)
		capture->file_len = -1;
	capture->on = false;
	capture->status = -error;
	fprintf(stderr,
		"estab: --capture %s: %s: the capture ends with %" PRIu64
		" frames, the run goes on\n",
		capture->wish.path, strerror(error), capture->captured);
}

static void capture_end_at_limit(struct capture *capture)
{
	capture->on = false;
	fprintf(stderr,
		"estab: --capture %s: it holds %" PRIu64
		" frames, --capture-limit, and takes no more; the run goes on\n",
		capture->wish.path, capture->captured);
}

static void capture_write_copies(struct capture *capture, struct rte_mbuf *copies[], uint16_t n)
{
	uint64_t left = capture->wish.limit - capture->captured;
	off_t len = 0;

	if (!capture->on)
		return;
	if (n > left)
		n = (uint16_t)left;
	for (uint16_t i = 0; i < n; i++)
		len += rte_pktmbuf_pkt_len(copies[i]);

	ssize_t written = pcapng_write(&capture->pcapng, copies, n);
	int status = written < 0 && rte_errno != EINTR
		? -rte_errno
		: capture_write_rest(capture, copies, n, written < 0 ? 0 : (size_t)written);

	if (status != 0) {
		capture_fail(capture, -status);
		return;
	}
	capture->captured += n;
	if (capture->file_len >= 0)
		capture->file_len += len;
	if (capture->captured == capture->wish.limit)
		capture_end_at_limit(capture);
}

static void capture_take_copies(struct capture *capture, struct rte_mbuf *copies[], uint16_t n)
{
	if (capture->failed == NULL) {
		capture_write_copies(capture, copies, n);
		rte_pktmbuf_free_bulk(copies, n);
		return;
	}
	for (uint16_t i = 0; i < n; i++)
		capture_failed_add(capture->failed, copies[i]);
}

bool capture_write(struct capture *capture)
{
	bool any = false;

	for (size_t i = 0; capture != NULL && i < capture->n_feeds; i++) {
		struct rte_mbuf *copies[CAPTURE_BURST];
		uint16_t n = capture_feed_take(capture->feeds[i], copies);

		if (n == 0)
			continue;
		any = true;
		capture_take_copies(capture, copies, n);
	}
	return any;
}

static void capture_write_failed(struct capture *capture)
{
	struct rte_mbuf *copies[CAPTURE_HANDSHAKE_FRAMES];
	uint16_t n;

	while ((n = capture_failed_take(capture->failed, copies)) > 0) {
		capture_write_copies(capture, copies, n);
		rte_pktmbuf_free_bulk(copies, n);
		capture->n_handshakes++;
	}
}

int capture_end(struct capture *capture)
{
	if (capture == NULL)
		return 0;
	while (capture_write(capture))
		continue;
	if (capture->failed != NULL)
		capture_write_failed(capture);
	capture->on = false;
	rte_pcapng_close(capture->pcapng.writer);
	capture->pcapng.writer = NULL;
	return capture->status;
}

void capture_read_totals(const struct capture *capture, struct capture_totals *totals)
{
	*totals = (struct capture_totals){
		.path = capture->wish.path,
		.captured = capture->captured,
		.failed_alone = capture->failed != NULL,
		.handshakes = capture->n_handshakes,
	};
	for (size_t i = 0; i < capture->n_feeds; i++)
		totals->missed += capture_feed_missed(capture->feeds[i]);
}

void capture_free(struct capture *capture)
{
	if (capture == NULL)
		return;
	if (capture->pcapng.writer != NULL)
		rte_pcapng_close(capture->pcapng.writer);
	capture_failed_free(capture->failed);
	for (size_t i = 0; i < capture->n_feeds; i++)
		capture_feed_free(capture->feeds[i]);
	free(capture);
}
