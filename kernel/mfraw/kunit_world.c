// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Common parts of the test suites: a device with a stand-in for its port, and
 * stand-ins for the functions of the driver that are not under test.
 */
#include <linux/percpu.h>
#include <linux/vmalloc.h>

#include "kunit.h"

static struct mfraw_world *to_world(const struct mfraw_dev *dev)
{
	return container_of(dev, struct mfraw_world, dev);
}

static void world_comp(struct ib_cq *ibcq, void *context)
{
	((struct mfraw_world *)context)->cq_events++;
}

static void world_event(struct ib_event *event, void *context)
{
	struct mfraw_world *w = context;

	w->events++;
	w->last_event = event->event;
}

static void world_work(struct work_struct *work)
{
}

static void world_rq_fail(struct mfraw_rq *rq, bool fatal)
{
	struct mfraw_qp *qp = container_of(rq, struct mfraw_qp, rq);

	if (fatal)
		mfraw_qp_fatal(qp);
	else
		mfraw_qp_fail(qp);
}

static void world_free(void *context)
{
	struct mfraw_world *w = context;

	cancel_work_sync(&w->qp.err_work);
	cancel_work_sync(&w->qp.stall_work);
	if (w->qp.roce) {
		timer_shutdown_sync(&w->qp.roce->timer);
		timer_shutdown_sync(&w->qp.roce->rnr_timer);
		if (w->qp.roce->tails)
			__free_page(w->qp.roce->tails);
		kvfree(w->qp.roce->swqes);
	}
	if (w->dev.rdev.uplink)
		mfraw_uplink_fini(&w->dev);
	if (w->qp.rxq) {
		mfraw_burst_free(&w->qp);
		mfraw_rxq_free(&w->qp);
	}
	mf_test_forget(&w->port);
	xa_destroy(&w->dev.mrs);
	xa_destroy(&w->dev.rdev.mws);
	mfraw_table_free(&w->dev.rdev.qps);
	xa_destroy(&w->dev.rdev.xsrqs);
	ida_destroy(&w->dev.qpns);
	if (w->dev.wq)
		destroy_workqueue(w->dev.wq);
	cleanup_srcu_struct(&w->dev.readers);
	free_pages_exact(w->mem, WORLD_PAGES * PAGE_SIZE);
	free_percpu(w->dev.stats);
}

static void world_queues(struct mfraw_world *w)
{
	struct mfraw_qp *qp = &w->qp;

	spin_lock_init(&qp->sq.lock);
	spin_lock_init(&qp->comp_lock);
	mfraw_rq_init(&qp->rq, &w->cq, WORLD_ENTRIES, 2);
	mfraw_queue_init(&qp->sq, WORLD_ENTRIES, 4, WORLD_SHIFT);
	qp->sq.cq = &w->cq;
	qp->sq.ring = w->sq_ring;
	qp->sq.shared_prod = &w->db.sq_prod;
	qp->rq.q.ring = w->rq_ring;
	qp->rq.q.shared_prod = &w->db.rq_prod;
	qp->rq.dev = &w->dev;
	qp->rq.pd = &w->pd.ibpd;
	qp->rq.num = WORLD_QPN;
	qp->rq.fail = world_rq_fail;
	qp->rq.state = IB_WQS_RDY;
}

static void world_qp(struct mfraw_world *w)
{
	struct mfraw_qp *qp = &w->qp;

	qp->dev = &w->dev;
	qp->ops = &mfraw_raw_qp_ops;
	qp->ibqp.device = &w->dev.ibdev;
	qp->ibqp.pd = &w->pd.ibpd;
	qp->ibqp.qp_num = WORLD_QPN;
	qp->ibqp.event_handler = world_event;
	qp->ibqp.qp_context = w;
	qp->ibqp.qp_type = IB_QPT_RAW_PACKET;
	qp->db = &w->db;
	qp->state = IB_QPS_RTS;
	mfraw_zc_init(qp);
	qp->max_inline = WORLD_INLINE;
	qp->max_tso_hdr = MFRAW_MAX_TSO_HDR;
	mutex_init(&qp->modify_lock);
	INIT_WORK(&qp->err_work, world_work);
	INIT_WORK(&qp->stall_work, world_work);
	INIT_LIST_HEAD(&qp->stall_entry);
	world_queues(w);
}

