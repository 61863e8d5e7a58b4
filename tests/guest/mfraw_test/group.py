# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
"""A cgroup with programs in it, and a bystander outside."""
import subprocess

GROUP = '/sys/fs/cgroup/share/'


def read(path):
    with open(path, encoding='ascii') as file:
        return file.read()


def write(name, value):
    with open(GROUP + name, 'w', encoding='ascii') as file:
        file.write(str(value))


def inside(command, **kwargs):
    """Start a program that is in the cgroup from its beginning."""
    return subprocess.Popen(['sh', '-c', f'echo $$ >{GROUP}cgroup.procs; exec "$@"', 'sh',
                             *command], **kwargs)


class Bystander:
    """A process outside the cgroup that sends frames from one device to another."""

    def __init__(self, *devices):
        self.process = subprocess.Popen(['bounded', 'aside', *devices], text=True, bufsize=1,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        got = self.process.stdout.readline()
        assert got == 'ready\n', got

    def check(self):
        """Frames still move, and none was lost or changed."""
        self.process.stdin.write('\n')
        self.process.stdin.flush()
        got = self.process.stdout.readline()
        assert got == 'moves\n', got

    def stop(self):
        out, _ = self.process.communicate()
        assert self.process.returncode == 0
        print(out, end='', flush=True)
