// SPDX-License-Identifier: BSD-3-Clause
// ladder_end: see ladder_end.h.
#include "app/ladder_end.h"

#include "tcp/sequence.h"

static void end_set_base(struct ladder_end *end, uint32_t base)
{
	if (end->has_base)
		return;
	end->base = base;
	end->has_base = true;
}

void ladder_end_learn_syn(struct ladder_end *end, const struct segment *seg)
{
	if (end->has_iss && seg->seq != end->iss) {
		end->other_iss = end->iss;
		end->has_other_iss = true;
		end->snd_nxt = seg->seq;
	}
	end->iss = seg->seq;
	end->base = seg->seq;
	end->has_iss = true;
	end->has_base = true;
	end->has_syn = true;
	end->options = seg->options;
	end->window_scale = seg->window_scale;
	end->syn_flags = seg->flags;
	end->syn_accurate_ecn = seg->accurate_ecn;
}

void ladder_end_learn_sent(struct ladder_end *end, const struct segment *seg)
{
	uint32_t next = seg->seq + segment_len(seg);

	end_set_base(end, seg->seq - 1);
	if (!end->has_sent || seq_after(next, end->snd_nxt))
		end->snd_nxt = next;
	end->has_sent = true;
	if ((seg->flags & TCP_FIN) && !end->has_fin) {
		end->fin_nxt = next;
		end->has_fin = true;
	}
	if (seg->options & OPTION_TIMESTAMPS &&
		(!end->has_tsval || seq_after(seg->tsval, end->tsval))) {
		end->tsval = seg->tsval;
		end->has_tsval = true;
	}
}

// The window is scaled from behind the SYN on, if both ends scale theirs. How much is known of
// both SYNs only.
static void end_learn_window(
	struct ladder_end *end, const struct ladder_end *other, const struct segment *seg)
{
	bool scaled =
		!(seg->flags & TCP_SYN) && (end->options & other->options & OPTION_WINDOW_SCALE);
	uint32_t right_edge =
		seg->ack + ((uint32_t)seg->window << (scaled ? end->window_scale : 0));

	if (!end->has_syn || !other->has_syn)
		return;
	if (!end->has_right_edge || seq_after(right_edge, end->right_edge))
		end->right_edge = right_edge;
	end->has_right_edge = true;
}

void ladder_end_learn_ack(
	struct ladder_end *end, struct ladder_end *other, const struct segment *seg)
{
	end_set_base(other, seg->ack - 1);
	if (other->has_other_iss && seg->ack == other->other_iss + 1) {
		other->iss = other->base = other->other_iss;
		other->snd_nxt = seg->ack;
		other->has_other_iss = false;
	}
	if (other->has_sent && seq_after(seg->ack, other->snd_nxt)) // not captured
		other->snd_nxt = seg->ack;
	if (!end->has_acked || seq_after(seg->ack, end->rcv_nxt))
		end->rcv_nxt = seg->ack;
	end->has_acked = true;
	end_learn_window(end, other, seg);
}

void ladder_end_infer_syn(struct ladder_end *end, uint32_t ack)
{
	end->iss = end->base = ack - 1;
	end->snd_nxt = ack;
	end->has_iss = end->has_base = end->has_sent = true;
}
