// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * The kick: a system call by which the kernel looks at the queues.
 */
#include <errno.h>
#include <sys/ioctl.h>

#include <rdma/rdma_user_ioctl.h>

#include "kick.h"
#include "mfraw-abi.h"
#include "qp.h"

static void mfraw_kick_init(struct mfraw_kick *kick, uint16_t object,
			    uint16_t method, uint16_t attr, uint32_t handle)
{
	kick->hdr.length = sizeof(*kick);
	kick->hdr.object_id = object;
	kick->hdr.method_id = method;
	kick->hdr.num_attrs = 1;
	kick->hdr.driver_id = MFRAW_DRIVER_ID;
	kick->handle.attr_id = attr;
	kick->handle.flags = UVERBS_ATTR_F_MANDATORY;
	kick->handle.data = handle;
}

void mfraw_kick_init_qp(struct mfraw_kick *kick, uint32_t handle)
{
	mfraw_kick_init(kick, UVERBS_OBJECT_QP, MFRAW_METHOD_QP_KICK,
			MFRAW_ATTR_QP_KICK_HANDLE, handle);
}

void mfraw_kick_init_wq(struct mfraw_kick *kick, uint32_t handle)
{
	mfraw_kick_init(kick, UVERBS_OBJECT_WQ, MFRAW_METHOD_WQ_KICK,
			MFRAW_ATTR_WQ_KICK_HANDLE, handle);
}

/*
 * Make the kernel look at the queues of @qp. Unless a thread of the kernel
 * polls them, this thread executes the posted entries inside the call, so the
 * caller must hold no lock. Returns 0 or an error number, EIO if the device is
 * gone.
 */
int mfraw_kick(struct mfraw_qp *qp)
{
	int fd = qp->vqp.qp.context->cmd_fd;

	while (ioctl(fd, RDMA_VERBS_IOCTL, &qp->kick) < 0)
		if (errno != EINTR)
			return errno;
	return 0;
}
