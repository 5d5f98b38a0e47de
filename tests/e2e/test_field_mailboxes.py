#!/usr/bin/python3
"""What mail servers in the field do to a mailbox: one test a trouble, named after it. One set of servers: Dovecot allows a
user one connection, and a line between it and gateway B changes what it says."""

import re
import shutil

import rig  # noqa: F401
import mails
from harness import (ADDRESSES, Directory, E2eTest, StoreScp, TwoHospitals, identity, main, make_study, storescu)
from meddling_proxy import MeddlingProxy

A, B, C = ADDRESSES["a"], ADDRESSES["b"], ADDRESSES["c"]
DELETED = "Gelöschte Elemente"
STAND_IN = (b"From: Microsoft Exchange <exchange@hospital-b.example>\r\nSubject: Fehler beim Abrufen\r\n\r\n"
            b"Der Server konnte die Nachricht nicht abrufen.\r\n")


class Mailboxes(E2eTest):
    seed = 9100

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.line = cls.enterClassContext(MeddlingProxy(1))

        def change_b(settings):
            imap = settings["mailboxes"]["main"]["imap"]
            imap.update(url=f"imap://127.0.0.1:{cls.line.port}", tls="none", idle=True, poll_interval="1s",
                        folders=["INBOX", DELETED])
            del imap["ca_file"], imap["folder"]
            # A writes from an address that is not the one to write to.
            settings["partners"]["klinikum-a"].update(address=C, aliases=[A])
        cls.hospitals = cls.enterClassContext(TwoHospitals(
            StoreScp, change_b=change_b, start="a",
            servers_options={"dovecot_settings": "mail_max_userip_connections = 1\n"}))
        cls.line.target = ("127.0.0.1", cls.hospitals.servers.imap_port)
        cls.b, cls.servers = cls.hospitals.b, cls.hospitals.servers
        cls.inbox = cls.servers.directory / "home" / B / "Maildir"
        cls.folder = cls.inbox / ".Gel&APY-schte Elemente"
        for directory in (cls.inbox.parent, cls.inbox, cls.folder, *(cls.folder / name for name in ("new", "cur", "tmp"))):
            directory.mkdir(exist_ok=True)
            shutil.chown(directory, "mail", "mail")
        cls.b.start()

    def setUp(self):
        self.line.from_server = self.line.from_client = lambda data: data

    def send(self):
        Mailboxes.seed += 1
        files = make_study(self.enterContext(Directory()), 1, 4096, seed=Mailboxes.seed)
        storescu(files, self.hospitals.a.port)
        return identity(files[0]).sop_instance

    def there(self):
        """How many mails lie in B's mailbox: by its files, as Dovecot gives the user one connection."""
        return sum(1 for name in ("new", "cur") for file in (self.inbox / name).glob("*")
                   if "T" not in file.name.partition(":2,")[2])

    def expect_stored(self, instance):
        self.wait(lambda: instance in self.hospitals.pacs_b.datasets(), 90, "the image in the PACS")
        self.wait(lambda: self.mails("mail-accepted") <= self.mails("mail-removed"), what="its mail gone")

    def mails(self, event):
        return {entry["mail"] for entry in self.b.events(event)}

    def quarantined(self, subject):
        """The mail that was delivered under a subject of its own, once it is in quarantine."""
        before = len(self.b.events("mail-quarantined"))
        self.servers.deliver(A, B, mails.plain_mail(A, B, subject=subject))
        return self.b.wait_for("mail-quarantined", before + 1)[-1]["mail"]

    def test_a_server_with_one_connection_a_user(self):
        self.b.wait_for("idle-given-up")
        self.expect_stored(self.send())
        self.assertEqual(len(self.b.events("idle-given-up")), 1)

    def test_a_partner_that_writes_from_another_address(self):
        instance = self.send()
        self.expect_stored(instance)
        self.assertEqual(self.b.events("mail-quarantined", reason="stranger"), [])

    def test_a_mail_that_is_not_understood_stays_on_the_server(self):
        there = self.there()
        mail = self.quarantined("Rueckfrage")
        self.expect_stored(self.send())  # later, and gone
        self.wait(lambda: self.there() == there + 1, what="the one mail on the server")
        self.assertEqual(len(self.b.events("mail-fetched", mail=mail)), 1)
        self.b.command("quarantine", "drop", mail)
        self.wait(lambda: self.there() == there, what="the dropped mail gone")

    def test_an_out_of_office_note(self):
        note = mails.plain_mail(A, B, subject="Abwesend").replace(b"Subject:", b"Auto-Submitted: auto-replied\r\nSubject:")
        there = self.there()
        self.servers.deliver(A, B, note)
        aside = self.b.wait_for("mail-set-aside", reason="automatic-answer")[0]
        self.assertEqual(self.b.events("mail-quarantined", mail=aside["mail"]), [])
        self.wait(lambda: self.there() == there, what="the note gone from the server")
        self.assertIn("automatic-answer", self.b.command("quarantine", "list").stdout)

    def test_a_folder_with_an_umlaut(self):
        before = len(self.b.events("mail-quarantined"))
        mail = self.folder / "tmp" / "1.1.host"
        mail.write_bytes(b"Received: from elsewhere\r\n" + mails.plain_mail(A, B, subject="Aus dem Papierkorb"))
        shutil.chown(mail, "mail", "mail")
        mail.rename(self.folder / "new" / "1.1.host")
        self.b.wait_for("mail-quarantined", before + 1)

    def test_a_text_in_place_of_a_mail(self):
        """As Exchange does; the mail comes when the server can hand it out at last."""
        def stand_in(data):
            found = re.search(rb"RFC822\.SIZE \d+ BODY\[\] \{(\d+)\}\r\n", data)
            if not found:
                return data
            end = found.end() + int(found[1])
            head = data[:found.end()].replace(b"{" + found[1] + b"}", b"{%d}" % len(STAND_IN))
            return head + STAND_IN + data[end:]
        there = self.there()
        self.line.from_server = stand_in
        before = len(self.b.events("mail-quarantined"))
        instance = self.send()
        self.b.wait_for("mail-not-fetched", error="imap-stand-in")
        self.assertEqual(self.there(), there + 1)
        self.assertEqual(len(self.b.events("mail-quarantined")), before)
        self.line.from_server = lambda data: data
        self.expect_stored(instance)
        self.wait(lambda: self.there() == there, what="the mail gone")

    def test_the_first_half_of_a_mail(self):
        """As a proxy that cuts hands it out, whole as a literal; the mail comes when it cuts no more."""
        def cut(data):
            found = re.search(rb"RFC822\.SIZE \d+ BODY\[\] \{(\d+)\}\r\n", data)
            if not found:
                return data
            end = found.end() + int(found[1])
            half = data[found.end():found.end() + int(found[1]) // 2]
            return data[:found.end()].replace(b"{" + found[1] + b"}", b"{%d}" % len(half)) + half + data[end:]
        there = self.there()
        self.line.from_server = cut
        before = len(self.b.events("mail-quarantined"))
        told = len(self.b.events("mail-not-fetched", error="imap-stand-in"))
        instance = self.send()
        self.b.wait_for("mail-not-fetched", told + 1, error="imap-stand-in")
        self.assertEqual(self.there(), there + 1)
        self.line.from_server = lambda data: data
        self.expect_stored(instance)
        self.assertEqual(len(self.b.events("mail-quarantined")), before)
        self.wait(lambda: self.there() == there, what="the mail gone")

    def test_a_mail_that_comes_empty_once(self):
        empty = []

        def hand_out_nothing(data):
            found = re.search(rb"BODY\[\] \{(\d+)\}\r\n", data)
            if not found or empty:
                return data
            empty.append(found[1])
            end = found.end() + int(found[1])
            return data[:found.start()] + b"BODY[] {0}\r\n" + data[end:]
        self.line.from_server = hand_out_nothing
        instance = self.send()
        self.b.wait_for("mail-not-fetched", error="imap-no-data")
        self.expect_stored(instance)


if __name__ == "__main__":
    main()
