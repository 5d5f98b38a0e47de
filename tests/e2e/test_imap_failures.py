#!/usr/bin/python3
"""IMAP servers that are silent, half-open, cut the line at the worst moment, never notify, refuse: each mail is fetched
once, none is lost, none holds up the others."""

import re

import rig  # noqa: F401
import mails
from harness import (ADDRESSES, Directory, E2eTest, StoreScp, TwoHospitals, dataset_bytes, identity, main, make_study, run,
                     storescu)
from meddling_proxy import MeddlingProxy

A, B = ADDRESSES["a"], ADDRESSES["b"]


class ImapTest(E2eTest):
    seed = 300

    def start(self, start="ab", plain=False, **imap):
        """B reads its mailbox through a proxy; `plain`: without TLS, so that the proxy can read along."""
        self.hospitals = self.enterContext(TwoHospitals(StoreScp, start="", **imap.pop("options", {})))
        self.servers, self.b = self.hospitals.servers, self.hospitals.b
        self.proxy = self.enterContext(MeddlingProxy(self.servers.imap_port if plain else self.servers.imaps_port))
        settings = self.b.settings["mailboxes"]["main"]["imap"]
        scheme = "imap://127.0.0.1" if plain else "imaps://localhost"
        settings.update({"url": f"{scheme}:{self.proxy.port}", "poll_interval": "1s", "timeout": "2s",
                         "if_not_understood": "delete", **imap})
        if plain:
            settings["tls"] = "none"
            del settings["ca_file"]
        self.b.settings["retry"] = {"first": "200ms", "max": "1s", "give_up_after": "48h"}
        for name in start:
            getattr(self.hospitals, name).start()
        self.sent = {}

    def send(self, slices=1, size=4096):
        ImapTest.seed += 1
        files = make_study(self.enterContext(Directory()), slices, size, seed=ImapTest.seed)
        storescu(files, self.hospitals.a.port)
        self.sent.update({identity(file).sop_instance: dataset_bytes(file) for file in files})

    def expect_each_once(self, mails_left=0):
        self.wait(lambda: set(self.hospitals.pacs_b.datasets()) == set(self.sent), 90, "all files in the PACS")
        self.b.wait_for("delivery-done", len(self.sent))
        self.wait(lambda: self.servers.count(B) == mails_left, 60, "the mails gone from the server")
        self.assert_same_datasets(self.hospitals.pacs_b.datasets(), self.sent)
        self.assertEqual(len(self.b.events("mail-fetched")), len(self.sent))
        self.assertEqual(len(self.b.events("delivery-done")), len(self.sent))


class Lines(ImapTest):
    def test_silent_then_half_open_then_cut(self):
        self.start(start="a")
        self.proxy.silent = True
        self.b.start()
        self.send(2)
        self.assertEqual(self.b.wait_for("mailbox-unavailable")[0]["error"], "imap-timeout")
        self.proxy.silent = False
        self.expect_each_once()
        self.b.wait_for("mailbox-connected")

        # Whatever is said from now on, nobody hears; nobody hangs up either, and IDLE waits.
        before = len(self.b.events("mailbox-connected"))
        self.proxy.freeze()
        self.send(2)
        self.expect_each_once()
        self.b.wait_for("mailbox-connected", before + 1)

        before = len(self.b.events("mailbox-unavailable"))
        self.proxy.cut()
        self.send(2)
        self.expect_each_once()
        self.assertGreaterEqual(len(self.b.events("mailbox-connected")), 2)
        self.assertLessEqual({e["error"] for e in self.b.events("mailbox-unavailable")[before:]},
                             {"imap-connection-lost", "imap-timeout", "imap-unreachable"})

    def test_a_slow_line_is_no_failure(self):
        self.start()
        self.proxy.trickle = (2000, 0.02)
        self.send(1, 256 * 1024)
        self.expect_each_once()
        self.assertEqual(self.b.events("mailbox-unavailable"), [])

    def test_idle_that_never_notifies(self):
        """A server, or a box before it, that takes IDLE and tells of nothing: the poll timer finds the mails."""
        self.start(plain=True)
        self.proxy.from_server = lambda data: re.sub(rb"\* \d+ (EXISTS|RECENT)\r\n", b"", data)
        self.b.wait_for("mailbox-connected")
        self.wait(lambda: b" IDLE\r\n" in self.proxy.said, 30, "IDLE")
        self.send(2)
        self.expect_each_once()
        self.assertEqual(self.b.events("mailbox-unavailable"), [])

    def test_cut_between_fetching_and_deleting(self):
        """Before the command that deletes, and after it, when nobody knows whether it was done."""
        self.start(plain=True)
        cuts = []

        def before_store(data):
            if b" STORE " in data and len(cuts) < 2:
                cuts.append("before")
                return None
            return data

        def after_store(data):
            if len(cuts) == 2 and re.search(rb"^g\d+ OK .*(Store|Expunge)", data, re.M):
                cuts.append("after")
                return None
            return data
        self.proxy.from_client, self.proxy.from_server = before_store, after_store
        self.send(3)
        self.expect_each_once()
        # The server has deleted before its answer is on the line.
        self.wait(lambda: len(cuts) == 3, 30, "the cut after the command")
        self.assertEqual(cuts, ["before", "before", "after"])

    def test_a_mail_over_which_the_server_hangs_up(self):
        """Each time it is fetched: it must not stand before the others for ever."""
        self.start(plain=True)
        self.proxy.from_server = lambda data: None if b"X-Poison" in data else data
        poison = mails.plain_mail(A, B).replace(b"Subject:", b"X-Poison: yes\r\nSubject:", 1)
        self.servers.deliver(A, B, poison)
        self.b.wait_for("mailbox-unavailable", error="imap-connection-lost")
        self.send(3)
        self.expect_each_once(mails_left=1)
        self.proxy.from_server = lambda data: data
        self.b.wait_for("mail-quarantined", reason="no-dicom-mail")
        self.wait(lambda: self.servers.count(B) == 0, 60, "an empty mailbox")


