#!/usr/bin/python3
"""Nothing of a patient in any log, listing, file name, outer mail or ledger, whatever happens to a study on its way;
and nobody but the gateway reads what it keeps."""

import base64
import re
import sqlite3
import stat

import rig  # noqa: F401
import mails
import pydicom
import raw_scu
from dicom_peers import association_profile
from harness import (ADDRESSES, E2eTest, StoreScp, dataset_bytes, echoscu, identity, main, make_study, storescu)
from patient_traces import Traces, values
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

A, B = ADDRESSES["a"], ADDRESSES["b"]
CT, MR = "1.2.840.10008.5.1.4.1.1.2", "1.2.840.10008.5.1.4.1.1.4"
# The ledger holds DICOM UIDs; a document's name stays as long as it waits (docs/ledger.md).
MAY_TELL = {"sop_class_uid", "sop_instance_uid", "transfer_syntax_uid", "study_instance_uid", "series_instance_uid",
            "study_id", "name"}

# Of an instance that was not taken, these two lines give the SOP Instance UID (docs/events.md).
NOT_TAKEN = re.compile(rb"((?:instance-refused|association-ended) [^\n]*?) sop_instance=[0-9.]+")


def telling_study(directory, count, seed, sop_class=CT, modality="CT"):
    """Files in which every attribute that may name or describe a patient does, in no other file's words."""
    files = make_study(directory, count, 2048, seed=seed, modality=modality)
    for file in files:
        ds = pydicom.dcmread(file)
        ds.SOPClassUID = ds.file_meta.MediaStorageSOPClassUID = sop_class
        ds.PatientName = f"Müßterfrau{seed}^Änne-Käthe{seed}^^Freifrau"
        ds.PatientID, ds.IssuerOfPatientID = f"PID-{seed}-0815", f"Verwaltung{seed}"
        ds.OtherPatientIDs = [f"AOK-A{seed}7766", f"KVNR-B{seed}8899"]
        ds.PatientBirthDate, ds.StudyDate = "19640812", "20190131"
        ds.PatientAddress = f"Hölderlinstraße {seed}, 72074 Tübingen"
        ds.PatientTelephoneNumbers, ds.Occupation = f"07071-{seed}2345", f"Glasbläserin{seed}"
        ds.AdditionalPatientHistory = f"Zustand nach Trümmerfraktur {seed}, siehe Arztbrief"
        ds.PatientComments, ds.EthnicGroup = f"schwerhörig{seed}", f"Donauschwäbin{seed}"[:16]
        ds.AccessionNumber, ds.StudyID = f"ACC{seed}-55512", f"SID{seed}-42"
        ds.StudyDescription, ds.SeriesDescription = f"Schädel nativ {seed}", f"Knochenfenster {seed}"
        ds.ProtocolName, ds.DeviceSerialNumber = f"Kopf_Routine_{seed}", f"SN-{seed}-99871"
        ds.InstitutionName, ds.StationName = f"Klinikum Musterstadt {seed}", f"CTRAUM{seed}"
        ds.InstitutionAddress = f"Am Stadtgraben {seed}"
        ds.ReferringPhysicianName, ds.OperatorsName = f"Hausärztin{seed}^Gräfin", f"Technikmann{seed}^Jörg"
        ds.PerformingPhysicianName = f"Röntgenfrau{seed}^Wilhelmine"
        step = Dataset()
        step.RequestedProcedureDescription, step.RequestedProcedureID = f"CT Schädelbasis {seed}", f"RP{seed}-777"
        ds.RequestAttributesSequence = Sequence([step])
        ds.save_as(file, write_like_original=False)
    return files


