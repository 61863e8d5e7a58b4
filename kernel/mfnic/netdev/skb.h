/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/* Conversion between frames and buffers of network devices, see skb.c. */
#ifndef MFNIC_SKB_H
#define MFNIC_SKB_H

#include <linux/mf_qblock.h>
#include <linux/skbuff.h>

struct mfnic_port;

/* Handles frames from or for @port, for example mfnic_steer(). */
typedef void mfnic_frames_fn(struct mfnic_port *port,
			     const struct mf_frame *frames, unsigned int n);

void mfnic_skb_to_frames(struct sk_buff *skb, struct mfnic_port *port,
			 mfnic_frames_fn *fn);
struct sk_buff *mfnic_skb_from_frame(const struct mf_frame *frame,
				     struct net_device *dev, bool zerocopy);

#endif /* MFNIC_SKB_H */
