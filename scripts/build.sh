# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#
# Build inside the root: sources are at /src (read-only), all files of the build in
# /build. The results are in /build/out: modules/*.ko, provider/*.so, bin/*, and
# root/, the files that an installation adds to a root.

out=/build/out

kernel_release() { cat /opt/mfraw/kernel-release; }

# The kernel that modules are built for: by default the one of the root. A caller
# that builds for another kernel declares these local, sets them and calls
# build_modules.
mod_release=$(kernel_release)			# what "uname -r" will say
mod_kernel=/lib/modules/$mod_release/build	# kbuild's tree of that kernel
mod_base=					# has its lib/modules/RELEASE
mod_tree=/build/modules				# sources and objects of ours
mod_out=$out/modules				# takes the *.ko
mod_root=$out/root				# takes an installation of them
mod_args=()					# arguments of make: ARCH=um ...
mod_tools=					# the prefix of the compiler and its tools
[ -z "$arch" ] || mod_tools=aarch64-linux-gnu-

# sync_tree FROM TO: make TO hold the files of FROM. Only files that differ are
# written, and sources that are gone are removed. Files that a build made in TO stay.
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

# put FILE... DIRECTORY: copy the files that differ. Each file is replaced in one
# step, so that a reader sees the old one or the new one.
put() {
	local dir=${*: -1} file

	mkdir -p "$dir" || return
	for file in "${@:1:$#-1}"; do
		cmp -s "$file" "$dir/${file##*/}" || {
			cp -L --preserve=mode,timestamps "$file" "$dir/.new" && mv "$dir/.new" "$dir/${file##*/}"
		} || return
	done
}

# put_only FILE... DIRECTORY: the same, and remove all other files of DIRECTORY.
put_only() {
	local dir=${*: -1} file

	put "$@" || return
	set -- "${@:1:$#-1}"
	for file in "$dir"/*; do
		[[ " ${*##*/} " == *" ${file##*/} "* ]] || rm -f "$file"
	done
}

# All options of a module directory's Kconfig, switched on.
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

# lib/kunit of the kernel's source, for kernel/kunit.
kunit_source=/build/kunit-source
kunit_unpack() {
	local key

	key=$(stat -c '%s %Y' /opt/mfraw/linux-source.tar.xz) || return
	[ "$(cat $kunit_source/key 2>/dev/null)" = "$key" ] && return
	rm -rf $kunit_source
	mkdir -p $kunit_source
	tar -xJf /opt/mfraw/linux-source.tar.xz --strip-components=3 \
		-C $kunit_source --wildcards '*/lib/kunit/*.[ch]' &&
		echo "$key" >$kunit_source/key
}

# kernel_dirs TREE: print the module directories of TREE, first those whose symbols
# others use.
kernel_dirs() {
	local dir

	for dir in "$1"/kernel/{kunit,mfsteer,mfport}/ "$1"/kernel/*/; do
		[ ! -e "$dir/Kbuild" ] || echo "${dir%/}"
	done | awk '!seen[$0]++'
}

# kernel_make TREE [MAKE-ARGUMENT...]: build every module directory of TREE for
# the kernel of mod_kernel, mod_args. Below step, it tells how far it is.
kernel_make() {
	local tree=$1 dir dirs options n=0

	shift
	kunit_unpack || return
	set -- "MFRAW_KUNIT_SOURCE=$kunit_source" "$@"
	[ -n "${step_fd:-}" ] || set -- -s "$@"
	mapfile -t dirs < <(kernel_dirs "$tree")
	for dir in "${dirs[@]}"; do
		mapfile -t options < <(kconfig_all "$dir")
		# kbuild does not notice new versions of symbols of another directory.
		rm -f "$dir/Module.symvers"
		progress_from "kernel_progress $((++n)) ${#dirs[@]} ${dir##*/}" \
			make -j"$(nproc)" -C "$mod_kernel" M="$dir" \
			"${options[@]}" "${mod_args[@]}" "$@" modules || return
	done
}

kernel_progress() { # NUMBER TOTAL NAME
	local line count=0

	echo "module $1 of $2, $3"
	while IFS= read -r line; do
		[[ ! $line =~ ^\ +CC ]] ||
			echo "module $1 of $2, $3: $((++count)) files compiled"
	done
}