static void world_cq(struct mfraw_world *w)
{
	struct mfraw_cq *cq = &w->cq;

	spin_lock_init(&cq->lock);
	spin_lock_init(&cq->poll.lock);
	cq->ibcq.device = &w->dev.ibdev;
	cq->ibcq.comp_handler = world_comp;
	cq->ibcq.event_handler = world_event;
	cq->ibcq.cq_context = w;
	cq->ring = w->cqe;
	cq->db = &w->cq_db;
	cq->mask = WORLD_CQES - 1;
}

static void world_mr(struct kunit *test, struct mfraw_world *w)
{
	struct mfraw_mr *mr = &w->mr;
	unsigned int i;

	mr->pages = mf_test_alloc(test, WORLD_PAGES * sizeof(*mr->pages));
	for (i = 0; i < WORLD_PAGES; i++)
		mr->pages[i] = virt_to_page(w->mem + PAGE_SIZE *
					    (WORLD_PAGES - 1 - i));
	mr->iova = WORLD_IOVA;
	mr->length = WORLD_LEN;
	mr->access = IB_ACCESS_LOCAL_WRITE | IB_ACCESS_REMOTE_READ |
		     IB_ACCESS_REMOTE_WRITE | IB_ACCESS_REMOTE_ATOMIC |
		     IB_ACCESS_MW_BIND;
	mr->ibmr.pd = &w->pd.ibpd;
	mr->ibmr.device = &w->dev.ibdev;
	mr->ibmr.lkey = WORLD_LKEY;
	mr->ibmr.rkey = WORLD_LKEY;
	mr->key = WORLD_LKEY;
	KUNIT_ASSERT_EQ(test, 0,
			xa_err(xa_store(&w->dev.mrs,
					WORLD_LKEY >> MFRAW_KEY_SHIFT, mr,
					GFP_KERNEL)));
}

/**
 * mfraw_world - create a device, a region and a raw packet QP in RTS
 * @test: the test, at whose end all are freed
 *
 * Return: the world; the test ends if memory is missing.
 */
struct mfraw_world *mfraw_world(struct kunit *test)
{
	struct mfraw_world *w = mf_test_alloc(test, sizeof(*w));

	mf_test_port_init(&w->port);
	w->dev.stats = alloc_percpu(struct mfraw_stats);
	KUNIT_ASSERT_NOT_NULL(test, (__force void *)w->dev.stats);
	w->mem = alloc_pages_exact(WORLD_PAGES * PAGE_SIZE,
				   GFP_KERNEL | __GFP_ZERO);
	KUNIT_ASSERT_NOT_NULL(test, w->mem);
	w->dev.qb = &w->port.qb;
	w->dev.max_frame = WORLD_FRAME;
	w->dev.attr.max_frame = WORLD_FRAME;
	w->dev.attr.mtu = WORLD_FRAME - VLAN_ETH_HLEN;
	w->dev.rx_csum = true;
	spin_lock_init(&w->dev.stall_lock);
	INIT_LIST_HEAD(&w->dev.stalled);
	INIT_LIST_HEAD(&w->dev.served);
	xa_init_flags(&w->dev.mrs, XA_FLAGS_ALLOC1);
	xa_init_flags(&w->dev.rdev.mws, XA_FLAGS_ALLOC1);
	xa_init(&w->dev.rdev.xsrqs);
	mfraw_qpn_init(&w->dev);
	w->pd.ibpd.device = &w->dev.ibdev;
	world_cq(w);
	world_qp(w);
	KUNIT_ASSERT_EQ(test, 0, init_srcu_struct(&w->dev.readers));
	KUNIT_ASSERT_EQ(test, 0,
			kunit_add_action_or_reset(test, world_free, w));
	w->dev.wq = alloc_workqueue("mfraw_kunit", WQ_UNBOUND, 0);
	KUNIT_ASSERT_NOT_NULL(test, w->dev.wq);
	KUNIT_ASSERT_EQ(test, 0, mfraw_rxq_alloc(&w->qp));
	KUNIT_ASSERT_EQ(test, 0, mfraw_burst_alloc(&w->qp));
	world_mr(test, w);

