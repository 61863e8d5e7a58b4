// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * flowact TXDEV RXDEV - actions of flows: tag, drop, count; and counters.
 *
 * Frames are told apart by their type. When a frame has arrived, all frames
 * sent before it have arrived or were dropped, and were counted.
 */
#include <endian.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "check.h"
#include "rawqp.h"

#define FRAME_LEN	100
#define DEPTH		64
#define SLOT		2048
#define TYPE_A		0xb801
#define TYPE_B		0xb802

static const char *rx_name;
static struct rawdev tx_dev, rx_dev;
static struct rawqp tx, rx;
static struct rawbuf txbuf, rxbuf;
static struct ibv_cq_ex *rx_cq;

/* A flow for the kernel: specs follow the attributes without gaps. */
struct rule {
	struct ibv_flow_attr attr;
	uint8_t specs[512];
};

static void rule_init(struct rule *r, enum ibv_flow_attr_type type,
		      uint16_t prio)
{
	memset(r, 0, sizeof(*r));
	r->attr.type = type;
	r->attr.priority = prio;
	r->attr.port = 1;
	r->attr.size = sizeof(r->attr);
}

static void rule_spec(struct rule *r, const void *spec, size_t size)
{
	memcpy((uint8_t *)r + r->attr.size, spec, size);
	r->attr.size += size;
	r->attr.num_of_specs++;
}

static void rule_eth(struct rule *r, uint16_t type)
{
	struct ibv_flow_spec_eth eth = {
		.type = IBV_FLOW_SPEC_ETH,
		.size = sizeof(eth),
		.val.ether_type = htobe16(type),
		.mask.ether_type = 0xffff,
	};

	memcpy(eth.val.dst_mac, rx_dev.mac, 6);
	memset(eth.mask.dst_mac, 0xff, 6);
	rule_spec(r, &eth, sizeof(eth));
}

static void rule_tag(struct rule *r, uint32_t tag)
{
	struct ibv_flow_spec_action_tag spec = {
		.type = IBV_FLOW_SPEC_ACTION_TAG,
		.size = sizeof(spec),
		.tag_id = tag,
	};

	rule_spec(r, &spec, sizeof(spec));
}

static void rule_drop(struct rule *r)
{
	struct ibv_flow_spec_action_drop spec = {
		.type = IBV_FLOW_SPEC_ACTION_DROP,
		.size = sizeof(spec),
	};

	rule_spec(r, &spec, sizeof(spec));
}

static void rule_count(struct rule *r, struct ibv_counters *counters)
{
	struct ibv_flow_spec_counter_action spec = {
		.type = IBV_FLOW_SPEC_ACTION_COUNT,
		.size = sizeof(spec),
		.counters = counters,
	};

	rule_spec(r, &spec, sizeof(spec));
}

static struct ibv_flow *rule_add(struct rule *r)
{
	struct ibv_flow *flow = ibv_create_flow(rx.qp, &r->attr);

	check(flow);
	return flow;
}

static int rule_refused(struct rule *r)
{
	errno = 0;
	check(!ibv_create_flow(rx.qp, &r->attr));
	return errno;
}

static void post_recv(uint64_t slot)
{
	post_recv_at(rx.qp, slot, rxbuf.mr, slot * SLOT, SLOT);
}

static void send_n(uint16_t type, uint32_t len, int n)
{
	eth_header(txbuf.addr, rx_dev.mac, tx_dev.mac, type);
	while (n--)
		rawqp_send(&tx, &txbuf, len);
}

/* Returns whether a frame arrived, and its type and tag. */
static bool arrived(uint16_t *type, uint32_t *tag)
{
	struct ibv_poll_cq_attr attr = {};
	uint64_t slot;
	int ret;

	ret = ibv_start_poll(rx_cq, &attr);
	if (ret) {
		check(ret == ENOENT);
		return false;
	}
	check(rx_cq->status == IBV_WC_SUCCESS);
	slot = rx_cq->wr_id;
	*tag = ibv_wc_read_flow_tag(rx_cq);
	*type = rxbuf.addr[slot * SLOT + 12] << 8 |
		rxbuf.addr[slot * SLOT + 13];
	ibv_end_poll(rx_cq);
	post_recv(slot);
	return true;
}

