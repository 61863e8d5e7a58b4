#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#
# Print the tests, a line for each: NAME PROCESSORS LABEL[,LABEL...] COMMAND..., with
# paths below the checkout. CMakeLists.txt and scripts/test.sh read it.
#
# guest/ROOM/: each script is a test that runs in a guest. The name of its room is its
# label. scripts/pool.sh describes the lines by which a script chooses its guest. A line
#   # mfraw-test: quick
# makes the script one of the few of "./mfraw test --quick", and a line
#   # mfraw-test: reliability
# one of "./mfraw test --reliability" alone. The scripts share
# functions of guest/lib/, the programs in Python those of guest/mfraw_test/.
# applications/: each script (but lib*) is a test with programs of other projects, in
# a guest that has them. Only "./mfraw test --applications" runs these tests.
# packages/: each script (but lib*) is a test of the Debian packages. Only "./mfraw test
# --packages" runs these tests.
# reliability/: each script is a test without a guest that needs tools of its own. Only
# "./mfraw test --reliability" runs these tests.
# newer/: each script is a test that builds for the newer kernels of Debian. Only
# "./mfraw test --newer" runs these tests.
# tool/: each script (but lib*) is a test of ./mfraw itself.
set -u
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit

# with_line WORD DIRECTORY...: the scripts that have the line "# mfraw-test: WORD".
with_line() { grep -l "^# mfraw-test: $1" "${@:2}"; }

# scripts DIRECTORY...: the scripts of tests in directories.
scripts() { find "$@" -name '*.sh' ! -name 'lib*' ! -path '*/lib/*' | sort; }

name_of() { local name=${1##*/}; echo "${name%.sh}"; }

# These checks build with all processors.
for check in sparse headers provider; do
	echo "lint-$check 2 host,arch scripts/lint.sh $check"
done
for check in shell borders checkpatch circles docs kerneldoc python spelling; do
	echo "lint-$check 1 host,quick scripts/lint.sh $check"
done

for script in $(scripts tests/tool); do
	name=$(name_of "$script")
	case $name in
	# The test of the instruments belongs to the lane that has them.
	instruments) label=check ;;
	# They boot many guests, which takes minutes under QEMU, or build for user-mode
	# Linux.
	run|install|no-roce|patches|user) label=um ;;
	*) label=host ;;
	esac
	echo "tool-$name 1 $label $script"
done

for script in $(scripts tests/packages); do
	echo "package-$(name_of "$script") 2 packaging $script"
done
for script in $(scripts tests/reliability); do
	echo "$(name_of "$script") 1 reliability $script"
done
for script in $(scripts tests/newer); do
	echo "newer-$(name_of "$script") 2 newer $script"
done

quick=$(with_line quick -r tests/guest)
long=$(with_line reliability -r tests/guest)
for script in $(scripts tests/guest); do
	room=${script%/*} name=$(name_of "$script")
	labels=guest,${room##*/}
	[[ $'\n'$quick$'\n' != *$'\n'$script$'\n'* ]] || labels+=,quick
	[[ $'\n'$long$'\n' != *$'\n'$script$'\n'* ]] || labels=reliability
	echo "$name 1 $labels scripts/pool.sh $name $script"
done
for script in $(scripts tests/applications); do
	name=app-$(name_of "$script")
	echo "$name 1 applications scripts/pool.sh $name $script"
done
