#!/usr/bin/python3
"""Sending in the field: mail servers that refuse the empty sender, announce or have small limits, are full, or let an
account send so much only; and bounces that say so."""

import email.utils

import rig  # noqa: F401
import mails
from harness import ADDRESSES, Directory, E2eTest, StoreScp, TwoHospitals, dataset_bytes, identity, main, make_study, storescu
from mail_policy import MailPolicy

A, B = ADDRESSES["a"], ADDRESSES["b"]
LIMIT = 1_000_000


def bounce(message_id, status, diagnostic):
    """A delivery status notification (RFC 3464) to A about what it sent to B."""
    text = f"""From: MAILER-DAEMON@relay.example
To: {A}
Subject: Undelivered Mail
Message-ID: {email.utils.make_msgid(domain="relay.example")}
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary=b

--b

The mail could not be delivered.
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; relay.example

Final-Recipient: rfc822; {B}
Action: failed
Status: {status}
Diagnostic-Code: smtp; {diagnostic}

--b
Content-Type: text/rfc822-headers

Message-ID: {message_id}

--b--
"""
    return text.replace("\n", "\r\n").encode()


class SmallServer(E2eTest):
    """Hospital A sends to B through a Postfix that takes mails of up to a million bytes, and objects as a test says."""

    seed = 5000

    @classmethod
    def setUpClass(cls):
        cls.policy = cls.enterClassContext(MailPolicy())
        cls.addClassCleanup(cls.policy.clear)
        options = {"postfix_settings": cls.policy.settings(), "message_size_limit": LIMIT}
        cls.hospitals = cls.enterClassContext(
            TwoHospitals(StoreScp, change_a=cls.change, change_b=cls.change, servers_options=options))
        cls.a, cls.b, cls.servers = cls.hospitals.a, cls.hospitals.b, cls.hospitals.servers

    @staticmethod
    def change(settings):
        settings["retry"] = {"first": "200ms", "max": "1s", "give_up_after": "48h"}
        for partner in settings["partners"].values():
            partner["profile"]["receipts"] = "mdn"

    def tearDown(self):
        self.policy.clear()
        super().tearDown()

    def study(self, slices=1, size=4096):
        SmallServer.seed += 1
        return make_study(self.enterContext(Directory()), slices, size, seed=SmallServer.seed)

    def send(self, files):
        """Returns the shipment."""
        before = len(self.a.events("shipment-closed"))
        storescu(files, self.a.port)
        return self.a.wait_for("shipment-closed", before + 1)[-1]["shipment"]

    def state(self, item):
        return self.a.json("show", item)["state"]

    def expect_delivered(self, shipment, files=()):
        self.wait(lambda: self.state(shipment) == "delivered", 90, f"{shipment} delivered")
        stored = self.hospitals.pacs_b.datasets()
        for file in files:
            self.assertTrue(stored.get(identity(file).sop_instance) == dataset_bytes(file), file)

    def start_b(self):
        if not self.b.running():
            self.b.start()

    def restart_b(self, **smtp):
        self.b.stop()
        mailbox = next(iter(self.b.settings["mailboxes"].values()))
        mailbox["smtp"].pop("null_sender", None)
        mailbox["smtp"].update(smtp)
        self.b.start()