	return w;
}

/* Make a path over IPv4 without a VLAN tag. */
static void world_path(struct mfraw_path *path)
{
	struct ethhdr *eth = (struct ethhdr *)path->hdr;
	struct iphdr *ip = (struct iphdr *)(eth + 1);
	struct udphdr *udp = (struct udphdr *)(ip + 1);

	memset(eth->h_dest, 2, ETH_ALEN);
	memset(eth->h_source, 4, ETH_ALEN);
	eth->h_proto = htons(ETH_P_IP);
	ip->version = 4;
	ip->ihl = 5;
	ip->frag_off = htons(IP_DF);
	ip->ttl = 64;
	ip->protocol = IPPROTO_UDP;
	ip->saddr = htonl(0x0a000001);
	ip->daddr = htonl(0x0a000002);
	udp->source = htons(49152);
	udp->dest = htons(ROCE_V2_UDP_DPORT);
	path->l3 = ETH_HLEN;
	path->len = ETH_HLEN + sizeof(*ip) + sizeof(*udp);
}

/**
 * mfraw_world_roce - make the QP a RoCEv2 QP, connected over IPv4
 * @test: the test
 * @w: the world
 * @type: IB_QPT_RC, IB_QPT_UC or IB_QPT_UD
 *
 * Both directions begin at packet sequence number 0.
 *
 * Return: the RoCE state of the QP.
 */
struct mfraw_roce *mfraw_world_roce(struct kunit *test, struct mfraw_world *w,
				    enum ib_qp_type type)
{
	struct mfraw_roce *roce = &w->roce;

	roce->qp = &w->qp;
	roce->type = type;
	roce->reliable = type == IB_QPT_RC;
	roce->transport = type == IB_QPT_RC ? IB_OPCODE_RC :
			  type == IB_QPT_UC ? IB_OPCODE_UC : IB_OPCODE_UD;
	roce->mtu = WORLD_MTU;
	roce->dqpn = WORLD_DQPN;
	roce->access = IB_ACCESS_REMOTE_READ | IB_ACCESS_REMOTE_WRITE |
		       IB_ACCESS_REMOTE_ATOMIC;
	roce->attr.timeout = 24;	/* 68 s: no timer runs in a test */
	roce->attr.retry_cnt = 7;
	roce->attr.rnr_retry = 7;
	roce->attr.max_rd_atomic = MFRAW_MAX_RD_ATOMIC;
	roce->attr.max_dest_rd_atomic = MFRAW_MAX_RD_ATOMIC;
	roce->comp.window = MFRAW_WINDOW;
	roce->comp.retry_left = 7;
	roce->comp.rnr_left = 7;
	roce->req.window = MFRAW_WINDOW;
	INIT_WORK(&roce->task, world_work);
	timer_setup(&roce->timer, mfraw_comp_timer, 0);
	timer_setup(&roce->rnr_timer, mfraw_comp_rnr_timer, 0);
	world_path(&roce->path);
	roce->swqe_size = ALIGN(offsetof(struct mfraw_swqe, sge) +
				WORLD_INLINE, 8);
	w->qp.ibqp.qp_type = type;
	w->qp.roce = roce;
	w->qp.ops = &mfraw_roce_qp_ops;
	roce->swqes = kvcalloc(WORLD_ENTRIES, roce->swqe_size, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, roce->swqes);
	roce->tails = alloc_page(GFP_KERNEL | __GFP_ZERO);
	KUNIT_ASSERT_NOT_NULL(test, roce->tails);
	KUNIT_ASSERT_EQ(test, 0, mfraw_uplink_init(&w->dev));

