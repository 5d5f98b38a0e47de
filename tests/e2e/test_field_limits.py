#!/usr/bin/python3
"""How fast mails leave: bandwidth limits of partners, and emergencies, which pass them."""

import rig  # noqa: F401
from harness import ADDRESSES, Directory, E2eTest, main, make_study, storescu

B = ADDRESSES["b"]


class Bandwidth(E2eTest):
    def study(self, *arguments, **options):
        return make_study(self.enterContext(Directory()), *arguments, **options)

    def test_an_emergency_passes_and_a_stop_waits_for_nothing_slow(self):
        """With one connection, which is busy with another mail for minutes."""
        hospitals = self.two_hospitals(start="")
        a = hospitals.a
        a.settings["partners"]["klinikum-b"]["limits"] = {"bulk": "1KB/s"}
        a.settings["mailboxes"]["main"]["smtp"]["connections"] = 1
        a.settings["routes"]["outbound"] = [
            {"name": "stroke", "when": {"called_ae": ["STROKE"]}, "send_to": ["klinikum-b"], "priority": "emergency",
             "release": "instance"},
            {"name": "others", "when": {"called_ae": ["TO_B"]}, "send_to": ["klinikum-b"]}]
        a.settings["dicom"]["quiet_period"] = "1s"
        a.start()
        large = self.study(1, 120_000, seed=7110)
        self.assertIn("1000 bytes per second", a.command("explain", str(large[0]), "--called", "TO_B").stdout)
        storescu(large, a.port)
        slow = a.wait_for("message-sealed")[0]["message"]
        storescu(self.study(1, 4096, seed=7111), a.port, called="STROKE")
        sent = a.wait_for("message-sent")
        self.assertNotEqual(sent[0]["message"], slow)
        self.assertEqual(a.json("show", slow)["state"], "sealed")
        a.stop()
        self.assertEqual(a.events("smtp-unavailable"), [])
        a.settings["partners"]["klinikum-b"]["limits"] = {"bulk": "100MB/s"}
        a.start()
        a.wait_for("message-sent", message=slow)
        hospitals.servers.wait_for(B, 2)


if __name__ == "__main__":
    main()
