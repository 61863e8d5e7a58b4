#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#
# "./mfraw run" in the guest: make subfunctions, and run the command.
#
#   run.guest.sh SUBFUNCTIONS "WORD..." COMMAND [ARGUMENT...]
#
# The words are the options roce, netns, writable and explain of ./mfraw run.
set -u

# The command gets the environment of the user, and programs of the tests are not in
# its PATH.
environment=("PATH=${PATH%:/build/out/bin}" ${PYTHONPATH+"PYTHONPATH=$PYTHONPATH"})

# The functions by which tests make their subfunctions.
. "$(dirname "$0")/../tests/guest/lib/sf.sh"
. "$(dirname "$0")/../tests/guest/lib/roce.sh"
# The guest ends with the command, so nothing is removed.
trap - EXIT

# The exit status says that the command did not run.
fail() { echo "mfraw: $*" >&2; exit 125; }

subfunctions=$1 words=" $2 "
shift 2
wants() { [[ $words == *" $1 "* ]]; }

# addresses NUMBER DEVICE: give addresses to the network interface of a subfunction,
# and wait for the GIDs that the device makes of them.
addresses() {
	local net ns=()

	net=$(net_of "$2") || return
	if wants netns; then
		ns=(-n "sf$1")
		ip netns add "sf$1" &&
			ip link set "$net" netns "sf$1" &&
			ip "${ns[@]}" link set lo up || return
		ip netns exec "sf$1" sysctl -q -w "net.ipv6.conf.$net.disable_ipv6=0"
	else
		sysctl -q -w "net.ipv6.conf.$net.disable_ipv6=0"
	fi &&
		ip "${ns[@]}" addr add "192.0.2.$1/24" dev "$net" &&
		ip "${ns[@]}" addr add "2001:db8::$(printf %x "$1")/64" dev "$net" nodad &&
		ip "${ns[@]}" link set "$net" up &&
		gid_of "$2" "192.0.2.$1" >/dev/null &&
		gid_of "$2" "2001:db8::$(printf %x "$1")" >/dev/null
}

for n in $(seq "$subfunctions"); do
	device=$(sf_up "$n" "$(printf '02:00:00:00:00:%02x' "$n")") ||
		fail "no subfunction $n"
	if wants roce || wants netns; then
		addresses "$n" "$device" || fail "$device has no addresses"
	fi
done
wants writable || mount -o remount,bind,ro /share || fail "/share can be written"
if wants explain; then
	echo 'module mfraw +p' >/sys/kernel/debug/dynamic_debug/control ||
		fail "the kernel has no dynamic debug"
fi

cd /share || fail "no current directory"
env -u PYTHONPATH "${environment[@]}" "$@"
status=$?

if wants explain; then
	reasons=$(dmesg --level debug --notime |
		sed -n 's/^.* \(mfraw[0-9]*\): /  \1: /p')
	if [ -n "$reasons" ]; then
		echo "mfraw: the driver refused calls, and said why:"
		echo "$reasons"
	else
		echo "mfraw: the driver refused no call"
	fi
fi
exit $status
