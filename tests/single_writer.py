#!/usr/bin/python3
"""The transactions that rely on SQLite's single writer say so in a comment, and docs/ledger.md lists the same ones."""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
LEDGER = ROOT / "src/ledger"
PAGE = ROOT / "docs/ledger.md"

COMMENT = re.compile(r"// Single writer (\d+): \S")
ANY_COMMENT = re.compile(r"//.*single writer \d", re.I)
# A definition begins at the margin, and its name stands before the first parenthesis.
DEFINITION = re.compile(r"[\w:].*?([\w:]+)\(")
ROW = re.compile(r"\| ([^|]+) \| ([^|]+) \|$")
REASON = re.compile(r"\| (\d+) \| [^|]+ \| [^|]+ \|$")


def comments_of(lines):
    """The functions that say so, and the numbers of their reasons."""
    function = "no function"
    for number, line in enumerate(lines, 1):
        if match := DEFINITION.match(line):
            function = match[1]
        if match := COMMENT.search(line):
            yield number, function, int(match[1])
        elif ANY_COMMENT.search(line):
            yield number, function, None


def listed_of(lines):
    """The functions that the page lists, and the numbers of all reasons."""
    listed, reasons = set(), set()
    for line in lines:
        if match := REASON.match(line):
            reasons.add(int(match[1]))
        elif match := ROW.match(line):
            numbers = re.search(r"Single writer ([\d, ]+)", match[2])
            for name in re.sub(r"\([^)]*\)", "", match[1]).split(",") if numbers else []:
                listed |= {(name.strip(), int(number)) for number in re.findall(r"\d+", numbers[1])}
    return listed, reasons


def is_same(listed, function):
    """The page writes the class only where two classes have a function of the name."""
    return function == listed or function.endswith("::" + listed)


def differences(found, listed, reasons):
    for where, function, number in found:
        if number is None:
            yield f'{where}: write "// Single writer N: why"'
        elif not any(is_same(name, function) and number == listed_number for name, listed_number in listed):
            yield f"{where}: docs/ledger.md does not list Single writer {number} for {function}"
    for name, number in sorted(listed):
        if not any(is_same(name, function) and number == found_number for _, function, found_number in found):
            yield f"docs/ledger.md: {name} has no comment about Single writer {number}"
        if number not in reasons:
            yield f"docs/ledger.md: {name} names the reason {number}, which is not in the table"
    for number in sorted(reasons - {number for _, number in listed}):
        yield f"docs/ledger.md: no transaction has the reason {number}"


def check_itself():
    code = ["Result<bool> Queue::Take(int id) {", "  // Single writer 1: why", "}"]
    page = ["| Take | One statement; Single writer 1 |", "| 1 | what | what else |"]

    def count(code, page):
        return len(list(differences([(str(n), function, number) for n, function, number in comments_of(code)],
                                    *listed_of(page))))
    if count(code, page) != 0:
        sys.exit("this check finds what is right")
    wrong = [(code[:1], page), (code, page[1:]), (code, page[:1]), (["void Give() {", *code[1:]], page),
             ([code[0], "  // the single writer 1 is why"], page), (code, ["| Take | Single writer 2 |", page[1]])]
    if any(count(*pair) == 0 for pair in wrong):
        sys.exit("this check misses something")


def main():
    check_itself()
    found = [(f"{path.relative_to(ROOT)}:{number}", function, reason)
             for path in sorted(LEDGER.rglob("*.cc")) + sorted(LEDGER.rglob("*.h"))
             for number, function, reason in comments_of(path.read_text().splitlines())]
    listed, reasons = listed_of(PAGE.read_text().splitlines())
    wrong = list(differences(found, listed, reasons))
    print("\n".join(wrong) or f"{len(listed)} functions say where they rely on the single writer, for {len(reasons)} reasons")
    return 1 if wrong or not listed else 0


if __name__ == "__main__":
    sys.exit(main())
