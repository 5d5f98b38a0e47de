#!/usr/bin/python3
"""The round trip with other servers than Postfix and Dovecot: Exim takes the mails, Cyrus keeps them."""

import rig  # noqa: F401
from harness import (ADDRESSES, Directory, E2eTest, StoreScp, TwoHospitals, dataset_bytes, identity, main, make_study,
                     storescu)
from other_servers import EximAndCyrus

A, B = ADDRESSES["a"], ADDRESSES["b"]


def ask_for_receipts(settings):
    settings["partners"]["klinikum-b"]["profile"]["receipts"] = "mdn"


def rarely_poll(settings):
    """What arrives sooner was told by IDLE."""
    settings["mailboxes"]["main"]["imap"]["poll_interval"] = "1h"


class OtherServersTest(E2eTest):
    def study(self, slices=3, size=4096, seed=1):
        return make_study(self.enterContext(Directory()), slices, size, seed)

    def arrives(self, files, timeout=60):
        wanted = {identity(file).sop_instance: dataset_bytes(file) for file in files}
        self.wait(lambda: len(self.hospitals.b.events("delivery-done")) >= len(files)
                  and self.hospitals.pacs_b.datasets().keys() >= wanted.keys(), timeout, "all files in the PACS")
        stored = self.hospitals.pacs_b.datasets()
        self.assertEqual([uid for uid in wanted if stored[uid] != wanted[uid]], [], "other data sets")


class EximAndCyrusTest(OtherServersTest):
    """One pair of servers for all tests of the class."""

    @classmethod
    def setUpClass(cls):
        cls.hospitals = cls.enterClassContext(TwoHospitals(StoreScp, mail_servers=EximAndCyrus,
                                                           change_a=cls.change_a, change_b=rarely_poll))

    @staticmethod
    def change_a(settings):
        rarely_poll(settings)
        ask_for_receipts(settings)

    def exim(self):
        return (self.hospitals.servers.directory / "exim-main.log").read_text()

    def test_a_study_arrives_and_is_receipted(self):
        """STARTTLS, AUTH, IDLE, UIDPLUS; the receipt goes the same way back."""
        files = self.study(20, 64 * 1024, seed=11)
        storescu(files, self.hospitals.a.port)
        self.arrives(files)
        self.hospitals.a.wait_for("shipment-delivered", how="delivered")
        self.assertEqual({event["idle"] for event in self.hospitals.b.events("mailbox-connected")}, {"yes"})
        taken = [line for line in self.exim().splitlines() if f"<= {A} " in line]
        self.assertGreaterEqual(len(taken), len(files))
        self.assertEqual([line for line in taken if " X=TLS1" not in line or f"A=plain:{A}" not in line], [])
        self.assertTrue([line for line in self.exim().splitlines() if "<= <>" in line], "receipts come from nobody")
        for user in (A, B):
            self.wait(lambda: self.hospitals.servers.count(user) == 0, 30, f"{user}'s mailbox empty")

    def test_restarted_servers_lose_nothing(self):
        hospitals = self.hospitals
        hospitals.servers.stop_postfix()
        hospitals.servers.stop_dovecot()
        files = self.study(3, seed=12)
        storescu(files, hospitals.a.port)
        hospitals.a.wait_for("smtp-unavailable")
        hospitals.b.wait_for("mailbox-unavailable")
        hospitals.servers.start_dovecot()
        hospitals.servers.start_postfix()
        self.arrives(files)
        self.assertEqual(hospitals.a.events("message-failed"), [])


class Bounces(OtherServersTest):
    def test_a_bounce_of_exim_is_understood(self):
        """Exim takes the mail and cannot deliver it: its own words are in the alarm."""
        hospitals = self.two_hospitals(mail_servers=EximAndCyrus, change_a=self.to_nobody, start="a")
        storescu(self.study(1), hospitals.a.port)
        event = hospitals.a.wait_for("message-bounced")[0]
        self.assertIn("no such user here", event["words"])
        self.assertEqual(hospitals.a.counts()["messages"]["bounced"], 1)
        self.assertEqual(hospitals.a.quarantine(), [])

    @staticmethod
    def to_nobody(settings):
        ask_for_receipts(settings)
        settings["partners"]["klinikum-b"]["address"] = "nobody@hospital-b.example"


class Folders(OtherServersTest):
    def test_starttls_and_a_folder_to_move_to(self):
        hospitals = self.two_hospitals(mail_servers=EximAndCyrus, start="a")
        connection = hospitals.servers.imap(B)
        connection.create("INBOX/Done")
        connection.logout()
        imap = hospitals.b.settings["mailboxes"]["main"]["imap"]
        imap.update(url=f"imap://localhost:{hospitals.servers.imap_port}", after_accept={"move": "INBOX/Done"})
        hospitals.b.start()
        files = self.study(3)
        storescu(files, hospitals.a.port)
        self.arrives(files)
        self.wait(lambda: hospitals.servers.count(B, "INBOX/Done") == 3, 30, "three mails moved")
        self.assertEqual(hospitals.servers.count(B), 0)


class SmallSizes(OtherServersTest):
    """Exim announces SIZE 300000 and means it."""

    LIMIT = {"message_size_limit": 300_000}
    # And takes less than it announces: less than the smallest pieces (250 KB) that a message is cut into to find out.
    SECRET_LIMIT = {**LIMIT, "exim_settings": 'acl_smtp_mail = "deny message = 552 5.3.4 the message is too large\\n'
                                              ' condition = ${if >{$message_size}{200000}}\\n accept"'}

    def test_a_message_above_it_leaves_in_pieces(self):
        hospitals = self.two_hospitals(mail_servers=EximAndCyrus, servers_options=self.LIMIT)
        big = self.study(1, 512 * 1024, seed=20)
        storescu(big, hospitals.a.port)
        cut = hospitals.a.wait_for("message-cut")[0]
        self.assertLess(int(cut["limit"]), 300_000)
        self.arrives(big)
        self.assertEqual(len(hospitals.b.events("mail-joined")), 1)
        self.assertEqual(hospitals.a.events("message-failed"), [])

    def test_a_message_fails_for_good_where_even_its_pieces_are_above_it(self):
        hospitals = self.two_hospitals(mail_servers=EximAndCyrus, servers_options=self.SECRET_LIMIT)
        big, small = self.study(1, 512 * 1024, seed=21), self.study(1, 4096, seed=22)
        storescu(big, hospitals.a.port)
        failed = hospitals.a.wait_for("message-failed")[0]
        self.assertEqual(failed["level"], "error")
        self.assertIn("too-large", failed["error"])
        waiting = hospitals.a.json("list", "--state", "failed", "--kind", "messages")
        self.assertEqual([row["id"] for row in waiting], [failed["message"]])
        storescu(small, hospitals.a.port)
        self.arrives(small)

    def test_fragments_below_it_pass(self):
        hospitals = self.two_hospitals(mail_servers=EximAndCyrus, servers_options=self.LIMIT, change_a=self.below)
        files = self.study(2, 512 * 1024)
        storescu(files, hospitals.a.port)
        self.arrives(files)
        self.assertEqual(len(hospitals.b.events("mail-joined")), 2)
        self.assertEqual(hospitals.a.events("message-failed"), [])

    @staticmethod
    def below(settings):
        settings["partners"]["klinikum-b"]["profile"]["max_message_size"] = "250KB"


if __name__ == "__main__":
    main()
