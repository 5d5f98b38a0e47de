#!/usr/bin/python3
"""A wall clock that jumps while the gateway runs (libfaketime; the steady clock is left alone): nothing freezes, nothing
is given up or forgotten for an age that it has not."""

import os
import pathlib
import time

import rig  # noqa: F401
from harness import E2eTest, StoreScp, TwoHospitals, dataset_bytes, identity, main, make_study, storescu

LIBRARY = next(iter(sorted(pathlib.Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))), None)
DAY = 86_400
RETENTION_LOOKS = 60  # each so many seconds of the steady clock


class Clock(E2eTest):
    def start(self, offset=0, whose="a", **options):
        """Hospital A, the sender, is the one whose clock jumps, where it is not B's."""
        other = "b" if whose == "a" else "a"
        self.hospitals = self.enterContext(TwoHospitals(StoreScp, start=other, **options))
        self.offset_file = self.hospitals.directory / "offset"
        self.jump(offset)
        environment = {"LD_PRELOAD": str(LIBRARY), "FAKETIME_TIMESTAMP_FILE": str(self.offset_file),
                       "FAKETIME_NO_CACHE": "1", "FAKETIME_DONT_FAKE_MONOTONIC": "1", "DONT_FAKE_MONOTONIC": "1",
                       "FAKETIME_DONT_RESET": "1"}
        os.environ.update(environment)
        try:
            getattr(self.hospitals, whose).start()
        finally:
            for name in environment:
                del os.environ[name]
        return self.hospitals

    def jump(self, seconds):
        """To so far from the true time."""
        fresh = self.offset_file.with_suffix(".new")
        fresh.write_text(f"{seconds:+d}\n")
        fresh.rename(self.offset_file)

    def study(self, seed, slices=3):
        return make_study(self.hospitals.directory / f"study-{seed}", slices, 4096, seed=seed)

    def expect_arrived(self, *studies):
        wanted = {identity(file).sop_instance: dataset_bytes(file) for files in studies for file in files}
        self.wait(lambda: self.hospitals.pacs_b.datasets() == wanted, 90, "the files in the PACS")
        self.assertEqual(self.hospitals.a.counts()["messages"]["failed"], 0)

    def test_most_of_a_day_back(self):
        """With messages that wait for their next try, a shipment that is still open, and a server that was away. To the
        true time: the servers' certificates are just made."""
        def change(settings):
            settings["dicom"]["quiet_period"] = "3s"
            settings["retry"] = {"first": "20s", "max": "20s", "give_up_after": "48h"}
        ahead = DAY * 20 // 24
        hospitals = self.start(ahead, change_a=change)
        hospitals.servers.stop_postfix()
        first, second = self.study(501), self.study(502)
        storescu(first, hospitals.a.port)
        hospitals.a.wait_for("smtp-unavailable")
        storescu(second, hospitals.a.port)
        self.jump(0)
        hospitals.servers.start_postfix()
        self.expect_arrived(first, second)
        jumped = hospitals.a.wait_for("clock-jumped")[0]
        self.assertAlmostEqual(int(jumped["by_ms"]), -ahead * 1000, delta=30_000)
        storescu(third := self.study(503), hospitals.a.port)
        self.expect_arrived(first, second, third)

    def test_a_year_ahead_and_back_again(self):
        """While the server is away: by the clock everything is older than give_up_after, what was sent is older than
        its retention, and the server's certificate is over."""
        def change(settings):
            settings["retry"] = {"first": "500ms", "max": "1s", "give_up_after": "48h"}
            settings["retention"] = {"sent": "1h"}
        hospitals = self.start(change_a=change)
        started = time.monotonic()
        sent = self.study(510)
        storescu(sent, hospitals.a.port)
        self.expect_arrived(sent)
        hospitals.a.wait_for("message-sent", len(sent))
        kept = self.kept()
        self.assertEqual(len(kept), len(sent))
        hospitals.servers.stop_postfix()
        files = self.study(511)
        storescu(files, hospitals.a.port)
        hospitals.a.wait_for("smtp-unavailable")
        self.jump(400 * DAY)
        retention_looks = started + RETENTION_LOOKS * -(-(time.monotonic() - started) // RETENTION_LOOKS)
        hospitals.a.wait_for("clock-jumped")
        hospitals.servers.start_postfix()
        hospitals.a.wait_for("smtp-unavailable", error="smtp-tls-failed")
        # What comes in that year is no exception.
        later = self.study(512)
        storescu(later, hospitals.a.port)
        self.wait(lambda: hospitals.a.counts()["messages"]["waiting"] + hospitals.a.counts()["messages"]["sealed"] == 6,
                  30, "six messages that wait")
        self.assertEqual(hospitals.a.events("message-failed"), [])
        time.sleep(max(0, retention_looks + 5 - time.monotonic()))
        self.assertLessEqual(kept, self.kept())
        self.jump(0)
        self.expect_arrived(sent, files, later)
        self.assertLessEqual(kept, self.kept())
        self.assertEqual(hospitals.a.events("spool-reclaimed"), [])

    def kept(self):
        return {file.name for file in (self.hospitals.a.state / "spool" / "instances").glob("??/*")}

    def test_a_receiver_that_is_twenty_days_ahead(self):
        """A good mail looks too old to it: until its clock is right that is neither taken nor condemned."""
        def change(settings):
            settings["reception"] = {"signature_max_age": "7d"}
        hospitals = self.start(20 * DAY, whose="b", change_b=change)
        files = self.study(521, 1)
        storescu(files, hospitals.a.port)
        waits = hospitals.b.wait_for("mail-deferred", 2)
        self.assertEqual({event["error"] for event in waits}, {"signature-too-old"})
        self.assertEqual(hospitals.pacs_b.datasets(), {})
        self.jump(0)
        self.expect_arrived(files)
        self.assertEqual(hospitals.b.events("mail-quarantined"), [])


if __name__ == "__main__":
    main()
