#!/usr/bin/python3
"""Full and failing disks: each call that writes below the state directory fails with ENOSPC or EIO for a while, and
each that reads there with EIO, at both hospitals, in their open workers too, while studies flow both ways. C-STORE answers
A700 and never 0000 for what is lost, fetching pauses, nothing goes to quarantine, and everything goes on without a
restart when the disk does. Then starts on a disk that fails, call by call; at last a disk that is really full."""

import collections
import errno
import itertools
import os
import random
import shutil
import subprocess
import threading
import time
import unittest

import checks
from harness import Directory, exit_on_sigterm, make_study, store_statuses, storescu, wait_until
from small_disk import SmallDisk
from stage import Stage, Traffic, run_seed

# What a PACS takes for "try again later".
TEMPORARY = {"Refused: OutOfResources"}
# (name, calls, part of the path, errors)
FAULTS = [
    ("work files cannot be made", ["open"], "spool/work/", ("ENOSPC", "EIO")),
    ("work files cannot be written", ["write"], "spool/work/", ("ENOSPC", "EIO")),
    ("work files cannot be synced", ["sync"], "spool/work/", ("EIO", "ENOSPC")),
    ("work files cannot be renamed", ["rename"], "spool/work/", ("ENOSPC", "EIO")),
    ("instances' directories cannot be synced", ["sync"], "spool/instances/", ("EIO",)),
    ("mails' directories cannot be synced", ["sync"], "spool/mails/", ("EIO",)),
    ("messages' directories cannot be synced", ["sync"], "spool/messages/", ("EIO",)),
    ("nothing can be removed", ["unlink"], "spool/", ("EIO",)),
    ("the ledger cannot be written", ["write"], "ledger.db", ("ENOSPC", "EIO")),
    ("the ledger's log cannot be synced", ["sync"], "ledger.db-wal", ("EIO", "ENOSPC")),
    ("the ledger's log cannot be shortened", ["truncate"], "ledger.db", ("EIO",)),
    ("nothing can be written", ["open", "write", "sync", "rename", "truncate"], "", ("ENOSPC", "EIO")),
    ("files of the spool cannot be opened", ["open-to-read"], "spool/", ("EIO",)),
    ("instances cannot be read", ["read"], "spool/instances/", ("EIO",)),
    ("messages cannot be read", ["read"], "spool/messages/", ("EIO",)),
    ("mails cannot be read", ["read"], "spool/mails/", ("EIO",)),
    ("the ledger cannot be read", ["read"], "ledger.db", ("EIO",)),
    ("nothing can be read", ["read", "open-to-read"], "", ("EIO",)),
]
# Only some of their calls come by at any time.
RARE = {"the ledger's log cannot be shortened"}
EVERYTHING = ["open", "write", "sync", "rename", "truncate", "unlink", "read", "open-to-read"]
ENOUGH = 3  # failed calls a fault and hospital
STRIDE = int(os.environ.get("FAULT_STRIDE", "8"))
LEAST_CALLS = 10 if STRIDE == 1 else 2  # failed at a start


class Faults(threading.Thread):
    """Of one hospital: each fault for a while, then each call by chance."""

    def __init__(self, site, random, seconds):
        super().__init__(daemon=True)
        self.site, self.random, self.seconds = site, random, seconds
        self.hits, self.missed = {}, []
        self.failure = None

    def run(self):
        try:
            for name, calls, path, errors in FAULTS:
                for error in errors:
                    self._suffer(f"{name}: {error}", calls, path, error, rare=name in RARE)
            for error in ("ENOSPC", "EIO"):
                self._suffer(f"one call in four: {error}", EVERYTHING, "", error, one_in=4)
        except BaseException as failure:
            self.failure = failure
        finally:
            self.site.layer.heal()

    def _suffer(self, name, calls, path, error, rare=False, one_in=1):
        self.site.layer.fail(0, calls, error, path, one_in=one_in)
        begun = time.monotonic()
        while time.monotonic() < begun + (2 if rare else 300):
            if not self.site.running():
                raise AssertionError(f"{self.site.directory.name} ended: {name}: {self.site.last_words()}")
            if self.site.layer.hits() >= ENOUGH and time.monotonic() > begun + self.seconds:
                break
            time.sleep(0.02)
        self.site.layer.heal()
        self.hits[name] = self.site.layer.hits()
        if not rare and self.hits[name] < ENOUGH:
            self.missed.append(name)
        time.sleep(self.random.uniform(0.5, 1))  # for the others to catch up


