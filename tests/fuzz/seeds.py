#!/usr/bin/python3
"""seeds.py DIRECTORY: what each fuzz target starts from, one directory a target. Made of the golden mails, their keys
and the shipped configuration, so that nothing of it is checked in."""

import base64
import email
import io
import json
import pathlib
import re
import struct
import sys
import zlib

import pydicom
import pydicom.encaps
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.sequence import Sequence

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
MAILS = ROOT / "tests" / "data" / "mails"
OUT = pathlib.Path(sys.argv[1])
LARGEST = 20_000


def seed(target, name, content):
    directory = OUT / target
    directory.mkdir(parents=True, exist_ok=True)
    (directory / name).write_bytes(content[:LARGEST])


def mails():
    for path in sorted(MAILS.glob("*.eml")):
        content = path.read_bytes()
        if len(content) > LARGEST:
            continue
        seed("mail", path.stem, content)
        seed("written_mail", path.stem, content)
        if re.match("bounce|dsn|mdn|receipt|report|notification", path.stem):
            seed("reports", path.stem, content)
        armor = re.search(rb"-----BEGIN PGP MESSAGE-----.*?-----END PGP MESSAGE-----", content, re.S)
        if armor:
            seed("armor", path.stem, armor[0] + b"\r\n")
            seed("openpgp", path.stem, armor[0] + b"\r\n")
            lines = armor[0].replace(b"\r", b"").split(b"\n\n", 1)[-1].split(b"\n")
            packets = base64.b64decode(b"".join(line for line in lines if line[:1] not in (b"=", b"-")) + b"==")
            seed("openpgp", path.stem + "-binary", packets)
        for part in email.message_from_bytes(content).walk():
            if part.get_content_type() in ("message/disposition-notification", "message/delivery-status"):
                seed("reports", path.stem + "-fields", part.as_bytes())
    inner = (b"Content-Type: multipart/mixed; boundary=b\r\nX-TELEMEDICINE-SETID: 1.2\r\nX-TELEMEDICINE-SETPART: 1\r\n"
             b"X-TELEMEDICINE-SETTOTAL: 2\r\nX-TELEMEDICINE-DISPOSITION-NOTIFICATION-TO: a@x.example\r\n"
             b"Content-ID: <1@x>\r\n\r\n--b\r\nContent-Type: application/dicom; name*=utf-8''%C3%A4.dcm\r\n"
             b"Content-Transfer-Encoding: base64\r\n\r\nAAAA\r\n--b\r\nContent-Type: text/plain\r\n"
             b"Content-Transfer-Encoding: quoted-printable\r\nX-TELEMEDICINE-STUDYID: 7\r\n\r\na=3D=\r\nb\r\n--b\r\n"
             b"Content-Transfer-Encoding: x-uuencode\r\n\r\nbegin 644 a\r\n#86)C\r\n`\r\nend\r\n--b--\r\n")
    seed("mail", "inner", inner)
    seed("mail", "signed", b"Content-Type: multipart/signed; protocol=\"application/pgp-signature\"; boundary=s\r\n\r\n"
         b"--s\r\n" + inner + b"\r\n--s\r\nContent-Type: application/pgp-signature\r\n\r\nAAAA\r\n--s--\r\n")


def fragments():
    sets = {}
    for path in sorted(MAILS.glob("*-[0-9]*.eml")):
        if b"message/partial" in path.read_bytes():
            sets.setdefault(path.stem.rsplit("-", 1)[0], []).append(path.read_bytes())
    for name, files in sets.items():
        seed("fragments", name, b"\n%%%%\n".join(files))
        for number, content in enumerate(files):
            seed("mail", f"{name}-fragment-{number}", content)


def keys():
    for path in sorted((MAILS / "keys").glob("*.asc")):
        seed("keys", path.stem, path.read_bytes())


def partner_keys():
    # Which packets of which key, for two and three files: the target makes the keys itself.
    for name, step in (("in-order", 1), ("mixed", 7), ("far", 97)):
        for size in (16, 64, 256):
            seed("partner_keys", f"{name}-{size}", bytes(number * step % 256 for number in range(size)))


def instance(syntax, character_set, name, meta=True):
    file_meta = FileMetaDataset()
    file_meta.MediaStorageSOPClassUID = "1.2.840.10008.5.1.4.1.1.2"
    file_meta.MediaStorageSOPInstanceUID = "1.2.3.4"
    file_meta.TransferSyntaxUID = syntax
    dataset = FileDataset("", {}, file_meta=file_meta, preamble=b"\0" * 128)
    dataset.is_little_endian = syntax != "1.2.840.10008.1.2.2"
    dataset.is_implicit_VR = syntax == "1.2.840.10008.1.2"
    dataset.SpecificCharacterSet = character_set
    dataset.SOPClassUID, dataset.SOPInstanceUID = file_meta.MediaStorageSOPClassUID, "1.2.3.4"
    dataset.StudyInstanceUID, dataset.SeriesInstanceUID, dataset.Modality = "1.2.3", "1.2.3.5", "CT"
    dataset.StudyDate, dataset.StudyTime, dataset.PatientID = "20240131", "101500", "PID-1"
    dataset.InstitutionName, dataset.ReferringPhysicianName, dataset.PatientName = "Klinikum A", "Haus^Gregor", name
    item = Dataset()
    item.PatientID, item.TypeOfPatientID = "OTHER", "TEXT"
    item.is_undefined_length_sequence_item = True
    dataset.OtherPatientIDsSequence = Sequence([item])
    dataset["OtherPatientIDsSequence"].is_undefined_length = True
    file = io.BytesIO()
    dataset.save_as(file, write_like_original=False)
    content = file.getvalue()
    if meta:
        return content
    length = struct.unpack("<I", content[140:144])[0]
    return content[144 + length:]


