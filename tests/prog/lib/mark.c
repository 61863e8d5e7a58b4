// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "die.h"
#include "mark.h"

bool mark_wanted(void)
{
	const char *path = getenv("MFRAW_PROFILE");

	return path && *path;
}

void mark_end(uint64_t operations)
{
	const char *path;
	FILE *from, *to;
	int c;

	MARK(2);
	if (!mark_wanted())
		return;
	path = getenv("MFRAW_PROFILE");
	from = fopen("/proc/self/maps", "r");
	to = fopen(path, "w");
	if (!from || !to)
		die("can't write %s", path);
	fprintf(to, "operations %" PRIu64 "\n", operations);
	while ((c = getc(from)) != EOF)
		putc(c, to);
	fclose(from);
	if (fclose(to))
		die("can't write %s", path);
}
