/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/* The slow path: frames from a port to its representor, see slow.c. */
#ifndef MFNIC_SLOW_H
#define MFNIC_SLOW_H

#include <linux/skbuff.h>

struct mfnic_slow;

struct mfnic_slow __percpu *mfnic_slow_init(struct net_device *dev);
void mfnic_slow_start(struct mfnic_slow __percpu *all);
void mfnic_slow_stop(struct mfnic_slow __percpu *all);
void mfnic_slow_fini(struct mfnic_slow __percpu *all);
void mfnic_slow_rx(struct mfnic_slow __percpu *all, struct sk_buff *skb);

#endif /* MFNIC_SLOW_H */
