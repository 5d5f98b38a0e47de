"""Non-DICOM documents for tests, and what DICOM objects made of them hold."""

import pathlib
import struct
import zlib

import pydicom
import pydicom.encaps
from processes import run

PDF = b"""%PDF-1.4
1 0 obj <</Type/Catalog/Pages 2 0 R>> endobj
2 0 obj <</Type/Pages/Kids[3 0 R]/Count 1>> endobj
3 0 obj <</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]>> endobj
trailer <</Root 1 0 R>>
%%EOF
"""

CDA = b"""<?xml version="1.0" encoding="UTF-8"?>
<ClinicalDocument xmlns="urn:hl7-org:v3"><typeId root="2.16.840.1.113883.1.3" extension="POCD_HD000040"/>
<id root="1.2.276.0.76.4711" extension="815"/><title>Befund</title></ClinicalDocument>
"""

TEXT = "Befund: unauffällig.\r\n".encode("latin-1")


def png(width=16, height=8, seed=1):
    """(the file, its RGB pixels)"""
    pixels = bytes((x * 16 + seed + channel * y) % 256 for y in range(height) for x in range(width)
                   for channel in range(3))
    lines = b"".join(b"\0" + pixels[at:at + width * 3] for at in range(0, len(pixels), width * 3))

    def chunk(name, data):
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(lines)) + chunk(b"IEND", b""),
            pixels)


def jpeg(directory, width=16, height=8, options=()):
    """By libjpeg's own tool."""
    source, target = pathlib.Path(directory, "image.ppm"), pathlib.Path(directory, "image.jpg")
    source.write_bytes(b"P6 %d %d 255\n" % (width, height) + png(width, height)[1])
    run("cjpeg", *options, "-outfile", target, source)
    return target.read_bytes()


def payload(dataset):
    """The document, the pixels, or the JPEG in an object, without what pads it."""
    if "EncapsulatedDocument" in dataset:
        return dataset.EncapsulatedDocument[:dataset.EncapsulatedDocumentLength]
    if not dataset.file_meta.TransferSyntaxUID.is_compressed:
        return dataset.PixelData[:dataset.Rows * dataset.Columns * dataset.SamplesPerPixel]
    fragments = pydicom.filebase.DicomBytesIO(dataset.PixelData[8:])
    fragments.is_little_endian = True
    [fragment] = pydicom.encaps.generate_pixel_data_fragment(fragments)
    return fragment[:fragment.rindex(b"\xff\xd9") + 2]
