/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * The thread that polls send queues, see engine.c.
 */
#ifndef MFRAW_ENGINE_H
#define MFRAW_ENGINE_H

#include <linux/list.h>
#include <linux/llist.h>
#include <linux/mutex.h>
#include <linux/sysfs.h>
#include <linux/timer.h>

struct mfraw_dev;
struct mfraw_qp;
struct task_struct;

/**
 * struct mfraw_engine - the optional thread that polls send queues
 * @lock: held while the thread polls a queue, and to remove a queue
 * @task: the thread, NULL unless @poll_usecs is set
 * @incoming: queues that were kicked since the last round
 * @active: queues being polled, under @lock
 * @nr_active: number of active queues, those of the current round included
 * @poll_usecs: idle time in microseconds after which a queue must be kicked
 *	again; 0: no thread, a kick runs the queue in its caller. Written under
 *	@config_lock, read under RCU
 * @config_lock: serializes start and stop of the thread
 * @rounds: number of rounds of the thread
 * @looks: number of queues that the thread has polled
 * @watch: timer that checks the progress of the thread
 * @seen: value of @looks at the last check
 * @stuck: the thread makes no progress
 */
struct mfraw_engine {
	struct mutex		lock;		/* @active */
	struct task_struct	*task;
	struct llist_head	incoming;
	struct list_head	active;
	unsigned int		nr_active;
	unsigned int		poll_usecs;
	struct mutex		config_lock;	/* @task, @poll_usecs */
	u64			rounds;
	u64			looks;
	struct timer_list	watch;
	u64			seen;
	bool			stuck;
};

extern const struct attribute_group mfraw_engine_group;
void mfraw_engine_init(struct mfraw_engine *engine);
void mfraw_engine_stop(struct mfraw_dev *dev);
bool mfraw_engine_add(struct mfraw_qp *qp);
void mfraw_engine_del(struct mfraw_qp *qp);
int mfraw_engine_restart(struct mfraw_dev *dev);

#endif /* MFRAW_ENGINE_H */
