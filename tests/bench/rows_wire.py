"""Row 11: what a profile costs on the wire, and in CPU seconds, for images of several kinds: wire-cost.md. Those of a
CT are told in the table."""

import os
import subprocess

import pydicom
import pydicom.encaps
import pydicom.uid

from harness import Directory, TEST_FILES, make_study
from report import Figure
from rows_crypto import make_keys
from setting import one_core, stages

SIZE = 512 * 1024
MEGABYTES = 25
COMPRESSIONS = ("none", "zip", "zlib", "bzip2")


def wire_cost(size):
    with Directory() as directory, one_core():
        keys = make_keys(directory / "keys")
        table = {}
        for kind, make in KINDS.items():
            files = make(directory / "images", size)
            for inner in ("base64", "binary"):
                for compression in COMPRESSIONS if not size.small else ("none", "zip"):
                    costs = measure(directory, keys, files, {"INNER": inner, "COMPRESSION": compression})
                    table[kind, inner, compression] = costs
                    if kind != "CT 512x512":  # the rest stands in wire-cost.md
                        continue
                    yield Figure("11", f"wire: {kind}, {inner}, compression {compression}", "bytes a byte of DICOM",
                                 [costs[0]], note=f"seal {costs[1]:.1f}, open {costs[2]:.1f} CPU s/GB of DICOM")
            remove(directory / "images")
        size.out.mkdir(parents=True, exist_ok=True)
        (size.out / "wire-cost.md").write_text(markdown(table))


def measure(directory, keys, files, profile):
    """(bytes mailed a byte of DICOM, CPU seconds a GB of DICOM to seal, to open)."""
    sent, received = directory / "sent", directory / "received"
    dicom = sum(file.stat().st_size for file in files)
    sealed = stages("seal", keys, sent, *files, environment=profile)
    mails = sum(file.stat().st_size for file in (sent / "spool" / "messages").rglob("*.eml"))
    opened = stages("open", keys, sent, received, os.environ["GATEWAY_BINARY"], dicom // len(files))
    remove(sent)
    remove(received)
    return [mails / dicom, *(stage["cpu"] / stage["bytes"] * 1e9 for stage in (sealed, opened))]


def remove(directory):
    subprocess.run(["rm", "-rf", directory], check=True)


def markdown(table):
    """A line a kind of image and profile."""
    lines = ["| image | `inner_encoding` | `compression` | bytes mailed a byte of DICOM | seal, CPU s/GB | open, CPU s/GB |",
             "|---|---|---|---|---|---|"]
    for (kind, inner, compression), (wire, seal, open_) in table.items():
        lines.append(f"| {kind} | {inner} | {compression} | {wire:.2f} | {seal:.1f} | {open_:.1f} |")
    return "\n".join(lines) + "\n"


def real_ct(directory, size):
    """pydicom's head CT (512x512, 13 bits, a real scanner's), decoded."""
    dataset = pydicom.dcmread(TEST_FILES / "J2K_pixelrep_mismatch.dcm")
    directory.mkdir(parents=True)
    (directory / "image.j2k").write_bytes(b"".join(pydicom.encaps.decode_data_sequence(dataset.PixelData)))
    subprocess.run(["opj_decompress", "-i", directory / "image.j2k", "-o", directory / "image.rawl"],
                   check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    raw = (directory / "image.rawl").read_bytes()
    remove(directory)
    pixels = bytearray(raw)
    for high in range(1, len(raw), 2):  # 13 bits, signed: the codec does not say so, the scanner does
        if raw[high] & 0x10:
            pixels[high] |= 0xE0
    dataset.PixelData = bytes(pixels)
    dataset["PixelData"].VR, dataset["PixelData"].is_undefined_length = "OW", False
    dataset.file_meta.TransferSyntaxUID = pydicom.uid.ExplicitVRLittleEndian
    return copies(dataset, directory, size)


def of_file(name):
    return lambda directory, size: copies(pydicom.dcmread(TEST_FILES / name), directory, size)


def copies(dataset, directory, size):
    """Instances of their own with the same pixels, MEGABYTES of them; each is sealed by itself."""
    directory.mkdir(parents=True)
    first = write(dataset, directory, 0)
    count = size.of(max(4, MEGABYTES * 1_000_000 // first.stat().st_size), 2)
    return [first, *(write(dataset, directory, number) for number in range(1, min(count, 400)))]


def write(dataset, directory, number):
    uid = f"1.2.826.0.1.3680043.8.498.11.{1000 + number}"
    dataset.SOPInstanceUID = dataset.file_meta.MediaStorageSOPInstanceUID = uid
    file = directory / f"IM{number:04}.dcm"
    dataset.save_as(file, write_like_original=False)
    return file


def noise(directory, size):
    return make_study(directory, size.of(MEGABYTES * 2, 2), SIZE)


def flat(directory, size):
    files = noise(directory, size)
    for file in files:
        content = file.read_bytes()
        file.write_bytes(content[:-SIZE] + bytes(SIZE))
    return files


KINDS = {
    "CT 512x512": real_ct,
    "CT 512x512, JPEG 2000 lossless": of_file("J2K_pixelrep_mismatch.dcm"),
    "CT 128x128": of_file("CT_small.dcm"),
    "MR 64x64": of_file("MR_small.dcm"),
    "noise 512x512": noise,
    "flat 512x512": flat,
}
