# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#
# "./mfraw bench": measure frames and messages beside what people use today, in one
# guest that counts instructions, and make tables and plots.

usage_bench() {
	cat <<'EOT'
usage: ./mfraw bench [OPTION...] [GROUP...]
       ./mfraw bench [OPTION...] --profile PATTERN [GROUP...]

Measures what a frame or a message costs, in instructions, beside the peers that
the distribution has. The guest has one processor, and the peers take turns. All
groups, or those that are named:

  raw       raw frames by length and batch: AF_XDP, AF_PACKET
  pingpong  raw round trips and their distribution, by the same peers
  uplink    raw frames over two uplinks and a wire: AF_XDP, AF_PACKET on the wire
  roce      RoCEv2 messages: rdma_rxe
  netdev    TCP, UDP and ping: veth, macvlan
  scale     raw frames by the number of queue pairs, regions and tc rules
  subfunctions  what a subfunction costs: to create, activate and remove it, its
            memory, and a frame among many of them

--quick     fewer lengths and batches, and 1 run: under 5 minutes
--runs N    runs of each case (default 5)
--profile PATTERN
            where the instructions go, by function: of each case whose name matches,
            such as '^raw batch 32 64 mfraw$', '^roce RC ping-pong .* mfraw$',
            '^netdev tcp mfeth$' or '^idle'. The results are profile.md and
            profile.svg, and the tables of functions N.md

The results are in build/SUITE/bench: table.md, results.csv, and plots as PNG and
SVG. The first time, it installs the packages of scripts/applications.recipe.sh
above the root, as "test --applications" does.
EOT
}

bench_groups="raw pingpong uplink roce netdev scale subfunctions"
bench=/build/bench

bench_parse() {
	bench_quick='' bench_runs='' bench_profile='' bench_chosen=()
	while [ $# -gt 0 ]; do
		case $1 in
		--*=*) set -- "${1%%=*}" "${1#*=}" "${@:2}"; continue ;;
		--quick) bench_quick=y ;;
		--runs)
			need_value "$@"
			bench_runs=$2
			shift ;;
		--profile)
			need_value "$@"
			bench_profile=$2
			shift ;;
		-*) refuse "bench knows no option '$1': see ./mfraw bench -h" ;;
		*)
			[[ " $bench_groups " == *" $1 "* ]] ||
				refuse "bench knows no group '$1': see ./mfraw bench -h"
			bench_chosen+=("$1") ;;
		esac
		shift
	done
	[ -n "$bench_runs$bench_quick" ] || bench_runs=5
	bench_runs=${bench_runs:-1}
	[[ $bench_runs =~ ^[1-9][0-9]?$ ]] ||
		refuse "'$bench_runs' is no number of runs from 1 to 99"
	check_pattern "$bench_profile"
	[ ${#bench_chosen[@]} -gt 0 ] || read -ra bench_chosen <<<"$bench_groups"
}

# bench_layered COMMAND...: run the command in the root with the layer above it, which
# has libxdp and matplotlib.
bench_layered() {
	unshare --mount --propagation private bash -c '
		mount --bind /src /lower/src && mount --bind /build /lower/build &&
			mount -t tmpfs tmpfs /lower/tmp &&
			mount --rbind /dev /lower/dev || exit
		exec chroot /lower "$@"' bash "$@"
}

# The peers, beside the programs of the build.
bench_build() {
	bench_layered cmake -S /src/perf -B $bench/cmake -GNinja \
		-DCMAKE_BUILD_TYPE=Debug -DMFRAW_PEERS=ON \
		-DCMAKE_RUNTIME_OUTPUT_DIRECTORY=$bench/bin &&
		progress_from progress_ninja bench_layered ninja -C $bench/cmake
}

bench_profile_dir=$bench/profile

# The guest's lines: "is WORDS..." is a progress, "record ..." is a result.
bench_progress() { sed -un 's/^is //p'; }

bench_guest() { # [OPTION...]
	progress_from bench_progress bash /src/mfraw vm --icount --applications \
		--mem 4096 --timeout 7200 --env "QUICK=$bench_quick" \
		--env "RUNS=$bench_runs" --env "GROUPS_CHOSEN=${bench_chosen[*]}" \
		"$@" /src/perf/bench.guest.sh
}

# Where the instructions of some cases go.
bench_profiles() {
	local rc=0

	rm -rf $bench_profile_dir
	mkdir -p $bench_profile_dir
	step "profiling" /build/log/bench.log bench_guest \
		--env "PROFILE=$bench_profile" --share $bench_profile_dir \
		--plugin "$bench/bin/count.so,dir=$bench_profile_dir" || rc=1
	[ -e $bench_profile_dir/1.counts ] || return 1
	step "tables and plot" /build/log/bench-report.log \
		bench_layered python3 /src/perf/profile/report.py $bench_profile_dir || return
	cat $bench_profile_dir/profile.md
	say "tables and a plot are in build/$suite/bench/profile"
	return $rc
}

bench_main() {
	local log=/build/log/bench.log rc=0

	bench_parse "$@"
	layer_check
	. "$top/scripts/build.sh"
	build_all || return
	export MFRAW_BUILT=1
	mkdir -p $bench
	step "programs of the peers" /build/log/bench-build.log bench_build || return
	if [ -n "$bench_profile" ]; then
		bench_profiles
		return
	fi
	# If some cases fail, there is a table of the others.
	step "measuring" "$log" bench_guest || rc=1
	grep -q '^record ' "$log" || return 1
	{
		echo "group,case,x,peer,unit,run,value"
		sed -n 's/^record //p' "$log"
	} >$bench/results.csv
	step "tables and plots" /build/log/bench-report.log \
		bench_layered python3 /src/perf/report.py $bench || return
	cat $bench/table.md
	say "tables and plots are in build/$suite/bench"
	return $rc
}
