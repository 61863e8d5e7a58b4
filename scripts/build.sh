# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#
# Build inside the root: sources at /src (read-only), everything that comes out
# in /build. What comes out of it is in /build/out: modules/*.ko, provider/*.so,
# bin/*, and root/, which is what an installation adds to a root.

out=/build/out

kernel_release() { cat /opt/mfraw/kernel-release; }

# sync_tree FROM TO: make TO hold the files of FROM, touching only what differs,
# and forget sources that are gone. What a build left in TO stays.
sync_tree() {
	local from=$1 to=$2 file

	mkdir -p "$to"
	(cd "$from" && find . -type f ! -name '.*' -print) |
	while read -r file; do
		cmp -s "$from/$file" "$to/$file" ||
			install -D -m 644 "$from/$file" "$to/$file" || exit
	done || return
	(cd "$to" && find . -type f \( -name '*.[ch]' ! -name '*.mod.c' \
		-o -name Kbuild -o -name Kconfig -o -name CMakeLists.txt \) -print) |
	while read -r file; do
		[ -e "$from/$file" ] || rm -f "$to/$file"
	done
}

# The options of a module directory, all of them on: what its Kconfig says.
kconfig_all() { # DIRECTORY
	[ -e "$1/Kconfig" ] || return 0
	awk '$1 == "config" || $1 == "menuconfig" { name = $2 }
	     $1 == "tristate" && name { print "CONFIG_" name "=m"; name = "" }
	     $1 == "bool" && name { print "CONFIG_" name "=y"; name = "" }' \
		"$1/Kconfig"
}

# kernel_tree TO: a copy of the kernel side to build in.
kernel_tree() {
	sync_tree /src/kernel "$1/kernel" && sync_tree /src/include "$1/include"
}

# kernel_make TREE [MAKE-ARGUMENT...]: build every module directory of TREE.
kernel_make() {
	local tree=$1 dir options

	shift
	for dir in "$tree"/kernel/*/; do
		[ -e "$dir/Kbuild" ] || continue
		mapfile -t options < <(kconfig_all "$dir")
		make -s -j"$(nproc)" -C "/lib/modules/$(kernel_release)/build" \
			M="${dir%/}" "${options[@]}" "$@" modules || return
	done
}

build_modules() {
	local ko

	kernel_tree /build/modules && kernel_make /build/modules || return
	mkdir -p $out/modules
	for ko in $out/modules/*.ko; do
		[ -e "$(echo /build/modules/kernel/*/"${ko##*/}")" ] || rm -f "$ko"
	done
	for ko in /build/modules/kernel/*/*.ko; do
		[ ! -e "$ko" ] || cmp -s "$ko" "$out/modules/${ko##*/}" ||
			cp "$ko" $out/modules/ || return
	done
	build_depmod
}

# Install the modules. depmod reads every module of the kernel, which takes long
# (minutes in an emulated guest): only when something it knows of ours changed.
build_depmod() {
	local release tree=/build/depmod key root ko

	release=$(kernel_release)
	root=$out/root/usr/lib/modules/$release
	rm -rf "$root/updates"
	mkdir -p "$root/updates"
	set -- $out/modules/*.ko
	[ ! -e "$1" ] || cp -p "$@" "$root/updates/" || return
	key=$(for ko; do
		[ -e "$ko" ] || continue
		echo "$ko"
		modinfo "$ko" | grep -E '^(alias|depends|softdep|weakdep):'
		nm "$ko" | awk '$1 == "U" || /__ksymtab_/ { print $NF }'
	done | sha256sum)
	[ "$(cat $tree/key 2>/dev/null)" = "$key" ] && return
	rm -rf $tree
	tree=$tree/lib/modules/$release
	mkdir -p "$tree" &&
		cp -rs "/lib/modules/$release/kernel" "$tree/" &&
		cp "/lib/modules/$release"/modules.{order,builtin}* "$tree/" &&
		cp -r "$root/updates" "$tree/" &&
		depmod -b /build/depmod "$release" &&
		cp "$tree"/modules.* "$root/" && rm -rf "$tree" &&
		echo "$key" >/build/depmod/key
}

# The provider belongs to one exact rdma-core: overlay it on that source.
build_provider_configure() {
	local tree=/build/rdma-core key

	key=$({ sha256sum </opt/mfraw/rdma-core.tar.gz
		declare -f build_provider_configure; } | sha256sum)
	[ "$(cat $tree/configured 2>/dev/null)" = "$key" ] && return
	rm -rf $tree
	mkdir -p $tree
	tar -xf /opt/mfraw/rdma-core.tar.gz -C $tree --strip-components=1 &&
	sed -i '0,/^add_subdirectory(providers\//s//add_subdirectory(providers\/mfraw)\n&/' \
		$tree/CMakeLists.txt &&
	sed -i 's/^\( *\)rdma\/mlx5-abi.h/\1rdma\/mfraw-abi.h\n&/' \
		$tree/kernel-headers/CMakeLists.txt &&
	provider_overlay &&
	cmake -S $tree -B $tree/build -GNinja -DNO_PYVERBS=1 \
		-DNO_MAN_PAGES=1 &&
	echo "$key" >$tree/configured
}

provider_overlay() {
	local tree=/build/rdma-core

	sync_tree /src/providers/mfraw $tree/providers/mfraw || return
	cmp -s /src/include/uapi/rdma/mfraw-abi.h \
		$tree/kernel-headers/rdma/mfraw-abi.h ||
		cp /src/include/uapi/rdma/mfraw-abi.h $tree/kernel-headers/rdma/
}

provider_ninja() {
	local build=/build/rdma-core/build target

	target=$(ninja -C $build -t targets all | grep -o '^mfraw-rdmav[0-9]*' |
		sort -u | head -1)
	[ -n "$target" ] || { echo "no target of the provider"; return 1; }
	ninja -C $build "$target"
}

build_provider() {
	local lib

	build_provider_configure && provider_overlay && provider_ninja || return
	mkdir -p $out/provider
	rm -f $out/provider/*
	cp -pL /build/rdma-core/build/lib/libmfraw-rdmav*.so $out/provider/ ||
		return
	# Beside the providers of the distribution.
	lib=$(echo /usr/lib/*/libibverbs)
	rm -rf "$out/root$lib"
	mkdir -p "$out/root$lib" $out/root/etc/libibverbs.d &&
		cp -p $out/provider/*.so "$out/root$lib/" &&
		echo "driver mfraw" >$out/root/etc/libibverbs.d/mfraw.driver || return
	# Man page.
	mkdir -p $out/root/usr/share/man/man7 &&
		cp /src/providers/mfraw/man/*.7 $out/root/usr/share/man/man7/
}

build_programs() {
	[ -e /build/cmake/build.ninja ] ||
		cmake -S /src -B /build/cmake -GNinja -DCMAKE_BUILD_TYPE=Debug \
			-DCMAKE_RUNTIME_OUTPUT_DIRECTORY=$out/bin || return
	ninja -C /build/cmake
}

build_all() {
	local lock

	mkdir -p $out /build/log
	exec {lock}>/build/lock
	flock "$lock"
	step "kernel modules" /build/log/modules.log build_modules &&
	step "provider" /build/log/provider.log build_provider &&
	step "test programs" /build/log/programs.log build_programs
	set -- $?
	exec {lock}>&-
	[ "$1" -eq 0 ] || say "build failed: the logs are in build/$suite/log"
	return "$1"
}
