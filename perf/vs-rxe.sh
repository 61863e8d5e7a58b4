#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#
# vs-rxe.sh DEVICE1 MAC1 DEVICE2 MAC2: compare the frames per second from one mfraw
# device to another with those from one Soft-RoCE device to another over veth (UD).
# The runs take turns in one guest. Frames have 64 bytes, and are counted where they
# arrive.
#
# The environment may set RUNS (runs of each) and SECS (seconds per run).
set -u

RUNS=${RUNS:-5}
SECS=${SECS:-1}
dev1=$1 mac1=$2 dev2=$3 mac2=$4
work=$(mktemp -d)
. "$(dirname "$0")/lib.sh"

median() { sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'; }

# The two find each other by link-local addresses, which only the veth connects.
modprobe rdma_rxe || die "no rdma_rxe"
ip link add rxe0 type veth peer name rxe1
for i in 0 1; do
	sysctl -qw net.ipv6.conf.rxe$i.accept_dad=0
	ip link set rxe$i up
	rdma link add rxe$i type rxe netdev rxe$i || die "no rxe$i"
done

for _ in $(seq "$RUNS"); do
	pair raw_ethernet_bw --server -d "$dev2" -B "$mac2" -E "$mac1" -s 64 -D "$SECS" -- \
	     raw_ethernet_bw --client -d "$dev1" -B "$mac1" -E "$mac2" -s 64 -D "$SECS"
	rate "$work/server" >>"$work/mfraw"
	pair ib_send_bw -c UD -d rxe1 -x 0 -F -s 64 -D "$SECS" -- \
	     ib_send_bw -c UD -d rxe0 -x 0 -F -s 64 -D "$SECS" localhost
	rate "$work/server" >>"$work/rxe"
	echo "frames/s received: mfraw $(tail -1 "$work/mfraw"), rxe $(tail -1 "$work/rxe")"
done
mfraw=$(median <"$work/mfraw")
rxe=$(median <"$work/rxe")
echo "median: mfraw $mfraw, rxe $rxe frames/s: mfraw moves" \
	"$(awk "BEGIN { printf \"%.1f\", $mfraw / $rxe }") times as many"
for i in 0 1; do
	rdma link del rxe$i
done
ip link del rxe0