static void expect(uint16_t type, uint32_t tag)
{
	uint16_t got_type;
	uint32_t got_tag;

	check(arrived(&got_type, &got_tag));
	check(got_type == type);
	check(got_tag == tag);
}

static void expect_nothing(void)
{
	uint16_t type;
	uint32_t tag;

	check(!arrived(&type, &tag));
}

static struct ibv_counters *counters_new(void)
{
	struct ibv_counters_init_attr attr = {};
	struct ibv_counters *counters;

	counters = ibv_create_counters(rx_dev.ctx, &attr);
	check(counters);
	return counters;
}

static int attach(struct ibv_counters *counters,
		  enum ibv_counter_description desc, uint32_t index)
{
	struct ibv_counter_attach_attr attr = {
		.counter_desc = desc,
		.index = index,
	};

	return ibv_attach_counters_point_flow(counters, &attr, NULL);
}

static void test_tag(void)
{
	struct ibv_flow *a, *b;
	struct rule r;

	rule_init(&r, IBV_FLOW_ATTR_NORMAL, 0);
	rule_eth(&r, TYPE_A);
	rule_tag(&r, 0xabcdef);
	a = rule_add(&r);
	/* An action may stand before the headers. */
	rule_init(&r, IBV_FLOW_ATTR_NORMAL, 0);
	rule_tag(&r, 7);
	rule_eth(&r, TYPE_B);
	b = rule_add(&r);

	send_n(TYPE_A, FRAME_LEN, 1);
	send_n(TYPE_B, FRAME_LEN, 1);
	expect(TYPE_A, 0xabcdef);
	expect(TYPE_B, 7);
	expect_nothing();
	check(!ibv_destroy_flow(a));
	check(!ibv_destroy_flow(b));
	send_n(TYPE_A, FRAME_LEN, 1);
	expect_nothing();

	rule_init(&r, IBV_FLOW_ATTR_NORMAL, 0);
	rule_eth(&r, TYPE_A);
	a = rule_add(&r);
	send_n(TYPE_A, FRAME_LEN, 1);
	expect(TYPE_A, 0);
	check(!ibv_destroy_flow(a));

	rule_init(&r, IBV_FLOW_ATTR_ALL_DEFAULT, 0);
	rule_tag(&r, 9);
	a = rule_add(&r);
	send_n(TYPE_B, FRAME_LEN, 1);
	expect(TYPE_B, 9);
	check(!ibv_destroy_flow(a));
	done("frames have the tag of their flow");
}

static void test_drop(void)
{
	struct ibv_flow *all, *drop, *first;
	uint64_t before;
	struct rule r;

	rule_init(&r, IBV_FLOW_ATTR_ALL_DEFAULT, 0);
	all = rule_add(&r);
	rule_init(&r, IBV_FLOW_ATTR_NORMAL, 5);
	rule_eth(&r, TYPE_A);
	rule_drop(&r);
	drop = rule_add(&r);

	usleep(20000);
	before = device_counter(rx_name, "rx_flow_drop");
	send_n(TYPE_A, FRAME_LEN, 3);
	send_n(TYPE_B, FRAME_LEN, 1);
	expect(TYPE_B, 0);
	expect_nothing();
	usleep(20000);
	check(device_counter(rx_name, "rx_flow_drop") == before + 3);
	done("a flow drops and counts its frames, others arrive");

	rule_init(&r, IBV_FLOW_ATTR_NORMAL, 4);
	rule_eth(&r, TYPE_A);
	first = rule_add(&r);
	send_n(TYPE_A, FRAME_LEN, 1);
	expect(TYPE_A, 0);
	check(!ibv_destroy_flow(first));
	send_n(TYPE_A, FRAME_LEN, 1);
	expect_nothing();
	check(!ibv_destroy_flow(drop));
	send_n(TYPE_A, FRAME_LEN, 1);
	expect(TYPE_A, 0);
	check(!ibv_destroy_flow(all));
	done("a flow of higher priority drops first");
}

