// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Raw packet queue pairs for test programs.
 */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "complete.h"
#include "device.h"
#include "die.h"
#include "post.h"
#include "rawqp.h"

/* The GUID of the device is the EUI-64 of the port's MAC address. */
static void rawdev_mac(struct rawdev *dev)
{
	__be64 guid = ibv_get_device_guid(dev->ctx->device);
	uint8_t raw[sizeof(guid)];

	memcpy(raw, &guid, sizeof(raw));
	dev->mac[0] = raw[0] ^ 2;
	dev->mac[1] = raw[1];
	dev->mac[2] = raw[2];
	dev->mac[3] = raw[5];
	dev->mac[4] = raw[6];
	dev->mac[5] = raw[7];
}

/* Does the port accept a frame of @len bytes? No port receives the frame. */
static bool rawdev_takes(struct rawqp *q, struct rawbuf *buf, uint32_t len)
{
	struct ibv_wc wc;

	post_send_at(q->qp, 0, buf->mr, 0, len);
	if (!poll_cq_for(q->send_cq, &wc, 20000))
		die("can't send");
	if (wc.status == IBV_WC_SUCCESS)
		return true;
	if (wc.status != IBV_WC_LOC_LEN_ERR)
		die("%s", ibv_wc_status_str(wc.status));
	rawqp_to(q, IBV_QPS_RESET);
	rawqp_rts(q);
	return false;
}

/* No verb reports the maximum length of a frame, so search for it. */
static void rawdev_probe(struct rawdev *dev)
{
	struct rawqp q = {
		.dev = dev,
		.cap = { .max_send_wr = 1, .max_send_sge = 1 },
	};
	uint32_t good = ETH_HDR_LEN, bad = 1 << 16;
	struct rawbuf buf;

	rawqp_open(&q);
	rawqp_rts(&q);
	rawbuf_alloc(&buf, dev->pd, bad, 0);
	eth_header(buf.addr, dev->mac, dev->mac, 0xffff);
	while (bad - good > 1) {
		uint32_t len = (good + bad) / 2;

		if (rawdev_takes(&q, &buf, len))
			good = len;
		else
			bad = len;
	}
	dev->max_frame = good;
	rawbuf_free(&buf);
	rawqp_close(&q);
}

void rawdev_open(struct rawdev *dev, const char *name)
{
	struct ibv_port_attr port;

	dev->ctx = device_open(name);
	dev->pd = ibv_alloc_pd(dev->ctx);
	if (!dev->pd)
		die("ibv_alloc_pd: %s", strerror(errno));
	if (ibv_query_port(dev->ctx, 1, &port))
		die("ibv_query_port: %s", strerror(errno));
	if (port.state != IBV_PORT_ACTIVE)
		die("port of %s is not active", name);
	rawdev_mac(dev);
	rawdev_probe(dev);
}

void rawdev_close(struct rawdev *dev)
{
	int ret;

	ret = ibv_dealloc_pd(dev->pd);
	if (ret)
		die("ibv_dealloc_pd: %s", strerror(ret));
	if (ibv_close_device(dev->ctx))
		die("ibv_close_device: %s", strerror(errno));
}

static struct ibv_cq *rawqp_cq(struct rawqp *q, int cqe)
{
	struct ibv_cq *cq;

	cq = ibv_create_cq(q->dev->ctx, cqe ? cqe : 1, q, q->channel, 0);
	if (!cq)
		die("ibv_create_cq of %d: %s", cqe, strerror(errno));
	return cq;
}

void rawqp_open(struct rawqp *q)
{
	struct ibv_qp_init_attr init = {
		.qp_type = IBV_QPT_RAW_PACKET,
		.sq_sig_all = q->sig_all,
		.cap = q->cap,
	};

	if (!q->pd)
		q->pd = q->dev->pd;
	if (q->events && !q->channel) {
		q->channel = ibv_create_comp_channel(q->dev->ctx);
		if (!q->channel)
			die("ibv_create_comp_channel: %s", strerror(errno));
	}
	if (!q->send_cq) {
		q->send_cq = rawqp_cq(q, q->send_cqe ?: (int)q->cap.max_send_wr);
		q->own_send_cq = true;
	}
	if (!q->recv_cq) {
		q->recv_cq = rawqp_cq(q, q->recv_cqe ?: (int)q->cap.max_recv_wr);
		q->own_recv_cq = true;
	}

	init.send_cq = q->send_cq;
	init.recv_cq = q->recv_cq;
	q->qp = ibv_create_qp(q->pd, &init);
	if (!q->qp)
		die("ibv_create_qp: %s", strerror(errno));
	q->cap = init.cap;
}

