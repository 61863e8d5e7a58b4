// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * A raw packet queue pair with a hostile process on the one side and hostile frames on
 * the other: sends, segments of TCP, checksums and receives. What is received is what
 * was sent, and a checksum that is called correct is so.
 */
#include <net/ip6_checksum.h>

#include "kunit.h"
#include "fuzz.h"
#include "shim/world.h"

#define GUARD	0xdd

static u8 bytes[WORLD_FRAME + 512];
static u32 sends, recvs;	/* completed */
static bool tso;		/* only TSO was posted */
static bool correct;		/* the frame has correct checksums */

/* The receives that are posted, as the process remembers them. */
static struct mfraw_sge posted[WORLD_ENTRIES][2];

void fuzz_init(void)
{
}

/* Compute the checksums of a frame: are they correct? Without any, they are. */
static bool sums_ok(const u8 *frame, u32 len, u32 hdr_len)
{
	const struct iphdr *ip;
	u32 l4, end, sum;
	__be16 type;
	u8 proto;
	u16 l3;

	if (!mf_frame_l3(frame, min(len, hdr_len), UINT_MAX, &l3, &type))
		return true;
	if (type == htons(ETH_P_IP)) {
		ip = (const void *)(frame + l3);
		l4 = l3 + ip->ihl * 4;
		if (len < l3 + sizeof(*ip) || ip->ihl < 5 || len < l4)
			return false;
		end = l3 + ntohs(ip->tot_len);
		if (mf_test_sum(frame + l3, ip->ihl * 4, 0) != 0xffff)
			return false;
		if (ip->frag_off & htons(IP_MF | IP_OFFSET))
			return true;
		proto = ip->protocol;
		sum = mf_test_sum((const u8 *)&ip->saddr, 8, proto + end - l4);
	} else if (type == htons(ETH_P_IPV6)) {
		const struct ipv6hdr *ip6 = (const void *)(frame + l3);

		l4 = l3 + sizeof(*ip6);
		if (len < l4)
			return false;
		end = l4 + ntohs(ip6->payload_len);
		proto = ip6->nexthdr;
		sum = mf_test_sum((const u8 *)&ip6->saddr, 32, proto + end - l4);
	} else {
		return true;
	}
	if (proto != IPPROTO_TCP && proto != IPPROTO_UDP)
		return true;
	if (end > len || end < l4 + 8)
		return false;
	if (proto == IPPROTO_UDP && !((const struct udphdr *)(frame + l4))->check)
		return true;

	return mf_test_sum(frame + l4, end - l4, sum) == 0xffff;
}

/*
 * Make the lengths and checksums of a frame correct. Return true if they are those of
 * TCP or UDP, which a receiver verifies.
 */
static bool set_sums(u8 *frame, u32 len)
{
	struct iphdr *ip;
	__sum16 *check;
	__be16 type;
	u8 proto;
	u16 l3;
	u32 l4;

	if (!mf_frame_l3(frame, min_t(u32, len, MF_FRAME_HDR), UINT_MAX, &l3, &type))
		return false;
	ip = (void *)(frame + l3);
	if (type == htons(ETH_P_IP)) {
		l4 = l3 + ip->ihl * 4;
		if (len < l3 + sizeof(*ip) || ip->ihl < 5 || ip->version != 4 ||
		    len < l4 || ip->frag_off & htons(IP_MF | IP_OFFSET))
			return false;
		ip->tot_len = htons(len - l3);
		ip_send_check(ip);
		proto = ip->protocol;
	} else if (type == htons(ETH_P_IPV6)) {
		struct ipv6hdr *ip6 = (void *)(frame + l3);

		l4 = l3 + sizeof(*ip6);
		if (len < l4 || ip6->version != 6)
			return false;
		ip6->payload_len = htons(len - l4);
		proto = ip6->nexthdr;
	} else {
		return false;
	}
	if (proto == IPPROTO_UDP && len >= l4 + sizeof(struct udphdr)) {
		((struct udphdr *)(frame + l4))->len = htons(len - l4);
		check = &((struct udphdr *)(frame + l4))->check;
	} else if (proto == IPPROTO_TCP && len >= l4 + sizeof(struct tcphdr)) {
		check = &((struct tcphdr *)(frame + l4))->check;
	} else {
		return false;
	}
	*check = 0;
	if (type == htons(ETH_P_IP))
		*check = csum_tcpudp_magic(ip->saddr, ip->daddr, len - l4, proto,
					   csum_partial(frame + l4, len - l4, 0));
	else
		*check = csum_ipv6_magic((void *)(frame + l3 + 8), (void *)(frame + l3 + 24),
					 len - l4, proto,
					 csum_partial(frame + l4, len - l4, 0));
	*check = *check ?: CSUM_MANGLED_0;

	/* Headers behind which nobody looks for TCP or UDP. */
	return l4 + 20 <= MF_FRAME_HDR && l3 <= ETH_HLEN + VLAN_HLEN &&
	       (proto != IPPROTO_TCP || frame[l4 + 12] >> 4 == 5);
}

