#!/bin/sh
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#
# What "--arch arm64" needs: runs in the root with a writable layer above it, called by
# layer.sh. A change of this file makes a new layer (its hash is a part of the key). The
# layer has a compiler, an emulator and a tree of packages for arm64, which is the
# guests' root file system and the compiler's headers and libraries. The layer is 750 MB
# in the cache.
#
# Called again after a failure it goes on with what is missing. root.sh reads
# the lines that begin with "recipe:". Environment: FROZEN if the mirror's
# Release file may have expired.
set -eu

export DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8 INITRD=No

home=/opt/mfraw/arm64
tree=$home/root
frozen=${FROZEN:+'Acquire::Check-Valid-Until "false"'}

read -r _ mirror suite _ </etc/apt/sources.list

# What recipe.sh installs in the root, without the tools of a build.
packages="
	linux-image-arm64
	libc6-dev libibverbs-dev librdmacm-dev libnl-3-dev libnl-route-3-dev libudev-dev
	ibverbs-providers ibverbs-utils rdma-core rdmacm-utils perftest
	python3 python3-pyverbs python3-scapy
	iproute2 iputils-ping tcpdump ethtool iperf3 kmod udev procps strace jq
	busybox-static
"

echo "recipe: step package lists"
# kbuild's programs are those of the root, and its headers are those of arm64.
dpkg --add-architecture arm64
apt-get -q ${FROZEN:+-o Acquire::Check-Valid-Until=false} update

echo "recipe: step compiler and emulator"
# The attempt before may have been killed in the middle of dpkg.
dpkg --configure -a
apt-get -q -y --fix-broken install gcc-aarch64-linux-gnu qemu-system-arm mmdebstrap

# The packages are unpacked, not configured, since no program of arm64 runs here. The
# lines after that do the part of the configuration that guests need.
echo "recipe: step root file system of arm64"
rm -rf $tree
mkdir -p $home
mmdebstrap --verbose --mode=root --variant=extract --format=directory --architectures=arm64 \
	--include='?essential' ${frozen:+--aptopt="$frozen"} \
	--include="$(echo $packages)" "$suite" $tree "deb $mirror $suite main"
for file in passwd group; do
	cp $tree/usr/share/base-passwd/$file.master $tree/etc/$file
done
ln -s mawk $tree/usr/bin/awk
mkdir -p $tree/src $tree/build $tree/share $tree/job

echo "recipe: step kernel of arm64"
for release in $tree/usr/lib/modules/*; do release=${release##*/}; done
depmod -b $tree "$release"
ln -sfn "$tree/usr/lib/modules/$release" "/usr/lib/modules/$release"
cp "$tree/boot/vmlinuz-$release" /boot/
apt-get -q -y install "linux-kbuild-${release%-*}" "linux-headers-${release%-*}-common"
cd /tmp
apt-get -q download "linux-headers-$release:arm64"
dpkg-deb --fsys-tarfile linux-headers-*.deb |
	tar -x -C / --wildcards './usr/src/*'
rm linux-headers-*.deb
ln -sfn "/usr/src/linux-headers-$release" "$tree/usr/lib/modules/$release/build"
echo "$release" >/opt/mfraw/kernel-release

# The provider is built in the source of one exact version, which this name has.
library=$(readlink $tree/usr/lib/aarch64-linux-gnu/libibverbs.so.1)
[ -e "/usr/lib/x86_64-linux-gnu/$library" ] || {
	echo "the root has another rdma-core than arm64 ($library): make the root anew"
	exit 1
}

echo "recipe: step tidying up"
mkdir -p $tree$home
: >$tree$home/ready
apt-get clean
rm -rf /var/lib/apt/lists/* /var/cache/debconf/*-old
