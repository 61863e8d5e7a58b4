/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * A process that owns real queues of all types, and writes to the mapped memory what
 * it likes.
 */
#ifndef HOSTILE_H
#define HOSTILE_H

#include <stdbool.h>
#include <stdint.h>

#include <infiniband/verbs.h>
#include <rdma/mfraw-abi.h>

#include "maps.h"
#include "rawqp.h"

#define ATTACK_TYPE	0xb803		/* Ethertype of raw frames */
#define ETH_P_IPV4	0x0800
#define ATTACK_QKEY	0x11111111
#define BUF_LEN		(256 * 1024)
#define ENTRIES		16		/* of each queue */
#define MAX_SGE		4
#define MAX_INLINE	128

enum kind {
	RAW,
	TSO,		/* raw, with TSO */
	WQ,		/* of an RSS QP */
	RC,
	UC,
	UD,
	RC_SRQ,		/* the QP at side 1 has an SRQ */
	SRQ,
	XRC,		/* a sender at side 0, a target at side 1 */
	XRC_SRQ,
	CQ,
	KINDS,
};

/*
 * One ring of a mapping.
 *
 * @first: entry 0; NULL: the object has no such ring
 * @stride: bytes from one entry to the next
 * @sges: bytes from the start of an entry to its SGEs
 */
struct ring {
	uint8_t		*first;
	uint32_t	stride;
	uint32_t	sges;
};

/*
 * A mapped object.
 *
 * @map: the mapping, which begins with the doorbells; of length 0 if the object has
 *	none
 * @num: number for the kick, or 0
 * @posted: entries of each ring that were made known to the kernel
 */
struct victim {
	enum kind	kind;
	int		side;
	struct map	map;
	struct ring	sq;
	struct ring	rq;
	uint32_t	num;
	uint32_t	sq_posted;
	uint32_t	rq_posted;
	struct ibv_qp	*qp;
	struct ibv_wq	*wq;
	struct victim	*peer;
};

struct side {
	struct rawdev		dev;
	int			gid_index;
	union ibv_gid		gid;
	int			kick_fd;
	struct ibv_comp_channel	*channel;
	struct ibv_cq		*cq;
	struct ibv_mr		*mr;
	uint8_t			*buf;
	struct ibv_ah		*ah;
	uint32_t		mw_rkey;
	struct ibv_srq		*srq;
	struct ibv_srq		*xrc_srq;
	uint32_t		xrc_srqn;
	struct ibv_xrcd		*xrcd;
};

#define MAX_VICTIMS	24

struct world {
	struct side	side[2];
	struct victim	victim[MAX_VICTIMS];
	int		victims;
	uint64_t	rng;
};

/* What all rounds did, in memory that the processes share. */
struct totals {
	uint64_t	mutations;
	uint64_t	kicks;
	uint64_t	revivals;
	uint64_t	completions;
	uint64_t	kind[KINDS];
};

/* objects.c */
void world_open(struct world *w, const char *const *names, const int *gid_indices);

/* Bring a QP or WQ from any state to one in which it works, as far as possible. */
void victim_revive(struct world *w, struct victim *v);

/* mutate.c: change the mapped memory @n times. */
void mutate(struct world *w, struct totals *t, uint64_t n);

uint64_t rnd(struct world *w);
static inline uint32_t below(struct world *w, uint32_t n)
{
	return (uint32_t)(rnd(w) >> 32) % n;
}

#endif /* HOSTILE_H */
