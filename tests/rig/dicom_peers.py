"""Real DICOM clients and PACS on loopback: storescu, storescp, dcmqrscp, Orthanc."""

import json
import pathlib
import re
import tempfile
import urllib.request

from dicom_files import dataset_bytes, identity
from processes import Process, run
from servers import free_port, is_free, wait_until


class StoreScp:
    """DCMTK's storescp: writes what it receives bit-preserving into `received`."""

    def __init__(self, directory, ae_title="PACS_B", options=("+xa", "-pm")):
        self.directory = pathlib.Path(directory)
        self.received = self.directory / "received"
        self.ae_title, self.port, self.options = ae_title, free_port(), options

    def start(self):
        self.received.mkdir(parents=True, exist_ok=True)
        verbose = [] if "--log-config" in self.options else ["-v"]
        self.process = Process(["storescp", *verbose, "--fork", "+B", "-aet", self.ae_title, *self.options,
                                "-od", self.received, self.port], self.directory / "storescp.log")
        self.process.wait_for_port(self.port)
        return self

    def stop(self):
        self.process.kill()
        # A child that still ends its association has inherited the socket that listens.
        wait_until(lambda: is_free(self.port), what=f"port {self.port} free")

    def files(self):
        """Finished files. A name appears when the first byte arrives; whoever counts waits for the sender's word."""
        return sorted(p for p in self.received.iterdir() if p.is_file())

    def count(self):
        return len(self.files())

    def datasets(self):
        """SOP Instance UID -> bytes of the data set. storescp names files MODALITY.UID."""
        return {re.sub(r"^[A-Za-z]+\.", "", p.name): dataset_bytes(p) for p in self.files()}

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()


class Dcmqrscp:
    """DCMTK's image archive, bit-preserving. `limit` bytes a study: small ones make it answer A700."""

    def __init__(self, directory, ae_title="ARCHIVE_B"):
        self.directory = pathlib.Path(directory)
        self.storage = self.directory / "archive"
        self.ae_title, self.port = ae_title, free_port()

    def start(self):
        self.storage.mkdir(parents=True, exist_ok=True)
        config = self.directory / "dcmqrscp.cfg"
        config.write_text(f"NetworkTCPPort = {self.port}\nMaxPDUSize = 131072\nMaxAssociations = 16\n"
                          "HostTable BEGIN\nHostTable END\nVendorTable BEGIN\nVendorTable END\n"
                          f"AETable BEGIN\n{self.ae_title} {self.storage} RW (500, 4096mb) ANY\nAETable END\n")
        self.process = Process(["dcmqrscp", "-v", "+B", "-dhl", "-c", config, "-xf", self._profile(), "Any", "Any"],
                               self.directory / "dcmqrscp.log")
        self.process.wait_for_port(self.port)
        return self

    def _profile(self):
        """Accepts what dcmqrscp has no option for: several compressed transfer syntaxes at once."""
        return association_profile(self.directory / "dcmqrscp-associations.cfg", "Any",
                                   [(sop, ARCHIVED_SYNTAXES) for sop in ARCHIVED_CLASSES])

    def stop(self):
        self.process.kill()

    def datasets(self):
        files = [p for p in self.storage.iterdir() if p.is_file() and p.name != "index.dat"]
        return {identity(p).sop_instance: dataset_bytes(p) for p in files}

    def count(self):
        return len([p for p in self.storage.iterdir() if p.name != "index.dat"])

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()


ARCHIVED_CLASSES = ["1.2.840.10008.5.1.4.1.1.2", "1.2.840.10008.5.1.4.1.1.4", "1.2.840.10008.5.1.4.1.1.7",
                    "1.2.840.10008.5.1.4.1.1.1"]
ARCHIVED_SYNTAXES = ["1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.2", "1.2.840.10008.1.2.4.50",
                     "1.2.840.10008.1.2.4.51", "1.2.840.10008.1.2.4.70", "1.2.840.10008.1.2.4.80",
                     "1.2.840.10008.1.2.4.90", "1.2.840.10008.1.2.4.91", "1.2.840.10008.1.2.5",
                     "1.2.840.10008.1.2.1.99"]


