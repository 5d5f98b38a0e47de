#!/usr/bin/python3
"""To whom else studies go if a partner does not take them: fallbacks of the outbound rules."""

import rig  # noqa: F401
from harness import ADDRESSES, Directory, E2eTest, Keys, main, make_study, storescu
from mail_policy import MailPolicy

B, C = ADDRESSES["b"], ADDRESSES["c"]


class FallbackTest(E2eTest):
    def hospitals_with(self, rules, start="a", policy=None, **profile):
        """A with these rules and the partners B and C."""
        options = {"postfix_settings": policy.settings()} if policy else None
        hospitals = self.two_hospitals(start="", servers_options=options)
        c = Keys(hospitals.directory / "keys", "c")
        settings = hospitals.a.settings
        settings["partners"]["klinikum-c"] = hospitals.partner(C, c.public, c.fingerprint)
        settings["partners"]["klinikum-b"]["profile"].update(profile)
        settings["routes"]["outbound"] = rules
        settings["dicom"]["quiet_period"] = "1s"
        for name in start:
            getattr(hospitals, name).start()
        return hospitals

    def study(self, slices=2, size=4096, **options):
        return make_study(self.enterContext(Directory()), slices, size, **options)


class Fallbacks(FallbackTest):
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
        hospitals.servers.wait_for(C, 3)
        self.assertEqual(hospitals.servers.count(C), 3)

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
            {"name": "all", "when": {"called_ae": ["TO_B"]}, "send_to": ["klinikum-b"],
             "fallback": {"to": ["klinikum-c"], "after": "1s"}}], receipts="mdn")
        a = hospitals.a
        a.command("hold", "--partner", "klinikum-b")
        for seed in (7104, 7105):
            storescu(self.study(1, seed=seed), a.port)
        first, second = [event["shipment"] for event in a.wait_for("shipment-closed", 2)]
        a.command("cancel", first)
        a.command("release", "--partner", "klinikum-b")
        # What is due first falls back first, so the first shipment had its turn before the second.
        a.wait_for("shipment-fell-back", shipment=second)
        self.assertEqual([event["shipment"] for event in a.events("shipment-fell-back")], [second])

    def test_explain_and_examples_name_the_fallback(self):
        hospitals = self.hospitals_with([
            {"name": "all", "when": {"called_ae": ["TO_B"]}, "send_to": ["klinikum-b"],
             "fallback": {"to": ["klinikum-c"], "after": "10m"}}])
        a = hospitals.a
        self.assertIn("falls back to", a.command("explain", str(self.study(1)[0]), "--called", "TO_B").stdout)
        examples = hospitals.directory / "examples.yaml"
        for expected, works in (("klinikum-c", True), ("klinikum-b", False)):
            examples.write_text("tests:\n  - { name: one, attributes: { Modality: CT }, called_ae: TO_B, "
                                f"expect: {{ fallbacks: [{expected}] }} }}\n")
            self.assertEqual(a.command("routes", "test", str(examples), check=False).returncode == 0, works)


if __name__ == "__main__":
    main()
