// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Events that the kernel reports by rtnetlink only, and to no driver: the state
 * of bridge ports per vlan, the flags by which a bridge answers ARP, and
 * filters with skip_hw or with actions that have no offload. The switch
 * replaces the software that handles them, so it must know of these events. It
 * listens with sockets in each network namespace.
 *
 * The kernel queues a message in a socket and calls the socket's ready function
 * before the change completes. The function may find messages that another
 * context has queued. So messages of each context have a socket of their own,
 * and locks make a call wait until its own message is handled.
 */
#include <linux/if_bridge.h>
#include <linux/mutex.h>
#include <linux/net.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/spinlock.h>
#include <net/netlink.h>
#include <net/netns/generic.h>
#include <net/sock.h>

#include "bridge/bridge.h"
#include "netdev/rep_path.h"
#include "port/port.h"
#include "tc/tc.h"
#include "watch.h"

static unsigned int mfnic_watch_id __read_mostly;

/**
 * struct mfnic_watch - sockets of a network namespace
 * @filters: receives messages about filters, in process context
 * @vlans: receives messages about vlans of bridge ports, under RTNL
 * @links: receives messages about links, in process context and in softirqs
 * @filters_lock: serialises the handling of messages of @filters
 * @links_lock: serialises the handling of messages of @links
 */
struct mfnic_watch {
	struct socket	*filters;
	struct socket	*vlans;
	struct socket	*links;
	struct mutex	filters_lock;	/* see above */
	spinlock_t	links_lock;	/* see above */
};

/* The state of a bridge port in some vlans has changed. Called under RTNL. */
static void mfnic_watch_vlan(struct net *net, const struct nlmsghdr *nlh)
{
	const struct br_vlan_msg *msg = nlmsg_data(nlh);
	struct nlattr *tb[BRIDGE_VLANDB_ENTRY_MAX + 1];
	const struct bridge_vlan_info *info;
	struct mfnic_brport *brport;
	const struct nlattr *attr;
	struct net_device *dev;
	struct mfnic_port *port;
	u16 last;
	int rem;

	ASSERT_RTNL();
	dev = __dev_get_by_index(net, msg->ifindex);
	port = dev ? mfnic_rep_port(dev) : NULL;
	brport = port ? rtnl_dereference(port->brport) : NULL;
	if (!brport)
		return;

	nlmsg_for_each_attr(attr, nlh, sizeof(*msg), rem) {
		if (nla_type(attr) != BRIDGE_VLANDB_ENTRY ||
		    nla_parse_nested(tb, BRIDGE_VLANDB_ENTRY_MAX, attr, NULL,
				     NULL) ||
		    !tb[BRIDGE_VLANDB_ENTRY_INFO] ||
		    !tb[BRIDGE_VLANDB_ENTRY_STATE])
			continue;
		info = nla_data(tb[BRIDGE_VLANDB_ENTRY_INFO]);
		last = tb[BRIDGE_VLANDB_ENTRY_RANGE] ?
		       nla_get_u16(tb[BRIDGE_VLANDB_ENTRY_RANGE]) : info->vid;
		mfnic_brport_block_vlans(brport, info->vid, last,
					 nla_get_u8(tb[BRIDGE_VLANDB_ENTRY_STATE]) !=
					 BR_STATE_FORWARDING);
	}
}

/*
 * An attribute of a device has changed, maybe a flag of a bridge port. Read the
 * present flags from the port, since a bridge reports changes of state from
 * softirqs, too.
 */
static void mfnic_watch_link(struct net *net, const struct nlmsghdr *nlh)
{
	const struct ifinfomsg *msg = nlmsg_data(nlh);
	struct mfnic_brport *brport;
	struct net_device *dev;
	struct mfnic_port *port;

	rcu_read_lock();
	dev = dev_get_by_index_rcu(net, msg->ifi_index);
	port = dev ? mfnic_rep_port(dev) : NULL;
	brport = port ? rcu_dereference(port->brport) : NULL;
	if (brport)
		mfnic_brport_read_answers(brport);
	rcu_read_unlock();
}

