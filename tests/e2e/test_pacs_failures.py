#!/usr/bin/python3
"""Everything that a PACS can do wrong: what becomes of the instance, what the log says, that another PACS and other
instances are not held up, and that all goes on by itself once the PACS is right again."""

import contextlib
import socket
import threading

import rig  # noqa: F401
import mails
from cutting_proxy import CuttingProxy
from dicom_peers import association_profile
from harness import (ADDRESSES, Directory, E2eTest, NoPacs, Orthanc, StoreScp, TwoHospitals, dataset_bytes, free_port,
                     identity, main, make_study)

A, B = ADDRESSES["a"], ADDRESSES["b"]


class PacsTest(E2eTest):
    """Hospital A is GnuPG; hospital B has the PACS `main`, which fails, and `other`, which does not."""

    seed = 5000

    @classmethod
    def setUpClass(cls):
        cls.port = free_port()
        cls.directory = cls.enterClassContext(Directory())
        cls.other = cls.enterClassContext(StoreScp(cls.directory / "other", "OTHER"))
        pacs = NoPacs("PACS_B")
        pacs.port = cls.port
        cls.hospitals = cls.enterClassContext(TwoHospitals(pacs, change_b=cls.change, start="b"))
        cls.b, cls.gpg = cls.hospitals.b, cls.hospitals.gnupg("a")

    @classmethod
    def change(cls, settings):
        settings["pacs"]["main"].update(associations=1, timeout="2s")
        settings["pacs"]["other"] = {"ae_title": "OTHER", "host": "127.0.0.1", "port": cls.other.port}
        settings["routes"]["inbound"][0]["forward_to"] = ["main", "other"]
        settings["retry"] = {"first": "200ms", "max": "1s", "give_up_after": "48h"}

    def send(self, size=2048, padding=b""):
        """Into B's mailbox; returns (SOP Instance UID, data set, B's id of the instance), once `other` has it."""
        PacsTest.seed += 1
        file = make_study(self.directory / str(self.seed), 1, size, seed=self.seed)[0]
        file.write_bytes(file.read_bytes() + padding)
        sealed = self.gpg.seal(mails.inner_entity([file], f"set.{self.seed}"), B, A)
        done = len(self.b.events("delivery-done", pacs="other"))
        self.hospitals.servers.deliver(A, B, mails.encrypted_mail(A, B, sealed, f"set.{self.seed}"))
        instance = self.b.wait_for("delivery-done", done + 1, pacs="other")[-1]["instance"]
        return identity(file).sop_instance, dataset_bytes(file), instance

    def good_pacs(self):
        pacs = StoreScp(self.directory / f"good-{self.seed}", "PACS_B")
        pacs.port = self.port
        return pacs

    def bad_pacs(self, *options):
        pacs = StoreScp(self.directory / f"bad-{self.seed}", "PACS_B", options)
        pacs.port = self.port
        return pacs

    def assert_recovers(self, *sent):
        """With a good PACS in the place of the bad one everything arrives, untouched by anybody."""
        with self.good_pacs() as pacs:
            for uid, content, instance in sent:
                self.b.wait_for("delivery-done", instance=instance, pacs="main", status="0000")
                self.assertTrue(pacs.datasets()[uid] == content)
            self.assertEqual(self.b.events("delivery-failed", pacs="main", instance=sent[0][2]), [])


