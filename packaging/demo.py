#!/usr/bin/python3
"""The demonstration behind demo.sh: a study from storescu at hospital A to Orthanc at hospital B, and its verdict."""

import argparse
import os
import pathlib
import shutil
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "tests" / "rig"))

os.environ.setdefault("DMG_TEST_DIRECTORY", "/var/tmp")  # a study may be larger than the memory
import harness  # noqa: E402
from harness import MR_STUDY, Orthanc, TwoHospitals, dataset_bytes, dataset_of, identity  # noqa: E402

PATIENCE = 120  # seconds without any progress until the verdict is "not arrived"


class Progress:
    """One line, rewritten in place on a terminal, once a second elsewhere."""

    def __init__(self, hospitals, total):
        self.hospitals, self.total = hospitals, total
        self.terminal = sys.stdout.isatty()
        self.started = time.monotonic()
        self.shown, self.shown_at = None, 0.0

    def figures(self):
        a, b = self.hospitals.a.text(), self.hospitals.b.text()
        return (a.count(" instance-received "), a.count(" message-sent "),
                b.count(" mail-accepted "), self.hospitals.pacs_b.count())

    def show(self, figures, last=False):
        now = time.monotonic()
        if not self.terminal and not last and now - self.shown_at < 1:
            return
        received, sent, accepted, stored = figures
        line = (f"{now - self.started:6.1f} s  received {received}/{self.total}  mails sent {sent}  "
                f"mails received {accepted}  in the PACS {stored}/{self.total}")
        if self.terminal:
            print("\r" + line[:shutil.get_terminal_size().columns - 1], end="\n" if last else "", flush=True)
        else:
            print(line, flush=True)
        self.shown_at = now

    def follow(self, sender, output):
        """Until everything that the gateway took is in the PACS, or nothing has moved for PATIENCE seconds."""
        before, moved = None, time.monotonic()
        while True:
            figures = self.figures()
            if figures != before:
                before, moved = figures, time.monotonic()
            done = not sender.is_alive() and figures[3] >= len(taken(output))
            if done or time.monotonic() - moved > PATIENCE:
                self.show(figures, last=True)
                return time.monotonic() - self.started
            self.show(figures)
            time.sleep(0.2)


def taken(output):
    """The files for which storescu got the answer Success."""
    return {file for text in output for file, status in harness.store_statuses(text).items() if status == "Success"}


def megabytes(files):
    size = sum(path.stat().st_size for path in files.values())
    return f"{size / 1e6:.1f} MB" if size >= 1e6 else f"{size / 1e3:.0f} KB"


def study_files(directory):
    """The instances below `directory`: SOP Instance UID -> file. What storescu could not send is left out, and said."""
    files, left_out = {}, 0
    for path in sorted(p for p in pathlib.Path(directory).rglob("*") if p.is_file()):
        try:
            known = identity(path)
        except Exception:  # no DICOM at all
            known = None
        if not known or not known.sop_instance or not known.has_study or known.sop_instance in files:
            left_out += 1
        else:
            files[known.sop_instance] = path
    if left_out:
        print(f"{left_out} files left out: no DICOM instance, or one that is there twice")
    return files


def send_directly(files, directory):
    """What this storescu brings into an Orthanc without the gateways: it may write a data set anew itself."""
    with Orthanc(directory) as direct:
        harness.storescu(list(files.values()), direct.port, called="ORTHANC", check=False)
        return {uid: dataset_of(direct.file(orthanc_id)) for uid, orthanc_id in direct.instances().items()}


def compare(files, orthanc, directory):
    """(identical to the file, identical to what storescu sends directly, different, missing), each a list of UIDs."""
    ids = orthanc.instances()
    arrived = {uid: dataset_of(orthanc.file(ids[uid])) for uid in files if uid in ids}
    as_file = [uid for uid in arrived if arrived[uid] == dataset_bytes(files[uid])]
    rest = {uid: files[uid] for uid in arrived if uid not in set(as_file)}
    direct = send_directly(rest, directory / "direct-orthanc") if rest else {}
    as_sent = [uid for uid in rest if direct.get(uid) == arrived[uid]]
    different = [uid for uid in rest if uid not in set(as_sent)]
    return as_file, as_sent, different, [uid for uid in files if uid not in ids]


