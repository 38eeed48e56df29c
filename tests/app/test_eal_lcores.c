// SPDX-License-Identifier: BSD-3-Clause
// What is said of lcores before EAL starts is what EAL makes of the same arguments, in a process of
// its own for each.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <rte_eal.h>
#include <rte_lcore.h>

#include "app/eal_lcores.h"

enum { WORDS_MAX = 6, EAL_REFUSES = 9, DIFFERS = 1 };

static struct config config;

static size_t split(char *text, char *words[WORDS_MAX])
{
	size_t n = 0;

	for (char *word = strtok(text, " "); word != NULL; word = strtok(NULL, " ")) {
		assert_true(n < WORDS_MAX);
		words[n++] = word;
	}
	return n;
}

static void read_lcores(const char *text, struct eal_lcores *lcores)
{
	char copy[128];
	char *words[WORDS_MAX];
	struct eal_arguments arguments;

	snprintf(copy, sizeof(copy), "%s", text);
	eal_arguments_compose(&arguments, &config, words, split(copy, words));
	eal_lcores_read(lcores, &arguments);
	eal_arguments_free(&arguments);
}

// --- EAL's word ----------------------------------------------------------------------------------

// "0", "1" or "0-1": CPUs beyond are in no case that EAL takes.
static const char *cpus_of(unsigned int id)
{
	rte_cpuset_t cpus = rte_lcore_cpuset(id);

	return !CPU_ISSET(1, &cpus) ? "0" : CPU_ISSET(0, &cpus) ? "0-1" : "1";
}

static bool is_as_eal_says(const struct eal_lcore *lcore, unsigned int id)
{
	return lcore->id == id && strcmp(lcore->cpus, cpus_of(id)) == 0 &&
		lcore->node == (int)rte_lcore_to_socket_id(id);
}

static bool are_as_eal_says(const struct eal_lcores *lcores)
{
	uint16_t n = 0;

	for (unsigned int id = rte_get_next_lcore(UINT_MAX, 1, 0); id < RTE_MAX_LCORE;
		id = rte_get_next_lcore(id, 1, 0))
		if (n == lcores->n_workers || !is_as_eal_says(&lcores->workers[n++], id))
			return false;
	return n == lcores->n_workers && is_as_eal_says(&lcores->main, rte_get_main_lcore());
}

static int ask_eal(const char *text, const struct eal_lcores *lcores)
{
	char copy[128];
	char *words[WORDS_MAX];
	char fixed[][20] = {"test", "--no-pci", "--no-huge", "--no-shconf", "-m", "32",
		"--no-telemetry", "--log-level=1"};
	enum { N_FIXED = sizeof(fixed) / sizeof(fixed[0]) };
	char *argv[N_FIXED + WORDS_MAX + 1] = {NULL};
	int null = open("/dev/null", O_WRONLY);

	dup2(null, STDOUT_FILENO); // EAL's help
	dup2(null, STDERR_FILENO);
	for (int i = 0; i < N_FIXED; i++)
		argv[i] = fixed[i];
	snprintf(copy, sizeof(copy), "%s", text);
	size_t n = split(copy, words);
	memcpy(&argv[N_FIXED], words, n * sizeof(words[0]));
	if (rte_eal_init((int)(N_FIXED + n), argv) < 0)
		return EAL_REFUSES;
	return lcores != NULL && are_as_eal_says(lcores) ? 0 : DIFFERS;
}

// The status of a process that asks.
static int eal_says(const char *text, const struct eal_lcores *lcores)
{
	int status;
	pid_t child = fork();

	assert_true(child >= 0);
	if (child == 0)
		_exit(ask_eal(text, lcores));
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

// --- Tests ---------------------------------------------------------------------------------------

static void lcores_are_those_of_eal(void **state)
{
	static const char *const cases[] = {"-l 0", "-l 0,1", "-l 0-1", "-l1,0", "-c 3", "-c 0x2",
		"-c0X3", "--lcores 0@0,1@0", "--lcores 5@1,2@0", "--lcores=0-1", "--lcores 0,1",
		"--lcores 1-0", "--lcores (0,1)", "--lcores (0-1)", "--lcores (0-1)@1",
		"--lcores (3-5)@0", "--lcores 3@0-1", "--lcores (2,9-7)@(0,1),1@1",
		"--lcores 4@(0-1),0@0", "--lcores (3,0)@0,(120-127)@1", "-l 0-1 --main-lcore 1",
		"-l 0-1 --main-lcore=1", "--lcores (1,4-8)@0 --main-lcore 6 -s 0x2",
		"--lcores (4-8)@0 -S 5,7-8", "--lcores (1,4-8)@0 -s2", "--lcore 0@0,3@1"};
	long n_cpus = sysconf(_SC_NPROCESSORS_CONF);

	(void)state;
	if (n_cpus < 2)
		skip();
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct eal_lcores lcores;

		read_lcores(cases[i], &lcores);
		if (lcores.unknown[0] != '\0')
			fail_msg("%s: %s", cases[i], lcores.unknown);
		if (eal_says(cases[i], &lcores) != 0)
			fail_msg("%s: EAL says otherwise", cases[i]);
	}
}

