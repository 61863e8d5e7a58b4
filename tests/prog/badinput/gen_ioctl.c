// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Generated: methods of the ioctl() interface, and mappings.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/udmabuf.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include "gen.h"

#define MAX_ATTRS	10

struct request {
	struct ib_uverbs_ioctl_hdr	hdr;
	struct ib_uverbs_attr		attr[MAX_ATTRS];
};

static void request_init(struct request *r, uint16_t object, uint16_t method)
{
	memset(r, 0, sizeof(*r));
	r->hdr.length = sizeof(r->hdr);
	r->hdr.object_id = object;
	r->hdr.method_id = method;
	r->hdr.driver_id = MFRAW_DRIVER_ID;
}

static void request_add(struct request *r, uint16_t id, uint16_t len,
			uint64_t data)
{
	struct ib_uverbs_attr *attr = &r->attr[r->hdr.num_attrs++];

	check(r->hdr.num_attrs <= MAX_ATTRS);
	r->hdr.length += sizeof(*attr);
	attr->attr_id = id;
	attr->len = len;
	attr->flags = UVERBS_ATTR_F_MANDATORY;
	attr->data = data;
}

#define HDR_FIELDS							\
	FIELD(struct request, hdr.length, G_EXACT, .alone = true),	\
	FIELD(struct request, hdr.num_attrs, G_EXACT, .alone = true),	\
	FIELD(struct request, hdr.reserved1, G_EXACT, .errs = E_PROTO),	\
	FIELD(struct request, hdr.reserved2, G_EXACT, .errs = E_PROTO),	\
	FIELD(struct request, hdr.driver_id, G_EXACT,			\
	      .errs = E_INVAL | E_PROTO)
#define METHOD_FIELDS							\
	FIELD(struct request, hdr.object_id, G_EXACT, .errs = E_IOCTL),	\
	FIELD(struct request, hdr.method_id, G_EXACT, .errs = E_IOCTL)
#define ATTR_FIELDS(i)							\
	FIELD(struct request, attr[i].attr_id, G_EXACT,			\
	      .errs = E_IOCTL, .alone = true),				\
	FIELD(struct request, attr[i].flags, G_CORE, .errs = E_IOCTL),	\
	FIELD(struct request, attr[i].attr_data.reserved, G_EXACT,	\
	      .errs = E_IOCTL)
#define OBJECT_FIELDS(i, kind)						\
	ATTR_FIELDS(i),							\
	FIELD(struct request, attr[i].len, G_EXACT, .errs = E_IOCTL),	\
	FIELD(struct request, attr[i].data, G_HANDLE, kind,		\
	      .errs = E_IOCTL)

static int plain_call(struct gen *g, const void *req, void *arg)
{
	struct request r = *(const struct request *)req;

	(void)arg;
	return raw_ioctl(g->fd, &r);
}

static int kick_file_call(struct gen *g, const void *req, void *arg)
{
	struct request r = *(const struct request *)req;
	int ret = raw_ioctl(g->fd, &r);

	(void)arg;
	if (!ret)
		check(!close(r.attr[0].data));
	return ret;
}

/* Create kick files, and kick a QP and a WQ. */
static void kicks(struct env *env)
{
	static const struct gfield file_fields[] = {
		HDR_FIELDS, METHOD_FIELDS, ATTR_FIELDS(0),
		FIELD(struct request, attr[0].len, G_EXACT, .errs = E_IOCTL),
		/* where the kernel writes the file descriptor */
		FIELD(struct request, attr[0].data, G_ANY), {}
	};
	static const struct gfield number = {
		.name = "number", .width = 8, .kind = G_EXACT,
	};
	uint64_t value[GEN_VALUES];
	bool good[GEN_VALUES];
	unsigned int i, k, n;
	struct gen g = {};
	struct request r;
	int fd;

	gen_open(&g, env);
	request_init(&r, MFRAW_OBJECT_KICK_FILE, MFRAW_METHOD_KICK_FILE_ALLOC);
	request_add(&r, MFRAW_ATTR_KICK_FILE_ALLOC_FD, 0, 0);
	gen_fields(&g, "open a kick file", file_fields, &r, sizeof(r),
		   kick_file_call, NULL);

	g.what = "kick";
	fd = kick_open(g.fd);
	check(fd >= 0);
	for (k = 0; k < 2; k++) {
		n = gen_values(&g, &number, k ? g.wq_num : g.qp_num, value,
			       good);
		for (i = 0; i < n; i++)
			gen_judge(&g, k ? "WQ" : "QP", value[i],
				  kick(fd, value[i]),
				  value[i] == g.wq_num || value[i] == g.qp_num,
				  E_NOENT | E_INVAL);
	}
	check(!close(fd));
	gen_close(&g);
}

