/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/* Changes of sets of destinations, see dests.c. */
#ifndef MFSTEER_DESTS_H
#define MFSTEER_DESTS_H

#include <linux/mf_steer.h>

int mf_dests_add(struct mf_dests __rcu **set, void *to, unsigned int max);
bool mf_dests_del(struct mf_dests __rcu **set, void *to);

#endif /* MFSTEER_DESTS_H */
