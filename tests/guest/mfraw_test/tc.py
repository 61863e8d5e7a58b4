# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
"""tc filters and counters of devices, for tests of the tc offload."""
import json
import re
import shlex
import subprocess


def run(command):
    return subprocess.run(shlex.split(command), check=True, text=True,
                          capture_output=True).stdout


class Rules:
    """Filters on the ingress of a device, as a context manager."""
    def __init__(self, dev, *rules):
        self.dev = dev
        self.rules = rules

    def __enter__(self):
        for i, rule in enumerate(self.rules):
            if not rule.startswith('prio'):
                rule = f'prio {i + 1} {rule}'
            try:
                run(f'tc filter add dev {self.dev} ingress {rule}')
            except subprocess.CalledProcessError as ex:
                self.__exit__()
                raise AssertionError(f'{rule}: {ex.stderr}') from None
        return self

    def __exit__(self, *_):
        chains = {m for r in self.rules for m in re.findall(r'chain \d+', r)}
        for chain in chains | {'chain 0'}:
            run(f'tc filter del dev {self.dev} ingress {chain}')

    def show(self):
        out = run(f'tc -s -j filter show dev {self.dev} ingress')
        return [f for f in json.loads(out) if 'options' in f]


def counters(dev):
    out = run(f'ethtool -S {dev}').splitlines()[1:]
    return {k.strip(): int(v) for k, v in (line.split(':') for line in out)}
