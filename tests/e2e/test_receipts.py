#!/usr/bin/python3
"""Receipts, both ways: between two gateways, and with a partner whose software is GnuPG and Python's email."""

import mails
import receipts
from harness import (ADDRESSES, Directory, E2eTest, Orthanc, StoreScp, TwoHospitals, identity, main, make_study,
                     storescu)

A, B, C = ADDRESSES["a"], ADDRESSES["b"], ADDRESSES["c"]


def asking(kind="mdn", **profile):
    """Hospital A asks B for receipts."""
    def change(settings):
        settings["partners"]["klinikum-b"]["profile"].update({"receipts": kind, **profile})
    return change


def answering(when, **profile):
    """When hospital B answers A."""
    def change(settings):
        settings["receipts"] = {"send_when": when}
        settings["partners"]["klinikum-a"]["profile"].update(profile)
    return change


class ReceiptTest(E2eTest):
    seed = 0

    def study(self, slices=1, **options):
        ReceiptTest.seed += 1
        return make_study(self.enterContext(Directory()), slices, 4096, seed=ReceiptTest.seed, **options)

    def messages(self, gateway):
        """The states of its messages that are not 0."""
        return {state: count for state, count in gateway.counts()["messages"].items() if count}


class BetweenTwoGateways(ReceiptTest):
    def test_nothing_is_told_before_the_pacs_has_stored_it(self):
        pacs = StoreScp(self.enterContext(Directory()))
        hospitals = self.two_hospitals(pacs, change_a=asking(), change_b=answering("stored"))
        storescu(self.study(3), hospitals.a.port)
        hospitals.a.wait_for("shipment-sent")
        hospitals.b.wait_for("mail-accepted", 3)
        hospitals.b.wait_for("pacs-unavailable")
        self.assertEqual(hospitals.b.counts()["receipts"]["waiting"], 3)
        self.assertEqual(self.messages(hospitals.a), {"sent": 3})
        self.enterContext(pacs)
        hospitals.a.wait_for("shipment-delivered", how="delivered")
        self.assertEqual(self.messages(hospitals.a), {"delivered": 3})
        self.assertEqual(hospitals.b.counts()["receipts"]["sent"], 3)
        self.assertEqual(len(hospitals.b.events("receipt-sent", disposition="displayed")), 3)
        self.assertEqual(hospitals.a.counts()["mails"]["report"], 3)
        self.assertEqual(list((hospitals.a.state / "spool" / "mails").rglob("*.eml")), [])

    def test_accepted_is_told_at_once_where_that_is_wanted(self):
        hospitals = self.two_hospitals(StoreScp(self.enterContext(Directory())), change_a=asking(),
                                       change_b=answering("accepted"))
        storescu(self.study(2), hospitals.a.port)
        hospitals.a.wait_for("shipment-delivered", how="delivered")
        self.assertEqual(hospitals.b.events("delivery-done"), [])

    def test_each_kind_and_protection(self):
        hospitals = self.two_hospitals(change_a=asking(), change_b=answering("accepted"))
        for kind, protection, signing in (("mdn", "sign", "combined"), ("mdn", "encrypt", "combined"),
                                          ("mdn", "encrypt", "encapsulated"), ("pgp", "none", "combined"),
                                          ("pgp", "encrypt", "encapsulated")):
            with self.subTest(f"{kind} {protection} {signing}"):
                for gateway in (hospitals.a, hospitals.b):
                    gateway.stop()
                asking(kind, receipt_protection=protection, signing=signing)(hospitals.a.settings)
                answering("accepted", receipt_protection=protection, signing=signing)(hospitals.b.settings)
                for gateway in (hospitals.a, hospitals.b):
                    gateway.start()
                before = len(hospitals.a.events("shipment-delivered"))
                storescu(self.study(), hospitals.a.port)
                hospitals.a.wait_for("shipment-delivered", before + 1)
        self.assertEqual(hospitals.a.quarantine(), [])

    def test_a_receipt_with_less_protection_than_asked_for_changes_nothing(self):
        hospitals = self.two_hospitals(change_a=asking(receipt_protection="sign"), change_b=answering("accepted"))
        storescu(self.study(), hospitals.a.port)
        hospitals.a.wait_for("mail-quarantined", reason="unprotected-receipt")
        self.assertEqual(self.messages(hospitals.a), {"sent": 1})

    def test_fragments_are_answered_once(self):
        hospitals = self.two_hospitals(change_a=asking(max_message_size="200KB"), change_b=answering("stored"))
        storescu(make_study(self.enterContext(Directory()), 2, 512 * 1024, seed=77), hospitals.a.port)
        hospitals.a.wait_for("shipment-delivered", how="delivered")
        self.assertGreaterEqual(len(hospitals.b.events("mail-fragment-kept")), 6)
        self.assertEqual(len(hospitals.b.events("receipt-sent")), 2)

    def test_a_crash_between_storing_and_answering(self):
        """The answer waits for the mail server, as the gateway is killed; after that each mail is answered once."""
        hospitals = self.two_hospitals(change_a=asking(), change_b=answering("stored"), start="a")
        storescu(self.study(4), hospitals.a.port)
        hospitals.a.wait_for("shipment-sent")
        hospitals.servers.wait_for(B, 4)
        hospitals.servers.stop_postfix()
        hospitals.b.start()
        hospitals.b.wait_for("delivery-done", 4)
        hospitals.b.wait_for("smtp-unavailable")
        hospitals.b.kill()
        self.assertEqual(hospitals.b.events("receipt-sent"), [])
        hospitals.servers.start_postfix()
        hospitals.b.start()
        hospitals.a.wait_for("shipment-delivered")
        self.wait(lambda: hospitals.b.counts()["receipts"]["sent"] == 4, 30, "four receipts recorded as sent")
        hospitals.b.kill()
        hospitals.b.start()
        storescu(self.study(1), hospitals.a.port)
        hospitals.a.wait_for("shipment-delivered", 2)
        self.assertEqual(len(hospitals.a.events("mail-fetched")), 5)
        self.assertEqual(len(hospitals.b.events("delivery-done")), 5)


