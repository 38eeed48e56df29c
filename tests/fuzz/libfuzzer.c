// SPDX-License-Identifier: BSD-3-Clause
// libfuzzer: tells libFuzzer how a target starts.
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	return fuzz_initialize();
}