/* A filter of a device or a block has changed. Sleeps. */
static void mfnic_watch_filter(struct net *net, const struct nlmsghdr *nlh)
{
	const struct tcmsg *tcm = nlmsg_data(nlh);
	struct nlattr *tb[TCA_MAX + 1], *opt[TCA_FLOWER_MAX + 1] = {};
	struct mfnic_seen_filter seen = {
		.handle = tcm->tcm_handle,
		.prio = TC_H_MAJ(tcm->tcm_info) >> 16,
	};
	const struct nlattr *flags = NULL;

	if (nlmsg_parse_deprecated(nlh, sizeof(*tcm), tb, TCA_MAX, NULL, NULL))
		return;
	if (tb[TCA_CHAIN])
		seen.chain = nla_get_u32(tb[TCA_CHAIN]);
	/*
	 * Other kinds of classifiers have no offload, so their filters have no
	 * flags.
	 */
	if (tb[TCA_KIND] && tb[TCA_OPTIONS]) {
		if (!nla_strcmp(tb[TCA_KIND], "flower") &&
		    !nla_parse_nested_deprecated(opt, TCA_FLOWER_MAX,
						 tb[TCA_OPTIONS], NULL, NULL))
			flags = opt[TCA_FLOWER_FLAGS];
		else if (!nla_strcmp(tb[TCA_KIND], "matchall") &&
			 !nla_parse_nested_deprecated(opt, TCA_MATCHALL_MAX,
						      tb[TCA_OPTIONS], NULL,
						      NULL))
			flags = opt[TCA_MATCHALL_FLAGS];
	}
	if (nlh->nlmsg_type == RTM_NEWTFILTER) {
		if (!seen.handle || !tb[TCA_KIND] || !tb[TCA_OPTIONS])
			return;
		seen.soft = !flags ||
			    !(nla_get_u32(flags) & (TCA_CLS_FLAGS_SKIP_SW |
						    TCA_CLS_FLAGS_IN_HW));
	}

	if (tcm->tcm_ifindex == TCM_IFINDEX_MAGIC_BLOCK)
		mfnic_tc_seen(net, 0, tcm->tcm_block_index, &seen);
	else if (TC_H_MAJ(tcm->tcm_parent) == TC_H_MAJ(TC_H_CLSACT) &&
		 TC_H_MIN(tcm->tcm_parent) != TC_H_MIN(TC_H_MIN_EGRESS))
		mfnic_tc_seen(net, tcm->tcm_ifindex, 0, &seen);
}

static void mfnic_watch_msg(struct net *net, const struct nlmsghdr *nlh)
{
	switch (nlh->nlmsg_type) {
	case RTM_NEWLINK:
		if (nlmsg_len(nlh) >= sizeof(struct ifinfomsg))
			mfnic_watch_link(net, nlh);
		break;
	case RTM_NEWVLAN:
		if (nlmsg_len(nlh) >= sizeof(struct br_vlan_msg))
			mfnic_watch_vlan(net, nlh);
		break;
	case RTM_NEWTFILTER:
	case RTM_DELTFILTER:
		if (nlmsg_len(nlh) >= sizeof(struct tcmsg))
			mfnic_watch_filter(net, nlh);
		break;
	}
}

static void mfnic_watch_drain(struct sock *sk)
{
	struct nlmsghdr *nlh;
	struct sk_buff *skb;
	int len;

	while ((skb = skb_dequeue(&sk->sk_receive_queue))) {
		/*
		 * Ignore messages of processes; only the kernel has port id 0.
		 */
		if (!NETLINK_CB(skb).portid) {
			len = skb->len;
			for (nlh = nlmsg_hdr(skb); nlmsg_ok(nlh, len);
			     nlh = nlmsg_next(nlh, &len))
				mfnic_watch_msg(sock_net(sk), nlh);
		}
		kfree_skb(skb);
	}
}

