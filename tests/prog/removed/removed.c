// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * removed - move frames on a device until the device is removed.
 *
 * Posting must fail with EIO then, an event must arrive, all objects must be
 * destroyable, and nothing may crash or hang.
 */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "check.h"
#include "kick.h"
#include "rawqp.h"

#define TYPE		0xb803
#define FRAME_LEN	200
#define SLOTS		64

static struct rawdev dev;
static struct rawqp q = {
	.dev = &dev,
	.cap = {
		.max_send_wr = SLOTS,
		.max_recv_wr = SLOTS,
		.max_send_sge = 1,
		.max_recv_sge = 1,
	},
};
static struct rawbuf buf;

static int post_recv(void)
{
	struct ibv_sge sge = sge_at(buf.mr, 0, dev.max_frame);
	struct ibv_recv_wr *bad, wr = { .sg_list = &sge, .num_sge = 1 };

	return ibv_post_recv(q.qp, &wr, &bad);
}

static int post_send(void)
{
	struct ibv_sge sge = sge_at(buf.mr, 0, FRAME_LEN);
	struct ibv_send_wr *bad = NULL, wr = {
		.sg_list = &sge,
		.num_sge = 1,
		.opcode = IBV_WR_SEND,
		.send_flags = IBV_SEND_SIGNALED,
	};
	int ret;

	ret = ibv_post_send(q.qp, &wr, &bad);
	check(!ret || bad == &wr);
	return ret;
}

static bool fatal_event(void)
{
	struct pollfd pfd = { .fd = dev.ctx->async_fd, .events = POLLIN };
	struct ibv_async_event event;

	while (poll(&pfd, 1, 60000) > 0) {
		if (ibv_get_async_event(dev.ctx, &event))
			return false;
		ibv_ack_async_event(&event);
		if (event.event_type == IBV_EVENT_DEVICE_FATAL)
			return true;
	}
	return false;
}

/* Returns the last result of posting. */
static int move_frames(unsigned long long *moved, int seconds)
{
	uint64_t end = now_us() + seconds * 1000000ULL;
	struct ibv_wc wc[8];
	int i, n, ret = 0;

	while (!ret && now_us() < end) {
		ret = post_send();
		/* The queue fills up only when no more completions come. */
		if (ret == ENOMEM)
			ret = 0;
		ibv_poll_cq(q.send_cq, 8, wc);
		n = ibv_poll_cq(q.recv_cq, 8, wc);
		for (i = 0; i < n; i++) {
			check(wc[i].status == IBV_WC_SUCCESS ||
			      wc[i].status == IBV_WC_WR_FLUSH_ERR);
			if (wc[i].status == IBV_WC_SUCCESS)
				++*moved;
			post_recv();
		}
	}
	return ret;
}

int main(int argc, char **argv)
{
	unsigned long long moved = 0;
	struct ibv_flow *flow;
	struct ibv_wc wc;
	int i, fd, ret;

	if (argc != 3 && argc != 4) {
		fprintf(stderr, "usage: removed DEV SECONDS [FILE]\n");
		return 2;
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	rawdev_open(&dev, argv[1]);
	rawqp_open(&q);
	rawqp_rts(&q);
	rawbuf_alloc(&buf, dev.pd, 1 << 16, IBV_ACCESS_LOCAL_WRITE);
	eth_header(buf.addr, dev.mac, dev.mac, TYPE);
	flow = rawqp_flow(&q, TYPE, 0xffff);
	for (i = 0; i < SLOTS; i++)
		check(!post_recv());
	fd = kick_open(dev.ctx->cmd_fd);
	check(fd >= 0);
	check(!kick(fd, q.qp->qp_num));
	printf("# ready\n");

	ret = move_frames(&moved, atoi(argv[2]));
	printf("# %llu frames moved\n", moved);
	check(ret == EIO);
	check(moved);
	for (i = 0; i < 2 * SLOTS; i++) {
		ret = post_send();
		check(ret == EIO || ret == ENOMEM);
		post_recv();
		check(ibv_poll_cq(q.send_cq, 1, &wc) >= 0);
		check(ibv_poll_cq(q.recv_cq, 1, &wc) >= 0);
	}
	check(kick(fd, q.qp->qp_num) == EIO);
	check(kick_open(dev.ctx->cmd_fd) < 0 && errno == EIO);
	check(fatal_event());
	check(!ibv_alloc_pd(dev.ctx) && errno == EIO);
	check(!ibv_create_cq(dev.ctx, 1, NULL, NULL, 0) && errno == EIO);
	check(!ibv_reg_mr(dev.pd, buf.addr, 4096, 0) && errno == EIO);

	check(!ibv_destroy_flow(flow));
	rawqp_close(&q);
	rawbuf_free(&buf);
	rawdev_close(&dev);
	/* Keep the kick file open until FILE exists. */
	while (argc == 4 && access(argv[3], F_OK))
		usleep(10000);
	check(kick(fd, 0) == EIO);
	check(!close(fd));
	printf("ok\n");
	return 0;
}
