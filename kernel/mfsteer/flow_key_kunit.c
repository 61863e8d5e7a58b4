// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/* Tests of the parser of frames. */
#include "kunit.h"

#include "flow_key.c"

static void key_of(struct mf_flow_key *key, const struct mf_test_frame *t)
{
	mf_key_parse(key, MF_KEY_L4, &t->frame);
}

static void key_layer2(struct kunit *test)
{
	struct mf_flow_key key;
	struct mf_test_frame t;

	mf_test_eth(&t, 9, ETH_P_ARP);
	mf_key_parse(&key, MF_KEY_L2, &t.frame);
	KUNIT_EXPECT_MEMEQ(test, key.dmac, t.data, ETH_ALEN);
	KUNIT_EXPECT_MEMEQ(test, key.smac, t.data + ETH_ALEN, ETH_ALEN);
	KUNIT_EXPECT_EQ(test, ntohs(key.ethertype), ETH_P_ARP);
	KUNIT_EXPECT_EQ(test, ntohs(key.vlan_tpid), 0);
	KUNIT_EXPECT_EQ(test, ntohs(key.vlan_tci), 0);

	mf_test_eth(&t, 9, ETH_P_8021Q);
	mf_test_tag(&t, 0x6005, ETH_P_IP);
	mf_key_parse(&key, MF_KEY_L2, &t.frame);
	KUNIT_EXPECT_EQ(test, ntohs(key.vlan_tpid), ETH_P_8021Q);
	KUNIT_EXPECT_EQ(test, ntohs(key.vlan_tci), 0x6005);
	KUNIT_EXPECT_EQ(test, ntohs(key.ethertype), ETH_P_IP);
}

/* Two tags are parsed; the Ethertype is that behind the last tag. */
static void key_tags(struct kunit *test)
{
	struct mf_flow_key key;
	struct mf_test_frame t;
	unsigned int i, n;

	for (n = 0; n <= 20; n++) {
		mf_test_eth(&t, 9, n ? ETH_P_8021AD : ETH_P_IP);
		for (i = 0; i < n; i++)
			mf_test_tag(&t, 100 + i,
				    i == n - 1 ? ETH_P_IP : ETH_P_8021Q);
		mf_test_ipv4(&t, IPPROTO_UDP, 0);
		mf_test_ports(&t, sizeof(struct udphdr));
		key_of(&key, &t);
		KUNIT_EXPECT_EQ(test, key.vlan_tags, n);
		KUNIT_EXPECT_EQ(test, ntohs(key.vlan_tpid), n ? ETH_P_8021AD : 0);
		KUNIT_EXPECT_EQ(test, ntohs(key.vlan_tci), n ? 100 : 0);
		KUNIT_EXPECT_EQ(test, ntohs(key.cvlan_tpid),
				n > 1 ? ETH_P_8021Q : 0);
		KUNIT_EXPECT_EQ(test, ntohs(key.cvlan_tci), n > 1 ? 101 : 0);
		KUNIT_EXPECT_EQ(test, ntohs(key.ethertype), ETH_P_IP);
		KUNIT_EXPECT_EQ(test, ntohs(key.dport), 2000);
	}
}

/* An incomplete tag is not parsed, whether it is the first or a later one. */
static void key_cut_tag(struct kunit *test)
{
	struct mf_flow_key key;
	struct mf_test_frame t;
	unsigned int i;

	for (i = 0; i < VLAN_HLEN; i++) {
		mf_test_eth(&t, 9, ETH_P_8021Q);
		mf_test_push(&t, i);
		key_of(&key, &t);
		KUNIT_EXPECT_EQ(test, ntohs(key.vlan_tpid), 0);
		KUNIT_EXPECT_EQ(test, key.vlan_tags, 0);
		KUNIT_EXPECT_EQ(test, ntohs(key.ethertype), ETH_P_8021Q);

		mf_test_eth(&t, 9, ETH_P_8021AD);
		mf_test_tag(&t, 7, ETH_P_8021Q);
		mf_test_push(&t, i);
		key_of(&key, &t);
		KUNIT_EXPECT_EQ(test, ntohs(key.vlan_tpid), ETH_P_8021AD);
		KUNIT_EXPECT_EQ(test, ntohs(key.vlan_tci), 7);
		KUNIT_EXPECT_EQ(test, ntohs(key.cvlan_tpid), 0);
		KUNIT_EXPECT_EQ(test, key.vlan_tags, 1);
		KUNIT_EXPECT_EQ(test, ntohs(key.ethertype), ETH_P_8021Q);
	}
}

