// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * The kernel's work for a process is bounded: it runs in that process's time
 * and no longer than the process lives, others need not wait long, and all of
 * it is done.
 *
 *	bounded paid DEVICE		a kick returns when its work is done
 *	bounded killed DEVICE		a kick ends when its process is killed
 *	bounded lent DEVICE		the same for a queue of another process
 *	bounded fan DEVICE DEVICE2	each of many receivers gets a frame once
 *	bounded polled DEVICE		polled queues come and go
 *	bounded forever DEVICE		send until the device is removed
 *	bounded aside DEVICE DEVICE2	move frames beside a test; each line of the
 *					input asks whether frames still move
 */
#include <endian.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bystander.h"
#include "check.h"
#include "connect.h"
#include "kick.h"
#include "rawqp.h"

#define MSS		64
#define TSO_LEN		(128 << 10)
#define TSO_FRAMES	(TSO_LEN / MSS)
#define TSO_HDR		54

/* A QP, and the header of its TSO requests. */
struct tso {
	struct rawdev	dev;
	struct rawbuf	buf;
	struct ibv_cq	*cq;
	struct ibv_qp	*qp;
	uint8_t		hdr[TSO_HDR];
};

static void tso_open(struct tso *t, const char *name, uint32_t wr)
{
	static const uint8_t ip_tcp[] = {
		0x45, 0, 0, 0, 0, 0, 0, 0, 64, 6, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2,
		0, 1, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0x50, 0x10, 1, 0, 0, 0, 0, 0,
	};
	struct ibv_qp_init_attr_ex init = {
		.qp_type = IBV_QPT_RAW_PACKET,
		.comp_mask = IBV_QP_INIT_ATTR_PD |
			     IBV_QP_INIT_ATTR_MAX_TSO_HEADER,
		.cap = { .max_send_wr = wr, .max_send_sge = 1 },
		.max_tso_header = TSO_HDR,
	};

	rawdev_open(&t->dev, name);
	rawbuf_alloc(&t->buf, t->dev.pd, TSO_LEN, 0);
	t->cq = ibv_create_cq(t->dev.ctx, 4, NULL, NULL, 0);
	check(t->cq);
	init.pd = t->dev.pd;
	init.send_cq = t->cq;
	init.recv_cq = t->cq;
	t->qp = ibv_create_qp_ex(t->dev.ctx, &init);
	check(t->qp);
	qp_connect(t->qp, &(struct connection) {});
	/* Frames go to the port's own address, so no bridge is needed. */
	eth_header(t->hdr, t->dev.mac, t->dev.mac, 0x0800);
	memcpy(t->hdr + ETH_HDR_LEN, ip_tcp, sizeof(ip_tcp));
}

/* Post @n requests at once. The last one is signalled. */
static int tso_post(struct tso *t, int n)
{
	struct ibv_sge sge = sge_at(t->buf.mr, 0, TSO_LEN);
	struct ibv_send_wr *wr = calloc(n, sizeof(*wr)), *bad;
	int i, ret;

	check(wr);
	for (i = 0; i < n; i++) {
		wr[i].wr_id = i;
		wr[i].sg_list = &sge;
		wr[i].num_sge = 1;
		wr[i].opcode = IBV_WR_TSO;
		wr[i].tso.hdr = t->hdr;
		wr[i].tso.hdr_sz = TSO_HDR;
		wr[i].tso.mss = MSS;
		wr[i].next = i + 1 < n ? &wr[i + 1] : NULL;
	}
	wr[n - 1].send_flags = IBV_SEND_SIGNALED;
	ret = ibv_post_send(t->qp, wr, &bad);
	free(wr);
	return ret;
}

/*
 * The process sends all frames of its requests itself: when the call returns,
 * no work is left for other threads.
 */
static void paid(const char *name)
{
	enum { REQUESTS = 160 };
	uint64_t before, sent;
	struct ibv_wc wc;
	struct tso t;

	tso_open(&t, name, REQUESTS);
	before = device_counter(name, "tx_frames");
	check(!tso_post(&t, REQUESTS));
	check(ibv_poll_cq(t.cq, 1, &wc) == 1);
	check(wc.status == IBV_WC_SUCCESS && wc.wr_id == REQUESTS - 1);
	/* The counters may be some milliseconds old. */
	do {
		sent = device_counter(name, "tx_frames") - before;
	} while (sent < (uint64_t)REQUESTS * TSO_FRAMES);
	check(sent == (uint64_t)REQUESTS * TSO_FRAMES);
	printf("ok - %llu frames were sent within the call\n",
	       (unsigned long long)sent);
}

