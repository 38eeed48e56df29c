// SPDX-License-Identifier: BSD-3-Clause
// ladder: see ladder.h.
#include "app/ladder.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/ladder_capture.h"
#include "app/ladder_report.h"
#include "app/ladder_svg.h"
#include "app/ladder_text.h"
#include "app/output_file.h"

#define SVG_OPTION "--svg"

static int read_selection(struct ladder_selection *selection, const struct command_line *line)
{
	char error[LADDER_SELECTION_ERROR_LEN];

	*selection = ladder_selection_all();
	if ((line->limit == NULL ||
		    ladder_selection_read_limit(selection, line->limit, error) == 0) &&
		(line->states == NULL ||
			ladder_selection_read_states(selection, line->states, error) == 0) &&
		(line->flow == NULL ||
			ladder_selection_read_flow(selection, line->flow, error) == 0))
		return 0;
	fprintf(stderr, "estab: %s\n", error);
	return -EINVAL;
}

// 0, or -EBADMSG with the reason printed: what came before it is in `flows`.
static int read_packets(
	struct ladder_capture *capture, struct ladder_flows *flows, struct ladder_packets *packets)
{
	enum ladder_link link = ladder_capture_link(capture);
	struct ladder_packet packet;
	struct frame frame;
	int64_t time_ns;
	int status;

	while ((status = ladder_capture_next(capture, &frame, &time_ns)) > 0) {
		enum ladder_sight sight = ladder_decode(link, &frame, &packet);

		packets->n_sights[sight]++;
		if (sight != LADDER_SEGMENT)
			continue;
		packets->n_unfilled_checksums += packet.unfilled_checksum;
		packet.time_ns = time_ns;
		ladder_flows_add(flows, &packet);
	}
	return status;
}

static bool write_svg(FILE *stream, const void *selection)
{
	return ladder_svg_write(stream, selection);
}

static int draw(const struct ladder_selection *selection, const struct ladder_flows_counts *counts,
	const struct ladder_packets *packets, const char *svg_file)
{
	int status = EXIT_SUCCESS;

	for (size_t i = 0; i < selection->n_drawn; i++)
		ladder_text_draw(stdout, selection->drawn[i]);
	ladder_report_print(stdout, packets, counts, selection);
	if (fflush(stdout) != 0 || ferror(stdout)) {
		fprintf(stderr, "estab: standard output: %s\n", strerror(errno == 0 ? EIO : errno));
		status = EXIT_FAILED;
	}
	if (svg_file != NULL && output_file_write(SVG_OPTION, svg_file, write_svg, selection) != 0)
		status = EXIT_FAILED;
	return status;
}

static int draw_capture(const struct command_line *line, struct ladder_capture *capture,
	struct ladder_selection *selection)
{
	struct ladder_flows *flows = ladder_flows_create(LADDER_FLOWS_MAX, selection);
	struct ladder_packets packets = {0};
	int damage = read_packets(capture, flows, &packets);

	ladder_flows_end(flows);

	int status = draw(selection, ladder_flows_counts(flows), &packets, line->svg_file);

	if (damage != 0) {
		fprintf(stderr, "estab: %s: the rest of the capture cannot be read: %s\n",
			line->operand, ladder_capture_error(capture));
		status = EXIT_FAILED;
	}
	ladder_flows_destroy(flows);
	return status;
}

int ladder(const struct command_line *line)
{
	char error[LADDER_CAPTURE_ERROR_LEN];
	struct ladder_selection selection;
	struct ladder_capture *capture;

	if (read_selection(&selection, line) != 0)
		return EXIT_REFUSED;
	if (line->svg_file != NULL && output_file_probe(SVG_OPTION, line->svg_file) != 0)
		return EXIT_REFUSED;
	if (ladder_capture_open(line->operand, &capture, error) != 0) {
		fprintf(stderr, "estab: %s\n", error);
		return EXIT_REFUSED;
	}

	int status = draw_capture(line, capture, &selection);

	ladder_capture_close(capture);
	ladder_selection_free(&selection);
	return status;
}
