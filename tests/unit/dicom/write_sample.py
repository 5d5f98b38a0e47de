"""Writes a small DICOM file with pydicom: write_sample.py FILE TRANSFER_SYNTAX CHARACTER_SET NAME."""

import sys

from pydicom.dataset import FileDataset, FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.uid import CTImageStorage

file, syntax, character_set, name = sys.argv[1:]
meta = FileMetaDataset()
meta.MediaStorageSOPClassUID = CTImageStorage
meta.MediaStorageSOPInstanceUID = "1.2.3.4"
meta.TransferSyntaxUID = syntax
dataset = FileDataset("", {}, file_meta=meta, preamble=b"\0" * 128)
dataset.is_little_endian = syntax != "1.2.840.10008.1.2.2"
dataset.is_implicit_VR = syntax == "1.2.840.10008.1.2"
dataset.SpecificCharacterSet = character_set.split("\\")
dataset.SOPClassUID = CTImageStorage
dataset.SOPInstanceUID = "1.2.3.4"
dataset.StudyInstanceUID = "1.2.3"
dataset.SeriesInstanceUID = "1.2.3.5"
dataset.Modality = "CT"
dataset.InstitutionName = "Klinikum A"
dataset.ReferringPhysicianName = name
dataset.ReferencedStudySequence = Sequence([])
dataset.save_as(file, write_like_original=False)
