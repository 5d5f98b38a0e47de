#!/usr/bin/python3
"""GnuPG and Python's email read what the gateway wrote, and the gateway reads what they wrote."""

import email.utils
import re

import rig  # noqa: F401
import mails
from harness import (ADDRESSES, CT_STUDY, Directory, E2eTest, PATIENT_ID, PATIENT_NAME, StoreScp, TwoHospitals,
                     dataset_bytes, dataset_of, identity, main, make_study, storescu)

A, B = ADDRESSES["a"], ADDRESSES["b"]


class WhatWeWrite(E2eTest):
    """Hospital B has no gateway running: its mails stay in the mailbox."""

    @classmethod
    def setUpClass(cls):
        cls.hospitals = cls.enterClassContext(TwoHospitals(StoreScp, start="a"))
        cls.gpg = cls.hospitals.gnupg("b")
        cls.files = make_study(cls.enterClassContext(Directory()), slices=5, size=64 * 1024)
        storescu(cls.files, cls.hospitals.a.port)
        cls.raw = cls.hospitals.servers.wait_for(B, 5)
        cls.mails = [mails.parse(raw) for raw in cls.raw]

    def test_gpg_decrypts_and_verifies_each(self):
        for mail in self.mails:
            _, signers = self.gpg.open(mails.armor_of(mail))
            self.assertEqual(signers, [self.hospitals.keys["a"].fingerprint.replace(" ", "")])

    def test_python_finds_the_files_inside(self):
        found = [part for mail in self.mails for part in mails.dicom_parts(self.gpg.open(mails.armor_of(mail))[0])]
        self.assertEqual([part[128:132] for part in found], [b"DICM"] * 5)
        self.assertTrue({dataset_of(part) for part in found} == {dataset_bytes(file) for file in self.files})

    def test_outer_header(self):
        for mail in self.mails:
            self.assertEqual(mail["Subject"], "DICOM-eMail")
            self.assertEqual((mail["From"], mail["To"]), (A, B))
            self.assertEqual(mail.get_content_type(), "multipart/encrypted")
            self.assertEqual(mail.get_param("protocol"), "application/pgp-encrypted")
            self.assertIsNotNone(email.utils.parsedate_to_datetime(mail["Date"]))
            self.assertRegex(mail["Message-ID"], r"^<[^<>@\s]+@[^<>@\s]+>$")
            self.assertTrue(mail["Auto-Submitted"])
            version, armor = mail.iter_parts()
            self.assertEqual(version.get_content_type(), "application/pgp-encrypted")
            self.assertEqual(version.get_payload(decode=True).strip(), b"Version: 1")
            self.assertEqual(armor.get_content_type(), "application/octet-stream")

    def test_set_fields_number_the_mails_of_the_study(self):
        self.assertEqual(len({mail["X-TELEMEDICINE-SETID"] for mail in self.mails}), 1)
        self.assertRegex(self.mails[0]["X-TELEMEDICINE-SETID"], r"^[A-Za-z0-9_.,-]+$")
        self.assertEqual(sorted(int(mail["X-TELEMEDICINE-SETPART"]) for mail in self.mails), [1, 2, 3, 4, 5])
        self.assertEqual({mail["X-TELEMEDICINE-SETTOTAL"] for mail in self.mails}, {"5"})
        for mail in self.mails:
            inner = mails.parse(self.gpg.open(mails.armor_of(mail))[0])
            self.assertEqual(inner["X-TELEMEDICINE-SETID"], mail["X-TELEMEDICINE-SETID"])
            self.assertEqual(inner["X-TELEMEDICINE-SETPART"], mail["X-TELEMEDICINE-SETPART"])

    def test_no_patient_data_outside_the_encryption(self):
        uids = {identity(file).sop_instance for file in self.files}
        study = next(iter(uids)).rsplit(".", 2)[0]
        for raw in self.raw:
            for secret in (PATIENT_NAME, "Musterfrau", PATIENT_ID, "Schaedel", "Musterstadt", "Haus^", "19640812",
                           study):
                self.assertNotIn(secret.encode(), raw)

    def test_lines_are_short_and_end_in_crlf(self):
        for raw in self.raw:
            self.assertIsNone(re.search(rb"[^\r]\n|\r[^\n]", raw))
            self.assertLessEqual(max(len(line) for line in raw.split(b"\r\n")), 998)


