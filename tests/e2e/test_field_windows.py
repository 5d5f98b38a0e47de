#!/usr/bin/python3
"""When mails leave: time windows of the outbound rules, and who passes them."""

import datetime

import rig  # noqa: F401
from harness import ADDRESSES, Directory, E2eTest, main, make_study, storescu

B = ADDRESSES["b"]


def closed_window():
    """Hours of the day that are hours away."""
    now = datetime.datetime.now()
    return {"from": (now + datetime.timedelta(hours=6)).strftime("%H:%M"),
            "to": (now + datetime.timedelta(hours=7)).strftime("%H:%M")}


class Windows(E2eTest):
    def setUp(self):
        super().setUp()
        self.hospitals = self.two_hospitals(start="")
        self.a = self.hospitals.a
        window = closed_window()
        self.a.settings["routes"]["outbound"] = [
            {"name": "stroke", "when": {"called_ae": ["STROKE"]}, "send_to": ["klinikum-b"], "priority": "emergency",
             "release": "instance", "window": window},
            {"name": "archive", "when": {"called_ae": ["TO_B"]}, "send_to": ["klinikum-b"], "window": window}]
        self.a.settings["dicom"]["quiet_period"] = "1s"
        self.a.start()

    def study(self, slices, **options):
        return make_study(self.enterContext(Directory()), slices, 4096, **options)

    def wait_for_the_window(self):
        """Sends a study by the rule `archive`, and returns its shipment once it waits."""
        storescu(self.study(2, seed=7106), self.a.port)
        waiting = self.a.wait_for("shipment-closed")[0]["shipment"]
        self.wait(lambda: self.a.json("show", waiting).get("window_opens"), 30, "the shipment to wait for its window")
        return waiting

    def test_a_closed_window_stops_all_but_emergencies(self):
        waiting = self.wait_for_the_window()
        storescu(self.study(1, seed=7107), self.a.port, called="STROKE")
        self.a.wait_for("message-sent")
        shown = self.a.json("show", waiting)
        self.assertEqual((shown["state"], shown["messages_failed"]), ("closed", "0"))
        self.assertIn("its time window opens at", self.a.command("list").stdout)
        self.assertEqual(self.hospitals.servers.count(B), 1)
        study = self.study(1, seed=7108)[0]
        self.assertIn("not before its time window opens at",
                      self.a.command("explain", str(study), "--called", "TO_B").stdout)

    def test_what_a_person_retries_leaves_at_once(self):
        waiting = self.wait_for_the_window()
        self.a.command("retry", waiting)
        self.a.wait_for("shipment-sent", shipment=waiting)

    def test_a_rule_that_loses_its_window_lets_go_what_waits(self):
        waiting = self.wait_for_the_window()
        self.a.stop()
        del self.a.settings["routes"]["outbound"][1]["window"]
        self.a.start()
        self.a.wait_for("shipment-sent", shipment=waiting)


if __name__ == "__main__":
    main()
