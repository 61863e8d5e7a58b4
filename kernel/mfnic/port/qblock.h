/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * The queue block of a port, see qblock.c.
 */
#ifndef MFNIC_QBLOCK_H
#define MFNIC_QBLOCK_H

#include <linux/mf_port.h>

struct mfnic_port;

extern const struct mf_port_ops mfnic_port_ops;
extern const struct mf_qblock_ops mfnic_qblock_ops;

void mfnic_port_set_rep_up(struct mfnic_port *port, bool up);
void mfnic_port_set_speed(struct mfnic_port *port, u32 speed);

#endif /* MFNIC_QBLOCK_H */
