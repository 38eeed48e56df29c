// SPDX-License-Identifier: BSD-3-Clause
// ladder_rules: see ladder_rules.h.
#include "app/ladder_rules.h"

#include "tcp/segment.h"
#include "tcp/sequence.h"

enum {
	BARE_WINDOW = 65535, // what a receiver of unknown scale allows at least
	WINDOW_MAX = 1 << 30, // RFC 7323 2.3
};

#define BIT(name) (UINT32_C(1) << LADDER_##name)

_Static_assert((int)N_LADDER_RULES <= 32, "bits of a uint32_t");

const struct ladder_rule ladder_rules[N_LADDER_RULES] = {
#define LADDER_RULE(name, ignored, text, clause) [LADDER_##name] = {text, clause, ignored},
#include "app/ladder_rules.def"
#undef LADDER_RULE
};

// A segment on its way from one end to the other.
struct passage {
	const struct ladder_connection *connection;
	enum ladder_side side; // of the sender
	const struct ladder_end *from;
	const struct ladder_end *to;
	const struct segment *segment;
};

static uint32_t bit_if(bool is_broken, uint32_t bit)
{
	return is_broken ? bit : 0;
}

static bool is_synchronized(const struct ladder_connection *connection)
{
	return connection->state == LADDER_ESTABLISHED || connection->state == LADDER_CLOSING;
}

static bool has_ended(const struct ladder_connection *connection)
{
	return connection->state >= LADDER_CLOSED;
}

// Whether everything that `end` has sent since its SYN was captured.
static bool knows_sent(const struct ladder_end *end)
{
	return end->has_iss && end->is_captured;
}

// Whether ACK=`ack` acknowledges the SYN with ISN `iss`, and nothing that `end` has not sent.
static bool acknowledges_syn(const struct ladder_end *end, uint32_t iss, uint32_t ack)
{
	return ack - (iss + 1) <= end->snd_nxt - (iss + 1);
}

static bool acknowledges_any_syn(const struct ladder_end *end, uint32_t ack)
{
	return acknowledges_syn(end, end->iss, ack) ||
		(end->has_other_iss && ack == end->other_iss + 1);
}

static uint32_t judge_ecn(const struct passage *passage)
{
	const struct segment *seg = passage->segment;
	const uint8_t ecn = TCP_ECE | TCP_CWR;
	bool offered = (passage->to->syn_flags & ecn) == ecn;
	bool accurate = offered && passage->to->syn_accurate_ecn;
	bool reflected = offered && (seg->flags & ecn) == ecn;

	// RFC 9768 3.1: to an accurate SYN, ECE and CWR without AE are an answer.
	if (accurate)
		return bit_if(reflected && seg->accurate_ecn, BIT(ACCURATE_ECN_REFLECTED));
	if (reflected)
		return BIT(ECN_REFLECTED);
	return bit_if(!offered && (seg->flags & ecn) == TCP_ECE, BIT(ECN_NOT_OFFERED));
}

// A SYN,ACK answers options and ECN only if the SYN had them.
static uint32_t judge_answers(const struct passage *passage)
{
	uint8_t unoffered = passage->segment->options & (uint8_t)~passage->to->options;

	if (!passage->to->has_syn)
		return 0;
	return bit_if(unoffered & OPTION_WINDOW_SCALE, BIT(WINDOW_SCALE_NOT_OFFERED)) |
		bit_if(unoffered & OPTION_SACK_PERMITTED, BIT(SACK_NOT_OFFERED)) |
		bit_if(unoffered & OPTION_TIMESTAMPS, BIT(TIMESTAMPS_NOT_OFFERED)) |
		judge_ecn(passage);
}

static uint32_t judge_syn(const struct passage *passage)
{
	const struct segment *seg = passage->segment;
	bool is_again = passage->from->has_iss && seg->seq == passage->from->iss;
	uint32_t broken = bit_if(seg->flags & TCP_FIN, BIT(SYN_WITH_FIN));

	if (is_synchronized(passage->connection))
		return broken | bit_if(!is_again, BIT(SYN_WITHIN_CONNECTION));
	if (!(seg->flags & TCP_ACK) || has_ended(passage->connection))
		return broken;
	return broken | judge_answers(passage) |
		bit_if(knows_sent(passage->to) && !acknowledges_any_syn(passage->to, seg->ack),
			BIT(SYN_ACK_OF_UNSENT));
}

// RFC 9293 3.10.7.3 second: in SYN-SENT a RST counts if it acknowledges the SYN.
static uint32_t judge_rst_in_syn_sent(const struct passage *passage)
{
	const struct segment *seg = passage->segment;

	if (!passage->to->has_iss)
		return 0;
	return bit_if(!(seg->flags & TCP_ACK) ||
			!acknowledges_syn(passage->to, passage->to->iss, seg->ack),
		BIT(RST_NOT_OF_SYN));
}

// RFC 5961 3.2. What is in flight may or may not have arrived, so that RCV.NXT is anywhere from the
// last ACK on up to what was sent.
static uint32_t judge_rst(const struct passage *passage)
{
	const struct ladder_end *from = passage->from;
	const struct ladder_end *to = passage->to;

	if (passage->connection->state == LADDER_UNANSWERED && passage->side == LADDER_SERVER)
		return judge_rst_in_syn_sent(passage);
	if (has_ended(passage->connection) || !from->has_iss || !to->has_iss)
		return 0;

	uint32_t rcv_nxt = to->has_acked ? to->rcv_nxt : from->iss + 1;
	uint32_t right_edge = to->has_right_edge ? to->right_edge : rcv_nxt + BARE_WINDOW;
	uint32_t ahead = passage->segment->seq - rcv_nxt;

	if (ahead <= from->snd_nxt - rcv_nxt)
		return 0;
	return ahead < right_edge - rcv_nxt ? BIT(RST_NOT_EXACT) : BIT(RST_OUTSIDE_WINDOW);
}

