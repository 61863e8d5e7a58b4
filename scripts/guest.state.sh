# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#
# In the guest, for scripts/init: records the state that a job finds, finds objects
# that the job leaves behind, and restores the state. Tests share guests, so a test
# must leave its guest as it found it.

# Modules that tests load; without them their devices and objects are gone. The
# NIC is made anew for each test; the drivers stay.
state_modules="mf_frame_kunit mfsteer_kunit mfnic_kunit mfraw_kunit mfeth_kunit mfnic mfigb
	nvme_rdma nvmet_rdma rdma_rxe siw virtio_net e1000e igb netconsole brd null_blk"

# Wait until udev has handled all events. On a busy machine, the daemon may not answer, or
# may close the connection.
state_settle() {
	local _

	for _ in 1 2 3; do
		udevadm settle --timeout=30 2>/dev/null && return
		read -rt 1 -u "$never"
	done
	return 1
}

# Load the modules that the tests have. Sets state_fault if that fails.
state_load() {
	local module

	for module in ib_uverbs $guest_modules; do
		state_fault="module $module does not load"
		modprobe "$module" || return
	done
	state_fault="udev does not settle"
	state_settle
}

state_unload() {
	local module

	state_settle
	for module in $state_modules; do
		[ ! -e "/sys/module/$module" ] ||
			[ ! -e "/sys/module/$module/initstate" ] ||
			modprobe -r "$module" || return
	done
}

# List the objects that a test could leave behind, a line for each. An emulated guest
# starts processes slowly, so this function starts few.
state_list() {
	local word rest

	while read -r word rest; do
		[[ $word != */* ]] || echo "device $word"
	done < <(devlink dev show 2>/dev/null)
	while read -r word rest; do
		[[ $word != */*: ]] || echo "port $word"
	done < <(devlink port show 2>/dev/null)
	while read -r word rest; do
		echo "RDMA device ${rest%% *}"
	done < <(rdma link show 2>/dev/null)
	# There is a file of the bonding driver, too.
	for word in /sys/class/net/*/; do
		word=${word%/}
		echo "network device ${word##*/}"
	done
	for word in /run/netns/*; do
		[ ! -e "$word" ] || echo "namespace ${word##*/}"
	done
	# "ip netns" mounts its directory for ever.
	while read -r _ word rest; do
		[[ $rest == nsfs* || $word == /run/netns ]] || echo "mount $word"
	done </proc/mounts
	while read -r word rest; do
		[[ $rest =~ ^(noqueue|fq_codel|pfifo_fast|mq|pfifo)\  ]] ||
			echo "$word ${rest/ refcnt [0-9]/}"
	done < <(tc qdisc show 2>/dev/null)
}

# state_new LINES: print the lines of standard input that are not in LINES.
state_new() {
	local line

	while IFS= read -r line; do
		[[ $'\n'"$1"$'\n' == *$'\n'"$line"$'\n'* ]] || echo "$line"
	done
}

# Settings that can be put back.
state_settings() {
	local net=/proc/sys/net

	grep -rs . $net/core $net/bridge $net/ipv4/{ip_,tcp_,icmp}* \
		$net/ipv{4,6}/conf/{all,default} $net/ipv{4,6}/neigh/default \
		/proc/sys/vm/{nr_hugepages,overcommit_memory,max_map_count} \
		/proc/sys/kernel/{printk,panic,core_pattern,hung_task_timeout_secs} |
		grep -vE 'mem_pcpu|tcp_(available|fastopen_key|mem)|stable_secret|/flush:|rps_|flow_limit'
}

# A job runs in a control group of its own, so that its processes end with it.
state_cgroup=/sys/fs/cgroup/job

# Loopback and other devices without a module are there from the beginning.
state_before() {
	[ -n "${state_first-}" ] || {
		state_first=$(state_list)
		state_first_settings=$(state_settings)
		state_links=" $(cd /sys/class/net && echo *) "
	}
}

state_run() { # SECONDS COMMAND...
	local seconds=$1

	shift
	mkdir -p $state_cgroup
	(
		echo 0 >$state_cgroup/cgroup.procs 2>/dev/null
		exec timeout -k 10 "$seconds" "$@"
	)
}

state_after() {
	local left link net file line

	echo 1 >$state_cgroup/cgroup.kill
	for _ in {1..100}; do
		rmdir $state_cgroup 2>/dev/null && break
		[ -d $state_cgroup ] || break
		sleep 0.1
	done
	state_settle
	left=$(state_list | state_new "$state_first")
	[ -z "$left" ] || echo "$left"
	# Restore the state.
	for net in /run/netns/*; do
		[ ! -e "$net" ] || ip netns del "${net##*/}"
	done
	umount -l /run/netns 2>/dev/null
	while read -r line; do umount -l "${line#mount }"; done < <(
		grep '^mount ' <<<"$left" | tac)
	rm -rf /tmp/* /tmp/.[!.]* /dev/shm/*
	for link in /sys/class/net/*; do
		link=${link##*/}
		[[ $state_links == *" $link "* ]] ||
			[ -e "/sys/class/net/$link/device" ] ||
			ip link del "$link" 2>/dev/null
	done
	state_unload || { echo "module $module can't be unloaded"; return; }
	while IFS=: read -r file line; do
		echo "$line" >"$file"
	done < <(state_settings |
		diff <(echo "$state_first_settings") - | sed -n 's/^< //p') 2>/dev/null
	state_load || { echo "$state_fault, after the test"; return; }
	left=$(state_list | state_new "$state_first")
	[ -z "$left" ] || echo "not put back: $left"
}

# kmemleak lists objects that nothing points to. Objects of the boot do not count.
# An object must be 5 seconds old to be listed.
leaks_age=6
leaks_file=/sys/kernel/debug/kmemleak

leaks_start() {
	[ -e $leaks_file ] || return 0
	# Only listed objects can be cleared. The console must not show them.
	sleep $leaks_age
	echo 1 >/proc/sys/kernel/printk
	echo scan >$leaks_file
	echo scan >$leaks_file
	echo clear >$leaks_file
	echo 7 >/proc/sys/kernel/printk
}

# leaks_check END: list the leaks of a test that ended when $SECONDS was END.
leaks_check() {
	local wait=$(($1 + leaks_age - SECONDS))

	[ -e $leaks_file ] || return 0
	[ $wait -le 0 ] || sleep $wait
	# The first scan takes checksums of the objects. The second one lists objects
	# whose checksums did not change.
	echo scan >$leaks_file
	echo scan >$leaks_file
	# An object that one scan lists and the next one does not was in motion.
	[ ! -s $leaks_file ] || { sleep 1; echo scan >$leaks_file; }
	cat $leaks_file
	echo clear >$leaks_file
}

# The modules count which of their lines were executed. One program copies all counts,
# since processes start slowly here.
coverage_save() {
	local dir=/sys/kernel/debug/gcov

	[ -n "$guest_coverage" ] && [ -d $dir ] || return 0
	mkdir -p /job/gcov
	(cd $dir && find . -name '*.gcda' -exec cp --parents -t /job/gcov {} +)
}
