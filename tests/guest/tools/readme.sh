#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
# mfraw-needs: processors
# mfraw-guest: own
#
# The commands of the README work, in its order and as they are typed.
set -u

fail() { echo "FAIL: $*"; exit 1; }

readme=$(dirname "$0")/../../../README.md
mapfile -t commands < <(sed -n 's/^    # //p' "$readme")
[ ${#commands[@]} -ge 50 ] || fail "the README has only ${#commands[@]} commands"
# perftest reports nothing if it can't measure the processor's clock, as on a busy
# machine. The frames have passed all the same.
unmeasured() { grep -q 'Correlation coefficient' /tmp/said; }

for command in "${commands[@]}"; do
	echo "# $command"
	case $command in
	*'&')
		eval "${command%&} 2>/tmp/receiver &"
		background=$!
		# The receiver gets ready meanwhile.
		sleep 1
		;;
	raw_ethernet_bw*)
		eval "$command 2>/tmp/said" || unmeasured || fail "$command"
		cat /tmp/said
		;;
	*)
		eval "$command" || fail "$command"
		;;
	esac
done
wait "$background" || { mv /tmp/receiver /tmp/said; cat /tmp/said; unmeasured; } ||
	fail "the receiver"
received=$(cat /sys/class/infiniband/mfraw1/ports/1/hw_counters/rx_frames)
[ "$received" -gt 1000 ] || fail "only $received frames arrived"
[ "$(devlink port show | grep -c pcisf)" = 1 ] || fail "one port should be left"
# The switch has all three rules.
[ "$(tc filter show dev mfnic0sf2 ingress | grep -c '^ *in_hw')" = 3 ] ||
	fail "not all rules are in the switch"
