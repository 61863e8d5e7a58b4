/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * The network device on the uplink, see uplink.c.
 */
#ifndef MFNIC_UPLINK_H
#define MFNIC_UPLINK_H

struct net_device;
struct netlink_ext_ack;

int mfnic_uplink_attach(struct net_device *rep, struct net_device *lower,
			struct netlink_ext_ack *extack);
int mfnic_uplink_detach(struct net_device *rep, struct net_device *lower);
int mfnic_uplink_init(void);
void mfnic_uplink_exit(void);

#endif /* MFNIC_UPLINK_H */
