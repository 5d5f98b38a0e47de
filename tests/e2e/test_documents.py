#!/usr/bin/python3
"""Non-DICOM parts of a set: they become objects of their study in the PACS, or files in a directory, or wait for a
person. The mails are made with GnuPG and Python's email."""

import itertools
import json
import urllib.request

import rig  # noqa: F401
import documents
import mails
import pydicom
from harness import (ADDRESSES, Directory, E2eTest, Orthanc, PATIENT_ID, PATIENT_NAME, StoreScp, TwoHospitals, main,
                     make_study)

A, B = ADDRESSES["a"], ADDRESSES["b"]
PDF_CLASS, CDA_CLASS = "1.2.840.10008.5.1.4.1.1.104.1", "1.2.840.10008.5.1.4.1.1.104.2"
CAPTURE_CLASS = "1.2.840.10008.5.1.4.1.1.7"
CT_CLASS = "1.2.840.10008.5.1.4.1.1.2"


class DocumentTest(E2eTest):
    """Hospital A's part is played by GnuPG; hospital B's gateway runs, with fresh servers for the class."""

    pacs = StoreScp
    seeds = itertools.count(5000)

    @classmethod
    def setUpClass(cls):
        cls.directory = cls.enterClassContext(Directory())
        cls.hospitals = cls.enterClassContext(TwoHospitals(cls.pacs, start="b", change_b=cls.change))
        cls.b = cls.hospitals.b
        cls.gpg = cls.hospitals.gnupg("a", "b")

    @classmethod
    def change(cls, settings):
        pass

    def setUp(self):
        self.set_id = f"20240131.{next(self.seeds)}"

    def study(self, modality="CT"):
        """One instance, and its Study Instance UID."""
        seed = next(self.seeds)
        file = make_study(self.directory / f"study-{seed}", 1, 4096, seed=seed, modality=modality)[0]
        return file, str(pydicom.dcmread(file, stop_before_pixels=True).StudyInstanceUID)

    def send(self, files=(), parts=(), set_id=None, part=1, total=1):
        set_id = set_id or self.set_id
        inner = mails.inner_entity(files, set_id, part, total, parts)
        sealed = self.gpg.seal(inner, B, A)
        self.hospitals.servers.deliver(A, B, mails.encrypted_mail(A, B, sealed, set_id, part, total))

    def received_document(self, before=0):
        return self.b.wait_for("document-received", before + 1)[-1]["document"]

    def documents_so_far(self):
        return len(self.b.events("document-received"))

    def state(self, item):
        return self.b.json("show", item)["state"]

    def wait_for_state(self, item, state):
        self.wait(lambda: self.state(item) == state, 60, f"{item} {state}")

    def objects(self, study):
        """The PACS's objects of the study that are no CT."""
        stored = [pydicom.dcmread(file) for file in self.stored_files()]
        return [dataset for dataset in stored if dataset.StudyInstanceUID == study and dataset.SOPClassUID != CT_CLASS]

    def stored_files(self):
        """Of deliveries that are done: others may be half written."""
        done = {self.b.json("show", event["instance"])["sop_instance_uid"] for event in self.b.events("delivery-done")}
        return [file for file in self.hospitals.pacs_b.files() if file.name.partition(".")[2] in done]

    def wait_for_objects(self, study, count):
        self.wait(lambda: len(self.objects(study)) >= count, 60, f"{count} objects of {study}")
        return self.objects(study)

    def assert_of_study(self, dataset, study):
        self.assertEqual([dataset.StudyInstanceUID, dataset.PatientName, dataset.PatientID, dataset.StudyDate,
                          dataset.PatientBirthDate, dataset.PatientSex, dataset.StudyID],
                         [study, PATIENT_NAME, PATIENT_ID, "20240131", "19640812", "F", "4711"])


