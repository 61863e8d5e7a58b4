/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * The memory of an object's queues. The kernel allocates it, and the provider
 * maps it.
 */
#ifndef __MFRAW_QMEM_H__
#define __MFRAW_QMEM_H__

#include <stddef.h>
#include <stdint.h>

/*
 * @addr: start of the mapping, or NULL if there is none
 * @size: size of the mapping in bytes
 */
struct mfraw_qmem {
	void	*addr;
	size_t	size;
};

int mfraw_qmem_map(struct mfraw_qmem *mem, int cmd_fd, uint64_t mmap_key,
		   size_t size);
void mfraw_qmem_unmap(struct mfraw_qmem *mem);

#endif /* __MFRAW_QMEM_H__ */
