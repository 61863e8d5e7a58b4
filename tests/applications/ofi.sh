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

# pingpong SIZE COUNT ARGUMENT...: run fi_pingpong between the two devices
pingpong() {
	local size=$1 count=$2

	shift 2
	set -- -c -S "$size" -I "$count" "$@"
	traffic_before
	behind ip netns exec ns2 fi_pingpong -d "$dev2" "$@"
	within 300 listens ns2 47592 || { cat "$behind_log"; fail "no server"; }
	runs 300 /tmp/out ip netns exec ns1 fi_pingpong -d "$dev1" "$@" 192.0.2.2
	has /tmp/out "^[0-9]+[km]? +$count +=$count +[0-9]"
	ended 300
	traffic_since $((size * count))
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
