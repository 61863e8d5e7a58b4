#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#
# Connections by rdma_cm, whose messages are datagrams of queue pair 1 of the
# kernel: the programs of librdmacm and perftest, and many connections. No
# object is left afterwards.
#
# The environment variable CONNECTS is the least number of connections (default
# 2000). CONNECTS=100000 takes half an hour.
set -u
here=$(dirname "$0")
. "$here/../lib/sf.sh"
. "$here/../lib/roce.sh"

CONNECTS=${CONNECTS:-2000}
AT_ONCE=250

pair_up
roce_up
echo "# objects of the kernel: $objects_before"

# Queue pair 1 belongs to the kernel.
shows 'lqpn 1 type GSI .*comm \[?ib_core' rdma resource show qp link "$dev1"

# Datagrams that are too long for its receives use up none of them, and do not
# end it.
python3 - "$dev1" "$dev2" <<'EOF' || fail "datagrams to queue pair 1"
import struct
import sys
import time

from mfraw_test.inject import packet
from mfraw_test.raw import DEPTH, Port, RawQP


def errors():
    time.sleep(0.02)
    with open(f'/sys/class/infiniband/{sys.argv[2]}/ports/1/hw_counters/rx_error') as f:
        return int(f.read())


qp = RawQP(Port(sys.argv[1]))
data = packet(1, 5, 0x64, struct.pack('!II', 0x80010000, 1) + bytes(1024))
data = data[:6] + bytes.fromhex('020000000101') + data[12:]
before = errors()
for i in range(20 * DEPTH):
    qp.send(data)
    if i % DEPTH == 0:
        qp.received()
qp.received()
assert errors() - before == 20 * DEPTH, (before, errors())
EOF
echo "ok - queue pair 1 drops datagrams that are too long"

# serve SERVER... -- CLIENT...: run one program in each namespace; both succeed.
serve() {
	local server=() pid

	while [ "$1" != -- ]; do
		server+=("$1")
		shift
	done
	shift
	roce_silence || fail "a process still listens"
	in_ns 2 timeout 120 "${server[@]}" >/tmp/server 2>&1 &
	pid=$!
	roce_listens "$pid" || { cat /tmp/server; fail "${server[*]}"; }
	in_ns 1 timeout 120 "$@" >/tmp/client 2>&1 ||
		{ cat /tmp/server /tmp/client; fail "$*"; }
	wait "$pid" || { cat /tmp/server /tmp/client; fail "${server[*]}"; }
	grep 'data mismatch\|failed' /tmp/server /tmp/client && fail "$*"
	echo "ok - ${server[*]} and $*"
}

for ip in 192.0.2.2 2001:db8::2; do
	serve rping -s -a "$ip" -C 20 -S 4000 -V -- \
	      rping -c -a "$ip" -C 20 -S 4000 -V
done
# An interface of a vlan has addresses and GIDs of its own.
for n in 1 2; do
	net=$(ip -n "ns$n" -j link show | jq -r \
		'.[] | select(.address == "02:00:00:00:01:0'"$n"'").ifname')
	ok ip -n "ns$n" link add link "$net" name vlan7 type vlan id 7
	ok ip -n "ns$n" addr add "198.51.100.$n/24" dev vlan7
	ok ip -n "ns$n" link set vlan7 up
done
ok reaches 1 198.51.100.2
serve rping -s -a 198.51.100.2 -C 20 -S 4000 -V -- \
      rping -c -a 198.51.100.2 -C 20 -S 4000 -V
serve rdma_server -- rdma_client -s 192.0.2.2
# These two programs take no address to listen on.
serve rdma_xserver -- rdma_xclient -s 192.0.2.2
serve rdma_xserver -c x -- rdma_xclient -c x -s 192.0.2.2
serve ucmatose -c 20 -C 50 -S 3000 -- \
      ucmatose -c 20 -C 50 -S 3000 -s 192.0.2.2