class Privacy(E2eTest):
    def test_nothing_of_the_patient_shows(self):
        hospitals = self.two_hospitals(self.only_ct, change_a=self.change_a, change_b=self.change_b, start="")
        self.add_bouncing_partner(hospitals)
        hospitals.a.start()
        hospitals.b.start()
        sent = self.provoke(hospitals)
        traces = Traces(set().union(*map(values, sent)) | {"Arztbrief Müßterfrau", "Vertraulicher Inhalt"})
        self.assertGreater(len(traces), 150, "values to look for")
        self.assert_traces_are_found(sent[0], traces)
        for place, content in self.places(hospitals):
            self.assertIsNone(traces.in_bytes(content), place)
        self.assert_for_the_gateway_only(hospitals)

    @staticmethod
    def only_ct(directory):
        directory.mkdir(parents=True)
        profile = association_profile(directory / "only-ct.cfg", "Ct", [(CT, ["1.2.840.10008.1.2.1"])])
        return StoreScp(directory, options=("-xf", profile, "Ct"))

    @staticmethod
    def change_a(settings):
        settings["mailboxes"]["main"]["imap"]["after_accept"] = {"move": "Archive"}
        settings["partners"]["klinikum-b"]["profile"]["receipts"] = "mdn"

    @staticmethod
    def change_b(settings):
        settings["mailboxes"]["main"]["imap"]["after_accept"] = {"move": "Archive"}
        settings["routes"]["inbound"][0]["when"]["modality"] = ["CT"]
        settings["reception"] = {"document_timeout": "1s"}

    @staticmethod
    def add_bouncing_partner(hospitals):
        nowhere = "bounced@hospital-c.example"
        gpg = hospitals.gnupg()
        fingerprint = gpg.generate(f"Nowhere <{nowhere}>")
        key = hospitals.directory / "nowhere.public.asc"
        key.write_text(gpg.export(fingerprint))
        a = hospitals.a.settings
        a["partners"]["nowhere"] = hospitals.partner(nowhere, key, fingerprint, receipts="mdn")
        a["routes"]["outbound"].append({"name": "to-nowhere", "when": {"called_ae": ["TO_NOWHERE"]},
                                        "send_to": ["nowhere"]})

    def provoke(self, hospitals):
        """Studies that arrive, that no inbound route wants, that the PACS refuses, in conflict, held, bounced, refused,
        half sent; a part that is no DICOM; a document without a study. Returns the files that were sent."""
        a, b = hospitals.a, hospitals.b
        new = lambda name, count, **options: telling_study(hospitals.directory / name, count, len(name) + 400, **options)
        arrives, held, bounced = new("arrives", 4), new("held", 1), new("bounced---", 1)
        unwanted, refused = new("unwanted", 1, modality="MR"), new("refused-by-pacs", 1, sop_class=MR)
        storescu(arrives[:3], a.port)
        storescu(unwanted + refused, a.port)
        storescu(held, a.port, called="DMGW_A")
        storescu(bounced, a.port, called="TO_NOWHERE")
        a.wait_for("instance-held")
        b.wait_for("delivery-done", 3)
        b.wait_for("instance-undeliverable")
        b.wait_for("delivery-failed")
        a.wait_for("message-bounced")
        changed = bytearray(arrives[0].read_bytes())
        changed[-1] ^= 1
        arrives[0].write_bytes(changed)
        storescu(arrives[:1], a.port)
        b.wait_for("instance-conflict")
        raw_scu.store(a.port, dataset_bytes(arrives[3])[:900], sop_instance=identity(arrives[3]).sop_instance)
        raw_scu.store_half(a.port, dataset_bytes(arrives[3]))
        echoscu(a.port, called="NOBODY")
        self.send_what_is_no_dicom(hospitals)
        a.wait_for("receipt-received", 3)
        return [*arrives, *held, *bounced, *unwanted, *refused]

    @staticmethod
    def send_what_is_no_dicom(hospitals):
        a, b = hospitals.a, hospitals.b
        letter = hospitals.directory / "Arztbrief Müßterfrau.txt"
        letter.write_text("Vertraulicher Inhalt")
        a.command("send", "--to", "klinikum-b", letter)
        b.wait_for("document-quarantined")
        gpg = hospitals.gnupg("a")
        inner = mails.inner_entity(["no DICOM: Vertraulicher Inhalt".encode()])
        hospitals.servers.deliver(A, B, mails.encrypted_mail(A, B, gpg.seal(inner, B, A)))
        b.wait_for("mail-quarantined")

    def assert_traces_are_found(self, file, traces):
        """This test can fail: each way of writing is found where it is."""
        ds = pydicom.dcmread(file)
        name = str(ds.PatientName).partition("^")[0]
        self.assertIsNotNone(traces.in_bytes(file.read_bytes()))
        for text in (name.encode("utf-16-le"), name.encode(), name.upper().encode("latin-1"),
                     repr(name.encode())[2:-1].encode(), str(ds.StudyInstanceUID).encode()):
            self.assertIsNotNone(traces.in_bytes(b"x" + text + b"y"), text)
        for before in range(3):
            self.assertIsNotNone(traces.in_bytes(base64.b64encode(b"." * before + name.encode() + b"..")))

    def places(self, hospitals):
        yield from self.mails_outside(hospitals)
        yield "postfix.log", hospitals.servers.postfix_log.read_bytes()
        yield "dovecot.log", hospitals.servers.dovecot_log.read_bytes()
        for gateway in (hospitals.a, hospitals.b):
            name = gateway.directory.name
            self.assertIn("debug", gateway.text())
            yield f"log of {name}", NOT_TAKEN.sub(rb"\1", gateway.log.read_bytes())
            yield f"output of {name}", gateway.process.output().encode()
            yield f"file names of {name}", "\n".join(map(str, gateway.state.rglob("*"))).encode()
            yield from self.listings(gateway, name)
            yield from self.ledger(gateway, name)

    def mails_outside(self, hospitals):
        """All that a mail server sees: everything but the armor, and of that what an OpenPGP message does not hide."""
        found = 0
        for user in (A, B):
            for folder in ("INBOX", "Archive"):
                for number, mail in enumerate(hospitals.servers.mailbox(user, folder)):
                    found += 1
                    outside = re.sub(rb"-----BEGIN PGP MESSAGE-----.*?-----END PGP MESSAGE-----", b"", mail, flags=re.S)
                    if mails.parse(mail).get_content_type() == "multipart/encrypted":
                        self.assertLess(len(outside), len(mail), "an armor")
                    yield f"mail {number} in {folder} of {user}", outside
        self.assertGreaterEqual(found, 12)

    @staticmethod
    def listings(gateway, name):
        for command in (["status"], ["list"], ["quarantine", "list"], ["list", "--kind", "mails"],
                        ["list", "--kind", "messages"], ["list", "--kind", "deliveries"]):
            yield f"{command} of {name}", gateway.command(*command).stdout.encode()
            yield f"{command} --json of {name}", gateway.command(*command, "--json").stdout.encode()

    def ledger(self, gateway, name):
        with sqlite3.connect(f"file:{gateway.state / 'ledger.db'}?mode=ro", uri=True) as database:
            tables = [row[0] for row in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
            self.assertIn("instance", tables)
            for table in tables:
                cursor = database.execute(f"SELECT * FROM {table}")
                columns = [column[0] for column in cursor.description]
                rows = [value for row in cursor for column, value in zip(columns, row)
                        if value is not None and column not in MAY_TELL]
                yield f"ledger of {name}, table {table}", "\n".join(map(str, rows)).encode()

    def assert_for_the_gateway_only(self, hospitals):
        """Files 0600, directories 0700, the log 0640 at most, while both still run."""
        for gateway in (hospitals.a, hospitals.b):
            names = {path.name for path in gateway.state.iterdir()}
            self.assertLessEqual({"ledger.db", "ledger.db-wal", "ledger.db-shm"}, names)
            for path in [gateway.state, *gateway.state.rglob("*")]:
                try:
                    mode = path.lstat().st_mode
                except FileNotFoundError:
                    continue  # a work file that was just done
                self.assertEqual(oct(stat.S_IMODE(mode)), "0o700" if stat.S_ISDIR(mode) else "0o600", path)
            log = stat.S_IMODE(gateway.log.stat().st_mode)
            self.assertEqual(log & ~0o640, 0, oct(log))


if __name__ == "__main__":
    main()
