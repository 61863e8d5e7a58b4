// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Tests of building and parsing RoCEv2 packets, and of their invariant CRC.
 * They include two packets of other adapters with a known ICRC.
 */
#include <net/ip.h>

#include "kunit.h"

#include "roce/pack.c"
#include "roce/pkt.c"

/* A UC SEND of 18 bytes from another vendor's adapter. */
static const u8 pkt_uc[] = {
	0x24, 0x8a, 0x07, 0xa8, 0xfa, 0x22, 0x24, 0x8a, 0x07, 0xa8, 0xfa, 0x22,
	0x08, 0x00,
	0x45, 0x01, 0x00, 0x40, 0x04, 0x78, 0x40, 0x00, 0x40, 0x11, 0xb4, 0xd5,
	0xc0, 0xa8, 0x00, 0x07, 0xc0, 0xa8, 0x00, 0x07,
	0xc0, 0x00, 0x12, 0xb7, 0x00, 0x2c, 0xac, 0xa2,
	0x24, 0x60, 0xff, 0xff, 0x00, 0x00, 0x00, 0xd3, 0x00, 0xcf, 0x17, 0x10,
	0x46, 0x30, 0x81, 0x8b, 0xe2, 0x89, 0x35, 0xd9, 0x0e, 0x9a, 0x95, 0x50,
	0x54, 0x01, 0xbe, 0x88, 0x5e, 0x50, 0x00, 0x00,
	0x78, 0xf3, 0x53, 0xf3,
};

/* A congestion notification packet from a ConnectX-4 Lx. */
static const u8 pkt_cnp[] = {
	0xe4, 0x1d, 0x2d, 0xab, 0x2b, 0xc2, 0x7c, 0xfe, 0x90, 0x64, 0x3b, 0x32,
	0x08, 0x00,
	0x45, 0xc2, 0x00, 0x3c, 0x71, 0x8c, 0x40, 0x00, 0x40, 0x11, 0x91, 0x61,
	0x0a, 0x00, 0x11, 0x01, 0x0a, 0x00, 0x12, 0x01,
	0x00, 0x00, 0x12, 0xb7, 0x00, 0x28, 0x00, 0x00,
	0x81, 0x00, 0xff, 0xff, 0x40, 0x00, 0x01, 0x18, 0x00, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00,
	0x82, 0xfd, 0x00, 0x2a,
};

#define PKT_IP		ETH_HLEN
#define PKT_UDP		(PKT_IP + 20)
#define PKT_BTH		(PKT_UDP + 8)
#define PKT_EXT		(PKT_BTH + 12)

static void pkt_set(struct mf_test_frame *t, const u8 *data, u32 len)
{
	memset(t, 0, sizeof(*t));
	memcpy(mf_test_push(t, len), data, len);
}

/* Recompute the IPv4 header checksum. */
static void pkt_check(struct mf_test_frame *t)
{
	struct iphdr *ip = (struct iphdr *)(t->data + PKT_IP);

	ip_send_check(ip);
}

/* Build a packet with @len bytes after the BTH, ICRC included. */
static void pkt_new(struct mf_test_frame *t, u8 opcode, u32 len)
{
	struct udphdr *udp;
	u8 *bth;

	mf_test_eth(t, 2, ETH_P_IP);
	mf_test_ipv4(t, IPPROTO_UDP, IP_DF)->tot_len = htons(40 + len);
	udp = mf_test_ports(t, sizeof(*udp));
	udp->dest = htons(ROCE_V2_UDP_DPORT);
	udp->len = htons(20 + len);
	bth = mf_test_push(t, 12);
	bth[0] = opcode;
	bth[2] = 0xff;
	bth[3] = 0xff;
	bth[7] = 5;
	mf_test_push(t, len);
	pkt_check(t);
}

static bool pkt_ok(struct mf_test_frame *t)
{
	struct mfraw_pkt pkt;

	return mfraw_pkt_parse(&pkt, &t->frame);
}

