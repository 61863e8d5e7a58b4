/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * For test programs that can't begin their test.
 */
#ifndef DIE_H
#define DIE_H

#include <stdio.h>
#include <stdlib.h>

/* End the program with exit status 2 and a message. */
#define die(fmt, ...) do {						\
	fprintf(stderr, "%s: " fmt "\n", __func__, ##__VA_ARGS__);	\
	exit(2);							\
} while (0)

#endif /* DIE_H */
