// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * User contexts, and the queue memory that a process maps.
 */
#include <linux/mm.h>
#include <linux/sched/user.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "mfraw.h"
#include "refuse.h"
#include "verbs/ucontext.h"

/* Structs shared with user space have the same size on all architectures. */
#define MFRAW_ABI_SIZE(type, size)	static_assert(sizeof(type) == (size))

MFRAW_ABI_SIZE(struct mfraw_alloc_ucontext_req, 8);
MFRAW_ABI_SIZE(struct mfraw_alloc_ucontext_resp, 16);
MFRAW_ABI_SIZE(struct mfraw_query_device_resp, 48);
MFRAW_ABI_SIZE(struct mfraw_create_cq_req, 8);
MFRAW_ABI_SIZE(struct mfraw_create_cq_resp, 40);
MFRAW_ABI_SIZE(struct mfraw_resize_cq_req, 8);
MFRAW_ABI_SIZE(struct mfraw_resize_cq_resp, 40);
MFRAW_ABI_SIZE(struct mfraw_create_qp_req, 16);
MFRAW_ABI_SIZE(struct mfraw_create_qp_resp, 48);
MFRAW_ABI_SIZE(struct mfraw_create_qp_rss_req, 64);
MFRAW_ABI_SIZE(struct mfraw_modify_qp_req, 16);
MFRAW_ABI_SIZE(struct mfraw_create_wq_req, 8);
MFRAW_ABI_SIZE(struct mfraw_create_wq_resp, 40);
MFRAW_ABI_SIZE(struct mfraw_create_ah_resp, 8);
MFRAW_ABI_SIZE(struct mfraw_create_srq_req, 8);
MFRAW_ABI_SIZE(struct mfraw_create_srq_resp, 40);
MFRAW_ABI_SIZE(struct mfraw_qp_db, 192);
MFRAW_ABI_SIZE(struct mfraw_sge, 16);
MFRAW_ABI_SIZE(struct mfraw_srq_wqe, 16);
MFRAW_ABI_SIZE(struct mfraw_send_wqe, 16);
MFRAW_ABI_SIZE(struct mfraw_roce_seg, 32);
MFRAW_ABI_SIZE(struct mfraw_cq_db, 128);
MFRAW_ABI_SIZE(struct mfraw_cqe, 32);

/**
 * mfraw_charge - charge queue memory to the current user
 * @size: bytes, whole pages
 * @user: set to the charged user; NULL if the task has CAP_IPC_LOCK
 *
 * Queues count against RLIMIT_MEMLOCK while they exist, as the rings of AF_XDP
 * and io_uring do. Pages that a process keeps mapped after it destroyed the
 * queue count against its memory cgroup only.
 *
 * Context: process context.
 * Return: 0, or -ENOMEM over the limit.
 */
int mfraw_charge(size_t size, struct user_struct **user)
{
	unsigned long limit = rlimit(RLIMIT_MEMLOCK) >> PAGE_SHIFT;
	unsigned long pages = size >> PAGE_SHIFT;
	struct user_struct *payer;
	long old, new;

	*user = NULL;
	if (capable(CAP_IPC_LOCK))
		return 0;

	payer = get_uid(current_user());
	old = atomic_long_read(&payer->locked_vm);
	do {
		new = old + pages;
		if (new > limit) {
			free_uid(payer);
			return -ENOMEM;
		}
	} while (!atomic_long_try_cmpxchg(&payer->locked_vm, &old, new));

	*user = payer;
	return 0;
}

/**
 * mfraw_uncharge - undo mfraw_charge()
 * @size: bytes that were charged
 * @user: user that mfraw_charge() returned, may be NULL
 *
 * Context: any.
 */
void mfraw_uncharge(size_t size, struct user_struct *user)
{
	if (!user)
		return;
	atomic_long_sub(size >> PAGE_SHIFT, &user->locked_vm);
	free_uid(user);
}

/**
 * mfraw_qmem_alloc - allocate queue memory that a process can map
 * @ibuctx: context of the process; NULL for a kernel user, which maps nothing
 * @size: bytes, rounded up to pages
 *
 * Context: sleeps.
 * Return: zeroed memory, or ERR_PTR.
 */
struct mfraw_qmem *mfraw_qmem_alloc(struct ib_ucontext *ibuctx, size_t size)
{
	struct mfraw_qmem *mem;
	int err;

	mem = kzalloc_obj(*mem);
	if (!mem)
		return ERR_PTR(-ENOMEM);