static void key_ipv4(struct kunit *test)
{
	struct mf_flow_key key;
	struct mf_test_frame t;

	mf_test_eth(&t, 9, ETH_P_8021Q);
	mf_test_tag(&t, 5, ETH_P_IP);
	mf_test_ipv4(&t, IPPROTO_UDP, IP_DF);
	mf_test_ports(&t, sizeof(struct udphdr));
	key_of(&key, &t);
	KUNIT_EXPECT_EQ(test, key.ip_proto, IPPROTO_UDP);
	KUNIT_EXPECT_EQ(test, key.ip_tos, 0x20);
	KUNIT_EXPECT_EQ(test, key.ip_ttl, 7);
	KUNIT_EXPECT_EQ(test, key.ip_frag, 0);
	KUNIT_EXPECT_EQ(test, ntohl(key.saddr.s6_addr32[0]), 0x0a000001);
	KUNIT_EXPECT_EQ(test, ntohl(key.daddr.s6_addr32[0]), 0x0a000002);
	KUNIT_EXPECT_NULL(test, memchr_inv(&key.saddr.s6_addr32[1], 0, 12));
	KUNIT_EXPECT_NULL(test, memchr_inv(&key.daddr.s6_addr32[1], 0, 12));
	KUNIT_EXPECT_EQ(test, ntohs(key.sport), 1000);
	KUNIT_EXPECT_EQ(test, ntohs(key.dport), 2000);
	KUNIT_EXPECT_EQ(test, ntohs(key.tcp_flags), 0);

	/* An incomplete header gives zeroes. */
	mf_test_eth(&t, 9, ETH_P_IP);
	mf_test_ipv4(&t, IPPROTO_UDP, 0);
	t.frame.hdr_len -= 10;
	key_of(&key, &t);
	KUNIT_EXPECT_EQ(test, key.ip_proto, 0);
	KUNIT_EXPECT_EQ(test, ntohl(key.saddr.s6_addr32[0]), 0);
}

/* Fragments have no ports in the key, not even the first fragment. */
static void key_fragments(struct kunit *test)
{
	static const struct {
		u16	off;
		u8	frag;
	} cases[] = {
		{ IP_DF, 0 },
		{ IP_MF, MF_FLOW_FRAG | MF_FLOW_FRAG_FIRST },
		{ IP_MF | 10, MF_FLOW_FRAG },
		{ 10, MF_FLOW_FRAG },
		{ IP_OFFSET, MF_FLOW_FRAG },
	};
	struct frag_hdr *frag;
	struct mf_flow_key key;
	struct mf_test_frame t;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		mf_test_eth(&t, 9, ETH_P_IP);
		mf_test_ipv4(&t, IPPROTO_UDP, cases[i].off);
		mf_test_ports(&t, sizeof(struct udphdr));
		key_of(&key, &t);
		KUNIT_EXPECT_EQ(test, key.ip_frag, cases[i].frag);
		KUNIT_EXPECT_EQ(test, key.ip_proto, IPPROTO_UDP);
		if (!cases[i].frag) {
			KUNIT_EXPECT_EQ(test, ntohs(key.dport), 2000);
			continue;
		}
		KUNIT_EXPECT_EQ(test, ntohs(key.dport), 0);

		mf_test_eth(&t, 9, ETH_P_IPV6);
		mf_test_ipv6(&t, NEXTHDR_FRAGMENT);
		frag = mf_test_push(&t, sizeof(*frag));
		frag->nexthdr = IPPROTO_UDP;
		frag->frag_off = htons((cases[i].off & IP_OFFSET) << 3);
		if (cases[i].off & IP_MF)
			frag->frag_off |= htons(IP6_MF);
		mf_test_ports(&t, sizeof(struct udphdr));
		key_of(&key, &t);
		KUNIT_EXPECT_EQ(test, key.ip_frag, cases[i].frag);
		KUNIT_EXPECT_EQ(test, ntohs(key.dport), 0);
	}
}

