"""Writes the same instance in another way, or a changed one, with pydicom: vary.py FILE OUT HOW."""

import sys

import pydicom

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
else:
    sys.exit(f"what is {how}?")
dataset.save_as(out)
