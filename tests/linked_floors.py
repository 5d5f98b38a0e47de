#!/usr/bin/python3
"""linked_floors.py ARCHIVE FOLDER: no file of a folder calls a function that a floor above its own defines.

layers.py reads the includes, and a contract that every floor may include can be implemented on any floor. So a rule
could call an act of operators through it, and no include would show that. The symbols do.
"""

import pathlib
import re
import subprocess
import sys

sys.dont_write_bytecode = True
from layers import FLOORS, ROOT, floor_of  # noqa: E402

# nm's letters: code, data and constants that have one definition. Others are inline functions and the like.
DEFINED = set("TDBR")


# A batch of precompiled/batches.py: its directories, and a number.
BATCH = re.compile(r"unity_(?:([a-z-]+)-)?\d+_cxx\.cxx\.o")


def floors_of_members(folder):
    """The floor of each object file, by its name in the archive."""
    floors = {}
    for path in sorted((ROOT / "src" / folder).rglob("*.cc")):
        if path.name + ".o" in floors:
            sys.exit(f"two files of src/{folder} have the name {path.name}: this check cannot tell them apart")
        floors[path.name + ".o"] = floor_of(path.relative_to(ROOT / "src"), folder)
    return floors


def floor_of_member(member, floors, folder):
    """The floor of one object file; None if no source of the folder is behind it."""
    batch = BATCH.fullmatch(member)
    if batch:
        directory = (batch.group(1) or "").replace("-", "/")
        return floor_of(pathlib.PurePath(folder, directory, "any.cc"), folder)
    return floors.get(member)


def symbols_of(archive):
    """(object file, letter, symbol) of each symbol that an object file defines or needs."""
    text = subprocess.run(["nm", "--print-file-name", archive], stdout=subprocess.PIPE, text=True, check=True).stdout
    for line in text.splitlines():
        where, _, rest = line.rpartition(":")
        words = rest.split()
        if len(words) >= 2:
            yield where.rpartition(":")[2], words[-2], words[-1]


def main():
    archive, folder = sys.argv[1:]
    floors = floors_of_members(folder)
    defined, needed = {}, set()
    for member, letter, symbol in symbols_of(archive):
        floor = floor_of_member(member, floors, folder)
        if floor is None:
            sys.exit(f"{archive} has {member}, and src/{folder} has not")
        if letter in DEFINED:
            defined[symbol] = floor
        elif letter == "U":
            needed.add((member, floor, symbol))
    found, calls = [], 0
    for member, above, symbol in sorted(needed):
        floor = defined.get(symbol)
        calls += floor is not None
        if floor is not None and floor not in FLOORS[folder][above]:
            name = subprocess.run(["c++filt", symbol], stdout=subprocess.PIPE, text=True, check=True).stdout.strip()
            found.append(f"{member} of {folder}/{above} must not call {name} of {folder}/{floor}")
    print("\n".join(found) or f"{calls} uses of a function or constant of another file keep to the floors")
    return 1 if found or not calls else 0


if __name__ == "__main__":
    sys.exit(main())
