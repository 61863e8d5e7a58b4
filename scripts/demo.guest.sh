#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#
# "./mfraw demo" runs this in the guest: two subfunctions, two applications that
# exchange raw Ethernet frames through verbs, two that speak RoCEv2, and a comparison
# with Soft-RoCE in the same guest.
#
# The environment may set RUNS (runs per rate) and SECS (seconds per run).
set -uo pipefail

RUNS=${RUNS:-5}
SECS=${SECS:-1}
NIC=mfnic/mfnic0
MAC1=02:00:00:00:00:01
MAC2=02:00:00:00:00:02
work=$(mktemp -d)
. "$(dirname "$0")/../perf/lib.sh"
. "$(dirname "$0")/../tests/guest/lib/roce.sh"

say() { printf '\n## %s\n' "$*"; }
run() { printf '$ %s\n' "$*"; "$@"; }

# add_sf NUMBER MAC: create, configure and activate a subfunction. Sets dev, its RDMA
# device.
add_sf() {
	local port sf

	run devlink port add "$NIC" flavour pcisf pfnum 0 sfnum "$1" \
		>"$work/add" || die "no port for subfunction $1"
	cat "$work/add"
	port=$(grep -o "^$NIC/[0-9]*" "$work/add")
	run devlink port function set "$port" hw_addr "$2" state active ||
		die "port $port was not activated"
	for sf in /sys/bus/auxiliary/devices/mfnic.sf.*; do
		[ "$(cat "$sf/sfnum")" != "$1" ] || dev=$(ls "$sf/infiniband")
	done
	[ -n "$dev" ] || die "subfunction $1 has no RDMA device"
	[ ! -x /usr/bin/udevadm ] || udevadm settle
}

raw() { # PROGRAM OPTION...
	local program=$1

	shift
	pair "$program" --server -d "$dev2" -B $MAC2 -E $MAC1 "$@" -- \
	     "$program" --client -d "$dev1" -B $MAC1 -E $MAC2 "$@"
}

# result: print the result line of the last report, with its heading.
result() { grep -E '^ *(#bytes|[0-9]+ )' "$work/client"; }

say "A NIC made of queue blocks. Loading a module made it:"
run devlink dev show
run devlink dev eswitch show $NIC

say "Two subfunctions, provisioned like those of any switchdev NIC:"
add_sf 1 $MAC1; dev1=$dev
add_sf 2 $MAC2; dev2=$dev
run devlink port show

say "Their representors join a bridge, which decides who gets which frames:"
run ip link add br0 type bridge
run ip link set br0 up
for n in 1 2; do
	run ip link set mfnic0sf$n master br0 up
done

say "Each is an RDMA device that was not there before:"
for dev in $dev1 $dev2; do
	run ibv_devinfo -d "$dev" || die "ibv_devinfo failed"
done
run rdma link

for size in 64 1500; do
	say "raw_ethernet_bw, $size bytes, $dev1 to $dev2:"
	raw raw_ethernet_bw -s $size -D "$SECS"
	result
	echo "$(rate "$work/client") frames/s sent, $(rate "$work/server") received"
done

say "raw_ethernet_lat, 64 bytes, there and back:"
raw raw_ethernet_lat -s 64 -n 1000
result

say "The bridge learned the addresses, and gave them to the NIC (offload):"
bridge fdb show br br0 | grep -i "^02:" || die "the bridge learned nothing"
bridge fdb show br br0 | grep -q "^$MAC2 .*offload" || die "nothing is offloaded"

say "What the counters of $dev2 say:"
run rdma statistic show link "$dev2/1"

say "Each is a network interface, too. Two containers get one each:"
for n in 1 2; do
	dev=dev$n
	net=$(net_of "${!dev}") || die "${!dev} has no network interface"
	run ip netns add c$n
	run ip link set "$net" netns c$n
	run ip -n c$n addr add 192.0.2.$n/24 dev "$net"
	run ip -n c$n link set "$net" up
done
run ip netns exec c1 ping -c 3 192.0.2.2 || die "no ping"

say "Its addresses are what RoCEv2 needs: ibv_rc_pingpong, 64 KiB messages:"
run rdma link
gid1=$(gid_of "$dev1" 192.0.2.1) && gid2=$(gid_of "$dev2" 192.0.2.2) ||
	die "no GIDs"
# The programs also connect by TCP, so they run in the containers.
pair nsenter --net=/run/netns/c2 ibv_rc_pingpong -c -s 65536 -d "$dev2" -g "$gid2" -- \
	nsenter --net=/run/netns/c1 ibv_rc_pingpong -c -s 65536 -d "$dev1" -g "$gid1" 192.0.2.2
cat "$work/client"

say "Beside it Soft-RoCE over veth, UD, 64 bytes, $RUNS runs each in turn:"
"$(dirname "$0")/../perf/vs-rxe.sh" "$dev1" $MAC1 "$dev2" $MAC2 | tee "$work/vs" ||
	die "no comparison"
ratio=$(sed -n 's/.* moves \([0-9.]*\) times as many$/\1/p' "$work/vs")

cat <<EOF

## What was shown
Two applications exchanged raw Ethernet frames through libibverbs, on RDMA
devices that no hardware provides. devlink made the devices; a Linux bridge
decided which frames reach which queue; the applications posted and polled in
mapped rings. In this guest mfraw moved $ratio times as many frames per
second as Soft-RoCE. The guest is emulated: compare figures, don't quote them.
EOF
awk "BEGIN { exit !($ratio >= 3) }" || die "less than 3 times as many"
