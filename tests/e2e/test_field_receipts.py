#!/usr/bin/python3
"""Receipts in the field: a partner that passes on what it was told, mail servers that change Message-IDs, and two good
mails under one Message-ID."""

import email.policy
import subprocess

import rig  # noqa: F401
import mails
import receipts
from harness import ADDRESSES, Directory, E2eTest, Keys, StoreScp, TwoHospitals, main, make_study, storescu

A, B, C = (ADDRESSES[name] for name in "abc")
FIELD = "X-DMGW-NONCE"

# Every mail gets another Message-ID, as Microsoft 365 and Amazon SES give it; what is enclosed stays as it is.
REWRITING = "/^Message-ID: *<([^@>]*)@[^>]*>/ REPLACE Message-ID: <rewritten.$1@relay.example>\n"


class ReceiptsInTheField(E2eTest):
    """Three sites: A and B have gateways, C's software is GnuPG and Python."""

    seed = 4000

    @classmethod
    def setUpClass(cls):
        directory = cls.enterClassContext(Directory())
        directory.chmod(0o755)
        cls.table = directory / "header-checks"
        cls.table.write_text("")
        cls.table.chmod(0o644)
        options = {"postfix_settings": {"header_checks": f"regexp:{cls.table}", "nested_header_checks": "",
                                        "mime_header_checks": ""}}
        cls.hospitals = cls.enterClassContext(TwoHospitals(StoreScp, start="", servers_options=options))
        cls.a, cls.b, cls.servers = cls.hospitals.a, cls.hospitals.b, cls.hospitals.servers
        c_keys = Keys(cls.hospitals.directory / "keys", "c")
        cls.gpg = cls.hospitals.gnupg()
        cls.gpg.import_keys(c_keys.secret)
        for gateway in (cls.a, cls.b):
            gateway.settings["partners"]["klinikum-c"] = TwoHospitals.partner(C, c_keys.public, c_keys.fingerprint)
        for rule in cls.b.settings["routes"]["inbound"]:
            rule["when"]["partner"] = ["klinikum-a", "klinikum-c"]

    def configure(self, kind="mdn", protection="none", **profile):
        """A runs, B does not."""
        self.a.stop()
        self.b.stop()
        self.a.settings["partners"]["klinikum-b"]["profile"] = {
            "receipts": kind, "receipt_protection": protection, **profile}
        self.b.settings["partners"]["klinikum-a"]["profile"].update({"receipt_protection": protection})
        # What is signed by itself C can show to others, whatever was encrypted around it.
        self.b.settings["partners"]["klinikum-c"]["profile"].update(
            {"receipts": kind, "receipt_protection": protection, "signing": "encapsulated"})
        self.a.start()

    def rewrite_message_ids(self, rewriting=True):
        self.table.write_text(REWRITING if rewriting else "")
        subprocess.run(["postfix", "-c", self.servers.directory / "conf", "reload"], check=True, capture_output=True)

    def study(self, slices=1, size=4096):
        ReceiptsInTheField.seed += 1
        return make_study(self.enterContext(Directory()), slices, size, seed=ReceiptsInTheField.seed)

    def send(self, files=None):
        """Returns the shipment, once it is sent."""
        before = len(self.a.events("shipment-sent"))
        storescu(files or self.study(), self.a.port)
        return self.a.wait_for("shipment-sent", before + 1)[-1]["shipment"]

    def state(self, item):
        return self.a.json("show", item)["state"]

    def wait_for_state(self, item, state):
        self.wait(lambda: self.state(item) == state, 60, f"{item} {state}")

    def take_off_the_line(self):
        """A's mail to B, which never comes there."""
        mail = mails.parse(self.servers.wait_for(B)[-1])
        connection = self.servers.imap(B)
        connection.select("INBOX")
        connection.store("1:*", "+FLAGS", r"(\Deleted)")
        connection.expunge()
        connection.logout()
        return mail

    def ask_as_c(self, mail, fields=b""):
        """A good mail of C's to B, under A's Message-ID and set; what B answers to C."""
        set_fields = {name: mail[f"X-TELEMEDICINE-SET{name}"] for name in ("ID", "PART", "TOTAL")}
        inner = mails.inner_entity(self.study(), set_fields["ID"], int(set_fields["PART"]), int(set_fields["TOTAL"]))
        request = (f"X-TELEMEDICINE-DISPOSITION-NOTIFICATION-TO: {C}\r\nContent-ID: {mail['Message-ID']}\r\n").encode()
        sealed = self.gpg.seal(fields + request + inner, B, C)
        outer = mails.encrypted_mail(C, B, sealed, set_fields["ID"], set_fields["PART"], set_fields["TOTAL"],
                                     [("Disposition-Notification-To", C)])
        made = mails.parse(outer)
        made.replace_header("Message-ID", str(mail["Message-ID"]))
        before = self.servers.count(C)
        self.servers.deliver(C, B, made.as_bytes(policy=email.policy.SMTP))
        return self.servers.wait_for(C, before + 1)[-1]

    def show_to_a(self, answer):
        """C shows A what B has signed, as if B had sent it."""
        mail = mails.parse(answer)
        if mail.get_content_type() == "multipart/encrypted":
            entity, _ = self.gpg.open(mails.armor_of(mail))
            shown = mails.encrypted_mail(B, A, self.gpg.seal(entity, A))
        else:
            shown = answer.replace(f"\nTo: {C}\r\n".encode(), f"\nTo: {A}\r\n".encode(), 1)
        self.servers.deliver(B, A, shown)

    def launder(self, kind, protection):
        """C shows A the receipt that B gave to C; returns A's reason against it, and what B had answered."""
        self.configure(kind, protection)
        sent = self.send()
        mail = self.take_off_the_line()
        self.b.start()
        before = len(self.a.events("mail-quarantined"))
        answer = self.ask_as_c(mail)
        self.show_to_a(answer)
        reason = self.a.wait_for("mail-quarantined", before + 1)[-1]["reason"]
        self.assertEqual(self.state(sent), "sent")
        return reason, answer

    def test_what_another_partner_was_told_is_not_believed(self):
        for kind, protection in (("mdn", "sign"), ("mdn", "encrypt"), ("pgp", "encrypt")):
            with self.subTest(kind=kind, protection=protection):
                self.assertEqual(self.launder(kind, protection)[0], "not-for-us")

    def test_without_signatures_the_secret_still_tells(self):
        """Anybody can write such a receipt, but not the secret that only B could read."""
        reason, answer = self.launder("mdn", "none")
        self.assertEqual(receipts.notification_of(mails.parse(answer))[FIELD], "none")
        self.assertEqual(reason, "receipt-of-another-mail")

    def test_two_good_mails_under_one_message_id_get_a_receipt_each(self):
        self.configure()
        self.send()
        mail = self.take_off_the_line()
        self.b.start()
        for secret in ("first", "second"):
            answer = self.ask_as_c(mail, f"{FIELD}: {secret}\r\n".encode())
            self.assertEqual(receipts.notification_of(mails.parse(answer))[FIELD], secret)

    def test_honest_receipts_are_believed(self):
        for kind, protection in (("mdn", "none"), ("mdn", "sign"), ("mdn", "encrypt"), ("pgp", "encrypt")):
            with self.subTest(kind=kind, protection=protection):
                self.configure(kind, protection)
                self.b.start()
                self.wait_for_state(self.send(), "delivered")

    def test_a_relay_that_changes_message_ids_makes_nothing_overdue(self):
        self.rewrite_message_ids()
        self.addCleanup(self.rewrite_message_ids, False)
        quarantined = self.a.events("mail-quarantined")
        for profile in ({}, {"kind": "pgp", "protection": "encrypt"}, {"max_message_size": "64KB"}):
            with self.subTest(profile=profile):
                self.configure(**profile)
                self.b.start()
                self.wait_for_state(self.send(self.study(2, 60_000)), "delivered")
        self.assertEqual(len(self.a.events("message-id-rewritten", partner="klinikum-b")), 1)
        self.assertEqual(self.a.events("mail-quarantined"), quarantined)

    def answer_as_other_software(self, with_set):
        """B's software is Python's email: it knows no secrets."""
        before = self.servers.count(B)
        message = self.send()
        mail = mails.parse(self.servers.wait_for(B, before + 1)[-1])
        self.assertTrue(mail["Message-ID"].startswith("<rewritten."), mail["Message-ID"])
        entity = receipts.mdn_entity(B, mail["Message-ID"])
        entity["MIME-Version"], entity["From"], entity["To"] = "1.0", B, A
        if with_set:
            for name in ("ID", "PART", "TOTAL"):
                entity[f"X-TELEMEDICINE-SET{name}"] = mail[f"X-TELEMEDICINE-SET{name}"]
        self.servers.deliver(B, A, entity.as_bytes(policy=email.policy.SMTP))
        return message

    def test_other_software_behind_such_a_relay_is_matched_by_the_set_else_there_is_an_alarm(self):
        self.rewrite_message_ids()
        self.addCleanup(self.rewrite_message_ids, False)
        self.configure(receipt_secret="ignored")
        self.wait_for_state(self.answer_as_other_software(True), "delivered")
        for _ in range(3):
            self.answer_as_other_software(False)
        alarm = self.a.wait_for("receipts-unmatched", partner="klinikum-b")[0]
        self.assertEqual(alarm["level"], "error")
        self.assertIn("Message-ID", alarm["cause"])
        self.assertIn("keep the Message-ID", alarm["cure"])

    def test_outstanding_receipts_of_a_partner_that_is_renamed_are_believed(self):
        self.configure()
        sent = self.send()
        self.rename("klinikum-b", "klinikum-west")
        self.addCleanup(self.rename, "klinikum-west", "klinikum-b")
        self.b.start()
        self.wait_for_state(sent, "delivered")

    def rename(self, old, new):
        self.a.stop()
        partners, routes = self.a.settings["partners"], self.a.settings["routes"]
        partners[new] = partners.pop(old)
        for rule in routes["outbound"]:
            rule["send_to"] = [new]
        for rule in routes["inbound"]:
            rule["when"]["partner"] = [new]
        self.a.start()


if __name__ == "__main__":
    main()
