/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * Active subfunctions.
 */
#ifndef MF_SF_H
#define MF_SF_H

#include <linux/types.h>

struct mf_port;
struct mf_sf;
struct netlink_ext_ack;

bool mf_sf_attached(const struct mf_sf *sf);
int mf_sf_activate(struct mf_port *port, struct netlink_ext_ack *extack);
void mf_sf_deactivate(struct mf_port *port);

#endif /* MF_SF_H */
