/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * User contexts, and the memory of queues that a process maps.
 */
#ifndef MFRAW_UCONTEXT_H
#define MFRAW_UCONTEXT_H

#include <rdma/ib_verbs.h>

struct user_struct;

struct mfraw_ucontext {
	struct ib_ucontext	ibuctx;
};

/**
 * struct mfraw_qmem - memory of queues, shared with user space
 * @entry: its place in the mmap() offsets of the context
 * @addr: kernel address, page aligned
 * @size: in bytes, whole pages
 * @user: who is charged for it
 *
 * Freed by mmap_free when the last of driver and mmap() calls is done; pages
 * that are still mapped live on with their mappings.
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
