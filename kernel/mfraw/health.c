// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Problems of the engine, for devlink's health reporter. Two problems can keep
 * requests from completing without a fault of the process or the operator: the
 * polling thread gets no CPU, or a network device keeps pages that it was asked
 * to send.
 */
#include <net/devlink.h>

#include "health.h"
#include "mfraw.h"

/**
 * mfraw_health_problem - report a problem
 * @dev: the device
 * @what: text for the operator, a constant string
 *
 * The caller calls mfraw_health_solved() when the problem is solved.
 *
 * Context: any.
 */
void mfraw_health_problem(struct mfraw_dev *dev, const char *what)
{
	unsigned long flags;

	spin_lock_irqsave(&dev->problem_lock, flags);
	dev->problems++;
	dev->qb->ops->health(dev->qb, what);
	spin_unlock_irqrestore(&dev->problem_lock, flags);
}

/**
 * mfraw_health_solved - report that one problem is solved
 * @dev: the device
 *
 * Context: any.
 */
void mfraw_health_solved(struct mfraw_dev *dev)
{
	unsigned long flags;

	spin_lock_irqsave(&dev->problem_lock, flags);
	if (!--dev->problems)
		dev->qb->ops->health(dev->qb, NULL);
	spin_unlock_irqrestore(&dev->problem_lock, flags);
}

static void mfraw_health_set_stuck(struct mfraw_engine *engine, bool stuck)
{
	struct mfraw_dev *dev = container_of(engine, struct mfraw_dev, engine);

	if (engine->stuck == stuck)
		return;
	WRITE_ONCE(engine->stuck, stuck);
	if (stuck)
		mfraw_health_problem(dev, "The polling thread gets no CPU");
	else
		mfraw_health_solved(dev);
}

static void mfraw_health_watch(struct timer_list *timer)
{
	struct mfraw_engine *engine = timer_container_of(engine, timer, watch);
	u64 looks = READ_ONCE(engine->looks);
	bool busy = !llist_empty(&engine->incoming) ||
		    READ_ONCE(engine->nr_active);

	mfraw_health_set_stuck(engine, busy && looks == engine->seen);
	engine->seen = looks;
	mod_timer(timer, jiffies + MFRAW_HEALTH_PERIOD);
}

/**
 * mfraw_health_init - initialise the watch of the polling thread
 * @engine: engine without a thread
 */
void mfraw_health_init(struct mfraw_engine *engine)
{
	timer_setup(&engine->watch, mfraw_health_watch, 0);
}

/**
 * mfraw_health_start - start watching the polling thread
 * @engine: engine with a thread
 *
 * Context: config_lock.
 */
void mfraw_health_start(struct mfraw_engine *engine)
{
	engine->seen = READ_ONCE(engine->looks) - 1;
	mod_timer(&engine->watch, jiffies + MFRAW_HEALTH_PERIOD);
}

/**
 * mfraw_health_stop - stop watching the polling thread
 * @engine: engine whose thread is about to stop
 *
 * Context: sleeps, config_lock.
 */
void mfraw_health_stop(struct mfraw_engine *engine)
{
	timer_delete_sync(&engine->watch);
	mfraw_health_set_stuck(engine, false);
}

/* struct mf_client_ops.diagnose. */
void mfraw_diagnose(struct mf_client *client, struct devlink_fmsg *fmsg)
{
	struct mfraw_dev *dev = container_of(client, struct mfraw_dev, client);
	struct mfraw_engine *engine = &dev->engine;
	size_t stalled;
	bool stuck;

	/* The RDMA device gets its name when it is registered. */
	if (READ_ONCE(dev->registered))
		devlink_fmsg_string_pair_put(fmsg, "rdma device",
					     dev_name(&dev->ibdev.dev));

	mutex_lock(&engine->config_lock);
	devlink_fmsg_u32_pair_put(fmsg, "poll usecs", engine->poll_usecs);
	if (engine->task) {
		devlink_fmsg_u32_pair_put(fmsg, "thread",
					  task_pid_nr(engine->task));
		devlink_fmsg_u64_pair_put(fmsg, "rounds",
					  READ_ONCE(engine->rounds));
		devlink_fmsg_bool_pair_put(fmsg, "polls now",
					   READ_ONCE(engine->nr_active));
	}
	stuck = READ_ONCE(engine->stuck);
	mutex_unlock(&engine->config_lock);

	spin_lock_bh(&dev->stall_lock);
	stalled = list_count_nodes(&dev->stalled);
	spin_unlock_bh(&dev->stall_lock);
	devlink_fmsg_u32_pair_put(fmsg, "queues over the rate limit", stalled);
	devlink_fmsg_u32_pair_put(fmsg, "queues that wait for a network device",
				  READ_ONCE(dev->problems) - stuck);
}
