#!/usr/bin/python3
"""Kill anywhere: both gateways die by kill -9, at every durable point and at random, while studies flow both ways; they
are started again each time, and nothing is lost. Meanwhile operators do this and that at both consoles and are killed
over it, and open workers are killed while their gateway lives.

FAULT_KILLS: at least so many kills at random, after those at every point of both hospitals. FAULT_SEED repeats a run's
choices, as far as real servers do."""

import collections
import os
import random
import time
import unittest

import checks
from harness import exit_on_sigterm
from layer import durable_points
from people import Operator, WorkerKiller
from stage import Stage, Tormentor, Traffic, await_all, run_seed

# Of one hospital only: A's route files documents, B's has them converted.
ONLY = {"document.placed": "a", "document.kept": "b"}
FIRST_START = ("start.directories-made", "start.ledger-made")
ORPHAN_MAKER = {"start.orphan-removed": "sealer.kept"}


class Reaper(Tormentor):
    """Kills one gateway, again and again."""

    def __init__(self, site, points, random_kills, chance):
        super().__init__(site)
        self.points, self.random_kills, self.chance = points, random_kills, chance
        self.kills = collections.Counter()

    def torment(self):
        for point in FIRST_START:
            self._kill_at(point)
        self.start_gateway()
        for point in self.points:
            if point in ORPHAN_MAKER:
                self._kill_at(ORPHAN_MAKER[point])
            self._kill_at(point)
        for _ in range(self.random_kills):
            self._kill_at_random()
        self.start_gateway()

    def _kill_at(self, point):
        self.site.layer.kill_at(point)
        self.start_gateway()
        self.await_death(point)
        self.kills[point] += 1

    def _kill_at_random(self):
        """At a point's n-th passing, as those are where it matters; in the middle of a start; at any instruction."""
        way = self.chance.choice([self._at_some_point, self._while_it_starts, self._at_any_time])
        way()

    def _at_some_point(self):
        points = [point for point in self.points if not point.startswith(("start.", "retention.", "document."))]
        self.site.layer.kill_at(self.chance.choice(points), self.chance.randrange(1, 5))
        self.start_gateway()
        end = time.monotonic() + 3
        while self.site.running() and time.monotonic() < end:
            time.sleep(0.02)
        if self.site.running():
            self._at_any_time()
        else:
            self.await_death("a point")
            self.kills["at random, at a point"] += 1

    def _while_it_starts(self):
        self.site.start(wait=False)
        time.sleep(self.chance.uniform(0, 0.4))
        self.site.kill_now()
        self.kills["at random, in a start"] += 1

    def _at_any_time(self):
        self.site.layer.spare()
        self.start_gateway()
        time.sleep(self.chance.uniform(0, 1))
        self.site.kill_now()
        self.kills["at random"] += 1

    def end(self):
        super().end()
        self.kills["at the end"] += 1


class Kill(unittest.TestCase):
    def test_kill_anywhere(self):
        seed = run_seed()
        random_kills = int(os.environ.get("FAULT_KILLS", "24"))
        print(f"seed {seed}: FAULT_SEED={seed} repeats it", flush=True)
        stage = self.enterContext(Stage(seed))
        reapers = {name: Reaper(site, self.points_of(name), -(-random_kills // 2), random.Random(f"{seed}{name}"))
                   for name, site in stage.sites.items()}
        traffics = [Traffic(stage, name, seed) for name in "ab"]
        begun = time.monotonic()
        people = [kind(site, random.Random(f"{seed}{name}{kind.__name__}"))
                  for name, site in stage.sites.items() for kind in (Operator, WorkerKiller)]
        for thread in (*reapers.values(), *people):
            thread.start()
        await_all(list(reapers.values()))
        for one in people:
            one.stop()
        for reaper in reapers.values():
            reaper.end()
        for one in people:
            if isinstance(one, Operator):
                one.let_everything_go()
        for name, reaper in reapers.items():
            print(f"hospital {name}: {reaper.kills.total()} kills, {stage.sites[name].starts} starts in "
                  f"{time.monotonic() - begun:.0f} s: "
                  + ", ".join(f"{point} {count}" for point, count in sorted(reaper.kills.items())), flush=True)
        self.tell_of(people)
        checks.finish(self, stage, traffics, operators=True)
        for traffic in traffics:
            print(f"hospital {traffic.name}: {len(traffic.acknowledged)} instances got 0000 or were mailed, and "
                  f"arrived; {traffic.unanswered} C-STOREs without an answer, {traffic.refused} refused; "
                  f"{len(traffic.documents)} documents, {traffic.letters} strangers' letters", flush=True)
        killed = sum((reaper.kills for reaper in reapers.values()), collections.Counter())
        for name, reaper in reapers.items():
            self.assertEqual({*self.points_of(name), *FIRST_START} - set(reaper.kills), set(),
                             f"points at which nobody was killed at hospital {name}")
        self.assertEqual(set(durable_points()) - set(killed), set(), "points at which nobody was killed")
        at_points = sum(len(self.points_of(name)) + len(FIRST_START) for name in reapers)
        self.assertGreaterEqual(killed.total(), at_points + random_kills)

    def tell_of(self, people):
        at_work = 0
        for one in people:
            if isinstance(one, Operator):
                print(f"hospital {one.name_of_site}: the operator was killed {one.deaths.total()} times "
                      f"({dict(one.deaths)}) and did {dict(one.acts)}", flush=True)
                continue
            deaths = [event["how"] for event in one.site.events("open-worker-died")]
            print(f"hospital {one.site.directory.name}: {one.kills} open workers killed, {len(deaths)} at work on a mail",
                  flush=True)
            self.assertEqual(set(deaths) - {"signal 9"}, set(), "of themselves they do not die")
            self.assertGreater(one.kills, 0)
            at_work += len(deaths)
        self.assertGreater(at_work, 0, "no worker was killed over a mail")

    @staticmethod
    def points_of(name):
        return [point for point in durable_points() if point not in FIRST_START and ONLY.get(point, name) == name]


if __name__ == "__main__":
    exit_on_sigterm()
    unittest.main(verbosity=2)
