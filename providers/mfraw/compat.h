/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * The provider uses the provider API of rdma-core 65. This header maps that API
 * to rdma-core 56. config.h has the version of the API. Releases between the
 * two are not tested.
 */
#ifndef MFRAW_COMPAT_H
#define MFRAW_COMPAT_H

#include <config.h>

#include <infiniband/driver.h>

#if IBVERBS_PABI_VERSION < 65
/* The function takes no file descriptors that the caller has opened. */
#define ibv_cmd_get_context(context, cmd, cmd_size, fd_arr, resp, resp_size) \
	ibv_cmd_get_context(context, cmd, cmd_size, resp, resp_size)

/* The function takes no attributes and flags of the provider. */
#define ibv_cmd_create_cq_ex(context, attr, prov_attr, cq, cmd, cmd_size,    \
			     resp, resp_size, flags)			     \
	ibv_cmd_create_cq_ex(context, attr, cq, cmd, cmd_size, resp,	     \
			     resp_size, flags)

/* The function takes no attributes of the provider. */
#define ibv_cmd_create_qp_ex2(context, qp, attr, cmd, cmd_size, resp,	     \
			      resp_size, driver)			     \
	ibv_cmd_create_qp_ex2(context, qp, attr, cmd, cmd_size, resp, resp_size)
#endif

#endif /* MFRAW_COMPAT_H */
