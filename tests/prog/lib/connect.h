/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * Connecting of QPs of all types.
 */
#ifndef CONNECT_H
#define CONNECT_H

#include <infiniband/verbs.h>

/*
 * How a QP is connected. A QP type ignores the members that it does not have.
 *
 * @dgid: GID of the peer
 * @sgid_index: index of the local GID
 * @dest_qpn: number of the peer's QP
 * @qkey: Q_Key of a UD QP
 * @access: what the peer may do, enum ibv_access_flags
 * @mtu: path MTU; 0: 1024 bytes
 * @rq_psn: first PSN that the QP receives
 * @sq_psn: first PSN that the QP sends
 * @timeout: as of ibv_modify_qp(), 4.096 us * 2^timeout
 * @retry_cnt: retries after a timeout or gap
 * @rnr_retry: retries when the peer is not ready; 7: forever
 * @min_rnr_timer: code of the time that the peer waits when this QP is not
 *	ready
 * @rd_atomic: maximum number of reads and atomics at once, in both directions
 */
struct connection {
	union ibv_gid	dgid;
	int		sgid_index;
	uint32_t	dest_qpn;
	uint32_t	qkey;
	int		access;
	enum ibv_mtu	mtu;
	uint32_t	rq_psn;
	uint32_t	sq_psn;
	uint8_t		timeout;
	uint8_t		retry_cnt;
	uint8_t		rnr_retry;
	uint8_t		min_rnr_timer;
	uint8_t		rd_atomic;
};

/* The address @dgid, for an address handle or a QP. */
struct ibv_ah_attr path_to(const union ibv_gid *dgid, int sgid_index);

/* One step each; returns 0 or an error number. */
int qp_to_init(struct ibv_qp *qp, const struct connection *c);
int qp_to_rtr(struct ibv_qp *qp, const struct connection *c);
int qp_to_rts(struct ibv_qp *qp, const struct connection *c);

/* From RESET to RTS; a step that fails ends the program. */
void qp_connect(struct ibv_qp *qp, const struct connection *c);

#endif /* CONNECT_H */
