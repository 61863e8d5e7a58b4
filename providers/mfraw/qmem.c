// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Mapping of the memory that an object's queues are in.
 */
#include <errno.h>
#include <sys/mman.h>

#include "qmem.h"

/*
 * Map the memory that the response of a create command describes. Returns 0 or
 * an error number; @mem does not change on error.
 *
 * The mapping is shared, so it survives fork(): copy-on-write would take memory
 * of the process away from the parent as soon as the parent writes to it.
 */
int mfraw_qmem_map(struct mfraw_qmem *mem, int cmd_fd, uint64_t mmap_key,
		   size_t size)
{
	void *addr;

	addr = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, cmd_fd,
		    mmap_key);
	if (addr == MAP_FAILED)
		return errno;

	mem->addr = addr;
	mem->size = size;
	return 0;
}

void mfraw_qmem_unmap(struct mfraw_qmem *mem)
{
	munmap(mem->addr, mem->size);
}
