// SPDX-License-Identifier: BSD-3-Clause
// conduct: see conduct.h.
#include "app/conduct.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "app/announce.h"
#include "app/capture.h"
#include "app/eal.h"
#include "app/link_watch.h"
#include "app/output_file.h"
#include "app/report.h"
#include "app/spread_watch.h"
#include "app/stats_json.h"
#include "app/stop.h"
#include "app/telemetry.h"

// A signal came before the run began: a good reason to end.
enum { EXIT_ENDED = -1 };

enum {
	WAKE_MS = LINK_LOOK_MS, // how late a signal may be noticed
	CAPTURE_WAKE_MS = 1, // a worker may fill its share of copies in a few of them
	FINISH_MS = 1000, // for what is open to end well
	FINISH_WAKE_MS = 1,
};

// What the main lcore does between reports: write the capture, else sleep, `seconds` at most.
static void conduct_wait(const struct run *run, double seconds)
{
	double wake_s = (run->capture == NULL ? WAKE_MS : CAPTURE_WAKE_MS) / 1000.0;

	if (capture_write(run->capture))
		return;

	if (seconds > wake_s)
		seconds = wake_s;
	if (seconds > 0)
		nanosleep(&(struct timespec){.tv_nsec = (long)(seconds * 1e9)}, NULL);
}

// Report every second until somebody wants an end, or `duration_s` (0: never) is over. 0, or a
// negative errno when nobody reads the report any more.
static int conduct_report(const struct conduct *how, struct run *run, double duration_s)
{
	struct totals before = {0};
	struct totals now;
	double before_s = 0;
	double next_s = 1;
	double look_s = 0;

	while (!stop_wanted) {
		double now_s = run_seconds(run);

		if (duration_s > 0 && now_s >= duration_s)
			return 0;
		if (now_s >= look_s) {
			link_watch_look(run);
			spread_watch(run);
			if (how->is_over != NULL && how->is_over(run))
				return 0;
			look_s = now_s + WAKE_MS / 1000.0;
		}
		if (now_s >= next_s) {
			totals_read(run, &now);

			int status = how->line(&before, &now, now_s - before_s);

			if (status != 0)
				return status;
			before = now;
			before_s = now_s;
			while (next_s <= now_s)
				next_s += 1;
		}
		conduct_wait(run,
			duration_s > 0 && duration_s < next_s ? duration_s - now_s
							      : next_s - now_s);
	}
	return 0;
}

// Until nothing is left to be done, FINISH_MS at most.
static void conduct_finish(const struct conduct *how, struct run *run)
{
	double until_s = run_seconds(run) + FINISH_MS / 1000.0;

	while (how->finish != NULL && !how->finish(run) && run_seconds(run) < until_s)
		conduct_wait(run, FINISH_WAKE_MS / 1000.0);
}

// 0, or the exit status of a run that does not begin.
static int conduct_start(
	const struct conduct *how, struct run *run, const struct command_line *line)
{
	announce_join(run);
	report_start(run);
	announce_await_links(run, &stop_wanted);
	link_watch_start(run);

	int prepared = how->prepare != NULL ? how->prepare(run, &stop_wanted) : 0;

	if (prepared != 0)
		return prepared == -EINTR ? EXIT_ENDED : EXIT_FAILED;

	int opened = capture_open(run, &line->capture);

	if (opened != 0)
		return opened == -EINTR ? EXIT_ENDED : EXIT_REFUSED;
	totals_start(run);
	return run_start(run) == 0 ? 0 : EXIT_FAILED;
}

static int conduct_work(const struct conduct *how, struct run *run, const struct command_line *line)
{
	int started = conduct_start(how, run, line);

	if (started != 0)
		return started == EXIT_ENDED ? EXIT_SUCCESS : started;
	telemetry_show(run);

	int status = conduct_report(how, run, line->duration_s);

	conduct_finish(how, run);

	double seconds = run_seconds(run);

	telemetry_show(NULL);
	run_stop(run);
	spread_watch(run); // of a short run, or what went wrong in the last moment

	int captured = capture_end(run->capture);

	if (status == 0)
		status = how->summary(run, seconds);
	if (status != 0)
		fprintf(stderr, "estab: standard output: %s; stopped\n", strerror(-status));
	if (line->stats_json != NULL && stats_json_write(run, seconds, line->stats_json) != 0)
		status = -1;
	return status == 0 && captured == 0 ? EXIT_SUCCESS : EXIT_FAILED;
}

static int conduct_with(
	const struct conduct *how, const struct config *config, const struct command_line *line)
{
	struct eal_arguments arguments;
	struct config_error error;
	struct run run;
	int status = EXIT_REFUSED;

	eal_arguments_compose(&arguments, config, line->eal_args, line->n_eal_args);
	if (eal_arguments_check(&arguments, config, &error) != 0) {
		fprintf(stderr, "%s\n", error.text);
		goto free_arguments;
	}
	stop_on_signals();
	if (eal_start(&arguments) != 0)
		goto free_arguments;
	stop_is_heeded();

	int opened = run_open(&run, config, how->use, &arguments, &stop_wanted);

	if (opened == -EINTR)
		status = EXIT_SUCCESS; // a signal is a good reason to end
	if (opened != 0)
		goto stop_eal;
	if (telemetry_register() != 0)
		fprintf(stderr, "estab: no telemetry: its commands cannot be registered\n");
	status = conduct_work(how, &run, line);
	run_close(&run);
stop_eal:
	eal_stop();
free_arguments:
	eal_arguments_free(&arguments);
	return status;
}

int conduct(const struct conduct *how, const struct command_line *line)
{
	struct config config;
	struct config_error error;
	int status = EXIT_REFUSED;

	if (config_read(&config, how->use, line->config_file, line->settings, line->n_settings,
		    &error) != 0)
		fprintf(stderr, "%s\n", error.text);
	else if ((line->stats_json == NULL ||
			 output_file_probe(STATS_JSON_OPTION, line->stats_json) == 0) &&
		capture_probe(line->capture.path) == 0)
		status = conduct_with(how, &config, line);
	config_free(&config);
	return status;
}
