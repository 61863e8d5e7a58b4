// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * A RoCEv2 queue pair between a hostile peer and a hostile process: any packet arrives,
 * any entry is in the rings, at any time a timer expires. The peer reaches only the
 * memory that a key names, completions are in order and none is invented, and all
 * packets that leave are valid.
 */
#include "kunit.h"
#include "fuzz.h"
#include "shim/world.h"

#define GUARD	0xee

static const enum ib_qp_type types[] = { IB_QPT_RC, IB_QPT_RC, IB_QPT_UC, IB_QPT_UD };

static u8 packet[4500];
static u32 sends, recvs;	/* completed */

void fuzz_init(void)
{
	fuzz_check(!mfraw_pkt_init());
}

/* Headers of an extended kind with values of which some are right. */
static u32 put_ext(struct fuzz_in *in, struct mfraw_world *w, u8 *at, u16 info)
{
	u8 *ext = at;
	u32 len;

	if (info & MFRAW_PKT_RETH || info & MFRAW_PKT_ATOMIC) {
		struct mfraw_reth *reth = (void *)ext;

		reth->addr = cpu_to_be64(world_addr(in));
		reth->rkey = cpu_to_be32(world_key(in));
		len = fuzz_u8(in) % 4 ? fuzz_u16(in) : fuzz_u32(in);
		if (info & MFRAW_PKT_ATOMIC) {
			fuzz_bytes(in, ext + 12, 16);
			ext += sizeof(struct mfraw_atomic_eth);
		} else {
			reth->length = cpu_to_be32(len);
			ext += sizeof(*reth);
		}
	}
	if (info & MFRAW_PKT_AETH) {
		static const u8 syndromes[] = { MFRAW_SYN_ACK, MFRAW_SYN_ACK, MFRAW_SYN_RNR,
			MFRAW_SYN_NAK_SEQ, MFRAW_SYN_NAK_INV_REQ, MFRAW_SYN_NAK_ACCESS,
			MFRAW_SYN_NAK_OP, 0x40 };

		ext[0] = syndromes[fuzz_u8(in) % ARRAY_SIZE(syndromes)] | fuzz_u8(in) % 4;
		ext += MFRAW_AETH_LEN;
	}
	if (info & MFRAW_PKT_ATOMIC_ACK)
		ext += 8;
	if (info & (MFRAW_PKT_IMM | MFRAW_PKT_INV)) {
		u32 value = world_key(in);

		*(__be32 *)ext = cpu_to_be32(value);
		ext += 4;
	}

	return ext - at;
}

/* Write a packet that is right but for what the input changes. */
static u32 put_packet(struct fuzz_in *in, struct mfraw_world *w, bool response)
{
	const struct mfraw_roce *roce = w->qp.roce;
	u8 op = fuzz_u8(in) % 32, *at = packet;
	struct ethhdr *eth = (void *)at;
	struct mfraw_bth *bth;
	struct udphdr *udp;
	struct iphdr *ip;
	u32 psn, len, icrc;
	u16 info;

	memset(packet, 0, sizeof(packet));
	memcpy(eth->h_dest, w->dev.attr.mac, ETH_ALEN);
	eth->h_source[5] = 9;
	eth->h_proto = htons(ETH_P_IP);
	ip = (void *)(eth + 1);
	ip->version = 4;
	ip->ihl = 5;
	ip->ttl = 64;
	ip->protocol = IPPROTO_UDP;
	ip->saddr = htonl(0x0a000002);
	ip->daddr = htonl(0x0a000001);
	ip->tos = fuzz_u8(in) % 8 ? 0 : 3;
	udp = (void *)(ip + 1);
	udp->dest = htons(ROCE_V2_UDP_DPORT);
	bth = (void *)(udp + 1);
	if (response)
		op = 13 + op % 6;
	bth->opcode = op | roce->transport;
	if (fuzz_u8(in) % 32 == 0)
		bth->opcode = fuzz_u8(in);
	info = mfraw_roce_ops[bth->opcode & 31];
	bth->pkey = htons(0xffff);
	bth->qpn = cpu_to_be32(fuzz_u8(in) % 32 ? WORLD_QPN : fuzz_u32(in));
	psn = response ? roce->comp.psn : roce->resp.psn;
	len = fuzz_u8(in);
	psn += len < 128 ? 0 : len < 160 ? len - 144 : len < 250 && response ?
	       len % 4 : fuzz_u32(in);
	bth->psn = cpu_to_be32((psn & MFRAW_PSN_MASK) |
			       (fuzz_u8(in) & 1 ? MFRAW_BTH_ACK_REQ : 0));
	at = (u8 *)(bth + 1);
	if (roce->type == IB_QPT_UD) {
		struct mfraw_deth *deth = (void *)at;

		deth->qkey = cpu_to_be32(fuzz_u8(in) % 8 ? roce->qkey : fuzz_u32(in));
		deth->src_qpn = cpu_to_be32(fuzz_u32(in));
		at += sizeof(*deth);
	}
	at += put_ext(in, w, at, info);
	len = 0;
	if (info & MFRAW_PKT_PAYLOAD) {
		len = fuzz_u8(in);
		len = len % 4 == 0 ? fuzz_u16(in) % (4096 + 1) : len % 4 == 1 ? len / 4 :
		      WORLD_MTU;
		if (!(info & MFRAW_PKT_LAST) && len / 4 % 8)
			len = WORLD_MTU;
	}
	memset(at, fuzz_u8(in), len);
	bth->flags = (-len & 3) << 4 | (fuzz_u8(in) & 0x80);
	at += len + (-len & 3);
	len = at + 4 - packet;
	udp->len = htons(len - ((u8 *)udp - packet));
	ip->tot_len = htons(len - ETH_HLEN);
	ip_send_check(ip);
	for (icrc = fuzz_u8(in) % 8; icrc > 5; icrc--)
		packet[fuzz_u8(in) % 90 % len] = fuzz_u8(in);

	return len;
}

