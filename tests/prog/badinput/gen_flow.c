// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Generated: flows with each spec and action, and counters.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

#include "gen.h"

#define SPEC_ETH	0x20
#define SPEC_IPV4	0x30
#define SPEC_IPV6	0x31
#define SPEC_ESP	0x34
#define SPEC_TCP	0x40
#define SPEC_UDP	0x41
#define SPEC_VXLAN	0x50
#define SPEC_GRE	0x51
#define SPEC_MPLS	0x60
#define SPEC_INNER	0x100
#define SPEC_TAG	0x1000
#define SPEC_DROP	0x1001
#define SPEC_COUNT	0x1003

#define ATTR_NORMAL	0
#define ATTR_SNIFFER	3
#define ATTR_TYPES	4

#define FLAG_DONT_TRAP	2
#define FLAG_EGRESS	4

static int flow_undo(struct gen *g, const void *resp)
{
	const struct ib_uverbs_create_flow_resp *r = resp;

	return raw_destroy_flow(g->fd, r->flow_handle);
}

#define HEAD_FIELDS(t)						\
	FIELD(t, head.comp_mask, G_EXACT),				\
	FIELD(t, head.qp_handle, G_HANDLE, H_QP, .errs = E_HANDLE),	\
	FIELD(t, head.flow_attr.type, G_PRED, .pred = type_good),	\
	FIELD(t, head.flow_attr.size, G_EXACT,			\
	      .errs = E_BAD | E_NOSPC, .alone = true),			\
	FIELD(t, head.flow_attr.priority, G_ANY),			\
	FIELD(t, head.flow_attr.num_of_specs, G_EXACT,		\
	      .alone = true),						\
	FIELD(t, head.flow_attr.reserved[0], G_EXACT),		\
	FIELD(t, head.flow_attr.reserved[1], G_EXACT),		\
	FIELD(t, head.flow_attr.port, G_EXACT),			\
	FIELD(t, head.flow_attr.flags, G_EXACT)

/* Another type may be valid, if its spec has the same size. */
#define SPEC_FIELDS(t, spec)						\
	FIELD(t, spec.type, G_CORE, .errs = E_HANDLE),			\
	FIELD(t, spec.size, G_CORE, .errs = E_HANDLE),			\
	FIELD(t, spec.reserved, G_EXACT, .errs = E_INVAL)

static bool type_good(uint64_t type)
{
	return type == ATTR_NORMAL;
}

/* A flow with actions only may have each type; but a sniffer can't drop. */
static bool any_type_good(uint64_t type)
{
	return type < ATTR_TYPES;
}

static bool drop_type_good(uint64_t type)
{
	return type < ATTR_SNIFFER;
}

static bool label_good(uint64_t label)
{
	return ntohl(label) < 1 << 20;
}

static bool ip_good(uint64_t type)
{
	return type == htons(0x0800);
}

static void set_head(struct gen *g, struct ib_uverbs_create_flow *head,
		     size_t len, unsigned int specs)
{
	head->qp_handle = g->handle[H_QP];
	head->flow_attr.size = len - sizeof(*head);
	head->flow_attr.num_of_specs = specs;
	head->flow_attr.port = 1;
}

static void try_flow(struct gen *g, const char *name, const void *good,
		     size_t len, const struct gfield *fields)
{
	struct gcmd c = {
		.name = name,
		.cmd = IB_USER_VERBS_EX_CMD_CREATE_FLOW,
		.ex = true,
		.good = good,
		.core_len = len,
		.drv_none = true,
		.resp_len = sizeof(struct ib_uverbs_create_flow_resp),
		.fields = fields,
		.undo = flow_undo,
	};

	check(len % 8 == 0);
	gen_cmd(g, &c);
}

struct ipv4_flow {
	struct ib_uverbs_create_flow		head;
	struct ib_uverbs_flow_spec_eth		eth;
	struct ib_uverbs_flow_spec_ipv4		ip;
	struct ib_uverbs_flow_spec_tcp_udp	l4;
	struct ib_uverbs_flow_spec_action_tag	tag;
	struct ib_uverbs_flow_spec_action_count	count;
};