def dicom():
    syntaxes = {"implicit": "1.2.840.10008.1.2", "explicit": "1.2.840.10008.1.2.1", "big": "1.2.840.10008.1.2.2",
                "deflated": "1.2.840.10008.1.2.1.99", "jpeg": "1.2.840.10008.1.2.4.50"}
    for name, syntax in syntaxes.items():
        for target in ("dicom", "documents", "digests"):
            seed(target, name, instance(syntax, "ISO_IR 100", "M\xfcller^Hans"))
        # The first byte chooses the edits.
        seed("edits", name, b"\x3f" + instance(syntax, "ISO_IR 100", "M\xfcller^Hans"))
    seed("dicom", "utf-8", instance(syntaxes["explicit"], "ISO_IR 192", "M\xfcller^Hans"))
    seed("dicom", "two-sets", instance(syntaxes["explicit"], ["", "ISO 2022 IR 87"], "Yamada^Tarou=山田^太郎"))
    for name in ("implicit", "explicit"):
        seed("dicom", name + "-bare", instance(syntaxes[name], "ISO_IR 100", "X", meta=False))


def digests():
    images = pathlib.Path(pydicom.__file__).parent / "data/test_files"
    for name in ("MR_small", "MR_small_RLE", "MR_small_jpeg_ls_lossless", "SC_rgb_small_odd", "SC_rgb_small_odd_jpeg",
                 "rtdose_rle_1frame"):
        seed("digests", name, (images / f"{name}.dcm").read_bytes())


def jpeg2000():
    images = pathlib.Path(pydicom.__file__).parent / "data/test_files"
    image = pydicom.dcmread(images / "MR_small_jp2klossless.dcm")
    codestream = next(pydicom.encaps.generate_pixel_data_frame(image.PixelData, 1))
    # The form stands at the end and is read backwards: rows, columns, one sample, 16 bits, all stored, signed or not,
    # and at last whether the rest is a codestream or pixels.
    for name, hostile, representation, content in (("decode", 1, 1, codestream), ("decode-unsigned", 1, 0, codestream),
                                                   ("code", 0, 0, bytes(range(256)) * 32)):
        seed("jpeg2000", name, content + bytes([hostile, representation, 15, 0, 1, 63, 63]))


def png(colour, depth, interlace=0, palette=b"", extra=b""):
    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
    samples = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[colour]
    row = b"\0" + b"\x55" * ((4 * samples * depth + 7) // 8)
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 4, 4, depth, colour, 0, 0, interlace))
            + (chunk(b"PLTE", palette) if palette else b"") + extra + chunk(b"IDAT", zlib.compress(row * 12))
            + chunk(b"IEND", b""))


def documents():
    for name, content in {"grey": png(0, 8), "grey-1": png(0, 1), "grey-16": png(0, 16), "rgb": png(2, 8),
                          "palette": png(3, 4, 0, b"abcdefghi" * 2), "rgba": png(6, 16), "grey-alpha": png(4, 8),
                          "interlaced": png(2, 8, 1)}.items():
        seed("documents", "png-" + name, content)
    for path in sorted((ROOT / "tests" / "data" / "documents").glob("*")):
        seed("documents", path.name, path.read_bytes())
    # Grey 8x8, by the tables of ISO/IEC 10918-1 annex K cut short.
    seed("documents", "baseline.jpg", bytes.fromhex(
        "ffd8ffe000104a46494600010100000100010000ffdb0043" + "00" + "10" * 64 + "ffc0000b080008000801011100"
        "ffc4001400010000000000000000000000000000000007ffc4001410010000000000000000000000000000000000"
        "ffda0008010100003f0037ffd9"))
    seed("documents", "pdf", b"%PDF-1.4\n1 0 obj <<>> endobj\n%%EOF")
    seed("documents", "cda", b"<?xml version=\"1.0\"?><?xml-stylesheet href=\"a.xsl\"?><!-- <id root=\"9\"/> -->\n"
         b"<ClinicalDocument xmlns=\"urn:hl7-org:v3\"><author><id root=\"8\"/></author>"
         b"<id extension=\"A&amp;B\" root=\"1.2.276\"/><text mediaType=\"application/pdf\">JVBERi0=</text>"
         b"</ClinicalDocument>")


