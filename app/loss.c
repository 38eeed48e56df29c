// SPDX-License-Identifier: BSD-3-Clause
// loss: see loss.h.
#include "app/loss.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

// Percent of the time from which on a lcore has none to spare, and below which it has plenty.
static const double BUSY = 90;
static const double IDLE = 50;

static void explain_no_mbuf(const struct loss *loss, char text[LOSS_TEXT_LEN])
{
	snprintf(text, LOSS_TEXT_LEN,
		"port %s had no packet buffer for %" PRIu64
		" packets: raise mbufs in its [port] section above the %" PRIu32
		" that each queue has",
		loss->device, loss->rx_no_mbuf, loss->n_mbufs);
}

static void explain_early(const struct loss *loss, char text[LOSS_TEXT_LEN])
{
	snprintf(text, LOSS_TEXT_LEN,
		"port %s missed %" PRIu64
		" packets that came while estab was starting, and none since: nothing is too "
		"small, let the load begin later",
		loss->device, loss->rx_early);
}

static void explain_busy(const struct loss *loss, char text[LOSS_TEXT_LEN])
{
	const struct loss_queue *busiest = &loss->busiest;
	const struct loss_queue *idlest = &loss->idlest;
	int len = snprintf(text, LOSS_TEXT_LEN,
		"port %s missed %" PRIu64
		" packets: lcore %u, which polls its queue %u, was busy %.0f %% of the time",
		loss->device, loss->rx_missed, busiest->lcore_id, busiest->queue_idx,
		busiest->busy_percent);

	if (loss->n_served > 0)
		snprintf(text + len, LOSS_TEXT_LEN - (size_t)len,
			": it receives for %u lcores, as the port has no more queues; only a card "
			"that spreads TCP by RSS takes that off it",
			loss->n_served);
	else if (idlest->busy_percent < IDLE)
		snprintf(text + len, LOSS_TEXT_LEN - (size_t)len,
			", lcore %u at queue %u %.0f %%: the flows fall on few queues; let the "
			"load come from more addresses and ports",
			idlest->lcore_id, idlest->queue_idx, idlest->busy_percent);
	else
		snprintf(text + len, LOSS_TEXT_LEN - (size_t)len,
			": give estab more lcores and queues");
}

// What makes the ring longer, where it is not estab that sets its length.
static const char *ring_remedy(const char *driver)
{
	static const struct {
		const char *driver;
		const char *remedy;
	} remedies[] = {
		{"net_af_packet", "or raise framecnt= in its --vdev"},
		{"net_memif", "or raise rsize= in the --vdev of both ends"},
		{"net_pcap", "its ring is libpcap's, for which there is nothing to set"},
		{"net_tap", "or raise the txqueuelen of its interface"},
		{"net_virtio_user", "or raise queue_size= in its --vdev"},
	};

	for (size_t i = 0; i < sizeof(remedies) / sizeof(remedies[0]); i++)
		if (strcmp(remedies[i].driver, driver) == 0)
			return remedies[i].remedy;
	return NULL;
}

static void explain_bursts(const struct loss *loss, char text[LOSS_TEXT_LEN])
{
	const char *remedy = ring_remedy(loss->driver);
	int len = snprintf(text, LOSS_TEXT_LEN,
		"port %s missed %" PRIu64
		" packets, which came in bursts larger than its rx rings while its lcores had time "
		"to spare (lcore %u at queue %u, the busiest, was busy %.0f %% of the time): look "
		"for other load on their CPUs (isolcpus, other processes); ",
		loss->device, loss->rx_missed, loss->busiest.lcore_id, loss->busiest.queue_idx,
		loss->busiest.busy_percent);

	if (remedy != NULL)
		snprintf(text + len, LOSS_TEXT_LEN - (size_t)len, "%s", remedy);
	else
		snprintf(text + len, LOSS_TEXT_LEN - (size_t)len,
			"a ring has %u descriptors, for which there is no key, so else give it "
			"more queues and lcores",
			loss->n_rx_desc);
}

bool loss_explain_rx(const struct loss *loss, char text[LOSS_TEXT_LEN])
{
	if (loss->rx_no_mbuf > 0)
		explain_no_mbuf(loss, text);
	else if (loss->rx_missed > 0 && loss->busiest.busy_percent > BUSY)
		explain_busy(loss, text);
	else if (loss->rx_missed > 0)
		explain_bursts(loss, text);
	else if (loss->rx_early > 0)
		explain_early(loss, text);
	else
		return false;
	return true;
}

bool loss_explain_passing(const struct loss *loss, char text[LOSS_TEXT_LEN])
{
	if (loss->pass_dropped == 0)
		return false;
	snprintf(text, LOSS_TEXT_LEN,
		"port %s brought %" PRIu64
		" packets faster than the lcores that own their flows took them: give estab more "
		"lcores, and look for other load on their CPUs",
		loss->device, loss->pass_dropped);
	return true;
}

bool loss_explain_tx(const struct loss *loss, char text[LOSS_TEXT_LEN])
{
	if (loss->tx_dropped == 0)
		return false;
	int len = snprintf(text, LOSS_TEXT_LEN,
		"port %s did not take %" PRIu64 " frames of estab's: ", loss->device,
		loss->tx_dropped);

	if (loss->n_link_downs > 0)
		snprintf(text + len, LOSS_TEXT_LEN - (size_t)len,
			"its link went down %" PRIu64 " time%s: see to the cable and the other end",
			loss->n_link_downs, loss->n_link_downs == 1 ? "" : "s");
	else
		snprintf(text + len, LOSS_TEXT_LEN - (size_t)len,
			"its link or the peer behind it is slower than the lcores");
	return true;
}

bool loss_explain_unsent(const struct loss *loss, char text[LOSS_TEXT_LEN])
{
	if (loss->n_unsent == 0)
		return false;
	snprintf(text, LOSS_TEXT_LEN,
		"port %s had no packet buffer, or no room before what it sends, for %" PRIu64
		" announcements of its addresses: raise mbufs in its [port] section above the "
		"%" PRIu32 " that each queue has",
		loss->device, loss->n_unsent, loss->n_mbufs);
	return true;
}
