#!/usr/bin/python3
"""The example sites of config/examples pass their own `routes test`, and `check` has nothing to note about their rules.

The hub is generated, with as many partners and rules as a large one has.
"""

import os
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
EXAMPLES = ROOT / "config/examples"


def passes(directory):
    run = subprocess.run([os.environ["GATEWAY_BINARY"], "routes", "test", directory / "routes-test.yaml",
                          "--config", directory / "gateway.yaml"], capture_output=True, text=True)
    print(f"{directory.name}: {run.stdout.splitlines()[-1] if run.stdout else 'nothing'}")
    if run.returncode != 0:
        print(run.stdout[-4000:] + run.stderr[-4000:])
    return run.returncode == 0 and ", 0 failed" in run.stdout


def main():
    sites = sorted(path.parent for path in EXAMPLES.glob("*/gateway.yaml"))
    with tempfile.TemporaryDirectory() as temporary:
        hub = pathlib.Path(temporary) / "hub"
        subprocess.run([sys.executable, "-B", EXAMPLES / "hub/generate.py", hub], check=True)
        good = [passes(directory) for directory in sites + [hub]]
    return 0 if len(good) == 4 and all(good) else 1


if __name__ == "__main__":
    sys.exit(main())
