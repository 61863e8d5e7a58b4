#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#
# UCX finds the devices, and its perftest runs on each of their transports. The test
# uses GIDs of IPv6, since UCX 1.18 takes an IPv4 datagram for another kind of packet
# on devices that are not Mellanox's.
set -u
. "$(dirname "$0")/lib-app.sh"
needs ucx_info ucx_perftest

pair_up
roce_up
one=(ip netns exec ns1 env "UCX_IB_GID_INDEX=$(gid_of "$dev1" 2001:db8::1)"
	"UCX_NET_DEVICES=$dev1:1")
two=(ip netns exec ns2 env "UCX_IB_GID_INDEX=$(gid_of "$dev2" 2001:db8::2)"
	"UCX_NET_DEVICES=$dev2:1")

runs 300 /tmp/out "${one[@]}" ucx_info -d
for transport in rc_verbs ud_verbs; do
	grep -A 2 "Transport: $transport" /tmp/out | grep "Device: $dev1:1" ||
		fail "no $transport on $dev1"
done

# perftest ARGUMENT...: run ucx_perftest between the two devices, on a terminal, since
# without one it asks for MPI. The result must count all $count iterations.
perftest() {
	local words rc=0

	traffic_before
	set -- "$@" -n $count -w 5
	printf -v words '%q ' "${two[@]}" "${transports[@]}" ucx_perftest "$@" "${server[@]}"
	script -qec "$words" /dev/null >/tmp/server 2>&1 </dev/null &
	behind_pid=$! behind_log=/tmp/server
	within 300 listens ns2 13337 || { cat /tmp/server; fail "no server"; }
	printf -v words '%q ' "${one[@]}" "${transports[@]}" ucx_perftest "$@" \
		"${client[@]}" 192.0.2.2
	timeout -k 5 300 script -qec "$words" /dev/null >/tmp/out 2>&1 </dev/null || rc=$?
	[ $rc -eq 0 ] && grep -qE "^Final: +$count " /tmp/out &&
		! grep -qE 'ERROR|FATAL|Assertion' /tmp/out ||
		{ cat /tmp/server /tmp/out; fail "${transports[*]} ucx_perftest $* (status $rc)"; }
	ended 300
	echo "ok - ${transports[*]} ucx_perftest $*"
}

# Measure the transports without a protocol.
transports=(UCX_LOG_LEVEL=warn) count=500
server=(-d "$dev2:1") client=(-d "$dev1:1")
for transport in rc_verbs ud_verbs; do
	for kind in am_lat am_bw; do
		perftest -x $transport -t $kind -D bcopy -s 512
		traffic_since $((count * 512))
	done
done
for kind in put_lat put_bw get; do
	perftest -x rc_verbs -t $kind -D zcopy -s 4096
done
perftest -x rc_verbs -t fadd -s 8
perftest -x rc_verbs -t cswap -s 8

# Measure the protocol above the transports, from short messages to long ones, which
# the receiver reads.
server=() client=() count=100
for words in UCX_TLS=rc UCX_TLS=ud; do
	transports=("$words")
	for size in 8 8192 262144; do
		perftest -t tag_lat -s $size
		traffic_since $((count * size))
	done
	perftest -t ucp_am_bw -s 4096
	perftest -t ucp_get -s 4096
done

roce_down
pair_check
