// SPDX-License-Identifier: BSD-3-Clause
// packet_options: the options of a TCP header (RFC 9293 3.2, RFC 7323, RFC 2018).
#include "wire/bytes.h"
#include "wire/packet_layer.h"
#include "wire/protocol.h"

static void read_mss(const uint8_t *option, struct segment *seg)
{
	seg->options |= OPTION_MSS;
	seg->mss = bytes_load_be16(option + 2);
}

// RFC 7323 2.3: a shift above 14 counts as 14.
static void read_window_scale(const uint8_t *option, struct segment *seg)
{
	seg->options |= OPTION_WINDOW_SCALE;
	seg->window_scale = option[2] < WINDOW_SCALE_MAX ? option[2] : WINDOW_SCALE_MAX;
}

static void read_timestamps(const uint8_t *option, struct segment *seg)
{
	seg->options |= OPTION_TIMESTAMPS;
	seg->tsval = bytes_load_be32(option + 2);
	seg->tsecr = bytes_load_be32(option + 6);
}

// RFC 9293 MUST-6: an unknown kind is ignored, and so is a known one of the wrong length.
static void read_option(const uint8_t *option, uint32_t option_len, struct segment *seg)
{
	switch (option[0]) {
	case OPTION_KIND_MSS:
		if (option_len == OPTION_MSS_LEN)
			read_mss(option, seg);
		break;
	case OPTION_KIND_WINDOW_SCALE:
		if (option_len == OPTION_WINDOW_SCALE_LEN)
			read_window_scale(option, seg);
		break;
	case OPTION_KIND_SACK_PERMITTED:
		if (option_len == OPTION_SACK_PERMITTED_LEN)
			seg->options |= OPTION_SACK_PERMITTED;
		break;
	case OPTION_KIND_TIMESTAMPS:
		if (option_len == OPTION_TIMESTAMPS_LEN)
			read_timestamps(option, seg);
		break;
	default:
		break;
	}
}

void options_parse_any(const uint8_t *options, uint32_t options_len, struct segment *seg)
{
	uint32_t i = 0;

	seg->options = 0;
	while (i < options_len && options[i] != OPTION_KIND_END) {
		if (options[i] == OPTION_KIND_NOP) {
			i++;
			continue;
		}
		// RFC 9293 MUST-7: a length that cannot be ends the reading.
		uint32_t left = options_len - i;
		if (left < 2 || options[i + 1] < 2 || options[i + 1] > left)
			return;
		read_option(options + i, options[i + 1], seg);
		i += options[i + 1];
	}
}

static uint32_t word(uint8_t a, uint8_t b, uint8_t c, uint8_t d)
{
	return htobe32((uint32_t)a << 24 | (uint32_t)b << 16 | (uint32_t)c << 8 | d);
}

// NOP, NOP, timestamps: every segment after the handshake (RFC 7323 appendix A).
static bool is_timestamps(const uint8_t *options)
{
	return bytes_load32(options) ==
		word(OPTION_KIND_NOP, OPTION_KIND_NOP, OPTION_KIND_TIMESTAMPS,
			OPTION_TIMESTAMPS_LEN);
}

// MSS, SACK-permitted, timestamps, NOP, window scale: a SYN of Linux.
static bool is_linux_syn(const uint8_t *options)
{
	const uint32_t scale_mask = word(0xff, 0xff, 0xff, 0);

	return bytes_load_be16(options) == (OPTION_KIND_MSS << 8 | OPTION_MSS_LEN) &&
		bytes_load32(options + 4) ==
		word(OPTION_KIND_SACK_PERMITTED, OPTION_SACK_PERMITTED_LEN, OPTION_KIND_TIMESTAMPS,
			OPTION_TIMESTAMPS_LEN) &&
		(bytes_load32(options + 16) & scale_mask) ==
		word(OPTION_KIND_NOP, OPTION_KIND_WINDOW_SCALE, OPTION_WINDOW_SCALE_LEN, 0);
}

void options_parse(const uint8_t *options, uint32_t options_len, struct segment *seg)
{
	if (options_len == 12 && is_timestamps(options)) {
		seg->options = 0;
		read_timestamps(options + 2, seg);
	} else if (options_len == 20 && is_linux_syn(options)) {
		seg->options = OPTION_SACK_PERMITTED;
		read_mss(options, seg);
		read_timestamps(options + 6, seg);
		read_window_scale(options + 17, seg);
	} else {
		options_parse_any(options, options_len, seg);
	}
}