class BadConnections(PacsTest):
    def unavailable(self, error):
        """New events since `self.before`."""
        return [event for event in self.b.events("pacs-unavailable", pacs="main")[self.before:]
                if event["error"] == error]

    def setUp(self):
        self.before = len(self.b.events("pacs-unavailable", pacs="main"))

    def deferred(self, error):
        return self.b.events("delivery-deferred", pacs="main", error=error)

    def test_away(self):
        sent = self.send()
        self.wait(lambda: self.unavailable("pacs-unreachable"))
        self.assert_recovers(sent, self.send())

    def test_takes_connections_and_says_nothing(self):
        with socket.create_server(("127.0.0.1", self.port)):
            sent = self.send()
            self.wait(lambda: self.unavailable("pacs-unreachable"))
        self.assert_recovers(sent)

    def test_hangs_up_at_once(self):
        with hanging_up(self.port):
            sent = self.send()
            self.wait(lambda: self.unavailable("pacs-unreachable"))
        self.assert_recovers(sent)

    def test_rejects_the_association_for_good(self):
        """So says storescp; a person may set it right, so it is tried again."""
        with self.bad_pacs("--refuse"):
            sent = self.send()
            self.wait(lambda: self.unavailable("pacs-association-rejected"))
        self.assert_recovers(sent)

    def test_aborts_in_the_middle_of_the_data_set(self):
        self.lost_with("--abort-during")

    def test_aborts_instead_of_answering(self):
        self.lost_with("--abort-after")

    def lost_with(self, option):
        before = len(self.deferred("pacs-association-lost"))
        with self.bad_pacs(option):
            sent = self.send()
            self.wait(lambda: len(self.deferred("pacs-association-lost")) >= before + 2)
            self.assertEqual(self.unavailable("pacs-association-lost"), [], "it answers C-ECHO")
        self.assert_recovers(sent)

    def test_never_answers(self):
        before = len(self.deferred("pacs-timeout"))
        with self.bad_pacs("--sleep-during", "600"):
            sent = self.send()
            self.wait(lambda: len(self.deferred("pacs-timeout")) >= before + 1)
        self.assert_recovers(sent)

    def test_refuses_the_sop_class(self):
        self.refused("sop-class-refused", [("1.2.840.10008.5.1.4.1.1.4", ["1.2.840.10008.1.2.1"])])

    def test_refuses_the_transfer_syntax(self):
        self.refused("transfer-syntax-refused", [("1.2.840.10008.5.1.4.1.1.2", ["1.2.840.10008.1.2.4.50"])])

    def refused(self, error, contexts):
        profile = association_profile(self.directory / f"{error}.cfg", "Only", contexts)
        with self.bad_pacs("-xf", profile, "Only"):
            _, _, instance = self.send()
            failed = self.b.wait_for("delivery-failed", instance=instance, pacs="main")[0]
            self.assertEqual((failed["error"], failed["level"]), (error, "error"))
        self.assertEqual(self.b.json("show", failed["delivery"])["state"], "failed")
        with self.good_pacs():
            self.b.command("retry", failed["delivery"])
            self.b.wait_for("delivery-done", instance=instance, pacs="main")

    def test_one_instance_that_makes_it_hang_up_waits_by_itself(self):
        with StoreScp(self.directory / "behind", "PACS_B") as behind, \
                CuttingProxy(behind.port, times=1000, upload=250_000, port=self.port) as proxy:
            _, _, poison = self.send(size=512 * 1024)
            self.wait(lambda: self.b.events("delivery-deferred", pacs="main", error="pacs-association-lost"))
            for _ in range(3):
                _, _, instance = self.send()
                self.b.wait_for("delivery-done", instance=instance, pacs="main")
            self.assertEqual(self.b.events("delivery-done", instance=poison, pacs="main"), [])
            proxy.upload = None
            self.b.wait_for("delivery-done", instance=poison, pacs="main")