class InThePacs(DocumentTest):
    def test_every_kind_becomes_an_object_of_its_study(self):
        file, study = self.study()
        png, pixels = documents.png()
        baseline = documents.jpeg(self.directory)
        progressive = documents.jpeg(self.directory, options=["-progressive"])
        kept = len(self.b.events("document-kept"))
        self.send([file], [mails.document_part(documents.PDF, "application/pdf", "Befund Übersicht.pdf"),
                           mails.document_part(documents.CDA, "text/xml", "brief.xml"),
                           mails.document_part(baseline, "image/jpeg", "foto.jpg"),
                           mails.document_part(progressive, "application/octet-stream"),
                           mails.document_part(png, "image/png", "schema.png"),
                           mails.document_part(documents.TEXT, "text/plain", "notiz.txt")])
        objects = self.wait_for_objects(study, 5)
        for dataset in objects:
            self.assert_of_study(dataset, study)
        self.assertEqual(sorted(dataset.SOPClassUID for dataset in objects),
                         sorted([PDF_CLASS, CDA_CLASS] + 3 * [CAPTURE_CLASS]))
        payloads = [documents.payload(dataset) for dataset in objects]
        for expected in (documents.PDF, documents.CDA, baseline, pixels):
            self.assertIn(expected, payloads)
        [pdf] = [dataset for dataset in objects if dataset.SOPClassUID == PDF_CLASS]
        self.assertEqual(pdf.DocumentTitle, "Befund Übersicht.pdf")
        text = self.b.wait_for("document-kept", kept + 1)[-1]
        self.assertEqual(text["type"], "text/plain")
        self.assertEqual(self.state(text["document"]), "kept")
        self.assertEqual([item["id"] for item in self.b.quarantine()], [text["document"]])
        self.b.command("quarantine", "done", text["document"])
        self.assertEqual(self.b.quarantine(), [])

    def test_a_pdf_that_comes_before_its_images(self):
        file, study = self.study()
        before = self.documents_so_far()
        self.send(parts=[mails.document_part(documents.PDF, "application/pdf", "Befund.pdf")], part=1, total=2)
        document = self.received_document(before)
        self.assertEqual(self.state(document), "waiting")
        self.send([file], part=2, total=2)
        [pdf] = self.wait_for_objects(study, 1)
        self.assertEqual(documents.payload(pdf), documents.PDF)
        self.assert_of_study(pdf, study)
        self.assertEqual(self.state(document), "converted")

    def test_a_study_id_links_what_no_set_does(self):
        file, study = self.study()
        self.send([file])
        self.send(parts=[mails.document_part(documents.PDF, "application/pdf", "a.pdf", study)], set_id="other.set")
        [pdf] = self.wait_for_objects(study, 1)
        self.assert_of_study(pdf, study)

    def test_the_same_document_twice_is_one_object(self):
        file, study = self.study()
        pdf = documents.PDF + b"% twice\n"
        part = [mails.document_part(pdf, "application/pdf", "Befund.pdf", study)]
        self.send([file], part)
        self.wait_for_objects(study, 1)
        before, accepted = self.documents_so_far(), len(self.b.events("mail-accepted"))
        self.send(parts=part)
        self.send(parts=part, set_id=f"{self.set_id}.again")
        self.b.wait_for("mail-accepted", accepted + 2)
        self.assertEqual(self.documents_so_far(), before)
        # Without a word of the study it is a document of its own, and the same object all the same.
        self.send([file], [mails.document_part(pdf, "application/pdf", "Befund.pdf")], set_id=f"{self.set_id}.third")
        document = self.received_document(before)
        self.wait_for_state(document, "converted")
        self.assertEqual(len(self.objects(study)), 1)
        self.assertEqual(self.b.json("list", "--kind", "deliveries", "--state", "waiting"), [])
        self.assertEqual(self.b.counts()["instances_in"]["conflict"], 0)

    def test_a_damaged_image_waits_for_a_person(self):
        file, study = self.study()
        png, _ = documents.png(seed=9)
        before = len(self.b.events("document-quarantined"))
        self.send([file], [mails.document_part(png[:-30], "image/png", "schema.png")])
        event = self.b.wait_for("document-quarantined", before + 1)[-1]
        self.assertEqual(event["error"], "document-damaged")
        [item] = [entry for entry in self.b.quarantine() if entry["id"] == event["document"]]
        self.assertEqual(item["reason"], "document-damaged")
        self.b.command("quarantine", "drop", event["document"])
        self.assertEqual(self.state(event["document"]), "dropped")
        self.assertEqual(self.objects(study), [])

    def test_the_log_tells_nothing_of_the_patient(self):
        file, study = self.study()
        self.send([file], [mails.document_part(documents.PDF + b"%1", "application/pdf", "Musterfrau Erika.pdf")])
        self.wait_for_objects(study, 1)
        for word in ("Musterfrau", "Erika", study):
            self.assertNotIn(word, self.b.text())


class WithoutStudy(DocumentTest):
    """What nobody sends images for."""

    @classmethod
    def change(cls, settings):
        settings["reception"] = {"document_timeout": "1s"}

    def lonely(self, content):
        before = len(self.b.events("document-quarantined"))
        self.send(parts=[mails.document_part(content, "application/pdf", "Befund.pdf")])
        event = self.b.wait_for("document-quarantined", before + 1)[-1]
        self.assertEqual(event["error"], "no-study-for-document")
        return event["document"]

    def test_it_is_quarantined_and_waits_again_when_the_study_comes(self):
        file, study = self.study()
        document = self.lonely(documents.PDF + b"%a")
        shown = self.b.command("quarantine", "show", document).stdout
        self.assertIn("no-study-for-document", shown)
        self.assertIn("/spool/documents/", shown)
        self.b.command("quarantine", "release", document)  # nothing came: it is back at once
        self.b.wait_for("document-quarantined", 2, document=document)
        self.send([file])
        [pdf] = self.wait_for_objects(study, 1)
        self.assertEqual(documents.payload(pdf), documents.PDF + b"%a")

    def test_it_is_dropped_with_its_file(self):
        document = self.lonely(documents.PDF + b"%b")
        [line] = [line for line in self.b.command("quarantine", "show", document).stdout.splitlines()
                  if line.startswith("file")]
        self.assertTrue(self.file(line).exists())
        self.b.command("quarantine", "drop", document)
        self.assertFalse(self.file(line).exists())
        self.assertEqual(self.state(document), "dropped")
        self.assertNotEqual(self.b.command("quarantine", "release", document, check=False).returncode, 0)

    def file(self, line):
        return self.b.state / line[line.index("spool/"):]


