/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * For test programs that end at the first failure.
 */
#ifndef CHECK_H
#define CHECK_H

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

/* End the program with exit status 1 unless @cond is true. */
#define check(cond) do {						\
	if (!(cond)) {							\
		printf("FAIL: %s:%d: false: %s (errno %d)\n", __func__,\
		       __LINE__, #cond, errno);				\
		exit(1);						\
	}								\
} while (0)

/* Report a part of the test that passed. */
#define done(text)	printf("ok - %s\n", text)

#endif /* CHECK_H */
