/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * RDMA devices by name, and what the kernel reports of them and their QPs. The
 * functions end the program if they fail.
 */
#ifndef DEVICE_H
#define DEVICE_H

#include <infiniband/verbs.h>

struct ibv_context *device_open(const char *name);

/*
 * Returns a counter of the device's port, as in hw_counters of sysfs. The value
 * is not older than the call.
 */
uint64_t device_counter(const char *name, const char *counter);

/*
 * Returns the state of @qp in the kernel. Does not change @qp->state, which is
 * what libibverbs takes for the state.
 */
enum ibv_qp_state qp_state(struct ibv_qp *qp);

#endif /* DEVICE_H */
