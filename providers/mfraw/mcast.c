// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Multicast groups. The kernel has a command for UD QPs; a raw packet QP gets a
 * flow for each group. Attaching a QP to the same group again changes nothing,
 * as with the command.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "context.h"
#include "flow.h"
#include "mcast.h"

/*
 * A group that a raw packet QP is attached to.
 *
 * @entry: in @mcasts of the context
 * @qp: the QP
 * @flow: the flow to the MAC address of the group
 * @gid: GID of the group
 * @lid: LID that the application gave; only compared
 */
struct mfraw_mcast {
	struct list_node	entry;
	struct ibv_qp		*qp;
	struct ibv_flow		*flow;
	union ibv_gid		gid;
	uint16_t		lid;
};

/* Offset of the MAC address, which is the end of the GID. */
#define MFRAW_GID_MAC	(sizeof(union ibv_gid) - 6)

static struct mfraw_mcast *mfraw_mcast_find(struct mfraw_context *ctx,
					    struct ibv_qp *ibqp,
					    const union ibv_gid *gid,
					    uint16_t lid)
{
	struct mfraw_mcast *mcast;

	list_for_each(&ctx->mcasts, mcast, entry)
		if (mcast->qp == ibqp && mcast->lid == lid &&
		    !memcmp(&mcast->gid, gid, sizeof(*gid)))
			return mcast;
	return NULL;
}

static struct ibv_flow *mfraw_mcast_flow(struct ibv_qp *ibqp,
					 const uint8_t *mac)
{
	struct {
		struct ibv_flow_attr attr;
		struct ibv_flow_spec_eth eth;
	} rule = {
		.attr = {
			.type = IBV_FLOW_ATTR_NORMAL,
			.size = sizeof(rule),
			.num_of_specs = 1,
			.port = 1,
		},
		.eth = {
			.type = IBV_FLOW_SPEC_ETH,
			.size = sizeof(rule.eth),
		},
	};

	memcpy(rule.eth.val.dst_mac, mac, sizeof(rule.eth.val.dst_mac));
	memset(rule.eth.mask.dst_mac, 0xff, sizeof(rule.eth.mask.dst_mac));
	return mfraw_create_flow(ibqp, &rule.attr);
}

int mfraw_attach_mcast(struct ibv_qp *ibqp, const union ibv_gid *gid,
		       uint16_t lid)
{
	struct mfraw_context *ctx = to_mctx(ibqp->context);
	const uint8_t *mac = gid->raw + MFRAW_GID_MAC;
	struct mfraw_mcast *mcast;
	int ret = 0;

	if (ibqp->qp_type != IBV_QPT_RAW_PACKET)
		return ibv_cmd_attach_mcast(ibqp, gid, lid);
	if (!(mac[0] & 1))
		return EINVAL;

	pthread_mutex_lock(&ctx->mcast_mutex);
	if (mfraw_mcast_find(ctx, ibqp, gid, lid))
		goto out;

	mcast = calloc(1, sizeof(*mcast));
	if (!mcast) {
		ret = ENOMEM;
		goto out;
	}
	mcast->flow = mfraw_mcast_flow(ibqp, mac);
	if (!mcast->flow) {
		ret = errno;
		free(mcast);
		goto out;
	}
	mcast->qp = ibqp;
	mcast->gid = *gid;
	mcast->lid = lid;
	list_add(&ctx->mcasts, &mcast->entry);
out:
	pthread_mutex_unlock(&ctx->mcast_mutex);
	return ret;
}

int mfraw_detach_mcast(struct ibv_qp *ibqp, const union ibv_gid *gid,
		       uint16_t lid)
{
	struct mfraw_context *ctx = to_mctx(ibqp->context);
	struct mfraw_mcast *mcast;
	int ret;

	if (ibqp->qp_type != IBV_QPT_RAW_PACKET)
		return ibv_cmd_detach_mcast(ibqp, gid, lid);

	pthread_mutex_lock(&ctx->mcast_mutex);
	mcast = mfraw_mcast_find(ctx, ibqp, gid, lid);
	ret = mcast ? mfraw_destroy_flow(mcast->flow) : EINVAL;
	if (!ret) {
		list_del(&mcast->entry);
		free(mcast);
	}
	pthread_mutex_unlock(&ctx->mcast_mutex);
	return ret;
}

void mfraw_mcast_init(struct mfraw_context *ctx)
{
	pthread_mutex_init(&ctx->mcast_mutex, NULL);
	list_head_init(&ctx->mcasts);
}

/*
 * The kernel does not destroy a QP that has flows. But a context may be closed
 * before its QPs are destroyed, and the kernel then destroys them all.
 */
void mfraw_mcast_free(struct mfraw_context *ctx)
{
	struct mfraw_mcast *mcast, *next;

	list_for_each_safe(&ctx->mcasts, mcast, next, entry) {
		free(to_mflow(mcast->flow));
		free(mcast);
	}
	pthread_mutex_destroy(&ctx->mcast_mutex);
}
