/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * Processes that share an XRC domain and its receive QP, and a process that
 * sends to their SRQs.
 */
#ifndef XRC_H
#define XRC_H

#include <stdint.h>
#include <sys/types.h>

#include <infiniband/verbs.h>

#include "check.h"
#include "complete.h"
#include "device.h"
#include "post.h"

#define SIZE		65536
#define SLOTS		16
#define SLOT		4096		/* bytes of a receive */
#define PSN		0xfffff8	/* wraps after some packets */
#define ACCESS								\
	(IBV_ACCESS_LOCAL_WRITE | IBV_ACCESS_REMOTE_WRITE |		\
	 IBV_ACCESS_REMOTE_READ | IBV_ACCESS_REMOTE_ATOMIC)

/* Orders to a receiver. */
enum op {
	OP_CONNECT,	/* connect the QP to @qpn of @gid */
	OP_POST,	/* post @n receives of SLOT bytes */
	OP_WAIT,	/* wait for a completion */
	OP_POLL,	/* poll for a completion once */
	OP_READ,	/* read the eight bytes at @n */
	OP_STATE,	/* query the state of the QP */
	OP_NEW_SRQ,	/* new SRQ; @n: in the other domain */
	OP_EXIT,
};

struct order {
	enum op		op;
	uint32_t	qpn;
	uint32_t	n;
	union ibv_gid	gid;
};

struct answer {
	int		n;
	struct ibv_wc	wc;
	uint32_t	qpn;
	uint32_t	srqn;
	uint32_t	rkey;
	uint32_t	other_rkey;	/* key in another PD */
	uint64_t	addr;
	uint64_t	value;
};

struct receiver {
	int		sock;
	pid_t		pid;
	struct answer	is;
};

struct ibv_xrcd *open_domain(struct ibv_context *ctx, const char *file,
			     int flags);
struct ibv_srq *new_srq(struct ibv_pd *pd, struct ibv_xrcd *xrcd,
			struct ibv_cq *cq);
struct ibv_qp *new_target(struct ibv_context *ctx, struct ibv_xrcd *xrcd);

/* Start a receiver. @qpn: number of the QP to open; 0: create the QP. */
struct receiver receiver_start(const char *dev, int gid_index, const char *file,
			       uint32_t qpn);
struct answer tell(struct receiver *r, enum op op, uint32_t n);
void receiver_connect(struct receiver *r, uint32_t qpn,
		      const union ibv_gid *gid);
void receiver_end(struct receiver *r);

void check_refused(const char *dev, const char *file);

#endif /* XRC_H */
