// SPDX-License-Identifier: BSD-3-Clause
// eal_lcores: see eal_lcores.h.
#include "app/eal_lcores.h"

#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "port/placement.h"

// The lcores there are, and the CPUs of each.
struct layout {
	cpu_set_t ids; // numbers below EAL_LCORES_MAX
	cpu_set_t cpus[EAL_LCORES_MAX];
};

// --- What is not told ----------------------------------------------------------------------------

// Both return false.

__attribute__((format(printf, 2, 3))) static bool refuse(
	struct eal_lcores *lcores, const char *format, ...)
{
	va_list values;

	va_start(values, format);
	vsnprintf(lcores->unknown, sizeof(lcores->unknown), format, values);
	va_end(values);
	lcores->refused = true;
	return false;
}

static bool leave_unknown(struct eal_lcores *lcores, const char *option, const char *value)
{
	snprintf(lcores->unknown, sizeof(lcores->unknown), "%s %.80s is more than this understands",
		option, value);
	return false;
}

// --- Numbers -------------------------------------------------------------------------------------

// Each reads what it can and returns what is behind it; NULL if that is not what it should be.

static const char *read_number(const char *text, unsigned long *number)
{
	char *end;

	if (*text < '0' || *text > '9')
		return NULL;
	*number = strtoul(text, &end, 10);
	return *number < CPU_SETSIZE ? end : NULL;
}

// "3" or "3-5"; either way: "5-3" too.
static const char *read_range(const char *text, cpu_set_t *set, bool either_way)
{
	unsigned long first;
	unsigned long last;

	text = read_number(text, &first);
	last = first;
	if (text != NULL && *text == '-')
		text = read_number(text + 1, &last);
	if (text == NULL || (first > last && !either_way))
		return NULL;
	for (unsigned long i = 0; i < CPU_SETSIZE; i++)
		if ((i >= first && i <= last) || (i >= last && i <= first))
			CPU_SET(i, set);
	return text;
}

static const char *read_ranges(const char *text, cpu_set_t *set, bool either_way)
{
	text = read_range(text, set, either_way);
	while (text != NULL && *text == ',')
		text = read_range(text + 1, set, either_way);
	return text;
}

// A range, or several in brackets.
static const char *read_group(const char *text, cpu_set_t *set)
{
	if (*text != '(')
		return read_range(text, set, true);
	text = read_ranges(text + 1, set, true);
	return text != NULL && *text == ')' ? text + 1 : NULL;
}

static bool read_list(const char *text, cpu_set_t *set)
{
	text = read_ranges(text, set, false);
	return text != NULL && *text == '\0';
}

// Hexadecimal, the last digit for the numbers from 0 to 3.
static bool read_mask(const char *text, cpu_set_t *set)
{
	static const char digits[] = "0123456789abcdef";
	size_t len;

	if (strncasecmp(text, "0x", 2) == 0)
		text += 2;
	len = strlen(text);
	for (size_t i = 0; i < len; i++) {
		const char *digit = strchr(digits, text[i] | 0x20);

		if (digit == NULL || (len - i) * 4 > CPU_SETSIZE)
			return false;
		for (size_t bit = 0; bit < 4; bit++)
			if ((size_t)(digit - digits) >> bit & 1)
				CPU_SET((len - 1 - i) * 4 + bit, set);
	}
	return len > 0;
}

// --- Lcores --------------------------------------------------------------------------------------

// Each of these lcores on the CPU of its number, or on any of `cpus`.
static bool add_lcores(struct layout *layout, const cpu_set_t *ids, const cpu_set_t *cpus)
{
	for (size_t id = 0; id < CPU_SETSIZE; id++) {
		if (!CPU_ISSET(id, ids))
			continue;
		if (id >= EAL_LCORES_MAX)
			return false;
		CPU_SET(id, &layout->ids);
		CPU_ZERO(&layout->cpus[id]);
		if (cpus == NULL)
			CPU_SET(id, &layout->cpus[id]);
		else
			layout->cpus[id] = *cpus;
	}
	return true;
}

// "2@5", "(1,3)@(6-8)", "4", "1-3": without CPUs lcores run on those of their numbers, a group on
// all of the group's.
static const char *read_assignment(const char *text, struct layout *layout)
{
	bool is_group = *text == '(';
	cpu_set_t ids;
	cpu_set_t cpus;

	CPU_ZERO(&ids);
	CPU_ZERO(&cpus);
	text = read_group(text, &ids);
	if (text != NULL && *text == '@') {
		if (CPU_COUNT(&ids) > 1 && !is_group)
			return NULL;
		text = read_group(text + 1, &cpus);
		return text != NULL && add_lcores(layout, &ids, &cpus) ? text : NULL;
	}
	return text != NULL && add_lcores(layout, &ids, is_group ? &ids : NULL) ? text : NULL;
}

static bool read_assignments(const char *text, struct layout *layout)
{
	text = read_assignment(text, layout);
	while (text != NULL && *text == ',')
		text = read_assignment(text + 1, layout);
	return text != NULL && *text == '\0';
}

static bool read_option(const char *option, const char *value, struct layout *layout)
{
	cpu_set_t ids;

	if (strcmp(option, "--lcores") == 0)
		return read_assignments(value, layout);
	CPU_ZERO(&ids);
	return (strcmp(option, "-l") == 0 ? read_list(value, &ids) : read_mask(value, &ids)) &&
		add_lcores(layout, &ids, NULL);
}

