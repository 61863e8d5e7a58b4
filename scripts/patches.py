# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
"""Write a series of patches for another tree, as its list in packaging/upstream says.

usage: patches.py LIST BASE VERSION FROM DIRECTORY

BASE has the files of the other tree that the series changes. VERSION is that of the
tree, such as 6.12. FROM is the sender. packaging/upstream/README.md describes lists.
"""
import glob
import os
import re
import subprocess
import sys
import textwrap

SRC = '/src/'
UNIFDEF = '/build/patches/unifdef'
# The versions from which on the tree has all that compat.h provides.
COMPLETE = (7, 2)
PROVIDER_API = 65


def read(path):
    with open(path, encoding='utf-8') as f:
        return f.read()


def version_code(major, minor, sub=0):
    return int(major) << 16 | int(minor) << 8 | int(sub)


def unifdef(text, *options):
    """Resolve conditions of the preprocessor."""
    # unifdef exits with 1 if it has changed something.
    run = subprocess.run([UNIFDEF, '-k', *options], input=text, text=True,
                         stdout=subprocess.PIPE, check=False)
    if run.returncode > 1:
        sys.exit(f'unifdef failed with {options}')
    return re.sub(r'\n{3,}', '\n\n', run.stdout)


def arguments(text, at):
    """Return the arguments after the parenthesis at @at, and the end."""
    depth, args, begin = 0, [], at + 1
    for i in range(at, len(text)):
        if text[i] == '(':
            depth += 1
        elif text[i] == ')':
            depth -= 1
        if not depth or (depth == 1 and text[i] == ','):
            args.append(text[begin:i].strip())
            begin = i + 1
        if not depth:
            return args, i + 1
    sys.exit('unbalanced parentheses')


class Compat:
    """kernel/compat.h, for one version of the kernel."""
    place = 'include/linux/mf_compat.h'

    def __init__(self, version):
        text = re.sub(r'KERNEL_VERSION\((\d+), (\d+), (\d+)\)',
                      lambda m: str(version_code(*m.groups())),
                      read(SRC + 'kernel/compat.h'))
        text = unifdef(text, f'-DLINUX_VERSION_CODE={version_code(*version)}')
        # The tree has a number for the driver.
        text = re.sub(r'/\*[^*]*\*/\n#define RDMA_DRIVER_MFRAW\b.*\n\n', '', text)
        text = text.replace('#include <linux/version.h>\n\n', '')
        self.text = None if version >= COMPLETE else text
        self.macros = {}
        for name, params, body in re.findall(
                r'#define (\w+)\(([^)]*)\)((?:.*\\\n)*.*)', text):
            self.macros[name] = ([p.strip() for p in params.split(',')],
                                 body.replace('\\\n', '\n').strip())

    def resolve(self, text):
        """Replace the macros in a source, if that makes compat.h needless."""
        if self.text is not None:
            return text
        for name, (params, body) in self.macros.items():
            while m := re.search(rf'\b{name}\(', text):
                args, end = arguments(text, m.end() - 1)
                new = body
                for param, arg in zip(params, args):
                    new = re.sub(rf'\b{param}\b', lambda _, a=arg: a, new)
                # A line with nothing but the macro goes.
                if not new and text[end:end + 1] == '\n':
                    end += 1
                text = text[:m.start()] + new + text[end:]
        # A line that went leaves two blank lines.
        text = re.sub(r'\n{3,}', '\n\n', text)
        # What is true needs no test, and a name no parentheses.
        text = text.replace(' || !true', '')
        return re.sub(r'^(\s*\.\w+ = )\((\w+)\),$', r'\1\2,', text, flags=re.M)