/* Let one or more packets arrive in a call. */
static void arrive(struct fuzz_in *in, struct mfraw_world *w, bool response)
{
	unsigned int n = 1 + fuzz_u8(in) % 3, i;
	struct mf_frame frames[3];
	struct fuzz_frame *f;

	for (i = 0; i < n; i++) {
		u32 len = put_packet(in, w, response), hdr;

		f = kunit_kzalloc(fuzz_test(), sizeof(*f), GFP_KERNEL);
		hdr = fuzz_u8(in);
		if (hdr < 240) {
			struct mf_frame whole = { .hdr = packet, .len = len, .hdr_len = len };

			mfraw_icrc_fill(&whole, packet);
		}
		fuzz_frame(f, packet, len,
			   min_t(u32, len, hdr % 2 ? len : MF_FRAME_HDR + hdr / 2), in);
		frames[i] = f->frame;
		/* A frame of another port of the NIC comes without ICRC. */
		if (hdr % 16 == 4)
			frames[i].fill_trailer = mfraw_icrc_fill;
	}
	local_bh_disable();
	rcu_read_lock();
	w->dev.rdev.rxq.ops->rx(&w->dev.rdev.rxq, frames, n);
	rcu_read_unlock();
	local_bh_enable();
}

/* Packets that left are valid, and go to the peer. */
static void check_sent(struct mfraw_world *w)
{
	unsigned int i;

	for (i = 0; i < w->port.nr_sent; i++) {
		struct mf_frame frame = {
			.hdr = w->port.sent[i],
			.len = w->port.sent_len[i],
			.hdr_len = w->port.sent_len[i],
		};
		struct mfraw_pkt pkt;

		fuzz_check(mfraw_pkt_parse(&pkt, &frame));
		fuzz_check(mfraw_icrc_ok(&pkt));
		fuzz_check(pkt.qpn == WORLD_DQPN);
		fuzz_check(pkt.len <= w->roce.mtu);
	}
	mf_test_forget(&w->port);
}

static void post_send(struct fuzz_in *in, struct mfraw_world *w)
{
	u32 prod = le32_to_cpu(w->db.sq_prod);
	struct mfraw_send_wqe *wqe;
	struct mfraw_roce_seg *seg;
	struct mfraw_sge *sge;
	unsigned int i, n;

	wqe = (void *)(w->sq_ring + ((prod % WORLD_ENTRIES) << WORLD_SHIFT));
	seg = (void *)(wqe + 1);
	sge = (void *)(seg + 1);
	memset(wqe, 0, BIT(WORLD_SHIFT));
	wqe->opcode = 1 + fuzz_u8(in) % 11;
	wqe->flags = fuzz_u8(in) & 0x1b;
	n = fuzz_u8(in);
	n = n < 192 ? n % 4 : n;
	if (wqe->flags & MFRAW_SEND_INLINE)
		wqe->inline_len = cpu_to_le32(n);
	else
		wqe->num_sge = cpu_to_le16(n);
	if (mfraw_op_is_local(wqe->opcode))
		wqe->num_sge = 0;
	if (wqe->opcode == MFRAW_OP_SEND_WITH_INV || wqe->opcode == MFRAW_OP_LOCAL_INV)
		wqe->roce.inv_rkey = cpu_to_le32(world_key(in));
	if (wqe->opcode >= MFRAW_OP_RDMA_WRITE && wqe->opcode <= MFRAW_OP_ATOMIC_FETCH_ADD) {
		seg->rdma.addr = cpu_to_le64(world_addr(in));
		seg->rdma.rkey = cpu_to_le32(world_key(in));
	} else if (wqe->opcode == MFRAW_OP_BIND_MW) {
		seg->bind.addr = cpu_to_le64(world_addr(in));
		seg->bind.length = cpu_to_le64(fuzz_u16(in));
		seg->bind.lkey = cpu_to_le32(world_key(in));
		seg->bind.rkey = cpu_to_le32(world_key(in));
		seg->bind.new_rkey = cpu_to_le32(world_key(in));
		seg->bind.access = cpu_to_le32(fuzz_u8(in));
	}
	for (i = 0; i < min(n, 4U); i++)
		world_sge(in, &sge[i]);
	for (i = fuzz_u8(in) % 8; i > 6; i--)
		((u8 *)wqe)[fuzz_u8(in) % 96] = fuzz_u8(in);
	world_produce(in, &w->db.sq_prod);
}

