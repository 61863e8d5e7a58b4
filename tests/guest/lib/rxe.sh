# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
# shellcheck shell=bash
#
# For tests of RoCEv2 with rdma_rxe on the other side: programs between side 1,
# mfraw's, and side 2, of rdma_rxe, whose addresses end in the number of the
# side. To be sourced after lib/roce.sh. The test has its directory in $here,
# one for files in $work, and a function "side SIDE COMMAND..." that runs the
# command on a side and may take the place of the shell.

PROGRAM_PORT=18515	# that of the pingpong programs, and of perftest
LIMIT=100	# a lost message of UC or UD is a program that waits
# perftest can't measure the CPU's clock.
BUSY='Correlation coefficient'

declare -A gids

# gids_of DEVICE1 DEVICE2 PREFIX...: the devices of the sides, and the indices
# of the GIDs of their addresses
gids_of() {
	local n prefix

	devs=('' "$1" "$2")
	for prefix in "${@:3}"; do
		for n in 1 2; do
			gids[$n $prefix]=$( (side $n bash -c \
				". $here/../lib/roce.sh; gid_of ${devs[n]} $prefix$n")) ||
				fail "${devs[n]} has no GID of $prefix$n"
		done
	done
}

# listening SIDE PID: the process waits for a connection, by TCP or rdma_cm.
listening() {
	local _

	for _ in $(seq 600); do
		kill -0 "$2" 2>/dev/null || return
		[ -z "$( (side "$1" bash -c \
			"ss -Hltn sport = $PROGRAM_PORT | grep . ||
			 rdma resource show cm_id | grep LISTEN"))" ] || return
		sleep 0.1
	done
}

# serve SERVER-SIDE SERVER... -- CLIENT...: both succeed, and find the data that
# the other one sent
serve() {
	local side=$1 run=() pid rc=0

	shift
	while [ "$1" != -- ]; do
		run+=("$1")
		shift
	done
	shift
	(side "$side" timeout $LIMIT "${run[@]}") >"$work/server" 2>&1 &
	pid=$!
	listening "$side" $pid
	(side $((3 - side)) timeout $LIMIT "$@") >"$work/client" 2>&1 || rc=$?
	wait $pid || rc=$?
	[ $rc = 0 ] && ! grep -qi 'invalid\|mismatch' "$work/server" "$work/client"
}

# both TEXT SERVER-SIDE SERVER... -- CLIENT...: the same, and once more if what
# they say is $BUSY: no fault of theirs but of a busy machine
both() {
	local _

	for _ in 1 2 3; do
		serve "${@:2}" && echo "ok - $1, server ${devs[$2]}" && return
		grep -qE "$BUSY" "$work/client" "$work/server" || break
		echo "# once more: $1"
	done
	head -30 "$work/server" "$work/client"
	rdma statistic show link "${devs[1]}"
	tail -5 <(dmesg)
	fail "$1, server ${devs[$2]}"
}

# between SERVER-SIDE PREFIX GID-OPTION PROGRAM OPTION...: the addresses are
# PREFIX and the number of the side.
between() {
	local server=$1 client=$((3 - $1)) prefix=$2 opt=$3

	shift 3
	both "$*, ${prefix}x" "$server" \
		"$@" -d "${devs[server]}" "$opt" "${gids[$server $prefix]}" -- \
		"$@" -d "${devs[client]}" "$opt" "${gids[$client $prefix]}" \
		"192.0.2.$server"
}

pingpong() { between "$1" "$2" -g "ibv_$3_pingpong" -c -n 20 "${@:4}"; }
perftest() { between "$1" "$2" -x "$3" -F "${@:4}"; }

# undamaged: nothing that mfraw received was damaged or refused
undamaged() {
	local stat

	for stat in rx_malformed rx_icrc_encapsulated rx_opcode rx_peer \
		    rx_qkey rx_invalid_request resp_remote_access_errors; do
		shows '^0$' cat "/sys/class/infiniband/${devs[1]}/ports/1/hw_counters/$stat"
	done
}
