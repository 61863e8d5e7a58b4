# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
"""Rate limits of devlink ports."""
import subprocess


def limit(port, rate):
    """Limit what the port sends, to a rate such as '4mbit'; '0' is no limit."""
    subprocess.check_call(['devlink', 'port', 'function', 'rate', 'set', port,
                           'tx_max', rate])