/* No other memory is mapped near this address. */
#define FAR		0x4000000000ULL
#define FAR_LEN		0x20000ULL

static int counters_call(struct gen *g, const void *req, void *arg)
{
	struct request r = *(const struct request *)req;
	int ret = raw_ioctl(g->fd, &r);

	(void)arg;
	if (!ret)
		check(!raw_destroy_counters(g->fd, r.attr[0].data));
	return ret;
}

static bool far_good(uint64_t addr)
{
	return addr >= FAR && addr <= FAR + FAR_LEN - 16;
}

static bool two_values(uint64_t len)
{
	return len >= 16;
}

static void counters(struct env *env)
{
	static const struct gfield create_fields[] = {
		HDR_FIELDS, ATTR_FIELDS(0),
		FIELD(struct request, attr[0].len, G_EXACT, .errs = E_IOCTL),
		/* where the kernel writes the handle */
		FIELD(struct request, attr[0].data, G_ANY), {}
	};
	static const struct gfield read_fields[] = {
		HDR_FIELDS, OBJECT_FIELDS(0, H_COUNTERS), ATTR_FIELDS(1),
		FIELD(struct request, attr[1].len, G_PRED,
		      .pred = two_values),
		FIELD(struct request, attr[1].data, G_PRED, .pred = far_good,
		      .errs = E_FAULT),
		FIELD(struct request, attr[2].len, G_CORE, .errs = E_IOCTL),
		FIELD(struct request, attr[2].data, G_MASK,
		      IB_UVERBS_READ_COUNTERS_PREFER_CACHED),
		{}
	};
	struct {
		struct ib_uverbs_create_flow		head;
		struct ib_uverbs_flow_spec_action_count	count;
	} flow = {
		.head.flow_attr = {
			.size = sizeof(flow.count),
			.num_of_specs = 1,
			.port = 1,
		},
		.count = {
			.type = IBV_FLOW_SPEC_ACTION_COUNT,
			.size = sizeof(flow.count),
		},
	};
	struct ib_uverbs_create_flow_resp resp;
	struct gcmd c = {
		.cmd = IB_USER_VERBS_EX_CMD_CREATE_FLOW,
		.ex = true,
		.core_len = sizeof(flow),
		.resp_len = sizeof(resp),
	};
	struct gen g = {};
	struct request r;

	gen_open(&g, env);
	request_init(&r, UVERBS_OBJECT_COUNTERS, UVERBS_METHOD_COUNTERS_CREATE);
	request_add(&r, UVERBS_ATTR_CREATE_COUNTERS_HANDLE, 0, 0);
	gen_fields(&g, "create counters", create_fields, &r, sizeof(r),
		   counters_call, NULL);

	check(mmap((void *)FAR, FAR_LEN, PROT_READ | PROT_WRITE,
		   MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1,
		   0) != MAP_FAILED);
	request_init(&r, UVERBS_OBJECT_COUNTERS, UVERBS_METHOD_COUNTERS_READ);
	request_add(&r, UVERBS_ATTR_READ_COUNTERS_HANDLE, 0,
		    g.handle[H_COUNTERS]);
	request_add(&r, UVERBS_ATTR_READ_COUNTERS_BUFF, 16, FAR);
	request_add(&r, UVERBS_ATTR_READ_COUNTERS_FLAGS, 8, 0);
	g.what = "read counters";
	gen_judge(&g, "of no flow", 0, plain_call(&g, &r, NULL), false,
		  E_INVAL);
	flow.head.qp_handle = g.handle[H_QP];
	flow.count.handle = g.handle[H_COUNTERS];
	check(!raw_cmd(g.fd, &c, &flow, NULL, 0, &resp, 0));
	gen_fields(&g, "read counters", read_fields, &r, sizeof(r), plain_call,
		   NULL);
	check(raw_destroy_counters(g.fd, g.handle[H_COUNTERS]) == EBUSY);
	check(!raw_destroy_flow(g.fd, resp.flow_handle));
	check(!munmap((void *)FAR, FAR_LEN));
	gen_close(&g);
}

