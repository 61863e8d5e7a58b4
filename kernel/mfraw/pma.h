/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * Performance management of InfiniBand, and the firmware version.
 */
#ifndef MFRAW_PMA_H
#define MFRAW_PMA_H

#include <rdma/ib_verbs.h>

extern const struct ib_device_ops mfraw_pma_ops;
u64 mfraw_fw_ver(void);

#endif /* MFRAW_PMA_H */
