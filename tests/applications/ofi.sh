#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#
# libfabric runs over verbs, with connected endpoints, and with the reliable datagrams
# that rxm makes of them for most users. fi_pingpong compares the data (-c).
set -u
. "$(dirname "$0")/lib-app.sh"
needs fi_info fi_pingpong

pair_up
roce_up
runs 300 /tmp/out ip netns exec ns1 env FI_VERBS_IFACE="$(ip -n ns1 -br link |
	awk '/^mfeth/ { print $1 }')" fi_info -p verbs
has /tmp/out "domain: $dev1"
has /tmp/out "type: FI_EP_MSG"
runs 300 /tmp/out ip netns exec ns1 fi_info -p 'verbs;ofi_rxm'
has /tmp/out "domain: $dev1"
has /tmp/out "type: FI_EP_RDM"

# closed PID: the program has polled all completions of its CQs, and has no queue pair
closed() {
	rdma -j resource show qp | jq -e "any(.[]; .pid == $1)" >/dev/null && return 1
	rdma -j -dd resource show cq | jq -e "map(select(.pid == $1)) |
		length > 0 and all(.[]; .drv_prod == .drv_cons)" >/dev/null
}

# once ARGUMENT...: run a server and a client. Returns 1 if rxm has lost a message that it
# had received: a side sends its last message and disconnects, and rxm of the other side may
# notice the disconnection first, on one processor above all. It then closes the connection
# and drops what it polls, so that program waits for ever.
once() {
	local client pid

	behind ip netns exec ns2 fi_pingpong -d "$dev2" "$@"
	within 300 listens ns2 47592 || { cat "$behind_log"; fail "no server"; }
	ip netns exec ns1 fi_pingpong -d "$dev1" "$@" 192.0.2.2 >/tmp/out 2>&1 </dev/null &
	client=$!
	for pid in "$client" "$behind_pid"; do
		within 100 process_gone "$pid" && continue
		[[ $* == *rxm* ]] && closed "$pid" ||
			{ cat /tmp/out "$behind_log"; rdma -dd resource show; fail "fi_pingpong $*"; }
		kill "$client" "$behind_pid" 2>/dev/null
		wait "$client" "$behind_pid"
		echo "# rxm has lost a message"
		return 1
	done
	wait "$client" && wait "$behind_pid" ||
		{ cat /tmp/out "$behind_log"; fail "fi_pingpong $*"; }
	echo "ok - fi_pingpong $*"
}

# pingpong SIZE COUNT ARGUMENT...: run fi_pingpong between the two devices
pingpong() {
	local size=$1 count=$2 _

	shift 2
	set -- -c -S "$size" -I "$count" "$@"
	traffic_before
	for _ in 1 2 3 4; do
		once "$@" || continue
		has /tmp/out "^[0-9]+[km]? +$count +=$count +[0-9]"
		traffic_since $((size * count))
		return
	done
	fail "fi_pingpong $* always loses a message"
}

# With rxm, the receiver reads the longest messages; shorter ones are sent in pieces.
for words in '64 10' '4096 10' '65536 10' '1048576 3'; do
	# shellcheck disable=SC2086 # words
	pingpong $words -p verbs -e msg
	# shellcheck disable=SC2086 # words
	pingpong $words -p 'verbs;ofi_rxm' -e rdm
done

roce_down
pair_check
