// SPDX-License-Identifier: BSD-3-Clause
// meter: cycles for each item, averaged over windows of many bursts.
#include "meter.h"

#include <stdlib.h>

void meter_init(struct meter *meter, uint64_t own_cycles)
{
	*meter = (struct meter){.own_cycles = own_cycles,
		.windows = calloc(METER_WINDOWS_MAX, sizeof(meter->windows[0]))};
	if (meter->windows == NULL)
		abort();
}

void meter_free(struct meter *meter)
{
	free(meter->windows);
	meter->windows = NULL;
}

void meter_end_window(struct meter *meter)
{
	if (meter->n_windows < METER_WINDOWS_MAX && meter->window_items > 0)
		meter->windows[meter->n_windows++] =
			(double)meter->window_cycles / (double)meter->window_items;
	meter->cycles += meter->window_cycles;
	meter->n_items += meter->window_items;
	meter->n_bursts += meter->window_bursts;
	meter->window_cycles = 0;
	meter->window_items = 0;
	meter->window_bursts = 0;
}

static int compare_windows(const void *left, const void *right)
{
	double a = *(const double *)left;
	double b = *(const double *)right;

	return (a > b) - (a < b);
}

double meter_median(struct meter *meter)
{
	if (meter->n_windows == 0)
		meter_end_window(meter);
	if (meter->n_windows == 0)
		return 0;
	qsort(meter->windows, meter->n_windows, sizeof(meter->windows[0]), compare_windows);
	return meter->windows[meter->n_windows / 2];
}

double meter_mean(struct meter *meter)
{
	meter_end_window(meter);
	return meter->n_items > 0 ? (double)meter->cycles / (double)meter->n_items : 0;
}