class DiskFails(unittest.TestCase):
    def test_every_path(self):
        seed = run_seed()
        seconds = float(os.environ.get("FAULT_SECONDS", "0.5"))
        print(f"seed {seed}: FAULT_SEED={seed} repeats it", flush=True)
        stage = self.enterContext(Stage(seed))
        for site in stage.sites.values():
            site.start()
        traffics = [Traffic(stage, name, seed) for name in "ab"]
        faults = {name: Faults(site, random.Random(f"{seed}{name}"), seconds) for name, site in stage.sites.items()}
        for fault in faults.values():
            fault.start()
        for fault in faults.values():
            fault.join()
            if fault.failure:
                raise fault.failure
        for name, fault in faults.items():
            print(f"hospital {name}: {sum(fault.hits.values())} calls failed: "
                  + ", ".join(f"{what} {hits}" for what, hits in fault.hits.items()), flush=True)
            self.assertEqual(fault.missed, [], "faults that nobody met")
        # What could not be removed goes at the next start.
        checks.finish(self, stage, traffics, left_over=("orphan", "work-left"))
        for traffic in traffics:
            print(f"hospital {traffic.name}: {len(traffic.acknowledged)} instances got 0000 or were mailed, and "
                  f"arrived; refused: {dict(traffic.refusals)}", flush=True)
            self.assertLessEqual(set(traffic.refusals), TEMPORARY)
        self.assertGreater(sum(traffic.refused for traffic in traffics), 0)
        for name, site in stage.sites.items():
            self.assertEqual(site.starts, 2, "it recovered without a restart; the second start is the harness's")
            for paused in ("fetching-paused", "fetching-resumed"):
                self.assertGreater(len(site.events(paused)), 0, f"hospital {name}: {paused}")
            self.assertGreater(site.events("fetching-resumed")[-1]["time"], site.events("fetching-paused")[-1]["time"])


class StartFails(unittest.TestCase):
    """A start meets one call that fails, each in turn: on its ledger, on anything else below its state directory; after
    a crash that left all in the log and an orphan in the spool, and with nothing there yet. It ends with 1 and is tried
    again, or goes on; it never says that the ledger is damaged, which a person would believe and systemd too (78: no
    more restarts). The next start on a good disk knows all that got 0000.

    FAULT_STRIDE: of the calls of each kind (open, write, sync ...) every so manieth, from the first on. No disk is asked
    about here, so the states lie in memory."""

    READS = ("open", "open-to-read", "read")
    WRITES = ("open", "write", "sync", "rename", "truncate", "unlink")

    def setUp(self):
        self.stage = self.enterContext(Stage(1, alone=True, on_disk=False))
        self.site = self.stage.a
        self.fresh = self.stage.directory / "state-before"

    def crash(self):
        """A state directory with one instance that got 0000, and a file that nobody knows."""
        self.site.start()
        file = make_study(self.stage.directory / "study", 1, 4096, seed=1)[0]
        self.assertEqual(store_statuses(storescu([file], self.site.port, calling="PACS_A", check=False)),
                         {str(file): "Success"})
        self.site.kill_now()
        [instance] = (self.site.state / "spool" / "instances").glob("??/*")
        orphan = self.site.state / "spool" / "messages" / "ab" / f"ab{'0' * 30}.eml"
        shutil.copy(instance, orphan)
        shutil.copy(instance, self.site.state / "spool" / "work" / "left")
        shutil.copytree(self.site.state, self.fresh)

    def fail_each(self, calls, error, path=""):
        """How the starts ended."""
        outcomes = collections.Counter()
        for kinds in [(call,) for call in calls] if STRIDE > 1 else [calls]:
            outcomes += self._fail_in_turn(kinds, error, path)
        print(f"{outcomes.total()} starts with a call that failed ({error}: {', '.join(calls)}): {dict(outcomes)}",
              flush=True)
        self.assertGreater(outcomes["exit code 1"], 0)
        checks.verified(self, self.site, but=("orphan", "work-left"))  # what was sealed when it was killed
        return outcomes

    def _fail_in_turn(self, calls, error, path):
        outcomes = collections.Counter()
        for number in itertools.count(0, STRIDE):
            shutil.rmtree(self.site.state, ignore_errors=True)
            if self.fresh.exists():
                shutil.copytree(self.fresh, self.site.state)
            self.site.layer.fail(0, calls, error, path, skip=number, times=1)
            code = self.start()
            hits = self.site.layer.hits()
            self.site.layer.heal()
            if hits == 0:
                return outcomes
            outcomes["goes on" if code is None else f"exit code {code}"] += 1
            self.assertIn(code, (None, 1), f"call {number} of {calls}: {self.site.last_words()}")
            if code is not None:
                self.assertIsNone(self.start(), f"after call {number} of {calls}: {self.site.last_words()}")
            self.assertEqual(self.known(), self.expected(), f"after call {number} of {calls}")

    def start(self):
        """The exit code of a gateway that does not start; one that does is killed."""
        site = self.site
        site.log.unlink(missing_ok=True)
        site.start(wait=False)
        wait_until(lambda: not site.running() or " gateway-ready" in site.text(), 60, "a start, or its end")
        code = site.process.popen.poll()
        self.assertNotIn("ledger-damaged", site.text())
        site.reap()
        return code

    def known(self):
        """Shipments, and files of instances that are as they should be."""
        with checks.ledger_of(self.site) as database:
            rows = database.execute("SELECT id, state FROM shipment").fetchall()
        for _, state in rows:
            self.assertIn(state, ("open", "closed"))
        self.assertEqual(checks.spool_against_ledger(self.site)[1], [], "missing files")
        return [shipment for shipment, _ in rows], len(list((self.site.state / "spool" / "instances").glob("??/*")))

    def expected(self):
        return ([1], 1) if self.fresh.exists() else ([], 0)

    def test_every_read_of_the_ledger(self):
        self.crash()
        self.assertGreater(self.fail_each(self.READS, "EIO", "ledger.db").total(), LEAST_CALLS)
        self.assertEqual(list((self.site.state / "spool" / "orphans").iterdir()), [])

    def test_every_write_after_a_crash(self):
        self.crash()
        self.assertGreater(self.fail_each(self.WRITES, "ENOSPC").total(), LEAST_CALLS)

    def test_every_write_of_the_first_start(self):
        self.assertGreater(self.fail_each(self.WRITES, "EIO").total(), LEAST_CALLS)

    def test_directories_of_the_first_start(self):
        """Of the 256 of a kind two."""
        for error, path in itertools.product(("ENOSPC", "EIO"), ("/00", "/7f", "spool/work", "spool/orphans")):
            self.assertGreater(self.fail_each(("mkdir",), error, path).total(), 0)


