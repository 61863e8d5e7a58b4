/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * Representors, see rep.c.
 */
#ifndef MFNIC_REP_H
#define MFNIC_REP_H

#include <linux/netdevice.h>

struct mfnic_port;

/**
 * struct mfnic_rep - private data of a representor
 * @port: the port of the representor, which outlives the representor
 * @slow: per-CPU queues of frames that the representor receives
 */
struct mfnic_rep {
	struct mfnic_port		*port;
	struct mfnic_slow __percpu	*slow;
};

/* Return the port of a representor. */
static inline struct mfnic_port *rep_port(const struct net_device *dev)
{
	return ((struct mfnic_rep *)netdev_priv(dev))->port;
}

int mfnic_rep_create(struct mfnic_port *port);
void mfnic_rep_destroy(struct mfnic_port *port);
void mfnic_rep_init(void);

#endif /* MFNIC_REP_H */