	mem->size = PAGE_ALIGN(size);
	err = ibuctx ? mfraw_charge(mem->size, &mem->user) : 0;
	if (err) {
		mfraw_refuse(ibuctx->device, err,
			     "queue: bytes %zu, RLIMIT_MEMLOCK is %lu",
			     mem->size, rlimit(RLIMIT_MEMLOCK));
		goto err_free;
	}

	/*
	 * User space chooses the size, so a failure needs no warning. Beyond the
	 * limit of its cgroup, the process gets an error and lives on.
	 */
	mem->addr = __vmalloc(mem->size, GFP_KERNEL_ACCOUNT | __GFP_ZERO |
					__GFP_NOWARN | __GFP_RETRY_MAYFAIL);
	if (!mem->addr) {
		err = -ENOMEM;
		goto err_uncharge;
	}

	err = ibuctx ? rdma_user_mmap_entry_insert(ibuctx, &mem->entry,
						   mem->size) : 0;
	if (err)
		goto err_vfree;

	return mem;

err_vfree:
	vfree(mem->addr);
err_uncharge:
	mfraw_uncharge(mem->size, mem->user);
err_free:
	kfree(mem);
	return ERR_PTR(err);
}

static void mfraw_mmap_free(struct rdma_user_mmap_entry *entry)
{
	struct mfraw_qmem *mem = container_of(entry, struct mfraw_qmem, entry);

	vfree(mem->addr);
	mfraw_uncharge(mem->size, mem->user);
	kfree(mem);
}

/**
 * mfraw_qmem_free - free queue memory
 * @mem: the memory, no longer used by the driver
 *
 * Context: sleeps.
 */
void mfraw_qmem_free(struct mfraw_qmem *mem)
{
	if (mem->entry.ucontext)
		rdma_user_mmap_entry_remove(&mem->entry);
	else
		mfraw_mmap_free(&mem->entry);
}

static int mfraw_mmap(struct ib_ucontext *ibuctx, struct vm_area_struct *vma)
{
	struct rdma_user_mmap_entry *entry;
	struct mfraw_qmem *mem;
	unsigned long off;
	int err = 0;

	/* This also checks that the mapping has the size of the memory. */
	entry = rdma_user_mmap_entry_get(ibuctx, vma);
	if (!entry)
		return mfraw_refuse(ibuctx->device, -EINVAL,
				    "mmap: no memory of %lu bytes at page %#lx",
				    vma->vm_end - vma->vm_start, vma->vm_pgoff);

	mem = container_of(entry, struct mfraw_qmem, entry);
	vm_flags_set(vma, VM_DONTEXPAND | VM_DONTDUMP);
	for (off = 0; !err && off < mem->size; off += PAGE_SIZE)
		err = vm_insert_page(vma, vma->vm_start + off,
				     vmalloc_to_page(mem->addr + off));
	rdma_user_mmap_entry_put(entry);

	return err;
}

static int mfraw_alloc_ucontext(struct ib_ucontext *ibuctx,
				struct ib_udata *udata)
{
	struct mfraw_alloc_ucontext_resp resp = {};
	struct mfraw_alloc_ucontext_req req;
	int err;

	err = ib_copy_validate_udata_in_cm(udata, req, comp_mask, 0);
	err = mfraw_check_req(ibuctx->device, "context", udata, err);
	if (err)
		return err;

	resp.max_inline = MFRAW_MAX_INLINE;
	to_mfraw_ucontext(ibuctx)->num =
		atomic64_inc_return(&to_mfraw_dev(ibuctx->device)->last_ctx);

	return ib_respond_udata(udata, resp);
}

static void mfraw_dealloc_ucontext(struct ib_ucontext *ibuctx)
{
}

/*
 * Nothing to do: the core destroys the queues, and the mapped pages are plain
 * memory that stays until it is unmapped.
 */
static void mfraw_disassociate_ucontext(struct ib_ucontext *ibuctx)
{
}

const struct ib_device_ops mfraw_ucontext_ops = {
	.alloc_ucontext = mfraw_alloc_ucontext,
	.dealloc_ucontext = mfraw_dealloc_ucontext,
	.disassociate_ucontext = mfraw_disassociate_ucontext,
	.mmap = mfraw_mmap,
	.mmap_free = mfraw_mmap_free,

	INIT_RDMA_OBJ_SIZE(ib_ucontext, mfraw_ucontext, ibuctx),
};
