#!/usr/bin/python3
"""Every C++ file is as clang-format writes it."""

import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent


def main():
    files = [str(p) for top in ("src", "include", "tests") for p in sorted((ROOT / top).rglob("*"))
             if p.suffix in (".h", ".cc")]
    print(len(files), "files")
    return subprocess.run(["clang-format", "--dry-run", "-Werror", *files], cwd=ROOT).returncode or not files


if __name__ == "__main__":
    sys.exit(main())
