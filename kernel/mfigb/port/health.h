/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * devlink health of a port.
 */
#ifndef MFIGB_HEALTH_H
#define MFIGB_HEALTH_H

struct devlink;
struct mf_qblock;
struct mfigb_port;

void mfigb_health_report(struct mf_qblock *qb, const char *problem);
int mfigb_health_init(struct mfigb_port *port, struct devlink *devlink);
void mfigb_health_start(struct mfigb_port *port);
void mfigb_health_stop(struct mfigb_port *port);
void mfigb_health_fini(struct mfigb_port *port);

#endif /* MFIGB_HEALTH_H */
