/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * For test programs that end with the first thing that is not so.
 */
#ifndef CHECK_H
#define CHECK_H

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#define check(cond) do {						\
	if (!(cond)) {							\
		printf("FAIL: %s:%d: not so: %s (errno %d)\n", __func__,\
		       __LINE__, #cond, errno);				\
		exit(1);						\
	}								\
} while (0)

#define done(text)	printf("ok - %s\n", text)

#endif /* CHECK_H */
