// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * mcast TXDEV RXDEV - multicast groups of raw packet QPs, and verbs that such a
 * device does not support.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "check.h"
#include "rawqp.h"

#define FRAME_LEN	100
#define DEPTH		16
#define SLOT		2048
#define TYPE		0xb803

static const uint8_t group1[] = { 0x01, 0x00, 0x5e, 0x01, 0x02, 0x03 };
static const uint8_t group2[] = { 0x33, 0x33, 0x00, 0x00, 0x00, 0x05 };

static struct rawdev tx_dev, rx_dev;
static struct rawqp tx;
static struct rawbuf txbuf;

struct member {
	struct rawqp	q;
	struct rawbuf	buf;
};

static void post_recv(struct member *m, uint64_t slot)
{
	post_recv_at(m->q.qp, slot, m->buf.mr, slot * SLOT, SLOT);
}

static void member_open(struct member *m)
{
	uint64_t slot;

	memset(m, 0, sizeof(*m));
	m->q.dev = &rx_dev;
	m->q.cap = (struct ibv_qp_cap){
		.max_recv_wr = DEPTH, .max_recv_sge = 1,
	};
	rawqp_open(&m->q);
	rawqp_rts(&m->q);
	rawbuf_alloc(&m->buf, rx_dev.pd, DEPTH * SLOT, IBV_ACCESS_LOCAL_WRITE);
	for (slot = 0; slot < DEPTH; slot++)
		post_recv(m, slot);
}

static void member_close(struct member *m)
{
	rawqp_close(&m->q);
	rawbuf_free(&m->buf);
}

static void send_to(const uint8_t *dst)
{
	eth_header(txbuf.addr, dst, tx_dev.mac, TYPE);
	rawqp_send(&tx, &txbuf, FRAME_LEN);
}

static bool arrived(struct member *m, const uint8_t *dst, int timeout_ms)
{
	struct ibv_wc wc;
	bool same;

	if (!poll_cq_for(m->q.recv_cq, &wc, timeout_ms))
		return false;
	check(wc.status == IBV_WC_SUCCESS && wc.byte_len == FRAME_LEN);
	same = !memcmp(m->buf.addr + wc.wr_id * SLOT, dst, 6);
	check(same);
	post_recv(m, wc.wr_id);
	return true;
}

/* Programs use such GIDs: the MAC address at the end, any byte at the start. */
static union ibv_gid gid_of(const uint8_t *mac, uint8_t first)
{
	union ibv_gid gid = {};

	gid.raw[0] = first;
	memcpy(gid.raw + 10, mac, 6);
	return gid;
}

static void test_groups(void)
{
	union ibv_gid one = gid_of(group1, 0), two = gid_of(group2, 0xff);
	struct member a, b;

	member_open(&a);
	member_open(&b);
	check(!ibv_attach_mcast(a.q.qp, &one, 0));
	send_to(group1);
	check(arrived(&a, group1, 5000));
	check(!arrived(&b, group1, 100));
	done("a member gets the group's frames, others do not");

	check(!ibv_attach_mcast(b.q.qp, &one, 0));
	check(!ibv_attach_mcast(b.q.qp, &two, 0));
	send_to(group1);
	check(arrived(&a, group1, 5000));
	check(arrived(&b, group1, 5000));
	send_to(group2);
	check(arrived(&b, group2, 5000));
	check(!arrived(&a, group2, 100));
	done("members get the frames of several groups");

	/*
	 * A QP that is attached twice gets each frame once, and is detached
	 * once.
	 */
	check(!ibv_attach_mcast(a.q.qp, &one, 0));
	send_to(group1);
	check(arrived(&a, group1, 5000));
	check(!arrived(&a, group1, 100));
	check(arrived(&b, group1, 5000));
	check(!ibv_detach_mcast(a.q.qp, &one, 0));
	send_to(group1);
	check(arrived(&b, group1, 5000));
	check(!arrived(&a, group1, 100));
	check(ibv_detach_mcast(a.q.qp, &one, 0) == EINVAL);
	check(ibv_detach_mcast(a.q.qp, &two, 0) == EINVAL);
	check(ibv_detach_mcast(b.q.qp, &one, 5) == EINVAL);
	done("a member that is attached twice is detached once");

	/* A QP in a group can't be destroyed. */
	check(ibv_destroy_qp(b.q.qp) == EBUSY);
	check(!ibv_detach_mcast(b.q.qp, &one, 0));
	check(!ibv_detach_mcast(b.q.qp, &two, 0));
	done("a member can't be destroyed");

	one = gid_of(rx_dev.mac, 0xff);
	check(ibv_attach_mcast(a.q.qp, &one, 0) == EINVAL);
	memset(&one, 0, sizeof(one));
	check(ibv_attach_mcast(a.q.qp, &one, 0) == EINVAL);
	done("addresses that are no group are refused");

	member_close(&a);
	member_close(&b);
}

/* A process that exits or closes the device leaves its groups. */
static void test_left_over(const char *name)
{
	union ibv_gid one = gid_of(group1, 0);
	struct rawdev saved = rx_dev;
	struct member a;

	rawdev_open(&rx_dev, name);
	member_open(&a);
	check(!ibv_attach_mcast(a.q.qp, &one, 0));
	check(!ibv_close_device(rx_dev.ctx));
	rx_dev = saved;
	done("a context with a member can be closed");
}

static void test_attributes(void)
{
	struct ibv_alloc_dm_attr dm = { .length = 4096 };
	struct ibv_device_attr attr;

	check(!ibv_query_device(rx_dev.ctx, &attr));
	check(attr.max_mcast_grp > 0);
	check(attr.max_mcast_qp_attach > 0);
	check(attr.max_total_mcast_qp_attach >= attr.max_mcast_grp);
	done("the device reports its limits");

	check(!ibv_alloc_dm(rx_dev.ctx, &dm) && errno == EOPNOTSUPP);
	done("device memory is refused");
}

int main(int argc, char **argv)
{
	if (argc != 3) {
		fprintf(stderr, "usage: mcast TXDEV RXDEV\n");
		return 2;
	}
	rawdev_open(&tx_dev, argv[1]);
	rawdev_open(&rx_dev, argv[2]);
	tx.dev = &tx_dev;
	tx.cap = (struct ibv_qp_cap){ .max_send_wr = 8, .max_send_sge = 1 };
	rawqp_open(&tx);
	rawqp_rts(&tx);
	rawbuf_alloc(&txbuf, tx_dev.pd, 4096, 0);

	test_groups();
	test_left_over(argv[2]);
	test_attributes();

	rawqp_close(&tx);
	rawbuf_free(&txbuf);
	rawdev_close(&tx_dev);
	rawdev_close(&rx_dev);
	return 0;
}
