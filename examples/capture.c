// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * capture DEVICE FILE COUNT - capture frames to a pcap file
 *
 * A flow of type sniffer shows the frames that the port sends and receives. It
 * takes no frame from another queue pair. Programs such as tcpdump and
 * Wireshark read FILE.
 */
#include <time.h>

#include "example.h"

#define DEPTH	256
#define SLOT	2048

static uint8_t buffers[DEPTH * SLOT];

/* The headers of a pcap file, in the byte order of the machine. */
struct pcap_file_header {
	uint32_t magic;			/* times in nanoseconds */
	uint16_t version_major, version_minor;
	uint32_t reserved[2];
	uint32_t snaplen;
	uint32_t linktype;
};

struct pcap_record_header {
	uint32_t seconds, nanoseconds;
	uint32_t captured_len;
	uint32_t original_len;
};

#define PCAP_MAGIC_NSEC		0xa1b23c4d
#define PCAP_LINKTYPE_ETHERNET	1

static void write_all(FILE *file, const void *data, size_t size)
{
	if (fwrite(data, size, 1, file) != 1)
		die("write", errno);
}

static void write_file_header(FILE *file)
{
	struct pcap_file_header header = {
		.magic = PCAP_MAGIC_NSEC,
		.version_major = 2,
		.version_minor = 4,
		.snaplen = SLOT,
		.linktype = PCAP_LINKTYPE_ETHERNET,
	};

	write_all(file, &header, sizeof(header));
}

static void write_frame(FILE *file, const uint8_t *frame, uint32_t length)
{
	struct pcap_record_header header = {
		.captured_len = length,
		.original_len = length,
	};
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	header.seconds = now.tv_sec;
	header.nanoseconds = now.tv_nsec;
	write_all(file, &header, sizeof(header));
	write_all(file, frame, length);
}

/* The work request ID is the number of the buffer. */
static void post_recv(struct ibv_qp *qp, struct ibv_mr *mr, uint64_t slot)
{
	struct ibv_sge sge = {
		.addr = (uintptr_t)buffers + slot * SLOT,
		.length = SLOT,
		.lkey = mr->lkey,
	};
	struct ibv_recv_wr wr = {
		.wr_id = slot,
		.sg_list = &sge,
		.num_sge = 1,
	};
	struct ibv_recv_wr *bad;
	int ret;

	ret = ibv_post_recv(qp, &wr, &bad);
	if (ret)
		die("ibv_post_recv", ret);
}

static struct ibv_flow *create_sniffer(struct ibv_qp *qp)
{
	struct ibv_flow_attr attr = {
		.type = IBV_FLOW_ATTR_SNIFFER,
		.size = sizeof(attr),
		.port = 1,
	};
	struct ibv_flow *flow;

	flow = ibv_create_flow(qp, &attr);
	if (!flow)
		die("ibv_create_flow", errno);
	return flow;
}

int main(int argc, char **argv)
{
	struct ibv_qp_init_attr init = {
		.qp_type = IBV_QPT_RAW_PACKET,
		.cap = { .max_recv_wr = DEPTH, .max_recv_sge = 1 },
	};
	long left = argc == 4 ? atol(argv[3]) : 0;
	struct ibv_context *ctx;
	struct ibv_flow *flow;
	struct ibv_pd *pd;
	struct ibv_mr *mr;
	struct ibv_cq *cq;
	struct ibv_qp *qp;
	FILE *file;

	if (left <= 0) {
		fprintf(stderr, "usage: capture DEVICE FILE COUNT\n");
		return 2;
	}
	file = fopen(argv[2], "w");
	if (!file)
		die(argv[2], errno);
	write_file_header(file);
	ctx = open_device(argv[1]);
	pd = ibv_alloc_pd(ctx);
	if (!pd)
		die("ibv_alloc_pd", errno);
	mr = ibv_reg_mr(pd, buffers, sizeof(buffers), IBV_ACCESS_LOCAL_WRITE);
	if (!mr)
		die("ibv_reg_mr", errno);
	cq = ibv_create_cq(ctx, DEPTH, NULL, NULL, 0);
	if (!cq)
		die("ibv_create_cq", errno);
	init.send_cq = cq;
	init.recv_cq = cq;
	qp = ibv_create_qp(pd, &init);
	if (!qp)
		die("ibv_create_qp", errno);
	modify_qp(qp, IBV_QPS_INIT);
	for (int i = 0; i < DEPTH; i++)
		post_recv(qp, mr, i);
	modify_qp(qp, IBV_QPS_RTR);
	flow = create_sniffer(qp);
	printf("ready\n");
	fflush(stdout);

	while (left > 0) {
		struct ibv_wc wc;
		int n = ibv_poll_cq(cq, 1, &wc);

		if (n < 0)
			die("ibv_poll_cq", EIO);
		if (!n)
			continue;
		check_status(wc.status);
		write_frame(file, &buffers[wc.wr_id * SLOT], wc.byte_len);
		post_recv(qp, mr, wc.wr_id);
		left--;
	}
	/* Data that does not fit on the disk shows here at the latest. */
	if (fclose(file))
		die(argv[2], errno);

	ibv_destroy_flow(flow);
	ibv_destroy_qp(qp);
	ibv_destroy_cq(cq);
	ibv_dereg_mr(mr);
	ibv_dealloc_pd(pd);
	ibv_close_device(ctx);
	return 0;
}