// NULL in `value` if the option is not given.
static bool read_value(struct eal_lcores *lcores, const struct eal_arguments *arguments,
	const char *option, const char **value)
{
	*value = eal_arguments_value(arguments, option);
	if (*value == NULL && eal_arguments_has(arguments, option))
		return refuse(lcores, "%s needs a value", option);
	return true;
}

static bool read_layout(
	struct eal_lcores *lcores, const struct eal_arguments *arguments, struct layout *layout)
{
	static const char *const options[] = {"--lcores", "-l", "-c"};
	size_t n_given = 0;

	memset(layout, 0, sizeof(*layout));
	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
		const char *value;

		if (!read_value(lcores, arguments, options[i], &value))
			return false;
		if (value != NULL && !read_option(options[i], value, layout))
			return leave_unknown(lcores, options[i], value);
		n_given += eal_arguments_count(arguments, options[i]);
	}
	if (n_given > 1)
		return refuse(lcores, "EAL takes one of -l, -c and --lcores, once");
	if (CPU_COUNT(&layout->ids) > 0)
		return true;
	snprintf(lcores->unknown, sizeof(lcores->unknown), "there is no CPU to choose");
	return false;
}

static bool take_service_cores(
	struct eal_lcores *lcores, const struct eal_arguments *arguments, cpu_set_t *ids)
{
	const char *mask;
	const char *list;
	cpu_set_t service;

	CPU_ZERO(&service);
	if (!read_value(lcores, arguments, "-s", &mask) ||
		!read_value(lcores, arguments, "-S", &list))
		return false;
	if (mask != NULL && !read_mask(mask, &service))
		return leave_unknown(lcores, "-s", mask);
	if (list != NULL && !read_list(list, &service))
		return leave_unknown(lcores, "-S", list);
	for (size_t id = 0; id < EAL_LCORES_MAX; id++)
		if (CPU_ISSET(id, &service))
			CPU_CLR(id, ids);
	return true;
}

// --- Where they run ------------------------------------------------------------------------------

static bool cpu_is_there(size_t cpu)
{
	char path[80];

	snprintf(path, sizeof(path), "/sys/devices/system/cpu/cpu%zu/topology/core_id", cpu);
	return access(path, F_OK) == 0;
}

// "2,4-6"; what does not fit is left out.
static void write_cpus(char text[], size_t text_len, const cpu_set_t *cpus)
{
	size_t len = 0;

	text[0] = '\0';
	for (size_t i = 0; i < CPU_SETSIZE && len + 12 < text_len; i++) {
		size_t last = i;

		if (!CPU_ISSET(i, cpus))
			continue;
		while (last + 1 < CPU_SETSIZE && CPU_ISSET(last + 1, cpus))
			last++;
		len += (size_t)snprintf(text + len, text_len - len, "%s%zu", len > 0 ? "," : "", i);
		if (last > i)
			len += (size_t)snprintf(text + len, text_len - len, "-%zu", last);
		i = last;
	}
}

static bool place(struct eal_lcores *lcores, struct eal_lcore *lcore, uint16_t id,
	const struct layout *layout)
{
	bool first = true;

	lcore->id = id;
	write_cpus(lcore->cpus, sizeof(lcore->cpus), &layout->cpus[id]);
	for (size_t cpu = 0; cpu < CPU_SETSIZE; cpu++) {
		if (!CPU_ISSET(cpu, &layout->cpus[id]))
			continue;
		if (!cpu_is_there(cpu))
			return refuse(lcores, "lcore %u is to run on CPU %zu, which is not there",
				id, cpu);
		int node = placement_cpu_node((int)cpu);

		lcore->node = first || node == lcore->node ? node : -1;
		first = false;
	}
	return true;
}

// --main-lcore, else the first.
static bool choose_main(struct eal_lcores *lcores, const struct eal_arguments *arguments,
	const struct layout *layout, unsigned long *id)
{
	const char *value;
	const char *end;

	if (!read_value(lcores, arguments, "--main-lcore", &value))
		return false;
	*id = 0;
	if (value == NULL) {
		while (!CPU_ISSET(*id, &layout->ids))
			(*id)++;
		return true;
	}
	end = read_number(value, id);
	if (end != NULL && *end == '\0' && *id < EAL_LCORES_MAX && CPU_ISSET(*id, &layout->ids))
		return true;
	return refuse(lcores, "--main-lcore %.80s is none of them", value);
}

void eal_lcores_read(struct eal_lcores *lcores, const struct eal_arguments *arguments)
{
	struct layout layout;
	unsigned long main_id;

	memset(lcores, 0, sizeof(*lcores));
	if (!read_layout(lcores, arguments, &layout) ||
		!choose_main(lcores, arguments, &layout, &main_id) ||
		!place(lcores, &lcores->main, (uint16_t)main_id, &layout) ||
		!take_service_cores(lcores, arguments, &layout.ids))
		return;
	for (uint16_t id = 0; id < EAL_LCORES_MAX; id++)
		if (id != main_id && CPU_ISSET(id, &layout.ids) &&
			!place(lcores, &lcores->workers[lcores->n_workers++], id, &layout))
			return;
}
