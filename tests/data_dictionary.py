#!/usr/bin/python3
"""Makes src/attributes/data_dictionary.inc of pydicom's facts, or checks it against pydicom and DCMTK.

The facts are those of PS3.6: tag, keyword, VR, VM, name. `--write` makes the file anew. Without it the file is compared
with pydicom's dictionary, and with DCMTK's, which somebody else made of another edition of the standard.
"""

import argparse
import glob
import pathlib
import re
import sys

import pydicom
from pydicom._dicom_dict import DicomDictionary, RepeatersDictionary

ROOT = pathlib.Path(__file__).resolve().parent.parent
TABLE = ROOT / "src/attributes/data_dictionary.inc"
HEADER = ROOT / "src/attributes/data_dictionary.h"
NOT_IN_DATA_SETS = ("0000", "FFFE")


def quoted(text):
    return '"' + text.replace('"', '\\"') + '"'


def rows_of_pydicom():
    for tag, (vr, vm, name, retired, keyword) in sorted(DicomDictionary.items()):
        text = f"{tag:08X}"
        if not keyword or text[:4] in NOT_IN_DATA_SETS:
            continue
        yield (f"ATTRIBUTE(0x{text}, {quoted(keyword)}, {quoted(vr)}, {quoted(vm)}, {quoted(name)}, "
               f"{'true' if retired else 'false'})")
    for tag, (vr, vm, name, retired, keyword) in sorted(RepeatersDictionary.items()):
        tag = tag.replace("x", "#").upper()
        mask = "".join("0" if digit == "#" else "F" for digit in tag)
        yield (f"REPEATING(0x{tag.replace('#', '0')}, 0x{mask}, {quoted(keyword)}, {quoted(vr)}, {quoted(vm)}, "
               f"{quoted(name)}, {'true' if retired else 'false'})")


def table():
    head = ["// The attributes of PS3.6, edition " + pydicom.__dicom_version__ + ". Do not edit: tests/data_dictionary.py",
            "// makes this file."]
    return "\n".join(head + list(rows_of_pydicom())) + "\n"


def differences_from_dcmtk():
    """Keywords that both know, but whose tag, VR or VM differ."""
    ours = {keyword: (int(tag, 16), vr, vm) for tag, keyword, vr, vm in
            re.findall(r'ATTRIBUTE\(0x(\w+), "(\w+)", "([^"]+)", "([^"]+)"', TABLE.read_text())}
    # DCMTK's own names of VRs that depend on other attributes.
    several = {"xs": "US or SS", "ox": "OB or OW", "px": "OB or OW", "lt": "US or SS or OW", "up": "UL"}
    same = 0
    for path in glob.glob("/usr/share/libdcmtk*/dicom.dic"):
        for line in pathlib.Path(path).read_text(errors="replace").splitlines():
            match = re.fullmatch(r"\((\w{4}),(\w{4})\)\t(\w+)\t(\w+)\t(\S+)\tDICOM", line)
            if not match or match[4] not in ours:
                continue
            theirs = (int(match[1] + match[2], 16), several.get(match[3], match[3]), match[5])
            mine = ours[match[4]]
            same += mine == theirs
            if mine != theirs:
                yield f"{match[4]}: {mine} here, {theirs} in DCMTK"
    if same < 4000:
        yield f"only {same} attributes could be compared with DCMTK's dictionary"


# Attributes that changed between the editions of pydicom and DCMTK, or that DCMTK writes in its own way.
KNOWN = {"LUTData"}  # SS came later


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--write", action="store_true")
    if parser.parse_args().write:
        TABLE.write_text(table())
        return 0
    found = []
    if TABLE.read_text() != table():
        found.append("data_dictionary.inc differs from pydicom's dictionary; was it edited, or is pydicom another one?")
    if f'"{pydicom.__dicom_version__}"' not in HEADER.read_text():
        found.append("data_dictionary.h names another edition than pydicom")
    found += [line for line in differences_from_dcmtk() if line.split(":")[0] not in KNOWN]
    print("\n".join(found) or "the data dictionary is that of pydicom and DCMTK")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
