# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#
# For tests of ./mfraw as an ordinary user, the one with the number uid.

# Processes in a chroot may not make namespaces of users. So the root becomes that of a
# namespace of mounts.
[ -n "${MFRAW_PIVOTED:-}" ] ||
	MFRAW_PIVOTED=y exec unshare --mount --propagation private python3 - "$0" <<'END'
import ctypes
import os
import sys

libc = ctypes.CDLL(None, use_errno=True)
MNT_DETACH = 2


def call(function, *args):
    if function(*args):
        raise OSError(ctypes.get_errno(), function.__name__)


root = os.open('/', os.O_RDONLY)
# To enter a namespace is to leave the chroot.
os.setns(os.open('/proc/self/ns/mnt', os.O_RDONLY))
os.fchdir(root)
call(libc.pivot_root, b'.', b'.')
call(libc.umount2, b'.', MNT_DETACH)
os.execvp('bash', ['bash', sys.argv[1]])
END

uid=65534
become=(setpriv "--reuid=$uid" "--regid=$uid" --clear-groups --inh-caps=-all)
