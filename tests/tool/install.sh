#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#
# "./mfraw run --install" brings packages to the guest, from a mirror that the test makes.
# They are installed once for each set of names, above the root, which does not change.
. "$(dirname "$0")/lib-checkout.sh"

# package NAME DEPENDS: a package with a program of that name.
mirror=$work/mirror
index=$mirror/dists/$MFRAW_SUITE/main/binary-amd64
mkdir -p "$index" "$work/tree"
package() {
	rm -rf "$work/tree" && mkdir -p "$work/tree/DEBIAN" "$work/tree/usr/bin"
	printf '#!/bin/sh\necho "this is %s"\n' "$1" >"$work/tree/usr/bin/$1"
	chmod +x "$work/tree/usr/bin/$1"
	printf '%s\n' "Package: $1" "Version: 1" "Architecture: all" \
		"Maintainer: a test <test@example.org>" "Description: a test" \
		${2:+"Depends: $2"} >"$work/tree/DEBIAN/control"
	dpkg-deb --root-owner-group --build "$work/tree" "$mirror/$1.deb" >/dev/null ||
		fail "no package"
	{
		cat "$work/tree/DEBIAN/control"
		echo "Filename: $1.deb"
		echo "Size: $(stat -c %s "$mirror/$1.deb")"
		echo "SHA256: $(sha256sum <"$mirror/$1.deb" | cut -d' ' -f1)"
		echo
	} >>"$index/Packages"
}
package mfraw-hello mfraw-word
package mfraw-word
package mfraw-other
{
	echo "Suite: $MFRAW_SUITE"
	echo "SHA256:"
	echo " $(sha256sum <"$index/Packages" | cut -d' ' -f1)" \
		"$(stat -c %s "$index/Packages") main/binary-amd64/Packages"
} >"$mirror/dists/$MFRAW_SUITE/Release"
exec {server_out}< <(cd "$mirror" && exec python3 -u -m http.server -b 127.0.0.1 0 2>/dev/null)
server=$!
trap 'kill $server; umount -lq "$MFRAW_CACHE"/root-*; rm -rf --one-file-system "$work"' EXIT
read -r line <&"$server_out"
[[ $line =~ port\ ([0-9]+) ]] || fail "no server"

# The root has this mirror, which signs nothing.
root=$MFRAW_CACHE/root-$MFRAW_SUITE-$(sha256sum <"$checkout/scripts/recipe.sh" | cut -c1-12)
mkdir -p "$root" "$build" "$work"/{upper,work}
mount -t overlay overlay "$root" \
	-o "lowerdir=/lower,upperdir=$work/upper,workdir=$work/work" || fail "no root"
echo "deb http://127.0.0.1:${BASH_REMATCH[1]} $MFRAW_SUITE main" >"$root/etc/apt/sources.list"
printf '%s\n' 'APT::Get::AllowUnauthenticated "true";' \
	'Acquire::AllowInsecureRepositories "true";' >"$root/etc/apt/apt.conf.d/99test"
kernel=$(suite=$MFRAW_SUITE && . /src/scripts/kernel.sh && kernel_path "$um")
cp -a "$kernel" "$MFRAW_CACHE/" || fail "no kernel"
# Nothing is built, so the kernel's source may be empty.
for source in /kernels/source-"$MFRAW_SUITE"-*; do mkdir "$MFRAW_CACHE/${source##*/}"; done
cp -a /build/out "/build/$um" "$build/" || fail "no build"
(cd "$work/upper" && find . | sort) >"$work/before"

run() { mfraw run --kernel "$um" --no-build "$@"; }
layers() { (cd "$MFRAW_CACHE" && echo layer-*-*); }

cd "$work/tree" || exit
run --install mfraw-hello -- sh -c 'mfraw-hello; mfraw-word; rdma link; mfraw-other'
[ "$rc" -eq 127 ] || fail "status $rc, not 127"
has 'installing the packages mfraw-hello of trixie above the root, once'
has '^this is mfraw-hello$'
has '^this is mfraw-word$'
has '^link mfraw1/1 state ACTIVE'
first=$(layers)
[[ $first == layer-"$MFRAW_SUITE"-install-* ]] || fail "the layers are $first"

# The second time, nothing is installed. Another set is another layer, in one form.
run --install=mfraw-hello mfraw-hello
[ "$rc" -eq 0 ] || fail "status $rc, not 0"
lacks installing
run --install mfraw-other,mfraw-hello --install mfraw-other mfraw-other
[ "$rc" -eq 0 ] || fail "status $rc, not 0"
has 'installing the packages mfraw-hello mfraw-other of'
has '^this is mfraw-other$'
run --install mfraw-hello,mfraw-other mfraw-hello
lacks installing
read -ra list <<<"$(layers)"
[ ${#list[@]} -eq 2 ] || fail "the layers are ${list[*]}"

# Without the option, the guest has no package.
run sh -c 'mfraw-hello'
[ "$rc" -eq 127 ] || fail "status $rc, not 127"

run --install mfraw-none true
[ "$rc" -eq 1 ] || fail "status $rc, not 1"
has 'Unable to locate package mfraw-none'
has "no packages mfraw-none of $MFRAW_SUITE: the step 'packages' failed"

(cd "$work/upper" && find . | sort) >"$work/after"
diff "$work/before" "$work/after" || fail "the root has changed"

# clean knows which layers this checkout uses, and which it can't use.
mkdir -p "$MFRAW_CACHE/layer-$MFRAW_SUITE-install-0123456789ab"
mfraw clean
has 'install-0123456789ab$'
lacks "${list[0]}|${list[1]}"
# It knows the kernels, too.
lacks 'kernel-|source-'
