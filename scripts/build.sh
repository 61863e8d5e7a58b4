# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#
# Build inside the root: sources at /src (read-only), everything that comes out
# in /build. What the guest takes is in /build/out:
# modules/*.ko, provider/*.so, bin/*.

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

# The guest's modules.* files, as if ours were installed: depmod reads every
# module of the kernel, which takes minutes in an emulated guest.
build_depmod() {
	local release tree=/build/depmod key

	release=$(kernel_release)
	key=$(cat $out/modules/*.ko 2>/dev/null | sha256sum)
	[ "$(cat $tree/key 2>/dev/null)" = "$key" ] && return
	rm -rf $tree
	tree=$tree/lib/modules/$release
	mkdir -p "$tree/updates" &&
		cp -rs "/lib/modules/$release/kernel" "$tree/" &&
		cp "/lib/modules/$release"/modules.{order,builtin}* "$tree/" &&
		cp $out/modules/*.ko "$tree/updates/" &&
		depmod -b /build/depmod "$release" || return
	rm -rf $out/depmod
	mkdir -p $out/depmod && cp "$tree"/modules.* $out/depmod/ &&
		rm -rf "$tree" && echo "$key" >/build/depmod/key
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
	build_provider_configure && provider_overlay && provider_ninja || return
	mkdir -p $out/provider
	rm -f $out/provider/*
	cp -pL /build/rdma-core/build/lib/libmfraw-rdmav*.so $out/provider/
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