static void test_count(void)
{
	struct ibv_counters *one = counters_new(), *two = counters_new();
	struct ibv_flow *a, *b;
	uint64_t val[4];
	struct rule r;

	check(!attach(one, IBV_COUNTER_PACKETS, 2));
	check(!attach(one, IBV_COUNTER_BYTES, 0));
	check(!attach(two, IBV_COUNTER_BYTES, 1));

	rule_init(&r, IBV_FLOW_ATTR_NORMAL, 0);
	rule_eth(&r, TYPE_A);
	rule_count(&r, one);
	rule_tag(&r, 3);
	a = rule_add(&r);
	rule_init(&r, IBV_FLOW_ATTR_NORMAL, 0);
	rule_eth(&r, TYPE_B);
	rule_count(&r, two);
	rule_drop(&r);
	b = rule_add(&r);

	memset(val, 0xff, sizeof(val));
	check(!ibv_read_counters(one, val, 4, 0));
	check(!val[0] && !val[1] && !val[2] && !val[3]);
	send_n(TYPE_A, FRAME_LEN, 3);
	send_n(TYPE_A, 64, 2);
	send_n(TYPE_B, FRAME_LEN, 4);
	check(!ibv_read_counters(one, val, 3,
				 IBV_READ_COUNTERS_ATTR_PREFER_CACHED));
	check(val[0] == 3 * FRAME_LEN + 2 * 64 && val[1] == 0 && val[2] == 5);
	check(!ibv_read_counters(two, val, 2, 0));
	check(val[0] == 0 && val[1] == 4 * FRAME_LEN);
	for (int i = 0; i < 5; i++)
		expect(TYPE_A, 3);
	expect_nothing();
	done("flows count packets and bytes, with tag and with drop");

	/*
	 * Too little room, unknown flags, a new point while in use, destruction
	 * while in use.
	 */
	check(ibv_read_counters(one, val, 2, 0) == EINVAL);
	check(ibv_read_counters(one, val, 3, 0x80) == EINVAL);
	check(attach(one, IBV_COUNTER_BYTES, 1) == EBUSY);
	check(ibv_destroy_counters(one) == EBUSY);
	check(!ibv_destroy_flow(a));
	/* As on other devices, counters without a flow can't be read. */
	check(ibv_read_counters(one, val, 4, 0) == EINVAL);

	/* Two flows with the same counters. */
	rule_init(&r, IBV_FLOW_ATTR_NORMAL, 0);
	rule_eth(&r, TYPE_A);
	rule_count(&r, two);
	a = rule_add(&r);
	send_n(TYPE_A, FRAME_LEN, 1);
	expect(TYPE_A, 0);
	send_n(TYPE_B, FRAME_LEN, 1);
	check(!ibv_read_counters(two, val, 2, 0));
	check(val[1] == 6 * FRAME_LEN);
	check(!ibv_destroy_flow(a));
	check(!ibv_destroy_flow(b));
	check(!ibv_destroy_counters(one));
	check(!ibv_destroy_counters(two));

	/* Default flows and sniffers count, too. */
	one = counters_new();
	check(!attach(one, IBV_COUNTER_PACKETS, 0));
	rule_init(&r, IBV_FLOW_ATTR_SNIFFER, 0);
	rule_count(&r, one);
	a = rule_add(&r);
	send_n(TYPE_A, FRAME_LEN, 2);
	expect(TYPE_A, 0);
	expect(TYPE_A, 0);
	check(!ibv_read_counters(one, val, 1, 0));
	check(val[0] == 2);
	check(!ibv_destroy_flow(a));
	check(!ibv_destroy_counters(one));
	done("flows share counters, and each type of flow counts");
}

