/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * devlink traps, see trap.c.
 */
#ifndef MFNIC_TRAP_H
#define MFNIC_TRAP_H

#include <net/devlink.h>

struct mf_frame;
struct mfnic;
struct mfnic_port;
struct sk_buff;

/**
 * enum mfnic_trap - reason for which the host gets a frame
 * @MFNIC_TRAP_SLOW_PATH: no rule and no bridge of the switch took the frame
 * @MFNIC_TRAP_FLOW_ACTION: a tc rule traps the frame
 * @MFNIC_TRAP_SPOOFED_SMAC: the frame is dropped, and the operator asks for a
 *	report
 * @MFNIC_NUM_TRAPS: number of reasons
 */
enum mfnic_trap {
	MFNIC_TRAP_SLOW_PATH,
	MFNIC_TRAP_FLOW_ACTION,
	MFNIC_TRAP_SPOOFED_SMAC,
	MFNIC_NUM_TRAPS,
};

int mfnic_trap_init(struct devlink *devlink, const struct devlink_trap *trap,
		    void *trap_ctx);
int mfnic_trap_action_set(struct devlink *devlink,
			  const struct devlink_trap *trap,
			  enum devlink_trap_action action,
			  struct netlink_ext_ack *extack);
int mfnic_trap_group_init(struct devlink *devlink,
			  const struct devlink_trap_group *group);
int mfnic_trap_drop_counter_get(struct devlink *devlink,
				const struct devlink_trap *trap, u64 *drops);
void mfnic_trap_report(struct mfnic_port *port, enum mfnic_trap trap,
		       struct sk_buff *skb);
void mfnic_trap_spoofed(struct mfnic_port *port, const struct mf_frame *frames,
			unsigned int n);
int mfnic_traps_register(struct mfnic *nic);
void mfnic_traps_unregister(struct mfnic *nic);

#endif /* MFNIC_TRAP_H */