class IntoADirectory(DocumentTest):
    """Documents of MR studies go into a directory, those of others to the PACS."""

    @classmethod
    def change(cls, settings):
        cls.target = cls.directory / "befunde"
        cls.target.mkdir()
        settings["routes"]["inbound"].append({"name": "files", "when": {"modality": ["MR"]},
                                              "file_documents_to": str(cls.target)})

    def test_documents_lie_there_under_their_names(self):
        file, study = self.study("MR")
        filed = len(self.b.events("document-filed"))
        self.send([file], [mails.document_part(documents.PDF, "application/pdf", "Befund Müller.pdf"),
                           mails.document_part(documents.TEXT, "text/plain", "../../notiz.txt"),
                           mails.document_part(documents.CDA, "text/xml")])
        self.b.wait_for("document-filed", filed + 3)
        found = {path.name: path.read_bytes() for path in self.target.iterdir() if path.name.startswith(self.set_id)}
        self.assertEqual(found, {f"{self.set_id}_Befund Müller.pdf": documents.PDF,
                                 f"{self.set_id}_notiz.txt": documents.TEXT,
                                 f"{self.set_id}_document.xml": documents.CDA})
        self.assertEqual(self.objects(study), [])
        self.assertEqual(list((self.b.state / "spool" / "documents").rglob("*.bin")), [])

    def test_others_go_to_the_pacs(self):
        file, study = self.study("CT")
        self.send([file], [mails.document_part(documents.PDF, "application/pdf", "Befund.pdf")])
        self.wait_for_objects(study, 1)
        self.assertEqual([path.name for path in self.target.iterdir() if path.name.startswith(self.set_id)], [])

    def test_one_name_twice_overwrites_nothing(self):
        file, _ = self.study("MR")
        filed = len(self.b.events("document-filed"))
        self.send([file], [mails.document_part(b"one", "text/plain", "a.txt"),
                           mails.document_part(b"two", "text/plain", "a.txt")])
        self.b.wait_for("document-filed", filed + 2)
        names = {f"{self.set_id}_a.txt", f"{self.set_id}_a-2.txt"}
        self.assertEqual({(self.target / name).read_bytes() for name in names}, {b"one", b"two"})

    def test_a_directory_that_is_away_is_tried_again(self):
        file, _ = self.study("MR")
        away = self.target.with_name("away")
        self.target.rename(away)
        try:
            before = self.documents_so_far()
            self.send([file], [mails.document_part(b"later", "text/plain", "later.txt")])
            document = self.received_document(before)
            event = self.b.wait_for("document-deferred", document=document)[0]
            self.assertEqual(event["error"], "directory-unusable")
        finally:
            away.rename(self.target)
        self.wait_for_state(document, "filed")
        self.assertEqual((self.target / f"{self.set_id}_later.txt").read_bytes(), b"later")


class InOrthanc(DocumentTest):
    """Another reader than DCMTK and pydicom."""

    pacs = Orthanc

    def test_orthanc_shows_what_was_sent(self):
        file, study = self.study()
        png, _ = documents.png(64, 48)
        self.send([file], [mails.document_part(documents.PDF, "application/pdf", "Befund.pdf"),
                           mails.document_part(documents.jpeg(self.directory, 64, 48), "image/jpeg", "foto.jpg"),
                           mails.document_part(png, "image/png", "schema.png")])
        orthanc = self.hospitals.pacs_b
        self.wait(lambda: orthanc.count() == 4, 60, "four instances")
        [studies] = [self.get("/studies?expand")]
        self.assertEqual([entry["MainDicomTags"]["StudyInstanceUID"] for entry in studies], [study])
        for instance in orthanc.instances().values():
            sop_class = self.raw(f"/instances/{instance}/content/SOPClassUID").decode().strip("\0 ")
            if sop_class == PDF_CLASS:
                self.assertEqual(self.raw(f"/instances/{instance}/pdf").rstrip(b"\0"), documents.PDF)
            elif sop_class == CAPTURE_CLASS:
                preview = self.raw(f"/instances/{instance}/preview")
                self.assertEqual(preview[:8], b"\x89PNG\r\n\x1a\n")
                self.assertEqual(preview[16:24], (64).to_bytes(4, "big") + (48).to_bytes(4, "big"))

    def raw(self, path):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.hospitals.pacs_b.http_port}{path}", timeout=30) as answer:
            return answer.read()

    def get(self, path):
        return json.loads(self.raw(path))


if __name__ == "__main__":
    main()
