// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Counters objects count the frames of flows with the action "count". A read
 * returns all counters in the order of enum ib_counters_description; the
 * provider maps them to the values of ibv_read_counters().
 */
#include <linux/mf_qblock.h>
#include <linux/percpu.h>
#include <linux/slab.h>

#include "refuse.h"
#include "verbs/counters.h"

#define MFRAW_NUM_COUNTERS	(IB_COUNTER_BYTES + 1)

static int mfraw_create_counters(struct ib_counters *ibcounters,
				 struct uverbs_attr_bundle *attrs)
{
	struct mfraw_flow_counts *counts;

	counts = kzalloc_obj(*counts, GFP_KERNEL_ACCOUNT);
	if (!counts)
		return -ENOMEM;
	counts->count = alloc_percpu_gfp(struct mfraw_flow_count,
					 GFP_KERNEL_ACCOUNT);
	if (!counts->count) {
		kfree(counts);
		return -ENOMEM;
	}
	to_mfraw_counters(ibcounters)->counts = counts;

	return 0;
}

static void mfraw_counts_free(struct rcu_head *rcu)
{
	struct mfraw_flow_counts *counts;

	counts = container_of(rcu, struct mfraw_flow_counts, rcu);
	free_percpu(counts->count);
	kfree(counts);
}

static int mfraw_destroy_counters(struct ib_counters *ibcounters)
{
	/* The flow rules are gone, but steering may still deliver frames. */
	call_rcu(&to_mfraw_counters(ibcounters)->counts->rcu,
		 mfraw_counts_free);

	return 0;
}

static int mfraw_read_counters(struct ib_counters *ibcounters,
			       struct ib_counters_read_attr *attr,
			       struct uverbs_attr_bundle *attrs)
{
	struct mfraw_counters *counters = to_mfraw_counters(ibcounters);
	int cpu;

	if (attr->ncounters < MFRAW_NUM_COUNTERS)
		return mfraw_refuse(ibcounters->device, -EINVAL,
				    "counters: room for %u, there are %u",
				    attr->ncounters, MFRAW_NUM_COUNTERS);

	for_each_possible_cpu(cpu) {
		const struct mfraw_flow_count *count;

		count = per_cpu_ptr(counters->counts->count, cpu);
		attr->counters_buff[IB_COUNTER_PACKETS] +=
			READ_ONCE(count->packets);
		attr->counters_buff[IB_COUNTER_BYTES] +=
			READ_ONCE(count->bytes);
	}

	return 0;
}

/**
 * mfraw_counters_add - count the frames that a flow takes
 * @counts: counts of the flow
 * @frames: the frames
 * @n: number of @frames
 *
 * Context: atomic, bottom halves disabled.
 */
void mfraw_counters_add(struct mfraw_flow_counts *counts,
			const struct mf_frame *frames, unsigned int n)
{
	unsigned int i;
	u64 bytes = 0;

	for (i = 0; i < n; i++)
		bytes += frames[i].len;
	this_cpu_add(counts->count->packets, n);
	this_cpu_add(counts->count->bytes, bytes);
}

const struct ib_device_ops mfraw_counters_ops = {
	.create_counters = mfraw_create_counters,
	.destroy_counters = mfraw_destroy_counters,
	.read_counters = mfraw_read_counters,

	INIT_RDMA_OBJ_SIZE(ib_counters, mfraw_counters, ibcounters),
};
