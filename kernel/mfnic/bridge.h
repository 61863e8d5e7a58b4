/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
#ifndef MFNIC_BRIDGE_H
#define MFNIC_BRIDGE_H

#include "edit.h"
#include "mfnic.h"

struct mfnic_port *mfnic_bridge_lookup(const struct mfnic_brport *from,
				       struct mfnic_parse *parse,
				       struct mfnic_vlan_edit *vlan);
int mfnic_bridge_init(void);
void mfnic_bridge_exit(void);

#endif /* MFNIC_BRIDGE_H */
