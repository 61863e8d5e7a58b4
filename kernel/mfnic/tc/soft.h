/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/* Rules of software that the switch lacks, see soft.c. */
#ifndef MFNIC_TC_SOFT_H
#define MFNIC_TC_SOFT_H

#include <linux/types.h>

struct flow_cls_common_offload;
struct mfnic_port;

struct mfnic_tc_prio *mfnic_prio_get(struct mfnic_port *port, u32 chain,
				     u32 index, bool sw);
void mfnic_prio_put(struct mfnic_port *port, struct mfnic_tc_prio *prio);
void mfnic_soft_refuse(struct mfnic_port *port, unsigned long cookie,
		       const struct flow_cls_common_offload *common);
void mfnic_soft_forget(struct mfnic_port *port, unsigned long cookie);
void mfnic_soft_bind(struct mfnic_port *port, u32 block);
void mfnic_soft_unbind(struct mfnic_port *port);
int mfnic_soft_init(struct mfnic_port *port);
void mfnic_soft_fini(struct mfnic_port *port);

#endif /* MFNIC_TC_SOFT_H */
