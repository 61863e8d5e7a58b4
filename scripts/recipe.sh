#!/bin/sh
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#
# What the root consists of: runs once inside a fresh debootstrap of a suite.
# A change of this file makes a new root (its hash is a part of the key).
set -eu

export DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8 INITRD=No

packages="
	linux-image-amd64 linux-headers-amd64
	gcc make cmake ninja-build pkgconf libc6-dev
	libibverbs-dev librdmacm-dev libnl-3-dev libnl-route-3-dev libudev-dev
	ibverbs-providers ibverbs-utils rdma-core rdmacm-utils perftest
	python3 python3-pyverbs python3-scapy
	iproute2 iputils-ping tcpdump ethtool iperf3 kmod udev procps strace jq
	qemu-system-x86 busybox-static cpio zstd xz-utils
	sparse perl shellcheck flex bison
"

say() { echo "recipe: $*"; }

say "packages"
sed -n 's/^deb /deb-src /p' /etc/apt/sources.list \
	>/etc/apt/sources.list.d/source.list
cat >/etc/apt/apt.conf.d/90mfraw <<'EOF'
APT::Install-Recommends "0";
Acquire::Languages "none";
Acquire::Retries "3";
APT::Sandbox::User "root";
EOF
echo force-unsafe-io >/etc/dpkg/dpkg.cfg.d/mfraw
mkdir -p /etc/initramfs-tools
printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d
chmod +x /usr/sbin/policy-rc.d
apt-get -q update
# shellcheck disable=SC2086
apt-get -q -y install $packages

# One kernel: the one with headers.
release=$(basename "$(dirname /lib/modules/*/build)")
[ -e "/boot/vmlinuz-$release" ] || { say "no kernel of $release"; exit 1; }
mkdir -p /opt/mfraw
echo "$release" >/opt/mfraw/kernel-release

say "source of rdma-core"
cd /opt/mfraw
version=$(dpkg-query -W -f '${source:Version}' rdma-core)
apt-get -q source --download-only --tar-only "rdma-core=$version"
mv rdma-core_*.orig.tar.* rdma-core.tar.gz

# The distribution's libpcap is built without the source of packets that a test
# is about.
say "libpcap with RDMA"
mkdir -p /tmp/libpcap
cd /tmp/libpcap
apt-get -q source --download-only --tar-only libpcap
tar -xf libpcap_*.orig.tar.* --strip-components=1
cmake -S . -B build -GNinja -DCMAKE_BUILD_TYPE=Release \
	-DCMAKE_INSTALL_PREFIX=/opt/mfraw/libpcap -DCMAKE_INSTALL_LIBDIR=lib \
	-DDISABLE_DBUS=ON -DBUILD_WITH_LIBNL=OFF -DDISABLE_RDMA=OFF
ninja -C build install
# The name under which the distribution's programs look for it.
ln -s libpcap.so /opt/mfraw/libpcap/lib/libpcap.so.0.8
cd /
rm -rf /tmp/libpcap

say "checkpatch"
series=$(echo "$release" | cut -d. -f1,2)
mkdir -p /tmp/source /opt/mfraw/checkpatch
cd /tmp/source
apt-get -q download "linux-source-$series"
dpkg-deb --fsys-tarfile linux-source-*.deb |
	tar -xO "./usr/src/linux-source-$series.tar.xz" |
	tar -xJ --strip-components=2 -C /opt/mfraw/checkpatch \
		"linux-source-$series/scripts/checkpatch.pl" \
		"linux-source-$series/scripts/const_structs.checkpatch" \
		"linux-source-$series/scripts/spelling.txt"
cd /
rm -rf /tmp/source

say "clean"
apt-get clean
rm -rf /var/lib/apt/lists/* /var/cache/debconf/*-old
mkdir -p /src /build /share /job /lower
