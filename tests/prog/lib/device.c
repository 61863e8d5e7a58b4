// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * RDMA devices by name.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "device.h"
#include "die.h"

/* The kernel reads the counters anew after 10 ms. */
#define COUNTER_USECS	20000

struct ibv_context *device_open(const char *name)
{
	struct ibv_device **list = ibv_get_device_list(NULL);
	struct ibv_context *ctx;
	int i;

	if (!list)
		die("ibv_get_device_list: %s", strerror(errno));
	for (i = 0; list[i]; i++)
		if (!strcmp(ibv_get_device_name(list[i]), name))
			break;
	if (!list[i])
		die("no device %s", name);

	ctx = ibv_open_device(list[i]);
	if (!ctx)
		die("ibv_open_device %s: %s", name, strerror(errno));
	ibv_free_device_list(list);
	return ctx;
}

uint64_t device_counter(const char *name, const char *counter)
{
	unsigned long long val;
	char path[256];
	FILE *f;

	usleep(COUNTER_USECS);
	snprintf(path, sizeof(path),
		 "/sys/class/infiniband/%s/ports/1/hw_counters/%s", name,
		 counter);
	f = fopen(path, "r");
	if (!f)
		die("%s: %s", path, strerror(errno));
	if (fscanf(f, "%llu", &val) != 1)
		die("%s: not a number", path);
	fclose(f);
	return val;
}

enum ibv_qp_state qp_state(struct ibv_qp *qp)
{
	enum ibv_qp_state seen = qp->state;
	struct ibv_qp_init_attr init;
	struct ibv_qp_attr attr;
	int ret;

	ret = ibv_query_qp(qp, &attr, IBV_QP_STATE, &init);
	if (ret)
		die("ibv_query_qp: %s", strerror(ret));
	qp->state = seen;
	return attr.qp_state;
}
