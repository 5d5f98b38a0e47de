#!/usr/bin/python3
"""What fills the disk of a gateway, and whom that may hold up: mail from outside waits before the own PACS does, and
nothing that grows fills what is left. Gateway B's state directory is on a tmpfs of 64 MB. One test a trouble, named after
it."""

import contextlib
import subprocess
import unittest

import rig  # noqa: F401
import raw_scu
from harness import Directory, E2eTest, StoreScp, TwoHospitals, identity, main, make_study, store_statuses, storescu
from small_disk import SmallDisk

MB = 1_000_000
A700 = 0xA700
LOW, FETCH_LOW = 12 * MB, 28 * MB  # min_free_space, fetch_free_space


class SmallDiskOfB(E2eTest):
    seed = 7700

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        directory = cls.enterClassContext(Directory())
        try:
            cls.disk = SmallDisk(directory / "disk", "64m")
        except (OSError, subprocess.CalledProcessError) as error:
            raise unittest.SkipTest(f"no tmpfs can be mounted here ({error}): needs root and CAP_SYS_ADMIN") from None
        cls.addClassCleanup(cls.disk.unmount)

        def change_b(settings):
            settings["gateway"].update(state_dir=str(cls.disk.directory / "state"), min_free_space=f"{LOW // MB}MB",
                                       fetch_free_space=f"{FETCH_LOW // MB}MB")
            settings["mailboxes"]["main"]["imap"]["poll_interval"] = "1s"
        cls.hospitals = cls.enterClassContext(TwoHospitals(StoreScp, change_b=change_b))
        cls.a, cls.b = cls.hospitals.a, cls.hospitals.b

    def tearDown(self):
        super().tearDown()
        with contextlib.suppress(FileNotFoundError):
            self.disk.empty()

    def study(self, slices=2, size=4096):
        SmallDiskOfB.seed += 1
        return make_study(self.enterContext(Directory()), slices, size, seed=SmallDiskOfB.seed)

    def send_to_b(self, files):
        """From hospital A; what is to arrive in B's PACS."""
        storescu(files, self.a.port)
        return {identity(file).sop_instance for file in files}

    def expect_in_pacs(self, instances):
        self.wait(lambda: instances <= set(self.hospitals.pacs_b.datasets()), 90, "the images in the PACS")

    def own_pacs_stores(self, files):
        """Hospital B's own PACS gives images to gateway B, for hospital A."""
        output = storescu(files, self.b.port, called="TO_A", calling="PACS_B", check=False)
        return set(store_statuses(output).values())

    def test_mail_from_outside_stops_before_the_own_pacs_does(self):
        self.disk.fill(leave=(LOW + FETCH_LOW) // 2)
        before = {event: len(self.b.events(event)) for event in ("mail-fetched", "fetching-resumed", "disk-low")}
        self.wait(lambda: len(self.b.events("fetching-paused", error="fetch-space-low")) > before["fetching-resumed"],
                  what="fetching paused")
        shipments = len(self.a.events("shipment-sent"))
        sent = self.send_to_b(self.study())
        self.a.wait_for("shipment-sent", shipments + 1)
        self.assertEqual(self.own_pacs_stores(self.study()), {"Success"})
        self.assertEqual(len(self.b.events("mail-fetched")), before["mail-fetched"])
        self.assertEqual(len(self.b.events("disk-low")), before["disk-low"])
        self.disk.empty()
        self.b.wait_for("fetching-resumed", before["fetching-resumed"] + 1)
        self.expect_in_pacs(sent)
        self.assertEqual(self.b.quarantine(), [])

    def test_a_mail_that_is_larger_than_the_room_holds_up_no_other(self):
        large_study = self.study(1, 512 * 4096)  # a mail of 4 MB
        self.disk.fill(leave=FETCH_LOW + 2 * MB)
        large = self.send_to_b(large_study)
        self.b.wait_for("mail-not-fetched", error="imap-no-room")
        self.expect_in_pacs(self.send_to_b(self.study()))
        self.assertFalse(large & set(self.hospitals.pacs_b.datasets()))
        self.disk.empty()
        self.expect_in_pacs(large)

    def test_a_data_set_without_end_does_not_fill_the_disk(self):
        """It is offered more than the disk has; meanwhile another association stores."""
        low = len(self.b.events("disk-low"))
        with raw_scu.associate(self.b.port, called="TO_A", calling="PACS_B") as connection:
            connection.sendall(raw_scu.store_request())
            least = self.disk.free()
            for _ in range(6000):
                connection.sendall(raw_scu.data(bytes(16_000)))
                least = min(least, self.disk.free())
            self.b.wait_for("disk-low", low + 1)
            self.b.wait_for("disk-recovered", low + 1)
            self.assertEqual(self.own_pacs_stores(self.study()), {"Success"})
            connection.sendall(raw_scu.data(bytes(16_000), last=True))
            self.assertEqual(raw_scu.store_status(connection), A700)
        self.b.wait_for("instance-refused", error="disk-low")
        self.assertGreater(least, 0)
        self.expect_in_pacs(self.send_to_b(self.study()))

    def test_several_data_sets_at_once_do_not_fill_the_disk(self):
        """Each of them would fit."""
        with contextlib.ExitStack() as stack:
            connections = [stack.enter_context(raw_scu.associate(self.b.port, called="TO_A", calling="PACS_B"))
                           for _ in range(4)]
            for connection in connections:
                connection.sendall(raw_scu.store_request())
                for _ in range(20 * MB // 16_000):
                    connection.sendall(raw_scu.data(bytes(16_000)))
            for connection in connections:
                connection.sendall(raw_scu.data(bytes(16), last=True))
            self.assertIn(A700, [raw_scu.store_status(connection) for connection in connections])
        small = self.study()
        self.wait(lambda: self.own_pacs_stores(small) == {"Success"}, what="room again, when the others were sent")


if __name__ == "__main__":
    main()