static void pkt_known_uc(struct kunit *test)
{
	struct mf_test_frame t;
	struct mfraw_pkt pkt;

	pkt_set(&t, pkt_uc, sizeof(pkt_uc));
	KUNIT_ASSERT_TRUE(test, mfraw_pkt_parse(&pkt, &t.frame));
	KUNIT_EXPECT_EQ(test, pkt.opcode, IB_OPCODE_UC_SEND_ONLY);
	KUNIT_EXPECT_EQ(test, pkt.qpn, 211);
	KUNIT_EXPECT_EQ(test, pkt.psn, 13571856);
	KUNIT_EXPECT_EQ(test, pkt.len, 18);
	KUNIT_EXPECT_EQ(test, pkt.off, PKT_EXT);
	KUNIT_EXPECT_EQ(test, pkt.vlan, 0);
	KUNIT_EXPECT_FALSE(test, pkt.ack_req);
	KUNIT_EXPECT_TRUE(test, mfraw_icrc_ok(&pkt));
}

static void pkt_known_cnp(struct kunit *test)
{
	struct mf_test_frame t;
	struct mfraw_pkt pkt;

	pkt_set(&t, pkt_cnp, sizeof(pkt_cnp));
	KUNIT_ASSERT_TRUE(test, mfraw_pkt_parse(&pkt, &t.frame));
	KUNIT_EXPECT_EQ(test, pkt.info, MFRAW_PKT_CNP);
	/* BECN is above the 24 bits of the QP number. */
	KUNIT_EXPECT_EQ(test, pkt.qpn, 0x118);
	KUNIT_EXPECT_EQ(test, pkt.len, 0);
	KUNIT_EXPECT_TRUE(test, mfraw_icrc_ok(&pkt));
}

/*
 * A17.3.3: the ICRC excludes the type of service, the time to live, both
 * checksums and the byte before the QP number. It covers all other bytes.
 */
static void pkt_icrc_covers(struct kunit *test)
{
	struct mf_test_frame t;
	struct mfraw_pkt pkt;
	u32 i;

	for (i = PKT_IP; i < sizeof(pkt_uc); i++) {
		bool variant = i == PKT_IP + 1 || i == PKT_IP + 8 ||
			       i == PKT_IP + 10 || i == PKT_IP + 11 ||
			       i == PKT_UDP + 6 || i == PKT_UDP + 7 ||
			       i == PKT_BTH + 4;

		pkt_set(&t, pkt_uc, sizeof(pkt_uc));
		KUNIT_ASSERT_TRUE(test, mfraw_pkt_parse(&pkt, &t.frame));
		t.data[i] ^= 0x10;
		KUNIT_EXPECT_EQ_MSG(test, mfraw_icrc_ok(&pkt), variant,
				    "byte %u", i);
	}
}

/* The ICRC does not depend on how a frame is split into header and pages. */
static void pkt_icrc_pieces(struct kunit *test)
{
	u8 *copy = mf_test_alloc(test, sizeof(pkt_uc));
	struct bio_vec frags[3];
	struct mfraw_pkt pkt;
	u32 hdr, cut;

	for (hdr = PKT_EXT; hdr < sizeof(pkt_uc); hdr++) {
		for (cut = hdr; cut < sizeof(pkt_uc); cut++) {
			struct mf_frame frame = {
				.hdr = pkt_uc,
				.hdr_len = hdr,
				.len = sizeof(pkt_uc),
				.frags = frags,
				.nr_frags = 3,
			};

			memcpy(copy, pkt_uc, sizeof(pkt_uc));
			bvec_set_virt(&frags[0], copy + hdr, cut - hdr);
			bvec_set_virt(&frags[1], copy, 0);
			bvec_set_virt(&frags[2], copy + cut, sizeof(pkt_uc) - cut);
			KUNIT_ASSERT_TRUE(test, mfraw_pkt_parse(&pkt, &frame));
			KUNIT_ASSERT_TRUE(test, mfraw_icrc_ok(&pkt));
		}
	}
}

/*
 * IBTA 9.2, table 38: length of extended headers, and payload, per RC opcode.
 */
