# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#
# "./mfraw package", inside the root: build Debian packages into /build/packages. The
# tools are in the layer "packaging", which /lower has above the root.

. "$top/scripts/layer.sh"
. "$top/scripts/build.sh"

package_dir=/build/package
package_parts="CHANGELOG.md CONTRIBUTING.md README.md SECURITY.md docs examples include kernel packaging providers tools"

package_main() {
	local lock='' sources

	layer_check
	build_idle=y
	sources=$(printf '/src/%s ' $package_parts)
	mkdir -p /build/log && take_lock /build/lock builds || exit
	part packages /build/log/package.log $package_dir.stamp \
		"$sources /src/scripts/package.sh /opt/mfraw/rdma-core.tar.gz /lower/opt/mfraw/packaging/ready" \
		/build/packages package_build || exit
	exec {lock}>&-
	[ -z "$build_idle" ] || say "nothing to build: no source has changed"
	say "in build/$suite/packages: $(cd /build/packages && echo *.deb)"
}

package_build() {
	local version name tree=$package_dir/tree

	version=$(source_version)
	rm -rf $package_dir /build/packages /build/packages.new
	name=$package_dir/mfraw_$version.orig
	mkdir -p "$tree" && package_source "$tree" "$name" || return
	progress building
	layer_inside "$tree" env DEB_BUILD_OPTIONS="noautodbgsym parallel=$(nproc)" \
		dpkg-buildpackage -us -uc &&
		package_lintian &&
		mkdir -p /build/packages.new &&
		mv $package_dir/*.* /build/packages.new/ &&
		mv -T /build/packages.new /build/packages &&
		rm -rf $package_dir
}

# package_source TREE NAME: the source, as a tree and as archives.
package_source() {
	local date tar

	date=$(sed -n 's/^ -- .*>  //p;T;q' /src/packaging/debian/changelog) || return
	# Times and owners are not those of the checkout.
	tar=(tar --sort=name --owner=root:0 --group=root:0 "--mode=go=rX,u+w"
		--mtime="$date" --exclude=__pycache__)
	"${tar[@]}" --exclude=packaging/debian --transform "s|^|mfraw/|" -C /src \
		-cJf "$2.tar.xz" $package_parts &&
		cp /opt/mfraw/rdma-core.tar.gz "$2-rdma-core.tar.gz" &&
		tar -xf "$2.tar.xz" --strip-components=1 -C "$1" &&
		mkdir "$1/rdma-core" &&
		tar -xf "$2-rdma-core.tar.gz" --no-same-owner --strip-components=1 \
			-C "$1/rdma-core" &&
		cp -r /src/packaging/debian "$1/debian"
}

package_lintian() {
	local changes

	progress lintian
	changes=$(echo $package_dir/*.changes)
	layer_inside $package_dir lintian --allow-root --info --display-info \
		--fail-on error,warning "$changes"
}