/* What the task of the queue pair does. */
static void run(struct mfraw_world *w)
{
	unsigned int n, rounds = 4;

	do {
		spin_lock_bh(&w->qp.sq.lock);
		n = mfraw_cc_run(w->qp.roce);
		if (mfraw_reply_burst(w->qp.roce) && mfraw_reply_due(w->qp.roce))
			n++;
		n += mfraw_req_burst(&w->qp);
		spin_unlock_bh(&w->qp.sq.lock);
		check_sent(w);
	} while (n && --rounds);
}

static void poll(struct mfraw_world *w)
{
	struct mfraw_cqe cqe;

	while (mfraw_world_poll(w, &cqe)) {
		u32 idx = le32_to_cpu(cqe.wqe_idx);

		fuzz_check(le32_to_cpu(cqe.qpn) == WORLD_QPN);
		fuzz_check(cqe.status <= MFRAW_CQE_RNR_RETRY_EXC_ERR);
		if (cqe.opcode == MFRAW_CQE_RECV ||
		    cqe.opcode == MFRAW_CQE_RECV_RDMA_WITH_IMM) {
			fuzz_check(idx == recvs++);
			fuzz_check(w->qp.rq.q.cons - recvs <= WORLD_ENTRIES);
		} else {
			/* Unsignaled entries complete with a later one. */
			fuzz_check((s32)(idx - sends) >= 0);
			fuzz_check((s32)(w->qp.sq.cons - idx) > 0);
			sends = idx + 1;
		}
	}
}

void fuzz_one(struct fuzz_in *in)
{
	struct mfraw_world *w = mfraw_world(fuzz_test());
	struct ib_gid_attr gid = {
		.device = &w->dev.ibdev,
		.gid_type = IB_GID_TYPE_ROCE_UDP_ENCAP,
	};
	struct mfraw_roce *roce;
	unsigned int steps = 0;
	u8 first = fuzz_u8(in);
	void *context;

	sends = 0;
	recvs = 0;
	world_start(w, GUARD);
	roce = mfraw_world_roce(fuzz_test(), w, types[first % 4]);
	roce->qkey = 0x11111111;
	if (first & 0x80)
		roce->attr.min_rnr_timer = 1;
	roce->attr.timeout = 1 + first / 4 % 24;
	roce->attr.retry_cnt = first / 4 % 8;
	roce->comp.retry_left = roce->attr.retry_cnt;
	fuzz_check(!xa_err(xa_store(&w->dev.rdev.qps, WORLD_QPN, roce, GFP_KERNEL)));
	w->dev.roce = w->qp.ops;
	fuzz_check(!mfraw_gid_init(&w->dev));
	fuzz_check(!mfraw_mcast_init(&w->dev));
	ipv6_addr_set_v4mapped(htonl(0x0a000001), (struct in6_addr *)&gid.gid);
	fuzz_check(!mfraw_gid_ops.add_gid(&gid, &context));
	fuzz_check(!mfraw_roce_rx_start(&w->dev));
	while (in->len && steps++ < 60) {
		u8 what = fuzz_u8(in) % 16;

		if (what < 4)
			arrive(in, w, false);
		else if (what < 7)
			arrive(in, w, true);
		else if (what < 9)
			world_recv(in, w);
		else if (what < 11)
			post_send(in, w);
		else if (what < 14)
			run(w);
		else if (what < 15)
			fuzz_timer();
		else
			fuzz_grace();
		poll(w);
	}
	mfraw_roce_rx_stop(&w->dev);
	mfraw_gid_ops.del_gid(&gid, &context);
	mfraw_mcast_fini(&w->dev);
	mfraw_gid_fini(&w->dev);
	world_end(w, GUARD);
}
