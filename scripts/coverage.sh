# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#
# Counts the lines and branches that the tests execute: in the modules, where the check
# kernel counts, and in the provider, which has a build that counts. To be sourced,
# inside the root.
#
# /build/coverage/data/N/ has the counts of one guest, by the names of objects:
# modules (from debugfs) and provider (GCOV_PREFIX).

coverage=/build/coverage

# Macros of the kernel whose branches do not count: assertions, checks of lockdep and
# RCU, and messages of netlink that may be traced or cut.
coverage_macros="ASSERT_RTNL|devl_assert_locked|lockdep_|WARN_ON|static_assert"
coverage_macros+="|rcu_dereference|rtnl_dereference|kfree_rcu|NL_SET_ERR_MSG"

# coverage_keep JOB: take the counts of a guest from its job directory.
coverage_keep() {
	local to

	[ -d "$1/gcov" ] || return 0
	mkdir -p $coverage/data
	to=$(mktemp -d $coverage/data/XXXXXX) && mv "$1/gcov"/* "$to/" 2>/dev/null
	rm -rf "$1/gcov"
}

# Build the provider so that it counts, beside the modules of the check kernel.
coverage_provider() {
	local build=/build/rdma-core/build-coverage target lib

	[ -e $build/build.ninja ] ||
		cmake -S /build/rdma-core -B $build -GNinja -DNO_PYVERBS=1 \
			-DNO_MAN_PAGES=1 -DCMAKE_BUILD_TYPE=Debug \
			-DCMAKE_C_FLAGS="--coverage -O1" || return
	target=$(ninja -C $build -t targets all | grep -o '^mfraw-rdmav[0-9]*' |
		sort -u | head -1)
	[ -n "$target" ] || { echo "no target of the provider"; return 1; }
	progress_from progress_ninja ninja -C $build "$target" || return
	lib=$(echo /usr/lib/*/libibverbs)
	mkdir -p "/build/check/root$lib" &&
		cp $build/lib/libmfraw-rdmav*.so "/build/check/root$lib/"
}

# Without coverage, use the provider of all lanes.
coverage_none() {
	rm -rf /build/check/root/usr/lib/*/libibverbs
}

# Add the counts of all guests, in a tree that has the notes of the compiler.
coverage_merge() {
	local dir sum=$coverage/sum file

	rm -rf $sum
	for dir in $coverage/data/*/; do
		if [ ! -d $sum ]; then
			cp -r "$dir" $sum
		else
			gcov-tool merge -o $sum.new $sum "$dir" >/dev/null 2>&1 ||
				return
			rm -rf $sum
			mv $sum.new $sum
		fi
	done
	# shellcheck disable=SC2044
	for file in $(cd $sum && find . -name '*.gcda'); do
		cp "/${file%.gcda}.gcno" "$sum/${file%.gcda}.gcno" || return
	done
}

# coverage_report: print a table, and write pages to /build/coverage/html.
coverage_report() {
	local info=$coverage/all.info ignore

	coverage_merge || { echo "coverage: the counts can't be summed up"; return 1; }
	ignore=(--ignore-errors "mismatch,inconsistent,negative,unused,empty,gcov,source")
	lcov --quiet --branch-coverage --capture --directory $coverage/sum \
		--rc lcov_excl_br_line="LCOV_EXCL_BR_LINE|$coverage_macros" \
		--output-file $info.new "${ignore[@]}" &&
		lcov --quiet --branch-coverage --extract $info.new \
			'*/kernel/mf*/*' '*/providers/mfraw/*' '*/include/linux/mf_*' \
			--output-file $info.all "${ignore[@]}" &&
		lcov --quiet --branch-coverage --remove $info.all '*kunit*' \
			--output-file $info "${ignore[@]}" || return
	genhtml --quiet --branch-coverage --output-directory $coverage/html $info \
		"${ignore[@]}" || return
	coverage_table <$info
	say "pages for a browser: build/$suite/coverage/html/index.html"
}

# The records of a trace file, as a table: a line for each file and each module.
coverage_table() {
	awk -F: '
		function percent(hit, all) {
			return all ? sprintf("%.1f %%", 100 * hit / all) : "-"
		}
		$1 == "SF" {
			file = $2
			sub(/.*\/(kernel|providers|include\/linux)\//, "", file)
			part = file
			sub(/\/.*/, "", part)
			if (part !~ /^mf(nic|steer|raw|eth)$/ || $2 ~ /providers/)
				part = $2 ~ /providers/ ? "provider" : "include"
			if (part == "provider") file = "provider/" substr(file, index(file, "/") + 1)
		}
		$1 == "LF" { lf[file] = $2; plf[part] += $2; tlf += $2 }
		$1 == "LH" { lh[file] = $2; plh[part] += $2; tlh += $2 }
		$1 == "BRF" { bf[file] = $2; pbf[part] += $2; tbf += $2 }
		$1 == "BRH" { bh[file] = $2; pbh[part] += $2; tbh += $2 }
		END {
			print "| file | lines | of | branches | of |"
			print "|---|---:|---:|---:|---:|"
			for (f in lf)
				print "| " f " | " percent(lh[f], lf[f]) " | " lf[f] \
					" | " percent(bh[f], bf[f]) " | " bf[f] + 0 " |" | "sort"
			close("sort")
			for (p in plf)
				print "| **" p "** | " percent(plh[p], plf[p]) " | " plf[p] \
					" | " percent(pbh[p], pbf[p]) " | " pbf[p] " |" | "sort"
			close("sort")
			print "| **all** | " percent(tlh, tlf) " | " tlf " | " \
				percent(tbh, tbf) " | " tbf " |"
		}'
}
