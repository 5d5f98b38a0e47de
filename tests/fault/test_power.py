#!/usr/bin/python3
"""Power loss: what was told to the outside (0000, a mail gone from its mailbox, a mail's file gone for what it carried)
survives a disk that keeps nothing but what was synced: durable points (1), (4), (5) of docs/flow.md.

Both hospitals lose their power again and again, at durable points, while studies flow both ways; each time the state
directory becomes one of those that the disk may hold (power.py). FAULT_LOSSES: so many at each hospital.
FAULT_SEED repeats a run's choices."""

import collections
import os
import random
import sqlite3
import time
import unittest

import checks
import mails
from harness import (ADDRESSES, dataset_bytes, exit_on_sigterm, free_port, identity, make_study, store_statuses,
                     storescu)
from layer import durable_points
from power import Disk
from stage import Stage, Tormentor, Traffic, await_all, run_seed

# The instants after which somebody outside relies on us, and those before which nobody may.
TOLD = ["scp.answered", "watcher.removed", "watcher.forgotten", "acceptor.removed", "acceptor.recorded",
        "intake.recorded", "sender.removed", "deliverer.recorded", "report.removed", "acceptor.fragment-kept",
        "ledger.committed", "retention.removed", "sealer.recorded", "receipt.recorded"]


class Blackouts(Tormentor):
    """Of one hospital."""

    def __init__(self, site, losses, chance):
        super().__init__(site)
        self.losses, self.chance = losses, chance
        self.disk = Disk(site.state, site.state.parent, site.layer)
        self.at = collections.Counter()
        self.syncs_failed = 0

    def torment(self):
        # A kill between the making of the directories and their sync: the next start must not take them for safe.
        self.site.layer.kill_at("start.directories-made")
        self.start_gateway()
        self.await_death("start.directories-made")
        self.start_gateway()
        points = self._points()
        for number in range(self.losses):
            # Every fourth time the disk refuses to sync the ledger before: what it was to sync then is lost.
            if number % 4 == 3:
                self._fail_syncs()
            self._lose_power(next(points), self.chance if number % 2 else None)

    def _points(self):
        """Those that matter most, in turn; then any."""
        others = [point for point in durable_points() if not point.startswith(("start.", "document."))]
        yield from TOLD if self.site.directory.name == "a" else TOLD[::-1]
        while True:
            yield self.chance.choice(others)

    def _fail_syncs(self):
        self.site.layer.fail(0, ["sync"], "EIO", "ledger.db-wal", times=self.chance.randrange(1, 4))
        end = time.monotonic() + 20
        while self.site.running() and time.monotonic() < end and self.site.layer.hits() == 0:
            time.sleep(0.02)
        time.sleep(1)
        self.syncs_failed += self.site.layer.hits()
        self.site.layer.heal()

    def _lose_power(self, point, chance):
        # Retention works at a start, and then once a minute.
        self.site.layer.kill_at(point, 1 if point.startswith("retention.") else self.chance.randrange(1, 4))
        self.start_gateway()
        self.await_death(point)
        self.disk.fail(chance)
        self.at[point] += 1
        self.start_gateway()
        time.sleep(self.chance.uniform(0, 1))