	return roce;
}

/**
 * mfraw_world_at - find a byte of the region's memory
 * @w: the world
 * @addr: address in the region
 *
 * Return: the kernel address of the byte.
 */
u8 *mfraw_world_at(struct mfraw_world *w, u64 addr)
{
	u64 nth = (addr >> PAGE_SHIFT) - (WORLD_IOVA >> PAGE_SHIFT);

	return w->mem + PAGE_SIZE * (WORLD_PAGES - 1 - nth) +
	       offset_in_page(addr);
}

static u8 world_byte(u32 i, u8 seed)
{
	return seed + i + (i >> 8) * 7;
}

/**
 * mfraw_world_fill - write a pattern to the region's memory
 * @w: the world
 * @addr: first address in the region
 * @len: bytes
 * @seed: selects the pattern
 */
void mfraw_world_fill(struct mfraw_world *w, u64 addr, u32 len, u8 seed)
{
	u32 i;

	for (i = 0; i < len; i++)
		*mfraw_world_at(w, addr + i) = world_byte(i, seed);
}

/**
 * mfraw_world_has - compare the region's memory with a pattern
 * @w: the world
 * @addr: first address in the region
 * @len: bytes
 * @seed: selects the pattern
 *
 * Return: true if the memory has the pattern of mfraw_world_fill().
 */
bool mfraw_world_has(struct mfraw_world *w, u64 addr, u32 len, u8 seed)
{
	u32 i;

	for (i = 0; i < len; i++)
		if (*mfraw_world_at(w, addr + i) != world_byte(i, seed))
			return false;

	return true;
}

/**
 * mfraw_world_poll - poll the next completion, as a process does
 * @w: the world
 * @cqe: set to the completion
 *
 * The owner bit marks a new completion, see struct mfraw_cqe.
 *
 * Return: true if there was a completion.
 */
bool mfraw_world_poll(struct mfraw_world *w, struct mfraw_cqe *cqe)
{
	u32 entries = w->cq.mask + 1;
	const struct mfraw_cqe *at = &w->cq.ring[w->polled & w->cq.mask];
	bool even = !(w->polled / entries & 1);

	if (!!(at->flags & MFRAW_CQE_OWNER) != even)
		return false;
	*cqe = *at;
	w->cq.db->cons = cpu_to_le32(++w->polled);

	return true;
}

/**
 * mfraw_world_count - read a counter of the driver
 * @w: the world
 * @stat: the counter
 *
 * Return: the sum over all CPUs.
 */
u64 mfraw_world_count(struct mfraw_world *w, enum mfraw_stat stat)
{
	u64 sum = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		sum += per_cpu_ptr(w->dev.stats, cpu)->value[stat];

	return sum;
}

/**
 * mfraw_world_sge - write an SGE, as a process does
 * @sge: the SGE
 * @addr: first address
 * @len: bytes
 * @lkey: key of the region
 */
void mfraw_world_sge(struct mfraw_sge *sge, u64 addr, u32 len, u32 lkey)
{
	sge->addr = cpu_to_le64(addr);
	sge->length = cpu_to_le32(len);
	sge->lkey = cpu_to_le32(lkey);
}

/**
 * mfraw_world_recv - post a receive
 * @w: the world
 * @addr: first address in the region
 * @len: bytes
 */
void mfraw_world_recv(struct mfraw_world *w, u64 addr, u32 len)
{
	u32 prod = le32_to_cpu(w->db.rq_prod);
	struct mfraw_sge *sge = w->rq_ring[prod % WORLD_ENTRIES];

	mfraw_world_sge(&sge[0], addr, len, WORLD_LKEY);
	memset(&sge[1], 0, sizeof(sge[1]));
	w->db.rq_prod = cpu_to_le32(prod + 1);
}

