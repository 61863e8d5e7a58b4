/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * The modules are written for the API of Linux 7.2. This header provides that
 * API on older kernels. The Kbuild files of the modules include it before each
 * source file. Linux 6.12 and 7.2 are tested, and Linux 7.3 is built. The
 * version numbers between them come from the history of the kernel.
 */
#ifndef MF_COMPAT_H
#define MF_COMPAT_H

#include <linux/version.h>

/* A future value of enum rdma_driver_id; no kernel defines it yet. */
#define RDMA_DRIVER_MFRAW	((enum rdma_driver_id)MFRAW_DRIVER_ID)

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 13, 0)
#include <linux/hrtimer.h>
#include <linux/module.h>

/* Older kernels initialize a timer and set its function in two steps. */
static inline void
hrtimer_setup(struct hrtimer *timer,
	      enum hrtimer_restart (*function)(struct hrtimer *),
	      clockid_t clock, enum hrtimer_mode mode)
{
	hrtimer_init(timer, clock, mode);
	timer->function = function;
}

/* Older kernels take the namespace as a token, not as a string. */
#undef MODULE_IMPORT_NS
#define MODULE_IMPORT_NS(ns)	MODULE_INFO(import_ns, ns)
#undef EXPORT_SYMBOL_NS_GPL
#define EXPORT_SYMBOL_NS_GPL(sym, ns)	__EXPORT_SYMBOL(sym, "GPL", ns)
#endif

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 13, 0)
#include <linux/dma-buf.h>
#include <linux/vmalloc.h>

/*
 * Older udmabuf maps the first page of a huge page repeatedly; detect the
 * error.
 */
static inline bool mf_dma_buf_vmap_ok(const struct dma_buf *dmabuf,
				      const struct iosys_map *map)
{
	return dmabuf->size < 2 * PAGE_SIZE || !is_vmalloc_addr(map->vaddr) ||
	       vmalloc_to_page(map->vaddr) !=
	       vmalloc_to_page(map->vaddr + PAGE_SIZE);
}
#else
#define mf_dma_buf_vmap_ok(dmabuf, map)	true
#endif

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 14, 0)
/* Older cores do not report port events of network devices. */
#define MF_REPORT_PORT_EVENT(fn)
#else
#define MF_REPORT_PORT_EVENT(fn)	.report_port_event = (fn),
#endif

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 16, 0)
/* Older kernels have this macro under another name. */
#define timer_container_of	from_timer
#endif

/*
 * For an operation whose arguments have changed, MF_DEFINE_*() behind the
 * function defines a wrapper, and MF_*() in the struct of operations names the
 * wrapper.
 */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 17, 0)
#include <rdma/ib_verbs.h>

struct ib_dmah;

/* Older kernels have no DMA handles. */
#define MF_DEFINE_REG_USER_MR(fn)					\
static struct ib_mr *fn##_compat(struct ib_pd *pd, u64 start,		\
				 u64 length, u64 addr, int access,	\
				 struct ib_udata *udata)		\
{									\
	return fn(pd, start, length, addr, access, NULL, udata);	\
}

#define MF_REG_USER_MR(fn)	fn##_compat

#define MF_DEFINE_REG_USER_MR_DMABUF(fn)				\
static struct ib_mr *fn##_compat(struct ib_pd *pd, u64 offset,		\
				 u64 length, u64 addr, int fd,		\
				 int access,				\
				 struct uverbs_attr_bundle *attrs)	\
{									\
	return fn(pd, offset, length, addr, fd, access, NULL, attrs);	\
}

#define MF_REG_USER_MR_DMABUF(fn)	fn##_compat
#else
#define MF_DEFINE_REG_USER_MR(fn)
#define MF_REG_USER_MR(fn)	fn
#define MF_DEFINE_REG_USER_MR_DMABUF(fn)
#define MF_REG_USER_MR_DMABUF(fn)	fn
#endif

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 18, 0)
#include <net/devlink.h>

/* Older kernels pass the grace period as an argument. */
#define MF_HEALTH_GRACE(msecs)
#define mf_health_reporter_create(devlink, ops, msecs, priv)		\
	devl_health_reporter_create(devlink, ops, msecs, priv)
#else
#define MF_HEALTH_GRACE(msecs)	.default_graceful_period = (msecs),
#define mf_health_reporter_create(devlink, ops, msecs, priv)		\
	devl_health_reporter_create(devlink, ops, priv)
