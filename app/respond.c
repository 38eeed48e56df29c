// SPDX-License-Identifier: BSD-3-Clause
// respond: see respond.h.
#include "app/respond.h"

#include "app/conduct.h"
#include "app/report.h"
#include "app/spread_watch.h"

static int respond_prepare(struct run *run, const volatile bool *stop)
{
	(void)stop;
	spread_foresee(run);
	return 0;
}

int respond(const struct command_line *line)
{
	static const struct conduct how = {
		.use = CONFIG_FOR_RESPOND,
		.prepare = respond_prepare,
		.line = report_line,
		.summary = report_summary,
	};

	return conduct(&how, line);
}
