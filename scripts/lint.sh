#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#
# Checks of the sources, inside the root. Any output of a checker is a failure.
set -u -o pipefail

. /src/scripts/common.sh
. /src/scripts/build.sh

work=$(mktemp -d /build/lint.XXXXXX) || exit
trap 'rm -rf "$work"' EXIT

# kept NAME: enter what a check keeps for its next run, alone.
kept() {
	local fd

	mkdir -p "/build/lint/$1" && exec {fd}<"/build/lint/$1" && flock "$fd"
}

# A file in which checkpatch finds nothing is not read again until it changes.
lint_checkpatch() {
	local headers program=/opt/mfraw/checkpatch/checkpatch.pl key

	# The kernel's own names count as known.
	headers=$(dirname "$(readlink -e \
		"/lib/modules/$(kernel_release)/source/Makefile")") || return
	kept checkpatch || return
	key="$(cat "$program" /src/scripts/lint.sh | sha256sum) $headers"
	[ "$(head -n 1 /build/lint/checkpatch/clean 2>/dev/null)" = "$key" ] ||
		echo "$key" >/build/lint/checkpatch/clean
	# checkpatch writes files into its directory.
	cp -r /src/kernel /src/include "$work/" && cd "$work" || return
	find kernel include -type f \
		\( -name '*.[ch]' -o -name Kconfig -o -name Kbuild \) | sort |
		xargs sha256sum >files || return
	# The program takes longer to start than to check a file.
	grep -vxFf /build/lint/checkpatch/clean files | cut -c67- |
		xargs -r -n 40 perl "$program" --no-tree --strict --root="$headers" \
			--terse --show-types --quiet --no-summary --file 2>&1 |
		# Left out: a keyword of C, which is no name of ours; the version
		# macros of the header for kernel versions; macros by which suites
		# replace functions of the kernel; and a helper that Linux 6 lacks.
		grep -v -e 'ALLOC_WITH_SIZEOF: Prefer kv[a-z]*_obj ' \
			-e 'CAMELCASE: Avoid CamelCase: <_Static_assert>$' \
			-e '^kernel/.*kunit[^:]*:.*:\(MACRO_ARG_\(UNUSED\|REUSE\)\|MACRO_WITH_FLOW_CONTROL\|MULTISTATEMENT_MACRO_USE_DO_WHILE\):' \
			-e '^kernel/compat.h:.*:\(LINUX_VERSION_CODE\|CONSTANT_COMPARISON\|MACRO_ARG_UNUSED\):' >log
	cat log
	[ ! -s log ] && { echo "$key"; cat files; } >/build/lint/checkpatch/clean
}

# Build all modules with the kernel's own warnings (W=1) and sparse. Objects without
# a warning are kept, so the next run builds what has changed.
lint_sparse() {
	local tree=/build/lint/sparse

	kept sparse && kernel_tree $tree || return
	kernel_make $tree W=1 C=1 CF=-D__CHECK_ENDIAN__ 2>&1 | tee "$work/log"
	[ "${PIPESTATUS[0]}" -eq 0 ] && quiet "$work/log" && return
	rm -rf $tree
	return 1
}

provider_objects=/build/rdma-core/build/providers/mfraw

