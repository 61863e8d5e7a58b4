/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * The spinlock of a queue or CQ. It does nothing if the application promised to
 * use the object from one thread only.
 */
#ifndef __MFRAW_LOCK_H__
#define __MFRAW_LOCK_H__

#include <pthread.h>
#include <stdbool.h>

/*
 * @spin: the lock proper
 * @needed: false if only one thread uses the object; constant
 */
struct mfraw_lock {
	pthread_spinlock_t	spin;
	bool			needed;
};

/* Returns 0 or an error number. */
static inline int mfraw_lock_init(struct mfraw_lock *lock, bool needed)
{
	lock->needed = needed;
	return pthread_spin_init(&lock->spin, PTHREAD_PROCESS_PRIVATE);
}

static inline void mfraw_lock_destroy(struct mfraw_lock *lock)
{
	pthread_spin_destroy(&lock->spin);
}

static inline void mfraw_lock(struct mfraw_lock *lock)
{
	if (lock->needed)
		pthread_spin_lock(&lock->spin);
}

static inline void mfraw_unlock(struct mfraw_lock *lock)
{
	if (lock->needed)
		pthread_spin_unlock(&lock->spin);
}

#endif /* __MFRAW_LOCK_H__ */
