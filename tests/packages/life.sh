#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#
# The life of the packages on a machine: apt installs them, DKMS builds the modules, the
# service configures the NICs, at each boot again, DKMS builds for a second kernel, and a
# purge leaves nothing behind.
# The machine is the root with the tools for packages, and no build of this checkout.

# The test has its own namespace of mounts, so its mounts go with it.
[ -n "${MFRAW_APART:-}" ] ||
	MFRAW_APART=y exec unshare --mount --propagation private bash "$0" "$@"

here=$(dirname "$0")
. "$here/../tool/lib.sh"
. /src/scripts/common.sh
top=/src

dir=/build/package-test
release=$(cat /opt/mfraw/kernel-release)
system=$dir/system
rm -rf $dir
mkdir -p $dir/{upper,work,system,share} || exit
trap 'umount -lq $system/build $system/proc $system/dev $system; rm -rf $work $dir' EXIT
mount -t overlay overlay -o "lowerdir=/lower,upperdir=$dir/upper,workdir=$dir/work" \
	$system || fail "no overlay"
mount --bind /build $system/build && mount --rbind /proc $system/proc &&
	mount --rbind /dev $system/dev || fail "no mounts"

inside() {
	chroot $system env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root \
		LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive INITRD=No "$@" </dev/null
}

# apt COMMAND...: run apt-get; show its output if it fails.
apt() {
	inside apt-get -y "$@" >"$work/out" 2>&1 || {
		cat "$work/out"
		inside sh -c 'tail -n 40 /var/lib/dkms/mfraw/*/build/make.log'
		fail "apt-get $1"
	}
	echo "ok - apt-get $1"
}

# built RELEASE: DKMS has built all modules for that kernel.
built() {
	local release=${1//+/\\+} module

	shows "mfraw.*$version.*$release.*installed" dkms status
	for module in mfsteer mfport mfnic mfigb mfraw mfraw_kick mfeth; do
		shows "/lib/modules/$release/updates/dkms/$module\.ko" modinfo -k "$1" -n $module
		shows "^$version$" modinfo -k "$1" -F version $module
	done
}

# files: what a package could leave behind. Logs, caches and the lists of dpkg are not.
files() {
	(cd $system && find . -xdev \( -path ./tmp -o -path ./run -o -path ./var/log -o \
		-path ./var/cache -o -path ./var/lib/dpkg -o -path ./var/lib/apt \) \
		-prune -o -print | sort)
}

# shows PATTERN COMMAND...: the command succeeds inside, and its output matches.
shows() {
	local pattern=$1

	shift
	inside "$@" >"$work/out" 2>&1 || { cat "$work/out"; fail "$*"; }
	has "$pattern"
	echo "ok - $* shows '$pattern'"
}

# dpkg, modinfo and mfraw-config show the version of the sources.
version=$(source_version)
inside systemd-machine-id-setup
# The key by which DKMS signs belongs to the machine.
inside dkms generate_mok >"$work/out" 2>&1 || { cat "$work/out"; fail "no key"; }
# systemd does not make caches anew at each boot.
updated() { touch $system/etc/.updated $system/var/.updated; }
updated
files >"$work/before" && [ -s "$work/before" ] || fail "no files"

# Install.
# shellcheck disable=SC2046 # words
apt install $(cd $system && ls -d ./build/packages/*.deb)
for package in mfraw-dkms libibverbs-mfraw mfraw-tools; do
	shows "^ii $version-" dpkg-query -W -f '${db:Status-Abbrev}${Version}' $package
done
built "$release"
shows "^mfraw-config $version$" mfraw-config --version
shows '^libibverbs1 \(= [0-9]' dpkg-query -W -f '${Depends}' libibverbs-mfraw
shows '^enabled$' systemctl is-enabled mfraw.service
shows '^.TH MFRAW' sh -c 'zcat /usr/share/man/man8/mfraw-config.8.gz'
shows '^.TH MFRAW' sh -c 'zcat /usr/share/man/man7/mfraw.7.gz'
shows 'apply.*diff|diff' bash -c '. /usr/share/bash-completion/completions/mfraw-config
	COMP_WORDS=(mfraw-config "") COMP_CWORD=1; _mfraw_config; echo "${COMPREPLY[@]}"'
# The examples are there as they are in the sources, and can be built.
for file in /src/examples/*; do
	cmp "$file" $system/usr/share/doc/mfraw-tools/examples/"${file##*/}" || fail "no $file"
done
inside make -s -C /usr/share/doc/mfraw-tools/examples O=/tmp || fail "the examples"
for file in modprobe.conf modules-load.conf; do
	cmp /src/tools/examples/$file $system/usr/share/doc/mfraw-dkms/examples/$file || fail "no $file"
done
inside systemd-analyze verify --man=no mfraw.service 2>&1 | grep 'mfraw\.service' &&
	fail "systemd-analyze"

# Boot, configure, and boot again with what the first boot has saved.
umount -l $system/build $system/proc $system/dev
boot() { # SCRIPT
	updated
	bash /src/mfraw vm --system $system --share $dir/share --timeout 1200 \
		"$here/$1" || fail "$1"
}
boot lib-first.sh
[ -e $dir/share/mfnic0.conf ] || fail "nothing was saved"
cp $dir/share/*.conf $system/etc/mfraw/ || fail "no copy"
boot lib-second.sh
mount --bind /build $system/build && mount --rbind /proc $system/proc &&
	mount --rbind /dev $system/dev || fail "no mounts"

# A second kernel is installed, with its headers, and removed.
kernel=/opt/mfraw/packaging/kernel
second=$(cd $system/$kernel && echo linux-image-[0-9]*.deb)
if [[ $second == *_* ]]; then
	second=${second#linux-image-} second=${second%%_*}
	# shellcheck disable=SC2046 # words
	apt install $(cd $system && ls -d .$kernel/*.deb)
	built "$second"
	built "$release"
	# shellcheck disable=SC2046 # words
	apt purge $(cd $system/$kernel && printf '%s\n' *.deb | cut -d_ -f1)
	shows "^mfraw.*installed$" dkms status
	! grep -qF "$second" "$work/out" || fail "DKMS has modules of a kernel that is gone"
else
	echo "# this suite has no second kernel"
fi

# Purge.
apt purge mfraw-dkms libibverbs-mfraw mfraw-tools
files >"$work/after"
diff "$work/before" "$work/after" || fail "a purge leaves files"
[ -z "$(inside dkms status)" ] || fail "DKMS still has modules"
echo "ok - nothing is left"