static void pkt_opcodes(struct kunit *test)
{
	static const struct {
		u8 op;
		u8 ext;
		bool payload;
	} ops[] = {
		{ 0x00, 0, true },	/* SEND first */
		{ 0x01, 0, true },
		{ 0x02, 0, true },
		{ 0x03, 4, true },	/* last with immediate */
		{ 0x04, 0, true },
		{ 0x05, 4, true },
		{ 0x06, 16, true },	/* RDMA WRITE first */
		{ 0x07, 0, true },
		{ 0x08, 0, true },
		{ 0x09, 4, true },
		{ 0x0a, 16, true },
		{ 0x0b, 20, true },	/* only with immediate */
		{ 0x0c, 16, false },	/* RDMA READ request */
		{ 0x0d, 4, true },	/* response first */
		{ 0x0e, 0, true },
		{ 0x0f, 4, true },
		{ 0x10, 4, true },
		{ 0x11, 4, false },	/* acknowledge */
		{ 0x12, 12, false },	/* atomic acknowledge */
		{ 0x13, 28, false },	/* compare and swap */
		{ 0x14, 28, false },
		{ 0x16, 4, true },	/* last with invalidate */
		{ 0x17, 4, true },
	};
	struct mf_test_frame t;
	struct mfraw_pkt pkt;
	unsigned int i, op;

	for (i = 0; i < ARRAY_SIZE(ops); i++) {
		/* Exactly the required length, a word less, and a word more. */
		pkt_new(&t, ops[i].op, ops[i].ext + 4);
		KUNIT_ASSERT_TRUE(test, mfraw_pkt_parse(&pkt, &t.frame));
		KUNIT_EXPECT_EQ(test, pkt.off, PKT_EXT + ops[i].ext);
		KUNIT_EXPECT_EQ(test, pkt.len, 0);
		pkt_new(&t, ops[i].op, ops[i].ext);
		KUNIT_EXPECT_FALSE(test, pkt_ok(&t));
		pkt_new(&t, ops[i].op, ops[i].ext + 8);
		KUNIT_EXPECT_EQ_MSG(test, pkt_ok(&t), ops[i].payload,
				    "opcode %#x", ops[i].op);
	}
	/* All other opcodes are invalid. */
	for (op = 0, i = 0; op < 32; op++) {
		if (i < ARRAY_SIZE(ops) && ops[i].op == op) {
			i++;
			continue;
		}
		pkt_new(&t, op, 40);
		KUNIT_EXPECT_FALSE(test, pkt_ok(&t));
	}
}

/*
 * UC has no reads, atomics or responses; RD and other transports are unknown.
 */
static void pkt_transports(struct kunit *test)
{
	struct mf_test_frame t;
	unsigned int op;

	for (op = 0; op < 32; op++) {
		bool send = op <= 5 || op == 0x16 || op == 0x17;
		bool write = op >= 6 && op <= 0xb;

		pkt_new(&t, IB_OPCODE_UC | op, 44);
		KUNIT_EXPECT_EQ_MSG(test, pkt_ok(&t), op <= 0xb,
				    "UC opcode %#x", op);
		pkt_new(&t, IB_OPCODE_UD | op, 44);
		KUNIT_EXPECT_EQ_MSG(test, pkt_ok(&t), op == 4 || op == 5,
				    "UD opcode %#x", op);
		pkt_new(&t, IB_OPCODE_RD | op, 44);
		KUNIT_EXPECT_FALSE(test, pkt_ok(&t));
		pkt_new(&t, 0xc0 | op, 44);
		KUNIT_EXPECT_FALSE(test, pkt_ok(&t));
		/* XRC has all opcodes of RC. */
		if (send || write) {
			pkt_new(&t, MFRAW_OPCODE_XRC | op, 44);
			KUNIT_EXPECT_TRUE(test, pkt_ok(&t));
		}
	}
}

/* A14: requests have an XRCETH, responses have none. */
static void pkt_xrc(struct kunit *test)
{
	struct mf_test_frame t;
	struct mfraw_pkt pkt;

	pkt_new(&t, MFRAW_OPCODE_XRC | IB_OPCODE_SEND_ONLY, 4 + 8 + 4);
	t.data[PKT_EXT] = 0xff;		/* reserved */
	t.data[PKT_EXT + 1] = 0x12;
	t.data[PKT_EXT + 3] = 0x34;
	KUNIT_ASSERT_TRUE(test, mfraw_pkt_parse(&pkt, &t.frame));
	KUNIT_EXPECT_EQ(test, pkt.srqn, 0x120034);
	KUNIT_EXPECT_EQ(test, pkt.len, 8);
	KUNIT_EXPECT_PTR_EQ(test, pkt.ext, t.frame.hdr + PKT_EXT + 4);
	pkt_new(&t, MFRAW_OPCODE_XRC | IB_OPCODE_ACKNOWLEDGE, 4 + 4);
	KUNIT_ASSERT_TRUE(test, mfraw_pkt_parse(&pkt, &t.frame));
	KUNIT_EXPECT_EQ(test, pkt.srqn, 0);
	KUNIT_EXPECT_PTR_EQ(test, pkt.ext, t.frame.hdr + PKT_EXT);
}

