#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#
# For a wrong command line, mfraw prints one line with the reason and exits with status
# 2 before any work begins: there is no root yet, and no room to make one.
. "$(dirname "$0")/lib-checkout.sh"
mount -t tmpfs -o size=1m tmpfs "$MFRAW_CACHE"

fails() { # STATUS PATTERN ARGUMENT...
	local status=$1 pattern=$2

	shift 2
	mfraw "$@"
	[ $rc -eq "$status" ] || fail "mfraw $*: status $rc, not $status"
	[ "$(wc -l <"$work/out")" -eq 1 ] || fail "mfraw $*: not one line"
	has "$pattern"
	[ ! -e "$checkout/build" ] || fail "mfraw $* began to work"
}

bad() { fails 2 "$@"; }

bad "no command 'nonsense'" nonsense
bad "no command, but '--nonsense'" --nonsense
bad 'options come after the command: ./mfraw vm --smp 2 x.sh y$' --smp 2 vm x.sh y
bad 'options come after the command: ./mfraw test --list$' --list test
bad "no command 'nonsense'" help nonsense
bad "one command" help vm test

bad "no script" vm /nonexistent
bad "vm knows no option '--nonsense'" vm --nonsense
bad "auto, kvm or tcg" vm --accel xen
bad "not with --accel kvm" vm --icount --accel kvm
bad "not for 'um'" vm --accel kvm --kernel um
bad "kernel is one of .* not 'xen'" vm --kernel xen
bad "positive number" vm --smp 0
bad "needs a value" vm --mem
bad "append needs a value" vm --append=
bad "NAME=VALUE, not 'FOO'" vm --env FOO
bad "no directory" vm --share /nonexistent
bad "no directory" vm --system /nonexistent
bad "not with --kernel um" vm --system / --kernel um
bad "no script" vm --peer /nonexistent /dev/null
bad "needs a script" vm --peer "$checkout/mfraw"

bad "amd64 or arm64, not 'sparc'" vm --arch sparc
bad "amd64 or arm64, not 'sparc'" build --arch=sparc
bad "arch needs a value" test --arch
bad "not with --kernel um" vm --arch arm64 --kernel um
bad "not with --kernel check" test --arch arm64 --kernel check
bad "not with --accel kvm" vm --arch arm64 --accel kvm
bad "not for guests with --applications" vm --arch arm64 --install hello
bad "not for guests with --icount" vm --arch arm64 --icount
bad "not with --quick" test --arch arm64 --quick
bad "not with --quick" test --arch arm64 --newer
bad "package knows no option '--arch'" package --arch arm64

bad "run knows no option '--nonsense'" run --nonsense -- true
bad "run needs a command" run --netns
bad "run needs a command" run --
bad "subfunctions is a number" run --subfunctions 0 true
bad "subfunctions is a number" run --subfunctions=65 true
bad "needs a value" run --env
bad "NAME=VALUE, not '=x'" run --env =x true
bad "kernel is one of .* not 'xen'" run --kernel xen true
bad "positive number" run --smp 0 true
bad "'-y' is no name of a package" run --install=-y true
bad "'Foo' is no name of a package" vm --install hello,Foo
bad "not for guests with --applications" vm --applications --install hello
bad "name of a suite" run --suite a/b true
bad "run needs a command" run
bad "needs a value" run --mem

bad "demo knows no option '--nonsense'" demo --nonsense
bad "demo takes no 'nonsense'" demo nonsense
bad "demo takes no 'vm'" demo vm
bad "--smp needs a value" demo --smp
bad "positive number" demo --timeout=soon
RUNS=many bad "RUNS=many is no positive number" demo

bad "test knows no option '--lst'" test --lst
bad "'\(' is no regular expression" test '('
bad "test takes one pattern" test vm demo
bad "kernel needs a value" test --kernel=
bad "no test matches 'no-such-test': see ./mfraw test --list" test no-such-test
bad "no test matches 'frames': see ./mfraw test --applications --list" \
	test --applications frames
bad "kernel is one of .* not 'xen'" test --kernel xen
bad "lane of its own" test --applications --quick
bad "lane of its own" test --packages --coverage --kernel check
bad "lanes of their own" test --applications --packages
bad "lanes of their own" test --newer --reliability

bad "knows no option '--nonsense'" bench --nonsense
bad "knows no group 'nonsense'" bench raw nonsense
bad "is no number of runs" bench --runs 0
bad "--runs needs a value" bench --runs
bad "'\(' is no regular expression" bench --profile '('

