/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * Processes of a test.
 */
#ifndef CHILD_H
#define CHILD_H

#include <sys/types.h>

/*
 * Start a process that is killed when this one ends. Returns as fork(), but ends the
 * program if there is no process.
 */
pid_t child_fork(void);

#endif /* CHILD_H */
