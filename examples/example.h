/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * What all examples need: errors, a device by name, the states of a queue pair.
 */
#ifndef EXAMPLE_H
#define EXAMPLE_H

#include <arpa/inet.h>
#include <errno.h>
#include <infiniband/verbs.h>
#include <netinet/ether.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * Calls of verbs that return a pointer set errno, and most others return the
 * error: see the manual page of each. A process that ends needs no cleanup,
 * since the kernel frees all its objects.
 */
static inline void die(const char *what, int error)
{
	fprintf(stderr, "%s: %s: %s\n", program_invocation_short_name, what,
		strerror(error));
	exit(EXIT_FAILURE);
}

static inline void check_status(enum ibv_wc_status status)
{
	if (status == IBV_WC_SUCCESS)
		return;
	fprintf(stderr, "%s: completion: %s\n", program_invocation_short_name,
		ibv_wc_status_str(status));
	exit(EXIT_FAILURE);
}

static inline struct ibv_context *open_device(const char *name)
{
	struct ibv_device **list = ibv_get_device_list(NULL);
	struct ibv_context *ctx = NULL;

	if (!list)
		die("ibv_get_device_list", errno);
	errno = ENODEV;
	for (int i = 0; list[i]; i++)
		if (!strcmp(ibv_get_device_name(list[i]), name))
			ctx = ibv_open_device(list[i]);
	if (!ctx)
		die(name, errno);
	ibv_free_device_list(list);
	return ctx;
}

/*
 * A queue pair takes receive requests from state INIT on, receives from RTR on,
 * and sends from RTS on. The change to INIT also sets the port.
 */
static inline void modify_qp(struct ibv_qp *qp, enum ibv_qp_state state)
{
	struct ibv_qp_attr attr = { .qp_state = state, .port_num = 1 };
	int mask = IBV_QP_STATE;
	int ret;

	if (state == IBV_QPS_INIT)
		mask |= IBV_QP_PORT;
	ret = ibv_modify_qp(qp, &attr, mask);
	if (ret)
		die("ibv_modify_qp", ret);
}

/* Copy the MAC address that @text has to @mac. */
static inline void parse_mac(const char *text, uint8_t *mac)
{
	struct ether_addr *addr = ether_aton(text);

	if (!addr)
		die(text, EINVAL);
	memcpy(mac, addr, ETH_ALEN);
}

#endif
