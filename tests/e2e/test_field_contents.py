#!/usr/bin/python3
"""What mails of the field hold: several encrypted parts, wrappers of mail servers, documents whose study nobody signed,
documents of no DICOM kind. One test a trouble. Hospital A's part is played by GnuPG; hospital B's gateway runs."""

import base64
import email.utils
import itertools
import json
import pathlib
import re

import rig  # noqa: F401
import documents
import mails
import pydicom
from harness import ADDRESSES, Directory, E2eTest, Keys, StoreScp, TwoHospitals, main, make_study

A, B, C = (ADDRESSES[name] for name in "abc")
MIXED = 'multipart/mixed; boundary="=_o"'
SCANNER = """#!/bin/sh
# Stands in for a virus scanner: what says EICAR is infected.
grep -q EICAR "$1" && exit 1
grep -q SCANNER-FAILS "$1" && exit 2
grep -q SCANNER-CHANGES "$1" && echo changed > "$1"
grep -q SCANNER-REMOVES "$1" && rm "$1"
grep -q SCANNER-REPLACES "$1" && rm "$1" && mkfifo "$1"
test -e "$0.hangs" && grep -q SCANNER-HANGS "$1" && touch "$0.is-hanging" && sleep 600
exit 0
"""


def leaf(content, content_type="application/octet-stream", name=None, encoding="base64", fields=()):
    """A part, as bytes with CRLF."""
    named = f'; name="{name}"' if name else ""
    lines = [f"Content-Type: {content_type}{named}", f"Content-Transfer-Encoding: {encoding}", *fields]
    body = base64.encodebytes(content).replace(b"\n", b"\r\n") if encoding == "base64" else content
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def mixed(parts, boundary="=_o"):
    line = b"--" + boundary.encode()
    return b"".join(line + b"\r\n" + part + b"\r\n" for part in parts) + line + b"--\r\n"


