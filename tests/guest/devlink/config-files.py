# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
"""mfraw-config refuses each wrong file, with the line and the reason.

One process has all cases, since Python starts slowly in a guest. Arguments: the
program, and an empty directory for the files."""
import contextlib
import importlib.machinery
import importlib.util
import io
import os
import re
import sys

program, directory = sys.argv[1:]
loader = importlib.machinery.SourceFileLoader('mfraw_config', program)
spec = importlib.util.spec_from_loader(loader.name, loader)
config = importlib.util.module_from_spec(spec)
# Classes of data look for their module.
sys.modules[loader.name] = config
loader.exec_module(config)

FILE = os.path.join(directory, 'bad.conf')
OTHER = os.path.join(directory, 'a.conf')
NIC = '[NIC]\nNumber=1\n'
SF = NIC + '[Subfunction]\nNumber=1\n'
MAC = 'MACAddress=02:00:00:00:00:0a\n'

# The line of the fault, a pattern of the message, and the file.
CASES = [
    (1, 'no section .NIC.', ''),
    (1, 'before the first section', 'Number=1\n'),
    (1, "'.NIC' is neither", '[NIC\nNumber=1\n'),
    (1, 'unknown section .Nic., is it NIC', '[Nic]\n'),
    (1, 'has no Number', '[NIC]\n'),
    (3, 'neither .SECTION. nor KEY=VALUE', NIC + 'MTU\n'),
    (3, 'unknown key Mtu in .NIC., is it MTU', NIC + 'Mtu=1500\n'),
    (3, 'Number is set already in line 2', NIC + 'Number=2\n'),
    (3, 'second section', NIC + '[NIC]\nNumber=2\n'),
    (1, 'comes before .NIC.', '[Subfunction]\nNumber=1\n' + NIC),
    (2, 'no number from 0 to 255', '[NIC]\nNumber=256\n'),
    (2, 'no number from 0 to 255', '[NIC]\nNumber=-1\n'),
    (4, 'no number from 68 to 9000', '[NIC]\n# a comment\nNumber=1\nMTU=9001\n'),
    (3, 'neither switchdev nor legacy', NIC + 'Eswitch=on\n'),
    (3, 'no name of a network device', NIC + 'Uplink=a/b\n'),
    (3, 'no name of a network device', NIC + 'Bridge=a\0b\n'),
    (3, 'no name of a network device', NIC + 'Bridge=' + 8 * '\u00e4' + '\n'),
    (4, 'unknown key No', NIC + '# a form\ffeed\nNo=1\n'),
    (3, 'no network device nothing0', NIC + 'Uplink=nothing0\n'),
    (3, 'lo is no bridge', NIC + 'Bridge=lo\n'),
    (4, 'need Eswitch=switchdev', NIC + 'Eswitch=legacy\n[Subfunction]\nNumber=1\n'),
    (3, 'has no Number', NIC + '[Subfunction]\n'),
    (4, 'no number from 0 to 65535', NIC + '[Subfunction]\nNumber=65536\n'),
    (5, 'no MAC address', SF + 'MACAddress=02:00\n'),
    (5, 'no unicast address', SF + 'MACAddress=01:00:00:00:00:01\n'),
    (5, 'no unicast address', SF + 'MACAddress=00:00:00:00:00:00\n'),
    (5, 'neither yes nor no', SF + 'RoCE=maybe\n'),
    (5, 'no rate', SF + 'TxMax=fast\n'),
    (5, 'more than 1000000gbit', SF + 'TxMax=1000001gbit\n'),
    (5, 'whole number of bytes', SF + 'TxMax=1bit\n'),
    (6, 'Number 1 is that of .*:4, too', SF + '[Subfunction]\nNumber=1\n'),
    (8, 'MACAddress .* is that of .*:5, too', SF + MAC + '[Subfunction]\nNumber=2\n' + MAC),
    (1, 'UTF-8', b'\377'),
]


def run(command):
    """Return the exit status and the output of the program."""
    output = io.StringIO()
    sys.argv = [program, '-d', directory, command]
    with contextlib.redirect_stdout(output), contextlib.redirect_stderr(output):
        try:
            status = config.main()
        except SystemExit as leaving:
            status = leaving.code
    return status, output.getvalue()


def check(line, pattern, content):
    with open(FILE, 'wb') as file:
        file.write(content if isinstance(content, bytes) else content.encode())
    for command in 'apply', 'diff':
        status, output = run(command)
        assert status == 2, f'{command} of {content!r}: status {status}\n{output}'
        assert re.search(f'^{re.escape(FILE)}:{line}: .*{pattern}', output, re.MULTILINE), \
            f'{content!r}: no fault {pattern!r} in line {line}\n{output}'
    print(f'ok - line {line}: {pattern}')


for case in CASES:
    check(*case)
with open(OTHER, 'w', encoding='ascii') as other:
    other.write(NIC)
check(2, f'Number 1 is that of {re.escape(OTHER)}:2, too', NIC)
os.unlink(OTHER)
os.unlink(FILE)