class WhatThePacsSays(ReceiptTest):
    """Orthanc answers as its script wants: a warning to CT, a refusal to MR, success to the rest."""

    SCRIPT = """
import json
import orthanc

def answer(dicom):
    return {"CT": 0xB000, "MR": 0xC000}.get(json.loads(dicom.GetInstanceSimplifiedJson())["Modality"], 0)

orthanc.RegisterIncomingCStoreInstanceFilter(answer)
"""

    @classmethod
    def setUpClass(cls):
        script = cls.enterClassContext(Directory()) / "answers.py"
        script.write_text(cls.SCRIPT)
        options = {"Plugins": ["/usr/share/orthanc/plugins/libOrthancPython.so"], "PythonScript": str(script)}
        cls.hospitals = cls.enterClassContext(TwoHospitals(
            lambda directory: Orthanc(directory, "PACS_B", options), change_a=asking(),
            change_b=answering("stored")))
        cls.a, cls.b = cls.hospitals.a, cls.hospitals.b

    def test_a_warning_is_told_as_such(self):
        storescu(self.study(modality="CT"), self.a.port)
        self.a.wait_for("shipment-delivered", how="warning")
        self.assertEqual(self.b.events("delivery-done", status="B000")[0]["level"], "warning")
        self.assertEqual(len(self.b.events("receipt-sent", disposition="displayed/warning")), 1)

    def test_a_refusal_is_told_as_such(self):
        storescu(self.study(modality="MR"), self.a.port)
        event = self.a.wait_for("message-refused")[0]
        self.assertEqual(event["level"], "error")
        self.assertIn("deleted", event["words"])
        self.assertEqual(len(self.b.events("receipt-sent", disposition="deleted")), 1)

    def test_the_rest_is_delivered(self):
        storescu(self.study(modality="OT"), self.a.port)
        self.a.wait_for("shipment-delivered", how="delivered")


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


class Bounces(ReceiptTest):
    def test_an_unknown_user_at_the_far_server(self):
        """The far server takes the mail and bounces it then, as real ones do."""
        def change(settings):
            asking()(settings)
            settings["partners"]["klinikum-b"]["address"] = "bounced@hospital-b.example"
        hospitals = self.two_hospitals(change_a=change, start="a")
        storescu(self.study(), hospitals.a.port)
        hospitals.a.wait_for("shipment-sent")
        event = hospitals.a.wait_for("message-bounced")[0]
        self.assertEqual(event["level"], "error")
        self.assertIn("5.1.1", event["words"])
        self.assertEqual(self.messages(hospitals.a), {"bounced": 1})
        self.assertEqual(hospitals.a.quarantine(), [])


