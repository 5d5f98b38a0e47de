"""Writes an image of any form by hand: make_pixels.py OUT NAME=VALUE...

Names: rows columns samples allocated stored high representation photometric planar frames; content (smooth, noise,
flat, overlay: in the bits above the value); syntax (implicit, explicit, big, deflated); pixels (float, double); extra=1
for private elements, sequences and group lengths around the pixels.
"""

import random
import struct
import sys

import pydicom
from pydicom.dataset import FileDataset, FileMetaDataset
from pydicom.sequence import Sequence

SYNTAXES = {"implicit": "1.2.840.10008.1.2", "explicit": "1.2.840.10008.1.2.1", "big": "1.2.840.10008.1.2.2",
            "deflated": "1.2.840.10008.1.2.1.99"}

out = sys.argv[1]
asked = dict(argument.split("=", 1) for argument in sys.argv[2:])
number = {name: int(asked.get(name, default)) for name, default in
          dict(rows=33, columns=47, samples=1, allocated=16, stored=12, high=-1, representation=0, planar=0, frames=1,
               extra=0).items()}
if number["high"] < 0:
    number["high"] = number["stored"] - 1
content = asked.get("content", "smooth")
syntax = asked.get("syntax", "explicit")
rng = random.Random(out.rsplit("/", 1)[-1] + str(sorted(asked.items())))


def value_at(frame, y, x, sample):
    """Of so many bits as are stored; the sign is one of them."""
    top = (1 << number["stored"]) - 1
    if content == "flat":
        return 5 & top
    if content == "noise":
        return rng.randint(0, top)
    smooth = (x * 7 + y * 3 + sample * 40 + frame * 11 + rng.randint(0, 3)) * top // 600
    if number["representation"]:
        smooth -= top // 3
    return smooth & top


def word_of(value):
    stored, allocated = number["stored"], number["allocated"]
    if number["representation"] and value >> (stored - 1) and content != "zeros":
        value |= ((1 << allocated) - 1) ^ ((1 << stored) - 1)
    if content == "overlay" and rng.random() < 0.3:
        value |= 1 << (allocated - 1)
    return (value << (number["high"] + 1 - stored)) & ((1 << allocated) - 1)


def pixels():
    size = {8: "B", 16: "H", 32: "I"}[number["allocated"]]
    words = []
    for frame in range(number["frames"]):
        values = [[word_of(value_at(frame, y, x, sample)) for sample in range(number["samples"])]
                  for y in range(number["rows"]) for x in range(number["columns"])]
        if number["planar"]:
            words += [pixel[sample] for sample in range(number["samples"]) for pixel in values]
        else:
            words += [word for pixel in values for word in pixel]
    data = struct.pack(f"{'>' if syntax == 'big' else '<'}{len(words)}{size}", *words)
    data += b"\0" * (len(data) % 2)
    if syntax == "big" and number["allocated"] == 8:
        data = bytes(byte for pair in zip(data[1::2], data[::2]) for byte in pair)
    return data


meta = FileMetaDataset()
meta.MediaStorageSOPClassUID = "1.2.840.10008.5.1.4.1.1.7"
meta.MediaStorageSOPInstanceUID = "2.25.4711"
meta.TransferSyntaxUID = SYNTAXES[syntax]
meta.ImplementationClassUID = "1.2.3.4"
meta.SourceApplicationEntityTitle = "SCANNER"
image = FileDataset(out, {}, file_meta=meta, preamble=b"II*\0" + b"\1" * 124)
image.is_little_endian = syntax != "big"
image.is_implicit_VR = syntax == "implicit"
image.SOPClassUID, image.SOPInstanceUID = meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID
image.StudyInstanceUID, image.SeriesInstanceUID, image.Modality = "2.25.1", "2.25.2", "OT"
image.PatientName, image.PatientID = "Test^Coding", "1"
image.LossyImageCompression = "00"
image.SamplesPerPixel = number["samples"]
image.PhotometricInterpretation = asked.get("photometric", "MONOCHROME2" if number["samples"] == 1 else "RGB")
if number["samples"] > 1:
    image.PlanarConfiguration = number["planar"]
if number["frames"] > 1:
    image.NumberOfFrames = number["frames"]
image.Rows, image.Columns = number["rows"], number["columns"]
image.BitsAllocated, image.BitsStored, image.HighBit = number["allocated"], number["stored"], number["high"]
image.PixelRepresentation = number["representation"]
if image.PhotometricInterpretation == "PALETTE COLOR":
    for name in ("Red", "Green", "Blue"):
        image.add_new(f"{name}PaletteColorLookupTableDescriptor", "US", [256, 0, 16])
        image.add_new(f"{name}PaletteColorLookupTableData", "OW", bytes(range(256)) * 2)
if number["extra"]:
    inner = pydicom.Dataset()
    inner.CodeValue, inner.CodingSchemeDesignator, inner.CodeMeaning = "113040", "DCM", "Something"
    image.ProcedureCodeSequence = Sequence([inner, pydicom.Dataset()])
    image.SmallestImagePixelValue = 0
    block = image.private_block(0x0019, "DMG TEST", create=True)
    block.add_new(0x10, "LO", "private")
    block.add_new(0x11, "SQ", Sequence([inner]))
    image.add_new(0x00280000, "UL", 0)
    image.add_new(0xFFFCFFFC, "OB", b"\0" * 10)
    after = image.private_block(0x7FE1, "DMG TEST", create=True)
    after.add_new(0x10, "OB", b"behind the pixels!")
kind = asked.get("pixels")
if kind:
    width, letter, element = (4, "f", 0x7FE00008) if kind == "float" else (8, "d", 0x7FE00009)
    count = number["rows"] * number["columns"] * number["frames"]
    image.add_new(element, "OF" if kind == "float" else "OD", struct.pack(f"<{count}{letter}", *range(count)))
elif number["allocated"] == 1:
    image.add_new(0x7FE00010, "OB", bytes(rng.randrange(256) for _ in range(number["rows"] * number["columns"] // 8 + 1 & ~1)))
else:
    image.add_new(0x7FE00010, "OW" if number["allocated"] > 8 or syntax in ("implicit", "big") else "OB", pixels())
image.save_as(out, write_like_original=False)
