#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#
# The series of "./mfraw patches" apply to the kernel's source and to rdma-core.
# checkpatch has no complaint about a patch. The new sources of each patch compile; from
# the patch on that adds a directory to the build, the kernel's tree builds it with W=1,
# and sparse is silent.
[ -n "${MFRAW_APART:-}" ] ||
	MFRAW_APART=y exec unshare --mount --propagation private bash "$0" "$@"
. "$(dirname "$0")/lib.sh"

top=/src suite=$MFRAW_SUITE
for part in common kernel patches; do
	# shellcheck source=/dev/null
	. "$top/scripts/$part.sh"
done
trap 'umount -lq "$kernel_build_dir" "$source" 2>/dev/null; rm -rf "$work"' EXIT

(patches_main) || fail "no patches"
! grep -nE "^\+.*(KBUILD_EXTMOD|Outside of the kernel)" /build/patches/linux-*/*.patch ||
	fail "a patch has what is for builds outside of the tree"
kernel_ensure um || fail "no kernel"
source=$(kernel_source um)

# The source and the build of the kernel get a layer that keeps the changes.
layer() { # DIRECTORY NAME
	mkdir -p "$work/$2/upper" "$work/$2/work" &&
		mount -t overlay overlay "$1" -o \
			"lowerdir=$1,upperdir=$work/$2/upper,workdir=$work/$2/work" ||
		fail "no layer above $1"
}
layer "$source" source
layer "$kernel_build_dir" build

kbuild() {
	make -s -j"$(nproc)" -C "$kernel_build_dir" ARCH=um KCFLAGS=-fbuiltin "$@" 2>&1
}

# silent COMMAND...: the command succeeds and prints nothing.
silent() {
	"$@" >"$work/log" && [ ! -s "$work/log" ] ||
		{ cat "$work/log"; fail "$*"; }
}

# These complaints are about macros of the headers for old kernels and of suites, as in
# lint-checkpatch, and about MAINTAINERS, which the last patch of a series changes.
ignored=FILE_PATH_CHANGES,MACRO_ARG_UNUSED,MACRO_ARG_REUSE,MACRO_WITH_FLOW_CONTROL
ignored+=,MULTISTATEMENT_MACRO_USE_DO_WHILE,EMAIL_SUBJECT

check() { # PATCH
	(cd "$source" && perl scripts/checkpatch.pl --strict --terse --show-types --quiet \
		--no-summary --ignore "$ignored" "$1") >"$work/log" 2>&1
	# See lint-checkpatch.
	grep -v -e 'ALLOC_WITH_SIZEOF: Prefer kv[a-z]*_obj ' \
		-e 'CAMELCASE: Avoid CamelCase: <_Static_assert>$' "$work/log" &&
		fail "checkpatch"
}

# dirs PATCH: print the directories of modules that a patch changes.
dirs() {
	sed -n 's,^+++ b/\(drivers/[a-z/]*/mf[a-z]*\)/.*,\1,p' "$1" | sort -u
}

# hooked DIRECTORY: the build of the tree enters the directory. A library is selected by
# a driver that comes later.
hooked() {
	local option

	option=$(sed -n "s,^obj-\$(\(CONFIG_[A-Z_]*\))[[:space:]]*+= ${1##*/}/$,\1,p" \
		"$source/${1%/*}/Makefile") &&
		[ -n "$option" ] && grep -q "^$option=" "$kernel_build_dir/.config"
}

configure() {
	local name

	for name in MFNIC MFETH INFINIBAND_MFRAW KUNIT MFSTEER_KUNIT_TEST MFNIC_KUNIT_TEST \
		MFETH_KUNIT_TEST INFINIBAND_MFRAW_KUNIT_TEST; do
		echo "CONFIG_$name=m"
	done >>"$kernel_build_dir/.config"
	printf '%s\n' CONFIG_ETHERNET=y CONFIG_INFINIBAND_MFRAW_ROCE=y \
		>>"$kernel_build_dir/.config"
	kbuild olddefconfig >"$work/log" || { cat "$work/log"; fail "the configuration"; }
	# What this builds is not under test.
	kbuild prepare >"$work/log" || { cat "$work/log"; fail "the kernel"; }
}

# alone PATCH DIRECTORY: compile the new sources of a directory that no Makefile names.
alone() {
	local objects roce=

	mapfile -t objects < <(sed -n "s,^+++ b/$2/\(.*\)\.c$,\1.o,p" "$1")
	[ ${#objects[@]} -gt 0 ] || return 0
	[[ $1 != */linux-roce/* ]] || roce=-DCONFIG_INFINIBAND_MFRAW_ROCE
	silent kbuild "KCFLAGS=-fbuiltin $roce" M="$source/$2" CONFIG_MFSTEER=m CONFIG_MFPORT=m \
		CONFIG_MFNIC=m CONFIG_INFINIBAND_MFRAW=m CONFIG_INFINIBAND_MFRAW_ROCE="${roce:+y}" \
		"${objects[@]}"
}

for patch in /build/patches/linux-raw/*.patch /build/patches/linux-roce/*.patch; do
	[[ $patch != */0000-* ]] || continue
	echo "# ${patch#/build/patches/}"
	patch -s -p1 -d "$source" <"$patch" || fail "it does not apply"
	check "$patch"
	! grep -q '^+++ b/.*/Kconfig$' "$patch" || configure
	for dir in $(dirs "$patch"); do
		if hooked "$dir" && { [ "${dir##*/}" != mfraw ] ||
			[[ $patch != */linux-roce/* ]] ||
			grep -q '^config INFINIBAND_MFRAW_ROCE' "$source/$dir/Kconfig"; }; then
			silent kbuild W=1 C=1 CF=-D__CHECK_ENDIAN__ "$dir/"
		else
			alone "$patch" "$dir"
		fi
	done
done
# The option of mfport is on since a driver selects it, and no later patch builds it.
silent kbuild W=1 C=1 CF=-D__CHECK_ENDIAN__ drivers/net/ethernet/mfport/
for name in net/ethernet/mfsteer/mfsteer net/ethernet/mfnic/mfnic net/ethernet/mfeth/mfeth \
	infiniband/sw/mfraw/mfraw; do
	[ -e "$kernel_build_dir/drivers/$name.o" ] || fail "no $name.o"
	[ -e "$kernel_build_dir/drivers/${name}_kunit.o" ] || fail "no ${name}_kunit.o"
done
[ -e "$kernel_build_dir/drivers/net/ethernet/mfport/mfport.o" ] || fail "no mfport.o"

cp -r "$patches_base/rdma-core" "$work/rdma-core" && cd "$work/rdma-core" || exit
for patch in /build/patches/rdma-core/*.patch; do
	[[ $patch != */0000-* ]] || continue
	echo "# ${patch#/build/patches/}"
	patch -s -p1 <"$patch" || fail "it does not apply"
done
cmake -S . -B build -GNinja -DNO_PYVERBS=1 -DNO_MAN_PAGES=1 >"$work/log" 2>&1 ||
	{ cat "$work/log"; fail "cmake"; }
target=$(ninja -C build -t targets all | grep -o '^mfraw-rdmav[0-9]*' | sort -u | head -n 1)
ninja -C build "${target:?}" >"$work/log" 2>&1 || { cat "$work/log"; fail "the provider"; }
! grep -iE 'warning|error' "$work/log" || fail "a warning"
[ -e "build/lib/lib$target.so" ] || fail "no provider"
