// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Receive side scaling: queue pairs without queues, which spread the frames of
 * their flows over the WQs of an indirection table, by a hash of header fields.
 */
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/mf_toeplitz.h>
#include <linux/slab.h>
#include <net/flow_dissector.h>
#include <net/ip.h>
#include <net/net_namespace.h>

#include "queue/rss.h"
#include "queue/rxq.h"
#include "refuse.h"
#include "verbs/qp.h"
#include "verbs/qp_ops.h"
#include "verbs/wq.h"

static_assert(MFRAW_RX_HASH_KEY_LEN == MF_TOEPLITZ_KEY_LEN);

#define MFRAW_RSS_IPV4	(MFRAW_RX_HASH_SRC_IPV4 | MFRAW_RX_HASH_DST_IPV4)
#define MFRAW_RSS_IPV6	(MFRAW_RX_HASH_SRC_IPV6 | MFRAW_RX_HASH_DST_IPV6)
#define MFRAW_RSS_TCP	(MFRAW_RX_HASH_SRC_PORT_TCP | MFRAW_RX_HASH_DST_PORT_TCP)
#define MFRAW_RSS_UDP	(MFRAW_RX_HASH_SRC_PORT_UDP | MFRAW_RX_HASH_DST_PORT_UDP)
#define MFRAW_RSS_SPORT	(MFRAW_RX_HASH_SRC_PORT_TCP | MFRAW_RX_HASH_SRC_PORT_UDP)
#define MFRAW_RSS_DPORT	(MFRAW_RX_HASH_DST_PORT_TCP | MFRAW_RX_HASH_DST_PORT_UDP)

/**
 * struct mfraw_rss - the way in which a queue pair spreads frames
 * @ind_tbl: @mask + 1 WQs; the core keeps them as long as the queue pair
 * @mask: number of entries - 1
 * @fields: &enum mfraw_rx_hash_fields
 * @proto: IP protocol whose ports are hashed, or 0
 * @key: prepared hash key
 */
struct mfraw_rss {
	struct ib_wq	**ind_tbl;
	u32		mask;
	u32		fields;
	u8		proto;
	struct mf_toeplitz key;
};

/* Results of the flow dissector. */
struct mfraw_dissected {
	struct flow_dissector_key_control	control;
	struct flow_dissector_key_basic		basic;
	union {
		struct flow_dissector_key_ipv4_addrs	ipv4;
		struct flow_dissector_key_ipv6_addrs	ipv6;
	};
	struct flow_dissector_key_ports		ports;
};

#define MFRAW_DISSECT(id, member) \
	{ .key_id = FLOW_DISSECTOR_KEY_##id, \
	  .offset = offsetof(struct mfraw_dissected, member) }

static const struct flow_dissector_key mfraw_dissector_keys[] = {
	MFRAW_DISSECT(CONTROL, control),
	MFRAW_DISSECT(BASIC, basic),
	MFRAW_DISSECT(IPV4_ADDRS, ipv4),
	MFRAW_DISSECT(IPV6_ADDRS, ipv6),
	MFRAW_DISSECT(PORTS, ports),
};

static struct flow_dissector mfraw_dissector __ro_after_init;

/**
 * mfraw_rss_init - set up the flow dissector before the first frame
 */
void __init mfraw_rss_init(void)
{
	skb_flow_dissector_init(&mfraw_dissector, mfraw_dissector_keys,
				ARRAY_SIZE(mfraw_dissector_keys));
}

static u8 *mfraw_rss_add(u8 *end, const void *field, size_t len)
{
	memcpy(end, field, len);

	return end + len;
}

/*
 * Hash the requested fields that the outermost headers have, without gaps:
 * source address, destination address, source port, destination port. Ports of
 * fragments are left out, so that the fragments of a datagram stay together.
 */
static u32 mfraw_rss_hash(const struct mfraw_rss *rss,
			  const struct mf_frame *frame)
{
	const struct ethhdr *eth = (const struct ethhdr *)frame->hdr;
	struct mfraw_dissected d = {};
	u8 input[MF_TOEPLITZ_INPUT];
	u8 *end = input;

	/* After a failure, use the fields found before. */
	__skb_flow_dissect(&init_net, NULL, &mfraw_dissector, &d, frame->hdr,
			   eth->h_proto, ETH_HLEN, frame->hdr_len,
			   FLOW_DISSECTOR_F_STOP_BEFORE_ENCAP);

	if (d.control.addr_type == FLOW_DISSECTOR_KEY_IPV4_ADDRS) {
		if (rss->fields & MFRAW_RX_HASH_SRC_IPV4)
			end = mfraw_rss_add(end, &d.ipv4.src,
					    sizeof(d.ipv4.src));
		if (rss->fields & MFRAW_RX_HASH_DST_IPV4)
			end = mfraw_rss_add(end, &d.ipv4.dst,
					    sizeof(d.ipv4.dst));
	} else if (d.control.addr_type == FLOW_DISSECTOR_KEY_IPV6_ADDRS) {
		if (rss->fields & MFRAW_RX_HASH_SRC_IPV6)
			end = mfraw_rss_add(end, &d.ipv6.src,
					    sizeof(d.ipv6.src));
		if (rss->fields & MFRAW_RX_HASH_DST_IPV6)
			end = mfraw_rss_add(end, &d.ipv6.dst,
					    sizeof(d.ipv6.dst));
	}

	if (rss->proto && d.basic.ip_proto == rss->proto &&
	    !(d.control.flags & FLOW_DIS_IS_FRAGMENT)) {
		if (rss->fields & MFRAW_RSS_SPORT)
			end = mfraw_rss_add(end, &d.ports.src,
					    sizeof(d.ports.src));
		if (rss->fields & MFRAW_RSS_DPORT)
			end = mfraw_rss_add(end, &d.ports.dst,
					    sizeof(d.ports.dst));
	}

	return mf_toeplitz_hash(&rss->key, input, end - input);
}

