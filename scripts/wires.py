#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
"""usage: scripts/wires.py [FILE]

Plot the table of bad wires in docs/reliability.md to FILE, which is
docs/pictures/wires.svg by default. It needs matplotlib, which the guests of
"./mfraw vm --applications" have. lint_docs.py checks that the plot is current.
"""

import hashlib
import os
import sys

PAGE = "docs/reliability.md"
PICTURE = "docs/pictures/wires.svg"
HEAD = "| wire | RC: retries of mfraw |"
OURS, THEIRS = "#0550ae", "#d4722a"


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def rows():
    """The cells of each row of the table, without its head."""
    lines = read(PAGE).splitlines()
    start = next(i for i, line in enumerate(lines) if line.startswith(HEAD)) + 2
    found = []
    for line in lines[start:]:
        if not line.startswith("|"):
            return found
        found.append([cell.strip() for cell in line.strip("|").split("|")])
    return found


def stamp():
    return hashlib.sha256(repr(rows()).encode()).hexdigest()


def current():
    """Is the picture the one that would be made now?"""
    return os.path.exists(PICTURE) and f"sha256 {stamp()} " in read(PICTURE)


def number(cell):
    """The number in a cell; nothing if the run did not end."""
    try:
        return float(cell)
    except ValueError:
        return None


def bars(axes, values, offset, height, colour, label, text):
    """Draw a bar for each wire, and a text where there is no number."""
    for y, value in enumerate(values):
        if value is None:
            axes.annotate(text, (0, y + offset), xytext=(3, 0), va="center",
                          textcoords="offset points", fontsize=7, color=colour)
    axes.barh([y + offset for y in range(len(values))], [v or 0 for v in values],
              height, color=colour, label=label)


def plot(path):
    import matplotlib

    matplotlib.use("svg")
    matplotlib.rcParams.update({
        "svg.hashsalt": "mfraw", "svg.fonttype": "none", "font.size": 9,
        "font.family": ["DejaVu Sans", "sans-serif"], "axes.titlesize": 10,
        "figure.facecolor": "#f6f8fa"})
    from matplotlib import pyplot

    table = rows()
    wires = [row[0] for row in table]
    # Two of the wires have more messages than the others.
    sent = [200 if "200 messages" in wire else 100 for wire in wires]
    figure, (time, uc, ud) = pyplot.subplots(
        1, 3, sharey=True, figsize=(10, 4.2), width_ratios=(3, 2, 2))
    bars(time, [number(row[3]) for row in table], 0, 0.6, OURS, None,
         "rdma_rxe does not finish")
    time.axvline(1, color=THEIRS)
    time.set(title="RC: time of mfraw, where that of rdma_rxe is 1", xlim=0,
             yticks=range(len(wires)), yticklabels=wires)
    time.invert_yaxis()
    for axes, first, title in ((uc, 4, "UC"), (ud, 6, "UD")):
        for n, (colour, label) in enumerate(((OURS, "mfraw"), (THEIRS, "rdma_rxe"))):
            values = [number(row[first + n]) for row in table]
            bars(axes, [None if v is None else 100 * v / s
                        for v, s in zip(values, sent)],
                 0.4 * n - 0.2, 0.38, colour, label, "flushed")
        axes.set(title=f"{title}: arrived, of 100 sent", xlim=(0, 115))
    uc.legend(loc="upper center", bbox_to_anchor=(1.03, -0.08), ncols=2, fontsize=8)
    for axes in (time, uc, ud):
        axes.grid(axis="x", alpha=0.3)
        axes.set_axisbelow(True)
    figure.tight_layout()
    figure.savefig(path, metadata={"Date": None})
    text = read(path)
    first, rest = text.split("\n", 1)
    with open(path, "w", encoding="utf-8") as file:
        file.write(f"{first}\n<!-- made by scripts/wires.py from {PAGE},"
                   f" sha256 {stamp()} -->\n{rest}")


if __name__ == "__main__":
    output = os.path.abspath(sys.argv[1] if len(sys.argv) > 1 else PICTURE)
    os.chdir(os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
    plot(output)
