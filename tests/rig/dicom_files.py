"""DICOM files for tests: those of pydicom, a made study, and the bytes of a data set."""

import collections
import pathlib
import random
import struct

import pydicom
import pydicom.uid
from pydicom.dataset import FileDataset, FileMetaDataset

PYDICOM_DATA = pathlib.Path(pydicom.__file__).parent / "data"
TEST_FILES = PYDICOM_DATA / "test_files"
# A whole small study of 17 MR images in three series, and one with CT: real scanners, pixels taken out.
MR_STUDY = TEST_FILES / "dicomdirtests" / "98892003"
CT_STUDY = TEST_FILES / "dicomdirtests" / "98892001"


def dataset_offset(content):
    """Where the data set of a Part 10 file starts (PS3.10 section 7.1); 0 for a bare data set."""
    if content[128:132] != b"DICM":
        return 0
    position = 132
    while content[position:position + 2] == b"\x02\x00":
        vr = content[position + 4:position + 6]
        if vr in (b"OB", b"OW", b"OF", b"SQ", b"UN", b"UT"):
            position += 12 + struct.unpack_from("<I", content, position + 8)[0]
        else:
            position += 8 + struct.unpack_from("<H", content, position + 6)[0]
    return position


def dataset_of(content):
    return content[dataset_offset(content):]


def dataset_bytes(path):
    return dataset_of(pathlib.Path(path).read_bytes())


def identity(path):
    """(SOP class, SOP instance, transfer syntax, has a Study Instance UID) of a file."""
    ds = pydicom.dcmread(path, force=True, stop_before_pixels=True)
    meta = ds.file_meta
    syntax = meta.get("TransferSyntaxUID") or (
        pydicom.uid.ImplicitVRLittleEndian if ds.is_implicit_VR else
        pydicom.uid.ExplicitVRLittleEndian if ds.is_little_endian else pydicom.uid.ExplicitVRBigEndian)
    return Identity(str(ds.get("SOPClassUID", "")), str(ds.get("SOPInstanceUID", "")), str(syntax),
                    bool(ds.get("StudyInstanceUID")))


Identity = collections.namedtuple("Identity", "sop_class sop_instance transfer_syntax has_study")


def pydicom_files():
    """Every single-instance DICOM file that pydicom ships."""
    charset = sorted((PYDICOM_DATA / "charset_files").glob("*.dcm"))
    return sorted(TEST_FILES.glob("*.dcm")) + charset


def distinct_copies(files, directory):
    """Copies of the files in which no two share a SOP Instance UID (many of pydicom's do): the last digits of a UID
    that came before are changed, in place, so that nothing else of the file changes."""
    directory = pathlib.Path(directory)
    directory.mkdir(parents=True, exist_ok=True)
    seen, copies = set(), []
    for number, file in enumerate(files):
        content = pathlib.Path(file).read_bytes()
        uid = identity(file).sop_instance
        if uid and uid in seen:
            fresh = uid[:-3] + f"{100 + number}"
            if len(fresh) != len(uid) or fresh in seen:
                raise RuntimeError(f"no distinct UID for {file}")
            content = content.replace(uid.encode(), fresh.encode())
            uid = fresh
        seen.add(uid)
        copy = directory / f"{number:03}-{pathlib.Path(file).name}"
        copy.write_bytes(content)
        copies.append(copy)
    return copies


PATIENT_NAME = "Musterfrau^Erika"
PATIENT_ID = "PID-4711-0815"


def make_study(directory, slices=400, size=512 * 1024, seed=1, description="Schaedel nativ", modality="CT"):
    """A CT study of `slices` files with `size` bytes of pixels each, no two the same. Returns the paths, in order."""
    directory = pathlib.Path(directory)
    directory.mkdir(parents=True, exist_ok=True)
    rng = random.Random(seed)
    study = f"1.2.826.0.1.3680043.8.498.{rng.randrange(10**30, 10**31)}"
    instance = f"{study}.1.1000"
    template = _template(study, instance, size, description, modality)
    pixels = template.index(b"\xca\xfe" * 8)
    noise = rng.randbytes(size + slices * 16)
    files = []
    for number in range(slices):
        content = template.replace(instance.encode(), f"{study}.1.{1001 + number}".encode())
        content = content.replace(b"#000", b"%04d" % (number + 1))
        file = directory / f"IM{number + 1:04}.dcm"
        file.write_bytes(content[:pixels] + noise[number * 16:number * 16 + size])
        files.append(file)
    return files


def _template(study, instance, size, description, modality):
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = pydicom.uid.UID("1.2.840.10008.5.1.4.1.1.2")
    meta.MediaStorageSOPInstanceUID = instance
    meta.TransferSyntaxUID = pydicom.uid.ExplicitVRLittleEndian
    meta.ImplementationClassUID = "1.2.826.0.1.3680043.8.498.1"
    ds = FileDataset(None, {}, file_meta=meta, preamble=b"\0" * 128)
    ds.is_little_endian, ds.is_implicit_VR = True, False
    ds.SpecificCharacterSet = "ISO_IR 100"
    ds.SOPClassUID, ds.SOPInstanceUID = meta.MediaStorageSOPClassUID, instance
    ds.StudyInstanceUID, ds.SeriesInstanceUID = study, f"{study}.1"
    ds.StudyDate, ds.StudyTime, ds.Modality = "20240131", "101500", modality
    ds.StudyDescription, ds.InstitutionName, ds.StationName = description, "Klinikum Musterstadt", "CT01"
    ds.PatientName, ds.PatientID = PATIENT_NAME, PATIENT_ID
    ds.PatientBirthDate, ds.PatientSex = "19640812", "F"
    ds.ReferringPhysicianName = "Haus^Gregor"
    ds.StudyID, ds.SeriesNumber = "4711", "1"
    ds.add_new((0x0020, 0x0013), "IS", "0")
    ds[0x0020, 0x0013]._value = "#000"
    columns = 512 if size % 1024 == 0 else size // 2
    ds.SamplesPerPixel, ds.PhotometricInterpretation = 1, "MONOCHROME2"
    ds.Rows, ds.Columns = size // 2 // columns, columns
    ds.BitsAllocated, ds.BitsStored, ds.HighBit, ds.PixelRepresentation = 16, 16, 15, 0
    ds.add_new((0x7FE0, 0x0010), "OW", b"\xca\xfe" * (size // 2))
    buffer = pydicom.filebase.DicomBytesIO()
    pydicom.dcmwrite(buffer, ds, write_like_original=False)
    return buffer.getvalue()
