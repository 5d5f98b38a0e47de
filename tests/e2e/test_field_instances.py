#!/usr/bin/python3
"""The same SOP Instance UID twice, with other content: from two partners, from one, and from our own PACS. One test a
trouble, named after it."""

import contextlib
import sqlite3
import subprocess

import rig  # noqa: F401
import mails
import pydicom
from harness import (ADDRESSES, Directory, E2eTest, Keys, StoreScp, TwoHospitals, identity, main, make_study, storescu)

A, B, C = (ADDRESSES[name] for name in "abc")
DIFFERENCES = "instance-changed", "instance-conflict"


class InstancesInTheField(E2eTest):
    """Hospitals A and C are GnuPG; hospital B's gateway runs, and its PACS."""

    seed = 9100

    @classmethod
    def setUpClass(cls):
        cls.directory = cls.enterClassContext(Directory())
        cls.hospitals = cls.enterClassContext(TwoHospitals(StoreScp, start=""))
        c_keys = Keys(cls.hospitals.directory / "keys", "c")
        cls.addClassCleanup(c_keys.give_back)
        cls.gpg = cls.hospitals.gnupg("a")
        cls.gpg.import_keys(c_keys.secret)
        cls.b = cls.hospitals.b
        cls.b.settings["partners"]["klinikum-c"] = TwoHospitals.partner(C, c_keys.public, c_keys.fingerprint)
        for rule in cls.b.settings["routes"]["inbound"]:
            rule["when"]["partner"] = ["klinikum-a", "klinikum-c"]
        cls.b.start()

    def file(self):
        InstancesInTheField.seed += 1
        self.before = {name: len(self.b.events(name)) for name in DIFFERENCES}
        return make_study(self.directory / f"study-{self.seed}", 1, 4096, seed=self.seed)[0]

    def changed(self, file, **attributes):
        dataset = pydicom.dcmread(file)
        for name, value in attributes.items():
            setattr(dataset, name, value)
        changed = file.with_name(f"changed-{len(list(file.parent.iterdir()))}.dcm")
        dataset.save_as(changed)
        return changed

    def other_pixels(self, file):
        content = bytearray(file.read_bytes())
        content[-1] ^= 1
        other = file.with_name("other-pixels.dcm")
        other.write_bytes(content)
        return other

    def made(self, file, *tool):
        made = file.with_name(f"{'-'.join(tool).replace('+', '')}-{len(list(file.parent.iterdir()))}.dcm")
        subprocess.run([*tool, file, made], check=True, capture_output=True)
        return made

    def mail(self, sender, file):
        """From a partner into B's mailbox, until B has taken it."""
        InstancesInTheField.seed += 1
        accepted = len(self.b.events("mail-accepted"))
        sealed = self.gpg.seal(mails.inner_entity([file], f"set.{self.seed}"), B, sender)
        self.hospitals.servers.deliver(sender, B, mails.encrypted_mail(sender, B, sealed, f"set.{self.seed}"))
        return self.b.wait_for("mail-accepted", accepted + 1)[-1]

    def stored(self, file):
        """Until B's PACS has this file, as it is."""
        uid = identity(file).sop_instance
        wanted = pydicom.dcmread(file).PixelData, pydicom.dcmread(file).PatientID

        def there():
            return any((stored.PixelData, stored.PatientID) == wanted for stored in
                       (pydicom.dcmread(path) for path in self.hospitals.pacs_b.files())
                       if stored.SOPInstanceUID == uid)
        self.wait(there, 30, "the PACS to have it")

    def a_then_c(self, change, **attributes):
        """A's file is in B's PACS when C sends another one under its UID: both files."""
        file = self.file()
        self.mail(A, file)
        self.stored(file)
        other = change(file, **attributes)
        self.mail(C, other)
        return file, other

    def remove_from_spool(self, file):
        uid = identity(file).sop_instance.encode()
        gone = [path for path in (self.b.state / "spool/instances").rglob("*")
                if path.is_file() and uid in path.read_bytes()]
        self.assertEqual(len(gone), 1)
        gone[0].unlink()

    def said(self):
        """The ids of the events that told of a difference since file()."""
        return [event["event"] for name in DIFFERENCES for event in self.b.events(name)[self.before[name]:]]

    def restart(self, **reception):
        self.b.stop()
        self.b.settings["reception"] = reception
        self.b.start()


