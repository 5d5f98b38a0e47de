#!/usr/bin/python3
"""What we answer to a partner whose software is GnuPG and Python's email."""

import rig  # noqa: F401
import mails
import receipts
from harness import ADDRESSES, StoreScp, TwoHospitals, main
from receipt_tests import ReceiptTest, answering

A, B, C = ADDRESSES["a"], ADDRESSES["b"], ADDRESSES["c"]


class WhatWeAnswer(ReceiptTest):
    """Hospital A's part is played by GnuPG and Python; hospital B's gateway answers."""

    @classmethod
    def setUpClass(cls):
        cls.hospitals = cls.enterClassContext(TwoHospitals(StoreScp, start="b", change_b=answering("stored")))
        cls.b = cls.hospitals.b
        cls.gpg = cls.hospitals.gnupg("a")

    def setUp(self):
        self.before = self.hospitals.servers.count(A)

    def send(self, file, fields=(), inner_fields=(), **options):
        inner = mails.inner_entity([file], f"set.{ReceiptTest.seed}")
        inner = "".join(f"{name}: {value}\r\n" for name, value in inner_fields).encode() + inner
        mail = mails.encrypted_mail(A, B, self.gpg.seal(inner, B, A), f"set.{ReceiptTest.seed}", fields=fields,
                                    **options)
        self.hospitals.servers.deliver(A, B, mail)
        return mails.parse(mail)

    def ask(self, to=A):
        return self.send(self.study()[0], [("Disposition-Notification-To", to)])

    def answers(self, count=1):
        """What came since the test began: exactly so many, as the answer to one more mail shows."""
        self.hospitals.servers.wait_for(A, self.before + count)
        last = self.ask()
        raw = self.hospitals.servers.wait_for(A, self.before + count + 1)[self.before:]
        found = [mail for mail in raw if last["Message-ID"].encode() not in mail]
        self.assertEqual(len(found), count)
        return found

    def reconfigure(self, **profile):
        self.b.stop()
        self.b.settings["partners"]["klinikum-a"]["profile"].update(profile)
        self.b.start()

    def protected_by(self, protection):
        """For this test."""
        self.reconfigure(receipt_protection=protection)
        self.addCleanup(self.reconfigure, receipt_protection="none")

    def assert_mdn(self, report, original):
        notification = receipts.notification_of(report)
        self.assertEqual(notification["Original-Message-ID"], original["Message-ID"])
        self.assertEqual(notification["Final-Recipient"].replace(" ", ""), f"rfc822;{B}")
        self.assertRegex(notification["Disposition"], r"^automatic-action/MDN-sent-automatically; ?displayed$")

    def test_exactly_one_mdn_that_python_reads(self):
        original = self.ask()
        raw, = self.answers()
        report = mails.parse(raw)
        self.assertEqual((report["From"], report["To"]), (B, A))
        self.assertEqual(report["Subject"], "DICOM-eMail receipt")
        self.assertEqual(report["Return-Path"], "<>")
        self.assertNotIn("Disposition-Notification-To", report)
        self.assertTrue(report["Auto-Submitted"])
        self.assert_mdn(report, original)
        header = mails.parse(list(report.iter_parts())[2].get_payload(decode=True))
        self.assertEqual(header["Message-ID"], original["Message-ID"])
        self.assertEqual(header["X-TELEMEDICINE-SETPART"], "1")

    def test_the_same_mail_twice_is_answered_once(self):
        file = self.study()[0]
        mail = mails.encrypted_mail(A, B, self.gpg.seal(mails.inner_entity([file]), B, A),
                                    fields=[("Disposition-Notification-To", A)])
        for _ in range(2):
            self.hospitals.servers.deliver(A, B, mail)
        self.answers(1)

    def test_signed(self):
        self.protected_by("sign")
        original = self.ask()
        raw = self.answers()[0]
        report = mails.parse(raw)
        self.assertEqual(report.get_content_type(), "multipart/signed")
        signed, signature = mails.signed_parts(raw)
        self.assertEqual(self.gpg.verify_detached(signed, signature),
                         [self.hospitals.keys["b"].fingerprint.replace(" ", "")])
        self.assert_mdn(next(report.iter_parts()), original)

    def test_encrypted(self):
        self.protected_by("encrypt")
        original = self.ask()
        raw = self.answers()[0]
        self.assertNotIn(b"displayed", raw)
        opened, signers = self.gpg.open(mails.armor_of(mails.parse(raw)))
        self.assertEqual(signers, [self.hospitals.keys["b"].fingerprint.replace(" ", "")])
        self.assert_mdn(mails.parse(opened), original)

    def test_asked_for_inside_the_encryption(self):
        self.send(self.study()[0], inner_fields=[("X-TELEMEDICINE-DISPOSITION-NOTIFICATION-TO", A),
                                                 ("Content-ID", "<entity.1@partner.example>")])
        opened, signers = self.gpg.open(mails.armor_of(mails.parse(self.answers()[0])))
        self.assertEqual(signers, [self.hospitals.keys["b"].fingerprint.replace(" ", "")])
        report = mails.parse(opened)
        self.assertRegex(report["X-TELEMEDICINE-REPORT"], r"^automatic-action/MDN-sent-automatically; ?displayed$")
        self.assertEqual(report["X-TELEMEDICINE-ORIGINAL-CONTENT-ID"], "<entity.1@partner.example>")

    def test_not_to_another_address(self):
        before = len(self.b.events("receipt-withheld"))
        self.ask("someone@elsewhere.example")
        self.b.wait_for("receipt-withheld", before + 1, reason="to-another-address")
        self.answers(0)

    def test_not_without_being_asked(self):
        self.send(self.study()[0])
        self.answers(0)

    def test_a_receipt_is_not_answered(self):
        self.hospitals.servers.deliver(A, B, receipts.mdn(A, B, "<never.sent@hospital-b.example>",
                                                          fields=[("Disposition-Notification-To", A)]))
        self.b.wait_for("mail-quarantined", reason="unmatched-report")
        self.answers(0)

    def test_what_cannot_be_used_is_refused(self):
        """Signed by the partner, but no DICOM in what says it is."""
        sealed = self.gpg.seal(mails.inner_entity([b"no DICOM " * 100]), B, A)
        self.hospitals.servers.deliver(A, B, mails.encrypted_mail(A, B, sealed,
                                                                  fields=[("Disposition-Notification-To", A)]))
        notification = receipts.notification_of(mails.parse(self.answers()[0]))
        self.assertTrue(notification["Disposition"].endswith("deleted"))

    def test_a_stranger_is_not_answered(self):
        file = self.study()[0]
        key = self.gpg.generate(f"Hospital C <{C}>")
        sealed = self.gpg.seal(mails.inner_entity([file]), B, key)
        for fields in ([("Disposition-Notification-To", A)], [("Disposition-Notification-To", C)]):
            self.hospitals.servers.deliver(C, B, mails.encrypted_mail(C, B, sealed, fields=fields))
        self.b.wait_for("mail-quarantined", 2, reason="stranger")
        self.answers(0)
        self.assertEqual(self.hospitals.servers.count(C), 0)


if __name__ == "__main__":
    main()