static void forever(const char *name)
{
	struct tso t;
	int ret;

	tso_open(&t, name, 16384);
	printf("ready\n");
	fflush(stdout);
	ret = tso_post(&t, 16384);
	check(!ret || ret == EIO);
	done("the call ended when the device was removed");
	fflush(stdout);
	/*
	 * The objects of a removed device are destroyed when the process exits.
	 */
	_exit(0);
}

#define FRAMES		64
#define SLOT		2048
#define FAN_TYPE	0x88b5

/* A receiver with a slot for each frame. */
struct rx {
	struct ibv_cq	*cq;
	struct ibv_qp	*qp;
	struct ibv_flow	*flow;
	uint8_t		*slots;
	bool		fcs;
};

static uint32_t crc32_of(const uint8_t *data, size_t len)
{
	uint32_t crc = ~0U;
	int i;

	while (len--) {
		crc ^= *data++;
		for (i = 0; i < 8; i++)
			crc = crc >> 1 ^ (crc & 1 ? 0xedb88320 : 0);
	}
	return ~crc;
}

static void rx_open(struct rx *rx, struct rawdev *dev, struct rawbuf *mem,
		    uint8_t *slots, int n, enum ibv_flow_attr_type type,
		    uint16_t ethertype, bool fcs)
{
	struct {
		struct ibv_flow_attr		attr;
		struct ibv_flow_spec_eth	eth;
	} flow = {
		.attr = {
			.type = type,
			.size = sizeof(flow),
			.num_of_specs = type == IBV_FLOW_ATTR_NORMAL,
			.port = 1,
		},
		.eth = {
			.type = IBV_FLOW_SPEC_ETH,
			.size = sizeof(flow.eth),
			.val.ether_type = htobe16(ethertype),
			.mask.ether_type = 0xffff,
		},
	};
	struct ibv_qp_init_attr_ex init = {
		.qp_type = IBV_QPT_RAW_PACKET,
		.comp_mask = IBV_QP_INIT_ATTR_PD |
			     IBV_QP_INIT_ATTR_CREATE_FLAGS,
		.pd = dev->pd,
		.cap = { .max_recv_wr = n, .max_recv_sge = 1 },
		.create_flags = fcs ? IBV_QP_CREATE_SCATTER_FCS : 0,
	};
	int i;

	rx->cq = ibv_create_cq(dev->ctx, n ? n : 1, NULL, NULL, 0);
	check(rx->cq);
	init.send_cq = rx->cq;
	init.recv_cq = rx->cq;
	rx->qp = ibv_create_qp_ex(dev->ctx, &init);
	check(rx->qp);
	qp_connect(rx->qp, &(struct connection) {});
	rx->slots = slots;
	rx->fcs = fcs;
	for (i = 0; i < n; i++)
		post_recv_at(rx->qp, i, mem->mr,
			     slots - mem->addr + i * SLOT, SLOT);
	rx->flow = ibv_create_flow(rx->qp, &flow.attr);
	check(rx->flow);
}

static void rx_close(struct rx *rx)
{
	check(!ibv_destroy_flow(rx->flow));
	check(!ibv_destroy_qp(rx->qp));
	check(!ibv_destroy_cq(rx->cq));
}

/* Check that the receiver got each frame @times times, in order and intact. */
static void rx_check(struct rx *rx, const uint8_t *sent, uint32_t len,
		     int times)
{
	int seen[FRAMES] = {}, last[2] = { -1, -1 };
	struct ibv_wc wc;
	uint32_t crc;
	int i;

	for (i = 0; i < times * FRAMES; i++) {
		const uint8_t *got = rx->slots + i * SLOT;
		int seq;

		check(ibv_poll_cq(rx->cq, 1, &wc) == 1);
		check(wc.status == IBV_WC_SUCCESS && wc.wr_id == (uint64_t)i);
		check(wc.byte_len == len + (rx->fcs ? 4 : 0));
		seq = got[ETH_HDR_LEN];
		check(seq < FRAMES && seen[seq] < times);
		check(!memcmp(got, sent + seq * SLOT, len));
		/* The n-th copies of all frames arrive in order. */
		check(seq > last[seen[seq]]);
		last[seen[seq]++] = seq;
		if (!rx->fcs)
			continue;
		crc = htole32(crc32_of(got, len));
		check(!memcmp(got + len, &crc, 4));
	}
	check(!ibv_poll_cq(rx->cq, 1, &wc));
}

