"""Rows 4 and 5: sealing and opening, CPU seconds of one core."""

import os
import pathlib
import re

from harness import Directory, Gnupg, gateway, make_study, run
from report import Figure
from setting import alternating, cpu_of, one_core, stages

SIZE = 512 * 1024
USER, PEER = "bench@bench.example", "peer@bench.example"


def make_keys(directory):
    """KEYS of bench_stages."""
    directory.mkdir()
    for user, name in ((USER, "own"), (PEER, "peer")):
        gateway("keys", "generate", "--user-id", f"Bench <{user}>", "--out", directory / name)
    for kind in ("secret", "public"):
        (directory / f"own.{kind}.asc").rename(directory / f"{kind}.asc")
    return directory


class Bench:
    """Instances, a key, and the messages that we make of them; `integrity` as in a partner's profile."""

    def __init__(self, directory, count, integrity="mdc"):
        self.directory = pathlib.Path(directory)
        self.directory.mkdir(parents=True, exist_ok=True)
        self.environment = {"INTEGRITY": integrity}
        self.files = make_study(self.directory / "study", count, SIZE)
        self.bytes = sum(file.stat().st_size for file in self.files)
        self.keys = make_keys(self.directory / "keys")
        self._states = 0
        self.sealed = self.fresh()
        self.stages("seal", self.keys, self.sealed, *self.files)
        bodies = self.directory / "bodies"
        bodies.mkdir()
        self.stages("bodies", self.keys, self.sealed, bodies)
        self.armors, self.entities = sorted(bodies.glob("*.asc")), sorted(bodies.glob("*.entity"))

    def stages(self, *arguments):
        return stages(*arguments, environment=self.environment)

    def fresh(self):
        self._states += 1
        return self.directory / f"state-{self._states}"

    def per_gigabyte(self, cpu, count):
        """CPU seconds for `count` messages -> CPU seconds a GB of DICOM."""
        return cpu / (self.bytes * count / len(self.files)) * 1e9

    def ours_seal(self):
        measured = self.stages("seal", self.keys, self.fresh(), *self.files)
        return self.per_gigabyte(measured["cpu"], measured["count"])

    def ours_open(self):
        measured = self.stages("open", self.keys, self.sealed, self.fresh(), os.environ["GATEWAY_BINARY"],
                               self.files[0].stat().st_size)
        return self.per_gigabyte(measured["cpu"], measured["count"])

    def rnp_seal(self):
        return self._rnp("rnp-seal", self.entities)

    def rnp_open(self):
        return self._rnp("rnp-open", self.armors)

    def _rnp(self, stage, files):
        measured = self.stages(stage, self.keys, *files)
        return self.per_gigabyte(measured["cpu"], measured["count"])


class GpgProcesses(Gnupg):
    """One gpg a mail, file to file. What its agent uses counts too."""

    def __init__(self, bench, count):
        super().__init__()
        self.bench, self.count = bench, count
        self.import_keys(bench.keys / "secret.asc", bench.keys / "peer.secret.asc")
        self.output = bench.directory / "gpg-output"
        self.seal_file(bench.entities[0])  # starts the agent
        self.agent = int(re.search(r"^D (\d+)", run("gpg-connect-agent", "--homedir", self.home, "GETINFO pid",
                                                    "/bye").stdout, re.M)[1])

    def seal_file(self, file, *options):
        self.run(*options, "--armor", "--local-user", USER, "--sign", "--recipient", USER, "--encrypt",
                 "--output", self.output, file)

    def open_file(self, file):
        self.run("--output", self.output, "--decrypt", file)

    def cost(self, call, files):
        files = files[:self.count]
        cpu = cpu_of(lambda: [call(file) for file in files], [self.agent])
        return self.bench.per_gigabyte(cpu, len(files))

    def seal_cost(self, *options):
        return self.cost(lambda file: self.seal_file(file, *options), self.bench.entities)

    def open_cost(self):
        return self.cost(self.open_file, self.bench.armors)


def figures(row, what, found, ocb):
    """The default profile, and `integrity: ocb`, each against its own peers. GnuPG 2.2 reads OCB and cannot write it."""
    for label, ours, rnp, gpg in ((what, "ours", "rnp", "gpg"), (f"{what}, `integrity: ocb`", *ocb)):
        yield Figure(f"{row}a", label, "CPU s/GB", found[ours], found[rnp], "RNP alone, memory to memory", "less",
                     "at most 1.3x its cost", 1 / 1.3)
        yield Figure(f"{row}b", label, "CPU s/GB", found[ours], found[gpg], "a gpg process a mail", "less",
                     "at least 3x better", 3)


def seal(size):
    with Directory() as directory, one_core():
        mdc = Bench(directory / "mdc", size.of(200, 4))
        ocb = Bench(directory / "ocb", size.of(200, 4), "ocb")
        with GpgProcesses(mdc, size.of(60, 2)) as gpg:
            found = alternating(size.runs, ours=mdc.ours_seal, rnp=mdc.rnp_seal, ours_ocb=ocb.ours_seal,
                                rnp_ocb=ocb.rnp_seal, gpg=gpg.seal_cost,
                                plain=lambda: gpg.seal_cost("--compress-algo", "none"))
    what = "seal 512 KB instances: spool file to message on disk"
    yield from figures("4", what, found, ("ours_ocb", "rnp_ocb", "gpg"))
    for label, ours in ((what, "ours"), (f"{what}, `integrity: ocb`", "ours_ocb")):
        yield Figure("4b", label, "CPU s/GB", found[ours], found["plain"], "a gpg process a mail, told not to compress",
                     "less", "at least 3x better", 3, note="gpg compresses unless told not to; we do not")


def open_(size):
    with Directory() as directory, one_core():
        mdc = Bench(directory / "mdc", size.of(200, 4))
        ocb = Bench(directory / "ocb", size.of(200, 4), "ocb")
        with GpgProcesses(mdc, size.of(60, 2)) as gpg, GpgProcesses(ocb, size.of(60, 2)) as gpg_ocb:
            found = alternating(size.runs, ours=mdc.ours_open, rnp=mdc.rnp_open, gpg=gpg.open_cost,
                                ours_ocb=ocb.ours_open, rnp_ocb=ocb.rnp_open, gpg_ocb=gpg_ocb.open_cost)
    yield from figures("5", "open: message on disk to verified instance in the spool", found,
                       ("ours_ocb", "rnp_ocb", "gpg_ocb"))
