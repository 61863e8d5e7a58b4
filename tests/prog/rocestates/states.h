/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * QPs of each type that a process can have, each with a peer on the same
 * device. The states of the first one are tested.
 */
#ifndef STATES_H
#define STATES_H

#include <stdbool.h>

#include <infiniband/verbs.h>

#include "check.h"
#include "complete.h"
#include "rawqp.h"

#define SIZE	65536
#define LEN	3000		/* bytes of a message with several packets */
#define SHORT	500		/* bytes of a message with one packet */

enum type { RAW, UD, UC, RC, INI, TGT, TYPES };

extern const char *const type_name[TYPES];

struct end {
	enum type	type;
	struct ibv_qp	*qp;
	struct ibv_cq	*scq;
	struct ibv_cq	*rcq;
	struct ibv_srq	*srq;		/* SRQ of TGT */
	struct ibv_ah	*ah;		/* address handle of UD */
};

struct pair {
	struct end	end[2];
	struct ibv_flow	*flow;		/* flow of RAW, to the second end */
};

void env_open(const char *dev, int gid_index);
void env_close(void);
void pair_open(struct pair *p, enum type type);
void pair_close(struct pair *p);

/* Call ibv_modify_qp(); @to is the new state, if @mask has IBV_QP_STATE. */
int step(struct pair *p, int i, int mask, int to);
enum ibv_qp_state state_of(const struct end *e);
/*
 * Bring an end in any state through RESET to @state; to SQE by a send that
 * fails.
 */
void bring(struct pair *p, int i, enum ibv_qp_state state);
void connect_pair(struct pair *p);

bool can_send(const struct end *e);
bool can_receive(const struct end *e);
bool has_sqe(enum type type);
void post_recv(struct end *e, uint64_t id);
/* @bad: the last SGE has an invalid key */
void post_send(struct pair *p, int i, uint64_t id, bool bad);
void post_inline(struct pair *p, int i, uint64_t id);
/* Wait until the message that end @i posted arrives at the other end. */
void arrives(struct pair *p, int i, uint64_t send_id, uint64_t recv_id);
/* Send a message in each direction that exists. */
void exchange(struct pair *p);

/* table.c: the steps that exist, and their attributes */
bool legal(enum type type, int from, int to, int mask);
bool is_step(int from, int to);
int required(enum type type, int from, int to);
int optional(enum type type, int from, int to);

/* traffic.c */
void traffic(enum type type);

#endif /* STATES_H */
