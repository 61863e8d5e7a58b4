/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * Address handles.
 */
#ifndef __MFRAW_AH_H__
#define __MFRAW_AH_H__

#include <stdint.h>

#include <infiniband/driver.h>

/*
 * @ibv_ah: what libibverbs knows
 * @ahn: number of the address in send requests
 */
struct mfraw_ah {
	struct ibv_ah		ibv_ah;
	uint32_t		ahn;
};

static inline struct mfraw_ah *to_mah(struct ibv_ah *ibah)
{
	return container_of(ibah, struct mfraw_ah, ibv_ah);
}

struct ibv_ah *mfraw_create_ah(struct ibv_pd *ibpd, struct ibv_ah_attr *attr);
int mfraw_destroy_ah(struct ibv_ah *ibah);

#endif /* __MFRAW_AH_H__ */
