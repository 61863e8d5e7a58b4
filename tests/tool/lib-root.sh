# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#
# For tests of roots: a mirror, debootstrap, mmdebstrap and the programs of a root, all of
# them fakes.

. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

mkdir -p "$work"/{bin,cache,mirror/debian/dists/{old,new}}
printf 'Suite: old\nValid-Until: Sat, 01 Jan 2022 00:00:00 UTC\n' \
	>"$work/mirror/debian/dists/old/InRelease"
printf 'Suite: new\nValid-Until: Thu, 01 Jan 2122 00:00:00 UTC\n' \
	>"$work/mirror/debian/dists/new/InRelease"
cat >"$work/server.py" <<'EOF'
import functools
import http.server
import sys

server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), functools.partial(
    http.server.SimpleHTTPRequestHandler, directory=sys.argv[1]))
print(server.server_address[1], flush=True)
server.serve_forever()
EOF
exec {server_out}< <(exec python3 "$work/server.py" "$work/mirror" 2>/dev/null)
server=$!
trap 'kill $server; rm -rf "$work"' EXIT
read -r server_port <&"$server_out"

# The root has busybox, and programs that log their arguments and run the root's
# /plan.
cat >"$work/bin/debootstrap" <<EOF
#!/bin/bash
echo "\${0##*/} \$*" >>"$work/calls"
[ "\${0##*/}" = debootstrap ] || shift \$((\$# - 4))
echo "I: Retrieving libc6 2.41"
mkdir -p "\$3"/{usr/bin,usr/sbin,boot,dev,proc,tmp,opt} \
	"\$3"/etc/apt/{apt.conf.d,sources.list.d} "\$3"/etc/dpkg/dpkg.cfg.d \
	"\$3"/lib/modules/1.2.3-x/build
ln -s usr/bin "\$3/bin"
touch "\$3/boot/vmlinuz-1.2.3-x"
cp "$(command -v busybox)" "\$3/usr/bin/busybox"
chroot "\$3" /usr/bin/busybox --install -s /usr/bin
# The shell of busybox would take the dpkg of busybox.
cp --remove-destination /bin/dash "\$3/bin/sh"
cp -L --parents $(ldd /bin/dash | grep -o '/[^ ]*' | xargs) "\$3"
rm "\$3"/usr/bin/dpkg*
for name in apt-get apt-cache apt-mark dpkg dpkg-query dpkg-deb mkfs.erofs; do
	cp "$work/fake" "\$3/usr/bin/\$name"
done
cp "$work/source.tar" "$work/plan" "\$3/"
EOF
cat >"$work/fake" <<'EOF'
#!/bin/sh
call="${0##*/} $*"
echo "$call" >>/calls
. /plan
case $call in
"dpkg-query "*) echo 65.0-1 ;;
*"source "*rdma-core=65.0-1) : >rdma-core_65.0.orig.tar.gz ;;
*"source "*libpcap) echo "E: no libpcap today"; exit 100 ;;
*"download linux-source-1.2") : >linux-source-1.2_1.deb ;;
"dpkg-deb "*) cat /source.tar ;;
esac
EOF
chmod +x "$work/bin/debootstrap" "$work/fake"
# The directory is the third of the last four arguments, too.
ln -s debootstrap "$work/bin/mmdebstrap"
(
	cd "$work" && mkdir -p linux-source-1.2/scripts usr/src && cd usr/src &&
		touch ../../linux-source-1.2/scripts/{checkpatch.pl,const_structs.checkpatch,spelling.txt} &&
		tar -cJf linux-source-1.2.tar.xz -C ../.. linux-source-1.2 &&
		tar -cf ../../source.tar -C ../.. ./usr/src
) || fail "the source of a kernel"
cat >"$work/plan" <<'EOF'
case $call in *rdma-core=*) echo "E: no rdma-core today"; exit 100 ;; esac
EOF

# start [NAME=VALUE...]: make a root as ./mfraw does, or the applications above it if
# $what is layer; by the command "${as[@]}". Sets pid.
what=root
as=()
start() {
	PATH=$work/bin:$PATH TMPDIR=$work "${as[@]}" bash -c '
		set -u
		top=/src cache=$1 suite=new mirror=$2 frozen= layer_kind=applications
		shift 2
		[ $# -eq 0 ] || declare "$@"
		. /src/scripts/common.sh
		. /src/scripts/root.sh
		. /src/scripts/layer.sh
		root_user
		'"$what"'_ensure "$(root_path)"' bash "$work/cache" \
		"http://127.0.0.1:$server_port/debian" "$@" >"$work/out" 2>&1 &
	pid=$!
}

# finish: wait for the end of start. Sets rc.
finish() {
	rc=0
	wait $pid || rc=$?
	cat "$work/out"
}

failed() { # PATTERN [NAME=VALUE...]
	start "${@:2}"
	finish
	[ $rc -eq 1 ] || fail "status $rc, not 1"
	has "$1"
}
