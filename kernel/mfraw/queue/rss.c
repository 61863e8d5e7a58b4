// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Receive side scaling: queue pairs without queues, which spread the frames of
 * their flows over the WQs of an indirection table, by a hash of header fields.
 */
#include <linux/ethtool.h>
#include <linux/in.h>
#include <linux/mf_rss.h>
#include <linux/slab.h>

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
 * @ipv4: fields to hash of IPv4, RXH_*
 * @ipv6: fields to hash of IPv6, RXH_*
 * @proto: IP protocol whose ports are hashed, or 0
 * @key: prepared hash key
 */
struct mfraw_rss {
	struct ib_wq	**ind_tbl;
	u32		mask;
	u32		ipv4;
	u32		ipv6;
	u8		proto;
	struct mf_toeplitz key;
};

/*
 * Translate the requested fields of one IP version, given by its addresses, to
 * RXH_*. The ports are those of any protocol.
 */
static u32 mfraw_rss_fields(u32 fields, u32 saddr, u32 daddr)
{
	return (fields & saddr ? RXH_IP_SRC : 0) |
	       (fields & daddr ? RXH_IP_DST : 0) |
	       (fields & MFRAW_RSS_SPORT ? RXH_L4_B_0_1 : 0) |
	       (fields & MFRAW_RSS_DPORT ? RXH_L4_B_2_3 : 0);
}

static void mfraw_rss_set_fields(struct mfraw_rss *rss, u32 fields)
{
	rss->ipv4 = mfraw_rss_fields(fields, MFRAW_RX_HASH_SRC_IPV4,
				     MFRAW_RX_HASH_DST_IPV4);
	rss->ipv6 = mfraw_rss_fields(fields, MFRAW_RX_HASH_SRC_IPV6,
				     MFRAW_RX_HASH_DST_IPV6);
	if (fields & MFRAW_RSS_TCP)
		rss->proto = IPPROTO_TCP;
	else if (fields & MFRAW_RSS_UDP)
		rss->proto = IPPROTO_UDP;
}

/* Hash the requested fields that the outermost headers have. */
static u32 mfraw_rss_hash(const struct mfraw_rss *rss,
			  const struct mf_frame *frame)
{
	struct flow_keys keys;
	u32 fields;

	mf_rss_dissect(frame, &keys);
	if (keys.control.addr_type == FLOW_DISSECTOR_KEY_IPV4_ADDRS)
		fields = rss->ipv4;
	else if (keys.control.addr_type == FLOW_DISSECTOR_KEY_IPV6_ADDRS)
		fields = rss->ipv6;
	else
		return 0;
	if (keys.basic.ip_proto != rss->proto)
		fields &= ~MF_RSS_PORTS;

	return mf_rss_hash(&rss->key, &keys, mf_rss_fields(&keys, fields));
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
	mfraw_rss_set_fields(rss, req.rx_hash_fields);
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
	/* Steering uses the handle to reach the WQs. */
	mfraw_rxq_hide(qp);
	mfraw_wait_readers(qp->dev);
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
