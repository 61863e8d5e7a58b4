#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
# mfraw-needs: processors
# mfraw-guest: own
#
# The commands of the documents work, in the order of the pages and as they are typed:
# the tour of the README, and then the pages that go on in its guest.
set -u
. "$(dirname "$0")/../lib/sf.sh"

top=$(realpath "$(dirname "$0")/../../..")
pages=(README.md docs/guide.md docs/sight.md docs/operating.md)
# Other tests run the commands of these pages: examples, mfraw-pkt.
others=(docs/examples.md perf/README.md)

# Every page with commands has its test.
while read -r page; do
	[[ " ${pages[*]} ${others[*]} " == *" ${page#"$top/"} "* ]] ||
		fail "no test runs the commands of $page"
done < <(find "$top" -path "$top/build" -prune -o -name '*.md' \
	-exec grep -l '^    # ' {} +)

# A page for operators takes this program from a package.
mfraw-config() { python3 "$top/tools/mfraw-config" "$@"; }

# perftest reports nothing if it can't measure the processor's clock, as on a busy
# machine. The frames have passed all the same.
unmeasured() { grep -q 'Correlation coefficient' /tmp/said; }

# says PATTERN: the command has printed a line that matches.
says() {
	grep -Eq -- "$1" /tmp/said ||
		{ cat /tmp/said; fail "'$command' prints no '$1'"; }
}

# look: what the pages promise of some commands.
look() {
	case $command in
	rdma\ link) says 'mfraw1/1 state ACTIVE' ;;
	'rdma statistic show link mfraw1/1') says 'rx_frames [1-9]' ;;
	'bridge fdb show'*) says '^02:00:00:00:00:01 dev mfnic0sf1 .*offload' ;;
	*'| grep GID') says '192\.0\.2\.2' ;;
	'tc -s filter'*) [ "$(grep -c '^ *in_hw' /tmp/said)" = 3 ] || fail "$command" ;;
	*'echo $(($(cat rx_frames) - a)))') says '^[0-9]+$' ;;
	ls\ -d*) says '/mfnic.sf.1/infiniband/mfraw1$' && says '/mfnic.sf.1/net/mfeth1$' ;;
	*'grep -H .'*) says '/mfraw1/.*/rx_frames:[1-9]' ;;
	'rdma resource show qp') says 'RAW_PACKET .*comm mfraw_pkt' ;;
	*' -dd') says 'drv_rq_entries [1-9]' ;;
	'devlink resource show mfnic'*) says 'subfunctions size 4096 occ 2' ;;
	'devlink resource show aux'*) says 'rx_masks size 128 occ [1-9]' ;;
	'bridge -s fdb'*) says '^02:00:00:00:00:02 dev mfnic0sf2 .*offload' ;;
	'devlink -s trap'*) says 'slow_path' ;;
	'devlink health diagnose'*) says 'rdma device: mfraw1' ;;
	'mfraw-config show') says '^Uplink=wire0$' ;;
	'mfraw-config diff') [ ! -s /tmp/said ] || fail "$command says something" ;;
	'ip netns exec green rdma link') says 'mfraw' ;;
	'ip netns exec green devlink'*) says 'auxiliary/mfnic.sf.0' ;;
	'ip -n green link show') says 'mfeth' ;;
	esac
}

# settle: a user types slowly, so devices and links are there by then.
settle() {
	case $command in
	*'state active' | 'devlink dev reload'*) udevadm settle ;;
	'ip netns del '*)
		within 60 test -e /sys/class/net/mfeth0 || fail "mfeth0 is not back"
		within 60 test -e /sys/class/infiniband/mfraw0 || fail "mfraw0 is not back"
		;;
	*'state inactive; }')
		ok devlink port function set mfnic/mfnic0/1 state active
		udevadm settle
		;;
	esac
}

# typed PAGE: print the commands of a page, in its order. Those of the table for
# troubleshooting are in braces, since they only have to succeed. Left out are those with
# words that stand for something else, and those that don't end.
typed() {
	awk '/^    # / { print substr($0, 7) }
		/^## / { table = $2 == "Troubleshooting" }
		table && /^\|/ {
			n = split($0, cells, "|")
			while (match(cells[n - 1], /`[^`]*`/)) {
				print "{ " substr(cells[n - 1], RSTART + 1, RLENGTH - 2) "; }"
				cells[n - 1] = substr(cells[n - 1], RSTART + RLENGTH)
			}
		}' "$1" |
		sed -E '/^\{ (libibverbs|UCX_|tcpdump)|PROGRAM|\.\.\. /d; s/; dmesg -w;/;/'
}

background=()
for page in "${pages[@]}"; do
	mapfile -t commands < <(typed "$top/$page")
	[ ${#commands[@]} -ge 10 ] || fail "$page has only ${#commands[@]} commands"
	for command in "${commands[@]}"; do
		# User-mode Linux has no tracepoints.
		[[ $command != *tracing/* || -d /sys/kernel/tracing/events ]] || continue
		echo "# $command"
		if [[ $command == *'&' ]]; then
			eval "${command%&} >/tmp/behind 2>&1 &"
			background+=($!)
			# The receiver gets ready meanwhile.
			sleep 1
			continue
		fi
		rc=0
		eval "$command" >/tmp/said 2>&1 || rc=$?
		cat /tmp/said
		[ $rc -eq 0 ] || { [[ $command == raw_ethernet_bw* ]] && unmeasured; } ||
			fail "$command"
		look
		settle
	done
	for pid in "${background[@]}"; do
		wait "$pid" || { mv /tmp/behind /tmp/said; cat /tmp/said; unmeasured; } ||
			fail "a receiver of $page"
	done
	background=()
	[ "$page" != README.md ] || received=$(counter mfraw1 rx_frames)
done
[ "$received" -gt 1000 ] || fail "only $received frames arrived"
