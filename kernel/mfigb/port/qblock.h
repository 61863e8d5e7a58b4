/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * The queue block of a port.
 */
#ifndef MFIGB_QBLOCK_H
#define MFIGB_QBLOCK_H

#include <linux/mf_qblock.h>

extern const struct mf_qblock_ops mfigb_qblock_ops;

#endif /* MFIGB_QBLOCK_H */
