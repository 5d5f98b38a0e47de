#!/usr/bin/python3
"""Runs the rows of the benchmark and writes their table; tests/bench/run.sh builds what this needs."""

import argparse
import os
import pathlib
import sys
import time
import traceback

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "rig"))

if "--small" not in sys.argv:
    os.environ.setdefault("DMG_TEST_DIRECTORY", "/var/tmp")  # a hospital's ledger lies on a disk

import rows_crypto  # noqa: E402
import rows_dicom  # noqa: E402
import rows_latency  # noqa: E402
import rows_mail  # noqa: E402
import rows_routes  # noqa: E402
import rows_size  # noqa: E402
import rows_wire  # noqa: E402
from harness import exit_on_sigterm  # noqa: E402
from report import markdown, read_before, write  # noqa: E402
from setting import Size  # noqa: E402

ROWS = {
    "1": rows_dicom.intake, "2": rows_dicom.many_associations, "3": rows_dicom.scu,
    "4": rows_crypto.seal, "5": rows_crypto.open_, "6": rows_mail.end_to_end, "7": rows_mail.shell_pipeline,
    "8": rows_latency.latency, "9": rows_size.memory, "10": rows_size.growth, "11": rows_wire.wire_cost,
    "12": rows_routes.routing,
}


def run_row(row, size):
    """Its figures, as far as it came, and whether it came to its end and had any."""
    figures, started = [], time.monotonic()
    try:
        for figure in ROWS[row](size):
            figures.append(figure)
            print(markdown([figure]).splitlines()[-1], flush=True)
    except Exception:
        traceback.print_exc()
        return figures, False
    print(f"row {row}: {time.monotonic() - started:.0f} s", flush=True)
    return figures, bool(figures)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", default=",".join(ROWS), help="numbers, separated by commas")
    parser.add_argument("--runs", type=int, default=3, help="rounds of each comparison; medians are told")
    parser.add_argument("--small", action="store_true", help="a few items only: do the code paths still work?")
    parser.add_argument("--profile", action="store_true", help="row 6 once more under perf: profile.md")
    parser.add_argument("--before", help="the bench.json of an earlier run, for a column beside the figures")
    parser.add_argument("--out", default="bench-results", type=pathlib.Path)
    options = parser.parse_args()
    exit_on_sigterm()
    size = Size(1 if options.small else options.runs, options.small, options.profile, options.out)
    before, figures, failed, started = read_before(options.before), [], [], time.monotonic()
    for row in options.rows.split(","):
        found, whole = run_row(row, size)
        figures += found
        if not whole:
            failed.append(row)
        write(figures, options.out, before, time.monotonic() - started)
    print((options.out / "bench.md").read_text())
    print(f"written to {options.out}")
    if failed:
        sys.exit(f"rows that failed: {', '.join(failed)}")


if __name__ == "__main__":
    main()
