/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * Protection domains.
 */
#ifndef MFRAW_PD_H
#define MFRAW_PD_H

#include <rdma/ib_verbs.h>

struct mfraw_pd {
	struct ib_pd		ibpd;
};

extern const struct ib_device_ops mfraw_pd_ops;

#endif /* MFRAW_PD_H */