static void what_eal_refuses_is_not_known(void **state)
{
	static const struct {
		const char *arguments;
		const char *why;
	} cases[] = {
		{"-l 0-", "-l 0- is more than this understands"},
		{"-l 1-0", "-l 1-0 is more than this understands"},
		{"--lcores 3-5@0", "--lcores 3-5@0 is more than this understands"},
		{"-l x", "-l x is more than this understands"},
		{"-c 0x", "-c 0x is more than this understands"},
		{"-c g", "-c g is more than this understands"},
		{"--lcores 0@", "--lcores 0@ is more than this understands"},
		{"--lcores (0,1@0", "--lcores (0,1@0 is more than this understands"},
		{"--lcores 0@0)", "--lcores 0@0) is more than this understands"},
		{"--lcores 128@0", "--lcores 128@0 is more than this understands"},
		{"-l 0 -c 1", "EAL takes one of -l, -c and --lcores, once"},
		{"-l 0,1 -l 0", "EAL takes one of -l, -c and --lcores, once"},
		{"-c 3 -c3", "EAL takes one of -l, -c and --lcores, once"},
		{"--lcores 0-1 --lcores=0-1", "EAL takes one of -l, -c and --lcores, once"},
		{"--lcores", "--lcores needs a value"},
		{"-l", "-l needs a value"},
		{"-l 0,1 --main-lcore", "--main-lcore needs a value"},
		{"-l 0,1 -S", "-S needs a value"},
		{"-l 0,1 --main-lcore 2", "--main-lcore 2 is none of them"},
		{"-l 0,1 --main-lcore x", "--main-lcore x is none of them"},
		{"-l 0,99", "lcore 99 is to run on CPU 99, which is not there"},
		{"-l 99", "lcore 99 is to run on CPU 99, which is not there"},
		{"--lcores 0@0,1@99", "lcore 1 is to run on CPU 99, which is not there"},
	};

	(void)state;
	if (sysconf(_SC_NPROCESSORS_CONF) < 2 || sysconf(_SC_NPROCESSORS_CONF) > 99)
		skip();
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct eal_lcores lcores;

		read_lcores(cases[i].arguments, &lcores);
		assert_string_equal(lcores.unknown, cases[i].why);
		assert_int_equal(lcores.refused, strstr(cases[i].why, "understands") == NULL);
		if (eal_says(cases[i].arguments, NULL) != EAL_REFUSES)
			fail_msg("%s: EAL takes it", cases[i].arguments);
	}
}

// Without a word from the user estab chooses, and says so to EAL the same way.
static void a_choice_of_ours_is_read_as_well(void **state)
{
	struct eal_lcores lcores;

	(void)state;
	read_lcores("-m 64", &lcores);
	assert_string_equal(lcores.unknown, "");
	assert_int_equal(lcores.main.id, 0);
	assert_in_range(lcores.n_workers, 1, EAL_LCORES_MAX - 1);
	assert_int_equal(lcores.workers[0].id, 1);
}

int main(void)
{
	static const char text[] =
		"[port 0]\ndevice = net_null0\nipv4 = 192.0.2.1/24\n[listen 80]\n";
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lcores_are_those_of_eal),
		cmocka_unit_test(what_eal_refuses_is_not_known),
		cmocka_unit_test(a_choice_of_ours_is_read_as_well),
	};
	struct config_error error;

	if (config_read_text(&config, CONFIG_FOR_RESPOND, "x.conf", text, strlen(text), NULL, 0,
		    &error) != 0) {
		fprintf(stderr, "%s\n", error.text);
		return EXIT_FAILURE;
	}
	int status = cmocka_run_group_tests(tests, NULL, NULL);
	config_free(&config);
	return status;
}
