/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * What the files of the library share.
 */
#ifndef MF_PORT_INTERNAL_H
#define MF_PORT_INTERNAL_H

#include <linux/mf_port.h>

/* Tell the operator why a call fails, in the name of the parent. */
#define mf_port_refuse(table, extack, format, ...)			\
	NL_SET_ERR_MSG_FMT(extack, "%s: " format,			\
			   (table)->ops->name, ##__VA_ARGS__)

void mf_port_set_active(struct mf_port *port, bool active);

#endif /* MF_PORT_INTERNAL_H */
