// SPDX-License-Identifier: BSD-3-Clause
// respond: see respond.h.
#include "app/respond.h"

#include "app/conduct.h"
#include "app/report.h"

int respond(const struct command_line *line)
{
	static const struct conduct how = {
		.use = CONFIG_FOR_RESPOND,
		.line = report_line,
		.summary = report_summary,
	};

	return conduct(&how, line);
}