def armored(content, content_type="text/plain"):
    return leaf(content.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"), content_type, encoding="7bit")


class FieldContents(E2eTest):
    seeds = itertools.count(8000)

    @classmethod
    def setUpClass(cls):
        cls.directory = cls.enterClassContext(Directory())
        cls.target = pathlib.Path(cls.directory) / "documents"
        cls.target.mkdir()
        cls.scanner = pathlib.Path(cls.directory) / "scanner"
        cls.scanner.write_text(SCANNER)
        cls.scanner.chmod(0o755)
        cls.keys_of_c = Keys(cls.directory / "keys", "c")
        cls.hospitals = cls.enterClassContext(TwoHospitals(StoreScp, start="b", change_b=cls.change))
        cls.b = cls.hospitals.b
        cls.gpg = cls.hospitals.gnupg("a", "b")
        cls.stranger = "Mallory <tele@hospital-m.example>"
        cls.gpg.generate(cls.stranger)
        cls.gpg.import_keys(cls.keys_of_c.secret)

    @classmethod
    def change(cls, settings):
        settings["reception"] = {"document_timeout": "3s"}
        settings["retry"]["give_up_after"] = "5s"
        settings["partners"]["klinikum-a"]["profile"]["receipts"] = "mdn"
        settings["partners"]["klinikum-c"] = TwoHospitals.partner(C, cls.keys_of_c.public, cls.keys_of_c.fingerprint)
        settings["routes"]["inbound"].insert(0, {
            "name": "files", "when": {"modality": ["MR"]}, "forward_to": ["main"], "file_documents_to": str(cls.target),
            "document_scanner": str(cls.scanner), "final": True})

    def image(self, modality="CT", study_of=None):
        """The bytes of an instance, its UID and that of its study."""
        seed = next(self.seeds)
        file = make_study(self.directory / f"study-{seed}", 1, 2048, seed=seed, modality=modality)[0]
        dataset = pydicom.dcmread(file, stop_before_pixels=True)
        return pathlib.Path(file).read_bytes(), str(dataset.SOPInstanceUID), str(dataset.StudyInstanceUID)

    def seal(self, content, signer=A, armor=True):
        return self.gpg.seal(content, B, signer, armor)

    def sealed_entity(self, *images, set_id="", parts=()):
        return self.seal(mails.inner_entity(images, set_id or f"s.{next(self.seeds)}", documents=parts))

    def mail(self, content_type, body, fields=(), sender=A):
        """A whole mail; its Message-ID."""
        message_id = email.utils.make_msgid(domain="partner.example")
        header = [f"From: {sender}", f"To: {B}", "Subject: DICOM-eMail", f"Date: {email.utils.formatdate()}",
                  f"Message-ID: {message_id}", f"Disposition-Notification-To: {A}", "MIME-Version: 1.0",
                  f"Content-Type: {content_type}", *fields]
        return "\r\n".join(header).encode() + b"\r\n\r\n" + body, message_id

    def deliver(self, content_type, body, fields=(), sender=A):
        mail, message_id = self.mail(content_type, body, fields, sender)
        self.hospitals.servers.deliver(A, B, mail)
        return message_id

    def deliver_parts(self, *parts):
        return self.deliver(MIXED, mixed(parts))

    def stored(self, uid):
        self.wait(lambda: any(uid in file.name for file in self.hospitals.pacs_b.files()), 60, f"{uid} stored")

    def receipt(self, message_id):
        """The disposition that went back for a mail."""
        def find():
            folder = self.hospitals.servers.directory / "home" / A / "Maildir" / "new"
            for file in folder.glob("*"):
                text = file.read_text(errors="replace")
                if f"Original-Message-ID: {message_id}" in text:
                    return text.partition("MDN-sent-automatically;")[2].split("\n")[0].strip()
            return None
        self.wait(find, 60, f"a receipt for {message_id}")
        return find()

    def reason_of_mail(self, *wanted):
        """Of the mail that came to quarantine last, which is dropped."""
        self.wait(self.mails_in_quarantine, 60, "a mail in quarantine")
        [item] = self.mails_in_quarantine()
        self.assertIn(item["reason"], wanted, item)
        self.b.command("quarantine", "drop", item["id"])
        return item

    def mails_in_quarantine(self):
        return [item for item in self.b.quarantine() if item["id"].startswith("R")]

    def document(self, event, before):
        return self.b.wait_for(event, before + 1)[-1]["document"]

    # Several encrypted parts.

    def test_two_binary_attachments_encrypted_by_themselves(self):
        (one, uid_one, _), (two, uid_two, _) = self.image(), self.image()
        message_id = self.deliver_parts(leaf(b"anbei", "text/plain", encoding="7bit"),
                                        leaf(self.seal(one, armor=False), name="IM1.dcm.gpg"),
                                        leaf(self.seal(two, armor=False), name="IM2.dcm.gpg"))
        for uid in (uid_one, uid_two):
            self.stored(uid)
        self.assertEqual(self.receipt(message_id), "displayed")
        self.assertEqual(self.mails_in_quarantine(), [])

    def test_blank_pages_between_images_of_two_studies_are_no_documents(self):
        blank = leaf(b"<html><head></head><body><br></body></html>", "text/html", encoding="7bit")
        (one, uid_one, _), (two, uid_two, _) = self.image(), self.image()
        entity = b'Content-Type: multipart/mixed; boundary="=_a"\r\n\r\n' + mixed(
            [blank, leaf(one, "application/dicom", "IM1.dcm"), blank, leaf(two, "application/dicom", "IM2.dcm"),
             leaf(b"\xc2\xa0\r\n", "text/plain; charset=utf-8", encoding="8bit")], "=_a")
        message_id = self.deliver_parts(armored(self.seal(entity)),
                                        leaf(self.seal(b"<html><body></body></html>"), "application/pgp-encrypted",
                                             "PGPexch.htm.pgp"), leaf(b"", "application/octet-stream", "leer.bin"))
        for uid in (uid_one, uid_two):
            self.stored(uid)
        self.assertEqual(self.receipt(message_id), "displayed")
        self.assertEqual(self.mails_in_quarantine(), [])

    def test_two_pgp_mime_entities_two_armors_in_a_text_and_two_messages_in_an_armor(self):
        images = [self.image() for _ in range(6)]
        def pgp_mime(sealed, boundary):
            return (f'Content-Type: multipart/encrypted; protocol="application/pgp-encrypted"; boundary="{boundary}"'
                    "\r\n\r\n").encode() + mixed([leaf(b"Version: 1\r\n", "application/pgp-encrypted", encoding="7bit"),
                                                 armored(sealed, "application/octet-stream")], boundary)
        self.deliver_parts(*[pgp_mime(self.sealed_entity(image[0]), f"=_{n}") for n, image in enumerate(images[:2])])
        text = b"Zwei Bilder:\n" + self.sealed_entity(images[2][0]) + b"und\n" + self.sealed_entity(images[3][0])
        self.deliver_parts(armored(text))
        both = self.seal(images[4][0], armor=False) + self.seal(images[5][0], armor=False)
        self.deliver_parts(leaf(both, name="both.gpg"))
        for _, uid, _ in images:
            self.stored(uid)
        self.assertEqual(self.mails_in_quarantine(), [])

    def test_one_of_two_parts_is_signed_by_a_stranger(self):
        (good, uid, _), (foreign, foreign_uid, _) = self.image(), self.image()
        message_id = self.deliver_parts(leaf(self.seal(foreign, "tele@hospital-m.example"), name="1.asc"),
                                        leaf(self.seal(good), name="2.asc"))
        self.stored(uid)
        self.assertEqual(self.receipt(message_id), "displayed/warning")
        self.reason_of_mail("unknown-signer")
        self.assertFalse(any(foreign_uid in file.name for file in self.hospitals.pacs_b.files()))

    def test_an_unsigned_or_unreadable_part_beside_a_signed_one(self):
        for other, reason in ((self.seal(self.image()[0], None), "unsigned"),
                              (self.seal(self.image()[0]).replace(b"\n\n", b"\n\nAAAA", 1), "openpgp-damaged")):
            good, uid, _ = self.image()
            message_id = self.deliver_parts(leaf(self.seal(good), name="1.asc"), leaf(other, name="2.asc"))
            self.stored(uid)
            self.assertEqual(self.receipt(message_id), "displayed/warning")
            self.reason_of_mail(reason)

    def test_something_in_the_clear_beside_what_is_encrypted(self):
        clear, _, _ = self.image()
        for part, reason in ((leaf(clear, "application/dicom", "IM2.dcm"), "part-not-opened"),
                             (leaf(b"\xff\xd8\xff", "image/jpeg", "Befund.jpg"), "part-not-opened"),
                             (leaf(b"Befund", "text/plain", "Befund.txt"), "part-not-opened"),
                             (leaf(b"\x78\x9f\x3e\x22", "application/ms-tnef", "winmail.dat"), "winmail-dat")):
            good, uid, _ = self.image()
            message_id = self.deliver_parts(armored(self.sealed_entity(good)), part)
            self.stored(uid)
            self.assertEqual(self.receipt(message_id), "displayed/warning")
            self.reason_of_mail(reason)

    def test_alternatives_that_hold_different_images(self):
        for other, content_type in ((b"<pre>\r\n%s</pre>", "text/html"), (b"%s", "text/plain")):
            (one, uid_one, _), (two, uid_two, _) = self.image(), self.image()
            message_id = self.deliver('multipart/alternative; boundary="=_o"', mixed(
                [armored(self.seal(one)), armored(other % self.seal(two), content_type)]))
            for uid in (uid_one, uid_two):
                self.stored(uid)
            self.assertEqual(self.receipt(message_id), "displayed")
        self.assertEqual(self.mails_in_quarantine(), [])

    def test_a_second_armor_that_a_mail_program_spoiled(self):
        first = b"-----BEGIN PGP MESSAGE-----"
        ways = {"a legacy part": lambda text: text.replace(first, b"-----BEGIN PGP MESSAGE, PART 1/1-----"),
                "quoted": lambda text: b"".join(b"> " + line for line in text.splitlines(True)),
                "indented": lambda text: b"".join(b"    " + line for line in text.splitlines(True)),
                "blanks between letters": lambda text: re.sub(rb"(.{8})", rb"\1 ", text),
                "blanks, and no first line": lambda text: re.sub(rb"(.{8})", rb"\1 ", text.partition(b"\n")[2]),
                "a dash is lost": lambda text: text.replace(first, first[1:-1])}
        for way, spoil in ways.items():
            with self.subTest(way):
                (one, uid, _), (two, _, _) = self.image(), self.image()
                message_id = self.deliver_parts(armored(self.seal(one) + b"\n" + spoil(self.seal(two))))
                self.stored(uid)
                self.assertEqual(self.receipt(message_id), "displayed/warning")
                self.reason_of_mail("part-not-opened")

    def test_an_armor_before_the_first_part_and_behind_the_last(self):
        for where in ("before", "behind"):
            (one, uid, _), (two, _, _) = self.image(), self.image()
            body, second = mixed([armored(self.seal(one))]), self.seal(two) + b"\n"
            message_id = self.deliver(MIXED, second + body if where == "before" else body + second)
            self.stored(uid)
            self.assertEqual(self.receipt(message_id), "displayed/warning", where)
            self.reason_of_mail("part-not-opened")

    def test_a_disclaimer_a_key_a_card_and_a_signature_spoil_no_receipt(self):
        good, uid, _ = self.image()
        message_id = self.deliver_parts(
            leaf(b"Externe E-Mail", "text/html", encoding="7bit"), armored(self.sealed_entity(good)),
            leaf(self.gpg.export(A).encode(), "application/octet-stream", "0x4711.asc"),
            leaf(b"BEGIN:VCARD\r\nEND:VCARD\r\n", "text/vcard", "a.vcf"),
            leaf(b"\x30\x82", "application/pkcs7-signature", "smime.p7s"),
            leaf(b"Fusszeile", "text/plain", "ATT00001.txt"))
        self.stored(uid)
        self.assertEqual(self.receipt(message_id), "displayed")
        self.assertEqual(self.mails_in_quarantine(), [])

    # Wrappers.

    def wrapped(self, inner, encoding=None):
        head = b"Content-Type: message/rfc822\r\n"
        if encoding == "base64":
            return head + b"Content-Transfer-Encoding: base64\r\n\r\n" + base64.encodebytes(inner).replace(b"\n", b"\r\n")
        return head + b"\r\n" + inner

    def test_a_server_wraps_the_mail_once_twice_and_in_base64(self):
        for encoding, twice, sender in ((None, False, A), ("base64", False, "gateway@hospital-x.example"),
                                        (None, True, A)):
            image, uid, _ = self.image()
            inner, message_id = self.mail("text/plain", armored(self.sealed_entity(image)).split(b"\r\n\r\n", 1)[1])
            body = mixed([leaf(b"<p>Extern</p>", "text/html", encoding="7bit"), self.wrapped(inner, encoding)])
            if twice:
                outer, _ = self.mail(MIXED, body)
                body = mixed([self.wrapped(outer)], "=_p")
            self.deliver('multipart/mixed; boundary="=_p"' if twice else MIXED, body, sender=sender)
            self.stored(uid)
            self.assertEqual(self.receipt(message_id), "displayed")

    def test_two_mails_forwarded_in_one_that_asks_for_nothing(self):
        images = [self.image(), self.image()]
        inner = [self.mail("text/plain", armored(self.sealed_entity(image)).split(b"\r\n\r\n", 1)[1])
                 for image, _, _ in images]
        header = (f"From: {A}\r\nTo: {B}\r\nSubject: Fwd\r\nMIME-Version: 1.0\r\nMessage-ID: "
                  f"{email.utils.make_msgid(domain='partner.example')}\r\n")
        self.hospitals.servers.deliver(A, B, (header + 'Content-Type: multipart/digest; boundary="=_o"\r\n\r\n').encode()
                                       + mixed([self.wrapped(mail) for mail, _ in inner]))
        for (_, uid, _), (_, message_id) in zip(images, inner):
            self.stored(uid)
            self.assertEqual(self.receipt(message_id), "displayed")

    def test_two_mails_that_a_server_forwards_in_base64(self):
        images = [self.image(), self.image()]
        inner = [self.mail("text/plain", armored(self.sealed_entity(image)).split(b"\r\n\r\n", 1)[1])
                 for image, _, _ in images]
        self.deliver_parts(leaf(b"Extern", "text/plain", encoding="7bit"),
                           *(self.wrapped(mail, "base64") for mail, _ in inner))
        for (_, uid, _), (_, message_id) in zip(images, inner):
            self.stored(uid)
            self.assertEqual(self.receipt(message_id), "displayed")
        self.assertEqual(self.mails_in_quarantine(), [])

    def test_a_forwarded_mail_beside_something_encrypted(self):
        for encoding in (None, "base64"):
            (one, first, _), (other, second, _) = self.image(), self.image()
            inner, message_id = self.mail("text/plain", armored(self.sealed_entity(other)).split(b"\r\n\r\n", 1)[1])
            outer_id = self.deliver_parts(armored(self.sealed_entity(one)), self.wrapped(inner, encoding))
            for uid in (first, second):
                self.stored(uid)
            for asked in (message_id, outer_id):
                self.assertEqual(self.receipt(asked), "displayed")

    def test_verify_calls_fragments_damaged_that_came_wrapped(self):
        image, uid, _ = self.image()
        set_id = f"s.{next(self.seeds)}"
        whole = mails.encrypted_mail(A, B, self.seal(mails.inner_entity([image], set_id)), set_id)
        first, second, third = mails.split_mail(whole, 3, A, B, f"{set_id}@partner.example")
        kept = len(self.b.events("mail-fragment-kept"))
        self.deliver_parts(leaf(b"Extern", "text/plain", encoding="7bit"), self.wrapped(first))
        self.deliver_parts(leaf(b"Extern", "text/plain", encoding="7bit"), self.wrapped(second, "base64"))
        self.b.wait_for("mail-fragment-kept", kept + 2)
        told = self.b.command("verify", "--deep", check=False)
        self.assertNotRegex(told.stdout, "file-size|file-hash|file-missing")
        self.hospitals.servers.deliver(A, B, third)
        self.stored(uid)

    def test_armor_in_an_html_page(self):
        image, uid, _ = self.image()
        lines = self.sealed_entity(image).decode().split("\n")
        page = "<html><body>" + "<br>\r\n".join(line.replace("+", "&#43;").replace("=", "&#x3D;") for line in lines)
        self.deliver("text/html; charset=utf-8", page.encode())
        self.stored(uid)

    def test_winmail_dat_is_named_as_what_it_is(self):
        self.deliver_parts(leaf(b"", "text/plain", encoding="7bit"),
                           leaf(b"\x78\x9f\x3e\x22", "application/octet-stream", "winmail.dat"))
        self.assertIn("TNEF", self.reason_of_mail("winmail-dat")["detail"])

    # Whose study a document joins.

    def lonely(self, outer_set, inner_fields=b"", signed_wrapper=False):
        """A PDF in a mail of its own; what became of it."""
        before = len(self.b.events("document-quarantined"))
        entity = leaf(documents.PDF + str(next(self.seeds)).encode(), "application/pdf", "Befund.pdf")
        sealed = self.seal(inner_fields + entity)
        if signed_wrapper:
            signature = self.gpg.run("--armor", "--local-user", A, "--digest-algo", "SHA256", "--detach-sign",
                                     data=entity).stdout.replace(b"\n", b"\r\n")
            whole = (b'Content-Type: multipart/signed; protocol="application/pgp-signature"; micalg=pgp-sha256; '
                     b'boundary="=_s"\r\n' + inner_fields + b"\r\n"
                     + mixed([entity, leaf(signature, "application/pgp-signature", encoding="7bit")], "=_s"))
            sealed = self.seal(whole, None)
        self.hospitals.servers.deliver(A, B, mails.encrypted_mail(A, B, sealed, outer_set, 2, 2))
        return before

    def test_a_set_or_study_that_nobody_signed_lays_no_report_into_a_study(self):
        image, uid, study = self.image()
        set_id = f"t.{next(self.seeds)}"
        self.hospitals.servers.deliver(A, B, mails.encrypted_mail(
            A, B, self.seal(mails.inner_entity([image], set_id, 1, 2)), set_id, 1, 2))
        self.stored(uid)
        objects = len(self.hospitals.pacs_b.files())
        for arguments in ((set_id,), (f"u.{next(self.seeds)}", f"X-TELEMEDICINE-STUDYID: {study}\r\n".encode(), True),
                          (f"u.{next(self.seeds)}", (f"X-TELEMEDICINE-SETID: {set_id}\r\nX-TELEMEDICINE-SETPART: 2\r\n"
                                                    "X-TELEMEDICINE-SETTOTAL: 2\r\n").encode(), True)):
            document = self.document("document-quarantined", self.lonely(*arguments))
            [item] = [item for item in self.b.quarantine() if item["id"] == document]
            self.assertEqual(item["reason"], "study-not-signed", arguments)
            shown = self.b.command("quarantine", "show", document).stdout
            self.assertIn(f"{study} is named by words that nobody signed", shown)
            self.assertEqual(len(self.hospitals.pacs_b.files()), objects)
        instance = shown.rpartition("--join-study-of ")[2].split()[0]
        wrong = self.b.command("quarantine", "release", document, "--join-study-of", "R1", check=False)
        self.assertEqual((wrong.returncode, "takes an instance" in wrong.stderr), (64, True))
        self.b.command("quarantine", "release", document, "--join-study-of", instance)
        self.wait(lambda: len(self.hospitals.pacs_b.files()) > objects, 60, "the report stored")

    def test_signed_words_still_link(self):
        image, uid, study = self.image()
        set_id = f"t.{next(self.seeds)}"
        self.hospitals.servers.deliver(A, B, mails.encrypted_mail(A, B, self.seal(mails.inner_entity([image], set_id)),
                                                                  set_id))
        self.stored(uid)
        before = len(self.b.events("document-converted"))
        self.lonely("other.set", f"X-TELEMEDICINE-STUDYID: {study}\r\n".encode())
        self.document("document-converted", before)

    # Documents.

    def test_a_document_that_cannot_become_dicom_waits_for_a_person(self):
        image, uid, _ = self.image()
        before = len(self.b.events("document-kept"))
        message_id = self.deliver_parts(armored(self.sealed_entity(
            image, parts=[mails.document_part(b"{\\rtf1 Befund}", "application/rtf", "Befund.rtf")])))
        self.stored(uid)
        self.assertEqual(self.receipt(message_id), "displayed/warning")
        document = self.document("document-kept", before)
        self.assertIn(document, [item["id"] for item in self.b.quarantine()])
        copy = self.b.command("quarantine", "export", document, "--to", str(self.directory)).stdout.strip()
        self.assertTrue(copy.endswith("_Befund.rtf"), copy)
        self.assertEqual(pathlib.Path(copy).read_bytes(), b"{\\rtf1 Befund}")
        self.b.command("quarantine", "done", document)
        self.assertNotIn(document, [item["id"] for item in self.b.quarantine()])

    def test_a_document_of_the_same_signed_mail_as_its_image_is_no_question_for_a_person(self):
        """It is kept: no DICOM object can be made of it, or its kind may not be filed. Its study is certain."""
        for modality, name, content in (("CT", "Befund.docx", b"PK\3\4 Befund"), ("CT", "Befund.txt", b"Befund"),
                                        ("MR", "Befund.hta", b"<hta:application>")):
            image, uid, study = self.image(modality)
            before = len(self.b.events("document-kept"))
            self.deliver_parts(armored(self.sealed_entity(
                image, parts=[mails.document_part(content, "application/octet-stream", name)])))
            self.stored(uid)
            document = self.document("document-kept", before)
            shown = self.b.command("quarantine", "show", document).stdout
            self.assertRegex(shown, rf"study   {re.escape(study)} is that of I\d+: image and document came in one "
                                    r"signed mail, R\d+\n", name)
            self.assertNotIn("nobody signed", shown, name)
            self.assertNotIn("--join-study-of", shown, name)
            self.b.command("quarantine", "drop", document)

    def test_names_and_kinds_of_documents_in_a_directory(self):
        image, uid, _ = self.image("MR")
        before = len(self.b.events("document-kept"))
        set_id = f"d.{next(self.seeds)}"
        parts = [mails.document_part(documents.PDF + bytes([n]), "application/pdf", name)
                 for n, name in enumerate(("Befund\u202efdp.exe", "ok\u202e\u200b.pdf", "link.lnk"))]
        parts.append(mails.document_part(b"MZ\x90", "application/pdf", "program.pdf"))
        self.hospitals.servers.deliver(A, B, mails.encrypted_mail(
            A, B, self.seal(mails.inner_entity([image], set_id, documents=parts)), set_id))
        self.wait(lambda: list(self.target.glob(f"{set_id}_*")), 60, "a document filed")
        self.b.wait_for("document-kept", before + 3)
        self.assertEqual([file.name for file in self.target.glob(f"{set_id}_*")], [f"{set_id}_ok__.pdf"])
        for item in self.b.quarantine():
            self.b.command("quarantine", "drop", item["id"])

    def deliver_to_scanner(self, *words, sender=A):
        """A mail with an image and a document of each word; its Message-ID and its set."""
        image, uid, _ = self.image("MR")
        set_id = f"d.{next(self.seeds)}"
        parts = [mails.document_part(documents.PDF + word, "application/pdf", f"{n}.pdf")
                 for n, word in enumerate(words)]
        sealed = self.seal(mails.inner_entity([image], set_id, documents=parts), sender)
        message_id = self.deliver(MIXED, mixed([armored(sealed)]), sender=sender)
        self.stored(uid)
        return message_id, set_id

    def test_a_scanner_says_what_is_infected(self):
        before = len(self.b.events("document-quarantined"))
        message_id, set_id = self.deliver_to_scanner(b"EICAR", b"clean")
        self.b.wait_for("document-quarantined", before + 1)
        self.assertEqual(self.receipt(message_id), "deleted")
        self.assertEqual([file.name for file in self.target.glob(f"{set_id}_*")], [f"{set_id}_1.pdf"])
        [item] = self.b.quarantine()
        self.assertEqual(item["reason"], "document-infected")
        self.b.command("quarantine", "drop", item["id"])

    def test_a_scanner_that_fails_is_no_fault_of_the_sender(self):
        before = len(self.b.events("document-kept"))
        message_id, set_id = self.deliver_to_scanner(b"SCANNER-FAILS", b"clean")
        self.b.wait_for("document-kept", before + 1, timeout=90)
        self.assertEqual(self.receipt(message_id), "displayed/warning")
        self.assertEqual([file.name for file in self.target.glob(f"{set_id}_*")], [f"{set_id}_1.pdf"])
        [item] = self.b.quarantine()
        self.assertEqual(item["reason"], "scanner-failed")
        # Once it is mended.
        self.scanner.write_text("#!/bin/sh\nexit 0\n")
        self.b.command("quarantine", "release", item["id"])
        self.wait(lambda: len(list(self.target.glob(f"{set_id}_*"))) == 2, 60, "the document filed")
        self.scanner.write_text(SCANNER)

    def test_a_scanner_that_changes_or_removes_a_document(self):
        before = len(self.b.events("document-kept"))
        message_id, set_id = self.deliver_to_scanner(b"SCANNER-CHANGES", b"SCANNER-REMOVES", b"clean",
                                                     b"SCANNER-REPLACES")
        self.b.wait_for("document-kept", before + 3)
        self.assertEqual(self.receipt(message_id), "displayed/warning")
        self.assertEqual([file.name for file in self.target.glob(f"{set_id}_*")], [f"{set_id}_2.pdf"])
        self.assertEqual([item["reason"] for item in self.b.quarantine()], ["document-changed"] * 3)
        # The FIFO that stands there now keeps nobody waiting.
        replaced = self.b.quarantine()[0]["id"]
        self.b.command("quarantine", "release", replaced)
        self.b.wait_for("document-kept", before + 4)
        for item in self.b.quarantine():
            self.b.command("quarantine", "drop", item["id"])

    def test_a_stop_beside_a_scanner_that_hangs(self):
        hangs, is_hanging = (pathlib.Path(f"{self.scanner}.{word}") for word in ("hangs", "is-hanging"))
        hangs.touch()
        message_id, set_id = self.deliver_to_scanner(b"SCANNER-HANGS")
        self.wait(is_hanging.exists, 60, "the scanner asked")
        self.b.stop()
        deferred = self.b.events("document-deferred")[-1]
        self.assertEqual(deferred["error"], "scanner-interrupted")
        hangs.unlink()
        self.b.start()
        self.assertEqual(self.receipt(message_id), "displayed")
        self.assertEqual([file.name for file in self.target.glob(f"{set_id}_*")], [f"{set_id}_0.pdf"])

    def test_a_scanner_that_hangs_holds_up_no_other_partner(self):
        hangs, is_hanging = (pathlib.Path(f"{self.scanner}.{word}") for word in ("hangs", "is-hanging"))
        is_hanging.unlink(missing_ok=True)
        hangs.touch()
        message_id, set_id = self.deliver_to_scanner(b"SCANNER-HANGS")
        self.wait(is_hanging.exists, 60, "the scanner asked")
        _, set_of_c = self.deliver_to_scanner(b"clean", sender=C)
        self.wait(lambda: list(self.target.glob(f"{set_of_c}_*")), 60, "the other partner's document filed")
        self.assertEqual(list(self.target.glob(f"{set_id}_*")), [])
        self.assertEqual(self.b.wait_for("document-deferred", error="scanner-slow")[-1]["partner"], "klinikum-a")
        is_hanging.unlink()
        self.wait(is_hanging.exists, 60, "the scanner asked in the slow lane")
        self.b.stop()
        hangs.unlink()
        self.b.start()
        self.assertEqual(self.receipt(message_id), "displayed")
        self.assertEqual([file.name for file in self.target.glob(f"{set_id}_*")], [f"{set_id}_0.pdf"])

    def test_long_names_of_documents_keep_their_endings(self):
        image, _, _ = self.image("MR")
        set_id = f"d.{next(self.seeds)}"
        parts = [mails.document_part(documents.PDF + bytes([n]), "application/pdf", name)
                 for n, name in enumerate(("x" * 216 + ".pdf", "\u00fc" * 120 + ".pdf", "y" * 246 + ".pdf"))]
        message_id = self.deliver_parts(armored(self.sealed_entity(image, set_id=set_id, parts=parts)))
        self.assertEqual(self.receipt(message_id), "displayed")
        self.assertEqual(sorted(file.name[len(set_id) + 1:] for file in self.target.glob(f"{set_id}_*")),
                         ["x" * 80 + ".pdf", "y" * 80 + ".pdf", "\u00fc" * 40 + ".pdf"])

    # Signatures.

    def test_line_ends_changed_under_a_signature(self):
        image, uid, _ = self.image()
        entity = b"Content-Type: application/dicom\r\nContent-Transfer-Encoding: binary\r\n\r\n" + image
        canonical = entity.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
        self.assertNotEqual(entity, canonical)
        signature = self.gpg.run("--armor", "--local-user", A, "--digest-algo", "SHA256", "--detach-sign",
                                 data=canonical).stdout.replace(b"\n", b"\r\n")
        whole = (b'Content-Type: multipart/signed; protocol="application/pgp-signature"; micalg=pgp-sha256; '
                 b'boundary="=_s"\r\n\r\n'
                 + mixed([entity, leaf(signature, "application/pgp-signature", encoding="7bit")], "=_s"))
        self.deliver("text/plain", self.seal(whole, None).replace(b"\n", b"\r\n"))
        self.reason_of_mail("line-ends-changed")

    def test_two_sets_in_one_mail_are_both_counted(self):
        (one, uid_one, _), (two, uid_two, _) = self.image(), self.image()
        sets = [f"v.{next(self.seeds)}" for _ in range(2)]
        self.deliver_parts(*[armored(self.sealed_entity(image, set_id=set_id))
                             for image, set_id in zip((one, two), sets)])
        for uid in (uid_one, uid_two):
            self.stored(uid)
        shown = json.dumps([self.b.json("show", row["id"]) for row in self.b.json("list", "--kind", "sets")[:2]])
        for set_id in sets:
            self.assertIn(set_id, shown)


if __name__ == "__main__":
    main()
