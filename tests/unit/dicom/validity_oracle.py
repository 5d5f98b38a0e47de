"""Compares what dciodvfy of dicom3tools says about files and about their de-identified copies.

Usage: validity_oracle.py LIST, with lines as deidentify_oracle.py has them. Prints each error that only the copy has, and
in the end how many files had no error before.
"""

import pathlib
import re
import subprocess
import sys


def errors_of(path):
    run = subprocess.run(["dciodvfy", "-new", path], capture_output=True, text=True, errors="replace", check=False)
    # Values differ where they were replaced.
    return {re.sub("<[^</]*>", "<>", line) for line in run.stderr.splitlines() if line.startswith("Error")}


def main():
    valid = 0
    for line in pathlib.Path(sys.argv[1]).read_text().splitlines():
        before, after, options = line.split("\t")
        old = errors_of(before)
        valid += not old
        for error in sorted(errors_of(after) - old):
            print(pathlib.Path(before).name, options, error)
    print("valid", valid)


main()
