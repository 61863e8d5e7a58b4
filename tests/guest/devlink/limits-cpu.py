# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
"""What programs in a cgroup send, and who pays for it, with and without cpu.max.
Arguments: device, GID index, device, GID index, and two devices for a bystander."""
import os
import subprocess
import sys
import time

from mfraw_test.group import GROUP, Bystander, inside, read, write

PERIOD, QUOTA = 50000, 10000   # microseconds: 20 % of one processor
WINDOW = 2
PF_KTHREAD = 0x00200000
TICK = os.sysconf('SC_CLK_TCK')

dev1, gid1, dev2, gid2 = sys.argv[1:5]
pair = [dev1, gid1, dev2, gid2]
LOADS = {
    'raw frames, one at a time': ['removed', dev1, '600'],
    'raw frames, 33 million in a call': ['bounded', 'forever', dev1],
    'RC sends': ['messages', '-n', '100000000', '-b', '64', 'send', *pair],
    'RC writes of 64 KiB': ['messages', '-n', '100000000', '-l', '65536', 'write', *pair],
    'RC reads of 64 KiB': ['messages', '-n', '100000000', '-b', '8', '-l', '65536',
                           'read', *pair],
    'raw frames to a network interface': [
        'raw_ethernet_bw', '--client', '-d', dev1, '-B', '02:00:00:00:01:01',
        '-E', '02:00:00:00:01:02', '-s', '200', '-D', '600'],
    'UD sends': ['messages', '-n', '100000000', '-b', '64', 'ud', *pair],
}


def group():
    return {key: int(value) for key, value in
            (line.split() for line in read(GROUP + 'cpu.stat').splitlines())}


def threads():
    """The microseconds of each thread of the kernel."""
    times = {}
    for pid in filter(str.isdigit, os.listdir('/proc')):
        try:
            stat = read(f'/proc/{pid}/stat')
        except (FileNotFoundError, ProcessLookupError):
            continue
        name, fields = stat[stat.index('(') + 1:stat.rindex(')')], stat[stat.rindex(')'):].split()
        if int(fields[7]) & PF_KTHREAD:
            times[pid, name] = (int(fields[12]) + int(fields[13])) * 1000000 // TICK
    return times


def frames():
    return sum(int(read(f'/sys/class/infiniband/{dev}/ports/1/hw_counters/tx_frames'))
               for dev in (dev1, dev2))


def measure(limit):
    """Frames, and microseconds of the cgroup and of the threads of the kernel."""
    write('cpu.max', f'{limit} {PERIOD}')
    # The bandwidth of the time before is used up.
    time.sleep(0.3)
    before, kernel, sent = group(), threads(), frames()
    time.sleep(WINDOW)
    sent, after = frames() - sent, group()
    grown = {name: used - kernel.get((pid, name), 0)
             for (pid, name), used in threads().items()}
    grown = {name: used for name, used in grown.items() if used}
    return (sent, after['usage_usec'] - before['usage_usec'],
            after['nr_periods'] - before['nr_periods'],
            after['nr_throttled'] - before['nr_throttled'], grown)


def kernel_works(limit):
    """Measure; again if threads of the kernel had more than a tenth of the time. Other
    work of the kernel falls into some windows, work for the cgroup into all."""
    for _ in range(4):
        sent, used, periods, throttled, grown = measure(limit)
        kernel = sum(grown.values())
        print(f'# {limit}: {sent} frames for {used} us in {periods} periods, throttled in '
              f'{throttled}; threads of the kernel {kernel} us {grown}', flush=True)
        if kernel <= used / 10:
            return sent, used, periods, throttled
    raise AssertionError('threads of the kernel work for the cgroup')


def judge(what, command):
    before = frames()
    with inside(command, stdout=subprocess.DEVNULL) as process:
        while frames() < before + 1000:
            assert process.poll() is None, f'{what}: the program ended'
            time.sleep(0.05)
        sent, _, _, _ = kernel_works('max')
        bystander.check()
        few, used, periods, throttled = kernel_works(QUOTA)
        bystander.check()
        assert process.poll() is None, f'{what}: the program ended'
        write('cpu.max', 'max')
        process.kill()
    assert 4 * throttled > 3 * periods > 0, 'the program was not limited'
    # The scheduler may count whole ticks.
    assert used < 1.3 * QUOTA * (periods + 2), 'the cgroup had more than its share'
    assert 0 < few < sent / 2, 'the throughput does not follow the share'
    print(f'ok - {what}: with 20 % of a processor, {100 * few / sent:.1f} % of the frames',
          flush=True)


bystander = Bystander(*sys.argv[5:7])
for load, program in LOADS.items():
    judge(load, program)
bystander.stop()