class PowerLoss(unittest.TestCase):
    def test_power_loss(self):
        seed = run_seed()
        losses = int(os.environ.get("FAULT_LOSSES", "14"))
        print(f"seed {seed}: FAULT_SEED={seed} repeats it", flush=True)
        stage = self.enterContext(Stage(seed))
        blackouts = {name: Blackouts(site, losses, random.Random(f"{seed}{name}"))
                     for name, site in stage.sites.items()}
        traffics = [Traffic(stage, name, seed) for name in "ab"]
        for blackout in blackouts.values():
            blackout.start()
        await_all(list(blackouts.values()))
        for blackout in blackouts.values():
            blackout.end()
        for name, blackout in blackouts.items():
            print(f"hospital {name}: {blackout.disk.losses} power losses, {blackout.syncs_failed} failed syncs; "
                  + ", ".join(f"{point} {count}" for point, count in sorted(blackout.at.items())), flush=True)
            self.assertLessEqual(blackout.disk.disagreements, 1 + blackout.disk.losses // 10, "the model is wrong")
        checks.finish(self, stage, traffics)
        for traffic in traffics:
            print(f"hospital {traffic.name}: {len(traffic.acknowledged)} instances got 0000 or were mailed, and "
                  f"arrived; {traffic.refused} refused", flush=True)


class OneInstance(unittest.TestCase):
    """What PowerLoss does by chance, for certain: power loss at the moment at which an instance got 0000. A disk that
    does not sync what it says it did loses it, which shows that PowerLoss can fail."""

    def setUp(self):
        self.stage = self.enterContext(Stage(1, alone=True))
        self.site = self.stage.a
        self.disk = Disk(self.site.state, self.site.state.parent, self.site.layer)

    def store(self, number):
        file = make_study(self.stage.directory / f"study-{number}", 1, 4096, seed=number)[0]
        output = storescu([file], self.site.port, calling="PACS_A", check=False)
        self.assertEqual(store_statuses(output), {str(file): "Success"}, output)
        return file

    def survives(self, lie):
        self.site.layer.lie_about(lie)
        self.site.start()
        return self.store_and_lose_power(1)

    def store_and_lose_power(self, number):
        self.site.layer.kill_at("scp.answered")
        file = self.store(number)
        self.site.process.popen.wait(300)
        self.site.reap()
        self.disk.fail()
        self.assertEqual(self.disk.disagreements, 0)
        return self.holds(file)

    def holds(self, file):
        try:
            database = sqlite3.connect(f"file:{self.site.state}/ledger.db?mode=rw", uri=True)
            [key] = database.execute("SELECT spool_key FROM instance WHERE sop_instance_uid = ?",
                                     (identity(file).sop_instance,)).fetchone()
            stored = dataset_bytes(self.site.state / "spool" / "instances" / key[:2] / f"{key}.dcm")
        except (sqlite3.Error, OSError, TypeError):
            return False
        return stored == dataset_bytes(file)

    def test_an_honest_disk_keeps_what_got_0000(self):
        self.assertTrue(self.survives(""))

    def test_the_files_bytes_are_missed(self):
        self.assertFalse(self.survives("spool/work/"))

    def test_the_directory_is_missed(self):
        self.assertFalse(self.survives("spool/instances/"))

    def test_the_ledger_is_missed(self):
        self.assertFalse(self.survives("ledger.db-wal"))

    def test_directories_of_a_start_that_was_cut_short(self):
        self.site.layer.kill_at("start.directories-made")
        self.assertFalse(self.site.start())
        self.site.start()
        self.assertTrue(self.store_and_lose_power(1))

    def test_commits_before_a_sync_that_failed(self):
        """The sealer's claim is committed without a sync; the sync after it, of the sealed message, fails, and with it
        the claim's pages are lost for all later syncs."""
        self.site.settings["dicom"]["quiet_period"] = "5s"
        self.site.start()
        self.store(1)
        self.site.layer.fail(0, ["sync"], "EIO", "ledger.db-wal", skip=1, times=1)  # of the shipment's closing
        self.site.wait_for("ledger-failed", operation="record-sealed")
        self.site.wait_for("message-sealed")
        self.assertTrue(self.store_and_lose_power(2))


class OneMail(unittest.TestCase):
    """Likewise for a mail, at the two moments at which another copy of it is gone: (5) its file went, for what it
    carried; (4) it left the mailbox, as it was opened and understood. The PACS is away."""

    def setUp(self):
        self.stage = self.enterContext(Stage(1))
        self.site = self.stage.b
        self.pacs_port = self.site.settings["pacs"]["main"]["port"]
        self.site.settings["pacs"]["main"]["port"] = free_port()
        self.disk = Disk(self.site.state, self.site.state.parent, self.site.layer)
        self.file = make_study(self.stage.directory / "study", 1, 4096, seed=1)[0]

    def survives(self, point, lie, holds):
        self.site.layer.lie_about(lie)
        self.site.layer.kill_at(point)
        self.site.start()
        self.mail()
        self.site.process.popen.wait(300)
        self.assertTrue(self.site.layer.killed())
        self.site.reap()
        if point == "watcher.removed":
            self.assertEqual(self.stage.servers.count(ADDRESSES["b"]), 0)
        self.disk.fail()
        self.assertEqual(self.disk.disagreements, 0)
        return holds()

    def mail(self):
        sender, recipient = ADDRESSES["a"], ADDRESSES["b"]
        sealed = self.stage.gpg.seal(mails.inner_entity([self.file], "set.1"), recipient, sender)
        self.stage.servers.deliver(sender, recipient, mails.encrypted_mail(sender, recipient, sealed, "set.1"))

    def file_of(self, kind, query, *values):
        """The file that the ledger names; None: it does not, or there is none."""
        try:
            database = sqlite3.connect(f"file:{self.site.state}/ledger.db?mode=rw", uri=True)
            [key] = database.execute(query, values).fetchone()
            [file] = (self.site.state / "spool" / kind).glob(f"{key[:2]}/{key}.*")
        except (sqlite3.Error, TypeError, ValueError):
            return None
        return file

    def keeps_when_released(self, lie):
        return self.survives("watcher.removed", lie, self.holds_instance)

    def keeps_when_removed(self, lie):
        return self.survives("acceptor.removed", lie, self.holds_instance)

    def holds_instance(self):
        file = self.file_of("instances", "SELECT spool_key FROM instance WHERE sop_instance_uid = ?",
                            identity(self.file).sop_instance)
        return file is not None and file.stat().st_size > 0 and dataset_bytes(file) == dataset_bytes(self.file)

    def assert_arrives(self):
        self.site.layer.heal()
        self.site.layer.spare()
        self.site.settings["pacs"]["main"]["port"] = self.pacs_port
        self.site.start()
        self.site.wait_for("delivery-done")
        self.assertEqual(self.stage.in_pacs("b"), [{identity(self.file).sop_instance: {dataset_bytes(self.file)}}])

    def test_an_honest_disk_keeps_what_left_the_mailbox(self):
        self.assertTrue(self.keeps_when_released(""))
        self.assert_arrives()

    def test_what_the_mail_left_behind_is_missed(self):
        self.assertFalse(self.keeps_when_released("spool/work/"))

    def test_its_directory_is_missed(self):
        self.assertFalse(self.keeps_when_released("spool/instances/"))

    def test_its_row_in_the_ledger_is_missed(self):
        self.assertFalse(self.keeps_when_released("ledger.db-wal"))

    def test_an_honest_disk_keeps_what_a_mail_carried(self):
        self.assertTrue(self.keeps_when_removed(""))
        self.assert_arrives()

    def test_the_parts_bytes_are_missed(self):
        self.assertFalse(self.keeps_when_removed("spool/work/"))

    def test_the_parts_directory_is_missed(self):
        self.assertFalse(self.keeps_when_removed("spool/instances/"))

    def test_the_ledgers_instance_is_missed(self):
        self.assertFalse(self.keeps_when_removed("ledger.db-wal"))


if __name__ == "__main__":
    exit_on_sigterm()
    unittest.main(verbosity=2)