/* Destroy a QP and its flow while frames arrive, many times. */
static void test_churn(void)
{
	struct ibv_counters *counters;
	struct ibv_flow *flow;
	struct rule r;
	int i;

	for (i = 0; i < 200; i++) {
		counters = counters_new();
		check(!attach(counters, IBV_COUNTER_PACKETS, 0));
		rule_init(&r, IBV_FLOW_ATTR_NORMAL, i & 7);
		rule_eth(&r, TYPE_A);
		rule_count(&r, counters);
		if (i & 1)
			rule_drop(&r);
		flow = rule_add(&r);
		send_n(TYPE_A, FRAME_LEN, 1);
		if (!(i & 1))
			expect(TYPE_A, 0);
		check(!ibv_destroy_flow(flow));
		check(!ibv_destroy_counters(counters));
	}
	expect_nothing();
	done("flows and counters are made and destroyed under load");
}

static void test_wrong(void)
{
	struct ibv_counters_init_attr init = { .comp_mask = 1 };
	struct ibv_counter_attach_attr point = {};
	struct ibv_counters *counters;
	struct ibv_flow *flow;
	uint64_t val[2];
	struct rule r;

	check(!ibv_create_counters(rx_dev.ctx, &init) && errno == EOPNOTSUPP);
	counters = counters_new();
	/* Counters without points can't be used by a flow. */
	rule_init(&r, IBV_FLOW_ATTR_NORMAL, 0);
	rule_eth(&r, TYPE_A);
	rule_count(&r, counters);
	check(rule_refused(&r) == EINVAL);
	check(attach(counters, 2, 0) == EOPNOTSUPP);
	point.comp_mask = 1;
	check(ibv_attach_counters_point_flow(counters, &point, NULL) ==
	      EOPNOTSUPP);
	point.comp_mask = 0;
	check(!ibv_attach_counters_point_flow(counters, &point, NULL));
	check(ibv_read_counters(counters, val, 2, 0) == EINVAL);
	done("wrong uses of counters are refused");

	/* A flow has each action once at most. */
	rule_count(&r, counters);
	check(rule_refused(&r) == EINVAL);
	rule_init(&r, IBV_FLOW_ATTR_NORMAL, 0);
	rule_eth(&r, TYPE_A);
	rule_tag(&r, 1);
	rule_tag(&r, 2);
	check(rule_refused(&r) == EINVAL);
	rule_init(&r, IBV_FLOW_ATTR_NORMAL, 0);
	rule_eth(&r, TYPE_A);
	rule_drop(&r);
	rule_drop(&r);
	check(rule_refused(&r) == EINVAL);
	rule_init(&r, IBV_FLOW_ATTR_SNIFFER, 0);
	rule_drop(&r);
	check(rule_refused(&r) == EINVAL);
	rule_init(&r, IBV_FLOW_ATTR_MC_DEFAULT, 0);
	rule_eth(&r, TYPE_A);
	rule_tag(&r, 1);
	check(rule_refused(&r) == EINVAL);
	done("wrong actions are refused");

	/* Actions and flags that the device does not support. */
	rule_init(&r, IBV_FLOW_ATTR_NORMAL, 0);
	rule_eth(&r, TYPE_A);
	r.attr.flags = IBV_FLOW_ATTR_FLAGS_EGRESS;
	check(rule_refused(&r) == EOPNOTSUPP);
	r.attr.flags = IBV_FLOW_ATTR_FLAGS_DONT_TRAP;
	check(rule_refused(&r) == EOPNOTSUPP);
	r.attr.flags = 0;
	r.attr.comp_mask = 1;
	check(rule_refused(&r) == EOPNOTSUPP);
	r.attr.comp_mask = 0;
	r.attr.port = 2;
	check(rule_refused(&r) == EINVAL);
	r.attr.port = 1;
	r.attr.type = 17;
	check(rule_refused(&r) == EOPNOTSUPP);
	{
		struct ibv_flow_spec_tunnel vxlan = {
			.type = IBV_FLOW_SPEC_VXLAN_TUNNEL,
			.size = sizeof(vxlan),
			.val.tunnel_id = htobe32(5),
			.mask.tunnel_id = htobe32(0xffffff),
		};
		struct ibv_flow_spec_gre gre = {
			.type = IBV_FLOW_SPEC_GRE,
			.size = sizeof(gre),
			.mask.protocol = 0xffff,
		};
		struct ibv_flow_spec_mpls mpls = {
			.type = IBV_FLOW_SPEC_MPLS,
			.size = sizeof(mpls),
			.mask.label = 0xffff,
		};
		struct ibv_flow_spec_esp esp = {
			.type = IBV_FLOW_SPEC_ESP,
			.size = sizeof(esp),
			.mask.spi = 0xffff,
		};
		struct ibv_flow_spec_ipv4_ext ip = {
			.type = IBV_FLOW_SPEC_IPV4_EXT,
			.size = sizeof(ip),
			.mask.flags = 2,
		};
		struct ibv_flow_spec_eth inner = {
			.type = IBV_FLOW_SPEC_ETH | IBV_FLOW_SPEC_INNER,
			.size = sizeof(inner),
			.mask.ether_type = 0xffff,
		};
#define UNSUPPORTED(spec) do {						\
		rule_init(&r, IBV_FLOW_ATTR_NORMAL, 0);			\
		rule_spec(&r, &(spec), sizeof(spec));			\
		check(rule_refused(&r) == EOPNOTSUPP);			\
	} while (0)
		UNSUPPORTED(vxlan);
		UNSUPPORTED(gre);
		UNSUPPORTED(mpls);
		UNSUPPORTED(esp);
		UNSUPPORTED(ip);
		UNSUPPORTED(inner);
	}
	done("actions that are not supported are refused");

	/* No counters are left after all of these. */
	rule_init(&r, IBV_FLOW_ATTR_NORMAL, 0);
	rule_eth(&r, TYPE_A);
	rule_count(&r, counters);
	flow = rule_add(&r);
	check(!ibv_destroy_flow(flow));
	check(!ibv_destroy_counters(counters));
}

