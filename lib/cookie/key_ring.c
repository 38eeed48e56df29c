// SPDX-License-Identifier: BSD-3-Clause
// key_ring: key derivation and the slots' calendar.
#include "cookie/key_ring.h"

#include "cookie/siphash.h"

#include <string.h>

// SipHash-2-4-128 under the secret's first half xor the same under its second: pseudo-random as
// long as either half is secret.
void key_derive(const uint8_t secret[COOKIE_SECRET_LEN], enum key_purpose purpose, uint64_t number,
	uint8_t key[CIPHER_KEY_LEN])
{
	const uint64_t message[2] = {htole64(purpose), htole64(number)};
	uint64_t first[2];
	uint64_t second[2];

	siphash128(siphash_key_from(secret), message, sizeof(message), first);
	siphash128(siphash_key_from(secret + 16), message, sizeof(message), second);
	for (unsigned int i = 0; i < 2; i++)
		first[i] = htole64(first[i] ^ second[i]);
	memcpy(key, first, CIPHER_KEY_LEN);
	explicit_bzero(first, sizeof(first));
	explicit_bzero(second, sizeof(second));
}

// For three quarters of a slot it and the one before are valid, then it and the next: a cookie from
// a clock that is a quarter of a slot ahead of ours is never too new.
struct key_window key_window_at(uint64_t unix_ms, uint32_t rotate_s)
{
	uint64_t slot_ms = UINT64_C(1000) * rotate_s;
	uint64_t turn_ms = UINT64_C(750) * rotate_s;
	uint64_t slot = unix_ms / slot_ms;
	uint64_t start_ms = slot * slot_ms;

	if (unix_ms - start_ms < turn_ms)
		return (struct key_window){start_ms, turn_ms, slot, slot - 1};
	return (struct key_window){start_ms + turn_ms, slot_ms - turn_ms, slot, slot};
}
