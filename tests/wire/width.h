// SPDX-License-Identifier: BSD-3-Clause
// width: whether this CPU runs what a test is compiled for, one width of registers.
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

enum { SKIPPED = 77 };

// False after a line that says what is missing; main() then returns SKIPPED.
static inline bool width_is_supported(void)
{
#if defined(__AVX512BW__)
	if (!__builtin_cpu_supports("avx512bw") || !__builtin_cpu_supports("avx512dq")) {
		print_message("this CPU has no AVX-512\n");
		return false;
	}
#elif defined(__AVX2__)
	if (!__builtin_cpu_supports("avx2")) {
		print_message("this CPU has no AVX2\n");
		return false;
	}
#endif
	return true;
}
