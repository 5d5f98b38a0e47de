#!/usr/bin/python3
"""The names of states and directions stand in one table each; all other code names them by their enums."""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
STATES = ROOT / "src/ledger/states.h"
# Migrations are history: they keep the names that were right when they were written.
HISTORY = {"src/ledger/store/first_migrations.cc", "src/ledger/store/schema.cc"}

# In the ledger a name alone in quotes is a state, in SQL or in C++.
ALONE = re.compile(r"'(\w+)'|\"(\w+)\"")
# Where an item goes is a word of ledger/row_words.h, and SQL names its enum too.
DIRECTION = re.compile(r"'(in|out)'")
# Elsewhere such words mean many things (a mode, a key of JSON): there a state is what is compared or assigned as one.
COMPARED = re.compile(r"state\w*(?:\(\))?\s*[!=]?=\s*[\"'](\w+)[\"']|[\"'](\w+)[\"']\s*[!=]=\s*[\w.>()-]*state\b")

# Lines that this test has to find, or to let pass: else it is none.
MUST_FIND = [
    '  if (state == "held") return "release lets it go";',
    '  "SELECT id FROM message WHERE state IN (\'waiting\', \'failed\')",',
    '  static const std::set<std::string> kWaiting{"open", "closed"};',
    '  "SELECT id FROM instance WHERE direction = \'in\'",',
]
MUST_FIND_ELSEWHERE = [
    '  if (outcome.shipment_state == "delivered") return;',
    '  "UPDATE mail SET state = \'dropped\'",',
    '  if ("sent" != row.state) return;',
]
MUST_PASS = [
    '  if (state == MessageState::held) return "release lets it go";',
    "  // 'sent' is done where no receipt was asked",
]
MUST_PASS_ELSEWHERE = ['  StartWorker("open", open_signal_);', '  {"quarantined", status->quarantined},']


def names_of_states():
    tables = re.findall(r"kWords\s*\{([^}]*)\}", STATES.read_text())
    return {name for table in tables for name in re.findall(r'"(\w+)"', table)}


def findings(line, in_ledger, names):
    """The names of states that a line of code spells out."""
    code = re.sub(r"(^|\s)//.*", "", line)
    pattern = ALONE if in_ledger else COMPARED
    if in_ledger and (direction := DIRECTION.search(code)):
        return [direction[1]]
    return [word for match in pattern.finditer(code) for word in match.groups() if word in names]


def check_itself(names):
    for lines, in_ledger, expected in ((MUST_FIND, True, True), (MUST_FIND_ELSEWHERE, False, True),
                                       (MUST_PASS, True, False), (MUST_PASS_ELSEWHERE, False, False)):
        for line in lines:
            if bool(findings(line, in_ledger, names)) != expected:
                sys.exit(f"this check {'misses' if expected else 'finds'}: {line}")


def main():
    names = names_of_states()
    if not {"waiting", "quarantined", "undeliverable"} <= names:
        sys.exit(f"no names of states in {STATES}")
    check_itself(names)
    found = []
    files = [p for top in ("src", "include") for p in sorted((ROOT / top).rglob("*")) if p.suffix in (".h", ".cc")]
    for path in files:
        name = str(path.relative_to(ROOT))
        if path == STATES or name in HISTORY:
            continue
        for number, line in enumerate(path.read_text().splitlines(), 1):
            for word in findings(line, name.startswith("src/ledger/"), names):
                found.append(f"{name}:{number}: spells out the state '{word}'")
    print("\n".join(found) or f"{len(files)} files name {len(names)} states by their enums")
    return 1 if found or not files else 0


if __name__ == "__main__":
    sys.exit(main())
