/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * Representors, for those who send by them and tell them from other devices.
 */
#ifndef MFNIC_REP_H
#define MFNIC_REP_H

#include <linux/netdevice.h>

#include "mfnic.h"
#include "netdev/slow.h"

/**
 * struct mfnic_rep - private part of a representor
 * @port: what it represents; outlives it
 * @slow: frames that it is about to receive
 */
struct mfnic_rep {
	struct mfnic_port		*port;
	struct mfnic_slow __percpu	*slow;
};

/* The port of a representor. */
static inline struct mfnic_port *rep_port(const struct net_device *dev)
{
	return ((struct mfnic_rep *)netdev_priv(dev))->port;
}

/* By which they are told from other devices; set by rep.c before the first one. */
extern const struct net_device_ops *mfnic_rep_netdev_ops;

/* rep_path.c */
struct mfnic_port *mfnic_rep_port(const struct net_device *dev);
void mfnic_rep_rx(struct mfnic_port *port, const struct mf_frame *frames,
		  unsigned int n, enum mfnic_trap trap, bool classified);
void mfnic_rep_send(struct mfnic_port *from, struct mfnic_port *to,
		    const struct mf_frame *frames, unsigned int n);

#endif /* MFNIC_REP_H */
