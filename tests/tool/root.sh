#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#
# A root is made, with a fake mirror and a fake debootstrap. Faults of the mirror are
# reported before the work begins. After a failure or an interruption, the next run
# goes on with the same step.
. "$(dirname "$0")/lib-root.sh"

refused() { # PATTERN NAME=VALUE
	start "$2"
	finish
	[ $rc -eq 1 ] || fail "status $rc, not 1"
	[ "$(wc -l <"$work/out")" -eq 1 ] || fail "not one line"
	has "$1"
	[ ! -e "$work/calls" ] || fail "the work began"
}

refused 'valid until Sat, 01 Jan 2022.*--frozen-mirror' suite=old
refused "no suite nosuch \(HTTP 404\)" suite=nosuch
refused "doesn't answer" mirror=http://127.0.0.1:1/debian
refused "no address" mirror=/srv/debian

failed "'source of rdma-core' failed.*goes on with the step 'source of rdma-core'"
has '^mfraw:   base system \.\.\. [0-9]+ s$'
has '^mfraw:   packages \.\.\. [0-9]+ s$'
has '\| E: no rdma-core today'
part=$(echo "$work"/cache/root-new-*.part)
grep -q 'install.* linux-image-amd64' "$part/calls" || fail "no packages"
grep -q 'Valid-Until' "$part/etc/apt/apt.conf.d/90mfraw" &&
	fail "apt would take a list that has expired"

: >"$part/calls"
failed "the step 'source of rdma-core'"
grep -q 'install' "$part/calls" && fail "packages were installed again"

cat >"$part/plan" <<'EOF'
case $call in *rdma-core=*) exec 9>/held; flock 9; : >/reached; sleep 1000 ;; esac
EOF
start
until [ -e "$part/reached" ]; do
	kill -0 $pid || fail "the step ended too early"
	sleep 0.1
done
kill -TERM $pid
finish
[ $rc -eq 143 ] || fail "status $rc, not 143"
has "interrupted; the next run goes on with the step 'source of rdma-core'"
! grep -v '^mfraw: ' "$work/out" || fail "other lines"
flock -w 30 "$part/held" true || fail "a process is left"

# A root can be made without a package that only one test needs.
: >"$part/plan"
start frozen=1 suite=new
finish
[ $rc -eq 0 ] || fail "status $rc, not 0"
has 'libpcap with RDMA \.\.\. left out \(E: no libpcap today\)'
root=${part%.part}
[ -e "$root/opt/mfraw/ready" ] || fail "no root"
grep -q 'no libpcap today' "$root/opt/mfraw/missing/libpcap" || fail "no reason"
grep -q 'Check-Valid-Until "false"' "$root/etc/apt/apt.conf.d/90mfraw" ||
	fail "apt would not take a list that has expired"
[ "$(cat "$root/opt/mfraw/kernel-release")" = 1.2.3-x ] || fail "another kernel release"
[ -e "$root/opt/mfraw/checkpatch/checkpatch.pl" ] || fail "no checkpatch"
[ "$(wc -l <"$work/calls")" -eq 1 ] || fail "debootstrap ran twice"

# The applications are a layer above the root. A failure is reported, and the next
# attempt goes on there. Packages that the suite lacks are noted and left out. The root
# does not change.
mkdir "$work/cache/layer-new-0.part"
cat >"$root/plan" <<'EOF'
case $call in *install*qperf*) echo "E: no qperf today"; exit 100 ;; esac
EOF
what=layer
failed "no applications of new: the step 'packages' failed.*goes on with the step 'packages'"
has '\| E: no qperf today'
[ ! -e "$work/cache/layer-new-0.part" ] || fail "the part of an older layer is left"
layers() { echo "$work"/cache/layer-new-*; }
[[ $(layers) == *.part ]] || fail "an incomplete layer has the name of a complete one"
cat >"$root/plan" <<'EOF'
case $call in "apt-cache show socat") exit 100 ;; esac
EOF
cp -a "$root" "$work/root-before"
start frozen=1
finish
[ $rc -eq 0 ] || fail "status $rc, not 0"
has '^mfraw:   packages \.\.\. [0-9]+ s$'
layer=$(layers)
[ "$(cd "$layer" && echo *)" = upper ] || fail "the layer has more: $(ls "$layer")"
home=$layer/upper/opt/mfraw/applications
[ -e "$home/ready" ] && grep -q 'socat' "$home/missing/socat" || fail "no layer"
grep 'apt-get .*install' "$layer/upper/calls" | tail -n 1 | grep -q socat &&
	fail "apt is asked for a package that the suite lacks"
grep -q 'Valid-Until=false' "$layer/upper/calls" ||
	fail "apt would not take a list that has expired"
start
finish
[ $rc -eq 0 ] && [ ! -s "$work/out" ] || fail "the layer was made once more"
diff -r --no-dereference "$work/root-before" "$root" || fail "the root has changed"
# A layer above another root is another layer.
touch -d '1 hour ago' "$root/opt/mfraw/ready"
start
finish
[ $rc -eq 0 ] || fail "status $rc, not 0"
set -- "$work"/cache/layer-new-*
[ $# -eq 2 ] || fail "$# layers, not two"
what=root

# The part of a root by an older recipe is removed.
mkdir "$work/cache/root-new-0.part"
rm -r "${root:?}"
failed "the step 'source of rdma-core'"
[ ! -e "$work/cache/root-new-0.part" ] || fail "the part of an older root is left"