# build_modules: build the modules into mod_out and install them in mod_root.
build_modules() {
	local dir object kos=()

	kernel_tree "$mod_tree" && kernel_make "$mod_tree" || return
	# Take only the modules of this run of kbuild; older ones may lie around.
	for dir in $(kernel_dirs "$mod_tree"); do
		while read -r object; do
			object=${object##*/}
			kos+=("$dir/${object%.*}.ko")
		done <"$dir/modules.order"
	done
	put_only "${kos[@]}" "$mod_out" && build_depmod
}

# Install the modules, without those of suites, which tests/guest/tools/kunit.sh finds
# in mod_out. depmod reads every module of the kernel, which takes long
# (minutes in an emulated guest), so it runs only if our modules differ for it.
build_depmod() {
	local base=$mod_tree/depmod key root dir ko file
	local kernel=$mod_base/lib/modules/$mod_release

	root=$mod_root/usr/lib/modules/$mod_release
	set --
	for ko in "$mod_out"/*.ko; do
		[[ ! -e $ko || $ko == *kunit.ko ]] || set -- "$@" "$ko"
	done
	put_only "$@" "$root/updates" || return
	key=$({ stat -c '%n %i %y' "$kernel"/modules.order
		for ko; do
			echo "$ko"
			modinfo "$ko" | grep -E '^(alias|depends|softdep|weakdep):'
			"${mod_tools}nm" "$ko" | awk '$1 == "U" || /__ksymtab_/ { print $NF }'
		done; } | sha256sum)
	[ "$(cat "$base/key" 2>/dev/null)" = "$key" ] && return
	progress "dependencies of all modules"
	rm -rf "$base"
	dir=$base/lib/modules/$mod_release
	mkdir -p "$dir" || return
	[ ! -d "$kernel/kernel" ] || cp -rs "$kernel/kernel" "$dir/" || return
	for file in "$kernel"/modules.{order,builtin,builtin.modinfo}; do
		[ ! -e "$file" ] || cp "$file" "$dir/" || return
	done
	cp -r "$root/updates" "$dir/" &&
		depmod -b "$base" "$mod_release" &&
		put "$dir"/modules.* "$root" && rm -rf "${base:?}/lib" &&
		echo "$key" >"$base/key"
}

# The provider belongs to one exact rdma-core: overlay it on that source.
build_provider_configure() {
	local tree=/build/rdma-core key

	key=$({ sha256sum </opt/mfraw/rdma-core.tar.gz
		declare -f build_provider_configure; } | sha256sum)
	[ "$(cat $tree/configured 2>/dev/null)" = "$key" ] && return
	rm -rf $tree
	mkdir -p $tree
	tar --no-same-owner -xf /opt/mfraw/rdma-core.tar.gz -C $tree --strip-components=1 &&
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
	progress_from progress_ninja ninja -C $build "$target"
}

build_provider() {
	local lib

	build_provider_configure && provider_overlay && provider_ninja &&
		put_only /build/rdma-core/build/lib/libmfraw-rdmav*.so \
			$out/provider || return
	# Beside the providers of the distribution.
	lib=$(echo /lower/usr/lib/*/libibverbs)
	put_only $out/provider/*.so "$out/root${lib#/lower}" &&
		mkdir -p $out/root/etc/libibverbs.d &&
		echo "driver mfraw" >$out/root/etc/libibverbs.d/mfraw.driver ||
		return
	# Man page.
	put_only /src/providers/mfraw/man/*.7 $out/root/usr/share/man/man7
}

build_programs() {
	[ -e /build/cmake/build.ninja ] ||
		cmake -S /src -B /build/cmake -GNinja -DCMAKE_BUILD_TYPE=Debug \
			-DCMAKE_RUNTIME_OUTPUT_DIRECTORY=$out/bin || return
	progress_from progress_ninja ninja -C /build/cmake
}

# part TEXT LOG STAMP "INPUT..." "OUTPUT..." COMMAND...: run a step of the build, and
# write the file STAMP. The step is left out if inputs (files and directories),
# outputs and command agree with STAMP.
part() {
	local text=$1 log=$2 stamp=$3 inputs=$4 outputs=$5 state

	shift 5
	# If an input changes while the step runs, the stamp must not agree.
	state=$(part_state "$inputs" "$*") || return
	[ "$(cat "$stamp" 2>/dev/null)" != "$state$(part_files "$outputs")" ] ||
		return 0
	rm -f "$stamp"
	build_idle=
	step "$text" "$log" "$@" || return
	mkdir -p "${stamp%/*}" &&
		echo "$state$(part_files "$outputs")" >"$stamp.new" &&
		mv "$stamp.new" "$stamp"
}

# The state of inputs has their contents and their times of change, since a file that
# is changed and changed back may have been read in between. The compiler and all
# other tools come from the root. This file has the way to build, so it is an input.
part_state() { # "INPUT..." COMMAND
	local files

	mapfile -d '' files < <(find -H $1 /src/scripts/build.sh -type f -print0 |
		sort -z)
	{
		echo "$2"
		stat -c '%n %i %y' /opt/mfraw/ready
		stat -c '%n %i %s %y %z' "${files[@]}"
		sha256sum "${files[@]}"
	} | sha256sum
}

part_files() { # "FILE..."
	find $1 -printf '%p %i %s %T@ %C@\n' 2>&1 | sort | sha256sum
}

# part_modules TEXT LOG [COMMAND...]: build the modules for the kernel of mod_kernel.
# COMMAND is a function that calls build_modules and does more.
part_modules() {
	local text=$1 log=$2

	shift 2
	[ $# -gt 0 ] || set -- build_modules
	part "$text" "$log" "$mod_tree/stamp" \
		"/src/kernel /src/include $mod_kernel/.config $mod_kernel/Module.symvers" \
		"$mod_out $mod_root/usr/lib/modules/$mod_release" \
		part_modules_make "$mod_release" "$mod_kernel" "$mod_base" \
		"${mod_args[@]}" -- "$@"
}

# The words before -- are only inputs of part, which compares them.
part_modules_make() {
	while [ "$1" != -- ]; do shift; done
	"${@:2}"
}

# part_modules_for KIND: build the modules for a kernel that kernel.sh builds.
part_modules_for() {
	local mod_release=$kernel_rel mod_kernel=$kernel_build_dir
	local mod_base=$kernel_dir/root/usr mod_tree=/build/$1/tree
	local mod_out=/build/$1/modules mod_root=/build/$1/root mod_args

	mod_args=("ARCH=$(kernel_arch "$1")")
	# arch/um switches builtins off, and KASAN does not see memcpy() then.
	! kernel_is_um "$1" || mod_args+=(KCFLAGS=-fbuiltin)
	[ "$1" = um ] || mod_args+=(GCOV_PROFILE=y KCOV_INSTRUMENT=y)
	part_modules "kernel modules ($1)" "/build/log/modules-$1.log" \
		build_modules_beside
}

# Install the kernel's own modules, too, since the root does not have them.
build_modules_beside() {
	build_modules &&
		cp -r --reflink=auto -u "$mod_base/lib/modules/$mod_release/kernel" \
			"$mod_root/usr/lib/modules/$mod_release/"
}

# build_all [KIND]: build the modules for a kind of kernel, and all other parts.
build_all() {
	local lock='' free kind=${1:-distro}

	build_idle=y
	# Builds of one checkout and suite come one after the other.
	mkdir -p $out /build/log && take_lock /build/lock builds &&
	if [ "$kind" = distro ]; then
		part_modules "kernel modules" /build/log/modules.log
	else
		part_modules_for "$kind"
	fi &&
	part provider /build/log/provider.log /build/rdma-core/stamp \
		"/src/providers /src/include /opt/mfraw/rdma-core.tar.gz" \
		"$out/provider $out/root/etc/libibverbs.d $(echo $out/root/usr/lib/*/libibverbs) $out/root/usr/share/man" \
		build_provider &&
	part "test programs" /build/log/programs.log /build/cmake/stamp \
		"/src/CMakeLists.txt /src/perf /src/tests /src/include" \
		"$out/bin /build/cmake/build.ninja /build/cmake/tests/CTestTestfile.cmake" \
		build_programs
	set -- $?
	[ -z "$lock" ] || exec {lock}>&-
	if [ "$1" -ne 0 ]; then
		free=$(df --output=avail -k /build | tail -n 1)
		# The step that failed may have removed its log.
		if [ "$free" -lt 1024 ] || grep -aqs 'No space left on device' \
			"$(find /build/log -name '*.log' -printf '%T@ %p\n' |
				sort -n | tail -n 1 | cut -d' ' -f2)"; then
			say "the disk of $(build_dir) is full"
		fi
		say "build failed: the logs are in $(build_dir)/log"
	fi
	return "$1"
}
