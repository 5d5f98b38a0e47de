"""What pydicom reads of DICOM files: one line a file, tab-separated, for the tests to compare with.

Usage: pydicom_oracle.py FILE... ; a file that pydicom cannot read gives a line with its name only.
"""

import sys
import warnings

import pydicom

ATTRIBUTES = (
    "SOPClassUID",
    "SOPInstanceUID",
    "StudyInstanceUID",
    "SeriesInstanceUID",
    "Modality",
    "InstitutionName",
    "StationName",
    "StudyDescription",
    "ReferringPhysicianName",
)


def main():
    warnings.simplefilter("ignore")
    for name in sys.argv[1:]:
        try:
            dataset = pydicom.dcmread(name, force=True, stop_before_pixels=True)
            values = [str(dataset.get(attribute, "") or "") for attribute in ATTRIBUTES]
        except Exception:
            values = []
        print("\t".join([name] + values))


main()
