/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * Registers and descriptors of the Intel 82576, as far as the driver uses them.
 * The names are those of the datasheet.
 */
#ifndef MFIGB_REGS_H
#define MFIGB_REGS_H

#include <linux/bits.h>
#include <linux/types.h>

/* The device has 8 pools of 2 queue pairs. Pool p has the queues p and p + 8. */
#define MFIGB_POOLS		8
#define MFIGB_QUEUES		16
#define MFIGB_ADDRS		16	/* receive addresses, and */
#define MFIGB_ADDRS2		8	/* those elsewhere */

/* The vector 0 is for the link. Pool p has the vector p + 1. */
#define MFIGB_VECTORS		(1 + MFIGB_POOLS)

#define MFIGB_CTRL		0x00000
#define MFIGB_CTRL_MASTER_OFF	BIT(2)
#define MFIGB_CTRL_SLU		BIT(6)
#define MFIGB_CTRL_FRCSPD	BIT(11)
#define MFIGB_CTRL_FRCDPX	BIT(12)
#define MFIGB_CTRL_RST		BIT(26)

#define MFIGB_STATUS		0x00008
#define MFIGB_STATUS_LU		BIT(1)
#define MFIGB_STATUS_FUNC	BIT(2)
#define MFIGB_STATUS_TXOFF	BIT(4)
#define MFIGB_STATUS_SPEED_100	BIT(6)
#define MFIGB_STATUS_SPEED_1000	BIT(7)
#define MFIGB_STATUS_MASTER	BIT(19)

#define MFIGB_EECD		0x00010
#define MFIGB_EECD_AUTO_RD	BIT(9)

#define MFIGB_EERD		0x00014
#define MFIGB_EERD_START	BIT(0)
#define MFIGB_EERD_DONE		BIT(1)
#define MFIGB_EERD_ADDR		2	/* shift */
#define MFIGB_EERD_DATA		16	/* shift */

#define MFIGB_CTRL_EXT		0x00018
#define MFIGB_CTRL_EXT_LINK	GENMASK(23, 22)	/* 0: internal PHY */
#define MFIGB_CTRL_EXT_DRV_LOAD	BIT(28)

#define MFIGB_MDIC		0x00020
#define MFIGB_MDIC_DATA		GENMASK(15, 0)
#define MFIGB_MDIC_REG		16	/* shift */
#define MFIGB_MDIC_PHY		BIT(21)	/* PHY 1 */
#define MFIGB_MDIC_WRITE	BIT(26)
#define MFIGB_MDIC_READ		BIT(27)
#define MFIGB_MDIC_READY	BIT(28)
#define MFIGB_MDIC_ERROR	BIT(30)

#define MFIGB_ICR		0x000c0
#define MFIGB_IMS		0x000d0
#define MFIGB_IMC		0x000d8
#define MFIGB_IAM		0x000e0
#define MFIGB_ICR_LSC		BIT(2)

#define MFIGB_RCTL		0x00100
#define MFIGB_RCTL_EN		BIT(1)
#define MFIGB_RCTL_LPE		BIT(5)
#define MFIGB_RCTL_BAM		BIT(15)
#define MFIGB_RCTL_SECRC	BIT(26)

#define MFIGB_TCTL		0x00400
#define MFIGB_TCTL_EN		BIT(1)
#define MFIGB_TCTL_PSP		BIT(3)
#define MFIGB_TCTL_CT		(15 << 4)
#define MFIGB_TCTL_COLD		(64 << 12)
#define MFIGB_TCTL_RTLC		BIT(24)

#define MFIGB_VFRE		0x00c8c
#define MFIGB_VFTE		0x00c90

#define MFIGB_GPIE		0x01514
#define MFIGB_GPIE_NSICR	BIT(0)
#define MFIGB_GPIE_MSIX		BIT(4)
#define MFIGB_GPIE_EIAME	BIT(30)
#define MFIGB_GPIE_PBA		BIT(31)

#define MFIGB_EIMS		0x01524
#define MFIGB_EIMC		0x01528
#define MFIGB_EIAC		0x0152c
#define MFIGB_EIAM		0x01530
#define MFIGB_EITR(vector)	(0x01680 + 4 * (vector))
#define MFIGB_EITR_USECS	2	/* shift */
/* The entries of receive queue n and transmit queue n, n below 8. */
#define MFIGB_IVAR(n)		(0x01700 + 4 * (n))
#define MFIGB_IVAR_RX		0	/* shift */
#define MFIGB_IVAR_TX		8	/* shift */
#define MFIGB_IVAR_MISC		0x01740
#define MFIGB_IVAR_OTHER	8	/* shift */
#define MFIGB_IVAR_VALID	BIT(7)

#define MFIGB_QDE		0x02408

#define MFIGB_DTXSWC		0x03500
#define MFIGB_DTXSWC_LOOPBACK	BIT(31)

#define MFIGB_RXCSUM		0x05000
#define MFIGB_RXCSUM_IP		BIT(8)
#define MFIGB_RXCSUM_L4		BIT(9)
#define MFIGB_RLPML		0x05004
#define MFIGB_MTA(n)		(0x05200 + 4 * (n))
#define MFIGB_MTA_WORDS		128
#define MFIGB_RAL(n)		(0x05400 + 8 * (n))	/* n below 16 */
#define MFIGB_RAH(n)		(0x05404 + 8 * (n))
#define MFIGB_RAH2(n)		(0x054e4 + 8 * (n))	/* 16 and up */
#define MFIGB_RAH_POOL(pool)	BIT(18 + (pool))
#define MFIGB_RAH_AV		BIT(31)
#define MFIGB_WUC		0x05800
#define MFIGB_MRQC		0x05818
#define MFIGB_MRQC_VMDQ		3
#define MFIGB_VT_CTL		0x0581c
#define MFIGB_VT_CTL_NO_DEFAULT	BIT(29)
#define MFIGB_VT_CTL_REPLICATE	BIT(30)
#define MFIGB_VMOLR(pool)	(0x05ad0 + 4 * (pool))
#define MFIGB_VMOLR_LPE		BIT(16)
#define MFIGB_VMOLR_AUPE	BIT(24)
#define MFIGB_VMOLR_ROMPE	BIT(25)
#define MFIGB_VMOLR_BAM		BIT(27)
#define MFIGB_VMOLR_STRCRC	BIT(31)
#define MFIGB_RPLOLR		0x05af0
#define MFIGB_RPLOLR_STRCRC	BIT(31)

