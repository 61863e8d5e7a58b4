#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#
# Inside the root, called by ctest: run one test in a guest that tests share. There
# are as many guests as slots. A guest goes on from test to test as long as the tests
# leave it as they found it, want the same options, and pass.
#
#   pool.sh NAME SCRIPT [OPTION OF "./mfraw vm"...]
#
# The script may have these lines:
#   # mfraw-vm: OPTION...     options of its guest
#   # mfraw-guest: own        the test does not leave a guest as it found it
#   # mfraw-needs: WORD...    things that some kernels lack, see pool_lacks
set -u

top=/src suite=$MFRAW_SUITE
. /src/scripts/common.sh
. /src/scripts/vm.sh
. /src/scripts/coverage.sh

pool=/build/pool
pool_slots=${MFRAW_SLOTS:-2}
pool_seconds=1400

# header WORD SCRIPT: print the value of the script's line WORD.
pool_header() { sed -n "s/^# mfraw-$1: *//p;20q" "$2"; }

# pool_lacks WORD: print why the kernel under test lacks WORD; false if it has it.
pool_lacks() {
	case $1 in
	qemu) echo "QEMU counts instructions and crashes for this test" ;;
	distribution) echo "user-mode Linux is built without that driver" ;;
	nics) echo "user-mode Linux has no virtio-net and no e1000e" ;;
	mappings) echo "a process of user-mode Linux has too few mappings" ;;
	hugepages) echo "user-mode Linux has no huge pages" ;;
	processors)
		[ "$(kernel_series | cut -d. -f1)" -lt 7 ] || return
		echo "user-mode Linux has one processor before Linux 7" ;;
	*) die "unknown need '$1'" ;;
	esac
}

# Take a slot: one whose guest has the options of the test, or else any.
pool_take() { # KEY
	local n _

	mkdir -p $pool
	while :; do
		for n in $(seq "$pool_slots") any; do
			if [ "$n" != any ]; then
				[ "$(cat "$pool/$n/key" 2>/dev/null)" = "$1" ] || continue
				pool_try "$n" && return
			fi
		done
		for n in $(seq "$pool_slots"); do
			pool_try "$n" && return
		done
		sleep 0.2
	done
}

pool_try() { # NUMBER
	slot=$pool/$1
	mkdir -p "$slot"
	exec {slot_lock}>"$slot.lock"
	flock -n "$slot_lock" && return
	exec {slot_lock}>&-
	return 1
}

pool_alive() { [ -e "$slot/pid" ] && kill -0 "$(cat "$slot/pid")" 2>/dev/null; }

pool_stop() {
	local pid _

	if pool_alive; then
		pid=$(cat "$slot/pid")
		echo end 1<>"$slot/requests"
		for _ in {1..100}; do
			pool_alive || break
			sleep 0.1
		done
		kill -KILL -- "-$pid" 2>/dev/null
	fi
	rm -f "$slot/pid" "$slot/key"
	coverage_keep "$slot/job"
}

# Boot a guest that outlives this test; false if it does not come up. It does not
# outlive the run of all tests, which has a process namespace (test_apart).
pool_start() { # KEY
	local guest_command=() guest_script=() guest_shell=() end

	rm -rf "$slot"
	mkdir -p "$job"
	: >"$console"
	mkfifo "$slot/requests"
	guest_prepare
	# The pipe always has a writer, so the reader never sees its end.
	setsid bash -c 'echo $$ >"$0/pid"
		exec "$@" <>"$0/requests" >"$0/serial" 2>"$0/emulator"' \
		"$slot" "${guest_command[@]}" "${guest_script[@]}" \
		{slot_lock}>&- </dev/null >/dev/null 2>&1 &
	end=$((SECONDS + $(guest_boot_secs)))
	until [ -e "$job/up" ]; do
		sleep 0.1
		[ $SECONDS -lt $end ] && { [ ! -e "$slot/pid" ] || pool_alive; } ||
			return
	done
	echo 0 >"$slot/last"
	: >"$slot/history"
	echo "$1" >"$slot/key"
}