/* A flow with headers, a tag and a counter. */
static void ipv4_flow(struct env *env)
{
	static const struct gfield fields[] = {
		HEAD_FIELDS(struct ipv4_flow),
		SPEC_FIELDS(struct ipv4_flow, eth),
		FIELD(struct ipv4_flow, eth.val.dst_mac[0], G_ANY),
		FIELD(struct ipv4_flow, eth.val.dst_mac[5], G_ANY),
		FIELD(struct ipv4_flow, eth.val.src_mac[0], G_ANY),
		FIELD(struct ipv4_flow, eth.val.vlan_tag, G_ANY),
		FIELD(struct ipv4_flow, eth.mask.dst_mac[0], G_ANY),
		FIELD(struct ipv4_flow, eth.mask.src_mac[5], G_ANY),
		FIELD(struct ipv4_flow, eth.mask.vlan_tag, G_ANY),
		/* An IPv4 spec follows. */
		FIELD(struct ipv4_flow, eth.val.ether_type, G_PRED,
		      .pred = ip_good, .errs = E_INVAL),
		FIELD(struct ipv4_flow, eth.mask.ether_type, G_ANY),
		SPEC_FIELDS(struct ipv4_flow, ip),
		FIELD(struct ipv4_flow, ip.val.src_ip, G_ANY),
		FIELD(struct ipv4_flow, ip.val.dst_ip, G_ANY),
		FIELD(struct ipv4_flow, ip.val.tos, G_ANY),
		FIELD(struct ipv4_flow, ip.val.ttl, G_ANY),
		FIELD(struct ipv4_flow, ip.val.flags, G_ANY),
		/* A TCP spec follows. */
		FIELD(struct ipv4_flow, ip.val.proto, G_EXACT,
		      .errs = E_INVAL),
		FIELD(struct ipv4_flow, ip.mask.proto, G_ANY),
		FIELD(struct ipv4_flow, ip.mask.src_ip, G_ANY),
		FIELD(struct ipv4_flow, ip.mask.dst_ip, G_ANY),
		FIELD(struct ipv4_flow, ip.mask.tos, G_ANY),
		FIELD(struct ipv4_flow, ip.mask.ttl, G_ANY),
		FIELD(struct ipv4_flow, ip.mask.flags, G_EXACT,
		      .errs = E_OPNOTSUPP),
		SPEC_FIELDS(struct ipv4_flow, l4),
		FIELD(struct ipv4_flow, l4.val.src_port, G_ANY),
		FIELD(struct ipv4_flow, l4.val.dst_port, G_ANY),
		FIELD(struct ipv4_flow, l4.mask.src_port, G_ANY),
		FIELD(struct ipv4_flow, l4.mask.dst_port, G_ANY),
		SPEC_FIELDS(struct ipv4_flow, tag),
		FIELD(struct ipv4_flow, tag.tag_id, G_ANY),
		/* The core of Linux 6.12 ignores these members. */
		FIELD(struct ipv4_flow, tag.reserved1, G_CORE),
		SPEC_FIELDS(struct ipv4_flow, count),
		FIELD(struct ipv4_flow, count.handle, G_HANDLE, H_COUNTERS,
		      .errs = E_HANDLE),
		FIELD(struct ipv4_flow, count.reserved1, G_CORE),
		{}
	};
	struct gen g = {};
	struct ipv4_flow good = {
		.eth = {
			.type = SPEC_ETH,
			.size = sizeof(good.eth),
			.val.ether_type = htons(0x0800),
			.mask.ether_type = 0xffff,
		},
		.ip = {
			.type = SPEC_IPV4,
			.size = sizeof(good.ip),
			.val.proto = 6,
			.mask.proto = 0xff,
		},
		.l4 = { .type = SPEC_TCP, .size = sizeof(good.l4) },
		.tag = { .type = SPEC_TAG, .size = sizeof(good.tag) },
		.count = { .type = SPEC_COUNT, .size = sizeof(good.count) },
	};

	gen_open(&g, env);
	set_head(&g, &good.head, sizeof(good), 5);
	good.count.handle = g.handle[H_COUNTERS];
	try_flow(&g, "IPv4 flow", &good, sizeof(good), fields);
	gen_close(&g);
}

struct ipv6_flow {
	struct ib_uverbs_create_flow		head;
	struct ib_uverbs_flow_spec_ipv6		ip;
	struct ib_uverbs_flow_spec_tcp_udp	l4;
	struct ib_uverbs_flow_spec_action_drop	drop;
};

