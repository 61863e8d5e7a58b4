#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
"""Check the documents, for lint.sh: print each fault, and fail if there is one.

A picture is made from its source as it is, and the page of the user ABI from its
header. A relative link leads somewhere. A
paragraph has 60 words at most. A file or a function that a page names exists. The
reference has, in a table, every counter, parameter, trap, reporter, resource,
tracepoint and sysfs file of the modules.
"""

import fnmatch
import glob
import hashlib
import os
import re
import sys

import abi
import wires

MAX_WORDS = 60
SKIP = {".git", "build", "__pycache__"}
SUFFIXES = (".c", ".h", ".sh", ".py", ".md", ".awk", ".config", ".txt", ".dot",
            ".svg", ".4", ".7", ".8")

problems = []


def problem(path, line, text):
    problems.append(f"{path}:{line}: {text}")


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def tree():
    """All files and directories of the checkout; directories end in a slash."""
    found = []
    for top, dirs, files in os.walk("."):
        dirs[:] = [d for d in dirs if d not in SKIP]
        top = top[2:]
        found += [os.path.join(top, d) + "/" for d in dirs]
        found += [os.path.join(top, f) for f in files]
    return found


def check_pictures():
    for dot in sorted(glob.glob("docs/pictures/*.dot")):
        svg = dot[:-4] + ".svg"
        with open(dot, "rb") as file:
            stamp = hashlib.sha256(file.read()).hexdigest()
        if not os.path.exists(svg):
            problem(dot, 1, "no .svg: run docs/pictures/make.sh")
        elif f"sha256 {stamp} " not in read(svg):
            problem(svg, 2, "made from another source: run docs/pictures/make.sh")
    for svg in sorted(glob.glob("docs/pictures/*.svg")):
        if not os.path.exists(svg[:-4] + ".dot") and svg != wires.PICTURE:
            problem(svg, 1, "has no .dot")
    if not wires.current():
        problem(wires.PICTURE, 2, "made from another table: run scripts/wires.py")


def check_abi():
    if not abi.current():
        problem(abi.PAGE, 1, "made from another header: run scripts/abi.py")


class Page:
    """A page without its code blocks."""

    def __init__(self, path):
        self.path = path
        self.lines = []
        fenced = False
        for line in read(path).splitlines():
            fence = line.lstrip().startswith("```")
            fenced ^= fence
            code = fence or fenced or re.match(r"    (?! *[-*\d])|\t", line)
            self.lines.append("" if code else line)

    def anchors(self):
        """The anchors of the page's headings, as web sites make them."""
        found = set()
        for line in self.lines:
            if line.startswith("#"):
                title = line.lstrip("#").strip().lower()
                title = re.sub(r"[^\w\- ]", "", title)
                found.add(title.replace(" ", "-"))
        return found

    def paragraphs(self):
        """Number of the first line, and words, of each paragraph and item."""
        start, words = 0, []
        for number, line in enumerate(self.lines, 1):
            text = line.strip()
            apart = not text or text[0] in "#|<" or text.startswith("!")
            item = re.match(r"([-*]|\d+\.) ", text)
            if (apart or item) and words:
                yield start, words
                words = []
            if apart:
                continue
            if not words:
                start = number
            words += [w for w in text.split() if re.search(r"\w", w)]
        if words:
            yield start, words


def check_links(page):
    for number, line in enumerate(page.lines, 1):
        for target in re.findall(r"\]\(([^)\s]+)\)", line):
            if re.match(r"[a-z]+:", target):
                continue
            path, _, anchor = target.partition("#")
            full = os.path.normpath(os.path.join(os.path.dirname(page.path),
                                                 path)) if path else page.path
            if not os.path.exists(full):
                problem(page.path, number, f"dead link {target}")
            elif anchor and full.endswith(".md") and \
                    anchor not in Page(full).anchors():
                problem(page.path, number, f"no such section: {target}")


def check_paragraphs(page):
    for number, words in page.paragraphs():
        if len(words) > MAX_WORDS:
            problem(page.path, number,
                    f"a paragraph of {len(words)} words, {MAX_WORDS} are allowed")


def is_path(name, tops):
    """Does a name look like a file of the tree, and not of a guest's /sys?"""
    if not re.fullmatch(r"[\w.*?\[\]{},-][\w.*?\[\]{},/-]*", name) or \
            name.split("/")[0] in SKIP:
        return False
    if "/" in name:
        return name.split("/")[0] in tops or name.endswith(SUFFIXES)
    return name.endswith(SUFFIXES) and not name.startswith(".")


