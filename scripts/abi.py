#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
"""usage: scripts/abi.py >docs/abi.md

Make the page of the user ABI from the comments of its header, by the kernel's own
kernel-doc. The program is found in the root that ./mfraw has made. The sizes come
from the assertions of the provider. lint_docs.py checks that the page is current.
"""

import glob
import hashlib
import os
import re
import subprocess
import sys

HEADER = "include/uapi/rdma/mfraw-abi.h"
SIZES = "providers/mfraw/mfraw-abi.h"
PAGE = "docs/abi.md"
CACHE = os.environ.get("MFRAW_CACHE", os.path.expanduser("~/.cache/mfraw"))

HEAD = """# The user ABI

<!-- made by scripts/abi.py, sha256 {} -->

What the kernel driver and the provider share, from the comments of
`include/uapi/rdma/mfraw-abi.h`. Version {}. Programs use libibverbs, and don't see any
of this. IBTA means the InfiniBand Architecture Specification.

The kernel asserts the sizes and so does the provider, so a change of a struct does
not go unseen.
"""


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def tool():
    """The path of kernel-doc, or None. Newer kernels have no single program."""
    for pattern in ("/opt/mfraw/checkpatch/kernel-doc",
                    CACHE + "/root-*/opt/mfraw/checkpatch/kernel-doc"):
        for path in sorted(glob.glob(pattern)):
            # It may be a link to a program that is not there.
            if os.path.exists(path):
                return path
    return None


def stamp():
    return hashlib.sha256((read(HEADER) + read(SIZES)).encode()).hexdigest()


def inline(text):
    """Bold names of kernel-doc become names in backticks, structs become links."""
    text = re.sub(r"\*\*([\w.]+)\*\*", r"`\1`", text)
    return re.sub(r"\b(struct|enum)\s+(mfraw_\w+)",
                  lambda m: f"[`{m[1]} {m[2]}`](#{m[1]}-{m[2]})", text)


def members(text):
    """Names and descriptions from a list of kernel-doc."""
    found = []
    for line in text.split("\n"):
        name = re.fullmatch(r"``(.+)``", line.strip())
        if name:
            found.append([name[1], []])
        elif line.strip() and found:
            found[-1][1].append(line.strip())
    return [(name, " ".join(text)) for name, text in found if name[0] != "{"]


def values(enum):
    """The values of the constants of an enum, as the header has them."""
    found, following = {}, 0
    body = re.search(rf"^enum {enum} \{{(.*?)\}}", read(HEADER), re.M | re.S)[1]
    for name, value in re.findall(r"^\t(\w+)(?: = (.*))?,$", body, re.M):
        found[name] = value or following
        following += 1
    return found


def section(block, sizes):
    """The section of one struct, enum or text."""
    title = re.match(r"(?:type|struct|enum):: (?:(struct|enum) )?(\w+)", block)
    if not title:
        name, _, text = block.partition(":\n")
        text = text.split("**\n", 1)[1]
        return f"## {name}\n\n{inline(text.strip())}\n"

    kind = title[1] or block.split(":")[0]
    parts = re.split(r"^ *\*\*(Definition|Members|Constants|Description)\*\*:*$", block,
                     flags=re.M)
    brief = " ".join(parts[0].split("\n", 1)[1].replace(
        ".. container:: kernelindent", "").split())
    part = dict(zip(parts[1::2], parts[2::2]))
    out = f"## {kind} {title[2]}\n\n{inline(brief[0].upper() + brief[1:])}."
    if title[2] in sizes:
        out += f" {sizes[title[2]]} bytes."
    out += "\n\n"
    if "Definition" in part:
        out += part["Definition"].strip("\n") + "\n\n"
    if kind == "struct":
        out += "| Member | Description |\n|---|---|\n"
        for name, text in members(part["Members"]):
            out += f"| `{name}` | {inline(text)} |\n"
    else:
        out += "| Constant | Value | Description |\n|---|---|---|\n"
        value = values(title[2])
        for name, text in members(part["Constants"]):
            out += f"| `{name}` | {value[name]} | {inline(text)} |\n"
    if "Description" in part:
        out += "\n" + inline(part["Description"].strip()) + "\n"
    return out


def page():
    rst = subprocess.run(["perl", tool(), "-rst", HEADER], check=True, text=True,
                         stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout
    sizes = dict(re.findall(r"MFRAW_ABI_SIZE\(struct (\w+), (\d+)\)", read(SIZES)))
    version = re.search(r"MFRAW_ABI_VERSION\s+(\d+)", read(HEADER))[1]
    blocks = re.split(r"^\.\. (?:c:|_)", rst, flags=re.M)[1:]
    text = "\n".join([HEAD.format(stamp(), version)] +
                     [section(block, sizes) for block in blocks])
    return re.sub(r"\n{3,}", "\n\n", text)


def current():
    """Is the page the one that would be made now?"""
    if f"sha256 {stamp()} " not in read(PAGE):
        return False
    return not tool() or read(PAGE) == page()


if __name__ == "__main__":
    if not tool():
        sys.exit("no kernel-doc: ./mfraw build makes the root that has it")
    sys.stdout.write(page())
