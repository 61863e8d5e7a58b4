/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * Tracepoints. They tell the time and the QP of an event, which completions and
 * counters do not.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM mfraw

#if !defined(MFRAW_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define MFRAW_TRACE_H

#include <linux/tracepoint.h>
#include <rdma/ib_verbs.h>

#define mfraw_show_state(state)						\
	__print_symbolic(state,						\
			 { IB_QPS_RESET, "RESET" }, { IB_QPS_INIT, "INIT" }, \
			 { IB_QPS_RTR, "RTR" }, { IB_QPS_RTS, "RTS" },	\
			 { IB_QPS_SQD, "SQD" }, { IB_QPS_SQE, "SQE" },	\
			 { IB_QPS_ERR, "ERR" })

TRACE_EVENT(mfraw_qp_state,
	    TP_PROTO(const struct ib_qp *ibqp, enum ib_qp_state from,
		     enum ib_qp_state to),
	    TP_ARGS(ibqp, from, to),
	    TP_STRUCT__entry(__string(dev, dev_name(&ibqp->device->dev))
			     __field(u32, qpn)
			     __field(u32, from)
			     __field(u32, to)),
	    TP_fast_assign(__assign_str(dev);
			   __entry->qpn = ibqp->qp_num;
			   __entry->from = from;
			   __entry->to = to;),
	    TP_printk("%s QP %u: %s -> %s", __get_str(dev), __entry->qpn,
		      mfraw_show_state(__entry->from),
		      mfraw_show_state(__entry->to)));

/* @cause is the name of a counter, @num the number of a QP or WQ, or 0. */
TRACE_EVENT(mfraw_drop,
	    TP_PROTO(const struct ib_device *ibdev, u32 num, const char *cause,
		     unsigned int n),
	    TP_ARGS(ibdev, num, cause, n),
	    TP_STRUCT__entry(__string(dev, dev_name(&ibdev->dev))
			     __string(cause, cause)
			     __field(u32, num)
			     __field(unsigned int, n)),
	    TP_fast_assign(__assign_str(dev);
			   __assign_str(cause);
			   __entry->num = num;
			   __entry->n = n;),
	    TP_printk("%s queue %u: %u %s", __get_str(dev), __entry->num,
		      __entry->n, __get_str(cause)));

/* The requester sends the packets from @psn on, before @end_psn, once more. */
TRACE_EVENT(mfraw_retry,
	    TP_PROTO(const struct ib_qp *ibqp, u32 psn, u32 end_psn, u8 left),
	    TP_ARGS(ibqp, psn, end_psn, left),
	    TP_STRUCT__entry(__string(dev, dev_name(&ibqp->device->dev))
			     __field(u32, qpn)
			     __field(u32, psn)
			     __field(u32, end_psn)
			     __field(u8, left)),
	    TP_fast_assign(__assign_str(dev);
			   __entry->qpn = ibqp->qp_num;
			   __entry->psn = psn;
			   __entry->end_psn = end_psn;
			   __entry->left = left;),
	    TP_printk("%s QP %u: from PSN %u, before %u, %u retries left",
		      __get_str(dev), __entry->qpn, __entry->psn,
		      __entry->end_psn, __entry->left));

DECLARE_EVENT_CLASS(mfraw_nak,
		    TP_PROTO(const struct ib_qp *ibqp, u8 syndrome, u32 psn),
		    TP_ARGS(ibqp, syndrome, psn),
		    TP_STRUCT__entry(__string(dev, dev_name(&ibqp->device->dev))
				     __field(u32, qpn)
				     __field(u32, psn)
				     __field(u8, syndrome)),
		    TP_fast_assign(__assign_str(dev);
				   __entry->qpn = ibqp->qp_num;
				   __entry->psn = psn;
				   __entry->syndrome = syndrome;),
		    TP_printk("%s QP %u: syndrome %#x, PSN %u", __get_str(dev),
			      __entry->qpn, __entry->syndrome, __entry->psn));

DEFINE_EVENT(mfraw_nak, mfraw_nak_sent,
	     TP_PROTO(const struct ib_qp *ibqp, u8 syndrome, u32 psn),
	     TP_ARGS(ibqp, syndrome, psn));

DEFINE_EVENT(mfraw_nak, mfraw_nak_received,
	     TP_PROTO(const struct ib_qp *ibqp, u8 syndrome, u32 psn),
	     TP_ARGS(ibqp, syndrome, psn));

#endif /* MFRAW_TRACE_H */

#undef TRACE_INCLUDE_PATH
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_PATH .
#define TRACE_INCLUDE_FILE trace

#include <trace/define_trace.h>