class Answers(PacsTest):
    """Orthanc answers what stands in a file: a status, or how many seconds it takes."""

    SCRIPT = """
import pathlib
import time
import orthanc

def answer(dicom):
    word = pathlib.Path("{file}").read_text().strip()
    if word.startswith("late"):
        pathlib.Path("{file}").write_text("0000")
        time.sleep(float(word[4:]))
        return 0
    return int(word, 16)

orthanc.RegisterIncomingCStoreInstanceFilter(answer)
"""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.word = cls.directory / "answer"
        cls.word.write_text("0000")
        script = cls.directory / "answers.py"
        script.write_text(cls.SCRIPT.format(file=cls.word))
        pacs = Orthanc(cls.directory / "orthanc", "PACS_B", {
            "Plugins": ["/usr/share/orthanc/plugins/libOrthancPython.so"], "PythonScript": str(script)})
        pacs.port = cls.port
        cls.pacs = cls.enterClassContext(pacs)

    def tearDown(self):
        """Whatever it answered: the next one is stored."""
        super().tearDown()
        self.word.write_text("0000")
        _, _, instance = self.send()
        self.b.wait_for("delivery-done", instance=instance, pacs="main")

    def test_out_of_resources_is_tried_again(self):
        self.word.write_text("A700")
        uid, _, instance = self.send()
        self.wait(lambda: len(self.b.events("delivery-deferred", pacs="main", error="pacs-busy")) >= 2)
        self.assertEqual(self.b.events("pacs-unavailable", pacs="main", error="pacs-busy"), [])
        self.word.write_text("0000")
        self.b.wait_for("delivery-done", instance=instance, pacs="main", status="0000")
        self.assertIn(uid, self.pacs.instances())

    def test_refusals_are_alarms_and_kept(self):
        for status, error in (("C000", "pacs-refused"), ("0122", "sop-class-refused"), ("0117", "pacs-refused")):
            with self.subTest(status):
                self.word.write_text(status)
                _, _, instance = self.send()
                failed = self.b.wait_for("delivery-failed", instance=instance, pacs="main")[0]
                self.assertEqual((failed["error"], failed["detail"], failed["level"]),
                                 (error, f"status {status}", "error"))
                self.assertEqual(self.b.json("show", failed["delivery"])["state"], "failed")
                self.word.write_text("0000")
                self.b.command("retry", failed["delivery"])
                self.b.wait_for("delivery-done", instance=instance, pacs="main", status="0000")

    def test_warnings_are_stored(self):
        for status in ("B000", "B006", "B00A", "B305", "0111"):
            with self.subTest(status):
                self.word.write_text(status)
                uid, _, instance = self.send()
                done = self.b.wait_for("delivery-done", instance=instance, pacs="main")[0]
                self.assertEqual((done["status"], done["level"]), (status, "warning"))

    def test_padding_that_it_would_never_answer_is_not_sent(self):
        for padding in (b"\xff" * 16, b" " * 80, b"hello world, and more"):
            with self.subTest(padding=padding):
                deferred = len(self.b.events("delivery-deferred"))
                uid, _, instance = self.send(padding=padding)
                self.b.wait_for("delivery-done", instance=instance, pacs="main", status="0000")
                self.assertIn(uid, self.pacs.instances())
                self.assertEqual(len(self.b.events("delivery-deferred")), deferred)

    def test_an_answer_after_the_timeout(self):
        """Nobody heard it: sent again, answered 0000, and there once."""
        self.word.write_text("late5")
        uid, _, instance = self.send()
        self.wait(lambda: self.b.events("delivery-deferred", pacs="main", error="pacs-timeout"))
        self.b.wait_for("delivery-done", instance=instance, pacs="main", status="0000")
        self.assertIn(uid, self.pacs.instances())
        self.assertEqual(len(self.b.events("delivery-done", instance=instance, pacs="main")), 1)


class Stop(PacsTest):
    def test_a_silent_pacs_does_not_hold_up_the_stop(self):
        """The limits of stop() in the harness are less than half of this time-out."""
        self.b.stop()
        self.b.settings["pacs"]["main"]["timeout"] = "150s"
        self.b.start()
        with self.bad_pacs("--sleep-during", "600") as pacs:
            sent = self.send()
            self.wait(lambda: "Association Received" in pacs.process.output())
            self.b.stop()
        self.assertEqual(self.b.events("delivery-deferred", pacs="main"), [])
        self.b.start()
        self.assert_recovers(sent)


@contextlib.contextmanager
def hanging_up(port):
    """Somebody takes connections to the port and closes them."""
    with socket.create_server(("127.0.0.1", port)) as listener:
        def accept():
            with contextlib.suppress(OSError):
                while True:
                    listener.accept()[0].close()
        thread = threading.Thread(target=accept, daemon=True)
        thread.start()
        try:
            yield
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join()


if __name__ == "__main__":
    main()
