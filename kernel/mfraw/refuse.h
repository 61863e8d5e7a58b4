/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * Refused verbs. User space gets an errno. If dynamic debug is on, the log
 * names the refused value: "object: value, what is possible".
 */
#ifndef MFRAW_REFUSE_H
#define MFRAW_REFUSE_H

#include <rdma/ib_verbs.h>
#include <rdma/uverbs_ioctl.h>

/* Log a refused value, and return @err. */
#define mfraw_refuse(ibdev, err, fmt, ...) ({				\
	ibdev_dbg(ibdev, fmt "\n", ##__VA_ARGS__);			\
	(err);								\
})

/**
 * struct mfraw_limit - requested value and its maximum
 * @what: name of the value
 * @value: requested value
 * @most: maximum
 */
struct mfraw_limit {
	const char	*what;
	u64		value;
	u64		most;
};

static inline int mfraw_check_limits(const struct ib_device *ibdev,
				     const char *object,
				     const struct mfraw_limit *limits,
				     unsigned int n)
{
	unsigned int i;

	for (i = 0; i < n; i++)
		if (limits[i].value > limits[i].most)
			return mfraw_refuse(ibdev, -EINVAL,
					    "%s: %s %llu, %llu at most", object,
					    limits[i].what, limits[i].value,
					    limits[i].most);

	return 0;
}

static inline int mfraw_check_flags(const struct ib_device *ibdev,
				    const char *object, const char *what,
				    u64 flags, u64 known)
{
	if (likely(!(flags & ~known)))
		return 0;

	return mfraw_refuse(ibdev, -EOPNOTSUPP, "%s: %s %#llx, %#llx are known",
			    object, what, flags, known);
}

/* Check that the driver data of a verb without driver data is empty or zero. */
static inline int mfraw_check_empty(const struct ib_device *ibdev,
				    const char *object, struct ib_udata *udata)
{
	int err = ib_is_udata_in_empty(udata);

	if (likely(!err))
		return 0;

	return mfraw_refuse(ibdev, err, "%s: %zu bytes of driver data, none known",
			    object, udata->inlen);
}

/* Log @err of ib_copy_validate_udata_in_cm(), and return it. */
static inline int mfraw_check_req(const struct ib_device *ibdev,
				  const char *object,
				  const struct ib_udata *udata, int err)
{
	if (likely(!err))
		return 0;

	return mfraw_refuse(ibdev, err,
			    "%s: %zu bytes of driver data, too few, or unknown flags or members",
			    object, udata->inlen);
}

#endif /* MFRAW_REFUSE_H */
