// SPDX-License-Identifier: BSD-3-Clause
// ladder_capture: see ladder_capture.h.
#include "app/ladder_capture.h"

#include <errno.h>
#include <pcap/pcap.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/ladder_memory.h"

enum { READ_AHEAD = 1 << 18, NS_PER_S = 1000000000 };

// A capture from beyond the year 2242 is damaged; its times must not overflow.
static const uint64_t time_max_s = UINT64_C(1) << 33;

struct ladder_capture {
	pcap_t *pcap;
	enum ladder_link link;
};

static const struct {
	int type;
	enum ladder_link link;
} link_types[] = {
	{DLT_EN10MB, LADDER_LINK_ETHERNET},
	{DLT_LINUX_SLL, LADDER_LINK_COOKED},
	{DLT_LINUX_SLL2, LADDER_LINK_COOKED_2},
	{DLT_RAW, LADDER_LINK_RAW},
	{DLT_IPV4, LADDER_LINK_RAW},
	{DLT_IPV6, LADDER_LINK_RAW},
	{DLT_NULL, LADDER_LINK_FAMILY},
	{DLT_LOOP, LADDER_LINK_FAMILY},
};

static bool find_link(int type, enum ladder_link *link)
{
	for (size_t i = 0; i < sizeof(link_types) / sizeof(link_types[0]); i++) {
		if (link_types[i].type != type)
			continue;
		*link = link_types[i].link;
		return true;
	}
	return false;
}

static void say_other_link(char error[LADDER_CAPTURE_ERROR_LEN], const char *path, int type)
{
	const char *name = pcap_datalink_val_to_name(type);
	const char *meaning = pcap_datalink_val_to_description(type);

	snprintf(error, LADDER_CAPTURE_ERROR_LEN,
		"%s: link type %d (%s, %s) is not understood; Ethernet, Linux cooked v1 and v2, "
		"raw IP and BSD loopback are: capture on another interface, or with tcpdump -i any",
		path, type, name == NULL ? "?" : name, meaning == NULL ? "no name" : meaning);
}

static FILE *open_file(const char *path)
{
	FILE *file = strcmp(path, "-") == 0 ? stdin : fopen(path, "re");

	if (file != NULL)
		setvbuf(file, NULL, _IOFBF, READ_AHEAD);
	return file;
}

static void close_file(FILE *file)
{
	if (file != stdin)
		fclose(file);
}

int ladder_capture_open(
	const char *path, struct ladder_capture **capture, char error[LADDER_CAPTURE_ERROR_LEN])
{
	char reason[PCAP_ERRBUF_SIZE] = "";
	FILE *file = open_file(path);
	enum ladder_link link;

	if (file == NULL) {
		int status = -errno;

		snprintf(error, LADDER_CAPTURE_ERROR_LEN, "%s: %s", path, strerror(-status));
		return status;
	}

	pcap_t *pcap =
		pcap_fopen_offline_with_tstamp_precision(file, PCAP_TSTAMP_PRECISION_NANO, reason);

	if (pcap == NULL) {
		snprintf(error, LADDER_CAPTURE_ERROR_LEN,
			"%s: no capture: %s; name a pcap or pcapng file, as tcpdump -w makes it",
			path, reason);
		close_file(file);
		return -EINVAL;
	}
	if (!find_link(pcap_datalink(pcap), &link)) {
		say_other_link(error, path, pcap_datalink(pcap));
		pcap_close(pcap);
		return -ENOTSUP;
	}
	*capture = ladder_memory_take(1, sizeof(**capture));
	**capture = (struct ladder_capture){.pcap = pcap, .link = link};
	return 0;
}

enum ladder_link ladder_capture_link(const struct ladder_capture *capture)
{
	return capture->link;
}

static int64_t time_of(const struct timeval *stamp)
{
	uint64_t seconds = (uint64_t)stamp->tv_sec;

	if (seconds > time_max_s)
		seconds = time_max_s;
	return (int64_t)(seconds * NS_PER_S + (uint64_t)stamp->tv_usec % NS_PER_S);
}

int ladder_capture_next(struct ladder_capture *capture, struct frame *frame, int64_t *time_ns)
{
	struct pcap_pkthdr *header;
	const u_char *bytes;
	int status = pcap_next_ex(capture->pcap, &header, &bytes);

	if (status == PCAP_ERROR_BREAK)
		return 0;
	if (status != 1)
		return -EBADMSG;
	*time_ns = time_of(&header->ts); // its "microseconds" are nanoseconds here
	*frame = (struct frame){
		.bytes = bytes,
		.contiguous_len = header->caplen,
		.frame_len = header->len > header->caplen ? header->len : header->caplen,
	};
	return 1;
}

const char *ladder_capture_error(struct ladder_capture *capture)
{
	return pcap_geterr(capture->pcap);
}

void ladder_capture_close(struct ladder_capture *capture)
{
	pcap_close(capture->pcap);
	free(capture);
}
