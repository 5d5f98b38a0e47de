#!/usr/bin/python3
"""Receipts between two gateways, by what the PACS says; bounces; and what is waited for too long."""

import rig  # noqa: F401
import mails
import receipts
from harness import ADDRESSES, Directory, Orthanc, StoreScp, TwoHospitals, identity, main, make_study, storescu
from receipt_tests import ReceiptTest, answering, asking

A, B = ADDRESSES["a"], ADDRESSES["b"]


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
        deliveries = hospitals.b.counts()["deliveries"]
        self.assertEqual({state: n for state, n in deliveries.items() if n}, {"stored": 3})

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