/**
 * mfraw_world_request - hand a packet of a request to the responder
 * @w: the world, after mfraw_world_roce()
 * @frame: set to the frame of the packet; must stay valid until the responder
 *	has executed the request
 * @hdr: extended headers, with the payload at WORLD_HDR
 * @op: low bits of the opcode
 * @psn: packet sequence number, truncated to 24 bits
 * @len: bytes of payload
 */
void mfraw_world_request(struct mfraw_world *w, struct mf_frame *frame,
			 u8 *hdr, u8 op, u32 psn, u32 len)
{
	struct mfraw_pkt pkt = {
		.frame = frame,
		.opcode = op,
		.info = mfraw_roce_ops[op],
		.off = WORLD_HDR,
		.len = len,
		.psn = psn & MFRAW_PSN_MASK,
		.ack_req = true,
		.ext = hdr,
	};

	*frame = (struct mf_frame){
		.hdr = hdr,
		.hdr_len = WORLD_HDR + len,
		.len = WORLD_HDR + len,
	};
	local_bh_disable();
	rcu_read_lock();
	mfraw_resp_begin(w->qp.roce);
	mfraw_resp_rx(w->qp.roce, &pkt);
	mfraw_resp_end(w->qp.roce, NULL);
	rcu_read_unlock();
	local_bh_enable();
}

/**
 * mfraw_world_sent - parse a sent packet, as its receiver does
 * @test: the test; fails unless the packet is valid and for the peer
 * @w: the world, after mfraw_world_roce()
 * @i: index of the packet among all sent frames
 * @pkt: set to the packet
 */
void mfraw_world_sent(struct kunit *test, struct mfraw_world *w, unsigned int i,
		      struct mfraw_pkt *pkt)
{
	struct mf_frame *frame = mf_test_alloc(test, sizeof(*frame));

	KUNIT_ASSERT_LT(test, i, w->port.nr_sent);
	frame->hdr = w->port.sent[i];
	frame->len = w->port.sent_len[i];
	frame->hdr_len = w->port.sent_len[i];
	KUNIT_ASSERT_TRUE(test, mfraw_pkt_parse(pkt, frame));
	KUNIT_EXPECT_TRUE(test, mfraw_icrc_ok(pkt));
	KUNIT_EXPECT_EQ(test, pkt->qpn, WORLD_DQPN);
}

/* Stand-ins for the rest of the driver. */

void mfraw_roce_kick(struct mfraw_roce *roce)
{
	to_world(roce->qp->dev)->kicks++;
}

void mfraw_roce_event(struct mfraw_roce *roce, enum ib_event_type type)
{
	struct mfraw_world *w = to_world(roce->qp->dev);

	w->events++;
	w->last_event = type;
}

void mfraw_roce_drained(struct mfraw_roce *roce)
{
	mfraw_roce_event(roce, IB_EVENT_SQ_DRAINED);
}

int mfraw_kick_add(struct mfraw_dev *dev, struct mfraw_kicked *kicked,
		   struct ib_ucontext *ibuctx, u32 num)
{
	return 0;
}

void mfraw_kick_del(struct mfraw_dev *dev, struct mfraw_kicked *kicked,
		    u32 num)
{
}

void mfraw_stall_leave(struct mfraw_qp *qp)
{
}

bool mfraw_cc_closed(struct mfraw_roce *roce)
{
	return false;
}

unsigned int mfraw_cc_xmit(struct mfraw_roce *roce,
			   const struct mf_frame *frames, unsigned int n,
			   bool *stall)
{
	unsigned int taken = mfraw_stall_xmit(roce->qp, frames, n);

	*stall = taken < n;

	return taken;
}

void mfraw_drop(struct mfraw_dev *dev, u32 num, enum mfraw_stat cause,
		unsigned int n)
{
	mfraw_count(dev, cause, n);
}

bool mfraw_stall(struct mfraw_qp *qp)
{
	to_world(qp->dev)->stalls++;

	return false;
}

