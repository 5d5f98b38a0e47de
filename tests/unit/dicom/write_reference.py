"""Writes a reference instance of a study: write_reference.py FILE TRANSFER_SYNTAX CHARACTER_SET NAME [undefined]."""

import sys

from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.sequence import Sequence

file, syntax, character_set, name = sys.argv[1:5]
meta = FileMetaDataset()
meta.MediaStorageSOPClassUID = "1.2.840.10008.5.1.4.1.1.2"
meta.MediaStorageSOPInstanceUID = "1.2.3.4"
meta.TransferSyntaxUID = syntax
dataset = FileDataset("", {}, file_meta=meta, preamble=b"\0" * 128)
dataset.is_little_endian = syntax != "1.2.840.10008.1.2.2"
dataset.is_implicit_VR = syntax == "1.2.840.10008.1.2"
if character_set:
    dataset.SpecificCharacterSet = character_set.split("\\")
dataset.SOPClassUID, dataset.SOPInstanceUID = meta.MediaStorageSOPClassUID, "1.2.3.4"
dataset.StudyInstanceUID, dataset.SeriesInstanceUID, dataset.Modality = "1.2.3", "1.2.3.5", "CT"
dataset.StudyDate, dataset.StudyTime, dataset.ContentDate = "20240131", "101500", "20240201"
dataset.AccessionNumber, dataset.StudyID, dataset.StudyDescription = "ACC-1", "4711", "Nativ"
dataset.ReferringPhysicianName, dataset.PatientName, dataset.PatientID = "Haus^Gregor", name, "PID-1"
dataset.IssuerOfPatientID, dataset.PatientBirthDate, dataset.PatientSex = "Klinikum A", "19640812", "F"
dataset.PatientAge, dataset.PatientSize, dataset.PatientWeight = "059Y", "1.70", "70"
dataset.TimezoneOffsetFromUTC, dataset.SeriesDescription = "+0100", "of the reference"
other = [Dataset(), Dataset()]
for number, item in enumerate(other):
    item.PatientID, item.IssuerOfPatientID, item.TypeOfPatientID = f"OTHER-{number}", "Klinikum B", "TEXT"
    item.is_undefined_length_sequence_item = "undefined" in sys.argv
dataset.OtherPatientIDsSequence = Sequence(other)
dataset["OtherPatientIDsSequence"].is_undefined_length = "undefined" in sys.argv
dataset.save_as(file, write_like_original=False)