def config():
    for path in sorted((ROOT / "config").rglob("*.yaml")):
        seed("config", path.stem, path.read_bytes())
    for number, value in enumerate(["smtp://mail.example:587", "imaps://[::1]", "30s", "48h", "20MB", "5MiB", "2.5%",
                                    "0123 4567 89AB CDEF 0123 4567 89AB CDEF 0123 4567", "a: &x [1, *x]\nb: *x\n"]):
        seed("config", f"value-{number}", value.encode())


def conditions():
    for number, when in enumerate([
            "StudyDate: { within: 7d }\nmodality: [CT, MR]\n",
            'any_of:\n  - { InstitutionName: "~^K" }\n  - { time: "18:00-07:00", days: [sat, holiday] }\n',
            'SeriesDescription: { not: "~(?i)topo", any_of: [x, { glob: "a*" }] }\nRows: { above: 5, below: 9 }\n',
            "(0019,xx10 SIEMENS MR HEADER): { at_least: 5 }\nnot: { caller: 192.0.2.0/24 }\n",
            "RequestAttributesSequence[0].ScheduledProcedureStepID: { exists: true }\n",
            "ImageType: { has: ORIGINAL }\nbytes: { at_most: 2GB }\nPatientAge: { from: 18Y }\n"]):
        seed("conditions", f"when-{number}", when.encode())


def protocol():
    numbered = {"part": 1, "total": 2}
    header = {"sop_class": "1.2", "sop_instance": "1.3", "transfer_syntax": "1.2.840.10008.1.2", "study": "1.4",
              "series": "1.5", "modality": "CT", "institution": "", "station": "", "description": "", "physician": "",
              "meta": True, "offset": 1, "size": 9, "sha256": "a" * 64, "digest": ""}
    signature = {"status": 0, "signer": "AB", "named_key": "CD", "created": 0, "hash": "SHA256", "bits": 0,
                 "id": "ab", "intended": ["AB"]}
    report = {"kind": 0, "verdict": 1, "ids": ["1@x"], "set": {"id": "s", **numbered}, "words": "displayed"}
    receipt = {"to": "a@x", "key_id": "AB", "content_id": "1@x"}
    error = {"fault": 2, "code": "dicom-damaged", "detail": ""}
    leaf = {"file": 0, "content_type": "application/dicom", "name": "a", "study_id": ""}
    for number, form in [
            (0, {"kind": 1, "from": "a@x", "message_id": "1@x", "receipt_to": "", "set": {"id": "s", **numbered},
                 "partial": {"id": "p", "number": 1, "total": 2}}),
            (1, {**leaf, "header": header}), (1, {**leaf, "error": error}),
            (2, {"encrypted": True, "integrity": True, "compressed": False, "recipients": ["AB"],
                 "signatures": [signature], "set": None, "meant": {"from": "a@x", "to": ["b@x"]}, "receipt": receipt,
                 "report": report}),
            (3, {"report": report, "signatures": [signature]}),
            (4, {"media_type": "application/pdf", "partner": "b", "sha256": "a" * 64, "title": "t"}),
            (5, {"file": 1, "header": header}), (6, {"header": header}), (7, error)]:
        seed("protocol", f"form-{number}-{len(form)}", b"%d%s" % (number, json.dumps(form).encode()))
    key = {"kind": "openpgp", "identity": "AB", "names": ["CD"]}
    seed("protocol", "own-keys", b"8" + cbor([{**key, "mailbox": "main", "secret": b"key"}]))
    seed("protocol", "partner-key", b"9" + cbor({**key, "partner": "b", "content": b"key", "accept_sha1": False}))


def cbor(value):
    """RFC 8949, as far as the keys of the open worker need it."""
    if isinstance(value, bool):
        return b"\xf5" if value else b"\xf4"
    if isinstance(value, dict):
        return bytes([0xa0 + len(value)]) + b"".join(cbor(k) + cbor(v) for k, v in value.items())
    if isinstance(value, list):
        return bytes([0x80 + len(value)]) + b"".join(map(cbor, value))
    if isinstance(value, bytes):
        return bytes([0x40 + len(value)]) + value
    return bytes([0x60 + len(value)]) + value.encode()


def lines():
    for number, line in enumerate([b"12 FETCH (UID 7 BODY[] {512}", b"OK [UIDVALIDITY 3857529045] UIDs valid",
                                   b"SEARCH 2 84 882", b"550 5.1.1 <x>: no such user", b".\r\n..\r\n.", b"Entw\xc3\xbcrfe&",
                                   b"a+b=c"]):
        seed("mail_lines", f"line-{number}", line)


def pdus():
    for number, content in enumerate([bytes([200, 1, 4, 0, 0, 0, 0, 8, 0, 0, 0, 4, 1, 3, 65, 66]), bytes(range(64)),
                                      bytes([1, 255, 255]) * 30, bytes([200]) + b"\1\0\0\0\0\4abcd\5\0\0\0\0\4abcd"]):
        seed("pdus", f"pdus-{number}", content)


for make in (mails, fragments, keys, partner_keys, dicom, digests, jpeg2000, pdus, documents, config, conditions,
             protocol, lines):
    make()
