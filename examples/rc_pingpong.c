// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * rc_pingpong [ADDRESS] - exchange messages over a reliable connection
 *
 * Without an address, waits for a connection. With an address, connects to it.
 * Then messages go to and fro. librdmacm finds the device by the IP address,
 * and brings the queue pairs to state RTS.
 */
#include <netdb.h>
#include <rdma/rdma_cma.h>
#include <rdma/rdma_verbs.h>

#include "example.h"

#define SERVICE		"7471"
#define ROUNDS		100
#define MESSAGE_LEN	64

struct side {
	struct rdma_cm_id *id;
	struct ibv_mr *mr;
	/* The first half is received, and the second half is sent. */
	char buffers[2][MESSAGE_LEN];
};

/* Make an endpoint of @address, or one that listens if @address is NULL. */
static struct rdma_cm_id *create_endpoint(const char *address)
{
	struct rdma_addrinfo hints = {
		.ai_flags = address ? 0 : RAI_PASSIVE,
		.ai_port_space = RDMA_PS_TCP,
	};
	struct ibv_qp_init_attr init = {
		.cap = {
			.max_send_wr = 1,
			.max_recv_wr = 1,
			.max_send_sge = 1,
			.max_recv_sge = 1,
		},
		.sq_sig_all = 1,
	};
	struct rdma_addrinfo *info;
	struct rdma_cm_id *id;
	int ret;

	ret = rdma_getaddrinfo(address, SERVICE, &hints, &info);
	if (ret) {
		fprintf(stderr, "rc_pingpong: %s\n", gai_strerror(ret));
		exit(EXIT_FAILURE);
	}
	if (rdma_create_ep(&id, info, NULL, &init))
		die("rdma_create_ep", errno);
	rdma_freeaddrinfo(info);
	return id;
}

/* A buffer must wait for a message before the peer can send it. */
static void post_recv(struct side *s)
{
	if (rdma_post_recv(s->id, NULL, s->buffers[0], MESSAGE_LEN, s->mr))
		die("rdma_post_recv", errno);
}

static void prepare(struct side *s)
{
	s->mr = rdma_reg_msgs(s->id, s->buffers, sizeof(s->buffers));
	if (!s->mr)
		die("rdma_reg_msgs", errno);
	post_recv(s);
}

static void send_message(struct side *s, int round)
{
	struct ibv_wc wc;

	snprintf(s->buffers[1], MESSAGE_LEN, "round %d", round);
	if (rdma_post_send(s->id, NULL, s->buffers[1], MESSAGE_LEN, s->mr, 0))
		die("rdma_post_send", errno);
	if (rdma_get_send_comp(s->id, &wc) < 0)
		die("rdma_get_send_comp", errno);
	check_status(wc.status);
}

/* Wait for the message of a round, and prepare for the next one. */
static void receive_message(struct side *s, int round)
{
	char expected[MESSAGE_LEN];
	struct ibv_wc wc;

	if (rdma_get_recv_comp(s->id, &wc) < 0)
		die("rdma_get_recv_comp", errno);
	check_status(wc.status);
	snprintf(expected, sizeof(expected), "round %d", round);
	if (strcmp(s->buffers[0], expected))
		die("another message was expected", EPROTO);
	if (round + 1 < ROUNDS)
		post_recv(s);
}

static void serve(void)
{
	struct rdma_cm_id *listener = create_endpoint(NULL);
	struct side s = {};

	if (rdma_listen(listener, 1))
		die("rdma_listen", errno);
	printf("ready\n");
	fflush(stdout);
	if (rdma_get_request(listener, &s.id))
		die("rdma_get_request", errno);
	prepare(&s);
	if (rdma_accept(s.id, NULL))
		die("rdma_accept", errno);
	for (int i = 0; i < ROUNDS; i++) {
		receive_message(&s, i);
		send_message(&s, i);
	}
	rdma_disconnect(s.id);
	rdma_dereg_mr(s.mr);
	rdma_destroy_ep(s.id);
	rdma_destroy_ep(listener);
}

static void connect_to(const char *address)
{
	struct side s = { .id = create_endpoint(address) };

	prepare(&s);
	if (rdma_connect(s.id, NULL))
		die("rdma_connect", errno);
	for (int i = 0; i < ROUNDS; i++) {
		send_message(&s, i);
		receive_message(&s, i);
	}
	rdma_disconnect(s.id);
	rdma_dereg_mr(s.mr);
	rdma_destroy_ep(s.id);
}

int main(int argc, char **argv)
{
	if (argc > 2) {
		fprintf(stderr, "usage: rc_pingpong [ADDRESS]\n");
		return 2;
	}
	if (argc == 2)
		connect_to(argv[1]);
	else
		serve();
	printf("%d messages each way\n", ROUNDS);
	return 0;
}
