/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * The bystander: a process that sends frames between two devices while a test
 * misuses them. It detects frames that are missing or changed.
 */
#ifndef BYSTANDER_H
#define BYSTANDER_H

/* Ethertype of its frames. */
#define BYSTANDER_TYPE	0xb801

struct bystander;

/*
 * Start the process, which sends from device @names[0] to device @names[1]. Ends the
 * program if no frame arrives.
 */
struct bystander *bystander_start(const char *const *names);

/* Stop the process, and print how many frames it moved. */
void bystander_stop(struct bystander *by);

/*
 * Returns NULL if the bystander still moves frames, or a text that says what
 * failed.
 */
const char *bystander_check(struct bystander *by);

#endif /* BYSTANDER_H */
