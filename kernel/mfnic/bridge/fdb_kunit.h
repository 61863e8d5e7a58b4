/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * A bridge for tests of the bridge offload. fdb_kunit.c sets the clock, records
 * notifications of the bridge, and runs the queued work.
 */
#ifndef MFNIC_FDB_KUNIT_H
#define MFNIC_FDB_KUNIT_H

#include <linux/etherdevice.h>
#include <linux/if_bridge.h>
#include <linux/jiffies.h>
#include <linux/rtnetlink.h>
#include <net/switchdev.h>

#include "kunit.h"
#include "bridge/bridge.h"
#include "mfnic.h"

#define BRIDGE_AGEING	(300UL * HZ)

/* The last notification of the bridge, and the number of notifications. */
struct bridge_told {
	unsigned int		n;
	unsigned long		type;
	struct net_device	*dev;
	u8			mac[ETH_ALEN];
	u16			vid;
	bool			own;
	void			(*meanwhile)(void);
};

/**
 * struct bridge_world - a bridge with two ports
 * @nic: the NIC
 * @bridge: offload of the bridge
 * @dev: the bridge
 * @port: the ports
 * @brport: the bridge ports of @port
 */
struct bridge_world {
	struct mfnic		nic;
	struct mfnic_bridge	bridge;
	struct net_device	*dev;
	struct mfnic_port	port[2];
	struct mfnic_brport	brport[2];
};

extern struct bridge_told bridge_told;
extern unsigned long bridge_jiffies;

int bridge_init(struct kunit *test);
void bridge_exit(struct kunit *test);
void bridge_learn(struct bridge_world *w, unsigned int i, u64 mac, u16 vid,
		  bool user);
void bridge_forget(struct bridge_world *w, u64 mac, u16 vid,
		   const struct mfnic_bridge *except);
int bridge_where(struct bridge_world *w, u64 mac, u16 vid);
void bridge_tell(void);
void bridge_age(struct bridge_world *w);

/* Only the test knows these objects, so it takes no locks. */
#undef ASSERT_RTNL
#define ASSERT_RTNL()
#undef lockdep_assert_held
#define lockdep_assert_held(lock)

/* The time of the code under test. */
#define jiffies		bridge_jiffies

#endif /* MFNIC_FDB_KUNIT_H */
