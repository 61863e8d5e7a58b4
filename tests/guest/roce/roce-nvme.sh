#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
# mfraw-guest: own
#
# NVMe over RDMA uses verbs in the kernel on both sides of a connection. The
# target offers a disk in memory, the initiator connects to it on the same
# device, and data written on one side is read on the other. lockdep reports the
# target's locks (scripts/judge.sh) and is off from then on, so no other test
# shares the guest.
set -u
. "$(dirname "$0")/../lib/sf.sh"
. "$(dirname "$0")/../lib/roce.sh"

LOG_NOISE="$LOG_NOISE|nvmet?"
NQN="test"
IP=192.0.2.1
target=/sys/kernel/config/nvmet
disk=/dev/ram0

# The core keeps shared CQs of old connections for new ones.
objects() {
	rdma resource show | grep -E "$dev1|$dev2" |
		sed 's/^[0-9]*: [^:]*: //; s/cq [0-9]* //'
}

pair_up
eth=$(net_of "$dev1") || fail "no network device"
ok ip link set "$eth" up
ok ip addr add $IP/24 dev "$eth"
gid_of "$dev1" $IP >/dev/null || fail "no GID"

ok modprobe brd rd_nr=1 rd_size=65536
ok modprobe nvme-rdma
ok modprobe nvmet
mounted=
mountpoint -q /sys/kernel/config || {
	ok mount -t configfs none /sys/kernel/config
	mounted=1
}

target_up() {
	mkdir "$target/subsystems/$NQN" "$target/ports/1" &&
		echo 1 >"$target/subsystems/$NQN/attr_allow_any_host" &&
		mkdir "$target/subsystems/$NQN/namespaces/1" &&
		echo -n $disk >"$target/subsystems/$NQN/namespaces/1/device_path" &&
		echo 1 >"$target/subsystems/$NQN/namespaces/1/enable" &&
		echo rdma >"$target/ports/1/addr_trtype" &&
		echo ipv4 >"$target/ports/1/addr_adrfam" &&
		echo $IP >"$target/ports/1/addr_traddr" &&
		echo 4420 >"$target/ports/1/addr_trsvcid" &&
		ln -s "$target/subsystems/$NQN" "$target/ports/1/subsystems/$NQN"
}

target_down() {
	rm "$target/ports/1/subsystems/$NQN" &&
		rmdir "$target/ports/1" "$target/subsystems/$NQN/namespaces/1" \
			"$target/subsystems/$NQN"
}

# connect: connect, and wait until the disk appears.
connect() {
	local _

	echo "transport=rdma,traddr=$IP,trsvcid=4420,nqn=$NQN,nr_io_queues=2,reconnect_delay=1" \
		>/dev/nvme-fabrics || return
	for _ in $(seq 600); do
		[ -b /dev/nvme0n1 ] && return
		sleep 0.1
	done
	return 1
}

disconnect() {
	echo 1 >/sys/class/nvme/nvme0/delete_controller
}

# data: data that is written to one disk is read from the other.
data() {
	# Lengths range from one block to more than a memory region holds.
	python3 - $disk <<'PY' || fail "data"
import mmap
import os
import random
import sys

SIZE = 64 << 20
rng = random.Random(5)


def pwrite(path, data, off):
    fd = os.open(path, os.O_WRONLY | os.O_DIRECT)
    buf = mmap.mmap(-1, len(data))
    buf.write(data)
    assert os.pwrite(fd, buf, off) == len(data)
    os.close(fd)


def pread(path, size, off):
    fd = os.open(path, os.O_RDONLY | os.O_DIRECT)
    buf = mmap.mmap(-1, size)
    assert os.preadv(fd, [buf], off) == size
    os.close(fd)
    return bytes(buf)


for size in (512, 4096, 8192, 65536, 200 * 1024, 1 << 20, 4 << 20):
    for _ in range(4):
        off = rng.randrange((SIZE - size) // 4096) * 4096
        data = rng.randbytes(size)
        pwrite('/dev/nvme0n1', data, off)
        assert pread(sys.argv[1], size, off) == data, f'written {size} at {off}'
        data = rng.randbytes(size)
        pwrite(sys.argv[1], data, off)
        assert pread('/dev/nvme0n1', size, off) == data, f'read {size} at {off}'
    print(f'ok - {size} bytes, written and read')
PY
	# Many requests at a time.
	for i in $(seq 0 7); do
		dd if=/dev/urandom of=/dev/nvme0n1 bs=64k count=64 seek=$((i * 64)) \
			oflag=direct 2>/dev/null &
	done
	wait
	# Read the disk, and not the page cache.
	cmp <(dd if=/dev/nvme0n1 bs=1M count=32 iflag=direct 2>/dev/null) \
	    <(dd if=$disk bs=1M count=32 iflag=direct 2>/dev/null) ||
		fail "the disks differ in 32 MB"
	echo "ok - 8 processes write at a time"
}

# Connections have receive queues of their own, and then a shared one.
for srq in N Y; do
	ok modprobe nvmet-rdma use_srq=$srq
	target_up || fail "the target"
	for round in 1 2; do
		connect || fail "connect"
		shows 'type RC' rdma resource show qp link "$dev1"
		[ $srq = N ] || shows 'srqn' rdma resource show srq dev "$dev1"
		data
		[ $round = 1 ] || break
		disconnect || fail "disconnect"
		echo "ok - disconnected"
	done

	# The target goes away while data is written to it, and comes back.
	for _ in 1 2 3 4; do
		dd if=/dev/zero of=/dev/nvme0n1 bs=64k count=400 oflag=direct \
			2>/dev/null &
	done
	sleep 1
	rm "$target/ports/1/subsystems/$NQN" || fail "end of the target"
	sleep 3
	ln -s "$target/subsystems/$NQN" "$target/ports/1/subsystems/$NQN" ||
		fail "the target does not come back"
	wait
	data
	echo "ok - the target went and came back"

	disconnect || fail "disconnect"
	target_down || fail "target_down"
	ok modprobe -r nvmet-rdma
done
ok modprobe -r nvme-rdma
[ -z "$mounted" ] || ok umount /sys/kernel/config
pair_check
