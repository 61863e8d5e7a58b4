#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
"""Make tables and a plot of what the profiler has counted, in the named directory.

For each span N there are N.name, N.counts of the plugin (count.c), and N.maps: the
number of operations, and the memory map of the program. kallsyms has the symbols of
the kernel and its modules.
"""

import bisect
import collections
import os
import subprocess
import sys

import matplotlib

matplotlib.use("Agg")
matplotlib.rcParams["svg.hashsalt"] = "mfraw"

from matplotlib import pyplot  # noqa: E402 (the backend comes first)

KERNEL = 1 << 63
# The files that a guest has above its root.
ABOVE = ("/build/out/root", "")
TOP = 40
# What a plot shows apart; the rest of the kernel is one part.
PARTS = ("application", "provider", "libraries", "mfraw", "mfnic", "mfsteer", "mfeth",
         "kernel", "other modules")


class Symbols:
    """Finds the name of the function that has an address."""

    def __init__(self, symbols):
        self.symbols = sorted(symbols)
        self.addresses = [address for address, _ in self.symbols]

    def name(self, address):
        i = bisect.bisect_right(self.addresses, address) - 1
        return self.symbols[i][1] if i >= 0 else hex(address)


def kernel_symbols(path):
    """The functions of the kernel, each with its module."""
    symbols = []
    with open(path, encoding="utf-8") as file:
        for line in file:
            address, kind, name, *module = line.split()
            if kind in "tTwW":
                symbols.append((int(address, 16),
                                (name, module[0].strip("[]") if module else "kernel")))
    return Symbols(symbols)


def found(path):
    """The file that a path of the guest names."""
    for above in ABOVE:
        if os.path.exists(above + path):
            return above + path
    return path


def file_symbols(path):
    """The functions of a program or library; a stripped one has those it exports."""
    symbols = []
    for options in [], ["-D"]:
        run = subprocess.run(["nm", *options, "--defined-only", path],
                             capture_output=True, text=True, check=False)
        for line in run.stdout.splitlines():
            address, kind, name = line.split()
            if kind in "tTwWiI":
                symbols.append((int(address, 16), name.partition("@")[0]))
    return Symbols(symbols)


def file_segments(path):
    """The segments: the place of each in the file and in memory, and its size."""
    run = subprocess.run(["readelf", "-lW", path], capture_output=True, text=True,
                         check=False)
    return [(int(w[1], 16), int(w[2], 16), int(w[4], 16)) for w in
            (line.split() for line in run.stdout.splitlines()) if w and w[0] == "LOAD"]


class User:
    """The functions of a process."""

    files = {}

    def __init__(self, maps):
        self.maps = []
        for line in maps:
            words = line.split(maxsplit=5)
            if "x" not in words[1]:
                continue
            low, high = (int(w, 16) for w in words[0].split("-"))
            self.maps.append((low, high, int(words[2], 16),
                              words[5].strip() if len(words) > 5 else ""))

    def name(self, address):
        for low, high, offset, path in self.maps:
            if low <= address < high:
                break
        else:
            return "other programs", "other programs"
        if not path.startswith("/"):
            return path, path
        if path not in self.files:
            self.files[path] = file_symbols(found(path)), file_segments(found(path))
        symbols, segments = self.files[path]
        place = address - low + offset
        for start, virtual, size in segments:
            if start <= place < start + size:
                place += virtual - start
                break
        return symbols.name(place), os.path.basename(path)


def part(module, program):
    if module == program or module == "other programs":
        return "application"
    if module.startswith("libmfraw"):
        return "provider"
    if module.startswith(("lib", "ld-", "[")):
        return "libraries"
    if module == "mfraw_kick":
        return "mfraw"
    return module if module in PARTS else "other modules"


