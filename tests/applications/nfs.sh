#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#
# NFS over RDMA, with the kernel's server on one device and its client on the other.
# Written data is the same in the server's files, and when the client reads it again.
#
# mfraw-guest: own
# mfraw-needs: distribution
set -u
. "$(dirname "$0")/lib-app.sh"
needs rpc.nfsd rpc.mountd exportfs mount.nfs
LOG_NOISE="$LOG_NOISE|NFSD: |svcrdma|RPC: "

pair_up
eth1=$(net_of "$dev1") || fail "$dev1"
net_up "$dev2" 192.0.2.2/24 || fail "$dev2"
ip netns add ns1
ok ip link set "$eth1" netns ns1
ip -n ns1 addr add 192.0.2.1/24 dev "$eth1"
ip -n ns1 link set lo up
ok ip -n ns1 link set "$eth1" up
gid_of "$dev1" 192.0.2.1 >/dev/null && gid_of "$dev2" 192.0.2.2 >/dev/null ||
	fail "no GIDs"
ok reaches 1 192.0.2.2

# Start the server. The root file system can neither be exported nor written, so the
# server exports a tmpfs.
mkdir -p /run/export /var/lib/nfs/{sm,v4recovery,nfsdcld,rpc_pipefs} /run/rpc_pipefs
ok mount -t tmpfs -o size=256m export /run/export
head -c 20000000 /dev/urandom >/run/export/from-server
ok modprobe nfsd
ok modprobe rpcrdma
mountpoint -q /proc/fs/nfsd || ok mount -t nfsd nfsd /proc/fs/nfsd
ok mount -t rpc_pipefs rpc_pipefs /run/rpc_pipefs
ok ip link set lo up
: >>/etc/exports
runs 300 /tmp/cld nfsdcld
runs 300 /tmp/out exportfs -o rw,no_root_squash,no_subtree_check,insecure,fsid=0 \
	'*:/run/export'
runs 300 /tmp/out rpc.mountd --no-nfs-version 3 --no-udp --no-tcp
runs 300 /tmp/out rpc.nfsd --no-udp --no-nfs-version 3 --nfs-version 4 --rdma=20049 2
has /proc/fs/nfsd/portlist '^rdma 20049'
# No client has an earlier state to reclaim, so the grace period can end. nfsdcld may
# have ended it already.
{ echo Y >/proc/fs/nfsd/v4_end_grace; } 2>/dev/null

# The client has a namespace of mounts of its own.
cat >/tmp/client.sh <<'END'
set -e
mkdir -p /run/client
mnt() { mount -t nfs -o "vers=4.2,proto=rdma,port=20049,soft,timeo=300,$1" 192.0.2.2:/ /run/client; }
mnt rw
grep -A 40 'mounted on /run/client ' /proc/self/mountstats | grep -E '^\s*xprt:\s*rdma'
md5sum </run/client/from-server >/tmp/read.md5
head -c 20000000 /dev/urandom >/tmp/data
cp /tmp/data /run/client/from-client
for i in $(seq 20); do echo "file $i" >/run/client/small.$i; done
sync
umount /run/client
# After this mount, the client has no data in its cache.
mnt ro
cmp /tmp/data /run/client/from-client
[ "$(cat /run/client/small.* | sort | md5sum)" = "$(cat /run/export/small.* | sort | md5sum)" ]
umount /run/client
# Direct I/O makes the transfers as large as possible.
mnt rw
dd if=/tmp/data of=/run/client/direct bs=1M oflag=direct status=none
dd if=/run/client/direct bs=1M iflag=direct status=none | cmp - /tmp/data
umount /run/client
END
traffic_before
runs 300 /tmp/client ip netns exec ns1 bash /tmp/client.sh
has /tmp/client 'xprt:[[:space:]]*rdma'
[ "$(cat /tmp/read.md5)" = "$(md5sum </run/export/from-server)" ] ||
	fail "the client has read other data"
cmp /tmp/data /run/export/from-client || fail "the written data differs"
cmp /tmp/data /run/export/direct || fail "the data written with direct I/O differs"
[ "$(cat /run/export/small.* | wc -l)" = 20 ] || fail "small files"
echo "ok - files are the same in both directions"
traffic_since 40000000

# The client's port goes while the server runs. The server's port goes when the server
# has stopped.
ok devlink port function set "$(port_of_sf 101)" state inactive
runs 300 /tmp/out rpc.nfsd 0
ok devlink port function set "$(port_of_sf 102)" state inactive
exportfs -ua
log=$(log_lines | tail -n "+$((log_before + 1))")
[ -z "$log" ] || fail "the kernel log has: $log"
