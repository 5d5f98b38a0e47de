"""What golden mails are put together from: tiny DICOM objects, MIME by hand where a variant is asked for that no tool
makes, and the tools that are not ours: gpg, Python's email, openssl, mpack, swaks, zip, uuencode, DCMTK, Postfix, Exim.
"""

import base64
import binascii
import hashlib
import pathlib
import subprocess
import tempfile

import pydicom
import pydicom.uid
from pydicom.dataset import FileDataset, FileMetaDataset

from make_keys import DOMAIN, address
from dicom_files import dataset_of  # on the path by make_keys

RECEIVER = address("receiver")
DATE = "Tue, 05 Mar 2024 10:15:00 +0100"
SECONDARY_CAPTURE = "1.2.840.10008.5.1.4.1.1.7"


def uid(text):
    """PS3.5 B.2; the same in every run."""
    return "2.25." + str(int.from_bytes(hashlib.sha256(text.encode()).digest()[:16], "big"))


def dicom(name, number=1, study=None, syntax=pydicom.uid.ExplicitVRLittleEndian, side=8):
    """A Part 10 file of `side` x `side` pixels that no other mail holds. Its bytes include all values of a byte."""
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID = SECONDARY_CAPTURE, uid(f"{name}/{number}")
    meta.TransferSyntaxUID, meta.ImplementationClassUID = syntax, "1.2.826.0.1.3680043.8.498.1"
    ds = FileDataset(None, {}, file_meta=meta, preamble=b"\0" * 128)
    ds.is_little_endian, ds.is_implicit_VR = True, syntax == pydicom.uid.ImplicitVRLittleEndian
    ds.SpecificCharacterSet = "ISO_IR 100"
    ds.SOPClassUID, ds.SOPInstanceUID = meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID
    ds.StudyInstanceUID, ds.SeriesInstanceUID = study or uid(f"{name}/study"), uid(f"{name}/series")
    ds.StudyDate, ds.StudyTime, ds.Modality, ds.ConversionType = "20240305", "101500", "OT", "WSD"
    ds.PatientName, ds.PatientID, ds.PatientBirthDate, ds.PatientSex = "Muster^Jürgen", "GOLDEN-1", "19500101", "M"
    ds.AccessionNumber = ds.ReferringPhysicianName = ds.StudyID = ""
    ds.SeriesNumber, ds.InstanceNumber = 1, number
    ds.SamplesPerPixel, ds.PhotometricInterpretation, ds.Rows, ds.Columns = 1, "MONOCHROME2", side, side
    ds.BitsAllocated, ds.BitsStored, ds.HighBit, ds.PixelRepresentation = 8, 8, 7, 0
    ds.PixelData = bytes(range(256)) * max(1, side * side // 256) if side > 8 else AWKWARD
    buffer = pydicom.filebase.DicomBytesIO()
    pydicom.dcmwrite(buffer, ds, write_like_original=False)
    return buffer.getvalue()


# 64 bytes that a text conversion would change: lone CR and LF, NUL, tabs and spaces at line ends, dots, "From ", "--".
AWKWARD = (b"\r\n.\r\n\n\r\rFrom \r\n--\r\n \t\r\n=3D=\r\n\0\x1a\x80\xff\xfe\xc3\xbc"
           + bytes(range(228, 252)) + b"\r\n\r\n")
assert len(AWKWARD) == 64, len(AWKWARD)


def without_preamble(file):
    """The data set alone, as some old software writes it."""
    ds = pydicom.dcmread(pydicom.filebase.DicomBytesIO(file))
    length = ds.file_meta.FileMetaInformationGroupLength
    return file[128 + 4 + 12 + length:]


def base64_lines(content, width=76, eol=b"\r\n"):
    text = base64.b64encode(content)
    return eol.join(text[at:at + width] for at in range(0, len(text), width)) + eol


def encode(content, cte):
    if cte == "base64":
        return base64_lines(content)
    if cte == "quoted-printable":
        return binascii.b2a_qp(content, istext=False).replace(b"\n", b"\r\n")
    if cte == "x-uuencode":
        done = subprocess.run(["uuencode", "IM0001.dcm"], input=content, stdout=subprocess.PIPE, check=True)
        return done.stdout.replace(b"\n", b"\r\n")
    return content


def part(content, media_type="application/dicom", cte="base64", name="IM0001.dcm", fields=(), disposition=True):
    """One body part; cte "" gives none, the bytes as they are."""
    lines = [f"Content-Type: {media_type}" + (f'; name="{name}"' if name else "")]
    if disposition and name:
        lines.append(f'Content-Disposition: attachment; filename="{name}"')
    if cte:
        lines.append(f"Content-Transfer-Encoding: {cte}")
    lines += [f"{key}: {value}" for key, value in fields]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + encode(content, cte)


def multipart(parts, subtype="mixed", fields=(), boundary="=_golden", eol=b"\r\n", preamble=b""):
    header = f'Content-Type: multipart/{subtype}; boundary="{boundary}"'
    lines = [header] + [f"{key}: {value}" for key, value in fields]
    mark = b"--" + boundary.encode()
    body = b"".join(mark + eol + one + eol for one in parts)
    return eol.join(line.encode() for line in lines) + eol + eol + preamble + body + mark + b"--" + eol


def set_fields(set_id, number=1, total=1):
    return [("X-TELEMEDICINE-SETID", set_id), ("X-TELEMEDICINE-SETPART", number), ("X-TELEMEDICINE-SETTOTAL", total)]


def mail(sender, name, body, fields=(), to=RECEIVER, subject="DICOM-eMail", date=DATE):
    """The outer header, then `body`, which begins with its Content-* fields."""
    lines = [("From", sender), ("To", to), ("Message-ID", f"<{name}@{DOMAIN}>"), ("Subject", subject)]
    lines += [("Date", date)] if date else []
    lines += [("MIME-Version", "1.0"), *fields]
    return "".join(f"{key}: {value}\r\n" for key, value in lines).encode() + body


def encrypted_body(sealed, version=b"Version: 1\r\n", cte="7bit", boundary="=_golden_outer", prefix=b""):
    """multipart/encrypted (RFC 3156 section 4)."""
    control = b"Content-Type: application/pgp-encrypted\r\n\r\n" + version
    data = part(sealed, "application/octet-stream", cte, "", disposition=False)
    return prefix + multipart([control, data], 'encrypted; protocol="application/pgp-encrypted"', boundary=boundary)


def crlf(data):
    return data.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


def split(whole, pieces):
    """Cut at line starts, into about equal pieces."""
    lines = whole.splitlines(keepends=True)
    step = -(-len(lines) // pieces)
    return [b"".join(lines[at:at + step]) for at in range(0, len(lines), step)]


def fragments(sender, name, whole, pieces=3, partial_id=None, total="all", cte=None, fields=(), transform=None):
    """message/partial mails; total: on "all" or the "last"; `transform` changes a body after the cut."""
    chunks = split(whole, pieces)
    mails = []
    for number, chunk in enumerate(chunks, 1):
        last = number == len(chunks)
        kind = f'message/partial; id="{partial_id or name}"; number={number}'
        kind += f"; total={len(chunks)}" if total == "all" or last else ""
        header = [("Content-Type", kind)] + ([("Content-Transfer-Encoding", cte)] if cte else [])
        head = "".join(f"{key}: {value}\r\n" for key, value in header).encode() + b"\r\n"
        body = transform(chunk, number, last) if transform else chunk
        mails.append(mail(sender, f"{name}-{number}", head + body, fields if number == 1 else (),
                          subject=f"DICOM-eMail ({number}/{len(chunks)})"))
    return mails


def in_directory(work):
    """Calls work(directory) with a directory that is gone afterwards."""
    with tempfile.TemporaryDirectory() as directory:
        return work(pathlib.Path(directory))


def mpack(file_name, content, media_type, max_size=0, subject="DICOM-eMail"):
    """What mpack writes, one mail or several, as it hands them to sendmail: without From and Date."""
    def work(directory):
        (directory / file_name).write_bytes(content)
        subprocess.run(["mpack", "-s", subject, "-c", media_type, "-m", str(max_size), "-o", directory / "out",
                        directory / file_name], check=True, capture_output=True)
        return [crlf(file.read_bytes()) for file in sorted(directory.glob("out*"))]
    return in_directory(work)


def submitted(raw, sender, name, number=None):
    """As the MTA completes what mpack wrote; the Message-ID is made a fixed one."""
    header, body = raw.split(b"\r\n\r\n", 1)
    lines = [line for line in header.split(b"\r\n") if not line.lower().startswith(b"message-id:")]
    suffix = "" if number is None else f"-{number}"
    added = f"From: {sender}\r\nTo: {RECEIVER}\r\nDate: {DATE}\r\nMessage-ID: <{name}{suffix}@{DOMAIN}>\r\n"
    return added.encode() + b"\r\n".join(lines) + b"\r\n\r\n" + body


def swaks(sender, name, *options):
    """A mail that swaks writes."""
    done = subprocess.run(["swaks", "--from", sender, "--to", RECEIVER, "--server", "localhost", "--h-Date", DATE,
                           "--h-Message-Id", f"<{name}@{DOMAIN}>", "--header", "Subject: DICOM-eMail", *options,
                           "--dump-mail"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, check=True)
    return crlf(done.stdout)


def remove_integrity(gpg, sealed, recipient):
    """The same message without MDC (RFC 4880 section 5.7), which gpg does not write any more: gpg's own session key
    packet, then the plain packets encrypted anew by openssl in OpenPGP's CFB mode with resynchronisation (13.9)."""
    shown = gpg.run("--show-session-key", "--decrypt", data=sealed).stderr.decode()
    algorithm, key = shown.split("session key: '")[1].split("'")[0].split(":")
    assert algorithm == "9", "AES-256 is expected"
    packets = gpg.run("--unwrap", "--decrypt", data=sealed).stdout
    binary = gpg.run("--dearmor", data=sealed).stdout
    length = 3 + (binary[1] << 8 | binary[2]) if binary[0] == 0x85 else 2 + binary[1]
    random = b"golden mail..16!"
    prefix = cfb(key, b"\0" * 16, random + random[-2:])
    body = prefix + cfb(key, prefix[2:18], packets)
    sed = bytes([0xC9, 0xFF]) + len(body).to_bytes(4, "big") + body
    return gpg.run("--enarmor", data=binary[:length] + sed).stdout.replace(b"ARMORED FILE", b"MESSAGE").replace(
        b'Comment: Use "gpg --dearmor" for unpacking\n', b"")


def cfb(key, start, data):
    done = subprocess.run(["openssl", "enc", "-aes-256-cfb", "-K", key, "-iv", start.hex()], input=data,
                          stdout=subprocess.PIPE, check=True)
    return done.stdout


def dataset_hashes(files):
    found = {}
    for content in files:
        ds = pydicom.dcmread(pydicom.filebase.DicomBytesIO(content), force=True)
        found[str(ds.SOPInstanceUID)] = hashlib.sha256(dataset_of(content)).hexdigest()
    return found


def arrives(*files, **more):
    return {"outcome": "arrives", "instances": dataset_hashes(files), **more}


def quarantined(*reasons, instances=(), **more):
    return {"outcome": "quarantined", "reasons": list(reasons), "instances": dataset_hashes(instances), **more}
