// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * The system call of a kick file. It is a module of its own, mfraw_kick: an
 * open file pins the module of its operations, and mfraw must be removable
 * while processes have devices open.
 *
 * A file may outlive its context and its device. The file names the device by a
 * pointer under RCU until the core destroys the file's object. The call enters
 * the device's read section before it leaves RCU, and runs code of mfraw in
 * that section only. The removal of a device waits for both.
 */
#include <linux/fs.h>
#include <linux/mf_version.h>
#include <linux/module.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <rdma/mfraw-abi.h>

#include "queue/kick_file.h"

MODULE_DESCRIPTION("System call that kicks queues of mfraw");
MODULE_LICENSE("Dual BSD/GPL");
MODULE_VERSION(MF_VERSION);

/*
 * One round. Each round enters the read section anew, so that the destruction
 * of other objects waits for a round, not for a whole kick.
 */
static s64 mfraw_kick_round(struct mfraw_kick_file *file, u32 num, s64 state)
{
	struct mfraw_kicker *kicker;
	struct srcu_struct *readers;
	int idx;

	rcu_read_lock();
	kicker = rcu_dereference(file->kicker);
	if (unlikely(!kicker)) {
		rcu_read_unlock();
		return -EIO;
	}
	readers = kicker->readers;
	idx = srcu_read_lock(readers);
	rcu_read_unlock();
	state = kicker->kick(kicker, file->ctx, num, state);
	srcu_read_unlock(readers, idx);

	return state;
}

/*
 * See MFRAW_IOCTL_KICK. The caller is whoever holds the file: the work is done
 * in the time and the cgroup of that task, and ends when that task is killed.
 */
static long mfraw_kick_ioctl(struct file *file, unsigned int cmd,
			     unsigned long num)
{
	s64 state = 0;

	if (unlikely(cmd != MFRAW_IOCTL_KICK))
		return -ENOTTY;
	if (unlikely(num > U32_MAX))
		return -EINVAL;

	for (;;) {
		state = mfraw_kick_round(file->private_data, num, state);
		if (likely(state <= 0))
			return state;
		if (fatal_signal_pending(current))
			return 0;
		cond_resched();
	}
}

/* The core insists on its own function for release. */
const struct file_operations mfraw_kick_fops = {
	.owner = THIS_MODULE,
	.release = uverbs_uobject_fd_release,
	.unlocked_ioctl = mfraw_kick_ioctl,
	/* The argument is a number, not a pointer. */
	.compat_ioctl = mfraw_kick_ioctl,
};
EXPORT_SYMBOL_GPL(mfraw_kick_fops);
