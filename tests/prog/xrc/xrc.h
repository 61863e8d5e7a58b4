/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * Processes that share an XRC domain and the queue pair that receives for it,
 * and one that sends to their shared receive queues.
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
#define SLOT		4096		/* of a receive */
#define PSN		0xfffff8	/* wraps soon */
#define ACCESS								\
	(IBV_ACCESS_LOCAL_WRITE | IBV_ACCESS_REMOTE_WRITE |		\
	 IBV_ACCESS_REMOTE_READ | IBV_ACCESS_REMOTE_ATOMIC)

/* What a receiver does when it is told to. */
enum op {
	OP_CONNECT,	/* the queue pair to @qpn of @gid, once more */
	OP_POST,	/* @n receives of SLOT bytes */
	OP_WAIT,	/* for a completion */
	OP_POLL,	/* for one that is there */
	OP_READ,	/* the eight bytes at @n of the memory */
	OP_STATE,	/* of the queue pair */
	OP_NEW_SRQ,	/* in place of the one it has; @n: of another domain */
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
	uint32_t	other_rkey;	/* of another PD */
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

/* Start one; @qpn: of the queue pair to open, or 0 to create it. */
struct receiver receiver_start(const char *dev, int gid_index, const char *file,
			       uint32_t qpn);
struct answer tell(struct receiver *r, enum op op, uint32_t n);
void receiver_connect(struct receiver *r, uint32_t qpn,
		      const union ibv_gid *gid);
void receiver_end(struct receiver *r);

void check_refused(const char *dev, const char *file);

#endif /* XRC_H */