class Trouble(InstancesInTheField):
    def test_another_hospital_changed_the_patient_id(self):
        _, changed = self.a_then_c(self.changed, PatientID="KC-4711", AccessionNumber="C1")
        self.stored(changed)
        self.assertEqual(self.said(), ["instance-changed"])
        event = self.b.events("instance-changed")[-1]
        self.assertEqual((event["level"], event["partner"], event["earlier_partner"]),
                         ("warning", "klinikum-c", "klinikum-a"))
        self.assertIn("(AccessionNumber, PatientID)", event["difference"])
        self.assertNotIn("4711", event["difference"])

    def test_another_hospital_sends_other_pixels_under_the_uid(self):
        file, other = self.a_then_c(self.other_pixels)
        self.assertEqual(self.said(), ["instance-conflict"])
        event = self.b.events("instance-conflict")[-1]
        item = [item for item in self.b.quarantine() if item["id"] == event["instance"]][0]
        self.assertRegex(item["detail"], r"^the pixels differ: I\d+ came from klinikum-a, this one from klinikum-c$")
        self.stored(file)
        self.b.command("quarantine", "release", event["instance"])
        self.stored(other)

    def test_the_pixels_are_stored_in_a_way_that_is_not_compared(self):
        """One bit a pixel: the words speak of no decoder, as nothing is compressed."""
        file = self.file()
        dataset = pydicom.dcmread(file)
        dataset.BitsAllocated = dataset.BitsStored = 1
        dataset.HighBit = 0
        dataset.save_as(file)
        self.mail(A, file)
        self.mail(C, self.other_pixels(file))
        self.assertEqual(self.said(), ["instance-conflict"])
        difference = self.b.events("instance-conflict")[-1]["difference"]
        self.assertIn("as the gateway does not compare values stored in their way", difference)
        self.assertNotIn("decoder", difference)

    def test_another_hospital_sends_another_document_under_the_uid(self):
        """An encapsulated PDF is what a physician reads, as an image's pixels are."""
        file = self.file()
        dataset = pydicom.dcmread(file)
        del dataset.PixelData
        dataset.EncapsulatedDocument, dataset.MIMETypeOfEncapsulatedDocument = b"%PDF-1.4 benign\n", "application/pdf"
        dataset.save_as(file)
        self.mail(A, file)
        self.wait(lambda: file.read_bytes()[-16:] in [path.read_bytes()[-16:] for path in self.hospitals.pacs_b.files()],
                  30, "the PACS to have the document")
        self.mail(C, self.changed(file, PatientID="KC-1"))
        self.assertEqual(self.said(), ["instance-changed"])
        self.mail(C, self.changed(file, EncapsulatedDocument=b"%PDF-1.4 malign\n"))
        self.assertEqual(self.said(), ["instance-changed", "instance-conflict"])
        event = self.b.events("instance-conflict")[-1]
        item = [item for item in self.b.quarantine() if item["id"] == event["instance"]][0]
        self.assertRegex(item["detail"], r"^the content differs: the encapsulated document: I\d+ came from klinikum-")

    def test_the_first_image_comes_again_after_a_person_decided_for_the_other(self):
        file, other = self.a_then_c(self.other_pixels)
        decided = self.b.events("instance-conflict")[-1]["instance"]
        self.b.command("quarantine", "release", decided)
        self.stored(other)
        self.b.wait_for("delivery-done", instance=decided)
        self.assertEqual(self.mail(A, file)["instances"], "1")
        self.assertEqual(self.said(), ["instance-conflict"] * 2)
        event = self.b.events("instance-conflict")[-1]
        self.assertEqual((event["partner"], event["earlier"], event["earlier_partner"]),
                         ("klinikum-a", decided, "klinikum-c"))
        self.stored(other)
        # Sent once more, it waits already.
        self.assertEqual(self.mail(A, file)["duplicates"], "1")
        # What the PACS has goes there once more without a word.
        self.mail(C, other)
        self.assertEqual(self.said(), ["instance-conflict"] * 2)
        self.b.wait_for("instance-redelivered", instance=decided)
        # A person decides anew.
        self.b.command("quarantine", "release", event["instance"])
        self.stored(file)
        study = str(pydicom.dcmread(file).StudyInstanceUID)
        self.b.wait_for("delivery-done", instance=event["instance"])
        told = self.b.command("redeliver", decided, check=False)
        self.assertIn("in place of another content", told.stderr)
        self.stored(other)
        told = self.b.command("redeliver", study, check=False)
        self.assertIn("left out, as the PACS was given another content", told.stderr)
        self.stored(other)

    def test_the_first_image_still_waits_when_a_person_decides_for_the_other(self):
        file = self.file()
        self.b.command("hold", "--pacs", "main")
        self.mail(A, file)
        first = self.b.json("list", "--kind", "deliveries", "--state", "held")[0]["id"]
        self.b.command("hold", first)
        self.b.command("release", "--pacs", "main")
        other = self.other_pixels(file)
        self.mail(C, other)
        decided = self.b.events("instance-conflict")[-1]["instance"]
        self.b.command("quarantine", "release", decided)
        self.stored(other)
        self.b.wait_for("delivery-done", instance=decided)
        for times, act in enumerate((("release", first), ("retry", "--pacs", "main"), ("retry", "--all")), 1):
            self.b.command(*act)
            failed = self.b.wait_for("delivery-failed", times, delivery=first)[-1]
            self.assertEqual((failed["level"], failed["error"]), ("error", "overtaken"))
            self.assertIn(f"was given {decided} from klinikum-c since", failed["detail"])
        self.stored(other)
        told = self.b.command("retry", first)
        self.assertIn("in place of another content", told.stdout + told.stderr)
        self.stored(file)

    def test_the_first_patient_id_comes_again_after_it_was_corrected(self):
        file, changed = self.a_then_c(self.changed, PatientID="CORRECTED")
        self.stored(changed)
        self.b.wait_for("delivery-done", instance=self.b.events("instance-accepted")[-1]["instance"])
        self.mail(A, file)
        self.stored(file)
        self.assertEqual(self.said(), ["instance-changed"] * 2)
        event = self.b.events("instance-changed")[-1]
        self.assertEqual((event["partner"], event["earlier_partner"]), ("klinikum-a", "klinikum-c"))

    def test_another_hospital_compressed_it_without_loss(self):
        file = self.file()
        self.mail(A, file)
        for tool in (("dcmcrle",), ("dcmcjpls",), ("dcmcjpeg", "+e1"), ("gdcmconv", "--j2k"), ("dcmconv", "+ti"),
                     ("dcmconv", "+tb")):
            with self.subTest(tool):
                compressed = self.made(file, *tool)
                self.assertEqual(identity(compressed).sop_instance, identity(file).sop_instance)
                self.assertEqual(self.mail(A, compressed)["duplicates"], "1")
        self.assertEqual(self.mail(C, self.made(file, "dcmcrle"))["instances"], "1")
        self.assertEqual(self.mail(C, self.made(file, "dcmcjpls"))["duplicates"], "1")
        self.assertEqual(self.said(), [])

    def test_the_pixels_changed_before_it_was_compressed(self):
        file = self.file()
        self.mail(A, self.made(file, "dcmcrle"))
        self.mail(C, self.made(self.other_pixels(file), "dcmcjpls"))
        self.assertEqual(self.said(), ["instance-conflict"])

    def test_the_same_hospital_corrects_the_patient_and_sends_it_compressed(self):
        file = self.file()
        self.mail(A, file)
        self.mail(A, self.made(self.changed(file, PatientID="CORRECTED"), "dcmcjpeg", "+e1"))
        self.assertEqual(self.said(), ["instance-changed"])
        self.assertIn("(PatientID)", self.b.events("instance-changed")[-1]["difference"])

    def test_a_week_later_the_first_file_is_gone(self):
        file = self.file()
        self.mail(A, file)
        self.stored(file)
        self.b.wait_for("delivery-done", instance=self.b.events("instance-accepted")[-1]["instance"])
        self.remove_from_spool(file)
        self.assertEqual(self.mail(A, self.made(file, "dcmcjpls"))["duplicates"], "1")
        self.mail(C, self.changed(file, StudyDescription="Kopf"))
        self.mail(C, self.other_pixels(file))
        self.assertEqual(self.said(), ["instance-changed", "instance-conflict"])

    def test_the_ledger_has_a_digest_of_an_earlier_version_alone(self):
        """It counts as none: nobody can tell, and no alarm says that the other hospital's image is another one."""
        file = self.file()
        self.mail(A, file)
        self.stored(file)
        instance = self.b.events("instance-accepted")[-1]["instance"]
        self.b.wait_for("delivery-done", instance=instance)
        self.remove_from_spool(file)
        earlier = f"1 {'0' * 64} samples {'0' * 64} "
        with contextlib.closing(sqlite3.connect(self.b.state / "ledger.db", timeout=30)) as ledger, ledger:
            changed = ledger.execute("UPDATE instance SET digest = ? WHERE id = ?", (earlier, instance[1:]))
            self.assertEqual(changed.rowcount, 1)
        other = self.other_pixels(file)
        self.mail(C, other)
        self.stored(other)
        self.assertEqual(self.said(), ["instance-changed"])
        self.assertIn("nothing is left of the earlier one", self.b.events("instance-changed")[-1]["difference"])

    def test_a_partner_returns_our_own_image_changed(self):
        file = self.file()
        held = len(self.b.events("instance-received"))
        storescu([file], self.b.port, called="TO_A", calling="PACS_B")
        self.b.wait_for("instance-received", held + 1)
        self.mail(A, self.changed(file, PatientID="KA-1"))
        self.assertNotIn("earlier_partner", self.b.events("instance-changed")[-1])
        self.mail(C, self.other_pixels(file))
        self.assertEqual(self.said(), ["instance-changed", "instance-conflict"])

    def test_the_settings_turn_both_round(self):
        self.restart(changed_attributes="quarantine", changed_pixels="forward")
        self.addCleanup(self.restart)
        file = self.file()
        self.mail(A, file)
        self.mail(C, self.changed(file, PatientID="KC-1"))
        self.assertEqual(self.said(), ["instance-conflict"])
        other = self.other_pixels(file)
        self.mail(C, other)
        self.stored(other)
        self.assertEqual(self.said(), ["instance-changed", "instance-conflict"])


if __name__ == "__main__":
    main()
