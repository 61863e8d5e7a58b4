// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * mark - marks for programs that have none of their own.
 *
 *   mark begin	       begin what is profiled
 *   mark end N	       end it, after N operations
 *   mark idle SECONDS begin it, sleep, and end it: what the guest does by itself. It
 *		       sleeps as long before, so that what others began is done
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "mark.h"

int main(int argc, char **argv)
{
	if (argc == 2 && !strcmp(argv[1], "begin")) {
		mark_begin();
	} else if (argc == 3 && !strcmp(argv[1], "end")) {
		mark_end(strtoull(argv[2], NULL, 0));
	} else if (argc == 3 && !strcmp(argv[1], "idle")) {
		sleep(atoi(argv[2]));
		mark_begin();
		sleep(atoi(argv[2]));
		mark_end(atoi(argv[2]));
	} else {
		fprintf(stderr, "usage: mark begin | end N | idle SECONDS\n");
		return 2;
	}
	return 0;
}