class Orthanc:
    """Orthanc without plugins, everything in one directory."""

    def __init__(self, directory, ae_title="ORTHANC", options=None):
        self.directory, self.options = pathlib.Path(directory), options or {}
        self.ae_title, self.port, self.http_port = ae_title, free_port(), free_port()

    def start(self):
        self.directory.mkdir(parents=True, exist_ok=True)
        config = self.directory / "orthanc.json"
        config.write_text(json.dumps({
            "Name": self.ae_title, "StorageDirectory": str(self.directory / "db"),
            "IndexDirectory": str(self.directory / "db"), "Plugins": [], "HttpPort": self.http_port,
            "RemoteAccessAllowed": False, "AuthenticationEnabled": False, "DicomAet": self.ae_title,
            "DicomPort": self.port, "DicomCheckCalledAet": True, "DicomAlwaysAllowStore": True,
            "UnknownSopClassAccepted": True, "AcceptedTransferSyntaxes": ["1.2.840.10008.1.*"],
            "OverwriteInstances": False, "StorageCompression": False, **self.options,
        }, indent=1))
        self.process = Process(["Orthanc", config], self.directory / "orthanc.log")
        self.process.wait_for_port(self.port)
        wait_until(lambda: self._get("/system"), 30, "Orthanc's REST API")
        return self

    def stop(self):
        """In order, so that its database is whole; killed when it takes too long."""
        try:
            self.process.terminate(20)
        except Exception:  # killed by terminate()
            pass

    def _get(self, path):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.http_port}{path}", timeout=30) as answer:
                return answer.read()
        except OSError:
            if not self.process.running():
                raise RuntimeError(f"Orthanc ended: {self.process.output()}") from None
            return None

    def count(self):
        return json.loads(self._get("/statistics") or "{}").get("CountInstances", 0)

    def instances(self):
        """SOP Instance UID -> Orthanc's own id."""
        return {entry["MainDicomTags"]["SOPInstanceUID"]: entry["ID"]
                for entry in json.loads(self._get("/instances?expand") or "[]")}

    def file(self, orthanc_id):
        return self._get(f"/instances/{orthanc_id}/file")

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.process.kill()  # its database is thrown away


def association_profile(file, name, contexts):
    """A DCMTK association negotiation profile of (SOP class, transfer syntaxes) presentation contexts."""
    lines = ["[[TransferSyntaxes]]"]
    for number, (_, syntaxes) in enumerate(contexts, 1):
        lines += [f"[Syntaxes{number}]", *(f"TransferSyntax{n} = {uid}" for n, uid in enumerate(syntaxes, 1))]
    lines += ["[[PresentationContexts]]", "[Contexts]"]
    for number, (sop_class, _) in enumerate(contexts, 1):
        lines.append(f"PresentationContext{number} = {sop_class}\\Syntaxes{number}")
    lines += ["[[Profiles]]", f"[{name}]", "PresentationContexts = Contexts"]
    pathlib.Path(file).write_text("\n".join(lines) + "\n")
    return file


def storescu(files, port, called="TO_B", calling="PACS_A", options=(), check=True):
    """Sends each file in its own transfer syntax, in one association a 128 kinds. Returns storescu's output."""
    batches = [{}]
    for file in files:
        known = identity(file)
        context = (known.sop_class or "1.2.840.10008.5.1.4.1.1.7", known.transfer_syntax)
        if len(batches[-1]) == 128 and context not in batches[-1]:
            batches.append({})
        batches[-1].setdefault(context, []).append(file)
    output = []
    for batch in filter(None, batches):
        with tempfile.NamedTemporaryFile("w", prefix="storescu-", suffix=".cfg") as profile:
            association_profile(profile.name, "Send", [(sop_class, [syntax]) for sop_class, syntax in batch])
            done = run("storescu", "-v", "-nh", "-aet", calling, "-aec", called, "-xf", profile.name, "Send", *options,
                       "127.0.0.1", port, *[file for group in batch.values() for file in group], check=check,
                       timeout=300)
            output.append(done.stdout + done.stderr)
    return "".join(output)


def store_statuses(output):
    """File -> the status words of storescu -v, as "Success" or "Error: CannotUnderstand"."""
    statuses, current = {}, None
    for line in output.splitlines():
        if match := re.search(r"Sending file: (.*)$", line):
            current = match[1]
        elif match := re.search(r"Received Store Response \((.*)\)", line):
            statuses[current] = match[1]
    return statuses


def echoscu(port, called="TO_B", calling="PACS_A"):
    return run("echoscu", "-v", "-aet", calling, "-aec", called, "127.0.0.1", port, check=False)
