#!/usr/bin/python3
"""Every event id that src/telemetry/events.cc logs stands in docs/events.md, and none else; each function logs one."""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
ID = r"[a-z]+(?:-[a-z]+)+"


def logged_ids(text):
    return re.findall(rf'"({ID})"', text)


def documented_ids(text):
    """The first cell of each table row: | `gateway-ready` | ..."""
    return re.findall(rf"^\|\s*`({ID})`\s*\|", text, re.M)


def main():
    logged = logged_ids((ROOT / "src/telemetry/events.cc").read_text())
    documented = documented_ids((ROOT / "docs/events.md").read_text())
    header = (ROOT / "src/telemetry/events.h").read_text().split("namespace events {")[1]
    declared = re.findall(r"^void (\w+)\(", header, re.M)
    kebab = {re.sub(r"(?<!^)(?=[A-Z])", "-", name).lower() for name in declared}
    mistakes = (
        [f"logged, not in docs/events.md: {name}" for name in sorted(set(logged) - set(documented))]
        + [f"in docs/events.md, not logged: {name}" for name in sorted(set(documented) - set(logged))]
        + [f"twice in docs/events.md: {name}" for name in sorted({n for n in documented if documented.count(n) > 1})]
        + [f"logged in two places: {name}" for name in sorted({n for n in logged if logged.count(n) > 1})]
        + [f"declared in events.h, not logged under its name: {name}" for name in sorted(kebab - set(logged))]
    )
    print("\n".join(mistakes) or f"{len(logged)} event ids, all documented")
    return 1 if mistakes or not logged else 0


if __name__ == "__main__":
    sys.exit(main())
