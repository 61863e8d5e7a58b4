#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
"""Make table.md and plots of results.csv, in the directory that is named.

The values of a case are instructions, or nanoseconds of a guest that executes one
instruction in each. Ratios compare a peer with mfraw in the same case.
"""

import csv
import os
import statistics
import sys

import matplotlib

matplotlib.use("Agg")
matplotlib.rcParams["svg.hashsalt"] = "mfraw"

from matplotlib import pyplot  # noqa: E402 (the backend comes first)

TITLES = {
    "raw": "Raw frames",
    "pingpong": "Raw round trips",
    "uplink": "Raw frames over two uplinks and a wire",
    "roce": "RoCEv2 messages",
    "netdev": "Network interfaces",
    "scale": "Scale",
    "subfunctions": "Subfunctions",
}
# Tables have these hundredths of a distribution; its plot has all.
HUNDREDTHS = (0, 50, 90, 99, 100)
OURS = ("mfraw", "mfeth")


class Case:
    """The runs of one peer in one case."""

    def __init__(self, group, name, x, peer, unit):
        self.group, self.name, self.x = group, name, x
        self.peer, self.unit = peer, unit
        self.runs = []

    @property
    def median(self):
        return statistics.median(self.runs)

    @property
    def spread(self):
        """The distance of the extremes, in percent of the median."""
        return 100 * (max(self.runs) - min(self.runs)) / (self.median or 1)


