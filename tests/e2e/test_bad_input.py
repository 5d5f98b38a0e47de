#!/usr/bin/python3
"""Bad input gets its clear answer, a log line and a place to wait in, and loses nothing else."""

import rig  # noqa: F401
import mails
import raw_scu
from dicom_peers import association_profile
from harness import (ADDRESSES, Directory, E2eTest, StoreScp, TEST_FILES, TwoHospitals, dataset_bytes, dataset_of,
                     echoscu, identity, main, make_study, storescu)

A, B, C = ADDRESSES["a"], ADDRESSES["b"], ADDRESSES["c"]


class BadDicom(E2eTest):
    """What a DICOM peer can do wrong at gateway A."""

    @classmethod
    def setUpClass(cls):
        cls.directory = cls.enterClassContext(Directory())
        cls.hospitals = cls.enterClassContext(TwoHospitals(StoreScp, change_a=cls.change))
        cls.a = cls.hospitals.a

    @classmethod
    def change(cls, settings):
        settings["dicom"]["callers"].append({"ae_title": "ELSEWHERE", "host": "127.0.0.9"})

    def tearDown(self):
        """Whatever was wrong: the next proper instance arrives."""
        super().tearDown()
        file = make_study(self.directory, 1, 2048, seed=hash(self.id()))[0]
        storescu([file], self.a.port)
        uid = identity(file).sop_instance
        self.wait(lambda: self.hospitals.pacs_b.datasets().get(uid) == dataset_bytes(file), 30, "the next instance")

    def refused(self, code):
        return self.a.events("instance-refused", error=code)

    def test_echo_is_answered(self):
        self.assertEqual(echoscu(self.a.port).returncode, 0)

    def test_bytes_that_are_no_dicom(self):
        status = raw_scu.store(self.a.port, b"This is a letter, not a data set. " * 100, sop_instance="1.2.3.1")
        self.assertEqual(status & 0xF000, 0xC000, hex(status))
        self.a.wait_for("instance-refused", status=f"{status:04X}")

    def test_an_empty_data_set(self):
        status = raw_scu.store(self.a.port, b"", sop_instance="1.2.3.2")
        self.assertIn(status & 0xF000, (0xA000, 0xC000), hex(status))

    def test_a_data_set_without_study(self):
        dataset = dataset_bytes(make_study(self.directory, 1, 2048, seed=3)[0])
        study = dataset.index(b"\x20\x00\x0d\x00UI")
        length = int.from_bytes(dataset[study + 6:study + 8], "little")
        status = raw_scu.store(self.a.port, dataset[:study] + dataset[study + 8 + length:])
        self.assertEqual(status & 0xF000, 0xC000, hex(status))
        self.assertTrue(self.a.wait_for("instance-refused", error="dicom-incomplete"))

    def test_a_truncated_association_leaves_nothing(self):
        before = self.a.counts()
        raw_scu.store_half(self.a.port, dataset_bytes(make_study(self.directory, 1, 65536, seed=4)[0]))
        self.a.wait_for("association-ended", calling_ae="PACS_A")
        self.wait(lambda: not list((self.a.state / "spool" / "work").iterdir()), 30, "an empty work folder")
        self.assertEqual(before["instances_out"], self.a.counts()["instances_out"])

    def test_unknown_called_ae(self):
        answer = echoscu(self.a.port, called="NOBODY")
        self.assertNotEqual(answer.returncode, 0)
        self.assertRegex(answer.stdout + answer.stderr, r"(?i)called AE title not recognized")
        self.a.wait_for("association-rejected", called_ae="NOBODY")

    def test_unknown_calling_ae(self):
        answer = echoscu(self.a.port, calling="STRANGER")
        self.assertRegex(answer.stdout + answer.stderr, r"(?i)calling AE title not recognized")
        self.a.wait_for("association-rejected", calling_ae="STRANGER")

    def test_known_calling_ae_from_another_address(self):
        answer = echoscu(self.a.port, calling="ELSEWHERE")
        self.assertRegex(answer.stdout + answer.stderr, r"(?i)calling AE title not recognized")
        self.a.wait_for("association-rejected", calling_ae="ELSEWHERE")

    def test_noise_instead_of_an_association(self):
        import socket
        with socket.create_connection(("127.0.0.1", self.a.port)) as connection:
            connection.sendall(b"GET / HTTP/1.1\r\n\r\n" * 100)
        self.assertTrue(self.a.running())


