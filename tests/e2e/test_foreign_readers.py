#!/usr/bin/python3
"""What the gateway writes is read by tools that are not ours: munpack, Python's email, gpg."""

import email
import email.policy
import os
import re
import subprocess

import rig  # noqa: F401
import mails
from harness import (ADDRESSES, Directory, E2eTest, StoreScp, TwoHospitals, dataset_bytes, identity, main, make_study,
                     storescu)

A, B = ADDRESSES["a"], ADDRESSES["b"]
PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"


class ReaderTest(E2eTest):
    """Hospital A's gateway writes; nobody but the test reads B's mailbox."""

    @classmethod
    def setUpClass(cls):
        cls.hospitals = cls.enterClassContext(TwoHospitals(StoreScp, start=""))
        cls.gpg = cls.hospitals.gnupg("b")
        cls.read = 0

    def with_profile(self, **profile):
        a = self.hospitals.a
        a.stop()
        a.settings["partners"]["klinikum-b"]["profile"] = {"receipts": "none", **profile}
        a.start()
        self.addCleanup(a.stop)
        return a

    def new_mails(self, count):
        """The next so many mails in B's mailbox."""
        found = self.hospitals.servers.wait_for(B, self.read + count)[self.read:]
        type(self).read += count
        return found

    def fragments_of(self, file):
        """The file, mailed in fragments of at most 100 000 bytes."""
        a = self.with_profile(max_message_size="100KB")
        sealed = len(a.events("message-sealed"))
        storescu([file], a.port)
        count = int(a.wait_for("message-sealed", sealed + 1)[sealed]["fragments"])
        self.assertGreaterEqual(count, 3)
        return self.new_mails(count)

    def study(self, slices=1, size=4096, seed=1):
        return make_study(self.enterContext(Directory()), slices, size, seed)

    def opened(self, armor):
        """The entity inside, signed by A."""
        content, signers = self.gpg.open(armor)
        if not signers:  # RFC 3156 section 6.1
            signers = self.gpg.verify_detached(*mails.signed_parts(content))
        self.assertEqual(signers, [self.hospitals.keys["a"].fingerprint.replace(" ", "")])
        return content

    def munpack(self, *contents):
        """What munpack makes of these mails or entities: file name -> bytes. Fragments it takes with Unix line ends
        only, and Debian's only when its memo of their number is taken away after each: it will not write it anew."""
        directory = self.enterContext(Directory())
        for number, content in enumerate(contents):
            (directory / f"{number:03}.in").write_bytes(content)
        for file in sorted(directory.glob("*.in")):
            subprocess.run(["munpack", "-f", file.name], cwd=directory, check=True, capture_output=True,
                           env={**os.environ, "TMPDIR": str(directory), "USER": "test"})
            for memo in directory.glob("m-prts-test/*/CT"):
                memo.unlink()
        return {file.name: file.read_bytes() for file in directory.iterdir()
                if file.is_file() and not file.name.endswith(".in")}

    @staticmethod
    def armor_in(files):
        return next(content for content in files.values() if b"-----BEGIN PGP MESSAGE" in content)


class Munpack(ReaderTest):
    def unpacks(self, profile, messages=1, size=4096, seed=1):
        files = self.study(1, size, seed)
        a = self.with_profile(**profile)
        storescu(files, a.port)
        inner = self.opened(self.armor_in(self.munpack(*self.new_mails(messages))))
        self.assertEqual(self.munpack(inner)["IM0001.dcm"][-size:], files[0].read_bytes()[-size:])
        self.assertTrue(self.munpack(inner)["IM0001.dcm"].endswith(dataset_bytes(files[0])))

    def test_combined(self):
        self.unpacks({"signing": "combined"}, seed=1)

    def test_encapsulated(self):
        self.unpacks({"signing": "encapsulated"}, seed=2)

    def test_compressed(self):
        self.unpacks({"compression": "bzip2"}, seed=3)

    def test_fragments(self):
        """munpack joins message/partial by itself, whatever comes first."""
        files = self.study(1, 200 * 1024, seed=4)
        fragments = self.fragments_of(files[0])
        unix = [mail.replace(b"\r\n", b"\n") for mail in reversed(fragments)]
        inner = self.opened(self.armor_in(self.munpack(*unix)))
        self.assertTrue(self.munpack(inner)["IM0001.dcm"].endswith(dataset_bytes(files[0])))