#define MFIGB_SWSM		0x05b50
#define MFIGB_SWSM_SMBI		BIT(0)
#define MFIGB_SWSM_SWESMBI	BIT(1)
#define MFIGB_SW_FW_SYNC	0x05b5c
#define MFIGB_SW_FW_PHY(func)	BIT(1 + (func))
#define MFIGB_SW_FW_FIRMWARE	16	/* shift of the firmware's bits */

#define MFIGB_UTA(n)		(0x0a000 + 4 * (n))
#define MFIGB_UTA_WORDS		128

/* Registers of receive queue q. */
#define MFIGB_RDBAL(q)		(0x0c000 + 0x40 * (q))
#define MFIGB_RDBAH(q)		(0x0c004 + 0x40 * (q))
#define MFIGB_RDLEN(q)		(0x0c008 + 0x40 * (q))
#define MFIGB_SRRCTL(q)		(0x0c00c + 0x40 * (q))
#define MFIGB_SRRCTL_KB		GENMASK(6, 0)	/* size of buffers in KiB */
#define MFIGB_SRRCTL_ONE_BUFFER	BIT(25)
#define MFIGB_SRRCTL_DROP	BIT(31)
#define MFIGB_RDH(q)		(0x0c010 + 0x40 * (q))
#define MFIGB_RDT(q)		(0x0c018 + 0x40 * (q))
#define MFIGB_RXDCTL(q)		(0x0c028 + 0x40 * (q))
#define MFIGB_RQDPC(q)		(0x0c030 + 0x40 * (q))

/* Registers of transmit queue q. */
#define MFIGB_TDBAL(q)		(0x0e000 + 0x40 * (q))
#define MFIGB_TDBAH(q)		(0x0e004 + 0x40 * (q))
#define MFIGB_TDLEN(q)		(0x0e008 + 0x40 * (q))
#define MFIGB_TDH(q)		(0x0e010 + 0x40 * (q))
#define MFIGB_TDT(q)		(0x0e018 + 0x40 * (q))
#define MFIGB_TXDCTL(q)		(0x0e028 + 0x40 * (q))

/* RXDCTL and TXDCTL. */
#define MFIGB_DCTL_PTHRESH	BIT(3)
#define MFIGB_DCTL_HTHRESH	BIT(8)
#define MFIGB_DCTL_WTHRESH	BIT(16)
#define MFIGB_DCTL_ENABLE	BIT(25)

/**
 * struct mfigb_desc - an advanced descriptor of either direction
 * @addr: DMA address of the buffer; the device overwrites it on receive
 * @lo: length, type and command on transmit; reserved or written by the device,
 *	see below, on receive
 * @hi: length of the frame and checksums to write on transmit; reserved on
 *	receive
 *
 * When the device has handled a receive descriptor, @lo has status and errors,
 * the low half of @hi has the length, and the lowest bits of @addr have the
 * type of the frame. When it has handled a transmit
 * descriptor, @hi has the status.
 */
struct mfigb_desc {
	__le64	addr;
	__le32	lo;
	__le32	hi;
};

/* Status of either direction. */
#define MFIGB_DESC_DD		BIT(0)

/* Type of a received frame. */
#define MFIGB_RXD_TCP		BIT(8)
#define MFIGB_RXD_UDP		BIT(9)

/* Status and errors of a received frame. */
#define MFIGB_RXD_EOP		BIT(1)
#define MFIGB_RXD_L4CS		BIT(5)	/* the next layer was checked */
#define MFIGB_RXD_L4E		BIT(29)
#define MFIGB_RXD_IPE		BIT(30)
#define MFIGB_RXD_ERRORS	(BIT(24) | BIT(25) | BIT(26) | BIT(28) | BIT(31))

/* Type, command and length of a frame to send. */
#define MFIGB_TXD_CONTEXT	BIT(21)
#define MFIGB_TXD_DATA		GENMASK(21, 20)
#define MFIGB_TXD_EOP		BIT(24)
#define MFIGB_TXD_IFCS		BIT(25)
#define MFIGB_TXD_RS		BIT(27)
#define MFIGB_TXD_DEXT		BIT(29)
#define MFIGB_TXD_TSE		BIT(31)

/* What a transmit descriptor has in @hi. */
#define MFIGB_TXD_IXSM		BIT(8)
#define MFIGB_TXD_TXSM		BIT(9)
#define MFIGB_TXD_PAYLEN	14	/* shift */

/*
 * A context descriptor, in front of frames that the device completes, has
 * lengths in the low half of @addr, types in @lo, and sizes in @hi.
 */
#define MFIGB_CTX_MACLEN	9	/* shift in @addr; the IP header is at 0 */
#define MFIGB_CTX_IPV4		BIT(10)
#define MFIGB_CTX_TCP		BIT(11)
#define MFIGB_CTX_L4LEN		8	/* shift in @hi */
#define MFIGB_CTX_MSS		16	/* shift in @hi */

#endif /* MFIGB_REGS_H */