#endif

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 19, 0)
#include <net/devlink.h>

/* Older kernels pass no extack to the getter of a parameter. */
#define MF_DEFINE_PARAM_GET(fn)						\
static int fn##_compat(struct devlink *devlink, u32 id,			\
		       struct devlink_param_gset_ctx *ctx)		\
{									\
	return fn(devlink, id, ctx, NULL);				\
}

#define MF_PARAM_GET(fn)	fn##_compat
#else
#define MF_DEFINE_PARAM_GET(fn)
#define MF_PARAM_GET(fn)	fn
#endif

#if LINUX_VERSION_CODE < KERNEL_VERSION(7, 1, 0)
#include <linux/uaccess.h>
#include <rdma/uverbs_ioctl.h>

/* Older kernels have no common helpers that check driver data. */
static inline int _ib_copy_validate_udata_in(struct ib_udata *udata, void *req,
					     size_t kernel_size,
					     size_t minimum_size)
{
	int err;

	if (udata->inlen < minimum_size)
		return -EINVAL;
	err = copy_struct_from_user(req, kernel_size, udata->inbuf,
				    udata->inlen);

	return err == -E2BIG ? -EOPNOTSUPP : err;
}

#define ib_copy_validate_udata_in(udata, req, end_member)		\
	_ib_copy_validate_udata_in(udata, &(req), sizeof(req),		\
				   offsetofend(typeof(req), end_member))

#define ib_copy_validate_udata_in_cm(udata, req, end_member, valid_cm)	\
({									\
	__auto_type __req = &(req);					\
									\
	ib_copy_validate_udata_in(udata, *__req, end_member) ?:		\
		(__req->comp_mask & ~(u64)(valid_cm) ? -EOPNOTSUPP : 0); \
})

static inline int ib_is_udata_in_empty(struct ib_udata *udata)
{
	if (!udata || !udata->inlen)
		return 0;

	return _ib_copy_validate_udata_in(udata, NULL, 0, 0);
}

/*
 * A response is truncated to the process's buffer, and the rest of that buffer
 * is zeroed. Inside the kernel, @udata has no output buffer.
 */
static inline int _ib_respond_udata(struct ib_udata *udata, const void *resp,
				    size_t size)
{
	size_t len = min(size, udata->outlen);

	if (len && copy_to_user(udata->outbuf, resp, len))
		return -EFAULT;
	if (udata->outlen > len &&
	    clear_user(udata->outbuf + len, udata->outlen - len))
		return -EFAULT;

	return 0;
}

#define ib_respond_udata(udata, resp)					\
	_ib_respond_udata(udata, &(resp), sizeof(resp))

/* In older kernels, a kernel consumer can resize a CQ, too. */
#define resize_user_cq	resize_cq
#define MF_DEFINE_RESIZE_USER_CQ(fn)					\
static int fn##_compat(struct ib_cq *cq, int cqe,			\
		       struct ib_udata *udata)				\
{									\
	return udata ? fn(cq, cqe, udata) : -EOPNOTSUPP;		\
}

#define MF_RESIZE_USER_CQ(fn)	fn##_compat
#else
#define MF_DEFINE_RESIZE_USER_CQ(fn)
#define MF_RESIZE_USER_CQ(fn)	fn
#endif

#if LINUX_VERSION_CODE < KERNEL_VERSION(7, 2, 0)
#include <net/devlink.h>
#include <rdma/ib_umem.h>

/* Older kernels pass the value itself, not a pointer to the value. */
#define devl_param_driverinit_value_set(devlink, id, value)		\
	devl_param_driverinit_value_set(devlink, id, *(value))

#define MF_DEFINE_PARAM_VALIDATE(fn)					\
static int fn##_compat(struct devlink *devlink, u32 id,			\
		       union devlink_param_value value,			\
		       struct netlink_ext_ack *extack)			\
{									\
	return fn(devlink, id, &value, extack);				\
}

#define MF_PARAM_VALIDATE(fn)	fn##_compat

/* Older kernels have only one kind of memory, with one name. */
#define ib_umem_get_va	ib_umem_get
#else
#define MF_DEFINE_PARAM_VALIDATE(fn)
#define MF_PARAM_VALIDATE(fn)	fn
#endif

#endif /* MF_COMPAT_H */
