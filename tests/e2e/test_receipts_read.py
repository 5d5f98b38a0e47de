#!/usr/bin/python3
"""What becomes of the answers of a partner whose software is GnuPG and Python's email."""

import rig  # noqa: F401
import mails
import receipts
from harness import ADDRESSES, Directory, StoreScp, TwoHospitals, main, storescu
from receipt_tests import ReceiptTest, asking

A, B, C = ADDRESSES["a"], ADDRESSES["b"], ADDRESSES["c"]


class WhatTheyAnswer(ReceiptTest):
    """Hospital A's gateway sends; B's and C's parts are played by GnuPG and Python."""

    @classmethod
    def change(cls, settings):
        asking()(settings)
        settings["receipts"] = {"resend_limit": 2}
        settings["partners"]["klinikum-c"] = TwoHospitals.partner(C, cls.c_key, cls.c_fingerprint)

    @classmethod
    def setUpClass(cls):
        directory = cls.enterClassContext(Directory())
        cls.hospitals = TwoHospitals(StoreScp, start="")
        cls.enterClassContext(cls.hospitals)
        cls.gpg = cls.hospitals.gnupg("b")
        cls.c_fingerprint = cls.gpg.generate(f"Hospital C <{C}>")
        cls.c_key = directory / "c.asc"
        cls.c_key.write_text(cls.gpg.export(cls.c_fingerprint))
        cls.a = cls.hospitals.a
        cls.change(cls.a.settings)
        cls.a.start()

    def setUp(self):
        """One instance, sent to B."""
        self.before = self.hospitals.servers.count(B)
        storescu(self.study(), self.a.port)
        self.mail = self.arrived(1)
        self.message = self.wait(lambda: self.a.events("message-sent"), 30, "message-sent")[-1]["message"]

    def arrived(self, count):
        """The latest of `count` mails that came to B since the test began."""
        return mails.parse(self.hospitals.servers.wait_for(B, self.before + count)[self.before + count - 1])

    def answer(self, disposition="displayed", sender=B, mail=None, make=None):
        original = (mail or self.mail)["Message-ID"]
        made = make(original) if make else receipts.mdn(sender, A, original, disposition)
        self.hospitals.servers.deliver(sender, A, made)

    def state(self):
        return self.a.json("show", self.message)["state"]

    def wait_for_state(self, state):
        self.wait(lambda: self.state() == state, 30, f"{self.message} {state}")

    def test_it_is_asked_for(self):
        self.assertEqual(self.mail["Disposition-Notification-To"], A)
        self.answer()
        self.wait_for_state("delivered")

    def test_deleted_is_refused(self):
        self.answer("deleted")
        self.wait_for_state("refused")
        self.assertEqual(self.a.wait_for("message-refused", message=self.message)[0]["level"], "error")

    def test_deleted_error_is_sent_again_up_to_the_limit(self):
        ids = {self.mail["Message-ID"]}
        for count in (2, 3):
            self.answer("deleted/error")
            self.a.wait_for("message-resent", count - 1, message=self.message)
            self.mail = self.arrived(count)
            ids.add(self.mail["Message-ID"])
        self.assertEqual(len(ids), 3)
        self.answer("deleted/error")
        self.wait_for_state("refused")
        self.a.wait_for("message-refused", message=self.message)

    def test_what_was_sent_again_is_delivered_by_a_receipt_for_any_copy(self):
        first = self.mail
        self.answer("deleted/error")
        self.arrived(2)
        self.wait_for_state("sent")
        self.answer(mail=first)
        self.wait_for_state("delivered")

    def test_a_strangers_receipt_changes_nothing(self):
        before = len(self.a.events("mail-quarantined", reason="stranger"))
        self.answer(sender="someone@elsewhere.example")
        self.a.wait_for("mail-quarantined", before + 1, reason="stranger")
        self.assertEqual(self.state(), "sent")

    def test_another_partners_receipt_changes_nothing(self):
        before = len(self.a.events("mail-quarantined", reason="foreign-report"))
        self.answer(sender=C)
        self.a.wait_for("mail-quarantined", before + 1, reason="foreign-report")
        self.assertEqual(self.state(), "sent")

    def test_a_receipt_that_fits_nothing_waits_for_a_person(self):
        before = len(self.a.events("mail-quarantined", reason="unmatched-report"))
        self.answer(make=lambda _: receipts.mdn(B, A, "<never.sent@hospital-a.example>"))
        self.a.wait_for("mail-quarantined", before + 1, reason="unmatched-report")
        self.assertEqual(self.state(), "sent")

    def test_signed_and_encrypted_ones_are_read(self):
        def make_signed(original):
            mail = receipts.signed(receipts.mdn_entity(B, original), self.gpg, B)
            mail["MIME-Version"], mail["From"], mail["To"] = "1.0", B, A
            return mail.as_bytes(policy=mails.email.policy.SMTP)
        self.answer(make=make_signed)
        self.wait_for_state("delivered")
        self.setUp()

        def make_sealed(original):
            entity = receipts.mdn_entity(B, original).as_bytes(policy=mails.email.policy.SMTP)
            return mails.encrypted_mail(B, A, self.gpg.seal(entity, A, B))
        self.answer(make=make_sealed)
        self.wait_for_state("delivered")

    def test_in_pgp_report_headers_are_read(self):
        self.answer(make=lambda original: mails.encrypted_mail(
            B, A, self.gpg.seal(receipts.pgp_report(original, "displayed/warning"), A, B)))
        self.wait_for_state("warning")


if __name__ == "__main__":
    main()
