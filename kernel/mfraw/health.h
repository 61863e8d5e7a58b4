/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * Problems of the engine, for devlink's health reporter.
 */
#ifndef MFRAW_HEALTH_H
#define MFRAW_HEALTH_H

#include <linux/jiffies.h>

#define MFRAW_HEALTH_PERIOD	(5 * HZ)

struct devlink_fmsg;
struct mf_client;
struct mfraw_dev;
struct mfraw_engine;

void mfraw_health_problem(struct mfraw_dev *dev, const char *what);
void mfraw_health_solved(struct mfraw_dev *dev);
void mfraw_health_init(struct mfraw_engine *engine);
void mfraw_health_start(struct mfraw_engine *engine);
void mfraw_health_stop(struct mfraw_engine *engine);
void mfraw_diagnose(struct mf_client *client, struct devlink_fmsg *fmsg);

#endif /* MFRAW_HEALTH_H */