static int cq_call(struct gen *g, const void *req, void *arg)
{
	struct request r = *(const struct request *)req;
	int ret = raw_ioctl(g->fd, &r);

	(void)arg;
	if (!ret)
		check(!raw_destroy_cq(g->fd, r.attr[0].data));
	return ret;
}

/* This method takes driver data of any length, inline if it is short. */
static void ioctl_cq(struct env *env)
{
	static const struct gfield fields[] = {
		HDR_FIELDS,
		FIELD(struct request, attr[1].len, G_EXACT, .errs = E_IOCTL),
		FIELD(struct request, attr[1].data, G_CORE),
		FIELD(struct request, attr[3].data, G_CORE),
		FIELD(struct request, attr[5].data, G_MASK,
		      IB_UVERBS_CQ_FLAGS_TIMESTAMP_COMPLETION |
		      IB_UVERBS_CQ_FLAGS_IGNORE_OVERRUN),
		/* comp_mask */
		FIELD(struct request, attr[6].data, G_EXACT,
		      .errs = E_OPNOTSUPP),
		FIELD(struct request, attr[7].len, G_CORE),
		{}
	};
	struct gen g = {};
	struct request r;
	uint8_t drv[32] = {};
	/* Has room for the maximum length that is tried. */
	uint8_t *resp;
	uint32_t cqe;
	unsigned int len, pos;

	gen_open(&g, env);
	resp = malloc(65536);
	check(resp);
	request_init(&r, UVERBS_OBJECT_CQ, UVERBS_METHOD_CQ_CREATE);
	request_add(&r, UVERBS_ATTR_CREATE_CQ_HANDLE, 0, 0);
	request_add(&r, UVERBS_ATTR_CREATE_CQ_CQE, 4, 10);
	request_add(&r, UVERBS_ATTR_CREATE_CQ_USER_HANDLE, 8, 1);
	request_add(&r, UVERBS_ATTR_CREATE_CQ_COMP_VECTOR, 4, 0);
	request_add(&r, UVERBS_ATTR_CREATE_CQ_RESP_CQE, 4, (uintptr_t)&cqe);
	request_add(&r, UVERBS_ATTR_CREATE_CQ_FLAGS, 8, 0);
	request_add(&r, UVERBS_ATTR_UHW_IN, 8, 0);
	request_add(&r, UVERBS_ATTR_UHW_OUT, sizeof(struct mfraw_create_cq_resp),
		    (uintptr_t)resp);
	gen_fields(&g, "create CQ by ioctl", fields, &r, sizeof(r), cq_call,
		   NULL);

	for (len = 0; len <= sizeof(drv); len++) {
		r.attr[6].len = len;
		r.attr[6].data = len > 8 ? (uintptr_t)drv : 0;
		gen_judge(&g, "length", len, cq_call(&g, &r, NULL), len >= 8,
			  E_INVAL);
		for (pos = 8; pos < len; pos++) {
			drv[pos] = 1 << pos % 8;
			gen_judge(&g, "tail of length", len,
				  cq_call(&g, &r, NULL), false, E_OPNOTSUPP);
			drv[pos] = 0;
		}
	}
	r.attr[6].data = 8;
	r.attr[6].len = 16;
	gen_judge(&g, "request nowhere", 8, cq_call(&g, &r, NULL), false,
		  E_FAULT | E_OPNOTSUPP);
	free(resp);
	gen_close(&g);
}