class Series:
    """The other tree while patches are applied, and the patches."""

    def __init__(self, name, base, version, sender):
        self.base, self.version, self.sender = base, version, sender
        self.tree = {}
        self.compat = self.pabi = None
        if name.startswith('linux'):
            self.compat = Compat(version)
        else:
            self.pabi = re.search(r'set\(IBVERBS_PABI_VERSION "(\d+)"',
                                  read(base + '/CMakeLists.txt'))[1]
        self.read_list(name)

    def read_list(self, name):
        """Read a list: settings, and a block for the cover letter and each patch."""
        settings, *blocks = re.split(r'^== ', read(f'{SRC}packaging/upstream/{name}'),
                                     flags=re.M)
        self.places, self.without, self.after = [], [], None
        for line in settings.splitlines():
            word, *rest = line.split() or ['#']
            if word == 'place':
                self.places.append(tuple(rest))
            elif word == 'without':
                self.without.append('-U' + rest[0])
            elif word == 'after':
                self.after = rest[0]
            elif not word.startswith('#'):
                sys.exit(f'{name}: {line}')
        self.blocks = []
        for block in blocks:
            subject, *lines = block.splitlines()
            self.blocks.append((
                subject,
                [line[2:] for line in lines if line.startswith('+ ')],
                [line[2:] for line in lines if line.startswith('> ')],
                '\n'.join(line for line in lines if line[:2] not in ('+ ', '> ')).strip()))

    def place(self, path):
        """Return where a file of ours goes."""
        for ours, theirs in self.places:
            if path == ours or path.startswith(ours + '/'):
                return theirs + path[len(ours):]
        sys.exit(f'no place for {path}')

    def source(self, path):
        """Return the text of a file of ours, as the other tree wants it."""
        text = read(SRC + path)
        if not path.endswith(('.c', '.h')):
            return text
        if any(symbol[2:] in text for symbol in self.without):
            text = unifdef(text, *self.without)
        text = re.sub(r'#include "\.\./kunit/(\w+\.h)"', r'#include <kunit/\1>', text)
        if path.startswith('kernel/kunit/'):
            text = re.sub(r'#include "(mf_\w+\.h)"', r'#include <kunit/\1>', text)
        # The version is that of the tree, and the number is one of its list.
        text = re.sub(r'MODULE_VERSION\(.*\);\n', '', text)
        if 'MF_VERSION' not in text:
            text = text.replace('#include <linux/mf_version.h>\n', '')
        text = re.sub(r'(/\*(?:[^*]|\*(?!/))*\*/\n)?#define MFRAW_DRIVER_ID\b.*\n\n?', '', text)
        text = text.replace('MFRAW_DRIVER_ID', 'RDMA_DRIVER_MFRAW')
        if self.compat:
            return self.compat.resolve(text)
        # The provider's compat.h is empty in the release that it is written for.
        if int(self.pabi) >= PROVIDER_API:
            return text.replace('#include "compat.h"', '#include <infiniband/driver.h>')
        return unifdef(text, f'-DIBVERBS_PABI_VERSION={self.pabi}') \
            if path.endswith('/compat.h') else text

    def add(self, path):
        """Add a file, and the headers beside it that it includes."""
        to = self.place(path)
        text = self.source(path)
        if self.tree.get(to) == text:
            return
        self.tree[to] = text
        for name in re.findall(r'^#include "([^"]+)"', text, re.M):
            top = '/'.join(path.split('/')[:2])
            for header in (f'{top}/{name}', f'{os.path.dirname(path)}/{name}'):
                if os.path.exists(SRC + header) and self.place(header) not in self.tree:
                    self.add(header)
                    break

    def makefile(self, ours, theirs):
        """Return the part of a Kbuild file whose sources are in the tree."""
        text = read(f'{SRC}{ours}/Kbuild')
        text = re.sub(r"\n# Outside of the kernel's tree\nifdef KBUILD_EXTMOD\n"
                      r'(?:.*\n)*?endif\n(?=\n)', '\n', text)
        text = re.sub(r"# Outside of the kernel's tree, .*\nifdef .*\n((?:.*\n)*?)endif\n",
                      r'\1', text)
        if self.compat.text:
            text = text.replace('\n', '\nccflags-y += -include '
                                f'$(srctree)/{self.compat.place}\n', 1)
        lines, modules = [], set()
        for line in text.splitlines():
            m = re.match(r'([\w-]+)-(?:y|\$\(\w+\)) \+?:?= (\S+)\.o$', line)
            if m and m[1] != 'obj':
                if f'{theirs}/{m[2]}.c' not in self.tree:
                    continue
                if m[1] not in modules:
                    line = re.sub(r'-y \+?:?=', '-y :=', line)
                modules.add(m[1])
            lines.append(line)
        out = []
        for line in lines:
            m = re.match(r'(obj-\S+ \+=)((?: \S+\.o)+)$', line)
            if m:
                objects = [o for o in m[2].split() if o[:-2] in modules or
                           f'{theirs}/{o[:-2]}.c' in self.tree]
                if not objects:
                    continue
                line = f'{m[1]} {" ".join(objects)}'
            out.append(line)
        return re.sub(r'\n{3,}', '\n\n', '\n'.join(out).strip()) + '\n'

    def build_files(self, old):
        """Make the Makefiles, and the sections of Kconfig files that these use."""
        for ours, theirs in self.places:
            if not os.path.exists(f'{SRC}{ours}/Kconfig') or \
               not any(p.startswith(theirs + '/') and p not in old for p in self.tree):
                continue
            text = self.makefile(ours, theirs)
            self.tree[f'{theirs}/Makefile'] = text
            if f'{theirs}/Kconfig' in self.tree:
                head, *sections = re.split(r'^(?=config )', read(f'{SRC}{ours}/Kconfig'),
                                           flags=re.M)
                used = [s for s in sections if f'CONFIG_{s.split()[1]})' in text]
                self.tree[f'{theirs}/Kconfig'] = (head + ''.join(used)).rstrip() + '\n'

    def insert(self, hook):
        """Insert lines into a file of the other tree: FILE: LINE | LINE AFTER IT."""
        path, rest = hook.split(': ', 1)
        line, anchor = rest.rsplit(' | ', 1)
        line, anchor = (s.replace('\\t', '\t').replace('\\n', '\n')
                        for s in (line, anchor))
        if line.startswith('@'):
            line = read(f'{SRC}packaging/upstream/{line[1:]}')
            line = line.replace('@FROM@', self.sender).rstrip('\n') + '\n'
        text = self.tree.get(path) or read(f'{self.base}/{path}')
        at = text.find('\n' + anchor)
        if at < 0:
            sys.exit(f'{path} has no line "{anchor}"')
        self.tree[path] = text[:at + 1] + line + '\n' + text[at + 1:]

    def diff(self, old):
        """Return the difference between two states of the tree, and its size."""
        out, added, removed = [], 0, 0
        for path, text in sorted(self.tree.items()):
            before = old.get(path)
            if before is None and os.path.exists(f'{self.base}/{path}'):
                before = read(f'{self.base}/{path}')
            if before == text:
                continue
            for name, content in (('old', before or ''), ('new', text)):
                with open(f'/build/patches/{name}', 'w', encoding='utf-8') as f:
                    f.write(content)
            lines = subprocess.run(
                ['diff', '-u', '--label', f'a/{path}' if before else '/dev/null',
                 '--label', f'b/{path}', '/build/patches/old', '/build/patches/new'],
                stdout=subprocess.PIPE, text=True, check=False).stdout
            mode = 'new file mode ' + ('100755' if path.endswith('.sh') else '100644') + '\n'
            out.append(f'diff --git a/{path} b/{path}\n{"" if before else mode}{lines}')
            added += len(re.findall(r'^\+(?!\+\+ b/)', lines, re.M))
            removed += len(re.findall(r'^-(?!-- (?:a/|/dev/null))', lines, re.M))
        return out, added, removed

    def apply(self, files, hooks):
        """Bring a patch into the tree."""
        old = set(self.tree)
        for pattern in files:
            paths = sorted(p for p in glob.glob(SRC + pattern)
                           if 'kunit' in pattern or 'kunit' not in p)
            if not paths:
                sys.exit(f'no file {pattern}')
            for path in paths:
                if not path.endswith('providers/mfraw/compat.h'):
                    self.add(path[len(SRC):])
        if self.compat and self.compat.text:
            self.tree[self.compat.place] = self.compat.text
        if self.compat:
            self.build_files(old)
        for hook in hooks:
            self.insert(hook)

    def write(self, directory):
        """Write the cover letter and the patches."""
        if self.after:
            below = Series(self.after, self.base, self.version, self.sender)
            for _, files, hooks, _ in below.blocks[1:]:
                below.apply(files, hooks)
            self.tree = below.tree
        first = dict(self.tree)
        total = len(self.blocks) - 1
        subjects = []
        for n, (subject, files, hooks, body) in enumerate(self.blocks[1:], 1):
            old = dict(self.tree)
            self.apply(files, hooks)
            out, added, removed = self.diff(old)
            if not out:
                sys.exit(f'the patch "{subject}" is empty')
            subjects.append(subject)
            self.mail(directory, n, total, subject,
                      f'{body}\n\nSigned-off-by: {self.sender}\n---\n'
                      f' {len(out)} files changed, {added} insertions(+), '
                      f'{removed} deletions(-)\n\n{"".join(out)}')
        self.check_all()
        out, added, removed = self.diff(first)
        listed = '\n'.join(f'  {s}' for s in subjects)
        subject, _, _, body = self.blocks[0]
        self.mail(directory, 0, total, subject,
                  f'{body}\n\n{self.sender.split(" <")[0]} ({total}):\n{listed}\n\n'
                  f' {len(out)} files changed, {added} insertions(+), '
                  f'{removed} deletions(-)\n')

    def check_all(self):
        """Fail if a series that leaves out nothing lacks a source."""
        for ours, _ in [] if self.without else self.places:
            for path in glob.glob(f'{SRC}{ours}/**/*.c', recursive=True):
                path = path[len(SRC):]
                if self.place(path) not in self.tree and path != 'kernel/kunit/kunit.c':
                    sys.exit(f'no patch has {path}')

    def mail(self, directory, n, total, subject, text):
        """Write one letter in the format of git."""
        slug = 'cover-letter' if not n else \
            re.sub(r'[^A-Za-z0-9]+', '-', subject).strip('-')[:52]
        tag = f'[PATCH {n:0{len(str(total))}}/{total}] {subject}'
        with open(f'{directory}/{n:04}-{slug}.patch', 'w', encoding='utf-8') as f:
            f.write(f'From {"0" * 40} Mon Sep 17 00:00:00 2001\nFrom: {self.sender}\n')
            f.write('Subject: ' + '\n '.join(textwrap.wrap(tag, 68)) + '\n\n')
            f.write(f'{text}-- \n')


def main():
    name, base, version, sender, directory = sys.argv[1:]
    Series(name, base, tuple(map(int, version.split('.')[:2])), sender).write(directory)


main()
