"""Rows 4 and 5: sealing and opening, CPU seconds of one core."""

import os
import pathlib
import re

from harness import Directory, Gnupg, gateway, make_study, run
from report import Figure
from setting import alternating, cpu_of, one_core, stages

SIZE = 512 * 1024
USER = "bench@bench.example"


def make_keys(directory):
    """KEYS of bench_stages."""
    directory.mkdir()
    gateway("keys", "generate", "--user-id", f"Bench <{USER}>", "--out", directory / "bench")
    for kind in ("secret", "public"):
        (directory / f"bench.{kind}.asc").rename(directory / f"{kind}.asc")
    return directory


class Bench:
    """Instances, the messages that we make of them, and a GnuPG home with the same key."""

    def __init__(self, directory, count):
        self.directory = pathlib.Path(directory)
        self.files = make_study(self.directory / "study", count, SIZE)
        self.bytes = sum(file.stat().st_size for file in self.files)
        self.keys = make_keys(self.directory / "keys")
        self._states = 0
        self.sealed = self.fresh()
        stages("seal", self.keys, self.sealed, *self.files)
        bodies = self.directory / "bodies"
        bodies.mkdir()
        stages("bodies", self.keys, self.sealed, bodies)
        self.armors, self.entities = sorted(bodies.glob("*.asc")), sorted(bodies.glob("*.entity"))

    def fresh(self):
        self._states += 1
        return self.directory / f"state-{self._states}"

    def per_gigabyte(self, cpu, count):
        """CPU seconds for `count` messages -> CPU seconds a GB of DICOM."""
        return cpu / (self.bytes * count / len(self.files)) * 1e9

    def ours_seal(self):
        measured = stages("seal", self.keys, self.fresh(), *self.files)
        return self.per_gigabyte(measured["cpu"], measured["count"])

    def ours_open(self):
        measured = stages("open", self.keys, self.sealed, self.fresh(), os.environ["GATEWAY_BINARY"],
                          self.files[0].stat().st_size)
        return self.per_gigabyte(measured["cpu"], measured["count"])

    def rnp(self, stage, files):
        measured = stages(stage, self.keys, *files)
        return self.per_gigabyte(measured["cpu"], measured["count"])


class GpgProcesses(Gnupg):
    """One gpg a mail, file to file. What its agent uses counts too."""

    def __init__(self, bench, count):
        super().__init__()
        self.bench, self.count = bench, count
        self.import_keys(bench.keys / "secret.asc")
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


def figures(row, what, found):
    yield Figure(f"{row}a", what, "CPU s/GB", found["ours"], found["rnp"], "RNP alone, memory to memory", "less",
                 "at most 1.3x its cost", 1 / 1.3)
    yield Figure(f"{row}b", "the same", "CPU s/GB", found["ours"], found["gpg"], "a gpg process a mail", "less",
                 "at least 3x better", 3)


def seal(size):
    with Directory() as directory, one_core():
        bench = Bench(directory, size.of(200, 4))
        with GpgProcesses(bench, size.of(60, 2)) as gpg:
            found = alternating(size.runs, ours=bench.ours_seal, rnp=lambda: bench.rnp("rnp-seal", bench.entities),
                                gpg=gpg.seal_cost, plain=lambda: gpg.seal_cost("--compress-algo", "none"))
    yield from figures("4", "seal 512 KB instances: spool file to message on disk", found)
    yield Figure("4b", "the same", "CPU s/GB", found["ours"], found["plain"], "a gpg process a mail, told not to compress",
                 "less", "at least 3x better", 3, note="gpg compresses unless told not to; we do not")


def open_(size):
    with Directory() as directory, one_core():
        bench = Bench(directory, size.of(200, 4))
        with GpgProcesses(bench, size.of(60, 2)) as gpg:
            found = alternating(size.runs, ours=bench.ours_open, rnp=lambda: bench.rnp("rnp-open", bench.armors),
                                gpg=gpg.open_cost)
    yield from figures("5", "open: message on disk to verified instance in the spool", found)
