"""Where pairs of DICOM files differ, as pydicom reads them: one line a difference, "PATH removed|added|changed VALUE".

Usage: difference_oracle.py BEFORE AFTER [BEFORE AFTER ...]; a line "--" ends each pair. A path is (gggg,eeee) for each
step, with [n] for an item. Raw values are compared, so that nothing is hidden by a conversion. If pydicom cannot read
BEFORE, the pair has the one line "unreadable". A meta header that BEFORE lacks is no difference.
"""

import sys
import warnings

import pydicom
from pydicom.dataelem import RawDataElement
from pydicom.sequence import Sequence


def flat(dataset, path="", found=None):
    found = {} if found is None else found
    for tag in dataset.keys():
        name = f"{path}({tag.group:04X},{tag.element:04X})"
        raw = dataset.get_item(tag)
        is_raw = isinstance(raw, RawDataElement)
        vr = raw.VR
        if (vr == "SQ") or not is_raw or (vr in (None, "UN") and is_raw):
            element = dataset[tag]
            if element.VR == "SQ":
                items = element.value
                found[name] = ("SQ", len(items))
                for number, item in enumerate(items):
                    flat(item, f"{name}[{number}].", found)
                continue
        value = raw.value if is_raw else raw.value
        found[name] = (vr, bytes(value) if isinstance(value, (bytes, bytearray)) else value)
    return found


def differences(before, after):
    try:
        dataset = pydicom.dcmread(before, force=True)
        has_meta = len(dataset.file_meta) > 0
        old = flat(dataset.file_meta) | flat(dataset)
    except Exception:
        return ["unreadable"]
    dataset = pydicom.dcmread(after, force=False)
    new = (flat(dataset.file_meta) if has_meta else {}) | flat(dataset)
    lines = []
    for path in sorted(old.keys() | new.keys()):
        if path.endswith("0000)"):
            continue  # lengths of groups
        if path not in new:
            lines.append(f"{path} removed")
        elif path not in old:
            lines.append(f"{path} added {new[path][1]}")
        elif old[path] != new[path]:
            lines.append(f"{path} changed {new[path][1]}")
    return lines


def main():
    warnings.simplefilter("ignore")
    files = sys.argv[1:]
    for before, after in zip(files[::2], files[1::2]):
        print("\n".join([*differences(before, after), "--"]))


main()
