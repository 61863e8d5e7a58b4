/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * The driver's own uverbs methods, see kick.c.
 */
#ifndef MFRAW_KICK_H
#define MFRAW_KICK_H

#include <rdma/uverbs_ioctl.h>

extern const struct uapi_definition mfraw_uapi_defs[];

#endif /* MFRAW_KICK_H */
