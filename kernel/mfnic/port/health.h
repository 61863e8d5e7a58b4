/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * devlink health of a subfunction, see health.c.
 */
#ifndef MFNIC_HEALTH_H
#define MFNIC_HEALTH_H

#include <linux/workqueue.h>

struct devlink;
struct devlink_health_reporter;
struct mf_qblock;
struct mfnic_port;

/**
 * struct mfnic_health - health of a subfunction as its clients report it
 * @reporter: reporter of the subfunction's devlink instance, while that exists
 * @work: passes @problem to devlink
 * @problem: description of the problem, a constant string; or NULL
 */
struct mfnic_health {
	struct devlink_health_reporter	*reporter;
	struct work_struct		work;
	const char			*problem;
};

int mfnic_health_init(struct mfnic_port *port, struct devlink *devlink);
void mfnic_health_start(struct mfnic_port *port);
void mfnic_health_stop(struct mfnic_port *port);
void mfnic_health_fini(struct mfnic_port *port);
void mfnic_health_report(struct mf_qblock *qb, const char *problem);

#endif /* MFNIC_HEALTH_H */
