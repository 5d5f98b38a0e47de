"""Writes the same instance in another way, or a changed one, with pydicom: vary.py FILE OUT HOW.

"content GGGGEEEE WORD": with that element, in which WORD stands.
"""

import sys

import pydicom

BULK = {"00420011": "OB", "54001010": "OW", "60003000": "OW", "60023000": "OW", "00281201": "OW", "00281202": "OW",
        "00281203": "OW", "00281221": "OW", "00281222": "OW", "00281223": "OW", "56000020": "OF", "5000200C": "OW",
        "50003000": "OW", "30060050": "DS", "7FE00008": "OF", "7FE00009": "OD"}
# What stands in an item of each of these.
NESTED = {"54000100": "54001010", "0040A730": "0040A160", "00700001": "00700008", "00700008": "00700006",
          "30060039": "30060040", "30060040": "30060050", "300A00B0": "300A00C2", "30040050": "30040058",
          "00660002": "00660016", "00700308": "00700309"}
TEXTS = {"0040A160": "UT", "00700006": "ST", "300A00C2": "LO", "30040058": "DS", "00660016": "OF", "00700309": "LO"}


def put(into, tag, word):
    if tag in NESTED:
        item = pydicom.Dataset()
        put(item, NESTED[tag], word)
        into.add_new(int(tag, 16), "SQ", pydicom.Sequence([item]))
        return
    representation = BULK.get(tag) or TEXTS[tag]
    value = word.encode() * 8 if representation[0] == "O" else [1, len(word)] if representation == "DS" else word
    into.add_new(int(tag, 16), representation, value)


source, out, how = sys.argv[1:]
dataset = pydicom.dcmread(source)
if how == "planes":
    colours = dataset.PixelData[: dataset.Rows * dataset.Columns * 3]
    dataset.PixelData = b"".join(colours[plane::3] for plane in range(3)) + b"\0" * (len(colours) % 2)
    dataset.PlanarConfiguration = 1
elif how in ("twelve bits", "bits beyond"):
    high = 0xA0 if how == "bits beyond" else 0
    values = bytearray(dataset.PixelData)
    values[1::2] = bytes(value & 0x0F | high for value in values[1::2])
    dataset.PixelData = bytes(values)
    dataset.BitsStored, dataset.HighBit, dataset.PixelRepresentation = 12, 11, 0
elif how in ("latin-1", "utf-8"):
    dataset.SpecificCharacterSet = "ISO_IR 100" if how == "latin-1" else "ISO_IR 192"
    dataset.PatientName = "M\u00fcller^J\u00f6rg" + ("^^" if how == "latin-1" else "")
    dataset.StudyDescription = "Sch\u00e4del"
    item = pydicom.Dataset()
    item.RequestedProcedureDescription = "Sch\u00e4del nativ"
    dataset.RequestAttributesSequence = pydicom.Sequence([item])
elif how == "monochrome1":
    dataset.PhotometricInterpretation = "MONOCHROME1"
elif how == "thumbnail":
    dataset.IconImageSequence = pydicom.Sequence([pydicom.Dataset()])
elif how == "nested":
    dataset.RequestAttributesSequence[0].RequestedProcedureDescription = "Hals"
elif how == "no pixels":
    del dataset.PixelData
elif how.startswith("content "):
    if "7FE0" in how:
        del dataset.PixelData
    put(dataset, *how.split()[1:])
else:
    sys.exit(f"what is {how}?")
dataset.save_as(out)