void mfraw_stall_init(struct mfraw_qp *qp)
{
}

void mfraw_stall_del(struct mfraw_qp *qp)
{
}

void mfraw_resume(struct mf_client *client)
{
}

bool mfraw_engine_add(struct mfraw_qp *qp)
{
	return false;
}

void mfraw_engine_del(struct mfraw_qp *qp)
{
}

/* No network device keeps pages, so each round completes at once. */
static struct mfraw_zc_pool world_zc;

bool mfraw_zc_full(struct mfraw_zc_pool *pool)
{
	return true;
}

void mfraw_zc_keep(struct mfraw_qp *qp, struct mfraw_zc *zc,
		   const struct mfraw_sent *sent)
{
}

int mfraw_zc_init(struct mfraw_qp *qp)
{
	qp->zc = &world_zc;

	return 0;
}

void mfraw_zc_fini(struct mfraw_qp *qp)
{
	qp->zc = NULL;
}

void mfraw_zc_discard(struct mfraw_qp *qp)
{
}

void mfraw_zc_detach(struct mfraw_qp *qp)
{
}

int mfraw_charge(size_t size, struct user_struct **user)
{
	*user = NULL;

	return 0;
}

void mfraw_uncharge(size_t size, struct user_struct *user)
{
}

/**
 * mfraw_world_qmem - allocate queue memory that no process maps
 * @size: bytes
 *
 * Return: the memory, to be freed with mfraw_qmem_free(), or an ERR_PTR().
 */
struct mfraw_qmem *mfraw_world_qmem(size_t size)
{
	struct mfraw_qmem *mem = kzalloc_obj(*mem);

	if (!mem)
		return ERR_PTR(-ENOMEM);
	mem->size = PAGE_ALIGN(size);
	mem->addr = vzalloc(mem->size);
	if (!mem->addr) {
		kfree(mem);
		return ERR_PTR(-ENOMEM);
	}

	return mem;
}

struct mfraw_qmem *mfraw_qmem_alloc(struct ib_ucontext *ibuctx, size_t size)
{
	return mfraw_world_qmem(size);
}

void mfraw_qmem_free(struct mfraw_qmem *mem)
{
	vfree(mem->addr);
	kfree(mem);
}

void mfraw_queue_hide(struct mfraw_queue *q)
{
}

void mfraw_cq_hide(struct mfraw_cq *cq)
{
}

int mfraw_dmabuf_get(struct mfraw_mr *mr, int fd, u64 offset, u64 length,
		     u64 virt_addr, int access)
{
	return -EOPNOTSUPP;
}

void mfraw_dmabuf_put(struct mfraw_mr *mr)
{
}

bool mfraw_dmabuf_writable(const struct dma_buf *dmabuf)
{
	return false;
}

static int world_roce_create(struct mfraw_qp *qp,
			     const struct ib_qp_init_attr *init)
{
	return -EOPNOTSUPP;
}

const struct mfraw_qp_ops mfraw_roce_qp_ops = {
	.seg_size = sizeof(struct mfraw_roce_seg),
	.create = world_roce_create,
	.xmit = mfraw_roce_xmit,
	.burst = mfraw_req_burst,
	.more = mfraw_req_more,
	.pending = mfraw_req_pending,
};

bool mfraw_srq_take(struct mfraw_srq *srq, struct mfraw_rwqe *rwqe)
{
	return false;
}

bool mfraw_xrc_enter(struct mfraw_roce *roce, const struct mfraw_pkt *pkt)
{
	return false;
}

struct ib_pd *mfraw_xrc_pd(const struct mfraw_roce *roce, u32 srqn)
{
	return NULL;
}

const struct mfraw_path *mfraw_ah_path(const struct ib_pd *pd, u32 ahn)
{
	return NULL;
}

u8 mfraw_ud_pack(struct mfraw_roce *roce, const struct mfraw_swqe *wqe,
		 bool *full)
{
	return MFRAW_CQE_LOC_QP_OP_ERR;
}
