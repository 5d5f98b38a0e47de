"""Compares a coded copy with its original, as pydicom reads the two: coding_oracle.py ORIGINAL COPY [STORAGE]...

Exit code 0: they have the same elements with the same values in the same order, except for pixel data, group lengths
and the STORAGE attributes (keywords). Prints the transfer syntax of the copy. With "codestream=FILE" it writes the
first compressed frame there, and with "native=FILE" the first native one.
"""

import sys

import pydicom
from pydicom.encaps import generate_pixel_data

LEFT_OUT = {0x7FE00010, 0x7FE00001, 0x7FE00002, 0x7FE00003, 0x00080001}


def elements(dataset, storage):
    found = []
    for element in dataset:
        if element.tag.element == 0 or int(element.tag) in LEFT_OUT or element.keyword in storage:
            continue
        value = [elements(item, storage) for item in element.value] if element.VR == "SQ" else element.value
        found.append((element.tag, element.VR, value))
    return found


def main():
    original, copy = (pydicom.dcmread(file, force=True) for file in sys.argv[1:3])
    written = dict(argument.split("=", 1) for argument in sys.argv[3:] if "=" in argument)
    storage = [argument for argument in sys.argv[3:] if "=" not in argument]
    one, two = elements(original, storage), elements(copy, storage)
    differences = [pair for pair in zip(one, two) if pair[0] != pair[1]]
    if not original.is_implicit_VR:
        assert len(one) == len(two) and not differences, differences
    else:  # only the copy tells the VR of what the dictionary does not know
        assert [entry[0] for entry in one] == [entry[0] for entry in two]
        assert all(a[2] == b[2] or "UN" in (a[1], b[1]) or a[1] == "SQ" for a, b in zip(one, two)), differences
    metas = [[(element.tag, element.value) for element in read.file_meta
              if element.tag not in (0x00020000, 0x00020010)] for read in (original, copy)]
    assert metas[0] == metas[1], metas
    assert original.preamble == copy.preamble
    assert copy.file_meta.FileMetaInformationGroupLength
    if "codestream" in written:
        frame = b"".join(next(generate_pixel_data(copy.PixelData, int(copy.get("NumberOfFrames", 1)))))
        open(written["codestream"], "wb").write(frame)
    if "native" in written:
        size = copy.Rows * copy.Columns * copy.SamplesPerPixel * copy.BitsAllocated // 8
        open(written["native"], "wb").write(original.PixelData[:size])
    print(copy.file_meta.TransferSyntaxUID)


main()
