# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#
# The kernels that a guest can have, and how they are built. Inside the root:
#
#   distro   the distribution's, under QEMU
#   um       user-mode Linux: a program, without instruments
#   check    user-mode Linux with KASAN, lockdep, kmemleak and more
#   debug    the same instruments and KCSAN on x86, under QEMU
#
# All but the first are built once, from the distribution's source and the
# fragments in tests/kernel, into /kernels, which is a part of the cache.

kernel_kinds="distro um check debug"

# Increment this when kernel_build makes another result of the same inputs.
kernel_version=1

# The fragments of a kind. Later ones override earlier ones.
kernel_fragments() { # KIND
	case $1 in
	um) echo um ;;
	check) echo um check ;;
	debug) echo um check debug ;;
	esac
}

kernel_is_um() { [[ $1 == um || $1 == check ]]; }

# The series of the source, such as 6.12.
kernel_series() { cut -d. -f1,2 /opt/mfraw/kernel-release; }

# The requested configuration is made of the fragments of a kind and of this series.
kernel_wanted() { # KIND
	local fragment file

	for fragment in $(kernel_fragments "$1"); do
		for file in "/src/tests/kernel/$fragment.config" \
			"/src/tests/kernel/$fragment-$(kernel_series).config"; do
			[ ! -e "$file" ] || cat "$file"
		done
	done |
		# Options that only one architecture has.
		if kernel_is_um "$1"; then cat; else
			grep -vE '^CONFIG_(UML_|HOSTFS|SSL|NULL_CHAN|VIRTIO_UML|KERNEL_STACK_ORDER)'
		fi
}

# The patches of arch/um: those for all kernels, then those for this series.
kernel_patches() { # KIND
	local dir

	kernel_is_um "$1" || return
	for dir in patches "patches-$(kernel_series)"; do
		compgen -G "/src/tests/kernel/$dir/*.patch"
	done
}

# The inputs of a kernel.
kernel_key() { # KIND
	local patches

	mapfile -t patches < <(kernel_patches "$1")
	{
		kernel_wanted "$1"
		[ ${#patches[@]} -eq 0 ] || cat "${patches[@]}"
		stat -c %s /opt/mfraw/linux-source.tar.xz
		echo "$kernel_version"
	} | sha256sum | cut -c1-12
}

kernel_path() { # KIND
	echo "/kernels/kernel-$suite-$1-$(kernel_key "$1")"
}

kernel_arch() { # KIND
	if kernel_is_um "$1"; then echo um; else echo x86_64; fi
}

# The source is unpacked once for all kinds that have the same patches.
kernel_source() { # KIND
	local patches

	mapfile -t patches < <(kernel_patches "$1")
	echo "/kernels/source-$suite-$({
		stat -c %s /opt/mfraw/linux-source.tar.xz
		[ ${#patches[@]} -eq 0 ] || cat "${patches[@]}"
	} | sha256sum | cut -c1-12)"
}

kernel_unpack() { # DIRECTORY KIND
	local patch

	[ ! -e "$1/.ready" ] || return 0
	rm -rf "$1"
	mkdir -p "$1" &&
		tar -xJf /opt/mfraw/linux-source.tar.xz -C "$1" \
			--strip-components=1 || return
	for patch in $(kernel_patches "$2"); do
		patch -d "$1" -p1 <"$patch" || return
	done
	touch "$1/.ready"
}

# Make the configuration; a line of the fragments that does not hold is an
# error, since a missing instrument would go unnoticed.
kernel_configure() { # SOURCE BUILD KIND
	local line

	kernel_wanted "$3" | grep '^CONFIG_' >"$2/wanted" &&
		awk -F= '{ last[$1] = $0 } END { for (i in last) print last[i] }' \
			"$2/wanted" >"$2/.config" &&
		make -s -C "$1" O="$2" ARCH="$(kernel_arch "$3")" olddefconfig ||
		return
	awk -F= '{ last[$1] = $0 } END { for (i in last) print last[i] }' \
		"$2/wanted" | while read -r line; do
		case $line in
		*=n) ! grep -q "^${line%=n}=" "$2/.config" ;;
		*) grep -qxF "$line" "$2/.config" ;;
		esac || echo "$line"
	done >"$2/missing"
	[ ! -s "$2/missing" ] || {
		echo "options that can't be had:"
		cat "$2/missing"
		return 1
	}
}

# Build the program or image, and the files that external modules need.
kernel_build() { # DIRECTORY KIND
	local dir=$1 kind=$2 arch build=$1/build source image

	arch=$(kernel_arch "$kind")
	source=$(kernel_source "$kind")
	rm -rf "$dir"
	mkdir -p "$build" || return
	echo "unpacking the source"
	kernel_unpack "$source" "$kind" &&
		kernel_configure "$source" "$build" "$kind" || return
	if kernel_is_um "$kind"; then
		image=linux
	else
		image=arch/x86/boot/bzImage
	fi
	progress_from "progress_lines ^..(CC|AR|LD) about_2000" \
		make -j"$(nproc)" -C "$source" O="$build" ARCH="$arch" \
		"${image##*/}" modules || return
	make -s -C "$source" O="$build" ARCH="$arch" \
		INSTALL_MOD_STRIP=1 INSTALL_MOD_PATH="$dir/root/usr" \
		modules_install &&
		make -s -C "$source" O="$build" ARCH="$arch" kernelrelease \
			>"$dir/release" &&
		cp "$build/$image" "$dir/linux" && strip -d "$dir/linux" || return
	# Modules are built with headers and scripts; objects are not needed.
	find "$build" \( -name '*.o' -o -name '*.a' -o -name '*.ko' \
		-o -name '.*.cmd' -o -name '*.gcno' \) \
		! -path '*/scripts/*' ! -path '*/tools/*' -delete
	rm -f "$build"/vmlinux "$build"/linux "$build"/.tmp_vmlinux*
	touch "$dir/ready"
}

# kernel_ensure KIND: make the kernel if it is missing. Sets kernel_dir (empty for
# the distribution's), kernel_rel and kernel_build_dir.
kernel_ensure() {
	local kind=$1 lock=''

	kernel_kind=$kind
	if [ "$kind" = distro ]; then
		kernel_dir=
		kernel_rel=$(cat /opt/mfraw/kernel-release)
		kernel_build_dir=/lib/modules/$kernel_rel/build
		return
	fi
	kernel_dir=$(kernel_path "$kind")
	if [ ! -e "$kernel_dir/ready" ]; then
		[ -w /kernels ] ||
			die "the cache has no kernel '$kind' yet, and only its owner can build it"
		take_lock "/kernels/lock-kernel-$suite" "builds a kernel" ||
			return
		[ -e "$kernel_dir/ready" ] ||
			kernel_make_ready "$kind" || return
		exec {lock}>&-
	fi
	# Modules are built with both.
	hold "$kernel_dir" "$(kernel_source "$kind")"
	kernel_rel=$(cat "$kernel_dir/release")
	kernel_build_dir=$kernel_dir/build
}

# kernel_ready KIND: the kernel exists already.
kernel_ready() { [ "$1" = distro ] || [ -e "$(kernel_path "$1")/ready" ]; }

kernel_make_ready() { # KIND
	local free

	free=$(df --output=avail -k /kernels | tail -1)
	[ "$free" -ge $((6 << 20)) ] ||
		die "the cache has $((free >> 10)) MB free, 6144 MB are needed for the kernel '$1'"
	step "kernel '$1' (once)" "/build/log/kernel-$1.log" \
		kernel_build "$kernel_dir" "$1"
}
