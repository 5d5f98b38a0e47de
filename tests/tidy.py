#!/usr/bin/python3
"""clang-tidy over src/, with the tree's .clang-tidy, for ten minutes of a core.   tidy.py BUILD_DIR
With TIDY_DEEP=1 in the environment its static analyzer, too.

What was clean stays so until the file, a header of ours or .clang-tidy changes: such files are not checked again.
"""

import concurrent.futures
import hashlib
import json
import os
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent


def digest(paths):
    total = hashlib.sha256()
    for path in paths:
        total.update(str(path).encode() + b"\0" + path.read_bytes())
    return total.hexdigest()


def check(build, path):
    # The analyzer takes half of the time; the sanitizers look for the same in what runs.
    checks = [] if os.environ.get("TIDY_DEEP") else ["--checks=-clang-analyzer-*"]
    run = subprocess.run(["clang-tidy", "--quiet", *checks, "-p", str(build), str(path)], cwd=ROOT, text=True,
                         stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    # On stderr stands how many warnings it suppressed; only a failure without findings is explained there.
    return run.returncode, run.stdout or run.stderr


def main():
    build = pathlib.Path(sys.argv[1]).resolve()
    commands = json.loads((build / "compile_commands.json").read_text())
    files = sorted({pathlib.Path(c["file"]) for c in commands if pathlib.Path(c["file"]).is_relative_to(ROOT / "src")})
    shared = digest([ROOT / ".clang-tidy"] +
                    sorted(p for top in ("src", "include") for p in (ROOT / top).rglob("*.h")))
    clean_file = build / "tidy-clean.json"
    clean = set(json.loads(clean_file.read_text())) if clean_file.exists() else set()
    marks = {path: digest([path]) + shared for path in files}
    todo = [path for path in files if marks[path] not in clean]
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        for path, (status, text) in zip(todo, pool.map(lambda p: check(build, p), todo)):
            if status:
                failed += 1
                print(text, flush=True)
                del marks[path]
    clean_file.write_text(json.dumps(sorted(marks.values())))
    print(f"{len(files)} files, {len(todo)} checked, {failed} with findings")
    return 1 if failed or not files else 0


if __name__ == "__main__":
    sys.exit(main())