class WaitedForTooLong(ReceiptTest):
    def test_an_overdue_receipt_is_an_alarm_and_welcome_when_it_comes(self):
        def change(settings):
            asking()(settings)
            settings["receipts"] = {"overdue_after": "1s"}
        hospitals = self.two_hospitals(change_a=change, start="a")
        storescu(self.study(), hospitals.a.port)
        event = hospitals.a.wait_for("receipt-overdue")[0]
        self.assertEqual((event["level"], event["messages"]), ("error", "1"))
        self.assertEqual(self.messages(hospitals.a), {"overdue": 1})
        mail = mails.parse(hospitals.servers.wait_for(B, 1)[0])
        hospitals.servers.deliver(B, A, receipts.mdn(B, A, mail["Message-ID"]))
        hospitals.a.wait_for("shipment-delivered", shipment=event["shipment"])
        self.assertEqual(self.messages(hospitals.a), {"delivered": 1})

    def test_a_set_with_gaps_is_an_alarm_and_completed_by_what_comes_late(self):
        def change(settings):
            settings["reception"] = {"set_overdue_after": "1s"}
        hospitals = self.two_hospitals(start="b", change_b=change)
        gpg = hospitals.gnupg("a")
        files = self.study(3)

        def send(part):
            inner = mails.inner_entity([files[part - 1]], "set.late", part, 3)
            hospitals.servers.deliver(A, B, mails.encrypted_mail(A, B, gpg.seal(inner, B, A), "set.late", part, 3))
        send(3)
        send(1)
        event = hospitals.b.wait_for("set-overdue")[-1]
        self.assertEqual(event["total"], "3")
        send(3)  # again
        send(2)
        completed = hospitals.b.wait_for("set-completed")
        self.assertEqual([(e["set"], e["parts"]) for e in completed], [(event["set"], "3")])
        hospitals.b.wait_for("delivery-done", 3)
        self.assertEqual(len(hospitals.pacs_b.datasets()), 3)
        self.assertEqual(hospitals.b.counts()["deliveries"], {"waiting": 0, "stored": 3, "failed": 0})

    def test_fragments_without_the_rest_are_an_alarm_and_joined_by_what_comes_late(self):
        def change(settings):
            settings["reception"] = {"fragments_expire_after": "1s"}
        hospitals = self.two_hospitals(start="b", change_b=change)
        file = self.study()[0]
        sealed = hospitals.gnupg("a").seal(mails.inner_entity([file]), B, A)
        fragments = mails.split_mail(mails.encrypted_mail(A, B, sealed), 3, A, B)
        for fragment in fragments[:2]:
            hospitals.servers.deliver(A, B, fragment)
        expired = hospitals.b.wait_for("fragments-expired")
        self.assertEqual(sum(int(event["mails"]) for event in expired[:1]), 2)
        self.assertEqual({entry["reason"] for entry in hospitals.b.quarantine()}, {"fragments-expired"})
        hospitals.servers.deliver(A, B, fragments[2])
        self.wait(lambda: identity(file).sop_instance in hospitals.pacs_b.datasets(), 30, "the file in the PACS")
        self.assertEqual(hospitals.b.quarantine(), [])


class NestedFragments(ReceiptTest):
    def test_fragments_of_fragments(self):
        hospitals = self.two_hospitals(start="b", change_b=answering("stored"))
        file = self.study()[0]
        mail = mails.encrypted_mail(A, B, hospitals.gnupg("a").seal(mails.inner_entity([file]), B, A),
                                    fields=[("Disposition-Notification-To", A)])
        outer = mails.split_mail(mail, 3, A, B, "outer@partner.example")
        nested = mails.split_mail(outer[1], 2, A, B, "nested@partner.example")
        for fragment in (nested[1], outer[2], nested[0], outer[0]):
            hospitals.servers.deliver(A, B, fragment)
        self.wait(lambda: identity(file).sop_instance in hospitals.pacs_b.datasets(), 30, "the file in the PACS")
        report = mails.parse(hospitals.servers.wait_for(A, 1)[0])
        self.assertEqual(receipts.notification_of(report)["Original-Message-ID"], mails.parse(mail)["Message-ID"])
        self.assertEqual(list((hospitals.b.state / "spool" / "mails").rglob("*.eml")), [])


if __name__ == "__main__":
    main()
