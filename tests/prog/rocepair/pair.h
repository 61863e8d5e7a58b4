/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * Two QPs on two devices in one process, connected over any link between the
 * devices.
 */
#ifndef PAIR_H
#define PAIR_H

#include <stdbool.h>
#include <stdint.h>

#include <infiniband/verbs.h>

#include "check.h"
#include "complete.h"
#include "device.h"
#include "post.h"

#define PAIR_QKEY	0x11111111
#define PAIR_ACCESS							\
	(IBV_ACCESS_LOCAL_WRITE | IBV_ACCESS_REMOTE_WRITE |		\
	 IBV_ACCESS_REMOTE_READ | IBV_ACCESS_REMOTE_ATOMIC |		\
	 IBV_ACCESS_MW_BIND)

/*
 * How the QPs are connected, from the command line. With the type XRC_SEND, side 0
 * sends, and side 1 has a receiving QP and a shared receive queue.
 */
struct config {
	const char	*dev[2];
	int		gid_index[2];
	enum ibv_qp_type type;
	uint32_t	psn[2];
	uint8_t		timeout;
	uint8_t		retry_cnt;
	uint8_t		rnr_retry;
	uint8_t		min_rnr_timer;
	uint8_t		rd_atomic;
	enum ibv_mtu	mtu;
	uint32_t	depth;
	int		access;
	bool		read;	/* reads instead of writes */
	uint32_t	ops;	/* RC requests, a bit for each of the table of post_rc() */
	uint32_t	least;	/* bytes of the shortest message */
	bool		ready;	/* receives are always posted */
	uint32_t	quiet;	/* ms after which no UC or UD message is on its way */
};

struct side {
	const char		*name;
	struct ibv_context	*ctx;
	struct ibv_pd		*pd;
	struct ibv_cq		*scq, *rcq;
	struct ibv_qp		*qp;
	struct ibv_xrcd		*xrcd;	/* these three: side 1 of XRC */
	struct ibv_srq		*srq;
	uint32_t		srqn;
	struct ibv_ah		*ah;
	struct ibv_mr		*mr;
	uint8_t			*buf;
	size_t			size;
};

struct pair {
	struct config	cfg;
	struct side	side[2];
};

void pair_open(struct pair *p, const struct config *cfg, size_t size);
void pair_connect(struct pair *p);
void pair_disconnect(struct pair *p);
void pair_close(struct pair *p);

void stream_rc(const struct config *cfg, unsigned int n, unsigned int seed);
void stream_unreliable(const struct config *cfg, unsigned int n,
		       unsigned int seed);
void silence(const struct config *cfg);
void rnr(const struct config *cfg);
void faults(const struct config *cfg);
void invalidate(const struct config *cfg);
/*
 * Side 0 sends to @address over the wire that ends at the network device @name.
 */
void icrc(const struct config *cfg, const char *address, const char *name,
	  unsigned int n);
/* @jain: the lowest fairness index that passes, in percent */
void many(const struct config *cfg, unsigned int qps, uint32_t size,
	  unsigned int n, unsigned int jain);

void flood(const struct config *cfg, unsigned int n);

/* @op: enum ibv_wr_opcode, or HUGE_ALL */
#define HUGE_ALL	-1
void huge(const struct config *cfg, size_t size, int op);

#endif /* PAIR_H */
