/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * Cases of wrong use, and what they share.
 */
#ifndef BADINPUT_H
#define BADINPUT_H

#include <unistd.h>

#include "bystander.h"
#include "kick.h"
#include "rawqp.h"

/* Ethertype of frames of the cases. */
#define CASE_TYPE	0xb802

#define BUF_LEN		65536
#define FRAME_LEN	100

/* End the case's process with a reason. */
#define fail(fmt, ...) do {						\
	printf("# %s:%d: " fmt "\n", __func__, __LINE__, ##__VA_ARGS__);\
	fflush(stdout);							\
	_exit(1);							\
} while (0)

#define check(cond) do {						\
	if (!(cond))							\
		fail("not so: %s", #cond);				\
} while (0)

/*
 * Objects of a case: a QP that sends on one device, and a QP that receives on
 * the other. A case may change @send and @recv before env_open_qps().
 */
struct env {
	const char	*names[2];
	struct rawdev	a;
	struct rawdev	b;
	struct rawqp	send;
	struct rawqp	recv;
	struct rawbuf	sbuf;
	struct rawbuf	rbuf;
	struct ibv_flow	*flow;
};

struct bad_case {
	const char	*name;
	void		(*run)(struct env *env);
};

/* Each list ends with an empty entry. */
extern const struct bad_case wr_cases[];
extern const struct bad_case object_cases[];
extern const struct bad_case ring_cases[];
extern const struct bad_case wq_cases[];
extern const struct bad_case kick_cases[];

/* objects.c */
void drop_ipc_lock(void);
/* Generated cases, see gen.h; each list ends with an empty entry. */
extern const struct bad_case gen_cq_cases[];
extern const struct bad_case gen_flow_cases[];
extern const struct bad_case gen_ioctl_cases[];
extern const struct bad_case gen_qp_cases[];
extern const struct bad_case gen_ring_cases[];
extern const struct bad_case gen_verbs_cases[];

/* env.c */
void env_open(struct env *env);
void env_open_qps(struct env *env);
void env_close(struct env *env);
void env_wr(struct env *env, struct ibv_send_wr *wr, struct ibv_sge *sge,
	    uint64_t wr_id);
void env_post_recv(struct env *env, struct rawqp *q, struct rawbuf *buf,
		   uint64_t wr_id);
void env_works(struct env *env);
void env_revive(struct rawqp *q);
void expect_wc(struct ibv_cq *cq, uint64_t wr_id, enum ibv_wc_status status);
void expect_no_wc(struct ibv_cq *cq);
void expect_state(struct rawqp *q, enum ibv_qp_state state);
bool wait_async(struct rawdev *dev, enum ibv_event_type type, int timeout_ms);

/* rings.c: create a QP. Returns its mapping, which begins with the doorbells. */
uint8_t *open_and_map(struct rawqp *q);

#endif /* BADINPUT_H */
