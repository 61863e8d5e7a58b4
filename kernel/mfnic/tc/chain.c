// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/* Chains of tc rules, and the lock and counter of all objects of tc rules. */
#include <linux/slab.h>

#include "mfnic.h"
#include "tc/chain.h"
#include "tc/rule.h"

DEFINE_MUTEX(mfnic_tc_lock);	/* see rule.h */
atomic_t mfnic_tc_objects = ATOMIC_INIT(0);

/**
 * mfnic_chain_get - find or create a chain
 * @port: port of the chain
 * @index: number of the chain
 *
 * Context: sleeps, mfnic_tc_lock.
 * Return: the chain for mfnic_chain_put(), or an ERR_PTR.
 */
struct mfnic_chain *mfnic_chain_get(struct mfnic_port *port, u32 index)
{
	struct mfnic_chain *chain;
	int err;

	lockdep_assert_held(&mfnic_tc_lock);
	chain = xa_load(&port->tc->chains, index);
	if (chain) {
		chain->refs++;
		return chain;
	}

	chain = kzalloc_obj(*chain, GFP_KERNEL_ACCOUNT);
	if (!chain)
		return ERR_PTR(-ENOMEM);
	mf_flow_table_init(&chain->table, UINT_MAX);
	chain->index = index;
	chain->refs = 1;
	err = xa_err(xa_store(&port->tc->chains, index, chain,
			      GFP_KERNEL_ACCOUNT));
	if (err) {
		mf_flow_table_destroy(&chain->table);
		kfree(chain);
		return ERR_PTR(err);
	}
	atomic_inc(&mfnic_tc_objects);
	if (!index) {
		rcu_assign_pointer(port->chain0, chain);
		mfnic_changed(port->nic);
	}

	return chain;
}

/**
 * mfnic_chain_put - drop a reference of a chain
 * @port: port of the chain
 * @chain: the chain; frames may use it until a grace period has passed
 *
 * Context: mfnic_tc_lock.
 */
void mfnic_chain_put(struct mfnic_port *port, struct mfnic_chain *chain)
{
	lockdep_assert_held(&mfnic_tc_lock);

	if (--chain->refs)
		return;
	if (!chain->index)
		RCU_INIT_POINTER(port->chain0, NULL);
	xa_erase(&port->tc->chains, chain->index);
	mf_flow_table_destroy(&chain->table);
	atomic_dec(&mfnic_tc_objects);
	kfree_rcu(chain, rcu);
}