bad "patches knows no 'nonsense'" patches nonsense
bad "needs NAME <ADDRESS>, not 'me'" patches --from me
bad "the targets are flow .* not 'nonsense'" fuzz nonsense
bad "fuzz takes one target" fuzz flow raw
bad "'x' is no positive number" fuzz --seconds x
bad "harden knows no option '--nonsense'" harden --nonsense
bad "harden knows no row 'nonsense'" harden hostile nonsense
bad "'0' is no number of hours or minutes" harden --hours 0
bad "'1h' is no number of hours or minutes" harden --minutes=1h
bad "--hours needs a value" harden --hours
bad "'-1' is no seed" fuzz --seed -1

bad "build takes no 'nonsense'" build nonsense
bad "build takes no '--nonsense'" build --nonsense
bad "package takes no 'nonsense'" package nonsense
bad "name of a suite" build --suite 'a/b'
bad "suite needs a value" build --suite=
bad "mirror needs a value" test --mirror=
bad "mirror '/srv/debian' is no address" build --mirror /srv/debian
bad "mirror 'debian' is no address" vm --mirror=debian
bad "clean knows no option '--nonsense'" clean --nonsense
bad "clean takes no 'nonsense'" clean --all nonsense

# Nothing is built.
fails 1 "nothing is built for --kernel distro" vm --no-build
fails 1 "nothing is built for --kernel check" run --no-build --kernel check true

# These command lines are right, but there is no room for the root.
for command in demo test "test --applications" "test --packages" "test --newer" bench fuzz \
	harden "bench --quick" vm "run true" build "build --arch arm64" "vm --arch arm64" \
	package patches; do
	# shellcheck disable=SC2086
	fails 1 "has [01] MB free" $command
done

good() { # PATTERN ARGUMENT...
	local pattern=$1

	shift
	mfraw "$@"
	[ $rc -eq 0 ] || fail "mfraw $*: status $rc"
	has "$pattern"
}

for command in "" demo test bench vm run build package patches fuzz harden clean; do
	# shellcheck disable=SC2086
	good "^usage: ./mfraw ${command:-COMMAND}" $command -h
	# shellcheck disable=SC2086
	good "^usage: ./mfraw ${command:-COMMAND}" help $command
done
good '^usage: ./mfraw COMMAND' help help
good '^roce-model$' harden --list
# It repeats all rows of the page.
sed -nE 's/^.*`\.\/mfraw (.*)` [|] [0-9]+ [|]$/\1/p' "$checkout/docs/reliability.md" |
	sed -E -e 's/^test --reliability //;s/^fuzz .* /fuzz-/' \
		-e 's/^vm --kernel check .*\/(.*)\.sh$/\1-check/;s/^vm .*\/(.*)\.sh$/\1/' |
	sort | diff - <(sort "$work/out") || fail "harden --list has other rows"
good '^mfraw version [0-9]+\.[0-9]+\.[0-9]+ \(.*no git checkout' --version
good '^tool-usage$' test --list
lacks '^app-|^tool-patches$'
good '^app-ovs$' test --list --applications
lacks '^tool-'
good '^tool-patches$' test --list --kernel um
good '^roce-gid$' test --list '^roce-g.d$'
[ "$(wc -l <"$work/out")" -eq 1 ] || fail "more tests than match"
mfraw
[ $rc -eq 2 ] || fail "mfraw without a command: status $rc, not 2"
has '^usage:'

# A service may have no environment.
env -i "$(command -v bash)" "$checkout/mfraw" -h >"$work/out" 2>&1 ||
	fail "mfraw needs an environment"
has '^usage:'

# The program may have a link elsewhere, and no copy.
ln -s "$checkout/mfraw" "$work/link" && cp "$checkout/mfraw" "$work/copy" || exit
bash "$work/link" help >"$work/out" || fail "a link does not work"
has '^usage:'
rc=0
bash "$work/copy" help >"$work/out" 2>&1 || rc=$?
[ $rc -eq 1 ] || fail "status $rc, not 1"
has "$work is no checkout"

# The name of the cache may begin at the current directory.
(cd "$work" && MFRAW_CACHE="the cache" mfraw build && has "^mfraw: $work/the cache has [01] MB free") ||
	fail "the cache has another name"

# The commands of the documents are right: each is refused for want of room only. Left out
# are those with words that stand for something else, and names of commands and options.
mapfile -t commands < <(find "$checkout" -name '*.md' -exec cat {} + |
	grep -oE '^ {4}\./mfraw .*|`\./mfraw [^`]*`' | tr -d '`' |
	sed -E 's/^ *\.\/mfraw //; s/ +#.*//; / ?[A-Z]{3,}( |$)|\[|^run$|--(peer|profile|system)$/d' |
	sort -u)
[ ${#commands[@]} -ge 50 ] || fail "the documents have only ${#commands[@]} commands"
cd "$checkout" || exit
for command in "${commands[@]}"; do
	eval "mfraw $command"
	[ $rc -eq 0 ] || { [ $rc -eq 1 ] && has '[01] MB free'; } ||
		fail "a document has the wrong command ./mfraw $command"
done