class Python(ReaderTest):
    def reads(self, profile, seed):
        files = self.study(2, 4096, seed)
        a = self.with_profile(**profile)
        storescu(files, a.port)
        found = self.new_mails(2)
        parts = [part for mail in found for part in mails.dicom_parts(self.opened(mails.armor_of(mails.parse(mail))))]
        self.assertEqual(sorted(part[-4096:] for part in parts), sorted(file.read_bytes()[-4096:] for file in files))
        for part in parts:
            self.assertTrue(any(part.endswith(dataset_bytes(file)) for file in files))
        return found

    def test_every_way_of_writing(self):
        seed = 10
        for signing in ("combined", "encapsulated"):
            for encoding in ("base64", "binary"):
                seed += 1
                with self.subTest(signing=signing, inner_encoding=encoding):
                    self.reads({"signing": signing, "inner_encoding": encoding}, seed)

    def test_no_line_is_too_long_and_no_field_tells_of_the_patient(self):
        for mail in self.reads({}, 20):
            self.assertLessEqual(max(map(len, mail.split(b"\r\n"))), 998)
            header = mail[:mail.index(b"\r\n\r\n")]
            self.assertNotRegex(header, rb"(?i)muster|PID-4711|schaedel|1\.2\.826")

    def test_python_finds_no_defect(self):
        for mail in self.reads({}, 21):
            inner = self.opened(mails.armor_of(mails.parse(mail)))
            for entity in (mail, inner):
                for part in mails.parse(entity).walk():
                    self.assertEqual(part.defects, [])
                    self.assertEqual([field.defects for field in part.values() if hasattr(field, "defects")
                                      and field.defects], [])

    def test_fragments_by_concatenation(self):
        files = self.study(1, 200 * 1024, seed=22)
        found = sorted(self.fragments_of(files[0]), key=lambda mail: int(mails.parse(mail).get_param("number")))
        whole = mails.parse(b"".join(mail.split(b"\r\n\r\n", 1)[1] for mail in found))
        self.assertTrue(whole["X-TELEMEDICINE-SETID"])
        part, = mails.dicom_parts(self.opened(mails.armor_of(whole)))
        self.assertTrue(part.endswith(dataset_bytes(files[0])))


class Documents(ReaderTest):
    def test_documents_sent_by_hand(self):
        """munpack and Python find the same document, its type, its name, and the study that it belongs to."""
        a = self.with_profile()
        directory = self.enterContext(Directory())
        image = self.study(1, 4096, seed=30)[0]
        report = directory / "Befund.pdf"
        report.write_bytes(PDF)
        a.command("send", "--to", "klinikum-b", image, report)
        inner = [self.opened(mails.armor_of(mails.parse(mail))) for mail in self.new_mails(2)]
        document = next(entity for entity in inner if b"application/pdf" in entity)
        self.assertEqual(self.munpack(document)["Befund.pdf"], PDF)
        part = next(part for part in mails.parse(document).walk() if part.get_content_type() == "application/pdf")
        self.assertEqual((part.get_filename(), part.get_payload(decode=True)), ("Befund.pdf", PDF))
        study = re.search(rb"1\.2\.826\.0\.1\.3680043\.8\.498\.\d+", dataset_bytes(image))[0].decode()
        self.assertEqual(part["X-TELEMEDICINE-STUDYID"], study)
        sets = {(mails.parse(entity)["X-TELEMEDICINE-SETID"], mails.parse(entity)["X-TELEMEDICINE-SETTOTAL"])
                for entity in inner}
        self.assertEqual([total for _, total in sets], ["2"])

    def test_a_name_that_is_not_ascii(self):
        a = self.with_profile()
        report = self.enterContext(Directory()) / "Schädel & Hirn.pdf"
        report.write_bytes(PDF)
        a.command("send", "--to", "klinikum-b", report)
        entity = mails.parse(self.opened(mails.armor_of(mails.parse(self.new_mails(1)[0]))))
        part = next(part for part in entity.walk() if part.get_content_type() == "application/pdf")
        self.assertEqual(part.get_filename(), report.name)
        self.assertEqual(part.get_payload(decode=True), PDF)


