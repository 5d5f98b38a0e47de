#!/usr/bin/python3
"""SMTP servers that refuse at each stage, hang, are slow, or say yes too late: the fate of each message, the log, and
that each arrives once while others are not held up."""

import threading

import rig  # noqa: F401
import mails
from harness import (ADDRESSES, Directory, E2eTest, Keys, StoreScp, TwoHospitals, dataset_bytes, identity, main, make_study,
                     storescu)
from mail_policy import MailPolicy
from meddling_proxy import MeddlingProxy

A, B, C = (ADDRESSES[name] for name in "abc")


def quick(settings):
    settings["retry"] = {"first": "200ms", "max": "1s", "give_up_after": "48h"}


class SmtpTest(E2eTest):
    seed = 100

    def study(self, slices=1, size=4096):
        SmtpTest.seed += 1
        return make_study(self.enterContext(Directory()), slices, size, seed=SmtpTest.seed)

    def with_policy(self, change_a=quick, change_b=quick, **options):
        self.policy = self.enterContext(MailPolicy())
        self.addCleanup(self.policy.clear)  # before Postfix is stopped, which waits for answers
        return self.two_hospitals(change_a=change_a, change_b=change_b,
                                  servers_options={"postfix_settings": self.policy.settings()}, **options)

    def expect_arrived(self, files):
        wanted = {identity(file).sop_instance: dataset_bytes(file) for file in files}
        # Equal, not only there: a name appears with the first byte.
        self.wait(lambda: wanted.items() <= self.hospitals.pacs_b.datasets().items(), 90, "the files in the PACS")

    def expect_each_once(self, files):
        """Nothing else ever came to B, and nothing is on its way or failed."""
        hospitals = self.hospitals
        self.wait(lambda: hospitals.a.counts()["messages"]["sent"] == len(files), 60, "all messages sent")
        hospitals.b.wait_for("delivery-done", len(files))
        self.assertEqual(len(hospitals.b.events("mail-fetched")), len(files))
        self.assertEqual(len(hospitals.b.events("delivery-done")), len(files))
        self.assertEqual(hospitals.b.counts()["mails"]["quarantined"], 0)


class Refusals(SmtpTest):
    def test_at_each_stage(self):
        hospitals = self.with_policy()
        a, sent = hospitals.a, []
        for stage, reply, error in (("CONNECT", "450 4.7.0 busy", "smtp-unreachable"),
                                    ("CONNECT", "554 5.7.0 go away", "smtp-unreachable"),
                                    ("EHLO", "450 4.7.0 busy", "smtp-"), ("EHLO", "550 5.7.0 who?", "smtp-"),
                                    ("MAIL", "421 4.3.2 shutting down", "smtp-unreachable")):
            with self.subTest(stage=stage, reply=reply):
                a.stop()
                a.start()
                sent += self.expect_server_avoided(stage, reply, error)
        for stage in ("MAIL", "RCPT", "DATA", "END-OF-MESSAGE"):
            with self.subTest(stage=stage):
                sent += self.expect_deferred(stage, "450 4.7.1 later")
                sent += self.expect_failed(stage, "550 5.7.1 never")
        self.expect_each_once(sent)
        self.assertEqual(a.counts()["messages"]["failed"], 0)

    def expect_server_avoided(self, stage, reply, error):
        """No message pays for it; all wait."""
        before, deferred = (len(self.hospitals.a.events(name)) for name in ("smtp-unavailable", "message-deferred"))
        self.policy.answer_times(2, reply, protocol_state=stage)
        files = self.study()
        storescu(files, self.hospitals.a.port)
        event = self.hospitals.a.wait_for("smtp-unavailable", before + 1)[-1]
        self.assertTrue(event["error"].startswith(error), event)
        self.expect_arrived(files)
        self.assertEqual(len(self.hospitals.a.events("message-deferred")), deferred)
        return files

    def expect_deferred(self, stage, reply):
        a = self.hospitals.a
        before = len(a.events("message-deferred")), len(a.events("smtp-unavailable"))
        self.policy.answer_times(2, reply, protocol_state=stage)
        files = self.study()
        storescu(files, a.port)
        self.expect_arrived(files)
        events = a.events("message-deferred")[before[0]:]
        self.assertEqual([(e["error"], e["tries"], e["partner"]) for e in events],
                         [("smtp-deferred", "1", "klinikum-b"), ("smtp-deferred", "2", "klinikum-b")])
        self.assertTrue(all(reply[:9] in e["detail"] for e in events), events)
        self.assertEqual(len(a.events("smtp-unavailable")), before[1])
        return files

    def expect_failed(self, stage, reply):
        a = self.hospitals.a
        before = len(a.events("message-failed"))
        self.policy.answer_times(1, reply, protocol_state=stage)
        files = self.study()
        storescu(files, a.port)
        event = a.wait_for("message-failed", before + 1)[-1]
        self.assertEqual((event["level"], event["error"]), ("error", "smtp-refused"))
        self.assertIn(reply[:9], event["detail"])
        a.command("resend", event["shipment"])
        self.expect_arrived(files)
        return files

    def test_greylisting(self):
        """One message at a time asks whether it is over, not all of them."""
        hospitals = self.with_policy()
        self.policy.answer_times(5, "450 4.7.1 greylisted", protocol_state="RCPT", recipient=B)
        files = self.study(30)
        storescu(files, hospitals.a.port)
        self.expect_arrived(files)
        self.expect_each_once(files)
        self.assertEqual(len(hospitals.a.events("message-deferred")), 5)
        self.assertTrue(hospitals.a.events("partner-unavailable", partner="klinikum-b", error="smtp-deferred"))

    def test_the_login_is_away(self):
        """Postfix says 454 when Dovecot, whom it asks, is away."""
        hospitals = self.with_policy(start="")
        hospitals.servers.stop_dovecot()
        hospitals.a.start()
        files = self.study()
        storescu(files, hospitals.a.port)
        # It may say that it has no way to log in, or close the connection.
        hospitals.a.wait_for("smtp-unavailable")
        self.assertEqual(hospitals.a.counts()["messages"]["sealed"], 1)
        hospitals.servers.start_dovecot()
        hospitals.b.start()
        self.expect_arrived(files)
        self.expect_each_once(files)