int main(int argc, char **argv)
{
	struct ibv_cq_init_attr_ex cq_attr = {
		.cqe = 2 * DEPTH,
		.wc_flags = IBV_WC_EX_WITH_FLOW_TAG,
	};
	uint64_t slot;

	if (argc != 3) {
		fprintf(stderr, "usage: flowact TXDEV RXDEV\n");
		return 2;
	}
	rx_name = argv[2];
	rawdev_open(&tx_dev, argv[1]);
	rawdev_open(&rx_dev, argv[2]);
	tx.dev = &tx_dev;
	rx.dev = &rx_dev;
	tx.cap = (struct ibv_qp_cap){ .max_send_wr = 8, .max_send_sge = 1 };
	rx.cap = (struct ibv_qp_cap){ .max_recv_wr = DEPTH, .max_recv_sge = 1 };
	rx_cq = ibv_create_cq_ex(rx_dev.ctx, &cq_attr);
	check(rx_cq);
	rx.recv_cq = ibv_cq_ex_to_cq(rx_cq);
	rawqp_open(&tx);
	rawqp_open(&rx);
	rawqp_rts(&tx);
	rawqp_rts(&rx);
	rawbuf_alloc(&txbuf, tx_dev.pd, 4096, 0);
	rawbuf_alloc(&rxbuf, rx_dev.pd, DEPTH * 2048, IBV_ACCESS_LOCAL_WRITE);
	for (slot = 0; slot < DEPTH; slot++)
		post_recv(slot);

	test_tag();
	test_drop();
	test_count();
	test_churn();
	test_wrong();

	rawqp_close(&tx);
	rawqp_close(&rx);
	check(!ibv_destroy_cq(ibv_cq_ex_to_cq(rx_cq)));
	rawbuf_free(&txbuf);
	rawbuf_free(&rxbuf);
	rawdev_close(&tx_dev);
	rawdev_close(&rx_dev);
	return 0;
}