/*
 * 9.2.4: padding of 0 to 3 bytes lies within the payload and fills its last
 * word.
 */
static void pkt_padding(struct kunit *test)
{
	struct mf_test_frame t;
	struct mfraw_pkt pkt;
	u32 pad, len;

	for (len = 4; len <= 16; len++) {
		for (pad = 0; pad < 4; pad++) {
			pkt_new(&t, IB_OPCODE_RC_SEND_ONLY, len);
			t.data[PKT_BTH + 1] = pad << 4;
			KUNIT_EXPECT_EQ(test, len % 4 == 0 && len >= 4 + pad,
					mfraw_pkt_parse(&pkt, &t.frame));
			if (len % 4 == 0 && len >= 4 + pad)
				KUNIT_EXPECT_EQ(test, pkt.len, len - 4 - pad);
		}
	}
}

/* 9.6.1: the version is 0, and the P_Key is that of the default partition. */
static void pkt_validation(struct kunit *test)
{
	struct mf_test_frame t;
	unsigned int i;

	pkt_new(&t, IB_OPCODE_RC_SEND_ONLY, 8);
	KUNIT_EXPECT_TRUE(test, pkt_ok(&t));
	for (i = 1; i < 16; i++) {
		t.data[PKT_BTH + 1] = i;
		KUNIT_EXPECT_FALSE(test, pkt_ok(&t));
	}
	/* The parser accepts any solicited event and migration bits. */
	t.data[PKT_BTH + 1] = 0xc0;
	KUNIT_EXPECT_TRUE(test, pkt_ok(&t));
	/* A limited member of the default partition is valid. */
	t.data[PKT_BTH + 2] = 0x7f;
	KUNIT_EXPECT_TRUE(test, pkt_ok(&t));
	t.data[PKT_BTH + 3] = 0xfe;
	KUNIT_EXPECT_FALSE(test, pkt_ok(&t));
}

/* QP number and PSN have 24 bits; the upper bits have other meanings. */
static void pkt_numbers(struct kunit *test)
{
	struct mf_test_frame t;
	struct mfraw_pkt pkt;

	pkt_new(&t, IB_OPCODE_RC_SEND_ONLY, 8);
	memset(&t.data[PKT_BTH + 4], 0xff, 8);
	KUNIT_ASSERT_TRUE(test, mfraw_pkt_parse(&pkt, &t.frame));
	KUNIT_EXPECT_EQ(test, pkt.qpn, 0xffffff);
	KUNIT_EXPECT_EQ(test, pkt.psn, 0xffffff);
	KUNIT_EXPECT_TRUE(test, pkt.ack_req);
	t.data[PKT_BTH + 8] = 0x7f;
	KUNIT_ASSERT_TRUE(test, mfraw_pkt_parse(&pkt, &t.frame));
	KUNIT_EXPECT_FALSE(test, pkt.ack_req);
}

/* A17.3.1: no IP options, no fragments, and consistent lengths. */
static void pkt_ip(struct kunit *test)
{
	static const struct {
		u32 at;
		u8 xor;
		bool ok;
	} cases[] = {
		{ PKT_IP, 0x10, false },	/* version 5 */
		{ PKT_IP, 0x03, false },	/* options */
		{ PKT_IP + 1, 0xff, true },	/* type of service */
		{ PKT_IP + 3, 0x04, false },	/* length */
		{ PKT_IP + 6, 0x20, false },	/* more fragments */
		{ PKT_IP + 7, 0x01, false },	/* offset */
		{ PKT_IP + 6, 0x40, true },	/* may be fragmented */
		{ PKT_IP + 8, 0xff, true },	/* time to live */
		{ PKT_IP + 9, 0x17, false },	/* TCP */
		{ PKT_UDP, 0x55, true },	/* source port */
		{ PKT_UDP + 3, 0x01, false },	/* destination port */
		{ PKT_UDP + 5, 0x04, false },	/* length */
		{ PKT_UDP + 6, 0x12, true },	/* ignored checksum */
	};
	struct mf_test_frame t;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		pkt_new(&t, IB_OPCODE_RC_SEND_ONLY, 8);
		t.data[cases[i].at] ^= cases[i].xor;
		pkt_check(&t);
		KUNIT_EXPECT_EQ_MSG(test, pkt_ok(&t), cases[i].ok,
				    "byte %u", cases[i].at);
	}
	pkt_new(&t, IB_OPCODE_RC_SEND_ONLY, 8);
	t.data[PKT_IP + 10] ^= 1;
	KUNIT_EXPECT_FALSE(test, pkt_ok(&t));
}

