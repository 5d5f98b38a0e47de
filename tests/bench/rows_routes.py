"""Row 12: the routing tables of a hub."""

import pathlib
import subprocess
import sys

from harness import Directory
from report import Figure
from setting import stages

GENERATE = pathlib.Path(__file__).resolve().parent.parent.parent / "config/examples/hub/generate.py"


def routing(size):
    """The tables of config/examples/hub: the load of everything, and one decision."""
    partners, rules = size.of((700, 5000), (70, 500))
    with Directory() as directory:
        hub = directory / "hub"
        subprocess.run([sys.executable, "-B", GENERATE, hub, "--partners", str(partners), "--rules", str(rules)],
                       check=True)
        measured = [stages("routes", hub / "gateway.yaml", "TO_035") for _ in range(size.runs)]
    yield Figure("12", f"load of {partners} partners and {rules} rules", "ms", [1000 * one["load"] for one in measured],
                 better="less", aim="below 1 s", limit=1000)
    yield Figure("12", f"decision about an instance, {rules} rules", "us", [1e6 * one["decide"] for one in measured],
                 [1e6 * one["one_by_one"] for one in measured], "each rule evaluated alone", "less",
                 "below 50 us at the median", 0.0, 50)