static void ipv6_flow(struct env *env)
{
	static const struct gfield fields[] = {
		HEAD_FIELDS(struct ipv6_flow),
		SPEC_FIELDS(struct ipv6_flow, ip),
		FIELD(struct ipv6_flow, ip.val.src_ip[0], G_ANY),
		FIELD(struct ipv6_flow, ip.val.dst_ip[15], G_ANY),
		FIELD(struct ipv6_flow, ip.val.flow_label, G_PRED,
		      .pred = label_good),
		FIELD(struct ipv6_flow, ip.val.traffic_class, G_ANY),
		FIELD(struct ipv6_flow, ip.val.hop_limit, G_ANY),
		FIELD(struct ipv6_flow, ip.val.reserved, G_CORE),
		FIELD(struct ipv6_flow, ip.val.next_hdr, G_EXACT,
		      .errs = E_INVAL),
		FIELD(struct ipv6_flow, ip.mask.src_ip[0], G_ANY),
		FIELD(struct ipv6_flow, ip.mask.dst_ip[15], G_ANY),
		FIELD(struct ipv6_flow, ip.mask.flow_label, G_PRED,
		      .pred = label_good),
		FIELD(struct ipv6_flow, ip.mask.next_hdr, G_ANY),
		FIELD(struct ipv6_flow, ip.mask.traffic_class, G_ANY),
		FIELD(struct ipv6_flow, ip.mask.hop_limit, G_ANY),
		FIELD(struct ipv6_flow, ip.mask.reserved, G_EXACT),
		SPEC_FIELDS(struct ipv6_flow, l4),
		FIELD(struct ipv6_flow, l4.val.src_port, G_ANY),
		FIELD(struct ipv6_flow, l4.mask.dst_port, G_ANY),
		SPEC_FIELDS(struct ipv6_flow, drop),
		{}
	};
	struct gen g = {};
	struct ipv6_flow good = {
		.ip = {
			.type = SPEC_IPV6,
			.size = sizeof(good.ip),
			.val.next_hdr = 17,
			.mask.next_hdr = 0xff,
		},
		.l4 = { .type = SPEC_UDP, .size = sizeof(good.l4) },
		.drop = { .type = SPEC_DROP, .size = sizeof(good.drop) },
	};

	gen_open(&g, env);
	set_head(&g, &good.head, sizeof(good), 3);
	try_flow(&g, "IPv6 flow", &good, sizeof(good), fields);
	gen_close(&g);
}

struct tag_flow {
	struct ib_uverbs_create_flow		head;
	struct ib_uverbs_flow_spec_action_tag	tag;
};

struct drop_flow {
	struct ib_uverbs_create_flow		head;
	struct ib_uverbs_flow_spec_action_drop	drop;
};

static void action_flows(struct env *env)
{
	static struct gfield tag_fields[] = {
		HEAD_FIELDS(struct tag_flow),
		SPEC_FIELDS(struct tag_flow, tag),
		FIELD(struct tag_flow, tag.tag_id, G_ANY),
		{}
	};
	static struct gfield drop_fields[] = {
		HEAD_FIELDS(struct drop_flow),
		SPEC_FIELDS(struct drop_flow, drop),
		{}
	};
	static const struct gfield bare_fields[] = {
		FIELD(struct ib_uverbs_create_flow, flow_attr.type, G_PRED,
		      .pred = any_type_good),
		FIELD(struct ib_uverbs_create_flow, flow_attr.flags, G_EXACT),
		FIELD(struct ib_uverbs_create_flow, flow_attr.port, G_EXACT),
		FIELD(struct ib_uverbs_create_flow, flow_attr.size, G_EXACT),
		{}
	};
	struct ib_uverbs_create_flow bare = {};
	struct tag_flow tag = {
		.tag = { .type = SPEC_TAG, .size = sizeof(tag.tag) },
	};
	struct drop_flow drop = {
		.drop = { .type = SPEC_DROP, .size = sizeof(drop.drop) },
	};
	struct gen g = {};

	gen_open(&g, env);
	tag_fields[2].pred = any_type_good;
	drop_fields[2].pred = drop_type_good;
	set_head(&g, &bare, sizeof(bare), 0);
	set_head(&g, &tag.head, sizeof(tag), 1);
	set_head(&g, &drop.head, sizeof(drop), 1);
	try_flow(&g, "flow of a type", &bare, sizeof(bare), bare_fields);
	try_flow(&g, "flow with a tag", &tag, sizeof(tag), tag_fields);
	try_flow(&g, "flow that drops", &drop, sizeof(drop), drop_fields);
	gen_close(&g);
}

