// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Address handles.
 */
#include <errno.h>
#include <stdlib.h>

#include "ah.h"
#include "mfraw-abi.h"

struct ibv_ah *mfraw_create_ah(struct ibv_pd *ibpd, struct ibv_ah_attr *attr)
{
	struct mfraw_create_ah_cmd_resp resp = {};
	struct mfraw_ah *ah;
	int ret;

	ah = calloc(1, sizeof(*ah));
	if (!ah)
		return NULL;

	ret = ibv_cmd_create_ah(ibpd, &ah->ibv_ah, attr, &resp.ibv_resp,
				sizeof(resp));
	if (ret) {
		free(ah);
		errno = ret;
		return NULL;
	}
	ah->ahn = resp.ahn;
	return &ah->ibv_ah;
}

int mfraw_destroy_ah(struct ibv_ah *ibah)
{
	int ret;

	ret = ibv_cmd_destroy_ah(ibah);
	if (ret)
		return ret;
	free(to_mah(ibah));
	return 0;
}
