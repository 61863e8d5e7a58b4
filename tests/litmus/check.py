# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
"""Judge the litmus tests with herd7: check.py MEMORY-MODEL-DIRECTORY [HERD7]

In the memory models of the kernel and of AArch64, the bad outcome of a test never
happens, and does happen once any of the barriers with a letter is left out. In the model
of C11 it never happens. The tests are written in the kernel's C; this program translates
them. The exchanges of a test always succeed.
"""
import pathlib
import re
import subprocess
import sys
import tempfile

# What is left of a barrier that is left out.
WEAK = (("smp_mb();", ""), ("smp_store_release(", "WRITE_ONCE(*"),
        ("smp_load_acquire(", "READ_ONCE(*"), ("xchg_acquire(", "xchg_relaxed("),
        ("cmpxchg_release(", "cmpxchg_relaxed("))


def without(text, letter=None):
    """The test without the barrier of a letter, and without comments."""
    lines = []
    for line in text.splitlines():
        if letter and line.endswith(f"// ({letter})"):
            for strong, weak in WEAK:
                line = line.replace(strong, weak)
        lines.append(line.partition("//")[0])
    return "\n".join(lines) + "\n"


def to_c11(text):
    """The same program with the atomics of C11."""
    text = text.replace("int *", "atomic_int *")
    text = text.replace("smp_mb()", "atomic_thread_fence(memory_order_seq_cst)")
    text = re.sub(r"WRITE_ONCE\(\*(\w+), (\d)\)",
                  r"atomic_store_explicit(\1, \2, memory_order_relaxed)", text)
    text = re.sub(r"smp_store_release\((\w+), (\d)\)",
                  r"atomic_store_explicit(\1, \2, memory_order_release)", text)
    text = re.sub(r"READ_ONCE\(\*(\w+)\)",
                  r"atomic_load_explicit(\1, memory_order_relaxed)", text)
    text = re.sub(r"smp_load_acquire\((\w+)\)",
                  r"atomic_load_explicit(\1, memory_order_acquire)", text)
    text = re.sub(r"\bxchg_acquire\((\w+), (\d)\)",
                  r"atomic_exchange_explicit(\1, \2, memory_order_acquire)", text)
    return re.sub(r"cmpxchg_release\((\w+), (\d), (\d)\)",
                  r"atomic_exchange_explicit(\1, \3, memory_order_release)", text)


# The instructions that compilers make of a statement; its variable is at [X...].
AARCH64 = (
    (r"WRITE_ONCE\(\*(\w+), 1\)", "MOV W9,#1;STR W9,[{var}]"),
    (r"smp_store_release\((\w+), 1\)", "MOV W9,#1;STLR W9,[{var}]"),
    (r"(?P<reg>r\d) = READ_ONCE\(\*(\w+)\)", "LDR {reg},[{var}]"),
    (r"(?P<reg>r\d) = smp_load_acquire\((\w+)\)", "LDAR {reg},[{var}]"),
    (r"(?P<reg>r\d) = xchg_acquire\((\w+), 0\)", "MOV W9,#0;SWPA W9,{reg},[{var}]"),
    (r"(?P<reg>r\d) = xchg_relaxed\((\w+), 0\)", "MOV W9,#0;SWP W9,{reg},[{var}]"),
    (r"(?P<reg>r\d) = cmpxchg_release\((\w+), 0, 1\)",
     "MOV {reg},#0;MOV W9,#1;CASL {reg},W9,[{var}]"),
    (r"(?P<reg>r\d) = cmpxchg_relaxed\((\w+), 0, 1\)",
     "MOV {reg},#0;MOV W9,#1;CAS {reg},W9,[{var}]"),
    (r"smp_mb\(\)()", "DMB ISH"),
)


def to_aarch64(text):
    """The same program as instructions. Register W0 is r0, and X4 on have addresses."""
    name = text.split()[1]
    start, columns = [], []
    for number, body in re.findall(r"P(\d)\(.*?\)\s*{(.*?)}", text, re.S):
        column, places = [], {}
        for statement in body.split(";"):
            for pattern, code in AARCH64:
                found = re.fullmatch(pattern, statement.strip())
                if not found:
                    continue
                var = found.group(found.lastindex)
                if var and var not in places:
                    places[var] = f"X{4 + len(places)}"
                    start.append(f"{number}:{places[var]}={var};")
                reg = found.groupdict().get("reg", "r0").replace("r", "W")
                column += code.format(var=places.get(var), reg=reg).split(";")
                break
            else:
                if not re.fullmatch(r"(int r\d)?", statement.strip()):
                    raise ValueError(f"{name}: '{statement.strip()}' is unknown")
        columns.append(column)
    rows = max(map(len, columns))
    code = [" P0 | P1 ;"] + [
        " | ".join(c[i] if i < len(c) else "" for c in columns) + " ;"
        for i in range(rows)]
    exists = re.search(r"exists .*", text)[0].replace(":r", ":X")
    return "\n".join([f"AArch64 {name}", "{", *start, "}", *code, exists, ""])


class Judge:
    """Runs herd7."""

    def __init__(self, models, herd):
        self.models, self.herd, self.bad = models, herd, 0

    def expect(self, what, wanted, text, *options):
        with tempfile.NamedTemporaryFile("w", suffix=".litmus") as file:
            file.write(text)
            file.flush()
            run = subprocess.run([self.herd, *options, file.name], cwd=self.models,
                                 capture_output=True, text=True)
        found = re.search(r"^Observation \S+ (\w+)", run.stdout, re.M)
        result = found[1] if found else "no result"
        print(f"{what}: {result}")
        if result != wanted:
            print(f"  expected {wanted}\n{text}{run.stdout}{run.stderr}")
            self.bad += 1


def main():
    judge = Judge(sys.argv[1], *sys.argv[2:] or ["herd7"])
    for file in sorted(pathlib.Path(__file__).parent.glob("*.litmus")):
        text = file.read_text()
        linux = ("-conf", "linux-kernel.cfg")
        letters = re.findall(r"// \((.*)\)", text)
        if not letters:
            raise ValueError(f"{file.name} has no barrier with a letter")
        for letter in [None, *letters]:
            what = f"{file.stem}" + (f" without ({letter})" if letter else "")
            wanted = "Sometimes" if letter else "Never"
            test = without(text, letter)
            judge.expect(f"{what}, Linux", wanted, test, *linux)
            judge.expect(f"{what}, AArch64", wanted, to_aarch64(test))
        judge.expect(f"{file.stem}, C11", "Never", to_c11(without(text)),
                     "-model", "rc11.cat")
    sys.exit(bool(judge.bad))


if __name__ == "__main__":
    main()