static void key_ipv6(struct kunit *test)
{
	struct ipv6_opt_hdr *opt;
	struct mf_flow_key key;
	struct mf_test_frame t;
	struct tcphdr *tcp;
	struct ipv6hdr *ip;

	mf_test_eth(&t, 9, ETH_P_IPV6);
	ip = mf_test_ipv6(&t, NEXTHDR_HOP);
	ip6_flow_hdr(ip, 0x5a, htonl(0xabcde));
	opt = mf_test_push(&t, 8);
	opt->nexthdr = IPPROTO_TCP;
	tcp = mf_test_ports(&t, sizeof(*tcp));
	tcp->doff = sizeof(*tcp) / 4;
	tcp->syn = 1;
	tcp->cwr = 1;
	key_of(&key, &t);
	KUNIT_EXPECT_EQ(test, key.ip_proto, IPPROTO_TCP);
	KUNIT_EXPECT_EQ(test, key.ip_ttl, 3);
	KUNIT_EXPECT_EQ(test, key.ip_tos, 0x5a);
	KUNIT_EXPECT_MEMEQ(test, key.flow_label, "\x0a\xbc\xde", 3);
	KUNIT_EXPECT_MEMEQ(test, &key.saddr, &ip->saddr, sizeof(key.saddr));
	KUNIT_EXPECT_MEMEQ(test, &key.daddr, &ip->daddr, sizeof(key.daddr));
	KUNIT_EXPECT_EQ(test, ntohs(key.sport), 1000);
	KUNIT_EXPECT_EQ(test, ntohs(key.dport), 2000);
	KUNIT_EXPECT_EQ(test, ntohs(key.tcp_flags), 0x082);
}

/* Only protocols with ports have ports, and only TCP has flags. */
static void key_protocols(struct kunit *test)
{
	struct mf_flow_key key;
	struct mf_test_frame t;
	unsigned int proto;
	bool ports;

	for (proto = 0; proto < 256; proto++) {
		/*
		 * Skip protocols that the dissector parses further or finds
		 * incomplete.
		 */
		switch (proto) {
		case IPPROTO_IPIP:
		case IPPROTO_IPV6:
		case IPPROTO_GRE:
		case IPPROTO_MPLS:
		case IPPROTO_ESP:
		case IPPROTO_AH:
		case NEXTHDR_HOP:
		case NEXTHDR_ROUTING:
		case NEXTHDR_DEST:
		case NEXTHDR_FRAGMENT:
			continue;
		}
		ports = proto == IPPROTO_TCP || proto == IPPROTO_UDP ||
			proto == IPPROTO_SCTP || proto == IPPROTO_DCCP ||
			proto == IPPROTO_UDPLITE;
		mf_test_eth(&t, 9, ETH_P_IP);
		mf_test_ipv4(&t, proto, 0);
		memset(mf_test_ports(&t, sizeof(struct tcphdr)) + 4, 0x5f,
		       sizeof(struct tcphdr) - 4);
		key_of(&key, &t);
		KUNIT_EXPECT_EQ(test, key.ip_proto, proto);
		KUNIT_EXPECT_EQ_MSG(test, ntohs(key.dport), ports ? 2000 : 0,
				    "protocol %u", proto);
		KUNIT_EXPECT_EQ(test, !!key.tcp_flags, proto == IPPROTO_TCP);
	}
}