class OneBadPartner(SmtpTest):
    def to_both(self, settings):
        quick(settings)
        keys = Keys(self.enterContext(Directory()), "c")
        settings["partners"]["klinikum-c"] = TwoHospitals.partner(C, keys.public, keys.fingerprint)
        settings["routes"]["outbound"] += [
            {"name": "c", "when": {"called_ae": ["TO_C", "TO_BOTH"]}, "send_to": ["klinikum-c"]},
            {"name": "both", "when": {"called_ae": ["TO_BOTH"]}, "send_to": ["klinikum-b"]}]
        settings["mailboxes"]["main"]["smtp"].update(connections=1, timeout="2s")

    def test_an_unknown_user_beside_good_ones(self):
        hospitals = self.with_policy(change_a=self.to_both)
        self.policy.rule = lambda session: (
            "550 5.1.1 unknown user" if session["protocol_state"] == "RCPT" and session["recipient"] == C else None)
        files = self.study(3)
        storescu(files, hospitals.a.port, called="TO_BOTH")
        self.expect_arrived(files)
        hospitals.a.wait_for("message-failed", 3, partner="klinikum-c", error="smtp-refused")
        hospitals.a.wait_for("shipment-sent", partner="klinikum-b")
        self.assertEqual(hospitals.a.counts()["messages"], {**hospitals.a.counts()["messages"], "sent": 3, "failed": 3})

    def test_a_server_that_hangs_over_one_partner(self):
        """On the one connection there is: as many messages for C wait before B's, and each would hang."""
        hospitals = self.with_policy(change_a=self.to_both)
        released = threading.Event()
        self.addCleanup(released.set)

        def hang_over_c(session):
            if session["protocol_state"] == "RCPT" and session["recipient"] == C:
                released.wait(300)
        self.policy.rule = hang_over_c
        for_c, for_b = self.study(20), self.study(20)
        storescu(for_c, hospitals.a.port, called="TO_C")
        event = hospitals.a.wait_for("partner-unavailable")[0]
        self.assertEqual((event["partner"], event["error"]), ("klinikum-c", "smtp-message-timeout"))
        storescu(for_b, hospitals.a.port)
        self.expect_arrived(for_b)
        self.assertEqual(hospitals.a.events("message-sent", partner="klinikum-c"), [])
        self.assertEqual(hospitals.a.events("smtp-unavailable"), [])
        # What waits for C does not pay with tries: a few messages asked for all of them.
        self.assertLess(len({e["message"] for e in hospitals.a.events("message-deferred")}), 20)
        released.set()
        hospitals.a.wait_for("message-sent", 20, 120, partner="klinikum-c")
        arrived = hospitals.servers.wait_for(C, 20)
        self.assertEqual(len({mails.parse(mail)["Message-ID"] for mail in arrived}), 20)
        self.assertEqual(len(arrived), 20)


