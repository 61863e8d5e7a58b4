// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Address handles. A work request names the path to the peer by the number of
 * an address handle.
 */
#include <linux/completion.h>
#include <linux/etherdevice.h>
#include <linux/slab.h>
#include <net/ip.h>
#include <rdma/ib_addr.h>

#include "mfraw.h"
#include "refuse.h"
#include "verbs/ah.h"

/* Timeout for the lookup of a peer's MAC. */
#define MFRAW_RESOLVE_MS	1000

struct mfraw_resolve {
	struct completion	done;
	int			status;
};

static void mfraw_resolved(int status, struct sockaddr *from,
			   struct rdma_dev_addr *addr, void *context)
{
	struct mfraw_resolve *resolve = context;

	resolve->status = status;
	complete(&resolve->done);
}

/**
 * mfraw_ah_resolve - complete an address vector with the MAC of the peer
 * @attr: the address vector, with a reference to the source GID
 *
 * The core resolves the MAC for processes, and expects kernel users to pass it.
 * SMC-R learns the MAC by an exchange that is made for RoCEv1 GIDs, so it
 * passes 0 for a RoCEv2 peer in the same subnet.
 *
 * Context: sleeps.
 * Return: 0 or an errno.
 */
int mfraw_ah_resolve(struct rdma_ah_attr *attr)
{
	const struct ib_global_route *grh = rdma_ah_read_grh(attr);
	struct rdma_dev_addr addr = { .net = &init_net };
	union {
		struct sockaddr		any;
		struct sockaddr_in	v4;
		struct sockaddr_in6	v6;
	} from, to;
	struct mfraw_resolve resolve;
	int err;

	if (attr->type != RDMA_AH_ATTR_TYPE_ROCE ||
	    !(rdma_ah_get_ah_flags(attr) & IB_AH_GRH) ||
	    !is_zero_ether_addr(attr->roce.dmac))
		return 0;

	rdma_gid2ip(&from.any, &grh->sgid_attr->gid);
	rdma_gid2ip(&to.any, &grh->dgid);
	/* The namespace of the GID overrides addr.net. */
	addr.sgid_attr = grh->sgid_attr;
	init_completion(&resolve.done);
	err = rdma_resolve_ip(&from.any, &to.any, &addr, MFRAW_RESOLVE_MS,
			      mfraw_resolved, true, &resolve);
	if (err)
		return err;
	wait_for_completion(&resolve.done);
	if (resolve.status)
		return resolve.status;
	ether_addr_copy(attr->roce.dmac, addr.dst_dev_addr);

	return 0;
}

/* Kernel users may call this with interrupts disabled. */
static int mfraw_create_ah(struct ib_ah *ibah, struct rdma_ah_init_attr *init,
			   struct ib_udata *udata)
{
	gfp_t gfp = init->flags & RDMA_CREATE_AH_SLEEPABLE ?
		    GFP_KERNEL_ACCOUNT : GFP_ATOMIC;
	struct mfraw_dev *dev = to_mfraw_dev(ibah->device);
	const struct rdma_ah_attr *attr = init->ah_attr;
	struct mfraw_create_ah_resp resp = {};
	struct mfraw_ah *ah = to_mfraw_ah(ibah);
	unsigned long flags;
	u16 sport = 0;
	int err;

	err = mfraw_check_empty(ibah->device, "AH", udata);
	if (err)
		return err;

	ah->av = kzalloc_obj(*ah->av, gfp);
	if (!ah->av)
		return -ENOMEM;
	ah->av->pd = ibah->pd;
	ah->attr = *attr;
	/* The core holds the reference to the GID in @ibah. */
	ah->attr.grh.sgid_attr = NULL;
	/* Without a flow label, each QP uses a UDP source port of its own. */
	if (attr->grh.flow_label)
		sport = rdma_flow_label_to_udp_sport(attr->grh.flow_label);
	err = mfraw_path_init(dev, &ah->av->path, attr, sport);
	if (err)
		goto err_free;

	xa_lock_irqsave(&dev->rdev.ahs, flags);
	err = __xa_alloc_cyclic(&dev->rdev.ahs, &ah->ahn, ah->av,
				XA_LIMIT(1, MFRAW_MAX_AH), &dev->rdev.ah_next, gfp);
	xa_unlock_irqrestore(&dev->rdev.ahs, flags);
	if (err < 0) {
		err = -ENOMEM;
		goto err_free;
	}
	if (!udata)
		return 0;

	resp.ahn = ah->ahn;
	err = ib_respond_udata(udata, resp);
	if (err)
		goto err_number;

	return 0;

err_number:
	xa_erase_irq(&dev->rdev.ahs, ah->ahn);
	kfree_rcu(ah->av, rcu);
	return err;
err_free:
	kfree(ah->av);
	return err;
}

static int mfraw_query_ah(struct ib_ah *ibah, struct rdma_ah_attr *attr)
{
	*attr = to_mfraw_ah(ibah)->attr;

	return 0;
}

static int mfraw_destroy_ah(struct ib_ah *ibah, u32 destroy_flags)
{
	struct mfraw_dev *dev = to_mfraw_dev(ibah->device);
	struct mfraw_ah *ah = to_mfraw_ah(ibah);
	unsigned long flags;

	xa_lock_irqsave(&dev->rdev.ahs, flags);
	__xa_erase(&dev->rdev.ahs, ah->ahn);
	xa_unlock_irqrestore(&dev->rdev.ahs, flags);
	kfree_rcu(ah->av, rcu);

	return 0;
}

/**
 * mfraw_ah_path - find the path of an address handle
 * @pd: PD of the queue pair
 * @ahn: number of the address handle, from user space
 *
 * Context: RCU read section, as long as the path is used.
 * Return: the path, or NULL if the PD has no such address handle.
 */
const struct mfraw_path *mfraw_ah_path(const struct ib_pd *pd, u32 ahn)
{
	const struct mfraw_av *av;

	av = xa_load(&to_mfraw_dev(pd->device)->rdev.ahs, ahn);

	return av && av->pd == pd ? &av->path : NULL;
}

const struct ib_device_ops mfraw_ah_ops = {
	.create_ah = mfraw_create_ah,
	.create_user_ah = mfraw_create_ah,
	.destroy_ah = mfraw_destroy_ah,
	.query_ah = mfraw_query_ah,

	INIT_RDMA_OBJ_SIZE(ib_ah, mfraw_ah, ibah),
};