class WhatTheyWrite(E2eTest):
    """Mails that gpg and Python make as hospital A, whose gateway does not run."""

    @classmethod
    def setUpClass(cls):
        cls.hospitals = cls.enterClassContext(TwoHospitals(StoreScp, start="b"))
        cls.gpg = cls.hospitals.gnupg("a")
        cls.files = sorted(p for p in CT_STUDY.rglob("*") if p.is_file())

    def arrives(self, mail, *files):
        self.hospitals.servers.deliver(A, B, mail)
        wanted = {identity(file).sop_instance: dataset_bytes(file) for file in files}
        self.wait(lambda: wanted.items() <= self.hospitals.pacs_b.datasets().items(), 30, "files in the PACS")

    def seal(self, files, **options):
        return self.gpg.seal(mails.inner_entity(files), B, A, **options)

    def test_combined(self):
        self.arrives(mails.encrypted_mail(A, B, self.seal(self.files[:1])), self.files[0])

    def test_several_files_in_one_mail(self):
        self.arrives(mails.encrypted_mail(A, B, self.seal(self.files[1:4])), *self.files[1:4])

    def test_zip_zlib_bzip2(self):
        for number, algorithm in enumerate(("zip", "zlib", "bzip2"), 4):
            with self.subTest(algorithm):
                sealed = self.seal([self.files[number]], options=["--compress-algo", algorithm])
                self.arrives(mails.encrypted_mail(A, B, sealed), self.files[number])

    def test_signed_inside_encrypted(self):
        inner = mails.inner_entity(make_study(self.enterContext(Directory()), 1, 4096, seed=7))
        signed = (b'Content-Type: multipart/signed; protocol="application/pgp-signature"; micalg=pgp-sha256; '
                  b'boundary="sig"\r\n\r\n--sig\r\n' + inner + b"\r\n--sig\r\n"
                  b"Content-Type: application/pgp-signature\r\n\r\n" + self.gpg.detached(inner, A) + b"\r\n--sig--\r\n")
        file = make_study(self.enterContext(Directory()), 1, 4096, seed=7)[0]
        self.arrives(mails.encrypted_mail(A, B, self.gpg.seal(signed, B)), file)

    def test_inline_armor_in_a_plain_mail(self):
        file = make_study(self.enterContext(Directory()), 1, 4096, seed=8)[0]
        text = self.seal([file]).decode()
        self.arrives(mails.plain_mail(A, B, text, "DICOM-eMail"), file)

    def test_the_mailbox_is_empty_in_the_end(self):
        self.wait(lambda: self.hospitals.servers.count(B) == 0, 30, "empty mailbox")


class OtherKeys(E2eTest):
    """A partner whose key gpg made as RSA 3072, its default."""

    def test_rsa_partner(self):
        hospitals = self.two_hospitals(start="")
        gpg = hospitals.gnupg()
        fingerprint = gpg.generate("RSA Partner <tele@hospital-c.example>", "default")
        public = hospitals.directory / "c.public.asc"
        public.write_text(gpg.export(fingerprint))
        hospitals.b.settings["partners"]["klinikum-c"] = hospitals.partner(ADDRESSES["c"], public, fingerprint)
        hospitals.b.settings["routes"]["inbound"].append(
            {"name": "from-c", "when": {"partner": ["klinikum-c"]}, "forward_to": ["main"]})
        hospitals.b.start()
        file = make_study(self.enterContext(Directory()), 1, 4096)[0]
        sealed = gpg.seal(mails.inner_entity([file]), B, fingerprint)
        hospitals.servers.deliver(ADDRESSES["c"], B, mails.encrypted_mail(ADDRESSES["c"], B, sealed))
        hospitals.b.wait_for("mail-accepted", partner="klinikum-c")
        self.wait(lambda: hospitals.pacs_b.count() == 1, 30, "the file in the PACS")


if __name__ == "__main__":
    main()
