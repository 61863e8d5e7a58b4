#!/bin/sh
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#
# What the root consists of: runs inside a fresh debootstrap of a suite, called
# by root.sh. A change of this file makes a new root (its hash is a part of the
# key).
#
# Each step is a function that leaves a stamp when it succeeds. Called again
# after a failure, the recipe goes on with the step that failed, so a step has
# to cope with what an earlier attempt left. root.sh reads the lines that begin
# with "recipe:". Environment: SUITE, MIRROR, and FROZEN if the mirror's Release
# file may have expired.
set -eu

export DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8 INITRD=No

home=/opt/mfraw

packages="
	linux-image-amd64 linux-headers-amd64
	gcc make cmake ninja-build pkgconf libc6-dev
	libibverbs-dev librdmacm-dev libnl-3-dev libnl-route-3-dev libudev-dev
	ibverbs-providers ibverbs-utils rdma-core rdmacm-utils perftest
	python3 python3-pyverbs python3-scapy
	iproute2 iputils-ping tcpdump ethtool iperf3 kmod udev procps strace jq
	qemu-system-x86 busybox-static cpio erofs-utils zstd xz-utils wget
	sparse perl shellcheck pyflakes3 flex bison
	bc libelf-dev libssl-dev lcov codespell patch
"

# Always run: the package lists of an earlier attempt may be out of date.
lists() {
	echo "deb $MIRROR $SUITE main" >/etc/apt/sources.list
	echo "deb-src $MIRROR $SUITE main" >>/etc/apt/sources.list
	rm -f /etc/apt/sources.list.d/*
	cat >/etc/apt/apt.conf.d/90mfraw <<-'END'
	APT::Install-Recommends "0";
	Acquire::Languages "none";
	Acquire::Retries "3";
	APT::Sandbox::User "root";
	END
	[ -z "${FROZEN:-}" ] ||
		echo 'Acquire::Check-Valid-Until "false";' \
			>>/etc/apt/apt.conf.d/90mfraw
	printf '%s\n' force-unsafe-io force-confnew >/etc/dpkg/dpkg.cfg.d/mfraw
	mkdir -p /etc/initramfs-tools
	printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d
	chmod +x /usr/sbin/policy-rc.d
	apt-get -q update
}

packages() {
	# The attempt before may have been killed in the middle of dpkg.
	dpkg --configure -a
	apt-get -q -y --fix-broken install
	# shellcheck disable=SC2086
	apt-get -q -y install $packages

	# One kernel: the one with headers.
	release=$(basename "$(dirname /lib/modules/*/build)")
	[ -e "/boot/vmlinuz-$release" ] || {
		echo "no kernel of $release"
		exit 1
	}
	echo "$release" >$home/kernel-release
}

# The provider is built within it.
rdma_core() {
	scratch
	version=$(dpkg-query -W -f '${source:Version}' rdma-core)
	apt-get -q source --download-only --tar-only "rdma-core=$version"
	mv rdma-core_*.orig.tar.* $home/rdma-core.tar.gz
}

# For checkpatch, and for the kernels that are built here (kernel.sh).
linux() {
	scratch
	series=$(cut -d. -f1,2 $home/kernel-release)
	apt-get -q download "linux-source-$series"
	dpkg-deb --fsys-tarfile linux-source-*.deb |
		tar -xO "./usr/src/linux-source-$series.tar.xz" \
		>$home/linux-source.tar.xz
	mkdir -p $home/checkpatch
	tar -xJf $home/linux-source.tar.xz --strip-components=2 \
		-C $home/checkpatch \
		"linux-source-$series/scripts/checkpatch.pl" \
		"linux-source-$series/scripts/const_structs.checkpatch" \
		"linux-source-$series/scripts/spelling.txt"
	# Newer kernels have another program in its place, which needs a library.
	tar -xJf $home/linux-source.tar.xz --strip-components=2 \
		-C $home/checkpatch \
		"linux-source-$series/scripts/kernel-doc" || :
}

# The distribution's libpcap is built without the source of packets that one
# test is about.
libpcap() {
	scratch
	apt-get -q source --download-only --tar-only libpcap
	tar -xf libpcap_*.orig.tar.* --strip-components=1
	cmake -S . -B build -GNinja -DCMAKE_BUILD_TYPE=Release \
		-DCMAKE_INSTALL_PREFIX=$home/libpcap \
		-DCMAKE_INSTALL_LIBDIR=lib \
		-DDISABLE_DBUS=ON -DBUILD_WITH_LIBNL=OFF -DDISABLE_RDMA=OFF
	ninja -C build install
	# The name under which the distribution's programs look for it.
	ln -sf libpcap.so $home/libpcap/lib/libpcap.so.0.8
}

clean() {
	apt-get clean
	rm -rf /var/lib/apt/lists/* /var/cache/debconf/*-old /tmp/scratch
	mkdir -p /src /build /share /job /lower /kernels
}

# The disk of emulated guests. This recipe and what is mounted here are not on it.
disk() {
	mkfs.erofs --quiet -x-1 --exclude-path=recipe.sh \
		--exclude-path="${home#/}/root.erofs" --exclude-regex='^(dev|proc)/' \
		$home/root.erofs /
}

# An empty directory to work in.
scratch() {
	rm -rf /tmp/scratch
	mkdir -p /tmp/scratch
	cd /tmp/scratch
}

# A step is a process of its own: "set -e" has no effect in a function whose
# status is tested.
run() { # STEP TEXT
	[ ! -e "$home/steps/$1" ] || return 0
	echo "recipe: step $2"
	sh "$0" "$1" || exit
	[ "$1" = lists ] || : >"$home/steps/$1"
}

# What a single test needs does not fail the root: the reason is kept for the
# test to tell why it is skipped.
run_optional() { # STEP TEXT
	[ ! -e "$home/steps/$1" ] || return 0
	echo "recipe: step $2"
	rm -f "$home/missing/$1"
	sh "$0" "$1" >/tmp/optional 2>&1 || {
		{ grep -a '^E: ' /tmp/optional || tail -n 1 /tmp/optional; } |
			head -n 1 >"$home/missing/$1"
	}
	cat /tmp/optional
	rm /tmp/optional
	[ ! -e "$home/missing/$1" ] ||
		echo "recipe: without $2 ($(cat "$home/missing/$1"))"
	: >"$home/steps/$1"
}

if [ $# -gt 0 ]; then
	"$1"
	exit
fi
mkdir -p $home/steps $home/missing
run lists "package lists"
run packages "packages"
run rdma_core "source of rdma-core"
run linux "source of the kernel"
run_optional libpcap "libpcap with RDMA"
run clean "tidying up"
run disk "disk of emulated guests"
