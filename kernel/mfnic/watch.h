/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/* Events that the kernel reports by rtnetlink only, see watch.c. */
#ifndef MFNIC_WATCH_H
#define MFNIC_WATCH_H

int mfnic_watch_init(void);
void mfnic_watch_exit(void);

#endif /* MFNIC_WATCH_H */
