// SPDX-License-Identifier: BSD-3-Clause
// crossed_engines: two engines take each other for their clients: each has a flow with the other's
// address and port but other sequence numbers. Whatever states they are in, they must fall silent.
#pragma once

// A cmocka test; its state is the family.
void crossed_engines_fall_silent(void **state);
