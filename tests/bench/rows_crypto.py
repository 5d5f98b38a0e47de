"""Rows 4, 5 and 11: sealing, opening, and what a profile costs on the wire; one core."""

import os
import pathlib

from harness import Directory, Gnupg, gateway, make_study
from report import Figure
from setting import alternating, cpu_of_children, stages

SIZE = 512 * 1024


def make_keys(directory):
    """KEYS of bench_stages."""
    gateway("keys", "generate", "--user-id", "Bench <bench@bench.example>", "--out", directory / "bench")
    for kind in ("secret", "public"):
        (directory / f"bench.{kind}.asc").rename(directory / f"{kind}.asc")
    return directory


class Bench:
    """Files, keys and a GnuPG home with the same key."""

    def __init__(self, directory, count):
        self.directory = pathlib.Path(directory)
        self.files = make_study(self.directory / "study", count, SIZE)
        self.bytes = sum(file.stat().st_size for file in self.files)
        (self.directory / "keys").mkdir()
        self.keys = make_keys(self.directory / "keys")
        self.gnupg = Gnupg()
        self.gnupg.import_keys(self.keys / "secret.asc")
        self._states = 0

    def fresh(self):
        self._states += 1
        return self.directory / f"state-{self._states}"

    def close(self):
        self.gnupg.close()


def per_gigabyte(measured, key="cpu"):
    return measured[key] / measured["bytes"] * 1e9


def seal(size):
    with Directory() as directory:
        bench = Bench(directory, size.of(200, 4))
        inner = [file.read_bytes() for file in bench.files[:size.of(40, 2)]]

        def gpg():
            cpu = cpu_of_children(lambda: [bench.gnupg.seal(data, "bench@bench.example", "bench@bench.example")
                                           for data in inner])
            return cpu / sum(map(len, inner)) * 1e9
        found = alternating(size.runs,
                            ours=lambda: per_gigabyte(stages("seal", bench.keys, bench.fresh(), *bench.files)),
                            rnp=lambda: per_gigabyte(stages("rnp-seal", bench.keys, *bench.files)), gpg=gpg)
        bench.close()
    yield Figure("4a", "seal 512 KB instances: spool file to message on disk", "CPU s/GB", found["ours"], found["rnp"],
                 "RNP alone, from memory", "less", "<= 1.3x its cost", lambda o, p, r: r >= 1 / 1.3)
    yield Figure("4b", "the same", "CPU s/GB", found["ours"], found["gpg"], "a gpg process a mail", "less",
                 ">= 3x better", lambda o, p, r: r >= 3)


def open_(size):
    with Directory() as directory:
        bench = Bench(directory, size.of(200, 4))
        sealed_state = bench.fresh()
        stages("seal", bench.keys, sealed_state, *bench.files)
        armor = [bench.gnupg.seal(file.read_bytes(), "bench@bench.example", "bench@bench.example")
                 for file in bench.files[:size.of(40, 2)]]

        def ours():
            return per_gigabyte(stages("open", bench.keys, sealed_state, bench.fresh(), os.environ["GATEWAY_BINARY"],
                                       bench.files[0].stat().st_size))

        def rnp():
            # RNP's bytes are those of the entity (base64 within); the figure is a GB of DICOM for all.
            return stages("rnp-open", bench.keys, sealed_state)["cpu"] / bench.bytes * 1e9

        def gpg():
            cpu = cpu_of_children(lambda: [bench.gnupg.open(mail) for mail in armor])
            return cpu / (len(armor) * SIZE) * 1e9
        found = alternating(size.runs, ours=ours, rnp=rnp, gpg=gpg)
        bench.close()
    yield Figure("5a", "open: message on disk to verified instance in the spool", "CPU s/GB", found["ours"],
                 found["rnp"], "RNP alone, from memory", "less", "<= 1.3x its cost", lambda o, p, r: r >= 1 / 1.3)
    yield Figure("5b", "the same", "CPU s/GB", found["ours"], found["gpg"], "a gpg process a mail", "less",
                 ">= 3x better", lambda o, p, r: r >= 3)


def wire_cost(size):
    """Row 11: bytes mailed a byte of DICOM, and CPU seconds to seal, of real images (pydicom's CT and MR)."""
    with Directory() as directory:
        bench = Bench(directory, size.of(100, 2))
        images = real_images(directory / "images", size.of(100, 2))
        for inner in ("base64", "binary"):
            for compression in ("none", "zip", "zlib", "bzip2"):
                state = bench.fresh()
                measured = stages("seal", bench.keys, state, *images,
                                  environment={"INNER": inner, "COMPRESSION": compression})
                mails = sum(file.stat().st_size for file in (state / "spool" / "messages").rglob("*.eml"))
                dicom = sum(file.stat().st_size for file in images)
                yield Figure("11", f"wire: {inner}, compression {compression}", "bytes a byte of DICOM",
                             [mails / dicom], note=f"{per_gigabyte(measured):.1f} CPU s/GB")
        bench.close()


def real_images(directory, count):
    """Uncompressed 512x512 images with the statistics of CT: smooth, 12 bits, some noise."""
    import numpy
    import pydicom
    source = make_study(directory, count, SIZE)
    rng = numpy.random.default_rng(1)
    y, x = numpy.mgrid[0:512, 0:512]
    body = ((x - 256) ** 2 / 190 ** 2 + (y - 256) ** 2 / 140 ** 2) < 1
    for number, file in enumerate(source):
        smooth = 1024 + 60 * numpy.sin(x / 37 + number / 9) + 40 * numpy.cos(y / 23)
        pixels = numpy.where(body, smooth + rng.normal(0, 12, body.shape), 0).astype("<u2")
        dataset = pydicom.dcmread(file)
        dataset.PixelData = pixels.tobytes()
        dataset.save_as(file)
    return source