class RefusedByPacs(E2eTest):
    def test_a_sop_class_that_the_pacs_refuses(self):
        hospitals = self.two_hospitals(self.only_ct)
        ct, mr = TEST_FILES / "CT_small.dcm", TEST_FILES / "MR_small.dcm"
        storescu([mr, ct], hospitals.a.port)
        failed = hospitals.b.wait_for("delivery-failed")[0]
        self.assertEqual(failed["error"], "sop-class-refused")
        hospitals.b.wait_for("delivery-done")
        self.assertEqual(set(hospitals.pacs_b.datasets()), {identity(ct).sop_instance})
        waiting = hospitals.b.json("list", "--state", "failed")
        self.assertEqual([row["id"] for row in waiting], [failed["delivery"]])
        self.assertIn("sop-class-refused", waiting[0]["reason"])

    @staticmethod
    def only_ct(directory):
        directory.mkdir(parents=True)
        profile = association_profile(directory / "only-ct.cfg", "Ct",
                                      [("1.2.840.10008.5.1.4.1.1.2", ["1.2.840.10008.1.2.1"])])
        return StoreScp(directory, options=("-xf", profile, "Ct"))


class BadMail(E2eTest):
    """What may lie in hospital B's mailbox. A's gateway does not run; GnuPG holds A's key, and that of a stranger C."""

    @classmethod
    def setUpClass(cls):
        cls.directory = cls.enterClassContext(Directory())
        cls.hospitals = cls.enterClassContext(TwoHospitals(StoreScp, start="b"))
        cls.b = cls.hospitals.b
        cls.gpg = cls.hospitals.gnupg("a", "b")
        cls.c_key = cls.gpg.generate(f"Hospital C <{C}>")
        cls.seeds = iter(range(1000, 2000))

    def fresh(self):
        return make_study(self.directory / f"{next(self.seeds)}", 1, 4096, seed=next(self.seeds))[0]

    def sealed(self, file, recipient=B, signer=A):
        return self.gpg.seal(mails.inner_entity([file]), recipient, signer)

    def quarantined(self, mail, reason, sender=A):
        """Delivers the mail, then a good one: the first waits with its reason, the second arrives."""
        before = len(self.b.events("mail-quarantined"))
        self.hospitals.servers.deliver(sender, B, mail)
        event = self.b.wait_for("mail-quarantined", before + 1)[-1]
        self.assertEqual(event["reason"], reason)
        item = [entry for entry in self.b.quarantine() if entry["id"] == event["mail"]]
        self.assertEqual([entry["reason"] for entry in item], [reason])
        self.good_mail_passes()
        return event["mail"]

    def good_mail_passes(self):
        file = self.fresh()
        self.hospitals.servers.deliver(A, B, mails.encrypted_mail(A, B, self.sealed(file)))
        uid = identity(file).sop_instance
        self.wait(lambda: self.hospitals.pacs_b.datasets().get(uid) == dataset_bytes(file), 30, "a good mail's file")

    def test_plain_mail(self):
        self.quarantined(mails.plain_mail(A, B), "no-dicom-mail")

    def test_mail_from_a_stranger(self):
        self.quarantined(mails.encrypted_mail(C, B, self.sealed(self.fresh(), signer=C)), "stranger", C)

    def test_partner_address_with_a_strangers_signature(self):
        self.quarantined(mails.encrypted_mail(A, B, self.sealed(self.fresh(), signer=C)), "unknown-signer")

    def test_partner_address_with_our_own_signature(self):
        item = self.quarantined_any(mails.encrypted_mail(A, B, self.sealed(self.fresh(), signer=B)))
        self.assertIn(item, ("wrong-signer", "unknown-signer"))

    def quarantined_any(self, mail):
        before = len(self.b.events("mail-quarantined"))
        self.hospitals.servers.deliver(A, B, mail)
        return self.b.wait_for("mail-quarantined", before + 1)[-1]["reason"]

    def test_unsigned(self):
        self.quarantined(mails.encrypted_mail(A, B, self.sealed(self.fresh(), signer=None)), "unsigned")

    def test_bad_signature(self):
        signed = self.gpg.run("--local-user", A, "--compress-algo", "none", "--sign",
                              data=mails.inner_entity([self.fresh()])).stdout
        at = signed.index(b"Content-Disposition")
        tampered = signed[:at] + b"content" + signed[at + 7:]
        sealed = self.gpg.run("--armor", "--no-literal", "--recipient", B, "--encrypt", data=tampered).stdout
        self.quarantined(mails.encrypted_mail(A, B, sealed), "bad-signature")

    def test_bad_detached_signature(self):
        inner = mails.inner_entity([self.fresh()])
        signed = (b'Content-Type: multipart/signed; protocol="application/pgp-signature"; micalg=pgp-sha256; '
                  b'boundary="sig"\r\n\r\n--sig\r\n' + inner.replace(b"attachment", b"Attachment") + b"\r\n--sig\r\n"
                  b"Content-Type: application/pgp-signature\r\n\r\n" + self.gpg.detached(inner, A) + b"\r\n--sig--\r\n")
        self.quarantined(mails.encrypted_mail(A, B, self.gpg.seal(signed, B)), "bad-signature")

    def test_encrypted_to_another_key(self):
        self.quarantined(mails.encrypted_mail(A, B, self.sealed(self.fresh(), recipient=C)), "not-decryptable")

    def test_damaged_body(self):
        sealed = self.sealed(self.fresh())
        middle = len(sealed) // 2
        damaged = sealed[:middle] + bytes(b ^ 1 if chr(b).isalnum() else b for b in sealed[middle:middle + 40]) \
            + sealed[middle + 40:]
        reason = self.quarantined_any(mails.encrypted_mail(A, B, damaged))
        self.assertIn(reason, ("openpgp-damaged", "not-decryptable", "bad-signature"))

    def test_truncated_body(self):
        sealed = self.sealed(self.fresh())
        reason = self.quarantined_any(mails.encrypted_mail(A, B, sealed[:len(sealed) // 3]))
        self.assertIn(reason, ("openpgp-damaged", "not-decryptable", "mail-damaged"))

    def test_encrypted_mail_without_dicom(self):
        """A document: it is kept with its study, or waits for one."""
        received = len(self.b.events("document-received"))
        sealed = self.gpg.seal(mails.plain_mail(A, B), B, A)
        self.hospitals.servers.deliver(A, B, mails.encrypted_mail(A, B, sealed))
        document = self.b.wait_for("document-received", received + 1)[-1]["document"]
        self.assertIn(self.b.json("show", document)["state"], ("waiting", "kept"))
        self.good_mail_passes()

    def test_a_part_that_says_it_is_dicom(self):
        sealed = self.gpg.seal(mails.inner_entity([b"no DICOM " * 100]), B, A)
        self.quarantined(mails.encrypted_mail(A, B, sealed), "not-dicom")

    def test_a_good_file_beside_a_bad_one_is_not_lost(self):
        file = self.fresh()
        sealed = self.gpg.seal(mails.inner_entity([b"no DICOM " * 100, file]), B, A)
        self.quarantined(mails.encrypted_mail(A, B, sealed), "not-dicom")
        self.assertIn(identity(file).sop_instance, self.hospitals.pacs_b.datasets())

    def test_the_same_mail_twice_delivers_once(self):
        file = self.fresh()
        mail = mails.encrypted_mail(A, B, self.sealed(file))
        stored = len(self.b.events("delivery-done"))
        for _ in range(2):
            self.hospitals.servers.deliver(A, B, mail)
        self.b.wait_for("mail-accepted", duplicates=1)
        self.good_mail_passes()
        self.assertEqual(len(self.b.events("delivery-done")), stored + 2)

    def test_same_instance_with_other_content_is_a_conflict(self):
        file = self.fresh()
        self.hospitals.servers.deliver(A, B, mails.encrypted_mail(A, B, self.sealed(file)))
        uid, original = identity(file).sop_instance, file.read_bytes()
        self.wait(lambda: uid in self.hospitals.pacs_b.datasets(), 30, "the first version")
        conflicts = len(self.b.events("instance-conflict"))
        changed = original[:-1] + bytes([original[-1] ^ 1])
        file.write_bytes(changed)
        self.hospitals.servers.deliver(A, B, mails.encrypted_mail(A, B, self.sealed(file)))
        event = self.b.wait_for("instance-conflict", conflicts + 1)[-1]
        self.good_mail_passes()
        self.assertTrue(self.hospitals.pacs_b.datasets()[uid] == dataset_of(original))
        self.b.command("quarantine", "release", event["instance"])
        self.wait(lambda: self.hospitals.pacs_b.datasets()[uid] == dataset_of(changed), 30, "the released version")

    def test_a_fragment_from_a_stranger(self):
        fragments = mails.split_mail(mails.encrypted_mail(C, B, self.sealed(self.fresh(), signer=C)), 2, C, B)
        self.quarantined(fragments[0], "stranger", C)


class Quarantine(E2eTest):
    """What an operator does with what waits."""

    def test_show_release_and_drop(self):
        hospitals = self.two_hospitals(start="b")
        b, gpg = hospitals.b, hospitals.gnupg()
        fingerprint = gpg.generate(f"Hospital C <{C}>")
        file = make_study(hospitals.directory / "study", 1, 4096)[0]
        sealed = gpg.seal(mails.inner_entity([file]), B, fingerprint)
        hospitals.servers.deliver(C, B, mails.encrypted_mail(C, B, sealed))
        hospitals.servers.deliver(A, B, mails.plain_mail(A, B, "Bitte um Rueckruf wegen Frau Musterfrau."))
        b.wait_for("mail-quarantined", 2)
        by_reason = {entry["reason"]: entry["id"] for entry in b.quarantine()}
        self.assertEqual(set(by_reason), {"stranger", "no-dicom-mail"})
        stranger, plain = by_reason["stranger"], by_reason["no-dicom-mail"]
        listing = b.command("quarantine", "list").stdout
        self.assertRegex(listing, rf"{stranger}\b.*stranger")
        self.assertIn("stranger", b.command("quarantine", "show", stranger).stdout)
        self.drop(b, plain)
        self.release(hospitals, stranger, gpg.export(fingerprint), fingerprint, file)

    def drop(self, b, item):
        files = self.mail_files(b)
        b.command("quarantine", "drop", item)
        self.assertNotIn(item, [entry["id"] for entry in b.quarantine()])
        self.assertEqual(len(self.mail_files(b)), len(files) - 1)
        self.assertEqual(b.json("show", item)["state"], "dropped")
        self.assertNotEqual(b.command("quarantine", "drop", item, check=False).returncode, 0)

    def release(self, hospitals, item, public_key, fingerprint, file):
        """Released without a cure it comes back; once C is a partner it is accepted."""
        b = hospitals.b
        b.command("quarantine", "release", item)
        b.wait_for("mail-quarantined", 3)
        b.stop()
        key_file = hospitals.directory / "c.public.asc"
        key_file.write_text(public_key)
        b.settings["partners"]["klinikum-c"] = hospitals.partner(C, key_file, fingerprint)
        b.settings["routes"]["inbound"][0]["when"]["partner"].append("klinikum-c")
        b.start()
        b.command("quarantine", "release", item)
        self.wait(lambda: hospitals.pacs_b.datasets() == {identity(file).sop_instance: dataset_bytes(file)}, 30,
                  "the released file")
        self.assertEqual(b.quarantine(), [])

    @staticmethod
    def mail_files(b):
        return [p for p in (b.state / "spool" / "mails").rglob("*.eml")]


if __name__ == "__main__":
    main()
