#!/usr/bin/python3
"""The mail doctor: mails that we write are clean, damaged ones are told by what departs."""

import json
import os
import pathlib
import re
import time
import unicodedata

import pydicom

import rig  # noqa: F401
import mails
from harness import (ADDRESSES, CT_STUDY, Directory, E2eTest, Process, StoreScp, TwoHospitals, gateway,
                     gateway_binary, identity, main, make_study, storescu)

A, B = ADDRESSES["a"], ADDRESSES["b"]


def inspect(*arguments):
    """(exit code, the codes of errors and warnings, what was printed as JSON)."""
    done = gateway("inspect", *arguments, "--json", check=False)
    if done.returncode == 2:
        return 2, set(), done.stderr
    found = json.loads(done.stdout)
    return (done.returncode, {d["code"] for d in found["departures"] if d["severity"] != "note"}, found)


class WhatWeWrite(E2eTest):
    """Each variant of a profile, as it lies in the partner's mailbox."""

    @classmethod
    def setUpClass(cls):
        cls.hospitals = cls.enterClassContext(TwoHospitals(StoreScp, start=""))
        cls.directory = cls.enterClassContext(Directory())

    def written(self, seed, **profile):
        """The mails of one file, sent under this profile, as files; and the DICOM file."""
        a, servers = self.hospitals.a, self.hospitals.servers
        a.settings["partners"]["klinikum-b"]["profile"] = {"receipts": "none", **profile}
        before = servers.count(B)
        study = make_study(self.directory / f"study-{seed}", 1, 256 * 1024, seed)
        with a:
            sealed = len(a.events("message-sealed"))
            storescu(study, a.port)
            event = a.wait_for("message-sealed", sealed + 1)[-1]
            a.wait_for("shipment-sent", sealed + 1)
        raw = servers.wait_for(B, before + int(event.get("fragments") or 1))[before:]
        files = []
        for number, mail in enumerate(raw, 1):
            files.append(self.directory / f"{seed}-{number}.eml")
            files[-1].write_bytes(mail)
        return files, study[0]

    def keys(self):
        return ["--key", self.hospitals.keys["b"].secret, "--partner-key", self.hospitals.keys["a"].public]

    def expect_clean(self, seed, **profile):
        files, dicom = self.written(seed, **profile)
        code, departures, found = inspect(*files, *self.keys())
        self.assertEqual((code, departures), (0, set()), found)
        self.assertEqual(found["mail"]["signature"][0]["validity"], "valid")
        self.assertEqual(found["mail"]["part"][0]["sop instance"], identity(dicom).sop_instance)
        return files, found

    def test_text_that_declares_no_character_set(self):
        """What it says is found outside the encryption only when it is read in the right set."""
        study = make_study(self.directory / "cyrillic", 1, 4096, seed=77, description="GOLOVA")
        content = study[0].read_bytes().replace(b"ISO_IR 100", b" " * 10, 1)
        content = content.replace(b"GOLOVA", "Голова".encode("iso8859-5"), 1)
        sealed = self.hospitals.gnupg("a").seal(mails.inner_entity([content]), B, A)
        file = self.directory / "cyrillic.eml"
        file.write_bytes(mails.encrypted_mail(A, B, sealed).replace(b"Subject:", "Comments: Голова\r\nSubject:".encode()))
        code, departures, _ = inspect(file, *self.keys())
        self.assertEqual((code, "text-misdeclared" in departures, "patient-data-outside" in departures), (1, True, False))
        code, departures, _ = inspect(file, *self.keys(), "--character-set", "ISO_IR 144")
        self.assertEqual((code, "text-misdeclared" in departures, "patient-data-outside" in departures), (1, True, True))
        refused = gateway("inspect", file, "--character-set", "ISO_IR 999", check=False)
        self.assertEqual((refused.returncode, "no character set" in refused.stderr), (64, True))
        missing = gateway("inspect", self.directory / "missing.eml", check=False)
        self.assertEqual((missing.returncode, "does not exist" in missing.stderr), (2, True))

    def test_combined_base64(self):
        files, found = self.expect_clean(1, receipts="mdn")
        self.assertEqual(found["departures"], [], "not even a note")
        self.assertEqual(gateway("inspect", files[0], check=False).returncode, 0, "without keys")

    def test_binary(self):
        self.expect_clean(2, inner_encoding="binary")

    def test_encapsulated(self):
        _, found = self.expect_clean(3, signing="encapsulated")
        self.assertIn("6.1", found["mail"]["signature"][0]["form"])

    def test_compressed(self):
        _, found = self.expect_clean(4, compression="zlib")
        self.assertEqual(found["mail"]["encryption"][0]["compressed"], "yes")

    def test_receipt_inside_the_encryption(self):
        self.expect_clean(5, receipts="pgp")

    def test_fragments_in_any_order(self):
        files, _ = self.written(6, max_message_size="100KB", receipts="mdn")
        self.assertGreater(len(files), 2)
        code, departures, found = inspect(*reversed(files), *self.keys())
        self.assertEqual((code, departures), (0, set()), found)
        self.assertEqual(found["mail"]["part"][0]["kind"], "DICOM")
        self.assertEqual(inspect(files[0])[0], 0, "one alone")
        code, departures, _ = inspect(*files[1:], *self.keys())
        self.assertEqual((code, departures), (1, {"partial-incomplete"}))