static struct mfraw_rq *mfraw_rss_pick(const struct mfraw_rss *rss,
				       const struct mf_frame *frame)
{
	u32 hash = rss->mask ? mfraw_rss_hash(rss, frame) : 0;

	return &to_mfraw_wq(rss->ind_tbl[hash & rss->mask])->rq;
}

/*
 * Spread frames over the WQs. Consecutive frames for one WQ go there in one
 * call. Reader of the device.
 */
static void mfraw_rss_spread(const struct mfraw_rss *rss,
			     const struct mf_frame *frames, unsigned int n,
			     u32 tag)
{
	struct mfraw_rq *rq, *last = NULL;
	unsigned int start = 0, i;

	for (i = 0; i < n; i++) {
		rq = mfraw_rss_pick(rss, &frames[i]);
		if (rq == last)
			continue;
		if (last)
			mfraw_rq_rx(last, &frames[start], i - start, tag);
		last = rq;
		start = i;
	}
	if (last)
		mfraw_rq_rx(last, &frames[start], n - start, tag);
}

/**
 * mfraw_rss_rx - spread the frames of a queue pair over its WQs
 * @to: handle of the queue pair, which may be gone
 * @frames: the frames
 * @n: number of frames
 * @tag: flow tag for the completions
 *
 * Context: as &mf_rxq_ops.rx.
 */
void mfraw_rss_rx(struct mfraw_rxq *to, const struct mf_frame *frames,
		  unsigned int n, u32 tag)
{
	struct mfraw_dev *dev = to->dev;
	struct mfraw_qp *qp;
	int idx;

	idx = srcu_read_lock(&dev->readers);
	qp = srcu_dereference(to->qp, &dev->readers);
	if (likely(qp))
		mfraw_rss_spread(qp->rss, frames, n, tag);
	srcu_read_unlock(&dev->readers, idx);
}

/* Called by steering, see struct mf_rxq_ops. */
static void mfraw_rss_rxq_rx(struct mf_rxq *rxq, const struct mf_frame *frames,
			     unsigned int n)
{
	mfraw_rss_rx(container_of(rxq, struct mfraw_rxq, rxq), frames, n, 0);
}

static const struct mf_rxq_ops mfraw_rss_rxq_ops = {
	.rx = mfraw_rss_rxq_rx,
};

/* Check a request: one network protocol, one transport, and some field. */
static int mfraw_rss_check(struct ib_device *ibdev,
			   const struct mfraw_create_qp_rss_req *req,
			   const struct ib_rwq_ind_table *tbl)
{
	u64 fields = req->rx_hash_fields;
	int err;

	if (memchr_inv(req->reserved, 0, sizeof(req->reserved)))
		return mfraw_refuse(ibdev, -EINVAL, "RSS: reserved bytes");
	err = mfraw_check_flags(ibdev, "RSS", "fields", fields,
				MFRAW_RX_HASH_FIELDS);
	if (err)
		return err;
	if (req->rx_hash_function != MFRAW_RX_HASH_FUNC_TOEPLITZ)
		return mfraw_refuse(ibdev, -EOPNOTSUPP,
				    "RSS: function %#x, only %#x",
				    req->rx_hash_function,
				    MFRAW_RX_HASH_FUNC_TOEPLITZ);
	if (req->rx_key_len != MFRAW_RX_HASH_KEY_LEN)
		return mfraw_refuse(ibdev, -EINVAL, "RSS: key bytes %u, only %u",
				    req->rx_key_len, MFRAW_RX_HASH_KEY_LEN);
	if ((!fields && tbl->log_ind_tbl_size) ||
	    (fields & MFRAW_RSS_IPV4 && fields & MFRAW_RSS_IPV6) ||
	    (fields & MFRAW_RSS_TCP && fields & MFRAW_RSS_UDP))
		return mfraw_refuse(ibdev, -EINVAL,
				    "RSS: fields %#llx, one protocol of each layer",
				    fields);

	return 0;
}

/**
 * mfraw_rss_create - create a queue pair that spreads frames
 * @qp: the zeroed queue pair
 * @init: attributes with an indirection table
 * @udata: struct mfraw_create_qp_rss_req and mfraw_create_qp_resp
 *
 * The queue pair has a QP number, although no completion uses the number.
 *
 * Context: sleeps.
 * Return: 0 or an errno.
 */