class SendingInTheField(SmallServer):
    def test_a_server_that_refuses_the_empty_sender_gets_the_mailboxs_address(self):
        for stage, reply in (("MAIL", "550 5.7.1 null sender refused"), ("RCPT", "554 5.7.1 <>: Sender address rejected"),
                             ("DATA", "550 5.1.7 bad sender"), ("MAIL", "450 4.1.8 <>: Sender address rejected"),
                             ("RCPT", "553 5.1.2 sender <> rejected"), ("MAIL", "421 4.7.0 not accepted here"),
                             ("MAIL", "550 5.7.1 null sender quota exceeded")):
            with self.subTest(stage=stage, reply=reply):
                self.restart_b()
                before = len(self.b.events("null-sender-refused"))
                self.policy.rule = lambda session, stage=stage, reply=reply: (
                    reply if session["protocol_state"] == stage and not session["sender"] else None)
                self.expect_delivered(self.send(self.study()))
                # Known from then on.
                refused = len(self.policy.refused)
                self.expect_delivered(self.send(self.study()))
                self.assertEqual(len(self.policy.refused), refused)
                self.assertEqual(len(self.b.events("null-sender-refused")), before + 1)
        self.assertEqual(self.b.events("receipt-failed", error="smtp-deferred"), [])
        self.assertEqual(self.b.events("smtp-unavailable"), [], "the empty sender alone stops nobody")

    def test_a_server_that_puts_the_empty_sender_off_for_ever_gets_the_mailboxs_address(self):
        """It does not say why: after some tries the gateway asks with its address."""
        self.restart_b()
        self.policy.rule = lambda session: (
            "450 4.7.1 try again later" if session["protocol_state"] == "RCPT" and not session["sender"] else None)
        before = len(self.b.events("receipt-deferred"))
        self.expect_delivered(self.send(self.study()))
        self.assertGreaterEqual(len(self.b.events("receipt-deferred")), before + 2)

    def test_a_server_that_is_known_to_refuse_it_is_not_asked(self):
        self.restart_b(null_sender=False)
        self.policy.rule = lambda session: (
            "421 4.7.0 <> again, go away" if session["protocol_state"] == "MAIL" and not session["sender"] else None)
        self.expect_delivered(self.send(self.study()))

    def test_a_server_that_refuses_any_receipt_is_told_as_it_is(self):
        self.restart_b()
        self.policy.rule = lambda session: (
            "550 5.7.1 no receipts here" if session["protocol_state"] == "RCPT" and session["recipient"] == A else None)
        before = len(self.b.events("receipt-failed"))
        self.send(self.study())
        failed = self.b.wait_for("receipt-failed", before + 1)[-1]
        self.assertEqual(failed["error"], "smtp-refused")

    def expect_waits(self, answer, error, event, **wanted):
        before = len(self.a.events(event, error=error))
        self.policy.rule = lambda session: answer if all(session.get(k) == v for k, v in wanted.items()) else None
        files = self.study()
        shipment = self.send(files)
        self.a.wait_for(event, before + 1, error=error)
        self.policy.clear()
        self.expect_delivered(shipment, files)

    def test_a_full_mailbox_is_waited_for_and_not_called_too_large(self):
        self.expect_waits("552 5.2.2 Mailbox full", "smtp-mailbox-full", "message-deferred", protocol_state="RCPT",
                          recipient=B)
        self.expect_waits("452 4.2.2 full", "smtp-mailbox-full", "message-deferred", protocol_state="RCPT", recipient=B)
        self.expect_waits("554 5.3.1 Mail system full", "smtp-system-full", "message-deferred",
                          protocol_state="END-OF-MESSAGE", recipient=B)

    def test_the_quota_of_our_own_account_makes_all_wait(self):
        self.expect_waits("554 5.2.0 STOREDRV.Submission.Exception:SubmissionQuotaExceededException",
                          "smtp-quota-exceeded", "smtp-unavailable", protocol_state="END-OF-MESSAGE", sender=A)

    def test_a_bounce_of_a_full_mailbox_needs_no_person(self):
        self.b.stop()
        self.addCleanup(self.start_b)
        before = len(self.a.events("message-resent"))
        files = self.study(3)
        shipment = self.send(files)
        self.wait(lambda: self.state(shipment) == "sent", 60, "sent")
        self.wait(lambda: self.servers.count(B) >= 3, 60, "three mails")
        arrived = [mails.parse(mail) for mail in self.servers.mailbox(B)]
        connection = self.servers.imap(B)
        connection.select("INBOX")
        connection.store("1:*", "+FLAGS", r"(\Deleted)")
        connection.expunge()
        connection.logout()
        for mail in arrived:
            self.servers.deliver("", A, bounce(mail["Message-ID"], "5.2.2", "552 5.2.2 Mailbox full"))
        self.a.wait_for("message-resent", before + 3)
        self.assertEqual(len(self.a.events("partner-returns-mail", partner="klinikum-b")), 1)
        self.assertEqual(self.a.events("message-bounced"), [])
        self.b.start()
        self.expect_delivered(shipment, files)
        self.a.wait_for("partner-takes-mail")

    def test_the_size_that_our_server_announces_decides_where_to_cut(self):
        files = self.study(2, 1152 * 1024)
        self.expect_delivered(self.send(files), files)
        cut = len(self.a.events("message-cut"))
        files = self.study(1, 1152 * 1024)
        self.expect_delivered(self.send(files), files)
        # The sealer knows it now.
        self.assertEqual(len(self.a.events("message-cut")), cut)

    def test_a_smaller_limit_behind_our_server_is_found_out_for_that_partner(self):
        self.policy.rule = lambda session: (
            "552 5.3.4 Message size exceeds fixed limit"
            if session["protocol_state"] == "RCPT" and session["recipient"] == B and int(session["size"]) > 400_000
            else None)
        files = self.study(1, 256 * 1024)
        self.expect_delivered(self.send(files), files)
        cut = len(self.a.events("message-cut"))
        self.assertGreater(cut, 0)
        files = self.study(1, 256 * 1024)
        self.expect_delivered(self.send(files), files)
        self.assertEqual(len(self.a.events("message-cut")), cut)


class BouncesForTheSize(SmallServer):
    """Apart, since a limit that was found out for a partner is remembered."""

    def test_552_with_a_code_of_policies_at_the_end_of_data_is_about_the_size(self):
        self.policy.rule = lambda session: (
            "552 5.7.1 Message too large"
            if session["protocol_state"] == "END-OF-MESSAGE" and int(session["size"]) > 600_000 else None)
        files = self.study(1, 512 * 1024)
        self.expect_delivered(self.send(files), files)
        self.assertGreater(len(self.a.events("message-cut")), 0)
        self.assertEqual(self.a.events("message-failed"), [])

    def test_a_bounce_for_the_size_needs_no_person(self):
        self.b.stop()
        self.addCleanup(self.start_b)
        files = self.study(1, 192 * 1024)
        shipment = self.send(files)
        self.wait(lambda: self.state(shipment) == "sent", 60, "sent")
        whole = mails.parse(self.servers.wait_for(B)[-1])
        self.servers.deliver("", A, bounce(whole["Message-ID"], "5.3.4", "552 5.3.4 Message too big for system"))
        sealed = self.a.wait_for("message-sealed", 2, shipment=shipment)
        self.assertEqual(sealed[0]["fragments"], "0")
        self.assertGreater(int(sealed[1]["fragments"]), 1)
        self.b.start()
        self.expect_delivered(shipment, files)


if __name__ == "__main__":
    main()