serve udaddy -c 5 -C 20 -S 1000 -- udaddy -c 5 -C 20 -S 1000 -s 192.0.2.2
# perftest measures the clock of the CPU. Without -F, it fails on a busy
# machine, even after it has sent everything.
perftest() {
	local _

	for _ in 1 2 3 4; do
		(serve "$@" -- "$@" 192.0.2.2) && return
		grep -q "Correlation coefficient" /tmp/server /tmp/client ||
			fail "$*"
		pkill -x "$1"
	done
	serve "$@" -- "$@" 192.0.2.2
}
perftest ib_send_bw -R -F -n 500
perftest ib_write_lat -R -F -n 200
perftest ib_read_bw -R -F -n 200

# Multicast: one program sends to a group that the other has joined.
in_ns 2 timeout 120 stdbuf -oL mckey -m 239.1.2.3 -b 192.0.2.2 -C 10 -S 500 \
	>/tmp/server 2>&1 &
pid=$!
# The group is attached before the program prints this line.
within 60 grep -q 'joined dgid' /tmp/server || { cat /tmp/server; fail "mckey"; }
in_ns 1 timeout 60 mckey -m 239.1.2.3 -b 192.0.2.1 -C 10 -S 500 -s \
	>/tmp/client 2>&1 || { cat /tmp/client; fail "mckey -s"; }
wait $pid || { cat /tmp/server; fail "mckey"; }
echo "ok - mckey"

# A server is missing, or dies.
in_ns 1 timeout 60 rping -c -a 192.0.2.2 -C 1 >/tmp/client 2>&1 &&
	fail "rping without a server"
grep -qi 'reject\|refused\|event' /tmp/client ||
	{ cat /tmp/client; fail "rping names no reason"; }
echo "ok - without a server the connection is rejected"
roce_silence || fail "a process still listens"
ip netns exec ns2 rping -s -a 192.0.2.2 >/dev/null 2>&1 &
pid=$!
roce_listens $pid
in_ns 1 timeout 60 rping -c -v -a 192.0.2.2 >/tmp/client 2>&1 &
client=$!
for _ in $(seq 600); do
	grep -q 'ping data' /tmp/client && break
	sleep 0.1
done
kill -KILL $pid
wait $pid
wait $client
# The status of rping is 255 if it meets the error first, and not the disconnection.
[ $? -ne 124 ] || { tail -5 /tmp/client; fail "rping does not end"; }
echo "ok - the client of a killed server ends"

# Many connections: cmtime makes them with queue pairs, and then without. A newer cmtime
# finds its peer by a socket first, which the server has.
server=(cmtime -b 192.0.2.2) client=(cmtime -s 192.0.2.2) by_socket=
if cmtime -h | grep -q -e '-C controller'; then
	server=(cmtime -L -C 192.0.2.2 -b 192.0.2.2) by_socket=y
	client=(cmtime -C 192.0.2.2 -b 192.0.2.1)
fi
server_ready() {
	if [ -n "$by_socket" ]; then
		within 60 has_socket
	else
		roce_listens $pid
	fi
}
has_socket() { [ -n "$(in_ns 2 ss -Hltn)" ]; }
done=0
while [ $done -lt "$CONNECTS" ]; do
	roce_silence || fail "a process still listens"
	in_ns 2 timeout 300 "${server[@]}" -c $AT_ONCE >/tmp/server 2>&1 &
	pid=$!
	server_ready || { cat /tmp/server; fail "cmtime, server"; }
	in_ns 1 timeout 300 "${client[@]}" -c $AT_ONCE >/tmp/client 2>&1 ||
		{ cat /tmp/server /tmp/client; fail "cmtime -c $AT_ONCE"; }
	wait $pid || { cat /tmp/server; fail "cmtime, server"; }
	done=$((done + 2 * AT_ONCE))
	[ $((done % 10000)) -ne 0 ] || echo "# $done"
done
roce_silence || fail "a process still listens"
echo "ok - $done connections"

roce_down
pair_check
echo "ok - no object is left"