/* No claimed length makes the parser read past the packet. */
static void pkt_truncated(struct kunit *test)
{
	static const u8 ops[] = { IB_OPCODE_RC_SEND_ONLY,
				  IB_OPCODE_RC_COMPARE_SWAP,
				  IB_OPCODE_UD_SEND_ONLY_WITH_IMMEDIATE };
	struct mf_test_frame t;
	unsigned int i;
	u32 len;

	for (i = 0; i < ARRAY_SIZE(ops); i++) {
		pkt_new(&t, ops[i], 32);
		KUNIT_EXPECT_TRUE(test, pkt_ok(&t));
		for (len = MF_FRAME_MIN; len < PKT_EXT + 32; len++) {
			t.frame.len = len;
			t.frame.hdr_len = len;
			KUNIT_EXPECT_FALSE(test, pkt_ok(&t));
		}
	}
	/* Padding of the Ethernet frame is not part of the packet. */
	pkt_new(&t, IB_OPCODE_RC_SEND_ONLY, 8);
	mf_test_push(&t, 6);
	KUNIT_EXPECT_TRUE(test, pkt_ok(&t));
}

static void pkt_vlan(struct kunit *test)
{
	static const struct {
		u16 type, tci, vlan;
	} cases[] = {
		{ ETH_P_8021Q, 5, 5 },
		{ ETH_P_8021Q, 0xe000 | 4094, 4094 },
		{ ETH_P_8021Q, 0xe000, 0 },		/* priority tag */
		{ ETH_P_8021AD, 5, MFRAW_VLAN_OTHER },
	};
	struct mf_test_frame t, tagged;
	struct mfraw_pkt pkt;
	unsigned int i;

	pkt_new(&t, IB_OPCODE_RC_SEND_ONLY, 8);
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		mf_test_eth(&tagged, 2, cases[i].type);
		mf_test_tag(&tagged, cases[i].tci, ETH_P_IP);
		memcpy(mf_test_push(&tagged, t.frame.len - ETH_HLEN),
		       t.data + ETH_HLEN, t.frame.len - ETH_HLEN);
		KUNIT_ASSERT_TRUE(test, mfraw_pkt_parse(&pkt, &tagged.frame));
		KUNIT_EXPECT_EQ(test, pkt.vlan, cases[i].vlan);
		KUNIT_EXPECT_EQ(test, pkt.l3, VLAN_ETH_HLEN);
	}
	mf_test_eth(&tagged, 2, ETH_P_8021Q);
	mf_test_tag(&tagged, 5, ETH_P_8021Q);
	mf_test_tag(&tagged, 6, ETH_P_IP);
	memcpy(mf_test_push(&tagged, t.frame.len - ETH_HLEN),
	       t.data + ETH_HLEN, t.frame.len - ETH_HLEN);
	KUNIT_ASSERT_TRUE(test, mfraw_pkt_parse(&pkt, &tagged.frame));
	KUNIT_EXPECT_EQ(test, pkt.vlan, MFRAW_VLAN_OTHER);
}

/* Build a packet in the way of the requester. */
static void pkt_make(struct mfraw_world *w, struct mfraw_roce *roce, u32 psn,
		     u64 addr, u32 len)
{
	struct mfraw_burst *b = w->qp.burst;
	struct mfraw_packer p;

	b->nr_frames = 0;
	b->nr_frags = 0;
	mfraw_pack_begin(&p, b, &roce->path, IB_OPCODE_RC_SEND_ONLY,
			 WORLD_DQPN, psn);
	mfraw_pack_mr(&p, &w->mr, addr, len);
	mfraw_pack_end(&p, roce);
	w->port.qb.ops->xmit(&w->port.qb, b->frames, 1);
}

/* A built packet parses to the same contents, with a valid ICRC. */
static void pkt_round_trip(struct kunit *test, struct mfraw_roce *roce,
			   struct mfraw_world *w, u32 len)
{
	struct mf_frame frame = {};
	struct mfraw_pkt pkt;
	u8 *wire;
	u32 i;

