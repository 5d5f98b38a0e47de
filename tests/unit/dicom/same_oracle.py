#!/usr/bin/python3
"""Exit code 0: both files have the same attributes and pixels, whatever their transfer syntaxes are."""

import sys

import pydicom


def elements(dataset):
    """Without group lengths and what pads the end."""
    found = {}
    for element in dataset:
        if element.tag.element == 0 or element.tag == 0xFFFCFFFC:
            continue
        if element.VR == "SQ":
            found[element.tag] = [elements(item) for item in element.value]
        elif element.VR == "UN":
            found[element.tag] = None  # a value whose VR only one of the files tells
        else:
            found[element.tag] = element.value
    return found


def differences(one, two):
    for tag in sorted(set(one) | set(two)):
        if tag not in one or tag not in two:
            yield tag
        elif one[tag] is None or two[tag] is None:
            continue
        elif isinstance(one[tag], list) and all(isinstance(item, dict) for item in one[tag] + two[tag]):
            if len(one[tag]) != len(two[tag]):
                yield tag
            for pair in zip(one[tag], two[tag]):
                yield from differences(*pair)
        elif tag != 0x7FE00010 and str(one[tag]) != str(two[tag]):
            yield tag


def pixels(dataset):
    """In little endian; uncompressed."""
    value = bytes(dataset.PixelData)
    if dataset.is_little_endian or dataset["PixelData"].VR != "OW":
        return value
    return bytes(byte for pair in zip(value[1::2], value[::2]) for byte in pair)


def main():
    one, two = (pydicom.dcmread(file, force=True) for file in sys.argv[1:3])
    found = list(differences(elements(one), elements(two)))
    if "PixelData" in one and "PixelData" in two and pixels(one) != pixels(two):
        found.append("pixels")
    print(found)
    sys.exit(1 if found else 0)


main()