class LateAnswers(SmtpTest):
    def test_yes_after_the_time_out(self):
        """The mail is there, and nobody was told: it is sent again, and so is its receipt; both count once."""
        def change(settings):
            quick(settings)
            settings["mailboxes"]["main"]["smtp"]["reply_timeout"] = "1s"
            for partner in settings["partners"].values():
                partner["profile"]["receipts"] = "mdn"
        hospitals = self.with_policy(change_a=change, change_b=change)
        timed_out, late = {}, {A: threading.Event(), "": threading.Event()}
        for event in late.values():
            self.addCleanup(event.set)

        def yes_but_late(session):
            sender = session["sender"]
            if session["protocol_state"] == "END-OF-MESSAGE" and sender in late and sender not in timed_out:
                timed_out[sender] = True
                late[sender].wait(300)
        self.policy.rule = yes_but_late
        files = self.study()
        storescu(files, hospitals.a.port)
        event = hospitals.a.wait_for("message-deferred")[0]
        self.assertEqual(event["error"], "smtp-message-timeout")
        late[A].set()
        hospitals.b.wait_for("mail-fetched", 2)
        event = hospitals.b.wait_for("receipt-deferred")[0]
        self.assertEqual(event["error"], "smtp-message-timeout")
        late[""].set()
        hospitals.a.wait_for("shipment-delivered")
        hospitals.a.wait_for("mail-fetched", 2)
        self.expect_arrived(files)
        self.wait(lambda: hospitals.b.counts()["receipts"]["sent"] == 1 and hospitals.a.counts()["mails"]["fetched"] == 0
                  and hospitals.b.counts()["mails"]["fetched"] == 0, 60, "nothing on its way")
        # Two mails, one object; two receipts, one answer.
        self.assertEqual(len(hospitals.b.events("delivery-done")), 1)
        self.assertEqual(hospitals.b.counts()["instances_in"]["stored"], 1)
        self.assertEqual(sum(hospitals.b.counts()["receipts"].values()), 1)
        self.assertEqual(hospitals.a.counts()["messages"]["delivered"], 1)
        self.assertEqual(len(hospitals.a.events("shipment-delivered")), 1)
        for gateway in (hospitals.a, hospitals.b):
            self.assertEqual(gateway.quarantine(), [])


class Lines(SmtpTest):
    def through_a_proxy(self, **smtp):
        self.hospitals = self.enterContext(TwoHospitals(StoreScp, start=""))
        self.proxy = self.enterContext(MeddlingProxy(self.hospitals.servers.smtp_port))
        quick(self.hospitals.a.settings)
        self.hospitals.a.settings["mailboxes"]["main"]["smtp"].update(
            url=f"smtp://localhost:{self.proxy.port}", connections=1, **smtp)
        return self.hospitals

    def test_a_silent_server(self):
        hospitals = self.through_a_proxy(timeout="1s")
        self.proxy.silent = True
        hospitals.a.start()
        hospitals.b.start()
        files = self.study(3)
        storescu(files, hospitals.a.port)
        self.assertEqual(hospitals.a.wait_for("smtp-unavailable", 2)[0]["error"], "smtp-timeout")
        self.proxy.silent = False
        self.expect_arrived(files)
        self.expect_each_once(files)
        self.assertEqual(hospitals.a.events("message-deferred"), [])

    def test_a_connection_that_dies_silently(self):
        """Half-open: nobody hangs up. The message that meets it is sent again, on another connection."""
        hospitals = self.through_a_proxy(timeout="1s")
        hospitals.a.start()
        hospitals.b.start()
        first, second = self.study(), self.study(2)
        storescu(first, hospitals.a.port)
        self.expect_arrived(first)
        self.proxy.freeze()
        storescu(second, hospitals.a.port)
        self.expect_arrived(second)
        self.expect_each_once(first + second)
        self.assertEqual(hospitals.a.events("message-deferred")[0]["error"], "smtp-message-timeout")

    def test_a_slow_line_is_no_failure(self):
        """A mail takes longer than the time-out, and always goes on."""
        hospitals = self.through_a_proxy(timeout="2s")
        self.proxy.trickle = (2000, 0.02)
        hospitals.a.start()
        hospitals.b.start()
        files = self.study(1, 256 * 1024)
        storescu(files, hospitals.a.port)
        self.expect_arrived(files)
        self.expect_each_once(files)
        self.assertEqual(hospitals.a.events("message-deferred") + hospitals.a.events("smtp-unavailable"), [])


if __name__ == "__main__":
    main()
