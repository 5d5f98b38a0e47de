#!/usr/bin/python3
"""What an operator does beside a running gateway: retry, cancel, hold, release, verify; and ledgers that are damaged."""

import contextlib
import json
import os
import pathlib
import shutil
import sqlite3
import subprocess

import rig  # noqa: F401
import mails
from dicom_peers import association_profile
from harness import (ADDRESSES, Directory, E2eTest, StoreScp, TwoHospitals, gateway_binary, identity, main, make_study,
                     storescu)

NO_SUCH_ITEM, WRONG, USAGE, CONFIG = 66, 1, 64, 78
LEDGERS = pathlib.Path(__file__).resolve().parent.parent / "data" / "ledgers"


class Operator(E2eTest):
    """All tests share two hospitals."""

    @classmethod
    def setUpClass(cls):
        def no_patience(settings):
            settings["retry"] = {"first": "1h", "max": "1h", "give_up_after": "48h"}
            settings["partners"]["klinikum-a"]["profile"]["receipts"] = "mdn"

        def ask_for_receipts(settings):
            settings["partners"]["klinikum-b"]["profile"]["receipts"] = "mdn"
        cls.hospitals = cls.enterClassContext(TwoHospitals(StoreScp, change_a=ask_for_receipts, change_b=no_patience))
        cls.a, cls.b, cls.pacs = cls.hospitals.a, cls.hospitals.b, cls.hospitals.pacs_b
        cls.directory = cls.enterClassContext(Directory())
        cls.studies = 0

    def send(self, slices=2):
        """A study of its own; its shipment at A, and its SOP Instance UIDs."""
        Operator.studies += 1
        before = len(self.a.events("shipment-closed"))
        files = make_study(self.directory / str(Operator.studies), slices, 4096, seed=1000 + Operator.studies)
        storescu(files, self.a.port)
        closed = self.a.wait_for("shipment-closed", before + 1)
        return closed[-1]["shipment"], {identity(file).sop_instance for file in files}

    def arrived(self):
        return set(self.pacs.datasets())

    def state(self, site, item):
        return site.json("show", item)["state"]

    def message_of(self, shipment):
        return self.a.json("show", shipment)["contains"][0]["title"].split()[1]

    def expect_error(self, site, code, *arguments):
        done = site.command(*arguments, check=False)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return done.stderr

    def expect_clean(self, site, *arguments):
        done = site.command("verify", *arguments, "--json", check=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return json.loads(done.stdout)

    def expect_logged(self, site, what, item):
        """By the daemon, within a second or two."""
        self.assertRegex(site.wait_for("operator-acted", what=what, item=item)[-1]["at"], r"^20\d\d-")

    def test_every_act_is_logged_by_the_daemon(self):
        """And by nobody else: what a command prints is its answer alone."""
        self.a.command("hold", "--partner", "klinikum-b")
        shipment, _ = self.send(1)
        message = self.message_of(shipment)
        self.a.command("hold", message)
        self.a.command("hold", shipment)
        self.a.command("release", "--partner", "klinikum-b")
        self.assertEqual(json.loads(self.a.command("retry", "--all", "--json").stdout)["target"], "all")
        self.a.command("release", shipment)
        self.wait(lambda: self.state(self.a, shipment) == "delivered", what="delivery")
        self.assertEqual(self.a.command("resend", shipment).stdout, f"{shipment}: 1 message is sent again\n")
        self.a.command("hold", "--partner", "klinikum-b")
        alone, _ = self.send(1)
        held = self.message_of(alone)
        self.a.command("hold", held)
        self.a.command("release", "--partner", "klinikum-b")
        self.a.command("release", held)
        self.wait(lambda: self.state(self.a, alone) == "delivered", what="delivery of what was held by itself")
        sent = self.a.command("send", "--to", "klinikum-b", self.text("notes.txt")).stdout.strip()
        self.assertRegex(sent, r"^S\d+$")
        self.a.stop()
        # Nobody is there to log these; the next daemon does.
        self.a.command("hold", "--pacs", "main")
        self.a.command("release", "--pacs", "main")
        late = self.a.command("send", "--to", "klinikum-b", self.text("late.txt")).stdout.strip()
        self.a.command("cancel", late)
        self.assertEqual(self.a.events("operator-acted", item=late), [])
        self.a.start()
        for what, item in (("hold", message), ("hold", shipment), ("release", shipment), ("retry", "all"),
                           ("resend", shipment), ("hold", held), ("release", held), ("send", sent),
                           ("hold", "pacs main"), ("release", "pacs main"), ("send", late), ("cancel", late)):
            with self.subTest(what=what, item=item):
                self.expect_logged(self.a, what, item)
                self.assertEqual(len(self.a.events("operator-acted", what=what, item=item)), 1)
        self.assertEqual(len(self.a.events("shipment-queued", shipment=late)), 1)

    def text(self, name):
        (self.directory / name).write_text("Guten Tag")
        return self.directory / name

    def test_what_is_done_with_the_quarantine_is_logged(self):
        before = len(self.b.events("mail-quarantined"))
        self.hospitals.servers.deliver(ADDRESSES["a"], ADDRESSES["b"],
                                       mails.plain_mail(ADDRESSES["a"], ADDRESSES["b"], "Bitte um Rueckruf."))
        mail = self.b.wait_for("mail-quarantined", before + 1)[-1]["mail"]
        self.b.command("quarantine", "release", mail)
        self.b.wait_for("mail-quarantined", before + 2)
        self.b.command("quarantine", "drop", mail)
        for what in ("quarantine-release", "quarantine-drop"):
            self.expect_logged(self.b, what, mail)

    def test_a_held_partner_gets_nothing_until_the_release(self):
        self.a.command("hold", "--partner", "klinikum-b")
        shipment, uids = self.send()
        self.assertEqual(self.a.counts()["messages"]["held"], 2)
        self.a.stop()
        self.a.start()
        self.assertEqual(self.a.status()["held_destinations"], ["partner klinikum-b"])
        self.assertIn("held: partner klinikum-b", self.a.command("status").stdout)
        messages = [row["id"] for row in self.a.json("list", "--state", "held")]
        self.assertEqual(len(messages), 2)
        self.assertIn("release lets it go", self.expect_error(self.a, WRONG, "resend", messages[0]))
        self.assertIn("release lets them go", self.expect_error(self.a, WRONG, "retry", shipment))
        instance = self.a.json("list", "--kind", "instances")[0]["id"]
        self.assertIn("was not received by mail: resend M", self.expect_error(self.a, WRONG, "redeliver", instance))
        self.assertIn("partner", self.a.json("show", messages[0])["held_by"])
        self.assertFalse(uids & self.arrived())
        self.assertEqual(self.a.json("release", "--partner", "klinikum-b"),
                         {"act": "release", "target": "partner klinikum-b", "items": 2})
        self.wait(lambda: self.state(self.a, shipment) == "delivered", what="delivered after the release")
        self.assertTrue(uids <= self.arrived())
        for what in ("hold", "release"):
            self.expect_logged(self.a, what, "partner klinikum-b")

    def test_a_cancelled_shipment_is_not_sent(self):
        self.a.command("hold", "--partner", "klinikum-b")
        wrong, wrong_uids = self.send(3)
        right, right_uids = self.send()
        self.assertIn("3 items", self.a.command("cancel", wrong).stdout)
        self.a.command("release", "--partner", "klinikum-b")
        self.wait(lambda: self.state(self.a, right) == "delivered", what="delivery of the other shipment")
        self.assertEqual(self.state(self.a, wrong), "cancelled")
        self.assertTrue(right_uids <= self.arrived())
        self.assertFalse(wrong_uids & self.arrived())
        self.assertIn("nothing to cancel", self.expect_error(self.a, WRONG, "cancel", wrong))
        sent = self.a.json("show", right)["contains"][0]["title"].split()[1]
        self.assertIn("there is nothing to cancel", self.expect_error(self.a, WRONG, "cancel", sent))
        # The person errs.
        self.a.command("resend", wrong)
        self.wait(lambda: self.state(self.a, wrong) == "delivered", what="delivery after all")
        self.assertTrue(wrong_uids <= self.arrived())

    def test_a_held_pacs_gets_nothing_until_the_release(self):
        self.b.command("hold", "--pacs", "main")
        _, uids = self.send()
        self.wait(lambda: self.b.counts()["deliveries"]["held"] == 2, what="held deliveries")
        self.assertFalse(uids & self.arrived())
        delivery = self.b.json("list", "--state", "held", "--kind", "deliveries")[0]["id"]
        self.assertIn("its PACS is held as well", self.expect_error(self.b, WRONG, "release", delivery))
        self.b.command("hold", delivery)
        self.b.command("release", "--pacs", "main")
        self.wait(lambda: len(uids & self.arrived()) == 1, what="what only its PACS held back")
        self.b.command("release", delivery)
        self.wait(lambda: uids <= self.arrived(), what="what was held in the PACS")
        for what, item in (("hold", delivery), ("release", delivery)):
            self.expect_logged(self.b, what, item)

    def test_retry_ends_a_long_back_off(self):
        self.pacs.stop()
        try:
            before = len(self.b.events("pacs-unavailable"))
            _, uids = self.send()
            self.b.wait_for("pacs-unavailable", before + 1)
        finally:
            self.pacs.start()
        # By itself it would try again in an hour.
        self.b.command("retry", "--pacs", "main")
        self.wait(lambda: uids <= self.arrived(), what="delivery at once")

    def test_a_failed_delivery_is_tried_again_and_told(self):
        self.pacs.stop()
        picky = StoreScp(self.directory / "picky", options=(
            "-xf", association_profile(self.directory / "picky.cfg", "Other",
                                       [("1.2.840.10008.5.1.4.1.1.4", ["1.2.840.10008.1.2.1"])]), "Other"))
        picky.port, picky.ae_title = self.pacs.port, self.pacs.ae_title
        try:
            with picky:
                shipment, uids = self.send(1)
                delivery = self.b.wait_for("delivery-failed")[-1]["delivery"]
                self.a.wait_for("message-refused")
        finally:
            self.pacs.start()
        self.assertEqual(self.state(self.a, shipment), "refused")
        self.b.command("retry", delivery)
        self.expect_logged(self.b, "retry", delivery)
        self.wait(lambda: uids <= self.arrived(), what="the instance in the PACS")
        # Another receipt says so.
        self.wait(lambda: self.state(self.a, shipment) == "delivered", what="the second receipt")
        self.assertIn("there is nothing to try again", self.expect_error(self.b, WRONG, "retry", delivery))

    def test_wrong_commands(self):
        for arguments, code in ((("retry", "M99999"), NO_SUCH_ITEM), (("cancel", "S99999"), NO_SUCH_ITEM),
                                (("hold", "R1"), NO_SUCH_ITEM), (("hold", "--partner", "nobody"), NO_SUCH_ITEM),
                                (("hold", "--pacs", "nowhere"), NO_SUCH_ITEM), (("retry",), USAGE),
                                (("hold", "S1", "--pacs", "main"), USAGE), (("release", "x"), USAGE),
                                (("resend", "A1"), USAGE),
                                (("release", "--pacs", "main"), WRONG)):
            with self.subTest(arguments=arguments):
                self.assertTrue(self.expect_error(self.a, code, *arguments))

    def disagreements(self, *arguments):
        done = self.b.command("verify", *arguments, "--json", check=False)
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
        return {(found["code"], found["item"]) for found in json.loads(done.stdout)["disagreements"]}

    def test_nothing_is_wrong_beside_traffic(self):
        verified = 0
        for _ in range(3):
            shipment, _ = self.send(20)
            while self.state(self.a, shipment) != "delivered":
                for site in (self.a, self.b):
                    self.expect_clean(site, "--deep")
                    verified += 1
        self.assertGreater(verified, 3)
        self.assertGreater(self.expect_clean(self.b, "--deep")["files_hashed"], 0)
        for site in (self.a, self.b):
            site.stop()
            self.expect_clean(site, "--deep")
            site.start()

    def test_it_says_what_is_wrong(self):
        shipment, _ = self.send(4)
        self.wait(lambda: self.state(self.a, shipment) == "delivered", what="delivery")
        self.b.stop()
        state = self.b.state
        with contextlib.closing(sqlite3.connect(state / "ledger.db")) as ledger:
            files = [(f"I{row}", state / "spool" / "instances" / key[:2] / f"{key}.dcm") for row, key in ledger.execute(
                "SELECT id, spool_key FROM instance WHERE spool_key IS NOT NULL ORDER BY id DESC LIMIT 4")]
        backup = self.directory / "backup"
        shutil.copytree(state, backup)
        try:
            (gone, missing), (short, truncated), (other, flipped), (open_item, readable) = files
            missing.unlink()
            os.truncate(truncated, 100)
            content = bytearray(flipped.read_bytes())
            content[-1] ^= 1
            flipped.write_bytes(content)
            readable.chmod(0o644)
            orphan = missing.with_name(missing.stem[:2] + "f" * 30 + ".dcm")
            orphan.write_bytes(b"x")
            orphan.chmod(0o600)
            quick = self.disagreements()
            self.assertEqual(quick, {("file-missing", gone), ("file-size", short), ("file-mode", str(readable)),
                                     ("orphan", str(orphan))})
            self.assertEqual(self.disagreements("--deep"), quick | {("file-hash", other)})
        finally:
            shutil.rmtree(state)
            shutil.copytree(backup, state)
            self.b.start()
        self.expect_clean(self.b, "--deep")

    def refused(self, code, prepare):
        """`prepare` changes the state directory of a stopped gateway; `run` and the commands refuse it, and leave it
        as it is."""
        state = self.a.state
        backup = self.directory / "whole"
        shutil.rmtree(backup, ignore_errors=True)
        shutil.copytree(state, backup)
        try:
            prepare(state / "ledger.db")
            before = {path.name: path.read_bytes() for path in state.iterdir() if path.name.startswith("ledger.db")}
            done = subprocess.run([gateway_binary(), "run", "--config", self.a.config], capture_output=True, text=True,
                                  timeout=120)
            self.assertEqual(done.returncode, CONFIG, done.stdout + done.stderr)
            self.assertIn(code, done.stderr)
            self.assertTrue(self.a.events("gateway-not-started"))
            after = {path.name: path.read_bytes() for path in state.iterdir() if path.name.startswith("ledger.db")}
            self.assertEqual({name: after.get(name) for name in before if not name.endswith("-shm")},
                             {name: before[name] for name in before if not name.endswith("-shm")})
            self.assertEqual(self.a.command("verify", check=False).returncode, 2)
            return done.stderr
        finally:
            shutil.rmtree(state)
            shutil.copytree(backup, state)

    def test_damaged_ledgers_are_refused_and_never_made_anew(self):
        _, uids = self.send()
        self.wait(lambda: uids <= self.arrived(), what="a study in the PACS")
        self.a.stop()

        def overwrite(ledger, start, count):
            with open(ledger, "r+b") as file:
                file.seek(start)
                file.write(b"\x5a" * count)
        for name, code, prepare in (
                ("truncated", "ledger-damaged", lambda ledger: os.truncate(ledger, 8192)),
                ("empty", "ledger-damaged", lambda ledger: os.truncate(ledger, 0)),
                ("header", "ledger-damaged", lambda ledger: overwrite(ledger, 0, 100)),
                ("pages", "ledger-damaged", lambda ledger: overwrite(ledger, 4096, 65536)),
                ("deleted", "is missing, but the spool holds", lambda ledger: ledger.unlink()),
                ("deleted, nothing in the spool", "one was made here before", self.delete_all_but_the_mark),
                ("newer", "ledger-newer", lambda ledger: self.sql(ledger, "INSERT INTO ledger_schema VALUES (99, 0)"))):
            with self.subTest(name):
                self.refused(code, prepare)
        self.a.start()
        self.expect_clean(self.a)
        # After a kill the last transactions are in the -wal alone.
        shipment, _ = self.send()
        self.a.kill()
        for name, prepare in (("wal gone", lambda ledger: ledger.with_name("ledger.db-wal").unlink()),
                              ("wal garbled", lambda ledger: overwrite(ledger.with_name("ledger.db-wal"), 0, 40))):
            with self.subTest(name):
                self.assertIn("-wal", self.refused("ledger-damaged", prepare))
        self.a.start()
        self.wait(lambda: self.state(self.a, shipment) == "delivered", what="delivery after the kill")
        self.expect_clean(self.a)

    @staticmethod
    def delete_all_but_the_mark(ledger):
        ledger.unlink()
        for file in (ledger.parent / "spool").rglob("*.*"):
            file.unlink()

    def sql(self, ledger, statements):
        with contextlib.closing(sqlite3.connect(ledger)) as database:
            database.executescript(statements)

    def test_an_older_ledger_is_migrated(self):
        self.a.stop()
        state, kept = self.a.state, self.directory / "kept"
        shutil.move(state, kept)
        try:
            state.mkdir(mode=0o700)
            self.sql(state / "ledger.db", (LEDGERS / "schema-2.sql").read_text())
            (state / "ledger.db").chmod(0o600)
            self.assertIn("restart the daemon", self.expect_error(self.a, CONFIG, "status"))
            self.a.start()
            self.assertGreater(self.a.counts()["mails"]["quarantined"], 0)
            self.a.stop()
        finally:
            shutil.rmtree(state)
            shutil.move(kept, state)
            self.a.start()


if __name__ == "__main__":
    main()
