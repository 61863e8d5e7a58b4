// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * The steps of QPs and the attributes of each: IBTA volume 1, 10.3.1 and tables
 * 91 to 97; annex A14 for XRC; Linux for raw packets.
 */
#include "states.h"

#define S(name)		IBV_QPS_##name
#define PORT		IBV_QP_PORT
#define PKEY		IBV_QP_PKEY_INDEX
#define QKEY		IBV_QP_QKEY
#define ACCESS		IBV_QP_ACCESS_FLAGS
#define CUR		IBV_QP_CUR_STATE
#define ALT		IBV_QP_ALT_PATH
#define MIG		IBV_QP_PATH_MIG_STATE
#define RNR		IBV_QP_MIN_RNR_TIMER
#define NOTIFY		IBV_QP_EN_SQD_ASYNC_NOTIFY
#define RATE		IBV_QP_RATE_LIMIT
#define CONNECT		(IBV_QP_AV | IBV_QP_PATH_MTU | IBV_QP_DEST_QPN | \
			 IBV_QP_RQ_PSN)
#define RETRY		(IBV_QP_TIMEOUT | IBV_QP_RETRY_CNT | IBV_QP_RNR_RETRY | \
			 IBV_QP_MAX_QP_RD_ATOMIC)
#define RESPOND		(IBV_QP_MAX_DEST_RD_ATOMIC | RNR)

/* A step that takes no attributes. */
#define PLAIN(from, to)	{ S(from), S(to), {}, {} }

static const struct rule {
	int	from, to;
	int	req[TYPES], opt[TYPES];
} rules[] = {
	{ S(RESET), S(INIT), .req = {
		[RAW] = PORT, [UD] = PKEY | PORT | QKEY,
		[UC] = PKEY | PORT | ACCESS, [RC] = PKEY | PORT | ACCESS,
		[INI] = PKEY | PORT | ACCESS, [TGT] = PKEY | PORT | ACCESS } },
	{ S(INIT), S(INIT), .opt = {
		[UD] = PKEY | PORT | QKEY,
		[UC] = PKEY | PORT | ACCESS, [RC] = PKEY | PORT | ACCESS,
		[INI] = PKEY | PORT | ACCESS, [TGT] = PKEY | PORT | ACCESS } },
	{ S(INIT), S(RTR),
	  .req = { [UC] = CONNECT, [RC] = CONNECT | RESPOND, [INI] = CONNECT,
		   [TGT] = CONNECT | RESPOND },
	  .opt = { [UD] = PKEY | QKEY, [UC] = ALT | ACCESS | PKEY,
		   [RC] = ALT | ACCESS | PKEY, [INI] = ALT | ACCESS | PKEY,
		   [TGT] = ALT | ACCESS | PKEY } },
	{ S(RTR), S(RTS),
	  .req = { [UD] = IBV_QP_SQ_PSN, [UC] = IBV_QP_SQ_PSN,
		   [RC] = IBV_QP_SQ_PSN | RETRY, [INI] = IBV_QP_SQ_PSN | RETRY,
		   [TGT] = IBV_QP_SQ_PSN | IBV_QP_TIMEOUT },
	  .opt = { [RAW] = RATE, [UD] = CUR | QKEY,
		   [UC] = CUR | ALT | ACCESS | MIG,
		   [RC] = CUR | ALT | ACCESS | MIG | RNR,
		   [INI] = CUR | ALT | ACCESS | MIG,
		   [TGT] = CUR | ALT | ACCESS | MIG | RNR } },
	{ S(RTS), S(RTS), .opt = {
		[RAW] = RATE, [UD] = CUR | QKEY, [UC] = CUR | ALT | ACCESS | MIG,
		[RC] = CUR | ALT | ACCESS | MIG | RNR,
		[INI] = CUR | ALT | ACCESS | MIG,
		[TGT] = CUR | ALT | ACCESS | MIG | RNR } },
	{ S(RTS), S(SQD), .opt = {
		[UD] = NOTIFY, [UC] = NOTIFY, [RC] = NOTIFY, [INI] = NOTIFY,
		[TGT] = NOTIFY } },
	{ S(SQD), S(RTS), .opt = {
		[UD] = CUR | QKEY, [UC] = CUR | ALT | ACCESS | MIG,
		[RC] = CUR | ALT | ACCESS | MIG | RNR,
		[INI] = CUR | ALT | ACCESS | MIG,
		[TGT] = CUR | ALT | ACCESS | MIG | RNR } },
	/* uverbs adds the port to a path, and UC takes no port here. */
	{ S(SQD), S(SQD), .opt = {
		[UD] = PKEY | QKEY, [UC] = ALT | ACCESS | PKEY | MIG,
		[RC] = PORT | IBV_QP_AV | RETRY | RESPOND | ALT | ACCESS |
		       PKEY | MIG,
		[INI] = PORT | IBV_QP_AV | RETRY | ALT | ACCESS | PKEY | MIG,
		[TGT] = PORT | IBV_QP_AV | IBV_QP_TIMEOUT | RESPOND | ALT |
			ACCESS | PKEY | MIG } },
	{ S(SQE), S(RTS), .opt = { [UD] = CUR | QKEY, [UC] = CUR | ACCESS } },
	PLAIN(RESET, RESET), PLAIN(INIT, RESET), PLAIN(RTR, RESET),
	PLAIN(RTS, RESET), PLAIN(SQD, RESET), PLAIN(SQE, RESET),
	PLAIN(ERR, RESET),
	PLAIN(INIT, ERR), PLAIN(RTR, ERR), PLAIN(RTS, ERR),
	PLAIN(SQD, ERR), PLAIN(SQE, ERR), PLAIN(ERR, ERR),
};

static const struct rule *find(int from, int to)
{
	unsigned int i;

	for (i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
		if (rules[i].from == from && rules[i].to == to)
			return &rules[i];

	return NULL;
}

bool is_step(int from, int to)
{
	return find(from, to);
}

int required(enum type type, int from, int to)
{
	const struct rule *rule = find(from, to);

	return rule ? rule->req[type] : 0;
}

/* The device has no alternate paths, so it takes no attributes of them. */
int optional(enum type type, int from, int to)
{
	const struct rule *rule = find(from, to);

	return rule ? rule->opt[type] & ~ALT : 0;
}

/* uverbs ignores attributes that an XRC QP does not use. */
bool legal(enum type type, int from, int to, int mask)
{
	static const int ignored[TYPES] = {
		[INI] = RESPOND,
		[TGT] = RETRY & ~IBV_QP_TIMEOUT,
	};
	int req = required(type, from, to);

	mask &= ~(IBV_QP_STATE | ignored[type]);
	return find(from, to) && (mask & req) == req &&
	       !(mask & ~(req | optional(type, from, to)));
}
