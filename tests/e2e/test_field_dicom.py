#!/usr/bin/python3
"""Troubles of DICOM data and of PACS that hospitals have met, one test each, named after the trouble."""

import rig  # noqa: F401
import mails
from harness import (ADDRESSES, Directory, E2eTest, NoPacs, TwoHospitals, dataset_bytes, identity, main, make_study,
                     storescu)
from odd_pacs import OddPacs

A, B = ADDRESSES["a"], ADDRESSES["b"]


class FieldTest(E2eTest):
    """Hospital A is GnuPG; hospital B has one PACS, whose answers each test chooses."""

    seed = 8000

    @classmethod
    def setUpClass(cls):
        cls.directory = cls.enterClassContext(Directory())
        cls.pacs = cls.enterClassContext(OddPacs(cls.directory / "pacs"))
        stands_in = NoPacs("PACS_B")
        stands_in.port = cls.pacs.port
        cls.hospitals = cls.enterClassContext(TwoHospitals(stands_in, change_b=cls.change, start="b"))
        cls.b, cls.gpg = cls.hospitals.b, cls.hospitals.gnupg("a")

    @classmethod
    def change(cls, settings):
        settings["pacs"]["main"].update(associations=1, timeout="5s")
        settings["retry"] = {"first": "200ms", "max": "1s", "give_up_after": "48h"}
        settings["dicom"]["default_character_set"] = "ISO_IR 144"
        settings["routes"]["outbound"].append({"name": "nothing", "send_to": ["klinikum-a"],
                                               "when": {"called_ae": ["HOLD"], "modality": ["XX"]}})

    def setUp(self):
        self.pacs.answers = ["0000"]
        self.pacs.silent = set()
        self.pacs.syntaxes = []

    def study(self, count=1):
        FieldTest.seed += 1
        return make_study(self.directory / str(self.seed), count, 2048, seed=self.seed)

    def mail(self, files):
        """From A into B's mailbox."""
        FieldTest.seed += 1
        sealed = self.gpg.seal(mails.inner_entity(files, f"set.{self.seed}"), B, A)
        self.hospitals.servers.deliver(A, B, mails.encrypted_mail(A, B, sealed, f"set.{self.seed}"))