def verdict(files, hospitals, seconds, refused):
    as_file, as_sent, different, missing = compare(files, hospitals.pacs_b, hospitals.directory)
    print()
    print(f"{len(as_file)} of {len(files)} instances in Orthanc: data set byte for byte as in the file sent")
    if as_sent:
        print(f"{len(as_sent)} of {len(files)} instances in Orthanc: byte for byte as the same storescu brings directly "
              "into an Orthanc (it writes these anew when sending)")
    for what, uids in (("DIFFERENT", different), ("MISSING", missing)):
        for uid in uids:
            print(f"{what}: {files[uid]}")
    if refused:
        print("storescu said:\n  " + "\n  ".join(refused[-10:]))
    good = not different and not missing
    print(f"{'IDENTICAL' if good else 'NOT IDENTICAL'}: {len(as_file) + len(as_sent)} of {len(files)} instances "
          f"({megabytes(files)}) arrived unchanged in {seconds:.1f} s, as "
          f"{hospitals.a.text().count(' message-sent ')} encrypted mails")
    return good


def describe(hospitals):
    servers, a = hospitals.servers, hospitals.a
    print(f"directory    {hospitals.directory}")
    print(f"mail         Postfix on port {servers.smtp_port} (STARTTLS), Dovecot on port {servers.imaps_port} (IMAPS)")
    print(f"hospital A   gateway takes C-STORE on port {a.port} as TO_B, key {hospitals.keys['a'].fingerprint}")
    print(f"hospital B   gateway, key {hospitals.keys['b'].fingerprint}")
    print(f"             Orthanc takes C-STORE on port {hospitals.pacs_b.port}", flush=True)


def explain(hospitals):
    binary, a, b = harness.gateway_binary(), hospitals.a, hospitals.b
    print(f"""
Everything stays up until Ctrl-C. Try, in another terminal:
  storescu -aet PACS_A -aec TO_B +sd +r localhost {a.port} DIRECTORY      send more (hospital A)
  {binary} status --config {a.config}
  {binary} list --config {b.config}
  tail -f {a.log} {b.log}
  http://localhost:{hospitals.pacs_b.http_port}/app/explorer.html         Orthanc at hospital B
""", flush=True)
    try:
        while True:
            time.sleep(3600)
    except KeyboardInterrupt:
        print()


def send(files, port, output):
    try:
        output.append(harness.storescu(list(files.values()), port, check=False))
    except Exception as error:  # said with the verdict
        output.append(f"E: {error}")


def run(arguments):
    files = study_files(arguments.study)
    if not files:
        print(f"no DICOM instances below {arguments.study}")
        return False
    with TwoHospitals(Orthanc) as hospitals:
        describe(hospitals)
        print(f"study        {len(files)} instances, {megabytes(files)}, from {arguments.study}\n", flush=True)
        output = []
        sender = threading.Thread(target=send, args=(files, hospitals.a.port, output), daemon=True)
        progress = Progress(hospitals, len(files))
        sender.start()
        seconds = progress.follow(sender, output)
        said = [line for text in output for line in text.splitlines() if line.startswith(("E:", "F:"))]
        good = verdict(files, hospitals, seconds, said)
        if arguments.keep:
            explain(hospitals)
        print("stopping everything", flush=True)
    return good


def main():
    parser = argparse.ArgumentParser(prog="packaging/demo.sh", description=__doc__)
    parser.add_argument("--study", default=str(MR_STUDY), metavar="DIR", help="send the DICOM files below DIR")
    parser.add_argument("--keep", action="store_true", help="leave everything running until Ctrl-C")
    harness.exit_on_sigterm()
    try:
        return 0 if run(parser.parse_args()) else 1
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
