/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * Raw packet queue pairs for test programs: what each of them would otherwise
 * write anew. Functions that set things up end the program when they fail.
 */
#ifndef RAWQP_H
#define RAWQP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <infiniband/verbs.h>

#define ETH_HDR_LEN	14

#define die(fmt, ...) do {						\
	fprintf(stderr, "%s: " fmt "\n", __func__, ##__VA_ARGS__);	\
	exit(2);							\
} while (0)

/* An open device. @max_frame is the longest frame that its port takes. */
struct rawdev {
	struct ibv_context	*ctx;
	struct ibv_pd		*pd;
	uint8_t			mac[6];
	uint32_t		max_frame;
};

/*
 * A queue pair with its own CQs. @cap is what to ask for and then what there
 * is. With @shared_cq, send and receive completions use @send_cq. A CQ that
 * exists already is used, and left alone by rawqp_close().
 */
struct rawqp {
	struct rawdev		*dev;
	struct ibv_pd		*pd;		/* the device's if NULL */
	struct ibv_qp_cap	cap;
	int			send_cqe;	/* as @cap.max_send_wr if 0 */
	int			recv_cqe;
	bool			sig_all;
	bool			events;
	struct ibv_comp_channel	*channel;
	struct ibv_cq		*send_cq;
	struct ibv_cq		*recv_cq;
	bool			own_send_cq;
	bool			own_recv_cq;
	struct ibv_qp		*qp;
};

/* Registered memory. */
struct rawbuf {
	uint8_t			*addr;
	size_t			len;
	struct ibv_mr		*mr;
};

void rawdev_open(struct rawdev *dev, const char *name);
void rawdev_close(struct rawdev *dev);
uint64_t rawdev_counter(const char *name, const char *counter);

void rawqp_open(struct rawqp *q);
void rawqp_close(struct rawqp *q);
void rawqp_to(struct rawqp *q, enum ibv_qp_state state);
void rawqp_rts(struct rawqp *q);
enum ibv_qp_state rawqp_state(struct rawqp *q);
struct ibv_flow *rawqp_flow(struct rawqp *q, uint16_t type, uint16_t mask);

void rawbuf_alloc(struct rawbuf *b, struct ibv_pd *pd, size_t len, int access);
void rawbuf_free(struct rawbuf *b);

int raw_poll(struct ibv_cq *cq, struct ibv_wc *wc, int timeout_ms);
uint64_t now_us(void);
void eth_header(uint8_t *frame, const uint8_t *dst, const uint8_t *src,
		uint16_t type);
uint32_t frame_sum(const uint8_t *data, size_t len);

/* xorshift64*: small, seeded, the same everywhere */
static inline uint64_t prng(uint64_t *state)
{
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return *state * 0x2545f4914f6cdd1dULL;
}

#endif /* RAWQP_H */
