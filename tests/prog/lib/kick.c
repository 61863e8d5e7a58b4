// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Kicks without the provider.
 */
#include <errno.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <rdma/mfraw-abi.h>
#include <rdma/rdma_user_ioctl.h>

#include "kick.h"

int kick_open(int cmd_fd)
{
	struct {
		struct ib_uverbs_ioctl_hdr hdr;
		struct ib_uverbs_attr attr;
	} req = {
		.hdr = {
			.length = sizeof(req),
			.object_id = MFRAW_OBJECT_KICK_FILE,
			.method_id = MFRAW_METHOD_KICK_FILE_ALLOC,
			.num_attrs = 1,
			.driver_id = MFRAW_DRIVER_ID,
		},
		.attr = {
			.attr_id = MFRAW_ATTR_KICK_FILE_ALLOC_FD,
			.flags = UVERBS_ATTR_F_MANDATORY,
		},
	};

	if (ioctl(cmd_fd, RDMA_VERBS_IOCTL, &req))
		return -1;
	return req.attr.data;
}

int kick(int kick_fd, unsigned long num)
{
	return ioctl(kick_fd, MFRAW_IOCTL_KICK, num) ? errno : 0;
}

int kick_once(int cmd_fd, uint32_t num)
{
	int fd = kick_open(cmd_fd);
	int ret;

	if (fd < 0)
		return errno;
	ret = kick(fd, num);
	close(fd);
	return ret;
}
