/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * Kicks without the provider, see mfraw-abi.h. No function ends the program.
 */
#ifndef KICK_H
#define KICK_H

#include <stdint.h>

/*
 * Open a kick file of the context whose command file is @cmd_fd. Returns the
 * file descriptor, or -1 and sets errno.
 */
int kick_open(int cmd_fd);

/* Kick QP or WQ @num. Returns 0 or an error number. */
int kick(int kick_fd, unsigned long num);

/* Kick with a file for this call only. Returns 0 or an error number. */
int kick_once(int cmd_fd, uint32_t num);

#endif /* KICK_H */