class Receipts(E2eTest):
    """Hospital B's gateway answers what gpg and Python wrote as A."""

    @classmethod
    def setUpClass(cls):
        cls.hospitals = cls.enterClassContext(TwoHospitals(StoreScp, start=""))
        cls.gpg = cls.hospitals.gnupg("a", "b")
        cls.read = 0

    def answer(self, seed, *, fields=(), inner_fields=(), **profile):
        """What comes back for a mail that asks for a receipt."""
        b = self.hospitals.b
        b.stop()
        b.settings["partners"]["klinikum-a"]["profile"] = {"receipts": "none", **profile}
        b.start()
        self.addCleanup(b.stop)
        file = make_study(self.enterContext(Directory()), 1, 4096, seed)[0]
        inner = mails.inner_entity([file], set_id=f"20240131.{seed}", part=2, total=5)
        inner = b"".join(f"{name}: {value}\r\n".encode() for name, value in inner_fields) + inner
        mail = mails.encrypted_mail(A, B, self.gpg.seal(inner, B, A), f"20240131.{seed}", 2, 5, fields)
        self.hospitals.servers.deliver(A, B, mail)
        answer = self.hospitals.servers.wait_for(A, self.read + 1)[self.read]
        type(self).read += 1
        self.assertEqual(mails.parse(answer)["Return-Path"], "<>")
        self.assertEqual(mails.parse(answer)["Auto-Submitted"], "auto-replied")
        self.assertIn(identity(file).sop_instance, self.hospitals.pacs_b.datasets())
        return mails.parse(mail)["Message-ID"], answer

    def check_mdn(self, entity, original, seed):
        """RFC 8098 section 3, as Python's email reads it."""
        report = email.message_from_bytes(entity, policy=email.policy.compat32)
        self.assertEqual(report.get_content_type(), "multipart/report")
        self.assertEqual(report.get_param("report-type"), "disposition-notification")
        text, notification, returned = report.get_payload()
        self.assertEqual(text.get_content_type(), "text/plain")
        self.assertEqual(notification.get_content_type(), "message/disposition-notification")
        fields = notification.get_payload()[0]
        self.assertEqual(fields["Original-Message-ID"], original)
        self.assertEqual(re.sub(r"\s", "", fields["Final-Recipient"]), f"rfc822;{B}")
        self.assertEqual(fields["Disposition"], "automatic-action/MDN-sent-automatically; displayed")
        self.assertTrue(fields["Reporting-UA"].startswith("klinikum-b"))
        self.assertEqual(returned.get_content_type(), "text/rfc822-headers")
        self.assertIn(f"X-TELEMEDICINE-SETID: 20240131.{seed}", returned.get_payload())
        self.assertIn("X-TELEMEDICINE-SETPART: 2", returned.get_payload())

    ASK = (("Disposition-Notification-To", A),)

    def test_mdn(self):
        original, answer = self.answer(40, fields=self.ASK)
        self.check_mdn(answer, original, 40)
        self.assertEqual([part.defects for part in mails.parse(answer).walk() if part.defects], [])

    def test_signed_mdn(self):
        original, answer = self.answer(41, fields=self.ASK, receipt_protection="sign")
        signed, signature = mails.signed_parts(answer)
        self.assertEqual(self.gpg.verify_detached(signed, signature), [self.fingerprint("b")])
        self.check_mdn(signed, original, 41)

    def test_encrypted_mdn(self):
        original, answer = self.answer(42, fields=self.ASK, receipt_protection="encrypt")
        opened, signers = self.gpg.open(mails.armor_of(mails.parse(answer)))
        self.assertEqual(signers, [self.fingerprint("b")])
        self.check_mdn(opened, original, 42)

    def test_receipt_inside_the_encryption(self):
        asked = [("X-TELEMEDICINE-DISPOSITION-NOTIFICATION-TO", A), ("Content-ID", "<4711@hospital-a.example>"),
                 ("X-TELEMEDICINE-DISPOSITION-NOTIFICATION-KEYID", self.fingerprint("a")[-16:])]
        _, answer = self.answer(43, inner_fields=asked)
        opened, signers = self.gpg.open(mails.armor_of(mails.parse(answer)))
        self.assertEqual(signers, [self.fingerprint("b")])
        entity = mails.parse(opened)
        self.assertEqual(entity["X-TELEMEDICINE-ORIGINAL-CONTENT-ID"], "<4711@hospital-a.example>")
        self.assertTrue(entity["X-TELEMEDICINE-REPORT"].endswith("displayed"))

    def fingerprint(self, name):
        return self.hospitals.keys[name].fingerprint.replace(" ", "")


if __name__ == "__main__":
    main()
