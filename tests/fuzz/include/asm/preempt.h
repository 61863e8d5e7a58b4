/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * The count that the kernel keeps beside the stack. Here it is a variable, so that
 * each input can be checked to leave all locks and sections.
 */
#ifndef FUZZ_ASM_PREEMPT_H
#define FUZZ_ASM_PREEMPT_H

#include <linux/thread_info.h>

#define PREEMPT_ENABLED			0
#define init_task_preempt_count(task)	do { } while (0)
#define init_idle_preempt_count(task, cpu)	do { } while (0)

extern int fuzz_preempt_count;

static __always_inline int preempt_count(void)
{
	return fuzz_preempt_count;
}

static __always_inline volatile int *preempt_count_ptr(void)
{
	return &fuzz_preempt_count;
}

static __always_inline void preempt_count_set(int count)
{
	fuzz_preempt_count = count;
}

static __always_inline void set_preempt_need_resched(void)
{
}

static __always_inline void clear_preempt_need_resched(void)
{
}

static __always_inline bool test_preempt_need_resched(void)
{
	return false;
}

static __always_inline void __preempt_count_add(int val)
{
	fuzz_preempt_count += val;
}

static __always_inline void __preempt_count_sub(int val)
{
	fuzz_preempt_count -= val;
}

static __always_inline bool __preempt_count_dec_and_test(void)
{
	fuzz_preempt_count--;

	return false;
}

static __always_inline bool should_resched(int offset)
{
	return false;
}

#define __preempt_schedule()		do { } while (0)
#define __preempt_schedule_notrace()	do { } while (0)

#endif /* FUZZ_ASM_PREEMPT_H */
