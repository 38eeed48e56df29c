// SPDX-License-Identifier: BSD-3-Clause
// slowness: how much less a test should do under a sanitizer.
#pragma once

// Sanitizers make everything many times slower.
#if defined(__SANITIZE_ADDRESS__)
enum { SLOWNESS = 20 };
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(memory_sanitizer)
enum { SLOWNESS = 20 };
#else
enum { SLOWNESS = 1 };
#endif
#else
enum { SLOWNESS = 1 };
#endif
