#!/bin/sh
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#
# The applications that tests run, and the peers and plots of "./mfraw bench", as
# packages of the root's suite: runs in the root with a writable layer above it,
# called by applications.sh. A change of this file makes a new layer (its hash is a
# part of the key).
#
# Called again after a failure it goes on with what is missing. root.sh reads
# the lines that begin with "recipe:". Environment: FROZEN if the mirror's
# Release file may have expired.
set -eu

export DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8 INITRD=No

home=/opt/mfraw/applications

packages="
	qperf ucx-utils libfabric-bin
	openmpi-bin libopenmpi-dev mpich libmpich-dev
	openvswitch-switch nfs-kernel-server nfs-common keepalived
	prometheus-node-exporter infiniband-diags
	iperf socat
	libxdp-dev python3-matplotlib
"

echo "recipe: step package lists"
apt-get -q ${FROZEN:+-o Acquire::Check-Valid-Until=false} update

echo "recipe: step packages"
# The attempt before may have been killed in the middle of dpkg.
dpkg --configure -a
# The provider was built for these, and modules for that kernel.
apt-mark -q hold libibverbs1 ibverbs-providers rdma-core \
	"linux-image-$(cat /opt/mfraw/kernel-release)"
mkdir -p $home/missing
for name in $packages; do
	# A suite may have lost one: its test tells.
	if apt-cache show "$name" >/dev/null 2>&1; then
		have="${have:-} $name"
	else
		echo "no package $name in this suite" >"$home/missing/$name"
	fi
done
# shellcheck disable=SC2086
apt-get -q -y --fix-broken install $have

echo "recipe: step tidying up"
apt-get clean
rm -rf /var/lib/apt/lists/* /var/cache/debconf/*-old
