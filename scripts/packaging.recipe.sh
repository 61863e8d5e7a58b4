#!/bin/sh
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#
# The tools that build packages, check them and build their modules: runs in the root
# with a writable layer above it, called by layer.sh. A change of this file makes a new
# layer (its hash is a part of the key).
#
# Called again after a failure it goes on with what is missing. root.sh reads
# the lines that begin with "recipe:". Environment: FROZEN if the mirror's
# Release file may have expired.
set -eu

export DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8 INITRD=No

# A test installs this kernel, so that DKMS has to build for a second one. The kernel for
# clouds has no switchdev.
second=linux-headers-rt-amd64

home=/opt/mfraw/packaging
mkdir -p $home

echo "recipe: step package lists"
apt-get -q ${FROZEN:+-o Acquire::Check-Valid-Until=false} update

echo "recipe: step packages"
# The attempt before may have been killed in the middle of dpkg.
dpkg --configure -a
# The packages are for these.
apt-mark -q hold libibverbs1 libibverbs-dev ibverbs-providers rdma-core \
	"linux-image-$(cat /opt/mfraw/kernel-release)"
apt-get -q -y --fix-broken install \
	build-essential debhelper dh-dkms dkms lintian systemd-sysv dbus

echo "recipe: step network manager"
# A test starts it beside systemd-networkd.
apt-get -q -y --no-install-recommends install network-manager
systemctl disable NetworkManager NetworkManager-dispatcher NetworkManager-wait-online

echo "recipe: step second kernel"
mkdir -p $home/kernel/partial
if apt-cache show $second >/dev/null 2>&1; then
	apt-get -q -y -o Dir::Cache::archives=$home/kernel --download-only install $second
fi
rm -r $home/kernel/partial $home/kernel/lock

echo "recipe: step tidying up"
apt-get clean
rm -rf /var/lib/apt/lists/* /var/cache/debconf/*-old
