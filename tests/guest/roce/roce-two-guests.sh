#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
# mfraw-guest: own
# mfraw-needs: qemu
#
# RoCEv2 between two kernels: a subfunction behind the uplink, which is a
# virtio-net device here, and rdma_rxe in another guest on the device at the
# other end of the wire. The pingpong programs, perftest and rdma_cm run in
# both directions.
#
# Each guest has one processor, since two guests share the machine.
# mfraw-vm: --smp 1 --mem 1536 --peer /src/tests/guest/lib/second-guest.sh
set -u
here=$(dirname "$0")
. "$here/../lib/sf.sh"
. "$here/../lib/roce.sh"
. "$here/../lib/rxe.sh"
. "$here/../lib/peer.sh"

UPLINK=mfnic0p0
work=$(mktemp -d)
pair_up
trap 'peer_end; pair_down' EXIT

wire=$(wire_nic)
[ -n "$wire" ] || fail "no network device"
net=$(net_of "$dev1") || fail "$dev1 has no network device"
ok ip link set "$wire" addrgenmode none
wire_up "$wire"
ok ip link set "$UPLINK" addrgenmode none master br-test up
ok ip link set "$wire" master "$UPLINK"
# The bridge must not answer for the addresses of its port.
sysctl -q -w net.ipv4.conf.all.arp_ignore=1
ok net_up "$dev1" 192.0.2.1/24
ok ip addr add 2001:db8::1/64 dev "$net" nodad
peer_wait || fail "the other guest does not serve"
ok ping -q -c 1 -W 5 192.0.2.2
ok ping -q -c 1 -W 5 2001:db8::2
log_before=$(log_lines | wc -l)
objects_before=$(objects)

# side SIDE COMMAND...: run the command here, with mfraw, or in the other guest.
side() {
	if [ "$1" = 1 ]; then
		exec "${@:2}"
	else
		peer "${@:2}"
	fi
}

# A guest that waits for a processor does not answer, and may wait for longer
# than all retries of a queue pair take.
BUSY="$BUSY|[Ss]tatus 12|transport retry counter exceeded"

gids_of "$dev1" rxe0 192.0.2. 2001:db8::
for server in 1 2; do
	pingpong $server 192.0.2. rc -s 65536
	pingpong $server 2001:db8:: rc -s 4097 -e
	pingpong $server 192.0.2. uc -s 4097 -e
	pingpong $server 2001:db8:: uc -s 65536
	pingpong $server 192.0.2. srq -q 3 -s 4097
	pingpong $server 192.0.2. ud -s 1023
	pingpong $server 2001:db8:: ud -s 1 -e
	for test in send write read atomic; do
		# As many reads are under way as both sides allow.
		[ $test = read ] || [ $test = atomic ] && reads="-o 16" || reads=
		# shellcheck disable=SC2086 # words, or none
		perftest $server 192.0.2. ib_${test}_bw -n 20 -u 20 $reads
	done
	perftest $server 2001:db8:: ib_send_bw -b -n 20 -u 20 -s 10000
	for ip in 192.0.2.$server 2001:db8::$server; do
		both "rping, $ip" $server rping -s -a $ip -C 10 -S 4000 -V -- \
			rping -c -a $ip -C 10 -S 4000 -V
	done
done

# All packets took the wire, and none was lost.
rdma statistic show link "$dev1"
wire_lost_nothing "$wire"
undamaged
for stat in out_of_sequence packet_seq_err implied_nak_seq_err; do
	shows '^0$' counter "$dev1" $stat
done
for stat in tx_frames rx_frames; do
	shows '^[1-9][0-9]{3}' counter "$dev1" $stat
done
for _ in $(seq 100); do
	[ "$(objects)" = "$objects_before" ] && break
	sleep 0.1
done
pair_check