class Ahead(ImapTest):
    """The next mail is asked for while the last is kept: what becomes of it is its own affair."""

    def start_with_waiting(self, slices, size=4096):
        self.start(start="a", plain=True, idle=False)
        self.send(slices, size)
        self.wait(lambda: self.servers.count(B) == slices, 60, "the mails in the mailbox")

    def test_the_server_hangs_up_over_the_next_mail(self):
        self.start_with_waiting(2)
        poison = mails.plain_mail(A, B).replace(b"Subject:", b"X-Poison: yes\r\nSubject:", 1)
        self.servers.deliver(A, B, poison)
        self.send(2)
        self.wait(lambda: self.servers.count(B) == 5, 60, "the mails in the mailbox")
        self.proxy.from_server = lambda data: None if b"X-Poison" in data else data
        self.b.start()
        self.b.wait_for("mailbox-unavailable", error="imap-connection-lost")
        self.expect_each_once(mails_left=1)
        self.proxy.from_server = lambda data: data
        self.b.wait_for("mail-quarantined", reason="no-dicom-mail")
        self.wait(lambda: self.servers.count(B) == 0, 60, "an empty mailbox")

    def test_the_server_refuses_the_next_mail(self):
        self.start_with_waiting(4)
        refused = []

        def refuse(data):
            found = re.match(rb"(g\d+) UID FETCH (\d+) \(UID", data)
            if found and found[2] == b"2" and not refused:
                refused.append(found[1])
                return found[1] + b" UID FETCH 2 (NO.SUCH.ITEM)\r\n"
            return data
        self.proxy.from_client = refuse
        self.b.start()
        self.assertEqual(self.b.wait_for("mail-not-fetched")[0]["uid"], "2")
        self.expect_each_once()
        self.assertEqual(self.b.events("mailbox-unavailable"), [])

    def test_stopped_and_started_all_the_time(self):
        self.start_with_waiting(60, size=512 * 1024)
        stops = 0
        while (fetched := len(self.b.events("mail-fetched"))) < 50:
            self.b.start()
            self.b.wait_for("mail-fetched", fetched + 1)
            self.b.stop()
            stops += 1
        self.assertGreater(stops, 1)
        self.b.start()
        self.expect_each_once()


class Refusals(ImapTest):
    def test_a_mail_that_the_server_cannot_hand_out(self):
        """NO to the fetch of one mail, as of a damaged one."""
        self.start(plain=True, idle=False)
        refused = []

        def refuse(data):
            found = re.match(rb"(g\d+) UID FETCH (\d+) ", data)
            if found and found[2] == b"1" and not refused[3:]:
                refused.append(found[1])
                return found[1] + b" UID FETCH 1 (NO.SUCH.ITEM)\r\n"  # BAD, by the real server
            return data
        self.proxy.from_client = refuse
        self.send(4)
        event = self.b.wait_for("mail-not-fetched")[0]
        self.assertEqual((event["level"], event["uid"], event["error"]), ("error", "1", "imap-refused"))
        self.b.wait_for("mail-fetched", 3)
        self.expect_each_once()
        self.assertEqual(self.b.events("mailbox-unavailable"), [])
        self.assertEqual(len(self.b.events("mail-not-fetched")), 1)

    def test_mails_that_may_not_leave(self):
        """The folder that they are to be moved to cannot be made: they are fetched all the same, once, and told of."""
        self.start(after_accept={"move": "no//such"})
        self.send(3)
        self.assertEqual(self.b.wait_for("mailbox-unavailable", 2)[0]["error"], "imap-refused")
        self.send(2)
        self.expect_each_once(mails_left=5)

    def test_the_folder_goes_and_comes_back(self):
        self.start(start="a", folder="Tele")
        self.b.start()
        self.assertEqual(self.b.wait_for("mailbox-unavailable")[0]["error"], "imap-refused")
        for slices in (2, 1):
            self.doveadm("mailbox", "create", "-u", B, "Tele")
            before = len(self.sent)
            self.send(slices)
            self.servers.wait_for(B, slices)
            self.doveadm("move", "-u", B, "Tele", "mailbox", "INBOX", "ALL")
            self.b.wait_for("delivery-done", before + slices)
            self.wait(lambda: self.servers.count(B, "Tele") == 0, 60, "an empty folder")
            unavailable = len(self.b.events("mailbox-unavailable"))
            self.doveadm("mailbox", "delete", "-u", B, "Tele")
            self.b.wait_for("mailbox-unavailable", unavailable + 1)
        self.expect_each_once()

    def doveadm(self, *arguments):
        run("doveadm", "-c", self.servers.directory / "conf" / "dovecot.conf", *arguments)

    def test_over_quota(self):
        """The far mailbox is full: the mail server holds what does not fit, until there is room."""
        quota = ("mail_plugins = quota\nprotocol lmtp {\n  mail_plugins = quota\n}\nplugin {\n"
                 "  quota = maildir:User\n  quota_rule = *:storage=1M\n  quota_full_tempfail = yes\n}\n"
                 "quota_full_tempfail = yes\n")
        self.start(start="a", options={"servers_options": {"dovecot_settings": quota}})
        self.send(6, 256 * 1024)
        self.hospitals.a.wait_for("shipment-sent")
        self.wait(lambda: "uota exceeded" in self.servers.postfix_log.read_text(), 60, "a full mailbox")
        self.assertLess(self.servers.count(B), 6)
        self.b.start()
        self.expect_each_once()


if __name__ == "__main__":
    main()