	mf_test_forget(&w->port);
	pkt_make(w, roce, 0xabcdef, WORLD_IOVA + 3, len);
	KUNIT_ASSERT_EQ(test, w->port.nr_sent, 1);
	wire = w->port.sent[0];
	frame.hdr = wire;
	frame.hdr_len = w->port.sent_len[0];
	frame.len = w->port.sent_len[0];
	KUNIT_ASSERT_TRUE(test, mfraw_pkt_parse(&pkt, &frame));
	KUNIT_EXPECT_TRUE(test, mfraw_icrc_ok(&pkt));
	KUNIT_EXPECT_EQ(test, pkt.opcode, IB_OPCODE_RC_SEND_ONLY);
	KUNIT_EXPECT_EQ(test, pkt.qpn, WORLD_DQPN);
	KUNIT_EXPECT_EQ(test, pkt.psn, 0xabcdef);
	KUNIT_EXPECT_EQ(test, pkt.len, len);
	KUNIT_EXPECT_EQ(test, MFRAW_BTH_PAD(pkt.flags), -len & 3);
	for (i = 0; i < len; i++)
		KUNIT_ASSERT_EQ(test, wire[pkt.off + i],
				*mfraw_world_at(w, WORLD_IOVA + 3 + i));
	/* A17.3.1: zeroes pad the payload to whole words. */
	for (; i % 4; i++)
		KUNIT_EXPECT_EQ(test, wire[pkt.off + i], 0);
	KUNIT_EXPECT_EQ(test, frame.len, pkt.off + i + 4);
	mf_test_forget(&w->port);
}

static void pkt_made(struct kunit *test)
{
	struct mfraw_world *w = mfraw_world(test);
	struct mfraw_roce *roce = mfraw_world_roce(test, w, IB_QPT_RC);
	u32 len;

	mfraw_world_fill(w, WORLD_IOVA, WORLD_LEN, 11);
	for (len = 0; len <= 300; len++)
		pkt_round_trip(test, roce, w, len);
	for (len = 4090; len <= 4096; len++)
		pkt_round_trip(test, roce, w, len);
}

/* Build packets with IPv6 and a VLAN tag. */
static void pkt_made_ipv6(struct kunit *test)
{
	struct mfraw_world *w = mfraw_world(test);
	struct mfraw_roce *roce = mfraw_world_roce(test, w, IB_QPT_RC);
	struct mf_test_frame t;
	struct udphdr *udp;
	u32 len;

	mf_test_eth(&t, 2, ETH_P_8021Q);
	mf_test_tag(&t, 5, ETH_P_IPV6);
	mf_test_ipv6(&t, IPPROTO_UDP)->flow_lbl[2] = 0x77;
	udp = mf_test_ports(&t, sizeof(*udp));
	udp->dest = htons(ROCE_V2_UDP_DPORT);
	memcpy(roce->path.hdr, t.data, t.frame.len);
	roce->path.len = t.frame.len;
	roce->path.l3 = VLAN_ETH_HLEN;
	roce->path.v6 = true;
	mfraw_world_fill(w, WORLD_IOVA, WORLD_LEN, 12);
	for (len = 0; len <= 200; len++)
		pkt_round_trip(test, roce, w, len);
}

/* Build packets with payload from the driver's own memory. */
static void pkt_made_data(struct kunit *test)
{
	struct mfraw_world *w = mfraw_world(test);
	struct mfraw_roce *roce = mfraw_world_roce(test, w, IB_QPT_RC);
	u8 *data = mf_test_alloc(test, 400);
	struct mfraw_burst *b = w->qp.burst;
	struct mfraw_packer p;
	u32 i, len;

	for (i = 0; i < 400; i++)
		data[i] = i * 5;
	for (len = 0; len <= 400; len += 7) {
		mf_test_forget(&w->port);
		b->nr_frames = 0;
		b->nr_frags = 0;
		mfraw_pack_begin(&p, b, &roce->path, 4, 1, 2);
		*(__be32 *)mfraw_pack_ext(&p, 4) = htonl(0x01020304);
		KUNIT_ASSERT_TRUE(test, mfraw_pack_data(&p, data, len));
		mfraw_pack_end(&p, roce);
		w->port.qb.ops->xmit(&w->port.qb, b->frames, 1);
		KUNIT_ASSERT_EQ(test, w->port.sent_len[0],
				PKT_EXT + 4 + round_up(len, 4) + 4);
		KUNIT_EXPECT_MEMEQ(test, w->port.sent[0] + PKT_EXT + 4, data, len);
	}
}

