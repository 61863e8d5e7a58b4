/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/* Transmit rate limits of subfunctions, see rate.c. */
#ifndef MFNIC_RATE_H
#define MFNIC_RATE_H

#include <linux/types.h>

struct devlink_rate;
struct mf_frame;
struct mfnic_port;
struct netlink_ext_ack;

/**
 * struct mfnic_bucket - token bucket; a token is a byte
 * @rate: bytes per second, or 0 for no limit or no share
 * @depth: maximum of @tokens
 * @tokens: bytes that may be sent; may be negative
 * @last: time of the last refill in ns
 */
struct mfnic_bucket {
	u64	rate;
	s64	depth;
	s64	tokens;
	u64	last;
};

/**
 * struct mfnic_rate - limits of a leaf or a node; protected by the NIC's
 *	rate_lock
 * @max: bucket of the maximum rate
 * @share: bucket of the guaranteed rate
 * @parent: node that contains this leaf or node, or NULL
 */
struct mfnic_rate {
	struct mfnic_bucket	max;
	struct mfnic_bucket	share;
	struct mfnic_rate	*parent;
};

void mfnic_rate_return(struct mfnic_port *port, const struct mf_frame *frames,
		       unsigned int n);
unsigned int mfnic_rate_admit(struct mfnic_port *port,
			      const struct mf_frame *frames, unsigned int n);
int mfnic_rate_max_set(struct devlink_rate *devlink_rate, void *priv, u64 max,
		       struct netlink_ext_ack *extack);
int mfnic_rate_share_set(struct devlink_rate *devlink_rate, void *priv,
			 u64 share, struct netlink_ext_ack *extack);
int mfnic_rate_node_new(struct devlink_rate *node, void **priv,
			struct netlink_ext_ack *extack);
int mfnic_rate_node_del(struct devlink_rate *node, void *priv,
			struct netlink_ext_ack *extack);
int mfnic_rate_parent_set(struct devlink_rate *child,
			  struct devlink_rate *parent, void *priv_child,
			  void *priv_parent, struct netlink_ext_ack *extack);
int mfnic_rate_port_init(struct mfnic_port *port);
void mfnic_rate_port_fini(struct mfnic_port *port);

#endif /* MFNIC_RATE_H */
