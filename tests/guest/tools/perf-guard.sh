#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
# mfraw-vm: --icount
# mfraw-needs: qemu
#
# Frames and messages cost no more instructions than perf/bounds says.
set -u
here=$(dirname "$0")
export NIC=mfnic/mfnic5
. "$here/../lib/sf.sh"
. "$here/../lib/roce.sh"

# The bounds are those of Linux 6.12. Other kernels, and their compilers, may cost more.
[[ $(uname -r) == 6.12.* ]] && spare=100 || spare=106

# guard NAME BOUND COMMAND...: what the command measures is below the bound.
guard() {
	local name=$1 bound=$(($2 * spare / 100)) cost

	shift 2
	cost=$("$@") || fail "$name: $*"
	[ "${cost%.*}" -lt "$bound" ] ||
		over+=("$name costs ${cost%.*} instructions, the bound is $bound")
	printf '# %-36s %8.0f of %d\n' "$name" "$cost" "$bound"
}

rx_csum() {
	local file

	for file in /sys/bus/auxiliary/devices/*/offload/rx_csum; do
		echo "$1" >"$file" || fail "$file"
	done
}

over=()
echo "5 9000" >/sys/bus/mfnic/new_device || fail "no NIC with an MTU of 9000"
pair_up
roce_up
gid1=$(gid_of "$dev1" 192.0.2.1) gid2=$(gid_of "$dev2" 192.0.2.2)
while read -r bound csum way command; do
	[[ $bound =~ ^[0-9]+$ ]] || continue
	rx_csum "$csum"
	# shellcheck disable=SC2086 # words
	case $way in
	bridge) guard "$command, rx_csum $csum" "$bound" $command "$dev1" "$dev2" ;;
	roce) guard "$command" "$bound" $command "$dev1" "$gid1" "$dev2" "$gid2" ;;
	*) fail "perf/bounds has no way '$way'" ;;
	esac
done <"$here/../../../perf/bounds"
rx_csum 1
roce_down
pair_check
[ ${#over[@]} -eq 0 ] || fail "$(printf '%s\n' "${over[@]}" "see perf/bounds")"
echo "ok - no case costs more than its bound"
