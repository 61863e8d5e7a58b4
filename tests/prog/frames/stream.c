// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Contents of a stream of frames. Seed, stream and sequence number determine
 * length and data, so the receiver knows what to expect.
 *
 * A frame of 22 bytes or more has its sequence number behind the header, and a
 * checksum of all other bytes in the last 4 bytes. A shorter frame is compared
 * with the expected one.
 */
#include <endian.h>
#include <errno.h>
#include <poll.h>
#include <string.h>

#include "frames.h"

#define LONG_ENOUGH	(ETH_HDR_LEN + 8)

static uint64_t frame_seed(const struct params *p, uint32_t stream,
			   uint32_t seq)
{
	uint64_t x = p->seed ^ (uint64_t)(stream + 1) << 48 ^ (seq + 1ULL);

	prng(&x);
	return x;
}

uint16_t stream_type(uint32_t stream)
{
	return TYPE_BASE | stream << TYPE_SEQ_BITS;
}

uint32_t frame_len(const struct params *p, uint32_t stream, uint32_t seq)
{
	uint64_t state = frame_seed(p, stream, seq);
	uint64_t r = prng(&state);
	uint32_t span = p->max_len - ETH_HDR_LEN + 1;

	switch (r >> 61) {
	case 0:
		return p->max_len;
	case 1:
		return ETH_HDR_LEN + (r & 7);
	case 2:
	case 3:
		return ETH_HDR_LEN + (uint32_t)r % (span < 100 ? span : 100);
	default:
		return ETH_HDR_LEN + (uint32_t)r % span;
	}
}

void frame_fill(const struct params *p, uint8_t *frame, const uint8_t *dst,
		const uint8_t *src, uint32_t stream, uint32_t seq)
{
	uint32_t len = frame_len(p, stream, seq);
	uint64_t state = frame_seed(p, stream, seq);
	uint32_t pos = ETH_HDR_LEN;
	uint32_t le;

	eth_header(frame, dst, src, stream_type(stream) | (seq & TYPE_SEQ_MASK));
	while (pos < len) {
		uint32_t n = len - pos < 8 ? len - pos : 8;
		uint64_t word = prng(&state);

		memcpy(frame + pos, &word, n);
		pos += n;
	}
	if (len < LONG_ENOUGH)
		return;
	le = htole32(seq);
	memcpy(frame + ETH_HDR_LEN, &le, 4);
	le = htole32(frame_sum(frame, len - 4));
	memcpy(frame + len - 4, &le, 4);
}

/*
 * Returns whether a frame is intact and belongs to the stream. @last is the
 * lowest sequence number that may come. A short frame has only the low bits of
 * its number, so a duplicate is taken for a later frame, or for none.
 */
bool frame_check(const struct params *p, const uint8_t *frame, uint32_t len,
		 uint32_t stream, uint32_t last, uint32_t *seq)
{
	uint32_t type = frame[12] << 8 | frame[13];
	uint8_t want[LONG_ENOUGH];
	uint32_t le;

	if ((type & ~TYPE_SEQ_MASK) != stream_type(stream))
		return false;

	if (len >= LONG_ENOUGH) {
		memcpy(&le, frame + len - 4, 4);
		if (le32toh(le) != frame_sum(frame, len - 4))
			return false;
		memcpy(&le, frame + ETH_HDR_LEN, 4);
		*seq = le32toh(le);
		return (*seq & TYPE_SEQ_MASK) == (type & TYPE_SEQ_MASK) &&
		       frame_len(p, stream, *seq) == len;
	}

	/* Find the next frame with these low bits and the same contents. */
	for (*seq = last + ((type - last) & TYPE_SEQ_MASK); *seq < p->count;
	     *seq += TYPE_SEQ_MASK + 1) {
		if (frame_len(p, stream, *seq) != len)
			continue;
		frame_fill(p, want, frame, frame + 6, stream, *seq);
		if (!memcmp(want, frame, len))
			return true;
	}
	return false;
}

void open_td_pd(struct rawdev *dev, struct ibv_td **td, struct ibv_pd **pd)
{
	struct ibv_parent_domain_init_attr attr = { .pd = dev->pd };
	struct ibv_td_init_attr td_attr = {};

	*td = ibv_alloc_td(dev->ctx, &td_attr);
	if (!*td)
		die("ibv_alloc_td: %s", strerror(errno));
	attr.td = *td;
	*pd = ibv_alloc_parent_domain(dev->ctx, &attr);
	if (!*pd)
		die("ibv_alloc_parent_domain: %s", strerror(errno));
}

/* Wait up to 100 ms for an event of a CQ of the channel, and acknowledge it. */
void wait_event(struct ibv_comp_channel *channel)
{
	struct pollfd pfd = { .fd = channel->fd, .events = POLLIN };
	struct ibv_cq *cq;
	void *cookie;

	if (poll(&pfd, 1, 100) <= 0)
		return;
	if (ibv_get_cq_event(channel, &cq, &cookie))
		die("ibv_get_cq_event: %s", strerror(errno));
	ibv_ack_cq_events(cq, 1);
}
