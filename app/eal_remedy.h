// SPDX-License-Identifier: BSD-3-Clause
// eal_remedy: what to try when EAL does not start. EAL's own errno says little, so the machine is
// looked at.
#pragma once

#include "app/eal_arguments.h"

// `error` is what rte_eal_init() left in rte_errno, 0 if nothing. A static string.
const char *eal_remedy(const struct eal_arguments *arguments, int error);
