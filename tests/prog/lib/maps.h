/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * The mapped queues of a process, found as an attacker would find them: they are new
 * in /proc/self/maps after an object was created. The functions end the program if
 * they fail.
 */
#ifndef MAPS_H
#define MAPS_H

#include <stddef.h>
#include <stdint.h>

#define MAPS_MAX	256

/*
 * A range of mapped memory.
 *
 * @addr: start of the memory
 * @len: size in bytes
 */
struct map {
	uint8_t	*addr;
	size_t	len;
};

struct maps {
	struct map	map[MAPS_MAX];
	int		num;
};

/* Read the mappings of all RDMA devices. */
void maps_read(struct maps *maps);

/* Return the one mapping that is in @after and not in @before. */
struct map maps_new(const struct maps *before, const struct maps *after);

#endif /* MAPS_H */
