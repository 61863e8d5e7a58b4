/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * Receives that wait for the response to a read, see park.c.
 */
#ifndef MFRAW_PARK_H
#define MFRAW_PARK_H

#include <rdma/mfraw-abi.h>

struct mfraw_pkt;
struct mfraw_responder;
struct mfraw_roce;

/* Largest number of parked receives per queue pair. */
#define MFRAW_PARKED		16

/**
 * struct mfraw_parked - a received message that completes later
 * @cqe: the completion except for QP numbers
 * @solicited: the sender requests a solicited event
 * @waits: the receive invalidates @cqe.inv_rkey, and a read by this key is
 *	still being answered
 * @until: sequence number of the last response packet of that read
 */
struct mfraw_parked {
	struct mfraw_cqe	cqe;
	bool			solicited;
	bool			waits;
	u32			until;
};

bool mfraw_park_key(const struct mfraw_responder *resp, u32 rkey, u32 *until);
bool mfraw_park_names(const struct mfraw_responder *resp,
		      const struct mfraw_pkt *pkt);
bool mfraw_resp_complete(struct mfraw_roce *roce, struct mfraw_cqe *cqe,
			 bool solicited);
void mfraw_resp_publish(struct mfraw_roce *roce);
void mfraw_park_answered(struct mfraw_roce *roce, u32 psn);
void mfraw_park_flush(struct mfraw_roce *roce);

#endif /* MFRAW_PARK_H */