class DiskFull(unittest.TestCase):
    """Hospital A keeps a reserve, as it should; hospital B keeps none and runs into the end of its disk, its open
    workers too, which the layer does not reach: they have no environment."""

    def small_disks(self):
        directory = self.enterContext(Directory(prefix="dmg-disk-"))
        disks = {}
        for name in "ab":
            try:
                disks[name] = SmallDisk(directory / name, "64m")
            except (OSError, subprocess.CalledProcessError) as error:
                self.skipTest(f"no tmpfs can be mounted here ({error}): needs root and CAP_SYS_ADMIN")
            self.addCleanup(disks[name].unmount)
        return disks

    def test_full_disk(self):
        seed = run_seed()
        disks = self.small_disks()

        def change(name, settings):
            settings["gateway"]["min_free_space"] = "16MB" if name == "a" else "4KB"
        stage = self.enterContext(Stage(seed, change, lambda name: disks[name].directory / "state"))
        for site in stage.sites.values():
            site.start()
        traffics = {name: Traffic(stage, name, seed) for name in "ab"}
        wait_until(lambda: all(site.events("delivery-done") for site in stage.sites.values()), 60, "traffic")
        for round_number in (1, 2):
            refused = {name: traffic.refused for name, traffic in traffics.items()}
            disks["a"].fill(leave=8 * 1024 * 1024)
            disks["b"].fill()
            stage.a.wait_for("disk-low", round_number)
            wait_until(lambda: all(traffic.refused > refused[name] + 5 for name, traffic in traffics.items()), 60,
                       "C-STOREs refused at both hospitals")
            for disk in disks.values():
                disk.empty()
            stage.a.wait_for("disk-recovered", round_number)
        print(", ".join(f"hospital {name} refused {traffic.refused}" for name, traffic in traffics.items()), flush=True)
        checks.finish(self, stage, list(traffics.values()))
        for traffic in traffics.values():
            self.assertLessEqual(set(traffic.refusals), TEMPORARY)


if __name__ == "__main__":
    exit_on_sigterm()
    unittest.main(verbosity=2)
