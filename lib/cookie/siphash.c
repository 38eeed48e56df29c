// SPDX-License-Identifier: BSD-3-Clause
// siphash: the functions that are called rather than inlined.
#include "cookie/siphash.h"

struct siphash_key siphash_key_from(const uint8_t bytes[16])
{
	struct siphash_key key;

	memcpy(&key, bytes, sizeof(key));
	key.k0 = le64toh(key.k0);
	key.k1 = le64toh(key.k1);
	return key;
}

uint64_t siphash64(struct siphash_key key, const void *data, size_t len)
{
	uint64_t hash;

	siphash_compute(key, data, len, false, &hash);
	return hash;
}

void siphash128(struct siphash_key key, const void *data, size_t len, uint64_t hash[2])
{
	siphash_compute(key, data, len, true, hash);
}
