#!/usr/bin/python3
"""Every C++ file is as clang-format writes it, and comments can be read.

A line of a comment has at most 100 characters, but for examples, which are indented. No comment begins as a fragment of
a sentence.
"""

import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
LONGEST = 100

COMMENT = re.compile(r"\s*//+ ?(.*)")
EXAMPLE = "  "
# A comment that begins like this is hardly ever a whole sentence.
FRAGMENT = re.compile(r"(Whether|Which|How|Why|As in)\b")

MUST_FIND = ["// Whether the file is whole.", "// Which files are whole.", "// As in Read().", "  // " + "x" * LONGEST]
MUST_PASS = ["// Returns whether the file is whole.", "// However it ends, the file is whole.", "//   " + "x" * LONGEST,
             "  // " + "x" * (LONGEST - 5), 'Write("// Whether");', "int x;  // Whether"]


def mistakes_in(lines):
    """Number and mistake of each line of a comment that is hard to read."""
    inside = False
    for number, line in enumerate(lines, 1):
        comment = COMMENT.fullmatch(line)
        if comment and len(line) > LONGEST and not comment[1].startswith(EXAMPLE):
            yield number, f"a comment line of {len(line)} characters; {LONGEST} are the most"
        if comment and not inside and FRAGMENT.match(comment[1]):
            yield number, f"a comment that begins with {FRAGMENT.match(comment[1])[1]}: say who does what"
        inside = comment is not None


def check_itself():
    for lines, expected in ((MUST_FIND, True), (MUST_PASS, False)):
        for line in lines:
            if bool(list(mistakes_in([line]))) != expected:
                sys.exit(f"this check {'misses' if expected else 'finds'}: {line}")


def main():
    check_itself()
    files = [p for top in ("src", "include", "tests") for p in sorted((ROOT / top).rglob("*"))
             if p.suffix in (".h", ".cc")]
    found = [f"{path.relative_to(ROOT)}:{number}: {mistake}"
             for path in files for number, mistake in mistakes_in(path.read_text().splitlines())]
    print("\n".join(found) or f"{len(files)} files")
    formatted = subprocess.run(["clang-format", "--dry-run", "-Werror", *map(str, files)], cwd=ROOT).returncode
    return 1 if found or formatted or not files else 0


if __name__ == "__main__":
    sys.exit(main())
