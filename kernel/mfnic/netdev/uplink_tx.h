/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/* Transmission by the network device on the uplink, see uplink_tx.c. */
#ifndef MFNIC_UPLINK_TX_H
#define MFNIC_UPLINK_TX_H

#include <linux/netdevice.h>

struct mf_frame;
struct mfnic;

void mfnic_uplink_xmit(struct mfnic *nic, const struct mf_frame *frames,
		       unsigned int n);
netdev_tx_t mfnic_uplink_xmit_skb(struct mfnic *nic, struct sk_buff *skb);
bool mfnic_nest_enter(void);
void mfnic_nest_leave(void);

#endif /* MFNIC_UPLINK_TX_H */
