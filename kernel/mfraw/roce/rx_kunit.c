// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Tests of packets that arrive together: what was found out about one packet is
 * used for the next one, with the same results as if each packet came alone.
 */
#include "kunit.h"

#include "roce/pack.h"
#include "roce/rx.c"

#define RX_AT		(WORLD_IOVA + 8)
#define RX_LEN		40

/**
 * struct rx_world - a receiving queue pair, and packets of its peer
 * @w: the world of the queue pair; its round has the packets
 * @path: the way from the peer
 */
struct rx_world {
	struct mfraw_world	*w;
	struct mfraw_path	path;
};

/* Stand-ins for the rest of the driver. */

static unsigned int rx_marked, rx_cnps, rx_multicast;

void mfraw_cc_rx_cnp(struct mfraw_roce *roce)
{
	rx_cnps++;
}

void mfraw_cc_rx_marked(struct mfraw_roce *roce, u32 n)
{
	rx_marked += n;
}

void mfraw_mcast_rx(struct mfraw_dev *dev, const struct mfraw_pkt *pkt)
{
	rx_multicast++;
}

void mfraw_ud_rx(struct mfraw_roce *roce, const struct mfraw_pkt *pkt)
{
}

void mfraw_pkt_dgid(const struct mfraw_pkt *pkt, union ib_gid *gid)
{
	memset(gid, 0, sizeof(*gid));
}

bool mfraw_gid_is_own(struct mfraw_dev *dev, const union ib_gid *gid, u16 vlan)
{
	return true;
}

static void rx_forget(void *data)
{
	struct mfraw_world *w = data;

	mfraw_table_clear(&w->dev.rdev.qps, 0);
}

static void rx_new(struct kunit *test, struct rx_world *r)
{
	struct mfraw_roce *roce;
	struct iphdr *ip;
	unsigned int i;

	r->w = mfraw_world(test);
	roce = mfraw_world_roce(test, r->w, IB_QPT_RC);
	r->path = roce->path;
	ip = (struct iphdr *)(r->path.hdr + r->path.l3);
	swap(ip->saddr, ip->daddr);
	r->w->dev.rdev.rxq.ops = &mfraw_roce_rxq_ops;
	r->w->dev.qpn_first = WORLD_QPN;
	KUNIT_ASSERT_EQ(test, 0,
			mfraw_table_set(&r->w->dev.rdev.qps, 0, roce));
	KUNIT_ASSERT_EQ(test, 0,
			kunit_add_action_or_reset(test, rx_forget, r->w));
	for (i = 0; i < 4; i++)
		mfraw_world_recv(r->w, RX_AT + i * 256, 256);
	rx_marked = 0;
	rx_cnps = 0;
	rx_multicast = 0;
}

/* Add a packet with @len bytes of payload to the round of the world. */
static void rx_packet(struct rx_world *r, u8 opcode, u32 psn, u32 len)
{
	struct mfraw_packer p;
	u8 data[256];
	u32 i;

	for (i = 0; i < len; i++)
		data[i] = psn + i;
	mfraw_pack_begin(&p, r->w->qp.burst, &r->path, opcode, WORLD_QPN,
			 psn | MFRAW_BTH_ACK_REQ);
	mfraw_pack_data(&p, data, len);
	mfraw_pack_end(&p, r->w->qp.roce);
}

/* Receive the packets of the round, @n at a time. */
static void rx_receive(struct rx_world *r, unsigned int n)
{
	struct mfraw_burst *b = r->w->qp.burst;
	unsigned int i;

	local_bh_disable();
	rcu_read_lock();
	for (i = 0; i < b->nr_frames; i += n)
		mfraw_roce_rx(&r->w->dev.rdev.rxq, &b->frames[i], n);
	rcu_read_unlock();
	local_bh_enable();
}

/* What a receiver has after its packets. */
struct rx_state {
	u64			stats[MFRAW_NUM_STATS];
	u32			psn, msn, ack_psn, fetched;
	u8			syndrome;
	enum ib_qp_state	state;
	unsigned int		marked, cnps, multicast, events;
	u8			mem[1024];
	struct mfraw_cqe	cqe[4];
};