int mfraw_rss_create(struct mfraw_qp *qp, const struct ib_qp_init_attr *init,
		     struct ib_udata *udata)
{
	struct mfraw_dev *dev = to_mfraw_dev(qp->ibqp.device);
	const struct ib_rwq_ind_table *tbl = init->rwq_ind_tbl;
	struct mfraw_create_qp_resp resp = {};
	struct mfraw_create_qp_rss_req req;
	struct mfraw_rss *rss;
	int qpn;
	int err;

	/* The queue pair does not send, and only its WQs complete receives. */
	if (init->send_cq || init->recv_cq || init->create_flags)
		return mfraw_refuse(&dev->ibdev, -EINVAL,
				    "RSS: CQs or flags %#x, the WQs have these",
				    init->create_flags);

	err = ib_copy_validate_udata_in_cm(udata, req, rx_hash_key, 0);
	err = mfraw_check_req(&dev->ibdev, "RSS", udata, err);
	if (!err)
		err = mfraw_rss_check(&dev->ibdev, &req, tbl);
	if (err)
		return err;

	rss = kzalloc_obj(*rss, GFP_KERNEL_ACCOUNT);
	if (!rss)
		return -ENOMEM;
	rss->ind_tbl = tbl->ind_tbl;
	rss->mask = BIT(tbl->log_ind_tbl_size) - 1;
	rss->fields = req.rx_hash_fields;
	if (rss->fields & MFRAW_RSS_TCP)
		rss->proto = IPPROTO_TCP;
	else if (rss->fields & MFRAW_RSS_UDP)
		rss->proto = IPPROTO_UDP;
	mf_toeplitz_set_key(&rss->key, req.rx_hash_key);

	qpn = mfraw_qpn_alloc(dev);
	if (qpn < 0) {
		err = qpn;
		goto err_rss;
	}

	qp->dev = dev;
	qp->ops = &mfraw_rss_qp_ops;
	/* The queue pair has no states; a query reports this one. */
	qp->state = IB_QPS_RTR;
	qp->rss = rss;
	qp->ibqp.qp_num = qpn;
	err = mfraw_rxq_alloc(qp);
	if (err)
		goto err_qpn;
	/* No rule names the handle yet, so this can't race with steering. */
	qp->rxq->rxq.ops = &mfraw_rss_rxq_ops;
	err = ib_respond_udata(udata, resp);
	if (err)
		goto err_rxq;

	return 0;

err_rxq:
	mfraw_rxq_free(qp);
err_qpn:
	ida_free(&dev->qpns, qpn);
err_rss:
	kfree(rss);
	return err;
}

static int mfraw_rss_check_attr(struct mfraw_qp *qp,
				const struct ib_qp_attr *attr, int mask)
{
	return mfraw_refuse(qp->ibqp.device, -EOPNOTSUPP,
			    "QP %u: it has WQs, and no states", qp->ibqp.qp_num);
}

static void mfraw_rss_destroy(struct mfraw_qp *qp)
{
	/* Free the handle first: steering uses it to reach the WQs. */
	mfraw_rxq_free(qp);
	ida_free(&qp->dev->qpns, qp->ibqp.qp_num);
	kfree(qp->rss);
}

const struct mfraw_qp_ops mfraw_rss_qp_ops = {
	.destroy = mfraw_rss_destroy,
	.check_attr = mfraw_rss_check_attr,
};

static int mfraw_create_ind_tbl(struct ib_rwq_ind_table *tbl,
				struct ib_rwq_ind_table_init_attr *init,
				struct ib_udata *udata)
{
	struct mfraw_dev *dev = to_mfraw_dev(tbl->device);
	int err;
	int id;

	err = mfraw_check_empty(tbl->device, "table", udata);
	if (err)
		return err;
	if (init->log_ind_tbl_size > MFRAW_LOG_IND_TBL_SIZE)
		return mfraw_refuse(tbl->device, -EINVAL,
				    "table: log of size %u, %u at most",
				    init->log_ind_tbl_size,
				    MFRAW_LOG_IND_TBL_SIZE);

	id = ida_alloc_range(&dev->ind_tbls, 1, MFRAW_MAX_IND_TBL, GFP_KERNEL);
	if (id < 0)
		return id == -ENOSPC ? -ENOMEM : id;
	tbl->ind_tbl_num = id;

	return 0;
}

static int mfraw_destroy_ind_tbl(struct ib_rwq_ind_table *tbl)
{
	ida_free(&to_mfraw_dev(tbl->device)->ind_tbls, tbl->ind_tbl_num);

	return 0;
}

const struct ib_device_ops mfraw_rss_ops = {
	.create_rwq_ind_table = mfraw_create_ind_tbl,
	.destroy_rwq_ind_table = mfraw_destroy_ind_tbl,

	INIT_RDMA_OBJ_SIZE(ib_rwq_ind_table, mfraw_ind_tbl, ib_rwq_ind_tbl),
};