static void mfnic_watch_filters_ready(struct sock *sk)
{
	struct mfnic_watch *watch = net_generic(sock_net(sk), mfnic_watch_id);

	mutex_lock(&watch->filters_lock);
	mfnic_watch_drain(sk);
	mutex_unlock(&watch->filters_lock);
}

/* Called under RTNL. */
static void mfnic_watch_vlans_ready(struct sock *sk)
{
	ASSERT_RTNL();
	mfnic_watch_drain(sk);
}

static void mfnic_watch_links_ready(struct sock *sk)
{
	struct mfnic_watch *watch = net_generic(sock_net(sk), mfnic_watch_id);

	spin_lock_bh(&watch->links_lock);
	mfnic_watch_drain(sk);
	spin_unlock_bh(&watch->links_lock);
}

static struct socket *mfnic_watch_open(struct net *net, int group,
				       void (*ready)(struct sock *sk))
{
	struct sockaddr_nl addr = { .nl_family = AF_NETLINK };
	struct socket *sock;
	int err;

	err = sock_create_kern(net, AF_NETLINK, SOCK_RAW, NETLINK_ROUTE, &sock);
	if (err)
		return ERR_PTR(err);
	sock->sk->sk_data_ready = ready;
	err = kernel_bind(sock, (void *)&addr, sizeof(addr));
	if (!err)
		err = sock->ops->setsockopt(sock, SOL_NETLINK,
					    NETLINK_ADD_MEMBERSHIP,
					    KERNEL_SOCKPTR(&group),
					    sizeof(group));
	if (err) {
		sock_release(sock);
		return ERR_PTR(err);
	}

	return sock;
}

static int __net_init mfnic_watch_init_net(struct net *net)
{
	struct mfnic_watch *watch = net_generic(net, mfnic_watch_id);
	int err;

	mutex_init(&watch->filters_lock);
	spin_lock_init(&watch->links_lock);

	watch->filters = mfnic_watch_open(net, RTNLGRP_TC,
					  mfnic_watch_filters_ready);
	if (IS_ERR(watch->filters))
		return PTR_ERR(watch->filters);

	watch->vlans = mfnic_watch_open(net, RTNLGRP_BRVLAN,
					mfnic_watch_vlans_ready);
	if (IS_ERR(watch->vlans)) {
		err = PTR_ERR(watch->vlans);
		goto err_filters;
	}

	watch->links = mfnic_watch_open(net, RTNLGRP_LINK,
					mfnic_watch_links_ready);
	if (IS_ERR(watch->links)) {
		err = PTR_ERR(watch->links);
		goto err_vlans;
	}

	return 0;

err_vlans:
	sock_release(watch->vlans);
err_filters:
	sock_release(watch->filters);

	return err;
}

static void __net_exit mfnic_watch_exit_net(struct net *net)
{
	struct mfnic_watch *watch = net_generic(net, mfnic_watch_id);

	sock_release(watch->links);
	sock_release(watch->vlans);
	sock_release(watch->filters);
}

static struct pernet_operations mfnic_watch_net_ops = {
	.init = mfnic_watch_init_net,
	.exit = mfnic_watch_exit_net,
	.id = &mfnic_watch_id,
	.size = sizeof(struct mfnic_watch),
};

/**
 * mfnic_watch_init - start to listen; precedes the first representor
 *
 * Context: sleeps.
 * Return: 0 or a negative errno.
 */
int __init mfnic_watch_init(void)
{
	return register_pernet_subsys(&mfnic_watch_net_ops);
}

/**
 * mfnic_watch_exit - stop to listen; follows the last representor
 *
 * Context: sleeps.
 */
void mfnic_watch_exit(void)
{
	unregister_pernet_subsys(&mfnic_watch_net_ops);
}