class Trouble(FieldTest):
    def statuses(self, answers, *expected):
        """One instance meets these answers of the PACS; the last is what it is stored with."""
        done = len(self.b.events("delivery-done"))
        self.pacs.answers = answers.split(",") + ["0000"]
        self.mail(self.study())
        event = self.b.wait_for("delivery-done", done + 1)[-1]
        self.assertEqual((event["status"], event["level"]), expected)
        self.assertEqual(self.b.events("delivery-failed", instance=event["instance"]), [])

    def cyrillic(self, count, term):
        """A study whose description is in ISO 8859-5; `term` is said to be its character set."""
        FieldTest.seed += 1
        files = make_study(self.directory / str(self.seed), count, 2048, seed=self.seed, description="GOLOVA")
        for file in files:
            content = file.read_bytes().replace(b"ISO_IR 100", term.ljust(10).encode(), 1)
            file.write_bytes(content.replace(b"GOLOVA", "Голова".encode("iso8859-5"), 1))
        return files

    def test_text_in_another_character_set_than_is_declared(self):
        """Both directions tell of it once an hour and sender, not once an image."""
        accepted = len(self.b.events("mail-accepted"))
        for file in self.cyrillic(3, "ISO_IR 999"):
            self.mail([file])
        self.b.wait_for("mail-accepted", accepted + 3)
        storescu(self.cyrillic(3, ""), self.b.port, calling="PACS_B", called="TO_A")
        told = [(e["by"], e["sender"], e["how"], e["instances"]) for e in self.b.events("text-misdeclared")]
        self.assertEqual(told.count(("mail", "klinikum-a", "unknown-term", "1")), 1)
        self.assertEqual([entry[:2] for entry in told].count(("mail", "klinikum-a")), 1)
        self.assertEqual([entry[:2] for entry in told].count(("dicom", "PACS_B")), 1)

    def test_a_release_by_hand_reads_text_as_the_daemon_does(self):
        storescu(self.cyrillic(1, ""), self.b.port, calling="PACS_B", called="HOLD")
        held = self.b.wait_for("instance-held")[-1]["instance"]
        # Commands read the configuration as it is now.
        self.b.settings["routes"]["outbound"].append({"name": "head", "send_to": ["klinikum-a"],
                                                      "when": {"study_description": ["Голова"]}})
        self.b.write()
        self.assertIn("released", self.b.command("quarantine", "release", held).stdout)
    def test_the_pacs_stored_it_and_its_answer_was_lost(self):
        self.statuses("lost,0111", "0000", "info")

    def test_the_pacs_stored_it_and_was_away_before_it_answered(self):
        """The association is open, so that the gateway finds out only in a second try that nobody listens any more."""
        self.statuses("0000", "0000", "info")
        done, away = len(self.b.events("delivery-done")), len(self.b.events("pacs-unavailable"))
        self.pacs.answers = ["gone"]
        self.mail(self.study())
        self.b.wait_for("pacs-unavailable", away + 1)
        port = self.pacs.port
        self.pacs.stop()
        type(self).pacs = self.enterClassContext(OddPacs(self.directory / "pacs-back", answers=["0111"], port=port))
        event = self.b.wait_for("delivery-done", done + 1)[-1]
        self.assertEqual((event["status"], event["level"]), ("0000", "info"))

    def test_the_pacs_has_it_already(self):
        self.statuses("0111", "0111", "warning")

    def test_the_pacs_never_answers_some_images(self):
        """The stand-in answers C-ECHO and other images: those come first, and the PACS is not said to be away."""
        bad, good = self.study(6), self.study(1)
        before, begun = len(self.b.events("pacs-unavailable")), len(self.b.events("delivery-deferred"))
        self.pacs.silent = {identity(file).sop_instance for file in bad}
        self.mail(bad)
        self.b.wait_for("delivery-deferred", begun + 1)
        done = len(self.b.events("delivery-done"))
        self.mail(good)
        self.b.wait_for("delivery-done", done + 1)
        self.assertIn(identity(good[0]).sop_instance, self.pacs.files())
        deferred = self.b.events("delivery-deferred")[begun:]
        self.assertEqual({event["error"] for event in deferred}, {"pacs-timeout"})
        self.assertLess(len(deferred), len(bad), "it did not wait until each of the six was tried")
        self.assertEqual(len(self.b.events("pacs-unavailable")), before)
        self.pacs.silent = set()
        self.b.wait_for("delivery-done", done + 7)
        self.assertLessEqual({identity(file).sop_instance for file in bad}, set(self.pacs.files()))

    def test_the_pacs_answers_processing_failure_once(self):
        self.statuses("0110", "0000", "info")

    def test_the_pacs_answers_resource_limitation_and_not_authorised_once(self):
        self.statuses("0213,0124", "0000", "info")

    def test_the_pacs_answers_a_warning_of_another_service(self):
        self.statuses("B305", "B305", "warning")


    def stored(self, files):
        """By the mail of A; the files that the PACS got, in the order of the names."""
        done = len(self.b.events("delivery-done"))
        self.mail(files)
        self.b.wait_for("delivery-done", done + len(files))
        return [self.pacs.files()[identity(file).sop_instance] for file in files]

    def test_the_pacs_takes_implicit_vr_only(self):
        self.pacs.syntaxes = ["1.2.840.10008.1.2"]
        self.b.stop()  # and with it the association, which has the other syntaxes
        self.b.start()
        file = self.study()[0]
        stored, = self.stored([file])
        self.assertEqual(identity(stored).transfer_syntax, "1.2.840.10008.1.2")
        self.assertNotEqual(dataset_bytes(stored), dataset_bytes(file))

    def test_a_data_set_was_cut_on_its_way(self):
        """The whole image beside it is delivered; the mail waits with the cause, and its sender is not told that all
        was well."""
        for lost in (1, 1000):
            whole, cut = self.study(2)
            done, waiting = len(self.b.events("delivery-done")), len(self.b.events("mail-quarantined"))
            cut.write_bytes(cut.read_bytes()[:-lost])
            self.mail([whole, cut])
            event = self.b.wait_for("mail-quarantined", waiting + 1)[-1]
            self.assertEqual((event["reason"], event["detail"]),
                             ("dicom-damaged", "the file ends within its pixel data"))
            self.b.wait_for("delivery-done", done + 1)
            self.assertIn(identity(whole).sop_instance, self.pacs.files())
            self.assertNotIn(identity(cut).sop_instance, self.pacs.files())
            good = [e for e in self.b.events("receipt-sent", mail=event["mail"]) if e["disposition"] == "displayed"]
            self.assertEqual(good, [])
            self.assertIn(event["mail"], [item["id"] for item in self.b.quarantine()])

    def test_a_file_that_was_cut_is_not_sent(self):
        file = self.study()[0]
        content = file.read_bytes()
        file.write_bytes(content[:-1])
        refused = self.b.command("send", "--to", "klinikum-a", file, check=False)
        self.assertIn("dicom-damaged", refused.stderr)
        self.assertIn("the file ends within its pixel data", refused.stderr)
        self.assertNotEqual(refused.returncode, 0)

    def test_a_transfer_syntax_that_nobody_knows(self):
        file = self.study()[0]
        content = file.read_bytes().replace(b"1.2.840.10008.1.2.1\0", b"1.2.840.10008.1.2.9\0", 1)
        file.write_bytes(content)
        stored, = self.stored([file])
        self.assertEqual(identity(stored).transfer_syntax, "1.2.840.10008.1.2.9")
        self.assertEqual(dataset_bytes(stored), dataset_bytes(file))


if __name__ == "__main__":
    main()
