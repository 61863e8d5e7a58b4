// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * The mapped queues of a process.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "die.h"
#include "maps.h"

void maps_read(struct maps *maps)
{
	unsigned long start, end;
	char line[512];
	FILE *f;

	f = fopen("/proc/self/maps", "r");
	if (!f)
		die("/proc/self/maps: %s", strerror(errno));
	maps->num = 0;
	while (fgets(line, sizeof(line), f)) {
		if (!strstr(line, "/dev/infiniband/uverbs"))
			continue;
		if (sscanf(line, "%lx-%lx", &start, &end) != 2 ||
		    maps->num == MAPS_MAX)
			die("too many mappings");
		maps->map[maps->num].addr = (uint8_t *)start;
		maps->map[maps->num++].len = end - start;
	}
	fclose(f);
}

static bool is_mapped(const struct maps *maps, const uint8_t *addr)
{
	int i;

	for (i = 0; i < maps->num; i++)
		if (addr >= maps->map[i].addr &&
		    addr < maps->map[i].addr + maps->map[i].len)
			return true;
	return false;
}

/*
 * Find the mapping that is in @after and not in @before. The kernel merges
 * neighbours into one line, so compare pages.
 */
struct map maps_new(const struct maps *before, const struct maps *after)
{
	struct map found = {};
	size_t pos;
	int i;

	for (i = 0; i < after->num; i++) {
		for (pos = 0; pos < after->map[i].len; pos += 4096) {
			uint8_t *addr = after->map[i].addr + pos;

			if (is_mapped(before, addr))
				continue;
			if (!found.len)
				found.addr = addr;
			if (addr != found.addr + found.len)
				die("two new mappings");
			found.len += 4096;
		}
	}
	if (!found.len)
		die("no new mapping");
	return found;
}
