// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Open a device, make a raw packet queue pair, and post requests.
 */
#include <endian.h>
#include <errno.h>
#include <string.h>

#include "port.h"

static void device_open(struct port *p, const char *name)
{
	struct ibv_device **list = ibv_get_device_list(NULL);
	uint8_t guid[8];
	int i;

	for (i = 0; list && list[i]; i++)
		if (!strcmp(ibv_get_device_name(list[i]), name))
			p->ctx = ibv_open_device(list[i]);
	if (!p->ctx)
		die("can't open device %s", name);
	/* The GUID is made of the MAC address (EUI-64). */
	memcpy(guid, &(__be64){ ibv_get_device_guid(p->ctx->device) }, 8);
	memcpy(p->mac, guid, 3);
	memcpy(p->mac + 3, guid + 5, 3);
	p->mac[0] ^= 2;
	ibv_free_device_list(list);
}

static void to_state(struct ibv_qp *qp, enum ibv_qp_state state)
{
	struct ibv_qp_attr attr = { .qp_state = state, .port_num = 1 };
	int mask = IBV_QP_STATE | (state == IBV_QPS_INIT ? IBV_QP_PORT : 0);

	if (ibv_modify_qp(qp, &attr, mask))
		die("ibv_modify_qp to state %d failed", state);
}

/* Receive the frames of our type to the port's address. */
static void steer(struct port *p)
{
	struct {
		struct ibv_flow_attr attr;
		struct ibv_flow_spec_eth eth;
	} rule = {
		{ .size = sizeof(rule), .num_of_specs = 1, .port = 1 },
		{ .size = sizeof(rule.eth), .type = IBV_FLOW_SPEC_ETH },
	};

	rule.eth.val.ether_type = htobe16(ETHERTYPE);
	rule.eth.mask.ether_type = 0xffff;
	memcpy(rule.eth.val.dst_mac, p->mac, 6);
	memset(rule.eth.mask.dst_mac, 0xff, 6);
	p->flow = ibv_create_flow(p->qp, &rule.attr);
	if (!p->flow)
		die("ibv_create_flow: %s", strerror(errno));
}

void port_open(struct port *p, const char *device)
{
	struct ibv_qp_init_attr init = {
		.qp_type = IBV_QPT_RAW_PACKET,
		.cap = { .max_send_wr = DEPTH, .max_send_sge = 1,
			 .max_recv_wr = DEPTH, .max_recv_sge = 1 },
	};

	device_open(p, device);
	p->slots = calloc(DEPTH, SLOT);
	p->pd = ibv_alloc_pd(p->ctx);
	p->mr = ibv_reg_mr(p->pd, p->slots, (size_t)DEPTH * SLOT,
			   IBV_ACCESS_LOCAL_WRITE);
	p->send_cq = ibv_create_cq(p->ctx, DEPTH, NULL, NULL, 0);
	p->recv_cq = ibv_create_cq(p->ctx, DEPTH, NULL, NULL, 0);
	if (!p->mr || !p->send_cq || !p->recv_cq)
		die("no region or no CQ: %s", strerror(errno));
	init.send_cq = p->send_cq;
	init.recv_cq = p->recv_cq;
	p->qp = ibv_create_qp(p->pd, &init);
	if (!p->qp)
		die("ibv_create_qp: %s (it needs CAP_NET_RAW)", strerror(errno));
	to_state(p->qp, IBV_QPS_INIT);
	to_state(p->qp, IBV_QPS_RTR);
	to_state(p->qp, IBV_QPS_RTS);
	steer(p);
}

void port_close(struct port *p)
{
	if (ibv_destroy_flow(p->flow) || ibv_destroy_qp(p->qp) ||
	    ibv_destroy_cq(p->send_cq) || ibv_destroy_cq(p->recv_cq) ||
	    ibv_dereg_mr(p->mr) || ibv_dealloc_pd(p->pd) ||
	    ibv_close_device(p->ctx))
		die("can't close the device");
	free(p->slots);
}

static struct ibv_sge piece(const struct port *p, uint32_t slot, uint32_t len)
{
	return (struct ibv_sge) {
		.addr = (uintptr_t)port_slot(p, slot),
		.length = len,
		.lkey = p->mr->lkey,
	};
}

void port_recv(struct port *p, const struct frame *frames, uint32_t n)
{
	struct ibv_recv_wr wr[MAX_BATCH], *bad;
	struct ibv_sge sge[MAX_BATCH];
	uint32_t i;

	for (i = 0; i < n; i++) {
		sge[i] = piece(p, frames[i].slot, SLOT);
		wr[i] = (struct ibv_recv_wr) {
			.wr_id = frames[i].slot, .sg_list = &sge[i], .num_sge = 1,
			.next = i + 1 < n ? &wr[i + 1] : NULL,
		};
	}
	if (n && ibv_post_recv(p->qp, wr, &bad))
		die("ibv_post_recv");
}

void port_send(struct port *p, const struct frame *frames, uint32_t n)
{
	struct ibv_send_wr wr[MAX_BATCH], *bad;
	struct ibv_sge sge[MAX_BATCH];
	uint32_t i;

	for (i = 0; i < n; i++) {
		sge[i] = piece(p, frames[i].slot, frames[i].len);
		wr[i] = (struct ibv_send_wr) {
			.wr_id = n, .sg_list = &sge[i], .num_sge = 1,
			.next = i + 1 < n ? &wr[i + 1] : NULL,
			.opcode = IBV_WR_SEND,
			.send_flags = i + 1 < n ? 0 : IBV_SEND_SIGNALED,
		};
	}
	if (n && ibv_post_send(p->qp, wr, &bad))
		die("ibv_post_send");
}

uint32_t port_poll(struct ibv_cq *cq, struct ibv_wc *wc, uint32_t n)
{
	int i, got = ibv_poll_cq(cq, n, wc);

	for (i = 0; i < got; i++)
		if (wc[i].status != IBV_WC_SUCCESS)
			die("%s", ibv_wc_status_str(wc[i].status));
	return got < 0 ? 0 : got;
}

struct frame port_frame(struct port *p, uint32_t slot, const struct options *opt)
{
	uint8_t *data = port_slot(p, slot);

	memcpy(data, opt->peer, 6);
	memcpy(data + 6, p->mac, 6);
	data[12] = ETHERTYPE >> 8;
	data[13] = ETHERTYPE & 0xff;
	return (struct frame) { .slot = slot, .len = opt->size };
}