def at_work(pid):
    """(mode of seccomp, seconds that it may compute) of a process that has begun to decrypt; nothing before that."""
    proc = pathlib.Path(f"/proc/{pid}")
    try:
        written = any(os.stat(fd.path).st_size > 0 for fd in os.scandir(proc / "fd")
                      if os.readlink(fd.path).endswith(" (deleted)"))
        texts = [(proc / name).read_text() for name in ("status", "limits")]
    except OSError:
        return set()
    patterns = r"^Seccomp:\s+(\d)", r"^Max cpu time\s+(\S+)"
    found = [re.search(pattern, text, re.M) for pattern, text in zip(patterns, texts)]
    return {tuple(match[1] for match in found)} if written and all(found) else set()


class Sandboxed(E2eTest):
    def test_it_takes_a_mail_apart_behind_the_sandbox(self):
        """A large one, so that it can be watched at its work."""
        directory = self.enterContext(Directory())
        hospitals = self.two_hospitals(start="")
        file = make_study(directory / "study", 1, 32 << 20, seed=61)[0]
        mail = directory / "large.eml"
        mail.write_bytes(mails.encrypted_mail(A, B, hospitals.gnupg("a", "b").seal(mails.inner_entity([file]), B, A)))
        process = Process([gateway_binary(), "inspect", mail, "--key", hospitals.keys["b"].secret, "--partner-key",
                           hospitals.keys["a"].public], directory / "output.log")
        self.addCleanup(process.kill)
        seen = set()
        while process.running():
            seen |= at_work(process.pid)
            time.sleep(0.01)
        self.assertEqual(process.popen.returncode, 0, process.output())
        self.assertEqual(seen, {("2", str(30 + mail.stat().st_size // 1_000_000))})


class Damaged(E2eTest):
    """Mails that gpg and Python make, each wrong in one way."""

    @classmethod
    def setUpClass(cls):
        cls.hospitals = cls.enterClassContext(TwoHospitals(StoreScp, start=""))
        cls.gpg = cls.hospitals.gnupg("a", "b")
        cls.directory = cls.enterClassContext(Directory())
        cls.file = sorted(p for p in CT_STUDY.rglob("*") if p.is_file())[0]
        cls.inner = mails.inner_entity([cls.file])

    def departures(self, mail, keys=True):
        file = self.directory / "mail.eml"
        file.write_bytes(mail)
        arguments = ["--key", self.hospitals.keys["b"].secret, "--partner-key", self.hospitals.keys["a"].public]
        return inspect(file, *(arguments if keys else []))[:2]

    def sealed(self, inner=None, signer=A, recipient=B, **options):
        return mails.encrypted_mail(A, B, self.gpg.seal(inner or self.inner, recipient, signer, **options))

    def test_what_gpg_and_python_make_is_clean(self):
        self.assertEqual(self.departures(self.sealed()), (0, set()))

    def test_unsigned(self):
        self.assertEqual(self.departures(self.sealed(signer=None)), (1, {"unsigned"}))

    def test_signed_by_another(self):
        stranger = self.gpg.generate("Stranger <tele@hospital-x.example>")
        self.assertEqual(self.departures(self.sealed(signer=stranger)), (1, {"unknown-signer"}))

    def test_sha1(self):
        mail = self.sealed(options=["--digest-algo", "SHA1"])
        self.assertEqual(self.departures(mail), (1, {"weak-signature"}))

    def test_signature_by_another_clock(self):
        past, future = (["--faked-system-time", f"{year}0101T000000!"] for year in (2020, 2090))
        address = "early@hospital-a.example"
        self.gpg.run(*past, "--quick-generate-key", f"Early <{address}>", "future-default", "default", "never")
        secret, public, file = (self.directory / name for name in ("early.secret.asc", "early.asc", "early.eml"))
        secret.write_text(self.gpg.export_secret(address))
        public.write_text(self.gpg.export(address))
        for options, code in ((past, None), ([*past, "--default-sig-expire", "1d"], "signature-expired"),
                              (future, "signature-in-future")):
            sealed = self.gpg.seal(self.inner, address, address, options=options)
            file.write_bytes(mails.encrypted_mail(address, address, sealed))
            found = inspect(file, "--key", secret, "--partner-key", public)[:2]
            self.assertEqual(found, (1, {code}) if code else (0, set()))

    def test_without_mdc(self):
        rsa = self.gpg.generate("Old <old@hospital-b.example>", "default")
        secret = self.directory / "old.asc"
        secret.write_text(self.gpg.export_secret(rsa))
        file = self.directory / "old.eml"
        file.write_bytes(self.sealed(recipient=rsa, options=["--rfc2440", "--cipher-algo", "3DES"]))
        code, departures, _ = inspect(file, "--key", secret, "--partner-key", self.hospitals.keys["a"].public)
        self.assertEqual((code, departures), (1, {"no-integrity-protection"}))

    def test_encrypted_to_another(self):
        other = self.gpg.generate("Other <other@hospital-y.example>")
        self.assertEqual(self.departures(self.sealed(recipient=other)), (1, {"not-decryptable"}))

    def test_a_bomb(self):
        """As an open worker: 256 MB, or two hundred times the mail."""
        self.assertEqual(self.departures(self.sealed(bytes(257 << 20), options=["-z", "9"])), (1, {"opened-too-large"}))

    def test_changed_ciphertext(self):
        mail = bytearray(self.sealed())
        at = len(mail) // 2
        mail[at] = ord("A") if mail[at] != ord("A") else ord("B")
        self.assertEqual(self.departures(bytes(mail)), (1, {"openpgp-damaged"}))

    def test_other_set_outside(self):
        inner = mails.inner_entity([self.file], part=2, total=7)
        self.assertEqual(self.departures(self.sealed(inner)), (1, {"set-differs"}))

    def test_study_outside(self):
        mail = self.sealed().replace(b"Subject: DICOM-eMail", f"Subject: {self.study()}".encode())
        self.assertEqual(self.departures(mail), (1, {"patient-data-outside"}))

    def study(self):
        return pydicom.dcmread(self.file, stop_before_pixels=True).StudyInstanceUID

    def test_not_encrypted(self):
        self.assertEqual(self.departures(mails.plain_mail(A, B)), (1, {"not-encrypted"}))

    def test_no_mail(self):
        for content in (b"", b"hello", self.file.read_bytes()):
            self.assertEqual(self.departures(content)[0], 2)
        self.assertEqual(inspect(self.directory / "missing.eml")[0], 2)
        self.assertEqual(inspect(self.directory)[0], 2)

    def test_keys_that_are_none(self):
        file = self.directory / "good.eml"
        file.write_bytes(self.sealed())
        for arguments in (["--key", file], ["--partner-key", file], ["--key", self.hospitals.keys["a"].public],
                          ["--key", self.directory / "missing.asc"]):
            self.assertEqual(inspect(file, *arguments)[0], 2, arguments)

    def test_control_characters_do_not_pass(self):
        mail = self.sealed().replace(b"Subject: DICOM-eMail", b"Subject: \x1b[2J\x9b2J\xc2\x9b\xe2\x80\xaeliame")
        file = self.directory / "hostile.eml"
        file.write_bytes(mail)
        for options in ([], ["--json"]):
            text = gateway("inspect", file, *options, check=False).stdout
            self.assertIn("liame", text)
            odd = [c for c in text if unicodedata.category(c) in ("Cc", "Cf") and c != "\n"]
            self.assertEqual(odd, [])


GOLDEN = pathlib.Path(__file__).resolve().parent.parent / "data" / "mails"
SECRETS = ["receiver", "receiver-rsa", "receiver-elgamal"]
# Errors and warnings of golden mails, but for the set fields that most of them lack.
GOLDEN_CODES = {
    "combined": set(), "encapsulated": set(), "compressed-zip": set(), "cipher-twofish": set(),
    "hidden-recipient": set(), "several-recipients": set(), "signed-by-dsa-elgamal": set(), "receipt-in-pgp": set(),
    "inline-text-plain": {"not-pgp-mime"}, "binary-openpgp-attachment": {"not-pgp-mime", "not-armored"},
    "missing-version": {"version-missing"}, "missing-control-part": {"not-two-parts"},
    "armor-in-base64": {"encrypted-not-7bit"}, "damaged-armor": {"openpgp-damaged"},
    "encrypted-by-password": {"not-decryptable"}, "encrypted-to-another": {"not-decryptable"},
    "encrypted-only-refused": {"unsigned"}, "bad-signature": {"bad-signature"},
    "signed-by-expired": {"signer-key-expired"}, "signed-by-revoked": {"signer-key-revoked"},
    "signed-by-rsa1024": {"weak-key"}, "sha1-key-allowed": {"key-with-sha1"},
    "sha1-signature-refused": {"weak-signature"}, "no-mdc-refused": {"no-integrity-protection"},
    "signed-by-another-partner": {"signer-not-sender"}, "signed-not-encrypted": {"not-encrypted"},
    "dicom-in-the-clear": {"not-encrypted", "mixed-line-ends"}, "smime-encrypted": {"smime"},
    "no-date": {"date-missing"}, "no-from": {"from-not-one-address"}, "two-froms": {"from-not-one-address"},
    "receipt-to-another": {"receipt-elsewhere"}, "set-differs": {"set-differs"}, "set-unusable": {"tag-malformed"},
    "fragments-8bit": {"partial-not-7bit"}, "fragments-base64": {"partial-not-7bit"},
    "fragments-incomplete": {"partial-incomplete"}, "fragments": set(), "fragments-mpack": {"not-pgp-mime", "8bit-undeclared"},
    "inner-no-cte": {"8bit-undeclared"}, "inner-x-uuencode": {"encoding-unknown"},
    "bare-lf-base64": {"inner-line-ends"}, "too-deep": {"mime-damaged", "no-parts"}, "nothing-inside": {"no-parts"},
    "name-path": {"name-with-path"}, "name-rfc2047": {"encoded-word-in-parameter"}, "name-rfc2231": set(),
    "name-raw-8bit": {"header-8bit"}, "not-dicom": {"not-dicom"}, "octet-stream": {"dicom-of-other-type"},
    "no-preamble-implicit": {"preamble-missing"}, "mdn-displayed": set(), "dsn-postfix-failed": set(),
}


class GoldenMails(E2eTest):
    """tests/data/mails: what the gateway takes, the doctor can take apart."""

    @classmethod
    def setUpClass(cls):
        index = json.loads((GOLDEN / "index.json").read_text())
        cls.entries = {entry["name"]: entry for entry in index["mails"]}
        cls.keys = [word for name in SECRETS for word in ("--key", GOLDEN / "keys" / f"{name}.secret.asc")]
        cls.keys += [word for partner in index["partners"].values()
                     for word in ("--partner-key", GOLDEN / partner["key"])]
        # The partner's old keys: the daemon takes one key from each file, an administrator may ask with more.
        cls.keys += [word for name in ("expired", "revoked")
                     for word in ("--partner-key", GOLDEN / "keys" / f"{name}.public.asc")]

    def diagnoses(self, entry):
        """One of each mail of the entry; fragments together."""
        files = [GOLDEN / file for file in entry["files"]]
        fragments = all(b"message/partial" in file.read_bytes()[:3000].lower() for file in files)
        return [inspect(*self.keys, *group)
                for group in ([files] if fragments else [[file] for file in files])]

    def test_what_arrives_is_seen(self):
        # Fragments of fragments, and of two senders, are not taken apart; nor is what CR CR LF ends.
        others = {"fragments-nested", "fragments-id-of-two-senders", "armor-in-quoted-printable"}
        for name, entry in self.entries.items():
            if entry["expected"]["outcome"] != "arrives" or name in others:
                continue
            with self.subTest(name):
                seen = {part["sop instance"] for _, _, found in self.diagnoses(entry)
                        for part in found["mail"].get("part", []) if "sop instance" in part}
                self.assertEqual(seen, set(entry["expected"]["instances"]))

    def test_departures(self):
        for name, expected in GOLDEN_CODES.items():
            with self.subTest(name):
                for code, departures, _ in self.diagnoses(self.entries[name]):
                    self.assertEqual(departures - {"set-missing", "inner-set-missing"}, expected)
                    self.assertEqual(code, 1 if departures else 0)


if __name__ == "__main__":
    main()
