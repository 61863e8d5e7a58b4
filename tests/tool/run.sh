#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#
# "./mfraw run" runs commands of the user's directory in a guest with subfunctions. The
# commands of docs/ci.md work, in the directory of the examples.
. "$(dirname "$0")/lib.sh"

kernel=${MFRAW_KERNEL:-distro}

# run ARGUMENT...: ./mfraw run in the current directory. Sets rc and $work/out; the
# output is shown, too.
run() {
	echo "# ./mfraw run $*"
	rc=0
	bash /src/mfraw run --kernel "$kernel" "$@" >"$work/out" 2>&1 || rc=$?
	cat "$work/out"
}

mkdir "$work/tree" && cd "$work/tree" || exit
echo 'echo "from the tree: $*"; exit 7' >test.sh
chmod 600 test.sh

# The output, the arguments and the exit status; the interfaces are down.
run -- sh -c 'pwd; sh ./test.sh "$@"; rc=$?; cat /sys/class/net/mfeth*/flags; rdma link
	touch new || echo read-only; touch /tmp/new && echo "writes to /tmp"; exit $rc' \
	sh 'two words' "it's"
[ $rc -eq 7 ] || fail "status $rc, not 7"
has '^/share$'
has "^from the tree: two words it's$"
has '^read-only$'
has '^writes to /tmp$'
[ "$(grep -c '^link mfraw[01]/1 state ACTIVE' "$work/out")" -eq 2 ] ||
	fail "not two active ports"
[ "$(grep -c '^0x1002$' "$work/out")" -eq 2 ] || fail "an interface is up"
[ ! -e new ] || fail "the guest has written a file"

# With --writable, files reach the directory. The three devices have addresses.
run --writable --roce --subfunctions=3 --env WORD='two words' sh -c 'echo "$WORD" >new
	grep -hv "^[0:]*$" /sys/class/infiniband/mfraw2/ports/1/gids/*; exit 4'
[ $rc -eq 4 ] || fail "status $rc, not 4"
[ "$(cat new)" = 'two words' ] || fail "the file of the guest is not there"
has 'ffff:c000:0203$'
has '^2001:0db8:.*:0003$'

run /nonexistent
[ $rc -eq 127 ] || fail "status $rc, not 127"
run --explain true
[ $rc -eq 0 ] || fail "status $rc, not 0"
has 'refused no call'

# The commands of the page. The pages for two services have the same one.
cp /src/examples/* .
mapfile -t commands < <(sed -n 's/^.*mfraw run \(--.*\)$/\1/p' /src/docs/ci.md | sort -u)
[ ${#commands[@]} -ge 3 ] || fail "the page has only ${#commands[@]} commands"
for command in "${commands[@]}"; do
	eval "run $command"
	case $command in
	*--explain*)
		[ $rc -eq 1 ] || fail "status $rc, not 1"
		# The page has these lines, too.
		while IFS= read -r line; do
			has "^$line$"
		done < <(sed -n '/^    mfraw: the driver/,/^$/s/^    //p' /src/docs/ci.md)
		;;
	*)
		[ $rc -eq 0 ] || fail "$command: status $rc, not 0"
		;;
	esac
done
