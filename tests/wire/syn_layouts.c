// SPDX-License-Identifier: BSD-3-Clause
// syn_layouts: the options of SYNs, timestamps all 0x11 and 0x22.
#include "syn_layouts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define OPTIONS(...) .len = sizeof((uint8_t[]){__VA_ARGS__}), .options = {__VA_ARGS__}
#define MSS_1460 2, 4, 0x05, 0xb4
#define SACK 4, 2
#define STAMPS 8, 10, 0x11, 0x11, 0x11, 0x11, 0x22, 0x22, 0x22, 0x22
#define SCALE(shift) 3, 3, shift
#define NOP 1
#define END 0

const struct syn_layout syn_layouts[] = {
	{"Linux", true, 28, OPTIONS(MSS_1460, SACK, STAMPS, NOP, SCALE(7))},
	{"Windows", true, 0, OPTIONS(MSS_1460, NOP, SCALE(8), NOP, NOP, SACK)},
	{"macOS: 24 bytes", true, 32,
		OPTIONS(MSS_1460, NOP, SCALE(6), NOP, NOP, STAMPS, SACK, END, END)},
	{"FreeBSD", true, 32, OPTIONS(MSS_1460, NOP, SCALE(6), SACK, STAMPS)},
	{"none", true, 0, .len = 0},
	{"MSS only", true, 0, OPTIONS(MSS_1460)},
	{"another MSS", true, 0, OPTIONS(2, 4, 0x02, 0x18)},
	{"timestamps alone", true, 24, OPTIONS(NOP, NOP, STAMPS)},
	{"timestamps twice", true, 32, OPTIONS(STAMPS, STAMPS)},
	{"END before timestamps", true, 0, OPTIONS(MSS_1460, END, NOP, STAMPS)},
	{"scale of 15", true, 0, OPTIONS(MSS_1460, NOP, SCALE(15))},
	{"unknown option", true, 0, OPTIONS(MSS_1460, 254, 6, 0xf9, 0x89, 1, 2, NOP, NOP)},
	{"MSS of 3 bytes", true, 0, OPTIONS(2, 3, 0x05, NOP, SACK, NOP, NOP)},
	{"timestamps of 11 bytes", true, 0, OPTIONS(8, 11, 1, 2, 3, 4, 5, 6, 7, 8, 9, NOP)},
	{"length 0", true, 0, OPTIONS(MSS_1460, 3, 0, NOP, NOP, NOP, NOP, STAMPS)},
	{"length 1", true, 0, OPTIONS(SACK, 8, 1, STAMPS, NOP, NOP)},
	{"length beyond the header", true, 0, OPTIONS(MSS_1460, 8, 10, 1, 2, 3, 4, 5, 6)},
	{"kind without length", true, 0, OPTIONS(NOP, NOP, NOP, 8)},
	{"timestamps, then a malformed length", true, 24, OPTIONS(NOP, NOP, STAMPS, 2, 9, 1, 2)},
	{"timestamps at an odd offset", false, 27, OPTIONS(MSS_1460, NOP, STAMPS, NOP)},
	{"28 bytes", false, 28,
		OPTIONS(MSS_1460, SACK, STAMPS, NOP, SCALE(7), 34, 2, NOP, NOP, NOP, NOP, END,
			END)},
	{"40 bytes", false, 52,
		OPTIONS(MSS_1460, SACK, 19, 18, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15,
			16, NOP, NOP, NOP, NOP, NOP, NOP, STAMPS)},
};

const size_t n_syn_layouts = sizeof(syn_layouts) / sizeof(syn_layouts[0]);

const struct syn_layout *syn_layout(const char *name)
{
	for (size_t i = 0; i < n_syn_layouts; i++)
		if (strcmp(syn_layouts[i].name, name) == 0)
			return &syn_layouts[i];
	fail_msg("no layout is called %s", name);
	return NULL;
}
