/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * Common parts of the test suites. Each test file includes it before the source
 * under test.
 */
#ifndef MFRAW_KUNIT_H
#define MFRAW_KUNIT_H

/* Compile the sources under test without tracepoints. */
#define NOTRACE

#include <linux/lockdep.h>

/* A test has its own world, so it calls functions without their locks. */
#undef lockdep_assert_held
#define lockdep_assert_held(lock)	((void)(lock))

#include "../kunit/mf_test.h"
#include "../kunit/mf_test_port.h"

#include "health.h"
#include "kern/kmr.h"
#include "queue/burst.h"
#include "queue/delay_drop.h"
#include "queue/rss.h"
#include "queue/rxq.h"
#include "queue/send.h"
#include "queue/stall.h"
#include "queue/tso.h"
#include "queue/zerocopy.h"
#include "roce/gid.h"
#include "roce/mcast.h"
#include "roce/pkt.h"
#include "roce/reply.h"
#include "roce/roce.h"
#include "roce/train.h"
#include "roce/ud.h"
#include "roce/uplink.h"
#include "verbs/ah.h"
#include "verbs/cq.h"
#include "verbs/dmabuf.h"
#include "verbs/key.h"
#include "verbs/mr.h"
#include "verbs/pd.h"
#include "verbs/qp.h"
#include "verbs/qp_ops.h"
#include "verbs/qp_state.h"
#include "verbs/restrack.h"
#include "verbs/srq.h"
#include "verbs/ucontext.h"
#include "verbs/wq.h"
#include "verbs/xrc.h"

#define WORLD_PAGES	8
#define WORLD_IOVA	0x7f00deadb123ULL	/* not page aligned */
#define WORLD_LEN	(WORLD_PAGES * PAGE_SIZE - 0x1000)
#define WORLD_LKEY	0x142		/* slot 1 */
#define WORLD_CQES	64
#define WORLD_ENTRIES	16
#define WORLD_SHIFT	9		/* log2 of the size of a send entry */
#define WORLD_INLINE	240		/* fits into the header of a frame */
#define WORLD_FRAME	9216
#define WORLD_QPN	0x4711
#define WORLD_DQPN	0x123456
#define WORLD_MTU	1024
#define WORLD_HDR	64		/* bytes for headers of a request */

/**
 * struct mfraw_world - device with a region, a QP and a stand-in for a port
 * @dev: the device, with working counters
 * @port: the port, which keeps copies of the frames that it sends
 * @pd: PD of all objects
 * @cq: CQ of both queues
 * @cq_db: doorbell page of @cq
 * @cqe: ring of @cq
 * @polled: consumer index of @cq
 * @qp: the QP, with queues of WORLD_ENTRIES
 * @roce: RoCE state of @qp after mfraw_world_roce()
 * @db: doorbell page of @qp
 * @sq_ring: ring of the send queue
 * @rq_ring: ring of the receive queue, with two SGEs per entry
 * @mr: region of WORLD_LEN bytes at WORLD_IOVA, with all access rights
 * @mem: memory of @mr, which has its pages in reverse order
 * @kicks: number of kicks of the RoCE task
 * @stalls: number of times that @qp had to wait for the port
 * @cq_events: number of completion events
 * @events: number of asynchronous events
 * @last_event: type of the last asynchronous event
 */
struct mfraw_world {
	struct mfraw_dev	dev;
	struct mf_test_port	port;
	struct mfraw_pd		pd;
	struct mfraw_cq		cq;
	struct mfraw_cq_db	cq_db;
	struct mfraw_cqe	cqe[WORLD_CQES];
	u32			polled;
	struct mfraw_qp		qp;
	struct mfraw_roce	roce;
	struct mfraw_qp_db	db;
	u8			sq_ring[WORLD_ENTRIES << WORLD_SHIFT] __aligned(64);
	struct mfraw_sge	rq_ring[WORLD_ENTRIES][2];
	struct mfraw_mr		mr;
	u8			*mem;
	unsigned int		kicks;
	unsigned int		stalls;
	unsigned int		cq_events;
	unsigned int		events;
	enum ib_event_type	last_event;
};

struct mfraw_world *mfraw_world(struct kunit *test);
struct mfraw_roce *mfraw_world_roce(struct kunit *test, struct mfraw_world *w,
				    enum ib_qp_type type);
u8 *mfraw_world_at(struct mfraw_world *w, u64 addr);
void mfraw_world_fill(struct mfraw_world *w, u64 addr, u32 len, u8 seed);
bool mfraw_world_has(struct mfraw_world *w, u64 addr, u32 len, u8 seed);
bool mfraw_world_poll(struct mfraw_world *w, struct mfraw_cqe *cqe);
void mfraw_world_sent(struct kunit *test, struct mfraw_world *w, unsigned int i,
		      struct mfraw_pkt *pkt);
u64 mfraw_world_count(struct mfraw_world *w, enum mfraw_stat stat);
void mfraw_world_sge(struct mfraw_sge *sge, u64 addr, u32 len, u32 lkey);
void mfraw_world_recv(struct mfraw_world *w, u64 addr, u32 len);
void mfraw_world_request(struct mfraw_world *w, struct mf_frame *frame,
			 u8 *hdr, u8 op, u32 psn, u32 len);

struct mfraw_qmem *mfraw_world_qmem(size_t size);

extern struct kunit_suite mfraw_comp_suite;
extern struct kunit_suite mfraw_cq_suite;
extern struct kunit_suite mfraw_csum_suite;
extern struct kunit_suite mfraw_delay_drop_suite;
extern struct kunit_suite mfraw_mr_suite;
extern struct kunit_suite mfraw_mw_suite;
extern struct kunit_suite mfraw_pace_suite;
extern struct kunit_suite mfraw_park_suite;
extern struct kunit_suite mfraw_pkt_suite;
extern struct kunit_suite mfraw_psn_suite;
extern struct kunit_suite mfraw_qp_suite;
extern struct kunit_suite mfraw_recv_suite;
extern struct kunit_suite mfraw_reply_suite;
extern struct kunit_suite mfraw_req_suite;
extern struct kunit_suite mfraw_resp_suite;
extern struct kunit_suite mfraw_rss_suite;
extern struct kunit_suite mfraw_rx_suite;
extern struct kunit_suite mfraw_send_suite;
extern struct kunit_suite mfraw_train_suite;
extern struct kunit_suite mfraw_train_rx_suite;
extern struct kunit_suite mfraw_table_suite;
extern struct kunit_suite mfraw_tso_suite;
extern struct kunit_suite mfraw_uplink_suite;

#endif /* MFRAW_KUNIT_H */