/* Each field of a shortened frame is that of the whole frame, or zero. */
static void key_cut_anywhere(struct kunit *test)
{
	struct ipv6_opt_hdr *opt;
	struct mf_flow_key whole, key;
	struct mf_test_frame t;
	struct tcphdr *tcp;
	unsigned int len;
	u8 *exact;

	mf_test_eth(&t, 9, ETH_P_8021AD);
	mf_test_tag(&t, 5, ETH_P_8021Q);
	mf_test_tag(&t, 6, ETH_P_IPV6);
	mf_test_ipv6(&t, NEXTHDR_DEST);
	opt = mf_test_push(&t, 8);
	opt->nexthdr = IPPROTO_TCP;
	tcp = mf_test_ports(&t, sizeof(*tcp));
	tcp->doff = sizeof(*tcp) / 4;
	tcp->ack = 1;
	key_of(&whole, &t);
	KUNIT_ASSERT_EQ(test, ntohs(whole.tcp_flags), 0x010);

	for (len = MF_FRAME_MIN; len < t.frame.len; len++) {
		/*
		 * Allocate exactly this length, so that KASAN finds reads
		 * beyond it.
		 */
		exact = kunit_kmalloc(test, len, GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, exact);
		memcpy(exact, t.data, len);
		t.frame.hdr = exact;
		t.frame.hdr_len = len;
		key_of(&key, &t);

		KUNIT_EXPECT_MEMEQ(test, key.dmac, whole.dmac, 2 * ETH_ALEN);
#define KEY_SAME_OR_ZERO(field)						\
		KUNIT_EXPECT_TRUE_MSG(test,				\
				      !memchr_inv(&key.field, 0,	\
						  sizeof(key.field)) ||	\
				      !memcmp(&key.field, &whole.field,	\
					      sizeof(key.field)),	\
				      #field " of %u bytes", len)
		KEY_SAME_OR_ZERO(vlan_tpid);
		KEY_SAME_OR_ZERO(vlan_tci);
		KEY_SAME_OR_ZERO(saddr);
		KEY_SAME_OR_ZERO(daddr);
		KEY_SAME_OR_ZERO(sport);
		KEY_SAME_OR_ZERO(dport);
		KEY_SAME_OR_ZERO(ip_ttl);
		KEY_SAME_OR_ZERO(tcp_flags);
#undef KEY_SAME_OR_ZERO
		kunit_kfree(test, exact);
	}
}

/*
 * For any content of a frame, nothing is read behind its end, which KASAN
 * checks.
 */
static void key_garbage(struct kunit *test)
{
	static const u16 types[] = {
		ETH_P_IP, ETH_P_IPV6, ETH_P_8021Q, ETH_P_MPLS_UC, ETH_P_PPP_SES,
		ETH_P_ARP, ETH_P_TIPC, ETH_P_BATMAN,
	};
	struct mf_frame frame = {};
	struct mf_flow_key key;
	struct rnd_state rnd;
	unsigned int i;
	u8 *data;

	mf_test_seed(&rnd);
	for (i = 0; i < 4000; i++) {
		frame.len = MF_FRAME_MIN +
			    mf_test_below(&rnd, MF_FRAME_HDR - MF_FRAME_MIN + 1);
		frame.hdr_len = frame.len;
		data = kunit_kmalloc(test, frame.len, GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, data);
		prandom_bytes_state(&rnd, data, frame.len);
		put_unaligned_be16(types[i % ARRAY_SIZE(types)], data + 12);
		if (frame.len > ETH_HLEN)
			data[ETH_HLEN] = types[i % ARRAY_SIZE(types)] ==
					 ETH_P_IPV6 ? 0x60 : 0x45;
		frame.hdr = data;
		mf_key_parse(&key, MF_KEY_L4, &frame);
		KUNIT_EXPECT_MEMEQ(test, key.dmac, data, 2 * ETH_ALEN);
		kunit_kfree(test, data);
	}
}

/* Shallow parsing gives the same fields as deep parsing. */
static void key_depths_agree(struct kunit *test)
{
	struct mf_flow_key l4, l2, macs;
	struct mf_frame frame = {};
	struct rnd_state rnd;
	unsigned int i;
	u8 data[64];

	mf_test_seed(&rnd);
	frame.hdr = data;
	for (i = 0; i < 2000; i++) {
		frame.len = MF_FRAME_MIN +
			    mf_test_below(&rnd, sizeof(data) - MF_FRAME_MIN + 1);
		frame.hdr_len = frame.len;
		prandom_bytes_state(&rnd, data, sizeof(data));
		if (i & 1)
			put_unaligned_be16(ETH_P_8021Q, data + 12);
		if (i & 2)
			put_unaligned_be16(ETH_P_IP, data + 16);

		mf_key_parse(&l4, MF_KEY_L4, &frame);
		mf_key_parse(&l2, MF_KEY_L2, &frame);
		mf_key_parse(&macs, MF_KEY_MACS, &frame);
		KUNIT_ASSERT_MEMEQ(test, &l4, &l2,
				   offsetof(struct mf_flow_key, ip_proto));
		KUNIT_ASSERT_EQ(test, l4.vlan_tags, l2.vlan_tags);
		KUNIT_ASSERT_MEMEQ(test, &l4, &macs, 2 * ETH_ALEN);
	}
}

/*
 * Each bit of a mask requires parsing to the depth of its field, not further.
 */
static void key_depth_of_masks(struct kunit *test)
{
	struct mf_flow_key mask;
	enum mf_key_depth want;
	unsigned int bit, byte;

	memset(&mask, 0, sizeof(mask));
	KUNIT_EXPECT_EQ(test, (int)mf_key_depth(&mask), MF_KEY_MACS);
	for (bit = 0; bit < 8 * sizeof(mask); bit++) {
		byte = bit / 8;
		if (byte < 2 * ETH_ALEN)
			want = MF_KEY_MACS;
		else if (byte < offsetof(struct mf_flow_key, ip_proto) ||
			 byte == offsetof(struct mf_flow_key, vlan_tags))
			want = MF_KEY_L2;
		else
			want = MF_KEY_L4;
		memset(&mask, 0, sizeof(mask));
		((u8 *)&mask)[byte] = BIT(bit % 8);
		KUNIT_EXPECT_EQ_MSG(test, (int)mf_key_depth(&mask),
				    (int)want, "byte %u", byte);
	}
}

/* Rules treat frames alike if all fields that were looked up are equal. */
static void key_same(struct kunit *test)
{
	struct mf_test_frame a, b;
	struct mf_parse was, is;
	struct mf_flow_key ka, kb;
	unsigned int i, bit;
	int depth;
	bool same;

	mf_test_eth(&a, 9, ETH_P_8021Q);
	mf_test_tag(&a, 5, ETH_P_IP);
	mf_test_ipv4(&a, IPPROTO_UDP, 0);
	mf_test_ports(&a, sizeof(struct udphdr));

	for (depth = MF_KEY_MACS; depth <= MF_KEY_L4; depth++) {
		for (i = 0; i < 8 * a.frame.len; i++) {
			b = a;
			b.frame.hdr = b.data;
			bit = 1 << i % 8;
			b.data[i / 8] ^= bit;

			mf_parse_init(&was, &a.frame);
			mf_parse_init(&is, &b.frame);
			KUNIT_EXPECT_FALSE(test, mf_parse_same(&is, &was));
			KUNIT_EXPECT_FALSE(test, mf_same_l2(was.depth,
							    a.data, b.data));

			mf_parse_to(&was, depth);
			memset(&ka, 0, sizeof(ka));
			memset(&kb, 0, sizeof(kb));
			mf_key_parse(&ka, depth, &a.frame);
			mf_key_parse(&kb, depth, &b.frame);
			/* Do not compare fields that are not written. */
			ka.vlan_tpid = depth == MF_KEY_MACS ? 0 : ka.vlan_tpid;
			kb.vlan_tpid = depth == MF_KEY_MACS ? 0 : kb.vlan_tpid;
			ka.ethertype = depth == MF_KEY_MACS ? 0 : ka.ethertype;
			kb.ethertype = depth == MF_KEY_MACS ? 0 : kb.ethertype;
			same = !memcmp(&ka, &kb, sizeof(ka));
			KUNIT_EXPECT_EQ_MSG(test, same,
					    mf_parse_same(&is, &was),
					    "depth %d, bit %u", depth, i);
			if (mf_same_l2(depth, a.data, b.data))
				KUNIT_EXPECT_TRUE_MSG(test, same,
						      "depth %d, bit %u", depth,
						      i);
		}
	}
}

/* Untagged frames that agree in 14 bytes are alike up to layer 2. */
static void key_same_l2(struct kunit *test)
{
	struct mf_test_frame a, b;
	unsigned int i;
	int depth;

	mf_test_eth(&a, 9, ETH_P_IP);
	mf_test_ipv4(&a, IPPROTO_UDP, 0);
	for (depth = -1; depth <= MF_KEY_L4; depth++) {
		bool l2 = depth == MF_KEY_MACS || depth == MF_KEY_L2;

		KUNIT_EXPECT_EQ(test, l2, mf_same_l2(depth, a.data, a.data));
		for (i = 0; i < 8 * a.frame.len; i++) {
			b = a;
			b.data[i / 8] ^= BIT(i % 8);
			KUNIT_EXPECT_EQ_MSG(test, l2 && i / 8 >= ETH_HLEN,
					    mf_same_l2(depth, a.data, b.data),
					    "depth %d, bit %u", depth, i);
		}
	}

	/* The tag is behind these bytes. */
	mf_test_eth(&a, 9, ETH_P_8021AD);
	mf_test_tag(&a, 5, ETH_P_IP);
	KUNIT_EXPECT_FALSE(test, mf_same_l2(MF_KEY_L2, a.data, a.data));
}

/* Build the header of a flow; @kind: bit 0 TCP, bit 1 IPv6, bit 2 a tag. */
static void key_flow(struct mf_test_frame *t, unsigned int kind)
{
	u8 proto = kind & 1 ? IPPROTO_TCP : IPPROTO_UDP;
	u16 type = kind & 2 ? ETH_P_IPV6 : ETH_P_IP;

	mf_test_eth(t, 9, kind & 4 ? ETH_P_8021Q : type);
	if (kind & 4)
		mf_test_tag(t, 5, type);
	if (kind & 2)
		mf_test_ipv6(t, proto);
	else
		mf_test_ipv4(t, proto, 0);
	mf_test_ports(t, kind & 1 ? sizeof(struct tcphdr) :
				    sizeof(struct udphdr));
}

/*
 * Frames that differ in one bit count as one flow only if their keys are equal,
 * and do so if the bit is in no field of the key.
 */
static void key_same_flow(struct kunit *test)
{
	struct mf_flow_key ka, kb;
	struct mf_test_frame a, b;
	unsigned int kind, i, same;

	for (kind = 0; kind < 8; kind++) {
		key_flow(&a, kind);
		key_of(&ka, &a);
		KUNIT_EXPECT_TRUE(test, mf_same_flow(MF_KEY_L4, &a.frame,
						     &a.frame));
		KUNIT_EXPECT_FALSE(test, mf_same_flow(MF_KEY_L2, &a.frame,
						      &a.frame));
		KUNIT_EXPECT_FALSE(test, mf_same_flow(-1, &a.frame,
						      &a.frame));
		same = 0;
		for (i = 0; i < 8 * a.frame.len; i++) {
			b = a;
			b.frame.hdr = b.data;
			b.data[i / 8] ^= 1 << i % 8;
			key_of(&kb, &b);
			if (!mf_same_flow(MF_KEY_L4, &b.frame, &a.frame))
				continue;
			same++;
			KUNIT_EXPECT_MEMEQ_MSG(test, &ka, &kb, sizeof(ka),
					       "kind %u, bit %u", kind, i);
		}
		/* Lengths, identification and checksums; TCP's other fields. */
		KUNIT_EXPECT_EQ(test, same, 8 * ((kind & 2 ? 2 : 6) +
						 (kind & 1 ? 14 : 4)));
	}
}

/* A header that is cut is not compared. */
static void key_same_flow_cut(struct kunit *test)
{
	struct mf_test_frame a, b;
	unsigned int kind, len;

	for (kind = 0; kind < 8; kind++) {
		key_flow(&a, kind);
		for (len = MF_FRAME_MIN; len < a.frame.hdr_len; len++) {
			b = a;
			b.frame.hdr = b.data;
			b.frame.hdr_len = len;
			KUNIT_EXPECT_FALSE(test,
					   mf_same_flow(MF_KEY_L4,
							&b.frame, &a.frame));
			KUNIT_EXPECT_FALSE(test,
					   mf_same_flow(MF_KEY_L4,
							&a.frame, &b.frame));
		}
	}
}

/* Frames of other protocols are not compared. */
static void key_same_flow_others(struct kunit *test)
{
	struct mf_test_frame t;

	mf_test_eth(&t, 9, ETH_P_ARP);
	mf_test_push(&t, 100);
	KUNIT_EXPECT_FALSE(test, mf_same_flow(MF_KEY_L4, &t.frame,
					      &t.frame));
	mf_test_eth(&t, 9, ETH_P_8021Q);
	mf_test_tag(&t, 5, ETH_P_8021Q);
	mf_test_tag(&t, 6, ETH_P_IP);
	mf_test_ipv4(&t, IPPROTO_UDP, 0);
	mf_test_push(&t, 100);
	KUNIT_EXPECT_FALSE(test, mf_same_flow(MF_KEY_L4, &t.frame,
					      &t.frame));
	mf_test_eth(&t, 9, ETH_P_IP);
	mf_test_ipv4(&t, IPPROTO_ICMP, 0);
	mf_test_push(&t, 100);
	KUNIT_EXPECT_FALSE(test, mf_same_flow(MF_KEY_L4, &t.frame,
					      &t.frame));
	mf_test_eth(&t, 9, ETH_P_IP);
	mf_test_ipv4(&t, IPPROTO_UDP, 0)->ihl = 6;
	mf_test_push(&t, 100);
	KUNIT_EXPECT_FALSE(test, mf_same_flow(MF_KEY_L4, &t.frame,
					      &t.frame));
}

static struct kunit_case flow_key_cases[] = {
	KUNIT_CASE(key_layer2),
	KUNIT_CASE(key_tags),
	KUNIT_CASE(key_cut_tag),
	KUNIT_CASE(key_ipv4),
	KUNIT_CASE(key_fragments),
	KUNIT_CASE(key_ipv6),
	KUNIT_CASE(key_protocols),
	KUNIT_CASE(key_cut_anywhere),
	KUNIT_CASE(key_garbage),
	KUNIT_CASE(key_depths_agree),
	KUNIT_CASE(key_depth_of_masks),
	KUNIT_CASE(key_same),
	KUNIT_CASE(key_same_l2),
	KUNIT_CASE(key_same_flow),
	KUNIT_CASE(key_same_flow_cut),
	KUNIT_CASE(key_same_flow_others),
	{}
};

struct kunit_suite mfsteer_flow_key_suite = {
	.name = "mfsteer_flow_key",
	.test_cases = flow_key_cases,
};