def read(path):
    cases = {}
    with open(path, newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            key = (row["group"], row["case"], float(row["x"]), row["peer"],
                   row["unit"])
            cases.setdefault(key, Case(*key)).runs.append(float(row["value"]))
    return list(cases.values())


def number(value):
    return f"{value:,.0f}" if value >= 20 else f"{value:.2f}"


def ours(cases, case):
    """The case of mfraw or mfeth that a case is compared with."""
    for other in cases:
        if (other.group, other.name, other.x) == (case.group, case.name, case.x) \
                and other.peer in OURS:
            return other
    return None


def overview(cases):
    """A row for each case, a column for each peer: the median and the ratio."""
    peers = list(dict.fromkeys(c.peer for c in cases))
    yield "| case | of | " + " | ".join(peers) + " |"
    yield "|---|---:|" + "---:|" * len(peers)
    for name, x in dict.fromkeys((c.name, c.x) for c in cases):
        cells = []
        for peer in peers:
            for case in cases:
                if (case.name, case.x, case.peer) == (name, x, peer):
                    base = ours(cases, case)
                    ratio = "" if base in (None, case) or not base.median else \
                        f" ({case.median / base.median:.2f})"
                    cells.append(number(case.median) + ratio)
                    break
            else:
                cells.append("")
        yield f"| {name} | {x:,.0f} | " + " | ".join(cells) + " |"


def details(cases):
    """A row for each case and peer, with the spread."""
    yield "| case | of | peer | median | unit | runs | spread, % |"
    yield "|---|---:|---|---:|---|---:|---:|"
    for c in cases:
        yield (f"| {c.name} | {c.x:,.0f} | {c.peer} | {number(c.median)} | {c.unit} |"
               f" {len(c.runs)} | {c.spread:.1f} |")


def table(cases, path):
    groups = dict.fromkeys(c.group for c in cases)
    with open(path, "w", encoding="utf-8") as file:
        print("# What a frame or a message costs\n\n"
              "Medians; in brackets, how many times as much as mfraw or mfeth.\n"
              "The guest executes one instruction in a nanosecond of its clock.",
              file=file)
        cases = [c for c in cases
                 if c.name != "distribution" or c.x in HUNDREDTHS]
        for rows in (overview, details):
            if rows is details:
                print("\n## All figures", file=file)
            for group in groups:
                level = "###" if rows is details else "##"
                print(f"\n{level} {TITLES[group]}\n", file=file)
                for line in rows([c for c in cases if c.group == group]):
                    print(line, file=file)


def save(figure, directory, name):
    figure.tight_layout()
    figure.savefig(os.path.join(directory, name + ".png"), dpi=100)
    figure.savefig(os.path.join(directory, name + ".svg"), metadata={"Date": None})
    pyplot.close(figure)


def curves(series, directory, name, title, xlabel, ylabel, base=2):
    """Plot lines: series has a list of points for each label."""
    if not series:
        return
    figure, axes = pyplot.subplots(figsize=(7.5, 4.5))
    for label, points in series.items():
        points.sort()
        axes.plot(*zip(*points), marker="o", label=label)
    ticks = sorted({x for points in series.values() for x, _ in points})
    axes.set_xscale("log", base=base)
    axes.set_xticks(ticks, [f"{t:,.0f}" for t in ticks])
    axes.minorticks_off()
    axes.set_ylim(bottom=0)
    axes.set(title=title, xlabel=xlabel, ylabel=ylabel)
    axes.grid(alpha=0.3)
    axes.legend()
    save(figure, directory, name)


def distribution(cases, directory):
    """Plot the part of the round trips that take no longer than x."""
    series = {}
    for c in cases:
        if c.name == "distribution":
            series.setdefault(c.peer, []).append((c.median, c.x))
    if not series:
        return
    figure, axes = pyplot.subplots(figsize=(7.5, 4.5))
    for label, points in series.items():
        axes.step(*zip(*sorted(points)), where="post", label=label)
    axes.set_xscale("log")
    axes.set(title="Round trips of raw frames of 64 bytes",
             xlabel="instructions of a round trip, at most",
             ylabel="round trips, percent")
    axes.grid(alpha=0.3, which="both")
    axes.legend()
    save(figure, directory, "distribution")


def bars(cases, directory, name, title):
    """Plot a group of bars for each case."""
    if not cases:
        return
    labels = list(dict.fromkeys(f"{c.name}, {c.x:,.0f}" for c in cases))
    peers = list(dict.fromkeys(c.peer for c in cases))
    figure, axes = pyplot.subplots(figsize=(7.5, 4.5))
    width = 0.8 / len(peers)
    for i, peer in enumerate(peers):
        points = [(labels.index(f"{c.name}, {c.x:,.0f}"), c.median)
                  for c in cases if c.peer == peer]
        axes.bar([x + i * width for x, _ in points], [y for _, y in points], width,
                 label=peer)
    axes.set_xticks([i + 0.4 - width / 2 for i in range(len(labels))], labels,
                    fontsize=7, rotation=15)
    axes.set(title=title, ylabel="instructions")
    axes.grid(alpha=0.3, axis="y")
    axes.legend()
    save(figure, directory, name)


def plots(cases, directory):
    distribution(cases, directory)
    bars([c for c in cases if c.group == "uplink"], directory, "uplink",
         "A raw frame over two uplinks and a wire")
    bars([c for c in cases if c.group == "roce" and c.x <= 1024], directory, "roce",
         "A RoCEv2 message")
    length, batch, scale = {}, {}, {}
    for c in cases:
        words = c.name.split()
        if c.group == "raw" and c.peer != "mfraw one port":
            if words[1] == "32":
                length.setdefault(c.peer, []).append((c.x, c.median))
            if c.x == 64:
                batch.setdefault(c.peer, []).append((float(words[1]), c.median))
        elif c.group == "scale":
            scale.setdefault(c.name, []).append((c.x, c.median))
    curves(length, directory, "length", "Raw frames, 32 at a time",
           "bytes of a frame", "instructions per frame")
    curves(batch, directory, "batch", "Raw frames of 64 bytes",
           "frames at a time", "instructions per frame")
    curves(scale, directory, "scale", "Raw frames of 64 bytes among many objects",
           "number of objects", "instructions per frame", base=10)


def main():
    directory = sys.argv[1]
    cases = read(os.path.join(directory, "results.csv"))
    table(cases, os.path.join(directory, "table.md"))
    plots(cases, directory)


if __name__ == "__main__":
    main()