# Run the script in the slot's guest. Sets status.
pool_job() { # NAME SCRIPT
	local n offset end log left job_vars

	n=$(($(cat "$slot/last") + 1))
	echo $n >"$slot/last"
	offset=$(stat -c %s "$console")
	job_vars=("job_shared=y" "job_output=/job/$n/output"
		"job_seconds=$pool_seconds")
	guest_job $n "$2"
	# Open the pipe for reading, too, so that this does not wait for a guest that
	# dies meanwhile.
	echo "$n" 1<>"$slot/requests"
	end=$((SECONDS + pool_seconds + 200))
	until [ -e "$job/$n/status" ]; do
		sleep 0.1
		[ $SECONDS -lt $end ] && pool_alive || break
	done
	sed 's/\x1b\[[0-9;]*[mK]//g' "$job/$n/output" 2>/dev/null
	# The last lines of the kernel's log come another way, and may be late.
	end=$((SECONDS + 10))
	while [ -e "$job/$n/status" ] && [ $SECONDS -lt $end ] &&
		! tail -c "+$((offset + 1))" "$console" | grep -q "mfraw: job $n ends"; do
		sleep 0.1
	done
	log=$(tail -c "+$((offset + 1))" "$console" | judge_log
		judge_leaks 2>/dev/null <"$job/$n/leaks")
	left=$(cat "$job/$n/left" 2>/dev/null)
	if [ -e "$job/$n/status" ]; then
		status=$(cat "$job/$n/status")
		# What the guest said before it ran the job, if it did not.
		[ "$status" -ne 125 ] || tail -n 20 "$slot/serial"
		[ "$status" -ne 124 ] || echo "mfraw: $1 took longer than $pool_seconds s"
	elif pool_alive; then
		echo "mfraw: the guest does not answer"
		status=125
	else
		echo "mfraw: the guest died"
		cat "$slot/emulator"
		status=125
	fi
	if [ -n "$left" ]; then
		echo "mfraw: $1 does not leave its guest as it found it:"
		head -n 20 <<<"$left" | sed 's/^/  | /'
		[ "$status" -ne 0 ] && [ "$status" -ne 4 ] || status=1
	fi
	if [ -n "$log" ]; then
		echo "mfraw: the kernel complained:"
		head -n 20 <<<"$log" | sed 's/^/  | /'
		[ "$status" -ne 0 ] && [ "$status" -ne 4 ] || status=1
	fi
	if [ -n "$log" ] || [ "$status" -eq 125 ]; then
		echo "mfraw: the end of the kernel's log:"
		tail -c "+$((offset + 1))" "$console" | tail -n 60 |
			tr -d '\r' | sed 's/^/  | /'
	fi
	cp "$console" "/build/vm/$1.console.log"
	[ "$status" -eq 0 ] || [ "$status" -eq 4 ] ||
		echo "mfraw: tests before it in the same guest: $(xargs <"$slot/history")"
	echo "$1" >>"$slot/history"
}

pool_main() { # NAME SCRIPT [OPTION...]
	local name=$1 script=$2 word words why key status=125 own

	shift 2
	if kernel_is_um "${MFRAW_KERNEL:-distro}"; then
		for word in $(pool_header needs "$script"); do
			why=$(pool_lacks "$word") || continue
			echo "skipped: $why"
			exit 4
		done
	fi
	if [ -n "$arch" ] && [[ $(pool_header vm "$script") == *--icount* ]]; then
		echo "skipped: the instructions of $arch are not those of the test"
		exit 4
	fi
	# Guests run side by side: give each one processor, if that is enough.
	words=(--smp 1)
	[[ " $(pool_header needs "$script") " != *" processors "* ]] || words=(--smp 2)
	# shellcheck disable=SC2207 # words
	words+=($(pool_header vm "$script"))
	vm_parse --kernel "${MFRAW_KERNEL:-distro}" --timeout $pool_seconds \
		"${words[@]}" "$@" "$script"
	own=$(pool_header guest "$script")
	key="$vm_kernel $vm_smp $vm_mem $vm_setup $vm_append $vm_icount $vm_accel $vm_nic"
	pool_take "$key"
	job=$slot/job console=$slot/console
	vm_wire='' vm_peer=''
	if [ "$own" = own ] || [ -n "$vm_share" ]; then
		bash /src/mfraw vm --kernel "${MFRAW_KERNEL:-distro}" \
			--timeout $pool_seconds "${words[@]}" "$script"
		exit
	fi
	kernel_ensure "$vm_kernel" || exit
	if ! pool_alive || [ "$(cat "$slot/key")" != "$key" ]; then
		pool_stop
		pool_start "$key" || {
			# A hang during the boot is no failure of the test.
			echo "mfraw: the guest did not boot, once more"
			cat "$slot/emulator"
			pool_stop
			pool_start "$key" || { tail -n 40 "$console"; exit 125; }
		}
	fi
	pool_job "$name" "$script"
	[ "$status" -eq 0 ] || [ "$status" -eq 4 ] || pool_stop
	exit "$status"
}

pool_main "$@"
