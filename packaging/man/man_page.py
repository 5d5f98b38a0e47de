#!/usr/bin/python3
"""man_page.py NAME SECTION SUMMARY VERSION PAGE.md: prints a manual page that is made from a page of docs/.

lowdown translates the Markdown. Two things are changed before: a table becomes a list of its rows, because columns are
too narrow on a terminal, and a link becomes its text, because the pages that it leads to lie elsewhere.
"""

import pathlib
import re
import subprocess
import sys

CELL = re.compile(r"(?<!\\)\|")
RULE = re.compile(r"^\|[-:| ]+\|$")


def cells_of(line):
    return [cell.strip().replace(r"\|", "|") for cell in CELL.split(line.strip().strip("|"))]


def row_as_text(names, row):
    """The first cell as a heading, the second as a text, and the others with the names of their columns."""
    parts = [row[1]] if len(row) > 1 else []
    parts += [f"{name}: {cell}" for name, cell in zip(names[2:], row[2:]) if cell]
    sentences = " ".join(part if part.endswith(".") else part + "." for part in parts if part)
    heading = row[0] if row[0].startswith("**") else f"**{row[0]}**"
    return f"{heading}\n: {sentences or '-'}\n"


def without_tables(lines):
    names = None
    for number, line in enumerate(lines):
        if not line.startswith("|"):
            if names:
                yield ""
            names = None
            yield line
        elif names is None:
            names = cells_of(line)
            yield ""
        elif not RULE.match(line):
            yield row_as_text(names, cells_of(line))


def without_links(text):
    return re.sub(r"\[([^\]]+)\]\((?:[^()]|\([^()]*\))*\)", r"\1", text)


def headings(lines, name, summary):
    """The page's title becomes the two sections that each manual page begins with."""
    for line in lines:
        if line.startswith("# "):
            yield from ("# NAME", "", f"{name} - {summary}", "", "# DESCRIPTION")
        elif line.startswith("## "):
            yield "# " + line[3:].replace("`", "").upper() if line[3:].islower() else "# " + line[3:].replace("`", "")
        elif line.startswith("### "):
            yield line[1:]
        else:
            yield line


def main():
    name, section, summary, version, page = sys.argv[1:]
    lines = pathlib.Path(page).read_text().splitlines()
    text = without_links("\n".join(headings(without_tables(lines), name, summary)))
    options = [f"-mtitle={name}", f"-msection={section}", f"-msource=dicom-mail-gateway {version}",
               "-mvolume=dicom-mail-gateway"]
    made = subprocess.run(["lowdown", "-s", "-Tman", *options], input=text, text=True, capture_output=True, check=True)
    sys.stdout.write(made.stdout)


if __name__ == "__main__":
    main()
