/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/* Steering of the frames that a port sends, see steer.c. */
#ifndef MFNIC_STEER_H
#define MFNIC_STEER_H

#include <linux/types.h>

struct mf_frame;
struct mfnic_port;

int mfnic_steer_port_init(struct mfnic_port *port);
void mfnic_steer_port_fini(struct mfnic_port *port);
unsigned int mfnic_steer(struct mfnic_port *from, const struct mf_frame *frames,
			 unsigned int n, u32 *budget);

#endif /* MFNIC_STEER_H */