static void post_send(struct fuzz_in *in, struct mfraw_world *w)
{
	u32 prod = le32_to_cpu(w->db.sq_prod), size = BIT(WORLD_SHIFT), hdr = 0, i, n;
	struct mfraw_send_wqe *wqe;
	u8 *at;

	wqe = (void *)(w->sq_ring + ((prod % WORLD_ENTRIES) << WORLD_SHIFT));
	at = (u8 *)(wqe + 1);
	memset(wqe, 0, size);
	wqe->opcode = fuzz_u8(in) % 2 ? MFRAW_OP_SEND : MFRAW_OP_TSO;
	tso &= wqe->opcode == MFRAW_OP_TSO;
	wqe->flags = fuzz_u8(in) & 0x17;
	n = 1 + fuzz_u8(in) % 4;
	if (wqe->opcode == MFRAW_OP_TSO) {
		wqe->flags &= ~MFRAW_SEND_INLINE;
		hdr = fuzz_packet(in, at, 100);
		wqe->tso.hdr_len = cpu_to_le16(hdr);
		wqe->tso.mss = cpu_to_le16(fuzz_u8(in) % 16 ? 64 + fuzz_u16(in) % 4000 :
					   fuzz_u16(in));
		hdr = ALIGN(hdr, MFRAW_TSO_HDR_ALIGN);
	} else {
		/* The frame of an earlier receive may be in the memory. */
		i = fuzz_packet(in, mfraw_world_at(w, ALIGN(WORLD_IOVA, PAGE_SIZE)), 300);
		if (wqe->flags & MFRAW_SEND_INLINE) {
			n = min_t(u32, i, WORLD_INLINE + fuzz_u8(in) % 2);
			memcpy(at, mfraw_world_at(w, ALIGN(WORLD_IOVA, PAGE_SIZE)), n);
			wqe->inline_len = cpu_to_le32(n);
			n = 0;
		}
	}
	wqe->num_sge = cpu_to_le16(n);
	for (i = 0; i < n; i++) {
		struct mfraw_sge *sge = (struct mfraw_sge *)(at + hdr) + i;

		world_sge(in, sge);
		if (!i && wqe->opcode == MFRAW_OP_SEND && fuzz_u8(in) % 4)
			sge->addr = cpu_to_le64(ALIGN(WORLD_IOVA, PAGE_SIZE));
	}
	for (i = fuzz_u8(in) % 8; i > 6; i--)
		((u8 *)wqe)[fuzz_u8(in) % 160] = fuzz_u8(in);
	world_produce(in, &w->db.sq_prod);
}

