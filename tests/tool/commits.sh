#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#
# The hook scripts/commit-msg takes good messages of commits, and names each fault of
# others.
. "$(dirname "$0")/lib.sh"

hook=$(dirname "$0")/../../scripts/commit-msg
signed='Signed-off-by: A Developer <dev@example.org>'

check() { # MESSAGE
	rc=0
	printf '%s\n' "$1" >"$work/message"
	"$hook" "$work/message" >"$work/out" 2>&1 || rc=$?
	cat "$work/out"
}

good() {
	check "$1"
	[ "$rc" -eq 0 ] || fail "refused: $1"
	[ ! -s "$work/out" ] || fail "not silent: $1"
}

# The message has one fault, and one line names it.
bad() { # PATTERN MESSAGE
	check "$2"
	[ "$rc" -eq 1 ] || fail "taken: $2"
	has "$1"
	[ "$(wc -l <"$work/out")" -eq 1 ] || fail "not one line: $2"
}

message() { # SUBJECT
	printf '%s\n\n%s\n\n%s\n' "$1" "Because. Tested by frames." "$signed"
}

for part in mfnic mfigb mfsteer mfport mfraw mfeth provider tests docs build; do
	good "$(message "$part: add a thing")"
done
good "$(message "mfraw: process one batch after the other")"
good "$(message "mfnic: speed the lookup up, and pass the mask")"
good "$(message "tests: embed the names of devices")"
good "$(message "mfraw: $(printf 'a%.0s' {1..65})")"
good "$(message "docs: add a word")
# A comment of git, which is as long as git likes, and not part of the message at all."
good "docs: add a word

Because.

    output of a program that is quoted as it is, and that is longer than a line may be

Tested-by: Somebody Else <else@example.org>
$signed"
good "Merge branch 'x'"

bad "begins with one of" "$(message "add a thing")"
bad "begins with one of" "$(message "kernel: add a thing")"
bad "begins with one of" "$(message "mfraw:add a thing")"
bad "73 characters" "$(message "mfraw: $(printf 'a%.0s' {1..66})")"
bad "full stop" "$(message "mfraw: add a thing.")"
bad "'added' is not" "$(message "mfraw: added a thing")"
bad "'adds' is not" "$(message "mfraw: adds a thing")"
bad "'Adding' is not" "$(message "mfraw: Adding a thing")"
bad "work in progress" "$(message "mfraw: add a thing (wip)")"
bad "work in progress" "$(message "mfraw: add a thing, WIP")"
bad "fix-up" "$(message "fixup! mfraw: add a thing")"
bad "second line" "mfraw: add a thing
and another

Because.

$signed"
bad "a body" "mfraw: add a thing

$signed"
bad "no .Signed-off-by" "mfraw: add a thing

Because."
bad "no .Signed-off-by" "mfraw: add a thing

Because.

Signed-off-by: nobody"
bad "81 characters" "mfraw: add a thing

$(printf 'a%.0s' {1..81})

$signed"

# All faults are named at once.
check "wip"
[ "$rc" -eq 1 ] || fail "taken: wip"
[ "$(wc -l <"$work/out")" -eq 4 ] || fail "not four lines"

rc=0
"$hook" >"$work/out" 2>&1 || rc=$?
[ "$rc" -eq 2 ] || fail "status $rc without a file, not 2"
has "^usage"
