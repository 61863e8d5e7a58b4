/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * Data path through representors, and the test for representors; see
 * rep_path.c.
 */
#ifndef MFNIC_REP_PATH_H
#define MFNIC_REP_PATH_H

#include <linux/netdevice.h>

#include "netdev/trap.h"

struct mf_frame;
struct mfnic_port;

/* Operations of all representors, which identify them; set once by rep.c. */
extern const struct net_device_ops *mfnic_rep_netdev_ops;

struct mfnic_port *mfnic_rep_port(const struct net_device *dev);
void mfnic_rep_rx(struct mfnic_port *port, const struct mf_frame *frames,
		  unsigned int n, enum mfnic_trap trap, bool classified);
void mfnic_rep_send(struct mfnic_port *from, struct mfnic_port *to,
		    const struct mf_frame *frames, unsigned int n);

#endif /* MFNIC_REP_PATH_H */
