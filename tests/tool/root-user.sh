#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#
# An ordinary user makes a root, with fakes of mmdebstrap and of a mirror. Its files have
# owners of the range that /etc/subuid gives to the user. After a failure, the next run
# goes on with the same step.
. "$(dirname "$0")/lib-user.sh"
. "$(dirname "$0")/lib-root.sh"

chmod 755 "$work"
chown $uid "$work"{,/cache}
as=("${become[@]}")
part=$work/cache/root-new-$(sha256sum </src/scripts/recipe.sh | cut -c1-12).part

# Without a range, the user is told what is missing.
: >"$work/range"
for file in /etc/subuid /etc/subgid; do
	mount --bind "$work/range" "$file" || fail "no $file"
done
trap 'kill $server; umount /etc/subuid /etc/subgid; rm -rf "$work"' EXIT
if ! "${as[@]}" unshare --user --map-root-user --mount true; then
	echo "# skipped: this machine has no user namespaces for ordinary users"
	exit 4
fi
failed "needs root once, to make the root: .*uidmap.* /etc/subuid and /etc/subgid"
[ ! -e "$work/calls" ] || fail "the work began"

# The package uidmap has these programs.
cat >"$work/map.c" <<'END'
#include <stdio.h>
#include <string.h>

int main(int argc, char **argv)
{
	char path[64];
	FILE *map;

	snprintf(path, sizeof(path), "/proc/%s/%cid_map", argv[1],
		 strstr(argv[0], "newuid") ? 'u' : 'g');
	map = fopen(path, "w");
	if (!map)
		return 1;
	for (int i = 2; i < argc; i++)
		fprintf(map, "%s%c", argv[i], i % 3 == 1 ? '\n' : ' ');
	return fclose(map) ? 1 : 0;
}
END
gcc -o "$work/bin/newuidmap" "$work/map.c" && cp "$work"/bin/new{uid,gid}map &&
	chmod 4755 "$work"/bin/new{uid,gid}map || fail "no newuidmap"
echo "$(id -un $uid):100000:65536" >"$work/range"

mv "$work/bin/mmdebstrap" "$work/"
failed "mmdebstrap is missing"
mv "$work/mmdebstrap" "$work/bin/"

cat >>"$work/plan" <<'EOF'
: >/owned
chown 42:43 /owned
EOF
failed "'source of rdma-core' failed.*goes on with the step 'source of rdma-core'"
[ "$(stat -c '%u %g' "$part/bin/sh" "$part/owned" | xargs)" = "$uid $uid 100041 100042" ] ||
	fail "other owners"

# The part of another recipe is removed, whoever owns its files.
mv "$part" "$work/cache/root-new-0.part"
: >"$work/plan"
start frozen=1
finish
[ $rc -eq 0 ] || fail "status $rc, not 0"
[ -e "${part%.part}/opt/mfraw/ready" ] || fail "no root"
[ ! -e "$work/cache/root-new-0.part" ] || fail "the part of another root is left"
[ "$(grep -c '^mmdebstrap --mode=root .*--format=directory' "$work/calls")" -eq 2 ] &&
	grep -q '^mmdebstrap .*--aptopt=Acquire::Check-Valid-Until "false" new .*new main$' \
		"$work/calls" || { cat "$work/calls"; fail "other calls"; }
