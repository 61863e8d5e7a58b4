/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * Limit of frames under way in the network device behind the uplink, see
 * uplink.c.
 */
#ifndef MFRAW_UPLINK_H
#define MFRAW_UPLINK_H

struct mf_frame;
struct mfraw_dev;
struct mfraw_qp;
struct mfraw_roce;
struct ubuf_info;

struct ubuf_info *mfraw_uplink_ubuf(const struct mfraw_dev *dev);
unsigned int mfraw_roce_xmit(struct mfraw_qp *qp, const struct mf_frame *frames,
			     unsigned int n);
void mfraw_uplink_reset(struct mfraw_roce *roce);
int mfraw_uplink_init(struct mfraw_dev *dev);
void mfraw_uplink_fini(struct mfraw_dev *dev);
void mfraw_uplink_exit(void);

#endif /* MFRAW_UPLINK_H */
