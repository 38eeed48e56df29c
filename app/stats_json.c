// SPDX-License-Identifier: BSD-3-Clause
// stats_json: see stats_json.h.
#include "app/stats_json.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/capture.h"
#include "app/totals.h"

static json_t *number(uint64_t value)
{
	return json_integer((json_int_t)value);
}

static json_t *json_port(const struct run_port *run_port)
{
	const struct port *port = run_port->port;
	struct port_totals totals;
	char mac[MAC_TEXT_LEN];
	json_t *object = json_object();

	totals_read_port(port, &totals);
	json_object_set_new(object, "device", json_string(port->device));
	json_object_set_new(object, "driver", json_string(port->driver));
	json_object_set_new(object, "mac", json_string(run_port_mac(run_port, mac)));
	json_object_set_new(object, "queues", number(port->n_queues));
	json_object_set_new(object, "rx_missed", number(totals.rx_missed));
	json_object_set_new(object, "rx_no_mbuf", number(totals.rx_no_mbuf));
	json_object_set_new(object, "rx_errors", number(totals.rx_errors));
	json_object_set_new(object, "tx_errors", number(totals.tx_errors));
	return object;
}

static json_t *json_lcore(const struct lcore *lcore)
{
	struct lcore_counters counters = lcore_read_counters(lcore);
	uint64_t flows;
	uint64_t capacity;
	json_t *object = json_object();

	totals_read_flows(lcore, &flows, &capacity);
	json_object_set_new(object, "lcore", number(lcore->lcore_id));
	json_object_set_new(object, "socket", json_integer(lcore->socket_id));
	json_object_set_new(object, "queues", number(lcore->n_queues));
	json_object_set_new(object, "polls", number(counters.polls));
	json_object_set_new(object, "busy_cycles", number(counters.busy_cycles));
	json_object_set_new(object, "total_cycles", number(counters.total_cycles));
	json_object_set_new(object, "rx_packets", number(counters.rx_packets));
	json_object_set_new(object, "tx_packets", number(counters.tx_packets));
	json_object_set_new(object, "tx_dropped", number(counters.tx_dropped));
	json_object_set_new(object, "flows", number(flows));
	json_object_set_new(object, "flows_capacity", number(capacity));
	json_object_set_new(
		object, "cycles_per_packet", json_real(totals_cycles_per_packet(&counters)));
	return object;
}

static json_t *json_counters(const struct run *run, size_t n,
	const struct estab_counter *(*counter)(size_t idx),
	uint64_t (*total)(const struct run *run, size_t idx))
{
	json_t *object = json_object();

	for (size_t i = 0; i < n; i++)
		json_object_set_new(object, counter(i)->name, number(total(run, i)));
	return object;
}

static json_t *json_states(const struct run *run)
{
	json_t *object = json_object();

	for (size_t i = 0; i < estab_n_states(); i++)
		json_object_set_new(object, estab_state_name(i), number(totals_state(run, i)));
	return object;
}

static json_t *json_capture(const struct capture *capture)
{
	struct capture_totals totals;
	json_t *object = json_object();

	capture_read_totals(capture, &totals);
	json_object_set_new(object, "captured", number(totals.captured));
	json_object_set_new(object, "missed", number(totals.missed));
	if (totals.failed_alone)
		json_object_set_new(object, "handshakes", number(totals.handshakes));
	return object;
}

static json_t *json_run(const struct run *run, double seconds)
{
	json_t *object = json_object();
	json_t *ports = json_array();
	json_t *lcores = json_array();
	struct totals totals;

	totals_read(run, &totals);
	for (size_t i = 0; i < run->n_ports; i++)
		json_array_append_new(ports, json_port(&run->ports[i]));
	for (size_t i = 0; i < run->n_lcores; i++)
		if (run->lcores[i].n_queues > 0)
			json_array_append_new(lcores, json_lcore(&run->lcores[i]));
	json_object_set_new(object, "version", json_string(ESTAB_VERSION));
	json_object_set_new(object, "duration_s", json_real(seconds));
	json_object_set_new(
		object, "cycles_per_packet", json_real(totals_cycles_per_packet(&totals.lcores)));
	json_object_set_new(object, "ports", ports);
	json_object_set_new(object, "lcores", lcores);
	json_object_set_new(object, "verdicts",
		json_counters(run, estab_n_verdicts(), estab_verdict, totals_verdict));
	json_object_set_new(
		object, "events", json_counters(run, estab_n_events(), estab_event, totals_event));
	json_object_set_new(object, "states", json_states(run));
	if (run->capture != NULL)
		json_object_set_new(object, "capture", json_capture(run->capture));
	return object;
}

static int refuse(const char *path, int error)
{
	fprintf(stderr,
		"estab: --stats-json %s: cannot be written: %s; name a file in a folder that "
		"exists and is yours\n",
		path, strerror(error));
	return -error;
}

// A pipe or terminal cannot be replaced by a new file.
static bool is_special(const char *path)
{
	struct stat facts;

	return stat(path, &facts) == 0 && !S_ISREG(facts.st_mode) && !S_ISDIR(facts.st_mode);
}

// A new file beside `path`, its name in `*beside`; or a negative errno.
static int open_beside(const char *path, char **beside)
{
	struct stat facts;

	if (stat(path, &facts) == 0 && S_ISDIR(facts.st_mode))
		return -EISDIR;
	if (asprintf(beside, "%s.XXXXXX", path) < 0)
		abort();

	int file = mkostemp(*beside, O_CLOEXEC);

	if (file >= 0)
		return file;
	file = -errno;
	free(*beside);
	return file;
}

int stats_json_probe(const char *path)
{
	char *beside;

	if (is_special(path))
		return access(path, W_OK) == 0 ? 0 : refuse(path, errno);

	int file = open_beside(path, &beside);

	if (file < 0)
		return refuse(path, -file);
	unlink(beside);
	free(beside);
	close(file);
	return 0;
}

// Dump and close `file`; 0 or a negative errno.
static int dump(const json_t *object, int file)
{
	FILE *stream = fdopen(file, "w");

	if (stream == NULL) {
		close(file);
		return -ENOMEM;
	}
	bool written =
		json_dumpf(object, stream, JSON_INDENT(2)) == 0 && fputc('\n', stream) != EOF;
	int error = errno == 0 ? EIO : errno;

	if (fclose(stream) != 0)
		return -errno;
	return written ? 0 : -error;
}

// mkostemp() makes files for the owner alone; this one is as any other.
static void set_usual_mode(int file)
{
	mode_t mask = umask(0);

	umask(mask);
	if (fchmod(file, 0666 & ~mask) != 0)
		return;
}

static int replace(const json_t *object, const char *path)
{
	char *beside;
	int file = open_beside(path, &beside);
	int status;

	if (file < 0)
		return file;
	set_usual_mode(file);
	status = dump(object, file);
	if (status == 0 && rename(beside, path) != 0)
		status = -errno;
	if (status != 0)
		unlink(beside);
	free(beside);
	return status;
}

int stats_json_write(const struct run *run, double seconds, const char *path)
{
	json_t *object = json_run(run, seconds);
	int status;

	if (is_special(path)) {
		int file = open(path, O_WRONLY | O_CLOEXEC);

		status = file < 0 ? -errno : dump(object, file);
	} else {
		status = replace(object, path);
	}
	json_decref(object);
	return status == 0 ? 0 : refuse(path, -status);
}