static void poll(struct mfraw_world *w, const struct mf_frame *frame)
{
	struct mfraw_cqe cqe;

	while (mfraw_world_poll(w, &cqe)) {
		u32 idx = le32_to_cpu(cqe.wqe_idx), len = le32_to_cpu(cqe.byte_len);
		const struct mfraw_sge *sge = posted[idx % WORLD_ENTRIES];
		u32 i, n = le32_to_cpu(sge->length);

		fuzz_check(le32_to_cpu(cqe.qpn) == WORLD_QPN);
		if (cqe.opcode != MFRAW_CQE_RECV) {
			fuzz_check((s32)(idx - sends) >= 0);
			fuzz_check((s32)(w->qp.sq.cons - idx) > 0);
			sends = idx + 1;
			continue;
		}
		fuzz_check(idx == recvs++);
		if (cqe.status || !frame)
			continue;
		if (cqe.info & MFRAW_CQE_IP_CSUM_OK)
			fuzz_check(sums_ok(bytes, frame->len, frame->len));
		else
			fuzz_check(!correct || w->qp.rq.features);
		fuzz_check(len <= (u64)n + le32_to_cpu(sge[1].length));
		if (w->qp.rq.features)
			continue;
		fuzz_check(len == frame->len);
		if (le32_to_cpu(sge[1].length))
			continue;
		for (i = 0; i < len; i++)
			fuzz_check(*mfraw_world_at(w, le64_to_cpu(sge->addr) + i) == bytes[i]);
	}
}

static void run(struct mfraw_world *w)
{
	unsigned int rounds = 8, i;
	bool done;

	do {
		spin_lock_bh(&w->qp.sq.lock);
		done = !mfraw_raw_burst(&w->qp);
		spin_unlock_bh(&w->qp.sq.lock);
		for (i = 0; i < w->port.nr_sent; i++) {
			fuzz_check(w->port.sent_len[i] >= MF_FRAME_MIN);
			fuzz_check(w->port.sent_len[i] <= WORLD_FRAME);
			if (tso)
				fuzz_check(sums_ok(w->port.sent[i], w->port.sent_len[i],
						   w->port.sent_len[i]));
		}
		mf_test_forget(&w->port);
	} while (!done && --rounds);
}

/* One frame arrives: as far as possible with valid checksums. */
static void arrive(struct fuzz_in *in, struct mfraw_world *w)
{
	u32 len = fuzz_packet(in, bytes, 300), hdr = fuzz_u8(in);
	struct fuzz_frame f;

	if (fuzz_u8(in) % 4 == 0) {
		memset(bytes + len, hdr, 2000);
		len += fuzz_u16(in) % 2000;
	}
	correct = hdr % 2 && set_sums(bytes, len);
	fuzz_frame(&f, bytes, len, min_t(u32, len, MF_FRAME_HDR + hdr % 129), in);
	local_bh_disable();
	rcu_read_lock();
	mfraw_rxq_rx(w->qp.rxq, &f.frame, 1, fuzz_u8(in));
	rcu_read_unlock();
	local_bh_enable();
	poll(w, &f.frame);
}

void fuzz_one(struct fuzz_in *in)
{
	struct mfraw_world *w = mfraw_world(fuzz_test());
	unsigned int steps = 0;

	sends = 0;
	recvs = 0;
	tso = true;
	world_start(w, GUARD);
	w->qp.rq.features = fuzz_u8(in) % 2 ? 0 : fuzz_u8(in) % 4;
	while (in->len && steps++ < 60) {
		u8 what = fuzz_u8(in) % 16;
		u32 prod = le32_to_cpu(w->db.rq_prod) % WORLD_ENTRIES;

		if (what < 5) {
			post_send(in, w);
		} else if (what < 8) {
			run(w);
			poll(w, NULL);
		} else if (what < 11) {
			/* An entry that the queue still has is not overwritten. */
			if (le32_to_cpu(w->db.rq_prod) - recvs < WORLD_ENTRIES) {
				world_recv(in, w);
				memcpy(posted[prod], w->rq_ring[prod], sizeof(posted[prod]));
			}
		} else {
			arrive(in, w);
		}
	}
	world_end(w, GUARD);
}