// Captures lose packets: what the sender of the ACK had room for may have been sent.
static uint32_t judge_ack_of_unsent(const struct passage *passage)
{
	const struct ladder_end *from = passage->from;
	uint32_t ack = passage->segment->ack;

	if (!seq_after(ack, passage->to->snd_nxt))
		return 0;
	return from->has_right_edge && seq_after(ack, from->right_edge) ? BIT(ACK_OF_UNSENT)
									: BIT(ACK_OF_UNSEEN);
}

static uint32_t judge_ack(const struct passage *passage)
{
	const struct ladder_end *to = passage->to;
	uint32_t ack = passage->segment->ack;

	if (!knows_sent(to) || has_ended(passage->connection))
		return 0;
	if (passage->connection->state == LADDER_UNANSWERED)
		return bit_if(passage->side == LADDER_SERVER && !acknowledges_syn(to, to->iss, ack),
			BIT(ACK_OF_UNSENT_SYN_SENT));
	if (passage->connection->state == LADDER_HALF_OPEN && passage->side == LADDER_CLIENT)
		return bit_if(!acknowledges_any_syn(to, ack), BIT(ACK_OF_UNSENT_SYN_RECEIVED));
	return judge_ack_of_unsent(passage);
}

// Data of one byte may probe a closed window (RFC 9293 3.8.6.1).
static uint32_t judge_window(const struct passage *passage)
{
	const struct segment *seg = passage->segment;
	const struct ladder_end *to = passage->to;
	uint32_t end = seg->seq + (seg->payload_len > 1 ? seg->payload_len : 0u);

	if (!to->has_right_edge)
		return 0;
	return bit_if(seq_after(end, to->right_edge) ||
			(seq_before(seg->seq, to->rcv_nxt) && to->rcv_nxt - seg->seq > WINDOW_MAX),
		BIT(OUTSIDE_WINDOW));
}

static uint32_t judge_late_options(const struct segment *seg)
{
	return bit_if(seg->options & OPTION_MSS, BIT(MSS_AFTER_SYN)) |
		bit_if(seg->options & OPTION_WINDOW_SCALE, BIT(WINDOW_SCALE_AFTER_SYN)) |
		bit_if(seg->options & OPTION_SACK_PERMITTED, BIT(SACK_PERMITTED_AFTER_SYN));
}

// Both SYNs must have had them.
static uint32_t judge_negotiation(const struct passage *passage)
{
	bool has = passage->segment->options & OPTION_TIMESTAMPS;
	bool negotiated = passage->from->options & passage->to->options & OPTION_TIMESTAMPS;

	if (!passage->from->has_syn || !passage->to->has_syn || has == negotiated)
		return 0;
	return has ? BIT(TIMESTAMPS_NOT_OFFERED) : BIT(NO_TIMESTAMPS);
}

// A segment sent again, or overtaken, may well be older.
static uint32_t judge_tsval(const struct passage *passage)
{
	const struct segment *seg = passage->segment;
	const struct ladder_end *from = passage->from;

	return bit_if((seg->options & OPTION_TIMESTAMPS) && from->has_tsval &&
			seq_before(seg->tsval, from->tsval) && from->has_sent &&
			!seq_before(seg->seq, from->snd_nxt),
		BIT(TSVAL_BACKWARDS));
}

static uint32_t judge_tsecr(const struct passage *passage)
{
	const struct segment *seg = passage->segment;
	const struct ladder_end *to = passage->to;

	return bit_if((seg->options & OPTION_TIMESTAMPS) && (seg->flags & TCP_ACK) &&
			to->has_tsval && seg->tsecr != 0 && seq_after(seg->tsecr, to->tsval) &&
			ladder_connection_is_whole(passage->connection),
		BIT(TSECR_OF_UNSENT));
}

static uint32_t judge_segment(const struct passage *passage)
{
	const struct segment *seg = passage->segment;
	const struct ladder_end *from = passage->from;

	if (!(seg->flags & TCP_ACK))
		return BIT(NO_ACK_FLAG);
	return judge_ack(passage) | judge_window(passage) | judge_late_options(seg) |
		judge_negotiation(passage) | judge_tsval(passage) |
		bit_if(from->has_fin && seq_after(seg->seq + segment_len(seg), from->fin_nxt),
			BIT(BEHIND_FIN));
}

uint32_t ladder_rules_broken(const struct ladder_connection *connection, enum ladder_side from,
	const struct ladder_packet *packet)
{
	const struct passage passage = {
		.connection = connection,
		.side = from,
		.from = &connection->ends[from],
		.to = &connection->ends[!from],
		.segment = &packet->segment,
	};
	uint32_t broken = bit_if(packet->bad_ip_checksum, BIT(BAD_IP_CHECKSUM)) |
		bit_if(packet->bad_tcp_checksum, BIT(BAD_TCP_CHECKSUM));

	// What did not arrive as it was sent says nothing of its sender.
	if (broken != 0)
		return broken;
	if (packet->segment.flags & TCP_RST)
		return judge_rst(&passage);
	if (packet->segment.flags & TCP_SYN)
		return judge_syn(&passage) | judge_tsecr(&passage);
	broken = judge_segment(&passage);
	// Whatever was lost by the capture had a TSval.
	return broken & BIT(ACK_OF_UNSEEN) ? broken : broken | judge_tsecr(&passage);
}

bool ladder_rules_ignored(uint32_t broken)
{
	for (int rule = 0; broken != 0; rule++, broken >>= 1)
		if ((broken & 1) && ladder_rules[rule].ignored)
			return true;
	return false;
}
