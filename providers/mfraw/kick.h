/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * The command by which the kernel looks at the queues of a QP or WQ.
 */
#ifndef __MFRAW_KICK_H__
#define __MFRAW_KICK_H__

#include <stdint.h>

#include <infiniband/driver.h>

struct mfraw_qp;

/*
 * The argument of the ioctl; constant once the object exists.
 *
 * @hdr: the method
 * @handle: its only attribute, the QP or WQ
 */
struct mfraw_kick {
	struct ib_uverbs_ioctl_hdr	hdr;
	struct ib_uverbs_attr		handle;
};

void mfraw_kick_init_qp(struct mfraw_kick *kick, uint32_t handle);
void mfraw_kick_init_wq(struct mfraw_kick *kick, uint32_t handle);
int mfraw_kick(struct mfraw_qp *qp);

#endif /* __MFRAW_KICK_H__ */
