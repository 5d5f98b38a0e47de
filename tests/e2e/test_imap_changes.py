#!/usr/bin/python3
"""A mailbox whose UIDs mean something else than before: UIDVALIDITY changed, or the mailbox was made anew. And a server
that can do less than others."""

import contextlib
import imaplib
import shutil

import rig  # noqa: F401
from harness import ADDRESSES, Directory, E2eTest, dataset_bytes, identity, main, make_study, run, storescu

B = ADDRESSES["b"]


class ImapChanges(E2eTest):
    def start(self, after_accept="keep"):
        def change(settings):
            settings["mailboxes"]["main"]["imap"].update(after_accept=after_accept, poll_interval="1s")
        self.sent = {}
        return self.two_hospitals(change_b=change)

    def send(self, seed, slices=2):
        files = make_study(self.enterContext(Directory()), slices, 4096, seed)
        storescu(files, self.hospitals.a.port)
        self.sent.update({identity(file).sop_instance: dataset_bytes(file) for file in files})
        self.hospitals.b.wait_for("delivery-done", len(self.sent))

    def set_uid_validity(self, value):
        run("doveadm", "-c", self.hospitals.servers.directory / "conf" / "dovecot.conf", "mailbox", "update",
            "--uid-validity", value, "-u", B, "INBOX")

    def uid_validity(self):
        with contextlib.closing(self.hospitals.servers.imap(B)) as connection:
            connection.select("INBOX", readonly=True)
            return int(connection.response("UIDVALIDITY")[1][0])

    def expect_each_once(self):
        """Once in the ledger, once in the PACS, whatever was fetched."""
        b = self.hospitals.b
        self.wait(lambda: b.counts()["mails"]["fetched"] == 0 and b.counts()["deliveries"]["waiting"] == 0, 30,
                  "nothing on its way")
        counts = b.counts()
        self.assertEqual((counts["instances_in"]["stored"], counts["deliveries"]["stored"]), (len(self.sent),) * 2)
        self.assertEqual((counts["instances_in"]["conflict"], counts["mails"]["quarantined"]), (0, 0))
        self.assertEqual(len(b.events("delivery-done")), len(self.sent))
        self.assert_same_datasets(self.hospitals.pacs_b.datasets(), self.sent)

    def test_uid_validity_changes_while_the_gateway_runs(self):
        hospitals = self.start()
        self.send(1)
        before = self.uid_validity()
        self.set_uid_validity(before + 1000)
        self.assertEqual(self.uid_validity(), before + 1000)
        # The same mails under names that nobody knows: they are fetched again.
        hospitals.b.wait_for("mail-fetched", 4)
        self.send(2)
        hospitals.b.wait_for("mail-fetched", 6)
        self.expect_each_once()

    def rename_mailbox(self, old, new, after_accept="keep"):
        b = self.hospitals.b
        b.stop()
        b.settings["mailboxes"] = {new: b.settings["mailboxes"][old]}
        b.settings["mailboxes"][new]["imap"]["after_accept"] = after_accept
        b.write()

    def test_originals_stay_on_the_server_and_the_mailbox_is_renamed(self):
        """Whether or not a person gives the command before the daemon starts, they are known, and may be removed."""
        hospitals = self.start()
        self.send(1)
        self.rename_mailbox("main", "primary")
        hospitals.b.start()
        self.send(2)
        hospitals.b.command("redirect", "mailbox", "--from", "main", "--to", "primary", check=False)
        self.rename_mailbox("primary", "third", "delete")
        hospitals.b.command("redirect", "mailbox", "--from", "primary", "--to", "third", check=False)
        hospitals.b.start()
        hospitals.b.wait_for("mail-removed", 4)
        self.expect_each_once()
        self.assertEqual(len(hospitals.b.events("mail-fetched")), 4)
        self.assertEqual(hospitals.b.command("verify", check=False).returncode, 0)

    def test_uid_validity_changes_while_the_gateway_is_down(self):
        """And what it had fetched before is removed from the server all the same."""
        hospitals = self.start()
        self.send(1)
        hospitals.b.stop()
        self.set_uid_validity(self.uid_validity() + 1000)
        hospitals.b.settings["mailboxes"]["main"]["imap"]["after_accept"] = "delete"
        hospitals.b.start()
        self.wait(lambda: hospitals.servers.count(B) == 0, 30, "an empty mailbox")
        self.expect_each_once()
        self.send(2)
        self.expect_each_once()

    def test_the_mailbox_is_made_anew_while_the_gateway_runs(self):
        """Its UIDs start at 1 again: a new mail must not be taken for an old one."""
        hospitals = self.start()
        self.send(1)
        before = self.uid_validity()
        shutil.rmtree(hospitals.servers.directory / "home" / B / "Maildir")
        self.send(2)
        self.assertEqual(hospitals.servers.count(B), 2)
        self.assertNotEqual(self.uid_validity(), before)
        self.assertEqual(len(hospitals.b.events("mail-fetched")), 4)
        self.expect_each_once()

    def test_a_server_without_idle_uidplus_and_move(self):
        """`idle: true` is for servers that have it: this one is polled, and its mails are removed all the same."""
        self.sent = {}
        for seed, after_accept in ((1, "delete"), (2, {"move": "Done"})):
            with self.subTest(after_accept=after_accept):
                self.expect_polled(seed, after_accept)

    def expect_polled(self, seed, after_accept):
        hospitals = self.two_hospitals(start="a")
        servers, imap = hospitals.servers, hospitals.b.settings["mailboxes"]["main"]["imap"]
        imap.update(url=f"imap://127.0.0.2:{servers.plain_imap_port}", tls="none", idle=True, poll_interval="1s",
                    after_accept=after_accept)
        del imap["ca_file"]
        with imaplib.IMAP4("127.0.0.2", servers.plain_imap_port) as connection:
            self.assertEqual(set(connection.capabilities) & {"IDLE", "UIDPLUS", "MOVE"}, set())
        hospitals.b.start()
        self.sent = {}
        self.send(seed)
        self.send(seed + 10)  # comes while it waits: nothing but the poll tells
        self.wait(lambda: servers.count(B) == 0, 30, "an empty mailbox")
        self.assertEqual(hospitals.b.events("mailbox-unavailable"), [])
        # One connection to fetch, one that asked for IDLE and hung up.
        logins = [line for line in servers.dovecot_log.read_text().splitlines()
                  if f"Login: user=<{B}>" in line and "lip=127.0.0.2" in line]
        self.assertEqual(len(logins), 2)
        if after_accept != "delete":
            self.assertEqual(servers.count(B, "Done"), 4)
        self.expect_each_once()


if __name__ == "__main__":
    main()
