#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
# mfraw-needs: processors
#
# All raw_ethernet programs of perftest, with the headers and modes that they
# have. Each program checks its own counts.
set -u
here=$(dirname "$0")
. "$here/../lib/sf.sh"
. "$here/../../../perf/lib.sh"

work=$(mktemp -d)
pair_up
mac1=02:00:00:00:01:01 mac2=02:00:00:00:01:02

# Nothing slows a sender down, so the receive queue is as deep as the test is
# long, and loses no frame.
DEPTH="-r 1024"

# both PROGRAM OPTION...: run the server on device 2 and the client on device
# 1. SERVER and CLIENT have further options of one side.
both() {
	local program=$1

	shift
	# shellcheck disable=SC2086 # words
	pair "$program" --server -d "$dev2" -B $mac2 -E $mac1 "$@" $DEPTH ${SERVER:-} -- \
	     "$program" --client -d "$dev1" -B $mac1 -E $mac2 "$@" $DEPTH ${CLIENT:-}
	echo "ok - $program $*"
}

# addressed CLIENT SERVER PROGRAM OPTION...: run both with the IP addresses of
# client and server, and with ports.
addressed() { both "${@:3}" -j "$1" -J "$2" -k 1000 -K 2000; }

for size in 64 1500; do
	both raw_ethernet_bw -s $size -n 1000
	both raw_ethernet_lat -s $size -n 200
done
both raw_ethernet_bw -s 64 -n 1000 --bidirectional
both raw_ethernet_bw -s 64 -n 1000 --inline_size 64
both raw_ethernet_bw -s 64 -n 1000 --post_list 8
both raw_ethernet_bw -s 64 -n 1000 --use_old_post_send
both raw_ethernet_bw -s 64 -n 1000 -q 4
both raw_ethernet_bw -s 64 -n 1000 --vlan_en --vlan_pcp 3
SERVER=--promiscuous both raw_ethernet_bw -s 64 -n 1000
SERVER=--sniffer both raw_ethernet_bw -s 64 -n 1000
for program in raw_ethernet_bw raw_ethernet_lat; do
	addressed 10.0.0.1 10.0.0.2 $program -s 256 -n 1000
	addressed 10.0.0.1 10.0.0.2 $program -s 256 -n 1000 --tcp
	addressed fd00::1 fd00::2 $program -s 256 -n 1000 --raw_ipv6
	addressed fd00::1 fd00::2 $program -s 256 -n 1000 --raw_ipv6 --tcp
done
addressed 10.0.0.1 10.0.0.2 raw_ethernet_bw -s 256 -n 1000 --flows 8 --flows_burst 4
# The program needs a rate limit of the device, and a completion for each send.
both raw_ethernet_burst_lat -s 64 -n 512 --burst_size=16 --cq-mod 1 \
	--rate_limit_type=PP --rate_limit=100 --rate_units=M
for header in "" "-j 10.0.0.1 -J 10.0.0.2 -k 1000 -K 2000"; do
	# shellcheck disable=SC2086 # words
	ok raw_ethernet_fs_rate --server -d "$dev2" -B $mac2 -E $mac1 -n 200 $header
done
pair_check
