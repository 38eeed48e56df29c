// SPDX-License-Identifier: BSD-3-Clause
// cipher: which of them this CPU can run.
#include "cookie/cipher.h"
#include "cookie/packing.h"

static const struct cipher *const ciphers[] = {
	[COOKIE_SIPHASH] = &cipher_siphash,
	[COOKIE_AESNI] = &cipher_aesni,
	[COOKIE_VAES] = &cipher_vaes,
};

enum { N_CIPHERS = sizeof(ciphers) / sizeof(ciphers[0]) };

const char *cookie_cipher_name(enum cookie_cipher cipher)
{
	if ((unsigned int)cipher >= N_CIPHERS)
		return "unknown";
	return cipher == COOKIE_AUTO ? "auto" : ciphers[cipher]->name;
}

// The later in the list, the faster; SipHash runs anywhere.
static enum cookie_cipher cipher_fastest(void)
{
	unsigned int id = N_CIPHERS - 1;

	while (!ciphers[id]->is_supported())
		id--;
	return (enum cookie_cipher)id;
}

const struct cipher *cipher_choose(enum cookie_cipher *id)
{
	enum cookie_cipher chosen = *id == COOKIE_AUTO ? cipher_fastest() : *id;

	if ((unsigned int)chosen >= N_CIPHERS || !ciphers[chosen]->is_supported())
		return NULL;
	*id = chosen;
	return ciphers[chosen];
}

const struct packing *packing_choose(void)
{
	return __builtin_cpu_supports("avx2") ? &packing_avx2 : &packing_sse;
}
