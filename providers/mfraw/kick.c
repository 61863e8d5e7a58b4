// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * The kick: a system call by which the kernel looks at the queues. It has a
 * file of its own, since commands of uverbs take longer.
 */
#include <errno.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <infiniband/cmd_ioctl.h>

#include "context.h"
#include "kick.h"
#include "mfraw-abi.h"
#include "qp.h"

/* Open the kick file of a new context. Returns 0 or an error number. */
int mfraw_kick_open(struct mfraw_context *ctx)
{
	DECLARE_COMMAND_BUFFER(cmd, MFRAW_OBJECT_KICK_FILE,
			       MFRAW_METHOD_KICK_FILE_ALLOC, 1);
	struct ib_uverbs_attr *fd;
	int ret;

	fd = fill_attr_out_fd(cmd, MFRAW_ATTR_KICK_FILE_ALLOC_FD, 0);
	ret = execute_ioctl(&ctx->vctx.context, cmd);
	if (ret)
		return ret;
	ctx->kick_fd = read_attr_fd(MFRAW_ATTR_KICK_FILE_ALLOC_FD, fd);
	return 0;
}

void mfraw_kick_close(struct mfraw_context *ctx)
{
	close(ctx->kick_fd);
}

/*
 * Make the kernel look at the queues of @qp. Unless a thread of the kernel
 * polls them, this thread executes the posted entries inside the call, so the
 * caller must hold no lock. Returns 0 or an error number, EIO if the device is
 * gone.
 */
int mfraw_kick(struct mfraw_qp *qp)
{
	struct ibv_qp *ibqp = &qp->vqp.qp;
	int fd = to_mctx(ibqp->context)->kick_fd;

	return ioctl(fd, MFRAW_IOCTL_KICK, ibqp->qp_num) ? errno : 0;
}
