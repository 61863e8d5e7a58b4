#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#
# Checks of the sources, inside the root: any word of theirs is a failure.
set -u -o pipefail

. /src/scripts/common.sh
. /src/scripts/build.sh

work=$(mktemp -d /build/lint.XXXXXX) || exit
trap 'rm -rf "$work"' EXIT

lint_checkpatch() {
	local file headers

	# The kernel's own names count as known.
	headers=$(dirname "$(readlink -e \
		"/lib/modules/$(kernel_release)/source/Makefile")") || return
	# checkpatch leaves notes where it runs.
	cp -r /src/kernel /src/include "$work/" && cd "$work" || return
	while read -r file; do
		perl /opt/mfraw/checkpatch/checkpatch.pl --no-tree --strict \
			--root="$headers" --terse --show-types --quiet \
			--no-summary --file "$file" 2>&1
	done < <(find kernel include -type f \
		\( -name '*.[ch]' -o -name Kconfig -o -name Kbuild \) | sort) |
		# A word of the language, not a name of ours.
		grep -v 'CAMELCASE: Avoid CamelCase: <_Static_assert>$' >log
	cat log
	[ ! -s log ]
}

# The kernel's own warnings (W=1) and sparse, on all modules from nothing.
lint_sparse() {
	kernel_tree "$work" || return
	kernel_make "$work" W=1 C=2 CF=-D__CHECK_ENDIAN__ 2>&1 |
		tee "$work/log"
	[ "${PIPESTATUS[0]}" -eq 0 ] && quiet "$work/log"
}

# The provider under the warnings of rdma-core's own build, from nothing.
lint_provider() {
	build_provider >"$work/build" 2>&1 || { cat "$work/build"; return 1; }
	find /build/rdma-core/build/providers/mfraw -name '*.o' -delete
	provider_ninja 2>&1 | tee "$work/log"
	[ "${PIPESTATUS[0]}" -eq 0 ] && quiet "$work/log"
}

lint_shell() {
	cd /src && shellcheck -S warning -e SC2034,SC2154 -x -P SCRIPTDIR \
		mfraw scripts/*.sh scripts/init perf/*.sh tests/{guest,tool}/*.sh
}

quiet() {
	! grep -qiE 'warning|error' "$1"
}

case ${1:-} in
checkpatch|sparse|provider|shell) ;;
*) die "lint.sh checkpatch|sparse|provider|shell" ;;
esac
"lint_$1" || { echo "lint-$1: the above must go"; exit 1; }