static int mr_call(struct gen *g, const void *req, void *arg)
{
	struct request r = *(const struct request *)req;
	int ret = raw_ioctl(g->fd, &r);

	(void)arg;
	if (!ret)
		check(!raw_dereg_mr(g->fd, r.attr[0].data));
	return ret;
}

#define DMABUF_LEN	65536

/* The region has two pages, so the offset is that of a page. */
static bool offset_good(uint64_t off)
{
	return !(off & 4095) && off <= DMABUF_LEN - 8192;
}

static bool iova_good(uint64_t iova)
{
	/* The range must not wrap. */
	return !(iova & 4095) && iova <= -8192ULL;
}

static bool dmabuf_access_good(uint64_t access)
{
	return !(access & ~(uint64_t)(IBV_ACCESS_LOCAL_WRITE |
				      IBV_ACCESS_REMOTE_WRITE |
				      IBV_ACCESS_REMOTE_READ |
				      IBV_ACCESS_REMOTE_ATOMIC |
				      IBV_ACCESS_RELAXED_ORDERING)) &&
	       (access & IBV_ACCESS_LOCAL_WRITE ||
		!(access & (IBV_ACCESS_REMOTE_WRITE |
			    IBV_ACCESS_REMOTE_ATOMIC)));
}

static int dmabuf_open(void)
{
	struct udmabuf_create create = { .size = DMABUF_LEN };
	int mem, dev, fd;

	mem = memfd_create("badinput", MFD_ALLOW_SEALING);
	dev = open("/dev/udmabuf", O_RDWR);
	check(mem >= 0 && dev >= 0);
	check(!ftruncate(mem, DMABUF_LEN));
	check(!fcntl(mem, F_ADD_SEALS, F_SEAL_SHRINK));
	create.memfd = mem;
	fd = ioctl(dev, UDMABUF_CREATE, &create);
	check(fd >= 0);
	close(dev);
	close(mem);
	return fd;
}

static void dmabuf(struct env *env)
{
	static const struct gfield fields[] = {
		HDR_FIELDS, ATTR_FIELDS(0), OBJECT_FIELDS(1, H_PD),
		ATTR_FIELDS(2),
		FIELD(struct request, attr[2].data, G_PRED,
		      .pred = offset_good),
		FIELD(struct request, attr[3].data, G_RANGE, 1,
		      DMABUF_LEN - 4096),
		/* Offset and address may be wrong together, if they agree. */
		FIELD(struct request, attr[4].data, G_PRED,
		      .pred = iova_good, .alone = true),
		FIELD(struct request, attr[5].data, G_CORE,
		      .errs = E_HANDLE),
		FIELD(struct request, attr[6].data, G_PRED,
		      .pred = dmabuf_access_good),
		{}
	};
	uint32_t lkey, rkey;
	struct gen g = {};
	struct request r;
	int fd, i;

	gen_open(&g, env);
	fd = dmabuf_open();
	request_init(&r, UVERBS_OBJECT_MR, UVERBS_METHOD_REG_DMABUF_MR);
	request_add(&r, UVERBS_ATTR_REG_DMABUF_MR_HANDLE, 0, 0);
	request_add(&r, UVERBS_ATTR_REG_DMABUF_MR_PD_HANDLE, 0,
		    g.handle[H_PD]);
	request_add(&r, UVERBS_ATTR_REG_DMABUF_MR_OFFSET, 8, 4096);
	request_add(&r, UVERBS_ATTR_REG_DMABUF_MR_LENGTH, 8, 8192);
	request_add(&r, UVERBS_ATTR_REG_DMABUF_MR_IOVA, 8, 1 << 20);
	request_add(&r, UVERBS_ATTR_REG_DMABUF_MR_FD, 4, fd);
	request_add(&r, UVERBS_ATTR_REG_DMABUF_MR_ACCESS_FLAGS, 8,
		    IBV_ACCESS_LOCAL_WRITE);
	request_add(&r, UVERBS_ATTR_REG_DMABUF_MR_RESP_LKEY, 4,
		    (uintptr_t)&lkey);
	request_add(&r, UVERBS_ATTR_REG_DMABUF_MR_RESP_RKEY, 4,
		    (uintptr_t)&rkey);
	gen_fields(&g, "register a dma-buf", fields, &r, sizeof(r), mr_call,
		   NULL);
	/*
	 * Try files that are not dma-bufs, and file descriptors that are not
	 * open.
	 */
	for (i = 0; i < 64; i++) {
		if (i == fd)
			continue;
		r.attr[5].data = i;
		gen_judge(&g, "fd", i, mr_call(&g, &r, NULL), false,
			  E_INVAL | E_BADF);
	}
	close(fd);
	gen_close(&g);
}