/*
 * Kill a process in the middle of its call. The killer has the higher priority.
 * A frame takes long, since it has many receivers.
 */
static void killed(const char *name)
{
	enum { REQUESTS = 4096, RECEIVERS = 30, MOST = 50000 };
	const struct sched_param first = { .sched_priority = 1 };
	static struct rx rx[RECEIVERS];
	struct rawdev dev = {};
	struct rawbuf in;
	uint64_t before, sent;
	struct ibv_wc wc;
	int status, i;
	struct tso t;
	pid_t pid;

	rawdev_open(&dev, name);
	rawbuf_alloc(&in, dev.pd, SLOT, IBV_ACCESS_LOCAL_WRITE);
	for (i = 0; i < RECEIVERS; i++)
		rx_open(&rx[i], &dev, &in, in.addr, !i, IBV_FLOW_ATTR_NORMAL,
			0x0800, false);
	before = device_counter(name, "tx_frames");
	pid = fork();
	check(pid >= 0);
	if (!pid) {
		tso_open(&t, name, REQUESTS);
		tso_post(&t, REQUESTS);
		_exit(0);
	}
	check(!sched_setscheduler(0, SCHED_FIFO, &first));
	while (!ibv_poll_cq(rx[0].cq, 1, &wc)) {
		check(!waitpid(pid, &status, WNOHANG));
		usleep(1000);
	}
	check(!kill(pid, SIGKILL));
	check(waitpid(pid, &status, 0) == pid);
	check(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	/* The counters may be some milliseconds old. */
	usleep(100000);
	sent = device_counter(name, "tx_frames") - before;
	printf("# killed after %llu frames of %u\n", (unsigned long long)sent,
	       REQUESTS * TSO_FRAMES);
	check(sent < MOST);
	for (i = 0; i < RECEIVERS; i++)
		rx_close(&rx[i]);
	rawbuf_free(&in);
	rawdev_close(&dev);
	done("a process that is killed ends");
}

/*
 * A child kicks the queue of its parent, and is killed in the middle. The rest
 * of the requests stays posted, until the parent kicks. Nothing is lost, and
 * nothing is sent twice.
 */
static void lent(const char *name)
{
	enum { REQUESTS = 160 };
	const uint64_t all = (uint64_t)REQUESTS * TSO_FRAMES;
	const struct sched_param first = { .sched_priority = 1 };
	uint64_t before, sent;
	struct ibv_wc wc;
	int fd, status;
	struct tso t;
	pid_t pid;

	tso_open(&t, name, REQUESTS);
	fd = kick_open(t.dev.ctx->cmd_fd);
	check(fd >= 0);
	before = device_counter(name, "tx_frames");
	check(!sched_setscheduler(0, SCHED_FIFO, &first));
	pid = fork();
	check(pid >= 0);
	if (!pid) {
		const struct sched_param rest = {};

		check(!sched_setscheduler(0, SCHED_OTHER, &rest));
		tso_post(&t, REQUESTS);
		_exit(0);
	}
	do {
		check(!waitpid(pid, &status, WNOHANG));
		usleep(1000);
		sent = device_counter(name, "tx_frames") - before;
	} while (!sent);
	check(!kill(pid, SIGKILL));
	check(waitpid(pid, &status, 0) == pid);
	check(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	usleep(100000);
	sent = device_counter(name, "tx_frames") - before;
	printf("# killed after %llu frames of %llu\n",
	       (unsigned long long)sent, (unsigned long long)all);
	check(sent < all);
	check(!ibv_poll_cq(t.cq, 1, &wc));

	/* The call of the parent does the rest. */
	check(!kick(fd, t.qp->qp_num));
	check(ibv_poll_cq(t.cq, 1, &wc) == 1);
	check(wc.status == IBV_WC_SUCCESS);
	do {
		sent = device_counter(name, "tx_frames") - before;
	} while (sent < all);
	check(sent == all);
	check(!close(fd));
	done("a queue of another process keeps what is left");
}

static void send_all(struct rawqp *tx, struct rawbuf *mem, uint32_t len)
{
	struct ibv_send_wr wr[FRAMES] = {}, *bad;
	struct ibv_sge sge[FRAMES];
	struct ibv_wc wc;
	int i;

	for (i = 0; i < FRAMES; i++) {
		sge[i] = sge_at(mem->mr, i * SLOT, len);
		wr[i].wr_id = i;
		wr[i].sg_list = &sge[i];
		wr[i].num_sge = 1;
		wr[i].opcode = IBV_WR_SEND;
		wr[i].send_flags = IBV_SEND_SIGNALED;
		wr[i].next = i + 1 < FRAMES ? &wr[i + 1] : NULL;
	}
	check(!ibv_post_send(tx->qp, wr, &bad));
	for (i = 0; i < FRAMES; i++) {
		check(poll_cq_for(tx->send_cq, &wc, 60000) == 1);
		check(wc.status == IBV_WC_SUCCESS && wc.wr_id == (uint64_t)i);
	}
}

/*
 * Frames with so many receivers that one call can't deliver all of them. Each
 * frame arrives at each receiver once and in order, and at each sniffer as
 * often as it passes. Some receivers ask for the frame check sequence.
 */
static void fan(const char *name, const char *name2)
{
	enum { RECEIVERS = 30, SNIFFERS = 10 };
	static const uint8_t group[6] = { 1, 0, 0x5e, 0, 0, 9 };
	static struct rx rx[RECEIVERS + SNIFFERS];
	struct rawdev dev = {}, dev2 = {};
	struct rawbuf out, in, in2;
	struct rawqp tx = {
		.dev = &dev,
		.cap = { .max_send_wr = FRAMES, .max_send_sge = 1 },
	};
	size_t room = (size_t)(RECEIVERS + 2 * SNIFFERS) * FRAMES * SLOT;
	uint8_t *at;
	uint32_t len;
	int i, k;

	rawdev_open(&dev, name);
	rawdev_open(&dev2, name2);
	rawqp_open(&tx);
	rawqp_rts(&tx);
	rawbuf_alloc(&out, dev.pd, FRAMES * SLOT, 0);
	rawbuf_alloc(&in, dev.pd, room, IBV_ACCESS_LOCAL_WRITE);
	rawbuf_alloc(&in2, dev2.pd, room, IBV_ACCESS_LOCAL_WRITE);
	len = dev.max_frame < SLOT - 4 ? dev.max_frame : SLOT - 4;
	for (i = 0; i < FRAMES; i++)
		for (k = 0; k < SLOT; k++)
			out.addr[i * SLOT + k] = k < ETH_HDR_LEN + 1 ? i : k * i;

	/*
	 * To a group: members at the sender's port get a frame once, sniffers
	 * twice.
	 */
	for (i = 0; i < FRAMES; i++)
		eth_header(out.addr + i * SLOT, group, dev.mac, FAN_TYPE);
	at = in.addr;
	for (i = 0; i < RECEIVERS + SNIFFERS; i++) {
		int times = i < RECEIVERS ? 1 : 2;

		rx_open(&rx[i], &dev, &in, at, times * FRAMES,
			i < RECEIVERS ? IBV_FLOW_ATTR_NORMAL :
					IBV_FLOW_ATTR_SNIFFER, FAN_TYPE, i & 1);
		at += times * FRAMES * SLOT;
	}
	send_all(&tx, &out, len);
	for (i = 0; i < RECEIVERS + SNIFFERS; i++) {
		rx_check(&rx[i], out.addr, len, i < RECEIVERS ? 1 : 2);
		rx_close(&rx[i]);
	}
	done("frames to a group arrive, also at sniffers");

	/* Through the switch, to a port with several receivers. */
	for (i = 0; i < FRAMES; i++)
		eth_header(out.addr + i * SLOT, dev2.mac, dev.mac, FAN_TYPE);
	at = in2.addr;
	for (i = 0; i < RECEIVERS + SNIFFERS; i++) {
		rx_open(&rx[i], &dev2, &in2, at, FRAMES,
			i < RECEIVERS ? IBV_FLOW_ATTR_NORMAL :
					IBV_FLOW_ATTR_SNIFFER, FAN_TYPE, i & 1);
		at += FRAMES * SLOT;
	}
	send_all(&tx, &out, len);
	for (i = 0; i < RECEIVERS + SNIFFERS; i++) {
		rx_check(&rx[i], out.addr, len, 1);
		rx_close(&rx[i]);
	}
	done("frames to another port arrive, also at sniffers");

	rawbuf_free(&in2);
	rawbuf_free(&in);
	rawbuf_free(&out);
	rawqp_close(&tx);
	rawdev_close(&dev2);
	rawdev_close(&dev);
}

/* Destroy queues while the thread polls them and many others. */
static void polled(const char *name)
{
	enum { QUEUES = 64, ROUNDS = 20 };
	static struct rawqp q[QUEUES];
	struct rawdev dev = {};
	struct rawbuf buf;
	uint64_t seed = 1;
	struct ibv_wc wc;
	int i, k, sent = 0;

	rawdev_open(&dev, name);
	rawbuf_alloc(&buf, dev.pd, SLOT, 0);
	eth_header(buf.addr, dev.mac, dev.mac, FAN_TYPE);
	for (k = 0; k < ROUNDS; k++) {
		for (i = 0; i < QUEUES; i++) {
			struct ibv_sge sge = sge_at(buf.mr, 0, 60);
			struct ibv_send_wr wr = {
				.sg_list = &sge,
				.num_sge = 1,
				.opcode = IBV_WR_SEND,
				.send_flags = IBV_SEND_SIGNALED,
			}, *bad;

			if (!q[i].qp) {
				q[i] = (struct rawqp){
					.dev = &dev,
					.cap = {
						.max_send_wr = 8,
						.max_send_sge = 1,
					},
				};
				rawqp_open(&q[i]);
				rawqp_rts(&q[i]);
			}
			if (ibv_post_send(q[i].qp, &wr, &bad))
				check(errno);
		}
		/*
		 * Some queues complete their request, others are destroyed with
		 * it.
		 */
		for (i = 0; i < QUEUES; i++) {
			if (prng(&seed) & 1) {
				rawqp_close(&q[i]);
				q[i].qp = NULL;
				continue;
			}
			check(poll_cq_for(q[i].send_cq, &wc, 60000) == 1);
			check(wc.status == IBV_WC_SUCCESS);
			sent++;
		}
	}
	for (i = 0; i < QUEUES; i++)
		if (q[i].qp)
			rawqp_close(&q[i]);
	rawbuf_free(&buf);
	rawdev_close(&dev);
	printf("ok - %d queues were destroyed, %d requests completed\n",
	       QUEUES * ROUNDS - sent, sent);
}

static void aside(const char *name, const char *name2)
{
	const char *const names[] = { name, name2 };
	struct bystander *by = bystander_start(names);
	const char *why;
	char c;

	setvbuf(stdout, NULL, _IOLBF, 0);
	printf("ready\n");
	while (read(STDIN_FILENO, &c, 1) == 1) {
		why = bystander_check(by);
		printf("%s\n", why ? why : "moves");
	}
	bystander_stop(by);
}

int main(int argc, char **argv)
{
	if (argc == 3 && !strcmp(argv[1], "paid"))
		paid(argv[2]);
	else if (argc == 3 && !strcmp(argv[1], "killed"))
		killed(argv[2]);
	else if (argc == 3 && !strcmp(argv[1], "lent"))
		lent(argv[2]);
	else if (argc == 3 && !strcmp(argv[1], "polled"))
		polled(argv[2]);
	else if (argc == 3 && !strcmp(argv[1], "forever"))
		forever(argv[2]);
	else if (argc == 4 && !strcmp(argv[1], "fan"))
		fan(argv[2], argv[3]);
	else if (argc == 4 && !strcmp(argv[1], "aside"))
		aside(argv[2], argv[3]);
	else
		return 2;
	return 0;
}
