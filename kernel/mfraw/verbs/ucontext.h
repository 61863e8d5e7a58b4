/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * User contexts, and the queue memory that a process maps.
 */
#ifndef MFRAW_UCONTEXT_H
#define MFRAW_UCONTEXT_H

#include <rdma/ib_verbs.h>

struct user_struct;

/**
 * struct mfraw_ucontext - open device of a process
 * @ibuctx: the core's context
 * @num: number that no other context of the device has or had, not 0
 */
struct mfraw_ucontext {
	struct ib_ucontext	ibuctx;
	u64			num;
};

static inline struct mfraw_ucontext *
to_mfraw_ucontext(struct ib_ucontext *ibuctx)
{
	return container_of(ibuctx, struct mfraw_ucontext, ibuctx);
}

/**
 * struct mfraw_qmem - queue memory, shared with user space
 * @entry: range of mmap() offsets in the context
 * @addr: kernel address, page aligned
 * @size: bytes, whole pages
 * @user: user who is charged, or NULL
 *
 * mmap_free frees the memory after the driver and all running mmap() calls have
 * dropped it. Pages that are still mapped stay until they are unmapped.
 */
struct mfraw_qmem {
	struct rdma_user_mmap_entry entry;
	void			*addr;
	size_t			size;
	struct user_struct	*user;
};

extern const struct ib_device_ops mfraw_ucontext_ops;
int mfraw_charge(size_t size, struct user_struct **user);
void mfraw_uncharge(size_t size, struct user_struct *user);
struct mfraw_qmem *mfraw_qmem_alloc(struct ib_ucontext *ibuctx, size_t size);
void mfraw_qmem_free(struct mfraw_qmem *mem);

#endif /* MFRAW_UCONTEXT_H */
