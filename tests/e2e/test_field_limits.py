#!/usr/bin/python3
"""When mails leave, how fast, and to whom else: time windows, bandwidth limits and fallbacks of the outbound rules."""

import datetime

import rig  # noqa: F401
from harness import ADDRESSES, Directory, E2eTest, Keys, main, make_study, storescu
from mail_policy import MailPolicy

B, C = ADDRESSES["b"], ADDRESSES["c"]


def closed_window():
    """Hours of the day that are hours away."""
    now = datetime.datetime.now()
    return {"from": (now + datetime.timedelta(hours=6)).strftime("%H:%M"),
            "to": (now + datetime.timedelta(hours=7)).strftime("%H:%M")}


class LimitsTest(E2eTest):
    def hospitals_with(self, rules, start="a", policy=None, smtp=None, limits=None, **profile):
        """A with these rules and the partners B and C."""
        options = {"postfix_settings": policy.settings()} if policy else None
        hospitals = self.two_hospitals(start="", servers_options=options)
        c = Keys(hospitals.directory / "keys", "c")
        settings = hospitals.a.settings
        settings["partners"]["klinikum-c"] = hospitals.partner(C, c.public, c.fingerprint)
        settings["partners"]["klinikum-b"]["profile"].update(profile)
        if limits:
            settings["partners"]["klinikum-b"]["limits"] = limits
        settings["mailboxes"]["main"]["smtp"].update(smtp or {})
        settings["routes"]["outbound"] = rules
        settings["dicom"]["quiet_period"] = "1s"
        for name in start:
            getattr(hospitals, name).start()
        return hospitals

    def study(self, slices=2, size=4096, **options):
        return make_study(self.enterContext(Directory()), slices, size, **options)


class Fallbacks(LimitsTest):
    def test_what_a_partner_refuses_goes_to_the_fallback_once(self):
        """Also after a restart, and changed as the rule says."""
        policy = self.enterContext(MailPolicy())
        self.addCleanup(policy.clear)
        policy.rule = lambda session: ("550 5.1.1 no such mailbox" if session["protocol_state"] == "RCPT"
                                       and session["recipient"] == B else None)
        hospitals = self.hospitals_with([
            {"name": "all", "when": {"called_ae": ["TO_B"]}, "send_to": ["klinikum-b"],
             "fallback": {"to": ["klinikum-c"], "after": "1h"}, "edit": [{"set": {"InstitutionName": "EDITED"}}]}],
            policy=policy)
        a = hospitals.a
        storescu(self.study(2, seed=7101), a.port)
        fell = a.wait_for("shipment-fell-back")[0]
        self.assertEqual((fell["partner"], fell["to"], fell["why"], fell["instances"]),
                         ("klinikum-b", "klinikum-c", "failed", "2"))
        hospitals.servers.wait_for(C, 2)
        a.wait_for("shipment-sent", shipment=fell["fallback"])
        self.assertEqual(a.json("show", fell["fallback"])["fallback_of"], fell["shipment"])
        self.assertEqual(a.json("show", fell["shipment"])["state"], "failed")
        self.assertIn(f"fell back to {fell['fallback']}", a.command("list").stdout)
        # Each of the four messages carries a changed copy.
        self.assertEqual(sum(path.is_file() for path in (a.state / "spool/derived").rglob("*")), 4)
        a.stop()
        a.start()
        storescu(self.study(1, seed=7102), a.port)
        a.wait_for("shipment-fell-back", 2)
        self.assertEqual(hospitals.servers.count(C), len(hospitals.servers.wait_for(C, 3)))

    def test_without_a_receipt_in_time_and_the_receipt_comes_late(self):
        hospitals = self.hospitals_with([
            {"name": "all", "when": {"called_ae": ["TO_B"]}, "send_to": ["klinikum-b"],
             "fallback": {"to": ["klinikum-c"], "after": "2s"}}], receipts="mdn")
        a = hospitals.a
        storescu(self.study(2, seed=7103), a.port)
        fell = a.wait_for("shipment-fell-back")[0]
        self.assertEqual(fell["why"], "no-answer")
        hospitals.servers.wait_for(C, 2)
        hospitals.b.start()
        a.wait_for("shipment-delivered", shipment=fell["shipment"])
        self.assertEqual(len(a.events("shipment-fell-back")), 1)
        self.assertEqual(hospitals.servers.count(C), 2)

    def test_what_a_person_cancels_does_not_fall_back(self):
        hospitals = self.hospitals_with([
            {"name": "all", "when": {"called_ae": ["TO_B"]}, "send_to": ["klinikum-b"], "window": closed_window(),
             "fallback": {"to": ["klinikum-c"], "after": "1s"}},
            {"name": "other", "when": {"called_ae": ["OTHER"]}, "send_to": ["klinikum-b"],
             "fallback": {"to": ["klinikum-c"], "after": "3s"}}], receipts="mdn")
        a = hospitals.a
        storescu(self.study(1, seed=7104), a.port)
        first = a.wait_for("shipment-closed")[0]["shipment"]
        a.command("cancel", first)
        storescu(self.study(1, seed=7105), a.port, called="OTHER")
        fell = a.wait_for("shipment-fell-back")
        self.assertNotIn(first, [event["shipment"] for event in fell])


