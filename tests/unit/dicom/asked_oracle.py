"""The attributes of DICOM files as pydicom reads them, for the tests to compare with.

Usage: asked_oracle.py FILE... ; one line an attribute: the file, its path, and its values, tab-separated.
"""

import sys
import unicodedata
import warnings

import pydicom
from pydicom.datadict import keyword_for_tag

TEXTS = {"AE", "AS", "CS", "DA", "DT", "LO", "LT", "PN", "SH", "ST", "TM", "UI", "UT", "UC", "IS", "DS"}
NUMBERS = {"US", "SS", "UL", "SL"}
LONGEST = 16000  # of all values of a file: less than the gateway takes


def text_of(element, value):
    if element.VR in ("IS", "DS"):
        value = getattr(value, "original_string", value)
    text = unicodedata.normalize("NFC", str(value))
    return text.rstrip(" \0") if element.VR in ("LT", "ST", "UT") else text.strip(" \0")


def attributes(dataset, prefix=""):
    for element in dataset:
        keyword = keyword_for_tag(element.tag)
        if element.tag.is_private or not keyword or element.tag.group >= 0x7FE0:
            continue
        if element.VR == "SQ" and prefix.count(".") < 3:
            for number, item in enumerate(element.value):
                yield from attributes(item, f"{prefix}{keyword}[{number}].")
        elif element.VR in TEXTS | NUMBERS and element.value not in (None, ""):
            several = element.VM > 1
            values = [text_of(element, value) for value in (element.value if several else [element.value])]
            if any(values) and not any(ord(c) < 32 for value in values for c in value):
                yield prefix + keyword, values


def main():
    warnings.simplefilter("ignore")
    for name in sys.argv[1:]:
        dataset = pydicom.dcmread(name, force=True, stop_before_pixels=True)
        left = LONGEST
        for path, values in attributes(dataset):
            left -= sum(len(value.encode()) for value in values) + 64
            if left > 0 and len(values) <= 200:
                print("\t".join([name, path] + values))


main()