class Span:
    """The instructions of a case, for one operation."""

    def __init__(self, directory, number, kernel):
        def path(kind):
            return os.path.join(directory, f"{number}.{kind}")

        with open(path("name"), encoding="utf-8") as file:
            self.title = file.read().strip()
        with open(path("maps"), encoding="utf-8") as file:
            self.operations = float(file.readline().split()[1])
            user = User(file.readlines())
        self.functions = collections.Counter()
        with open(path("counts"), encoding="utf-8") as file:
            for line in file:
                address, count = line.split()
                address = int(address, 16)
                where = kernel if address & KERNEL else user
                self.functions[where.name(address)] += int(count) / self.operations
        self.total = sum(self.functions.values())
        self.modules = collections.Counter()
        for (_, module), count in self.functions.items():
            self.modules[module] += count
        program = user.maps[0][3] if user.maps else ""
        self.parts = collections.Counter()
        for module, count in self.modules.items():
            self.parts[part(module, os.path.basename(program))] += count


def figure(value):
    return f"{value:,.0f}" if value >= 20 else f"{value:.3g}"


def table(title, counts, total):
    yield f"| {title} | instructions | % |"
    yield "|---|---:|---:|"
    for name, count in counts.most_common(TOP):
        if isinstance(name, tuple):
            name = f"`{name[0]}` | {name[1]}"
        if count >= total / 1000:
            yield f"| {name} | {figure(count)} | {100 * count / total:.1f} |"


def details(span):
    yield f"# {span.title}\n"
    yield f"{figure(span.total)} instructions an operation; {span.operations:,.0f} of them.\n"
    yield from table("module", span.modules, span.total)
    yield ""
    lines = list(table("function | module", span.functions, span.total))
    yield lines[0]
    yield "|---|---|---:|---:|"
    yield from lines[2:]


def overview(spans):
    yield "| case | instructions | " + " | ".join(PARTS) + " |"
    yield "|---|---:|" + "---:|" * len(PARTS)
    for span in spans:
        yield (f"| {span.title} | {figure(span.total)} | " +
               " | ".join(figure(span.parts[p]) for p in PARTS) + " |")


def plot(spans, directory):
    """A bar for each case, of 100 percent."""
    plot_figure, axes = pyplot.subplots(figsize=(9, 1.4 + 0.45 * len(spans)))
    left = [0.0] * len(spans)
    rows = range(len(spans))
    for name in PARTS:
        widths = [100 * span.parts[name] / span.total for span in spans]
        axes.barh(rows, widths, left=left, label=name, height=0.7)
        left = [a + b for a, b in zip(left, widths)]
    axes.set_yticks(rows, [f"{s.title}: {figure(s.total)}" for s in spans], fontsize=8)
    axes.invert_yaxis()
    axes.set(title="Where the instructions go", xlabel="percent", xlim=(0, 100))
    axes.legend(ncols=4, fontsize=8, loc="upper center", bbox_to_anchor=(0.3, -0.25 /
                max(1, len(spans) / 4) - 0.05))
    plot_figure.tight_layout()
    path = os.path.join(directory, "profile")
    plot_figure.savefig(path + ".png", dpi=100)
    plot_figure.savefig(path + ".svg", metadata={"Date": None})


def main():
    directory = sys.argv[1]
    kernel = kernel_symbols(os.path.join(directory, "kallsyms"))
    numbers = sorted(int(name.partition(".")[0]) for name in os.listdir(directory)
                     if name.endswith(".counts"))
    spans = [Span(directory, number, kernel) for number in numbers]
    for number, span in zip(numbers, spans):
        with open(os.path.join(directory, f"{number}.md"), "w",
                  encoding="utf-8") as file:
            print("\n".join(details(span)), file=file)
    with open(os.path.join(directory, "profile.md"), "w", encoding="utf-8") as file:
        print("\n".join(overview(spans)), file=file)
        for span in spans:
            print("\n" + "\n".join(details(span)), file=file)
    plot(spans, directory)


if __name__ == "__main__":
    main()