def braces(name):
    found = re.search(r"\{([^{}]*)\}", name)
    if not found:
        return [name]
    return [n for part in found.group(1).split(",")
            for n in braces(name[:found.start()] + part + name[found.end():])]


def exists(name, paths):
    """Is there such a file? The name may leave out the directories above it."""
    return any(fnmatch.fnmatch(p, pattern) for p in paths
               for pattern in (name, name + "/", "*/" + name, "*/" + name + "/"))


def check_names(page, paths, tops, symbols):
    for number, line in enumerate(page.lines, 1):
        for name in re.findall(r"`([^`]+)`", line):
            if is_path(name, tops):
                for one in braces(name):
                    if not exists(one, paths):
                        problem(page.path, number, f"no file {one}")
            found = re.fullmatch(r"(?:struct |enum |&)?(mf(?:nic|igb|steer|raw|eth)?_\w+)(?:\(\)|\.\w+)?",
                                 name)
            if found and found.group(1) not in symbols:
                problem(page.path, number, f"nothing has the name {name}")


def sources(path, kunit=False):
    for kind in "ch":
        for name in sorted(glob.glob(f"{path}/**/*.{kind}", recursive=True)):
            if kunit or "kunit" not in name:
                yield name, read(name)


def named():
    """The names that the modules show to users: pairs of a name and its source."""
    patterns = [
        r"MF(?:NIC|RAW|ETH)_(?:REP|PORT)_STAT\((\w+)\)[,\]]",
        r"MFRAW_STAT\(\w+, \"(\w+)\"\)",
        r"MFETH_COUNTER\(mfeth_(rx|tx)_stats, (\w+)\)",
        r"DEVLINK_PARAM_DRIVER\([^\"]*\"(\w+)\"",
        r"DEVLINK_PARAM_GENERIC\((\w+),",
        r"DEVLINK_TRAP_DRIVER\([^\"]*\"(\w+)\"",
        r"DEVLINK_TRAP_GENERIC\(\w+, \w+, (\w+),",
        r"mf_resource_register\(devlink, \"(\w+)\"",
        r"devlink_health_reporter_ops \w+ = \{\s*\.name = \"(\w+)\"",
        r"(?:DEVICE|BUS|DRIVER)_ATTR_\w+\((\w+)\)",
        r"module_param\((\w+),",
        r"(?:TRACE_EVENT|DEFINE_EVENT)\((?:\w+, )?(mfraw_\w+),",
    ]
    for path, text in sources("kernel"):
        for pattern in patterns:
            for match in re.finditer(pattern, text):
                yield "_".join(match.groups()).lower(), path
        # These are lists of names.
        for match in re.finditer(r"_(names|flags)\[\](?:\[\w+\])? = \{(.*?)\}", text,
                                 re.S):
            prefix = {"mfeth_rx": "rx_", "mfeth_tx": "tx_"}
            before = text[:match.start()].rsplit(None, 1)[-1].lstrip("*")
            for name in re.findall(r"\"(\w+)\"(?! #)", match.group(2)):
                yield prefix.get(before, "") + name, path
        # These are values of a reporter, and details of a queue.
        for name in re.findall(r"devlink_fmsg_\w+_pair_put\(fmsg, \"([^\"]+)\"", text):
            yield name, path
        if path.endswith("restrack.c"):
            for name in re.findall(r"\"(\w+)\"", text):
                yield name, path


def check_reference():
    text = ""
    for path in sorted(glob.glob("docs/reference*.md") +
                       glob.glob("docs/reference/*.md")):
        text += read(path)
    known = {name for line in text.splitlines() if line.startswith("|")
             for name in re.findall(r"`([^`]+)`", line)}
    missing = {}
    for name, path in named():
        if name not in known:
            missing.setdefault(name, path)
    for name, path in missing.items():
        problem(path, 1, f"docs/reference.md does not have `{name}`")


def main():
    paths = tree()
    tops = {p.split("/")[0] for p in paths if "/" in p}
    symbols = set()
    for path in ("kernel", "include", "providers"):
        for _, text in sources(path, kunit=True):
            symbols.update(re.findall(r"\bmf\w+", text))
    pages = sorted(p for p in paths if p.endswith(".md"))

    check_pictures()
    check_abi()
    for path in pages:
        page = Page(path)
        check_links(page)
        check_names(page, paths, tops, symbols)
        if path.startswith("docs/"):
            check_paragraphs(page)
    check_reference()
    for line in problems:
        print(line)
    return bool(problems)


if __name__ == "__main__":
    sys.exit(main())