/* The last fragment of a round is reserved for the end of a packet. */
static void pkt_round_full(struct kunit *test)
{
	struct mfraw_world *w = mfraw_world(test);
	struct mfraw_roce *roce = mfraw_world_roce(test, w, IB_QPT_RC);
	struct mfraw_burst *b = w->qp.burst;
	struct mfraw_packer p;

	b->nr_frags = MFRAW_BURST_FRAGS - 3;
	mfraw_pack_begin(&p, b, &roce->path, 4, 1, 2);
	KUNIT_EXPECT_FALSE(test, mfraw_pack_mr(&p, &w->mr, WORLD_IOVA,
					       3 * PAGE_SIZE));
	b->nr_frags = MFRAW_BURST_FRAGS - 3;
	mfraw_pack_begin(&p, b, &roce->path, 4, 1, 2);
	KUNIT_EXPECT_TRUE(test, mfraw_pack_mr(&p, &w->mr, WORLD_IOVA,
					      PAGE_SIZE));
	mfraw_pack_end(&p, roce);
	KUNIT_EXPECT_LE(test, b->nr_frags, MFRAW_BURST_FRAGS);
}

/* Payload goes to the memory pieces after @skip bytes, and nowhere else. */
static void pkt_scatter(struct kunit *test)
{
	struct mfraw_world *w = mfraw_world(test);
	struct mfraw_sge sge[3];
	u8 data[100];
	u32 skip, i;

	for (i = 0; i < sizeof(data); i++)
		data[i] = i + 1;
	mfraw_world_sge(&sge[0], WORLD_IOVA, 50, WORLD_LKEY);
	mfraw_world_sge(&sge[1], WORLD_IOVA + 2 * PAGE_SIZE, 60, WORLD_LKEY);
	mfraw_world_sge(&sge[2], WORLD_IOVA + 4 * PAGE_SIZE, 40, WORLD_LKEY);
	for (skip = 0; skip <= 60; skip++) {
		struct mfraw_mr *last = NULL;
		u8 status;

		memset(w->mem, 0, WORLD_PAGES * PAGE_SIZE);
		rcu_read_lock();
		status = mfraw_pkt_scatter(NULL, data, sizeof(data), sge, 3,
					   skip, &w->pd.ibpd, &last);
		rcu_read_unlock();
		KUNIT_EXPECT_EQ(test, status, skip <= 50 ? MFRAW_CQE_SUCCESS :
							   MFRAW_CQE_LOC_LEN_ERR);
		for (i = 0; i < 150; i++) {
			u64 at = i < 50 ? i : i < 110 ?
				 2 * PAGE_SIZE + i - 50 :
				 4 * PAGE_SIZE + i - 110;
			u8 want = i < skip || i >= skip + 100 ? 0 :
				  i - skip + 1;

			KUNIT_ASSERT_EQ(test, want,
					*mfraw_world_at(w, WORLD_IOVA + at));
		}
	}
}

static struct kunit_case pkt_cases[] = {
	KUNIT_CASE(pkt_known_uc),
	KUNIT_CASE(pkt_known_cnp),
	KUNIT_CASE(pkt_icrc_covers),
	KUNIT_CASE(pkt_icrc_pieces),
	KUNIT_CASE(pkt_opcodes),
	KUNIT_CASE(pkt_transports),
	KUNIT_CASE(pkt_xrc),
	KUNIT_CASE(pkt_padding),
	KUNIT_CASE(pkt_validation),
	KUNIT_CASE(pkt_numbers),
	KUNIT_CASE(pkt_ip),
	KUNIT_CASE(pkt_truncated),
	KUNIT_CASE(pkt_vlan),
	KUNIT_CASE(pkt_made),
	KUNIT_CASE(pkt_made_ipv6),
	KUNIT_CASE(pkt_made_data),
	KUNIT_CASE(pkt_round_full),
	KUNIT_CASE(pkt_scatter),
	{}
};

struct kunit_suite mfraw_pkt_suite = {
	.name = "mfraw_pkt",
	.test_cases = pkt_cases,
};
