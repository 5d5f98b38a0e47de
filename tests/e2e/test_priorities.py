#!/usr/bin/python3
"""Emergencies overtake; and what hangs or is away (a partner, a mailbox, a PACS) holds up nothing else."""

import contextlib
import socket
import sqlite3
import threading
import time

import rig  # noqa: F401
from harness import (ADDRESSES, Directory, E2eTest, Keys, TwoHospitals, dataset_bytes, free_port, identity, main,
                     make_study, storescu)
from mail_policy import MailPolicy
from meddling_proxy import MeddlingProxy

B, C = ADDRESSES["b"], ADDRESSES["c"]
BULK = 150


class Priorities(E2eTest):
    def study(self, slices, seed, size=4096, **options):
        return make_study(self.enterContext(Directory()), slices, size, seed=seed, **options)

    def test_an_emergency_goes_next(self):
        """With one connection and a queue of bulk mails: next after the one in flight, whatever came before it."""
        policy = self.enterContext(MailPolicy())
        self.addCleanup(policy.clear)
        release = threading.Event()
        self.addCleanup(release.set)

        def change(settings):
            settings["mailboxes"]["main"]["smtp"].update(connections=1, timeout="10m")
            settings["routes"]["outbound"] = [
                {"name": "stroke", "when": {"called_ae": ["STROKE_B"]}, "send_to": ["klinikum-b"],
                 "priority": "emergency", "release": "instance"},
                {"name": "bulk", "when": {"called_ae": ["TO_B"]}, "send_to": ["klinikum-b"], "priority": "bulk"}]
        hospitals = self.two_hospitals(change_a=change, servers_options={"postfix_settings": policy.settings()})
        policy.rule = lambda session: release.wait(300) and None if session["protocol_state"] == "RCPT" else None
        a = hospitals.a
        storescu(self.study(BULK, 401), a.port)
        a.wait_for("message-sealed", BULK, 120)
        storescu(self.study(2, 402), a.port, called="STROKE_B")
        a.wait_for("message-sealed", BULK + 2)
        emergencies = {event["message"] for event in a.events("message-sealed")[-2:]}
        release.set()
        sent = [event["message"] for event in a.wait_for("message-sent", BULK + 2, 120)]
        self.assertLessEqual(emergencies, set(sent[:3]))
        hospitals.b.wait_for("delivery-done", BULK + 2, 120)

    def test_an_emergency_overtakes_what_waits_in_the_mailbox(self):
        """Whole, and in fragments; those that are there when fetching begins, and one that comes meanwhile."""
        line = self.enterContext(MeddlingProxy(1))

        def change_a(settings):
            settings["partners"]["klinikum-b"]["profile"]["max_message_size"] = "250KB"
            settings["routes"]["outbound"] = [
                {"name": "stroke", "when": {"called_ae": ["STROKE_B"]}, "send_to": ["klinikum-b"],
                 "priority": "emergency", "release": "instance"},
                {"name": "bulk", "when": {"called_ae": ["TO_B"]}, "send_to": ["klinikum-b"], "priority": "bulk",
                 "release": "instance"}]

        def change_b(settings):
            imap = settings["mailboxes"]["main"]["imap"]
            line.target = ("127.0.0.1", int(imap["url"].rpartition(":")[2]))
            imap.update(url=f"imaps://localhost:{line.port}", idle=False, poll_interval="1s")
        hospitals = self.two_hospitals(start="a", change_a=change_a, change_b=change_b)
        a, b, waiting = hospitals.a, hospitals.b, hospitals.servers
        storescu(self.study(BULK, 431), a.port)
        urgent = self.study(1, 432) + self.study(1, 433, 400 * 1024)
        storescu(urgent, a.port, called="STROKE_B")
        a.wait_for("message-sent", BULK + 2, 180)
        in_all = sum(max(int(sealed["fragments"]), 1) for sealed in a.events("message-sealed"))
        self.wait(lambda: waiting.count(B) == in_all, 180, "all mails in the mailbox")
        line.trickle = (4096, 0.2)
        b.start()
        b.wait_for("instance-accepted", 2, 120)
        before = self.urgent_mails(waiting)
        late = self.study(1, 434)
        storescu(late, a.port, called="STROKE_B")
        self.wait(lambda: self.urgent_mails(waiting) - before, 60, "the late one in the mailbox")
        wanted = [identity(file).sop_instance for file in urgent + late]
        # As slow as this, as long as it takes: how often is looked for what is new depends on how long a look takes.
        self.wait(lambda: wanted[2] in hospitals.pacs_b.datasets() or len(b.events("instance-accepted")) > BULK // 2,
                  180, "the late one in the PACS, or many that came before it")
        line.trickle = None
        b.wait_for("delivery-done", BULK + 3, 180)
        names = [event["instance"] for event in b.events("instance-accepted")]
        order = [b.json("show", name)["sop_instance_uid"] for name in names]
        self.assertEqual(set(order[:2]), set(wanted[:2]))
        # A tenth of the time is spent on asking what is new: a few go before it.
        self.assertLess(order.index(wanted[2]), BULK // 2)

    def urgent_mails(self, servers):
        return {mail for mail in servers.mailbox(B) if b"Priority: urgent" in mail}

    def test_an_emergency_asks_whether_a_server_is_back(self):
        """Long before the others do, and when it is, all of them go."""
        def change(settings):
            settings["retry"] = {"first": "1h", "max": "1h", "give_up_after": "48h"}
            settings["routes"]["outbound"].insert(0, {
                "name": "stroke", "when": {"called_ae": ["STROKE_B"]}, "send_to": ["klinikum-b"],
                "priority": "emergency", "release": "instance", "final": True})
        hospitals = self.two_hospitals(start="b", change_a=change)
        hospitals.servers.stop_postfix()
        hospitals.a.start()
        storescu(self.study(1, 410), hospitals.a.port)
        self.assertGreater(int(hospitals.a.wait_for("smtp-unavailable")[0]["retry_in_ms"]), 2_000_000)
        storescu(self.study(20, 411), hospitals.a.port)
        self.wait(lambda: self.put_off(hospitals.a) == 20, 60, "the sealers to have put off the second study")
        # Nothing is sealed beyond what there is to try with: the disk would hold it twice.
        counts = hospitals.a.counts()["messages"]
        self.assertEqual((counts["waiting"], counts["sealed"]), (20, 1))
        storescu(self.study(1, 412), hospitals.a.port, called="STROKE_B")
        hospitals.servers.start_postfix()
        hospitals.b.wait_for("delivery-done", 22, 180)

    @staticmethod
    def put_off(gateway):
        """Messages that are not sealed, and will not be for a while."""
        with contextlib.closing(sqlite3.connect(f"file:{gateway.state}/ledger.db?mode=ro", uri=True)) as database:
            return database.execute("SELECT COUNT(*) FROM message WHERE state = 'waiting' AND next_try > ?",
                                    (time.time() * 1000 + 60_000,)).fetchone()[0]

    def test_what_is_dead_holds_up_nothing_else(self):
        """Beside the good ones: a partner whose server hangs, a mailbox whose servers are silent, a PACS that is away
        and one that takes connections and says nothing."""
        policy = self.enterContext(MailPolicy())
        self.addCleanup(policy.clear)
        silent_pacs = self.enterContext(socket.create_server(("127.0.0.1", 0)))
        keys = {name: Keys(self.enterContext(Directory()), name) for name in "c"}
        silent = self.enterContext(MeddlingProxy(1))
        silent.silent = True
        # A target that takes connections: the listener above would do, were it not for its backlog.
        silent.target = silent_pacs.getsockname()

        def change_a(settings):
            main_box = settings["mailboxes"]["main"]
            other = {**main_box, "address": "other@hospital-a.example",
                     "smtp": {**main_box["smtp"], "url": f"smtp://localhost:{silent.port}", "timeout": "2s"},
                     "imap": {**main_box["imap"], "url": f"imaps://localhost:{silent.port}", "timeout": "2s"}}
            settings["mailboxes"]["other"] = other
            # Long enough for a busy machine to greet and let log in: slower than this, it is the server that is away.
            main_box["smtp"].update(connections=2, timeout="10s")
            for name, mailbox in (("hanging", "main"), ("unreachable", "other")):
                key = keys["c"] if name == "hanging" else Keys(self.enterContext(Directory()), "a")
                settings["partners"][name] = {**TwoHospitals.partner(f"{name}@hospital-c.example", key.public,
                                                                     key.fingerprint), "mailbox": mailbox}
            settings["routes"]["outbound"][0]["send_to"] = ["hanging", "unreachable", "klinikum-b"]

        def change_b(settings):
            good = settings["pacs"]["main"]
            settings["pacs"]["away"] = {**good, "port": free_port()}
            settings["pacs"]["silent"] = {**good, "port": silent_pacs.getsockname()[1], "timeout": "2s"}
            settings["routes"]["inbound"][0]["forward_to"] = ["away", "silent", "main"]
        hospitals = self.two_hospitals(change_a=change_a, change_b=change_b,
                                       servers_options={"postfix_settings": policy.settings()})
        release = threading.Event()
        self.addCleanup(release.set)
        policy.rule = lambda session: (release.wait(300) and None if session["protocol_state"] == "RCPT"
                                       and session["recipient"].startswith("hanging@") else None)
        files = self.study(40, 421)
        storescu(files, hospitals.a.port)
        wanted = {identity(file).sop_instance: dataset_bytes(file) for file in files}
        self.wait(lambda: set(hospitals.pacs_b.datasets()) == set(wanted), 120, "the files in the good PACS")
        hospitals.b.wait_for("delivery-done", 40, pacs="main")
        self.assert_same_datasets(hospitals.pacs_b.datasets(), wanted)
        hospitals.a.wait_for("partner-unavailable", partner="hanging", error="smtp-message-timeout")
        hospitals.a.wait_for("smtp-unavailable", mailbox="other", error="smtp-timeout")
        hospitals.a.wait_for("mailbox-unavailable", mailbox="other")
        hospitals.b.wait_for("pacs-unavailable", pacs="away")
        hospitals.b.wait_for("pacs-unavailable", pacs="silent")
        # And all of it is still there.
        self.assertEqual(hospitals.a.events("smtp-unavailable", mailbox="main"), [])
        counts = hospitals.a.counts()["messages"]
        self.assertEqual((counts["sent"], counts["waiting"] + counts["sealed"], counts["failed"]), (40, 80, 0))
        self.assertEqual(hospitals.b.counts()["deliveries"]["waiting"], 80)


if __name__ == "__main__":
    main()
