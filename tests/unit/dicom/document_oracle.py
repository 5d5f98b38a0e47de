"""What pydicom reads of an object made of a document: document_oracle.py FILE PAYLOAD.

Prints "Keyword=value" a line; writes the document or the pixels, or the one fragment they are in, into PAYLOAD.
"""

import sys

import pydicom
import pydicom.encaps

dataset = pydicom.dcmread(sys.argv[1])
payload = b""
for element in dataset:
    if element.keyword == "EncapsulatedDocument":
        payload = element.value[:dataset.EncapsulatedDocumentLength]
    elif element.keyword == "PixelData" and dataset.file_meta.TransferSyntaxUID.is_compressed:
        fragments = pydicom.filebase.DicomBytesIO(element.value[8:])  # behind the Basic Offset Table, which is empty
        fragments.is_little_endian = True
        [payload] = pydicom.encaps.generate_pixel_data_fragment(fragments)
    elif element.keyword == "PixelData":
        size = dataset.Rows * dataset.Columns * dataset.SamplesPerPixel * dataset.BitsAllocated // 8
        assert len(element.value) == size + size % 2, (len(element.value), size)
        payload = element.value[:size]
    elif element.VR == "SQ":
        for item in element.value:
            for inner in item:
                print(f"{element.keyword}.{inner.keyword}={inner.value}")
    else:
        value = element.value
        print(f"{element.keyword}={'|'.join(map(str, value)) if element.VM > 1 else value}")
with open(sys.argv[2], "wb") as out:
    out.write(payload)