/* Try a flow of two specs; unless @good, it must fail with one of @errs. */
static void two_specs(struct gen *g, uint32_t one, uint32_t two, bool good,
		      uint32_t errs)
{
	static const struct {
		uint32_t	type;
		uint16_t	size;
	} sizes[] = {
		{ SPEC_ETH, sizeof(struct ib_uverbs_flow_spec_eth) },
		{ SPEC_IPV4, sizeof(struct ib_uverbs_flow_spec_ipv4) },
		{ SPEC_IPV6, sizeof(struct ib_uverbs_flow_spec_ipv6) },
		{ SPEC_ESP, sizeof(struct ib_uverbs_flow_spec_esp) },
		{ SPEC_TCP, sizeof(struct ib_uverbs_flow_spec_tcp_udp) },
		{ SPEC_UDP, sizeof(struct ib_uverbs_flow_spec_tcp_udp) },
		{ SPEC_VXLAN, sizeof(struct ib_uverbs_flow_spec_tunnel) },
		{ SPEC_GRE, sizeof(struct ib_uverbs_flow_spec_gre) },
		{ SPEC_MPLS, sizeof(struct ib_uverbs_flow_spec_mpls) },
		{ SPEC_TAG, sizeof(struct ib_uverbs_flow_spec_action_tag) },
		{ SPEC_DROP, sizeof(struct ib_uverbs_flow_spec_action_drop) },
		{ SPEC_COUNT, sizeof(struct ib_uverbs_flow_spec_action_count) },
	};
	uint32_t types[] = { one, two };
	uint64_t buf[40] = {};
	struct ib_uverbs_create_flow *head = (void *)buf;
	size_t pos = sizeof(*head);
	struct ib_uverbs_create_flow_resp resp;
	struct gcmd c = {
		.cmd = IB_USER_VERBS_EX_CMD_CREATE_FLOW,
		.ex = true,
		.resp_len = sizeof(resp),
	};
	unsigned int i, j, n = two ? 2 : 1;
	int ret;

	for (i = 0; i < n; i++) {
		struct ib_uverbs_flow_spec_action_count *spec;

		spec = (void *)buf + pos;
		spec->type = types[i];
		for (j = 0; j < sizeof(sizes) / sizeof(sizes[0]); j++)
			if ((types[i] & ~SPEC_INNER) == sizes[j].type)
				spec->size = sizes[j].size;
		check(spec->size);
		if (types[i] == SPEC_COUNT)
			spec->handle = g->handle[H_COUNTERS];
		pos += spec->size;
	}
	set_head(g, head, pos, n);
	c.core_len = (pos + 7) & ~7;
	ret = raw_cmd(g->fd, &c, buf, NULL, 0, &resp, 0);
	gen_judge(g, "specs", (uint64_t)one << 32 | two, ret, good, errs);
	if (!ret)
		check(!raw_destroy_flow(g->fd, resp.flow_handle));
}

/* Try which headers and actions go together, and which are not supported. */
static void flow_specs(struct env *env)
{
	static const uint32_t known[] = {
		SPEC_ETH, SPEC_IPV4, SPEC_IPV6, SPEC_TCP, SPEC_UDP, SPEC_TAG,
		SPEC_DROP, SPEC_COUNT,
	};
	static const uint32_t unknown[] = {
		SPEC_ESP, SPEC_VXLAN, SPEC_GRE, SPEC_MPLS,
		SPEC_INNER | SPEC_ETH, SPEC_INNER | SPEC_IPV4,
		SPEC_INNER | SPEC_IPV6, SPEC_INNER | SPEC_TCP,
		SPEC_INNER | SPEC_UDP,
	};
	const unsigned int n = sizeof(known) / sizeof(known[0]);
	struct gen g = {};
	unsigned int i, j;

	gen_open(&g, env);
	g.what = "flow";
	for (i = 0; i < n; i++) {
		two_specs(&g, known[i], 0, true, 0);
		for (j = 0; j < n; j++) {
			uint32_t a = known[i], b = known[j];
			bool header = a < SPEC_TAG && b < SPEC_TAG;

			two_specs(&g, a, b, header ? (a >> 4) < (b >> 4) :
				  a != b, E_INVAL);
		}
	}
	for (i = 0; i < sizeof(unknown) / sizeof(unknown[0]); i++) {
		two_specs(&g, unknown[i], 0, false, E_OPNOTSUPP);
		for (j = 0; j < n; j++) {
			two_specs(&g, unknown[i], known[j], false,
				  E_OPNOTSUPP);
			two_specs(&g, known[j], unknown[i], false,
				  E_OPNOTSUPP);
		}
	}

	struct tag_flow flow = {
		.tag = { .type = SPEC_TAG, .size = sizeof(flow.tag) },
	};
	static const uint32_t flags[] = {
		FLAG_DONT_TRAP, FLAG_EGRESS, FLAG_DONT_TRAP | FLAG_EGRESS,
	};
	struct gcmd c = {
		.cmd = IB_USER_VERBS_EX_CMD_CREATE_FLOW,
		.ex = true,
		.core_len = sizeof(flow),
		.resp_len = sizeof(struct ib_uverbs_create_flow_resp),
		.undo = flow_undo,
	};

	set_head(&g, &flow.head, sizeof(flow), 1);
	for (i = 0; i < 3; i++) {
		flow.head.flow_attr.flags = flags[i];
		gen_judge(&g, "flags", flags[i], gen_call_cmd(&g, &flow, &c),
			  false, E_OPNOTSUPP);
	}
	gen_close(&g);
}

const struct bad_case gen_flow_cases[] = {
	{ "gen-ipv4-flow", ipv4_flow },
	{ "gen-ipv6-flow", ipv6_flow },
	{ "gen-action-flows", action_flows },
	{ "gen-flow-specs", flow_specs },
	{}
};
