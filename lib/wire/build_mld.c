// SPDX-License-Identifier: BSD-3-Clause
// build_mld: the multicast listener report that lets snooping switches hand us the solicitations
// for our address (RFC 3810).
#include "wire/build.h"
#include "wire/build_headers.h"
#include "wire/build_link.h"

enum { ROUTER_ALERT_LEN = 8, REPORT_LEN = 8 + 20, RECORD_OFFSET = 8 };
enum { CHANGE_TO_EXCLUDE_MODE = 4 }; // RFC 3810 5.2.12: join, any source

static bool is_link_local(const uint8_t addr[16])
{
	return addr[0] == 0xfe && (addr[1] & 0xc0) == 0x80;
}

// RFC 3810 5.2.13, RFC 3590: a link-local address of ours, or :: if there is none (yet).
static const uint8_t *report_source(const struct host *host, const uint8_t addr[16])
{
	static const uint8_t unspecified[16] = {0};

	if (is_link_local(addr))
		return addr;
	for (uint16_t i = 0; i < host->n_ipv6; i++) {
		if (is_link_local(host->ipv6[i].first))
			return host->ipv6[i].first;
	}
	return unspecified;
}

// RFC 3810 5.2.14: to all MLDv2 routers, hop limit 1, behind a router alert (RFC 2711).
uint16_t build_mld_report(uint8_t *bytes, const struct host *host, const uint8_t addr[16])
{
	static const uint8_t routers[16] = {0xff, 0x02, [15] = 0x16};
	static const uint8_t router_alert[ROUTER_ALERT_LEN] = {
		PROTOCOL_ICMPV6, 0, 5, 2, 0, 0, 1, 0};
	const uint8_t *source = report_source(host, addr);
	struct link_address to = build_group_link(host, routers);
	uint16_t l2_len = build_ethernet(bytes, host, &to, ETHERTYPE_IPV6);
	uint8_t *ip = bytes + l2_len;
	uint8_t report[REPORT_LEN] = {
		[ICMP_TYPE] = ICMPV6_MLDV2_REPORT,
		[7] = 1, // one record
		[RECORD_OFFSET] = CHANGE_TO_EXCLUDE_MODE,
		[RECORD_OFFSET + 4] = 0xff, // ff02::1:ff00:0/104 and the end of the address
		[RECORD_OFFSET + 5] = 0x02,
		[RECORD_OFFSET + 15] = 0x01,
		[RECORD_OFFSET + 16] = 0xff,
	};

	memcpy(report + RECORD_OFFSET + 17, addr + 13, 3);
	// The checksum knows nothing of the extension header: its pseudo-header counts the report
	// alone.
	uint64_t sum = build_ipv6(ip, 1, PROTOCOL_ICMPV6, source, routers, REPORT_LEN);
	sum += checksum_add(report, sizeof(report));
	bytes_store16(report + ICMP_CHECKSUM, (uint16_t)~checksum_fold(sum));
	build_ipv6(ip, 1, PROTOCOL_HOP_BY_HOP, source, routers, ROUTER_ALERT_LEN + REPORT_LEN);
	memcpy(ip + IPV6_LEN, router_alert, sizeof(router_alert));
	memcpy(ip + IPV6_LEN + ROUTER_ALERT_LEN, report, sizeof(report));
	return (uint16_t)(l2_len + IPV6_LEN + ROUTER_ALERT_LEN + REPORT_LEN);
}