void rawqp_close(struct rawqp *q)
{
	int ret;

	ret = ibv_destroy_qp(q->qp);
	if (ret)
		die("ibv_destroy_qp: %s", strerror(ret));
	if (q->own_send_cq) {
		ret = ibv_destroy_cq(q->send_cq);
		if (ret)
			die("ibv_destroy_cq: %s", strerror(ret));
	}
	if (q->own_recv_cq) {
		ret = ibv_destroy_cq(q->recv_cq);
		if (ret)
			die("ibv_destroy_cq: %s", strerror(ret));
	}
	if (q->channel && ibv_destroy_comp_channel(q->channel))
		die("ibv_destroy_comp_channel: %s", strerror(errno));
	memset(q, 0, sizeof(*q));
}

void rawqp_to(struct rawqp *q, enum ibv_qp_state state)
{
	struct ibv_qp_attr attr = {
		.qp_state = state,
		.port_num = 1,
	};
	int mask = IBV_QP_STATE;
	int ret;

	if (state == IBV_QPS_INIT)
		mask |= IBV_QP_PORT;
	ret = ibv_modify_qp(q->qp, &attr, mask);
	if (ret)
		die("ibv_modify_qp to %d: %s", state, strerror(ret));
}

void rawqp_rts(struct rawqp *q)
{
	rawqp_to(q, IBV_QPS_INIT);
	rawqp_to(q, IBV_QPS_RTR);
	rawqp_to(q, IBV_QPS_RTS);
}

struct ibv_flow *rawqp_flow(struct rawqp *q, uint16_t type, uint16_t mask)
{
	struct {
		struct ibv_flow_attr attr;
		struct ibv_flow_spec_eth eth;
	} rule = {
		.attr = {
			.type = IBV_FLOW_ATTR_NORMAL,
			.size = sizeof(rule),
			.num_of_specs = 1,
			.port = 1,
		},
		.eth = {
			.type = IBV_FLOW_SPEC_ETH,
			.size = sizeof(rule.eth),
			.val.ether_type = htobe16(type & mask),
			.mask.ether_type = htobe16(mask),
		},
	};
	struct ibv_flow *flow;

	_Static_assert(sizeof(rule) == sizeof(rule.attr) + sizeof(rule.eth),
		       "a gap before the spec");
	memcpy(rule.eth.val.dst_mac, q->dev->mac, 6);
	memset(rule.eth.mask.dst_mac, 0xff, 6);
	flow = ibv_create_flow(q->qp, &rule.attr);
	if (!flow)
		die("ibv_create_flow: %s", strerror(errno));
	return flow;
}

void rawbuf_alloc(struct rawbuf *b, struct ibv_pd *pd, size_t len, int access)
{
	b->len = len;
	b->addr = mmap(NULL, len, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (b->addr == MAP_FAILED)
		die("mmap of %zu: %s", len, strerror(errno));
	b->mr = ibv_reg_mr(pd, b->addr, len, access);
	if (!b->mr)
		die("ibv_reg_mr of %zu: %s", len, strerror(errno));
}

void rawbuf_free(struct rawbuf *b)
{
	if (b->mr) {
		int ret = ibv_dereg_mr(b->mr);

		if (ret)
			die("ibv_dereg_mr: %s", strerror(ret));
	}
	munmap(b->addr, b->len);
	memset(b, 0, sizeof(*b));
}

void rawqp_send(struct rawqp *q, const struct rawbuf *buf, uint32_t len)
{
	struct ibv_wc wc;

	post_send_at(q->qp, 0, buf->mr, 0, len);
	if (!poll_cq_for(q->send_cq, &wc, 60000))
		die("no completion");
	if (wc.status != IBV_WC_SUCCESS || wc.opcode != IBV_WC_SEND)
		die("opcode %d: %s", wc.opcode, ibv_wc_status_str(wc.status));
}

void eth_header(uint8_t *frame, const uint8_t *dst, const uint8_t *src,
		uint16_t type)
{
	memcpy(frame, dst, 6);
	memcpy(frame + 6, src, 6);
	frame[12] = type >> 8;
	frame[13] = type;
}

uint32_t frame_sum(const uint8_t *data, size_t len)
{
	uint64_t sum = 0xcbf29ce484222325ULL ^ len;
	uint64_t word;

	for (; len >= sizeof(word); len -= sizeof(word)) {
		memcpy(&word, data, sizeof(word));
		sum = (sum ^ word) * 0x100000001b3ULL;
		sum ^= sum >> 29;
		data += sizeof(word);
	}
	while (len--)
		sum = (sum ^ *data++) * 0x100000001b3ULL;
	return sum ^ sum >> 32;
}
