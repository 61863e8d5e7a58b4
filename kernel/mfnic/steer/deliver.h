/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/* Delivery of frames to a port, see deliver.c. */
#ifndef MFNIC_DELIVER_H
#define MFNIC_DELIVER_H

#include <linux/types.h>

struct mf_frame;
struct mfnic_port;

unsigned int mfnic_deliver_out(struct mfnic_port *from, struct mfnic_port *to,
			       const struct mf_frame *frames, unsigned int n,
			       u32 *budget);
unsigned int mfnic_deliver_in(struct mfnic_port *to,
			      const struct mf_frame *frames, unsigned int n,
			      u32 *budget);

#endif /* MFNIC_DELIVER_H */
