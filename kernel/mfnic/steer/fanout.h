/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
#ifndef MFNIC_FANOUT_H
#define MFNIC_FANOUT_H

#include <linux/mf_qblock.h>
#include <linux/skbuff.h>
#include <linux/workqueue.h>

struct mfnic_port;

/**
 * struct mfnic_fanout - frames of a port that a work item delivers
 * @queue: frames to deliver
 * @work: delivers @queue
 */
struct mfnic_fanout {
	struct sk_buff_head	queue;
	struct work_struct	work;
};

void mfnic_fanout_defer(struct mfnic_port *port, const struct mf_frame *frame);
void mfnic_fanout_port_init(struct mfnic_fanout *fanout);
void mfnic_fanout_port_fini(struct mfnic_fanout *fanout);
int mfnic_fanout_init(void);
void mfnic_fanout_exit(void);

#endif /* MFNIC_FANOUT_H */
