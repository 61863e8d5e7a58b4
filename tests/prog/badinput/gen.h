/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * Generated bad input. A table describes a request by its fields and the valid
 * values of each. Each field is wrong in turn, in each possible way, while the
 * others are valid; some pairs of fields are wrong at once. Requests go to
 * uverbs directly, since the provider would refuse most of them.
 */
#ifndef GEN_H
#define GEN_H

#include <rdma/ib_user_ioctl_cmds.h>
#include <rdma/ib_user_verbs.h>
#include <rdma/mfraw-abi.h>
#include <rdma/rdma_user_ioctl.h>
#include <rdma/rdma_user_ioctl_cmds.h>

#include "badinput.h"

/* Limits, as ibv_query_device() and mfraw-abi.h have them. */
#define GEN_MAX_WR	16384
#define GEN_MAX_SGE	16
#define GEN_MAX_CQE	(4 << 20)
#define GEN_MAX_INLINE	1024
#define GEN_MAX_TSO_HDR	192

/* Errors that a wrong field may cause; 0 means E_BAD. */
enum {
	E_INVAL = 1 << 0,
	E_OPNOTSUPP = 1 << 1,
	E_NOENT = 1 << 2,
	E_BADF = 1 << 3,
	E_FAULT = 1 << 4,
	E_NOMEM = 1 << 5,
	E_NOSPC = 1 << 6,
	E_PROTO = 1 << 7,
	E_ACCES = 1 << 8,
	E_PERM = 1 << 9,

	E_BAD = E_INVAL | E_OPNOTSUPP,
	E_HANDLE = E_BAD | E_NOENT | E_BADF,
	E_MEM = E_BAD | E_FAULT | E_NOMEM,
	E_IOCTL = E_HANDLE | E_PROTO | E_FAULT | E_NOSPC,
};

enum gkind {
	G_ANY,		/* each value is valid */
	G_RANGE,	/* values from a to b are */
	G_MASK,		/* masks of the bits of a are */
	G_EXACT,	/* only the value of the valid request is */
	G_HANDLE,	/* only the handle of the object of kind a is */
	G_PRED,		/* values for which pred() is true are */
	G_CORE,		/* the core may accept or refuse any value */
};

/* Kinds of objects. */
enum ghandle {
	H_PD, H_SEND_CQ, H_RECV_CQ, H_QP, H_MR, H_WQ, H_TABLE, H_COUNTERS,
	H_KINDS
};

struct gfield {
	const char	*name;
	uint16_t	off;
	uint8_t		width;
	uint8_t		kind;
	uint64_t	a;
	uint64_t	b;
	uint32_t	errs;
	bool		(*pred)(uint64_t value);
	bool		alone;	/* other fields depend on it: not in pairs */
};

#define FIELD(type, member, k, ...)					\
	{ .name = #member, .off = offsetof(type, member),		\
	  .width = sizeof(((type *)0)->member), .kind = k, ##__VA_ARGS__ }

struct gen {
	struct env	*env;
	int		fd;		/* command file of uverbs */
	uint32_t	handle[H_KINDS];
	uint32_t	qp_num;
	uint32_t	wq_num;
	const char	*what;
	unsigned int	wrong;
	char		before[1024];
};

/*
 * A command. @good is the core's part of @core_len bytes and then the driver's
 * part. At least @drv_min bytes of the driver's part are needed; with
 * @drv_none, the driver's part may be missing.
 */
struct gcmd {
	const char		*name;
	uint32_t		cmd;	/* enum ib_uverbs_write_cmds */
	bool			ex;	/* @cmd is an extended command */
	const void		*good;
	size_t			core_len;
	size_t			drv_min;
	size_t			drv_len;
	bool			drv_none;
	size_t			resp_len;
	size_t			drv_resp_len;
	const struct gfield	*fields;
	int			(*undo)(struct gen *g, const void *resp);
};

/* gen.c */
void gen_open(struct gen *g, struct env *env);
void gen_close(struct gen *g);
void gen_judge(struct gen *g, const char *field, uint64_t value, int ret,
	       bool good, uint32_t errs);
void gen_fields(struct gen *g, const char *what, const struct gfield *fields,
		const void *good, size_t len,
		int (*call)(struct gen *g, const void *req, void *arg),
		void *arg);
int gen_call_cmd(struct gen *g, const void *req, void *arg);
void gen_cmd(struct gen *g, const struct gcmd *c);
unsigned int gen_values(struct gen *g, const struct gfield *f, uint64_t base,
			uint64_t *value, bool *good);
void gen_totals(void);

#define GEN_VALUES	192	/* maximum number of values of gen_values() */

/* gen_raw.c */
int raw_cmd(int fd, const struct gcmd *c, const void *core, const void *drv,
	    size_t drv_len, void *resp, size_t drv_resp_len);
int raw_ioctl(int fd, void *hdr);
int raw_destroy_qp(int fd, uint32_t handle);
int raw_destroy_cq(int fd, uint32_t handle);
int raw_destroy_wq(int fd, uint32_t handle);
int raw_destroy_table(int fd, uint32_t handle);
int raw_destroy_flow(int fd, uint32_t handle);
int raw_dereg_mr(int fd, uint32_t handle);
int raw_dealloc_pd(int fd, uint32_t handle);
int raw_modify_qp(int fd, uint32_t handle, int mask, int state);
int raw_counters(int fd, uint32_t *handle);
int raw_destroy_counters(int fd, uint32_t handle);

/* Responses of create commands. */
struct raw_cq_resp {
	struct ib_uverbs_ex_create_cq_resp	core;
	struct mfraw_create_cq_resp		drv;
};

struct raw_qp_resp {
	struct ib_uverbs_ex_create_qp_resp	core;
	struct mfraw_create_qp_resp		drv;
};

struct raw_wq_resp {
	struct ib_uverbs_ex_create_wq_resp	core;
	struct mfraw_create_wq_resp		drv;
};

void raw_create_cq(int fd, uint32_t cqe, struct raw_cq_resp *resp);
void raw_create_qp(struct gen *g, uint32_t send_cq, uint32_t recv_cq,
		   struct raw_qp_resp *resp);
void raw_create_wq(struct gen *g, uint32_t cq, struct raw_wq_resp *resp);
uint32_t raw_create_table(struct gen *g, uint32_t wq);

#endif /* GEN_H */