class Windows(LimitsTest):
    def test_a_closed_window_stops_all_but_emergencies(self):
        window = closed_window()
        hospitals = self.hospitals_with([
            {"name": "stroke", "when": {"called_ae": ["STROKE"]}, "send_to": ["klinikum-b"], "priority": "emergency",
             "release": "instance", "window": window},
            {"name": "archive", "when": {"called_ae": ["TO_B"]}, "send_to": ["klinikum-b"], "window": window}])
        a = hospitals.a
        storescu(self.study(2, seed=7106), a.port)
        waiting = a.wait_for("shipment-closed")[0]["shipment"]
        self.wait(lambda: a.json("show", waiting).get("window_opens"), 30, "the shipment to wait for its window")
        storescu(self.study(1, seed=7107), a.port, called="STROKE")
        a.wait_for("message-sent")
        shown = a.json("show", waiting)
        self.assertEqual((shown["state"], shown["messages_failed"]), ("closed", "0"))
        self.assertIn("its time window opens at", a.command("list").stdout)
        self.assertEqual(hospitals.servers.count(B), 1)
        study = self.study(1, seed=7108)[0]
        self.assertIn("not before its time window opens at",
                      a.command("explain", str(study), "--called", "TO_B").stdout)
        a.command("retry", waiting)
        a.wait_for("shipment-sent", shipment=waiting)


class Bandwidth(LimitsTest):
    RULES = [{"name": "stroke", "when": {"called_ae": ["STROKE"]}, "send_to": ["klinikum-b"], "priority": "emergency",
              "release": "instance"},
             {"name": "bulk", "when": {"called_ae": ["TO_B"]}, "send_to": ["klinikum-b"], "priority": "bulk"}]

    @staticmethod
    def time_of(event):
        return datetime.datetime.fromisoformat(event["time"].replace("Z", "+00:00"))

    def test_bulk_mails_take_their_time(self):
        hospitals = self.hospitals_with(self.RULES, limits={"bulk": "1MB/s"})
        a = hospitals.a
        storescu(self.study(4, 390_000, seed=7109), a.port)
        sent = a.wait_for("message-sent", 4, timeout=120)
        self.assertGreater(sum(int(event["bytes"]) for event in sent), 2_000_000)
        first = min(self.time_of(event) for event in a.events("message-sealed"))
        self.assertGreaterEqual((max(self.time_of(event) for event in sent) - first).total_seconds(), 1.5)

    def test_an_emergency_finds_a_connection_and_a_stop_waits_for_nothing_slow(self):
        """With one connection, which is busy with a bulk mail for minutes."""
        hospitals = self.hospitals_with(self.RULES, limits={"bulk": "2KB/s"}, smtp={"connections": 1})
        a = hospitals.a
        storescu(self.study(1, 390_000, seed=7110), a.port)
        a.wait_for("message-sealed")
        storescu(self.study(1, seed=7111), a.port, called="STROKE")
        a.wait_for("message-sent", timeout=120)
        hospitals.servers.wait_for(B, 1)
        self.assertEqual(len(a.events("message-sent")), 1)
        a.stop()
        self.assertEqual(a.events("smtp-unavailable"), [])
        a.settings["partners"]["klinikum-b"]["limits"] = {"bulk": "100MB/s"}
        a.start()
        hospitals.servers.wait_for(B, 2)


if __name__ == "__main__":
    main()