static int try_map(int fd, size_t len, int prot, int flags, uint64_t off)
{
	void *map = mmap(NULL, len, prot, flags, fd, off);

	if (map == MAP_FAILED)
		return errno;
	check(!munmap(map, len));
	return 0;
}

/* Try offsets, lengths, protections and kinds of mappings of a queue. */
static void mappings(struct env *env)
{
	static const uint64_t others[] = {
		0, 4096, 1ULL << 31, 1ULL << 32, 1ULL << 44, 1ULL << 62,
		0x7ffffffffffff000,
	};
	struct raw_cq_resp cq;
	struct gen g = {};
	uint64_t key, off;
	uint8_t *map;
	size_t len;
	int i;

	gen_open(&g, env);
	g.what = "mapping";
	/* No other queue has this size. */
	raw_create_cq(g.fd, 8192, &cq);
	key = cq.drv.mmap_key;
	len = cq.drv.mmap_size;
	for (i = 12; i < 64; i++) {
		off = key ^ 1ULL << i;
		gen_judge(&g, "offset", off,
			  try_map(g.fd, len, PROT_READ | PROT_WRITE,
				  MAP_SHARED, off), false, E_INVAL | E_NOMEM);
	}
	for (i = 0; i < 7; i++)
		gen_judge(&g, "offset", others[i],
			  others[i] == key ? EINVAL :
			  try_map(g.fd, len, PROT_READ | PROT_WRITE,
				  MAP_SHARED, others[i]), false,
			  E_INVAL | E_NOMEM);
	for (off = 4096; off <= 2 * len; off += 4096)
		gen_judge(&g, "length", off,
			  try_map(g.fd, off, PROT_READ | PROT_WRITE,
				  MAP_SHARED, key), off == len, E_INVAL);
	for (i = 0; i < 8; i++) {
		gen_judge(&g, "protection, shared", i,
			  try_map(g.fd, len, i, MAP_SHARED, key), true, 0);
		gen_judge(&g, "protection, private", i,
			  try_map(g.fd, len, i, MAP_PRIVATE, key), false,
			  E_INVAL);
	}
	/* the command file of another context */
	gen_judge(&g, "other file", key,
		  try_map(env->b.ctx->cmd_fd, len, PROT_READ, MAP_SHARED, key),
		  false, E_INVAL);

	map = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_SHARED, g.fd, key);
	check(map != MAP_FAILED);
	check(mremap(map, len, len + 4096, MREMAP_MAYMOVE) == MAP_FAILED);
	check(!madvise(map, len, MADV_DONTFORK));
	check(madvise(map, len, MADV_REMOVE));
	check(!munmap(map + 4096, 4096));
	/* The mapping outlives the queue, but can't be made again. */
	check(!raw_destroy_cq(g.fd, cq.core.base.cq_handle));
	map[0] = 1;
	gen_judge(&g, "destroyed", key,
		  try_map(g.fd, len, PROT_READ, MAP_SHARED, key), false,
		  E_INVAL);
	check(!munmap(map, len));
	gen_close(&g);
}

const struct bad_case gen_ioctl_cases[] = {
	{ "gen-kicks", kicks },
	{ "gen-counters", counters },
	{ "gen-ioctl-cq", ioctl_cq },
	{ "gen-dmabuf", dmabuf },
	{ "gen-mappings", mappings },
	{}
};