# Build the provider from nothing, with the warnings of rdma-core's own build, and
# compile each of its headers alone.
lint_provider() {
	local header

	build_provider >"$work/build" 2>&1 || { cat "$work/build"; return 1; }
	for header in /src/providers/mfraw/*.h; do
		"${mod_tools}gcc" --sysroot=/lower -std=gnu11 -Wall -fsyntax-only -x c \
			-I/build/rdma-core/build/include "$header" 2>&1 |
			grep . || continue
		echo "$header does not compile alone"
		return 1
	done
	find $provider_objects -name '*.o' -delete
	provider_ninja 2>&1 | tee "$work/log"
	[ "${PIPESTATUS[0]}" -eq 0 ] && quiet "$work/log"
}

# What a file gets from another one is not followed: each would be read a hundred times.
lint_shell() {
	cd /src && printf '%s\n' mfraw scripts/*.sh scripts/init scripts/commit-msg perf/*.sh \
		docs/pictures/*.sh tests/list.sh tests/guest/*/*.sh tests/{tool,applications,packages,reliability,newer}/*.sh \
		examples/*.sh tools/*.bash-completion packaging/debian/*.postrm \
		packaging/upstream/selftests/*.sh |
		xargs -n 8 shellcheck -S warning -e SC2034,SC2154
}

lint_python() {
	cd /src && find scripts tests perf tools examples \
		\( -name '*.py' -o -name mfraw-config \) -print0 | xargs -0 pyflakes3
}

# These words, which codespell takes for mistakes, are words of the field or of C.
lint_spelling() {
	cd /src && find . \( -path ./build -o -path ./.git \) -prune -o \
		-type f ! -name '*.svg' ! -path './tests/fuzz/corpus/*' -print0 |
		xargs -0 codespell -L wqs,bu,fro,nin,ect,tha
}

# A kernel-doc comment must document each parameter, member and return value.
lint_kerneldoc() {
	local tool=/opt/mfraw/checkpatch/kernel-doc

	if [ ! -f "$tool" ]; then
		echo "# skipped: kernel-doc of this kernel is no single program"
		return 0
	fi
	cd /src && find kernel include -name '*.[ch]' -print0 | sort -z |
		xargs -0 perl "$tool" -none -Wall 2>&1 | tee "$work/log"
	[ ! -s "$work/log" ]
}

# Files of a module, and those of the provider, have an order: no file calls a file
# that calls it, directly or by way of others. Prints the arrows of each circle, with
# their symbols.
lint_circles() {
	local list tree=$mod_tree provider

	# The modules of the lane.
	[ "${MFRAW_KERNEL:-distro}" = distro ] || tree=/build/$MFRAW_KERNEL/tree
	for list in "$tree"/kernel/mf*/mf*.mod; do
		[ -e "$list" ] || die "no modules are built: ./mfraw build"
		[[ $list == *_kunit.mod ]] || xargs nm -A -g <"$list" |
			awk -v top="${list%/*}/" -f /src/scripts/circles.awk |
			sort || return
	done >"$work/log"
	provider=$(echo $provider_objects/CMakeFiles/mfraw-rdmav*.dir)
	[ -d "$provider" ] || die "the provider is not built: ./mfraw build"
	# An object may be left of a source that is gone.
	(cd /src/providers/mfraw && printf '%s.o\n' ./*.c) |
		(cd "$provider" && xargs nm -A -g) | sed 's/\.c\.o:/.o:/' |
		awk -f /src/scripts/circles.awk | sort >>"$work/log" || return
	cat "$work/log"
	[ ! -s "$work/log" ]
}

# A module includes its own headers, those of include/ that its part knows, and none of
# a subsystem that its part does not know. Suites have those of kernel/kunit, too. Each
# line has a directory, and patterns of headers: known ones of ours, and unknown ones.
lint_borders() {
	local path ours foreign includes
	local switch='net/(flow_offload|pkt_cls|sch_generic|switchdev|tc_act|tcx)|linux/(if_bridge|netfilter)'

	while read -r path ours foreign; do
		includes=$(cd /src && grep -rn --include='*.[ch]' '^#include' "$path") &&
			[ -n "$includes" ] || { echo "$path includes nothing"; continue; }
		grep '<linux/mf_' <<<"$includes" |
			grep -vE "<linux/mf_($ours)\.h>"
		grep -E "<($foreign)" <<<"$includes"
		grep -F '"../' <<<"$includes" | grep -v '"\.\./kunit/mf_[a-z_]*\.h"'
	done <<-EOF >"$work/log"
		kernel/mfsteer cut|frame|qblock|steer|version rdma/|net/devlink|$switch
		kernel/mfport port|qblock|steer|version rdma/|$switch
		kernel/mfnic cut|frame|port|qblock|steer|version rdma/
		kernel/mfigb cut|frame|port|qblock|steer|version rdma/|$switch
		kernel/mfraw cut|frame|qblock|rss|version $switch
		kernel/mfeth cut|frame|qblock|rss|toeplitz|version rdma/|$switch
		include/linux cut|frame|qblock|toeplitz rdma/|$switch
	EOF
	cat "$work/log"
	[ ! -s "$work/log" ]
}

# Check pictures, links, lengths and names in the documents: see lint_docs.py.
lint_docs() {
	cd /src && python3 scripts/lint_docs.py
}

# Each header compiles alone, so that it can be included anywhere. The flags are those
# of its module, or of mfraw for headers that all modules share. compat.h includes many
# headers, so only headers that use its definitions get it.
lint_headers() {
	local part

	kernel_tree "$work" || return
	sed -n -e 's/^#define \([a-z][a-z_]*\).*/\1/p' \
		-e 's/^static inline.*[ *]\([a-z][a-z_]*\)(.*/\1/p' \
		"$work/kernel/compat.h" >"$work/compat.names"
	for part in mfsteer mfport mfnic mfigb mfeth mfraw; do
		headers_flags "$work/kernel/$part" >"$work/$part.flags" || return
		headers_alone "$part" "$work/kernel/$part"
	done >"$work/log" 2>&1
	headers_alone mfraw "$work/kernel/compat.h" "$work/kernel/kunit" \
		"$work/include" >>"$work/log" 2>&1
	cat "$work/log"
	[ ! -s "$work/log" ]
}

# How kbuild calls the compiler for a file of a module directory.
headers_flags() { # DIRECTORY
	local options

	mapfile -t options < <(kconfig_all "$1")
	echo 'obj-m := headers.o' >>"$1/Kbuild"
	: >"$1/headers.c"
	make -s -C "$mod_kernel" M="$1" "${options[@]}" headers.o >&2 || return
	sed -n -e 's/ -include [^ ]*compat\.h//' \
		-e 's/^savedcmd_[^=]*:= *\(.*\) -Wp,-MMD,[^ ]*\(.*\) -c -o .*/\1 \2/p' \
		"$1/.headers.o.cmd"
}

headers_alone() { # MODULE PATH...
	local part=$1

	shift
	cat >"$work/$part.sh" <<-EOF
		cd $mod_kernel
		compat=
		! grep -qwFf $work/compat.names "\$1" ||
			compat="-include $work/kernel/compat.h"
		$(cat "$work/$part.flags") \$compat -fsyntax-only -x c \\
			-include "\$1" /dev/null ||
			echo "\${1#$work/} does not compile alone"
	EOF
	find "$@" -name '*.h' -print0 |
		xargs -0 -r -n 1 -P "$(nproc)" bash "$work/$part.sh"
}

quiet() {
	! grep -qiE 'warning|error' "$1"
}

case ${1:-} in
borders|checkpatch|circles|docs|headers|kerneldoc|sparse|provider|python|shell|spelling) ;;
*) die "lint.sh borders|checkpatch|circles|docs|headers|kerneldoc|sparse|provider|python|shell|spelling" ;;
esac
"lint_$1" || { echo "lint-$1: the above must go"; exit 1; }