static void rx_save(struct rx_world *r, struct rx_state *s)
{
	const struct mfraw_responder *resp = &r->w->qp.roce->resp;
	enum mfraw_stat stat;
	unsigned int i;

	memset(s, 0, sizeof(*s));
	for (stat = 0; stat < MFRAW_NUM_STATS; stat++)
		s->stats[stat] = mfraw_world_count(r->w, stat);
	s->psn = resp->psn;
	s->msn = resp->msn;
	s->ack_psn = resp->ack_psn;
	s->syndrome = resp->ack_syndrome;
	s->fetched = r->w->qp.rq.q.cons;
	s->state = r->w->qp.state;
	s->marked = rx_marked;
	s->cnps = rx_cnps;
	s->multicast = rx_multicast;
	s->events = r->w->events;
	for (i = 0; i < sizeof(s->mem); i++)
		s->mem[i] = *mfraw_world_at(r->w, RX_AT + i);
	for (i = 0; i < ARRAY_SIZE(s->cqe); i++)
		mfraw_world_poll(r->w, &s->cqe[i]);
}

/*
 * Receive two packets together, and one by one. A bit of the second one differs,
 * at offset @off of the header. Both ways have the same result.
 */
static void rx_compare(struct kunit *test, u32 off, u8 bits, u32 len,
		       struct rx_state *s)
{
	struct rx_world r;
	unsigned int n;

	for (n = 1; n <= 2; n++) {
		rx_new(test, &r);
		rx_packet(&r, IB_OPCODE_RC_SEND_ONLY, 0, RX_LEN);
		rx_packet(&r, IB_OPCODE_RC_SEND_ONLY, 1, len);
		r.w->qp.burst->hdrs[1][off] ^= bits;
		rx_receive(&r, n);
		rx_save(&r, &s[n - 1]);
	}
	KUNIT_EXPECT_MEMEQ_MSG(test, &s[0], &s[1], sizeof(*s),
			       "bits %#x at %u, length %u", bits, off, len);
}

static void rx_alike(struct kunit *test)
{
	struct rx_state *s = mf_test_alloc(test, 2 * sizeof(*s));
	u32 headers = ETH_HLEN + sizeof(struct iphdr) + sizeof(struct udphdr) +
		      sizeof(struct mfraw_bth);
	struct rnd_state rnd;
	u32 off, len;

	mf_test_seed(&rnd);
	rx_compare(test, 0, 0, RX_LEN, s);
	KUNIT_EXPECT_EQ(test, s->psn, 2);
	KUNIT_EXPECT_EQ(test, s->fetched, 2);
	for (off = 0; off < headers; off++)
		rx_compare(test, off, BIT(mf_test_below(&rnd, 8)), RX_LEN, s);
	for (len = 0; len <= RX_LEN + 4; len += 3)
		rx_compare(test, 0, 0, len, s);
}

/* A mark of congestion counts with each packet. */
static void rx_alike_marked(struct kunit *test)
{
	struct rx_world r;
	struct iphdr *ip;
	u32 i;

	rx_new(test, &r);
	ip = (struct iphdr *)(r.path.hdr + r.path.l3);
	ip->tos |= INET_ECN_CE;
	for (i = 0; i < 3; i++)
		rx_packet(&r, IB_OPCODE_RC_SEND_ONLY, i, RX_LEN);
	rx_receive(&r, 3);
	KUNIT_EXPECT_EQ(test, rx_marked, 3);
	KUNIT_EXPECT_EQ(test, r.w->qp.roce->resp.psn, 3);
}

static struct kunit_case rx_cases[] = {
	KUNIT_CASE(rx_alike),
	KUNIT_CASE(rx_alike_marked),
	{}
};

struct kunit_suite mfraw_rx_suite = {
	.name = "mfraw_rx",
	.test_cases = rx_cases,
};
