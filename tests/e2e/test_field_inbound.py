#!/usr/bin/python3
"""What a rule of routes.inbound can do: several PACS, a fallback PACS, duplicates, and a PACS that refuses a class.

The first PACS is a stand-in that refuses what it is told to refuse; the others are an Orthanc and a stand-in.
"""

import rig  # noqa: F401
import mails
from harness import (ADDRESSES, Directory, E2eTest, NoPacs, Orthanc, TwoHospitals, free_port, identity, main,
                     make_study)
from odd_pacs import OddPacs

A, B = ADDRESSES["a"], ADDRESSES["b"]
CT = "1.2.840.10008.5.1.4.1.1.2"


class Inbound(E2eTest):
    """Hospital A is GnuPG. The called set chooses the rule: its id begins with the rule's name."""

    seed = 9100

    @classmethod
    def setUpClass(cls):
        cls.directory = cls.enterClassContext(Directory())
        cls.pacs = cls.enterClassContext(OddPacs(cls.directory / "pacs"))
        cls.orthanc = Orthanc(cls.directory / "orthanc", "SECOND").start()
        cls.addClassCleanup(cls.orthanc.stop)
        stands_in = NoPacs("PACS_B")
        stands_in.port = cls.pacs.port
        cls.hospitals = cls.enterClassContext(TwoHospitals(stands_in, change_b=cls.change, start="b"))
        cls.b, cls.gpg = cls.hospitals.b, cls.hospitals.gnupg("a")

    @classmethod
    def change(cls, settings):
        settings["pacs"]["main"].update(associations=1, timeout="5s")
        settings["pacs"]["second"] = {"ae_title": "SECOND", "host": "127.0.0.1", "port": cls.orthanc.port}
        settings["pacs"]["nobody"] = {"ae_title": "NOBODY", "host": "127.0.0.1", "port": free_port(), "timeout": "2s"}
        settings["retry"] = {"first": "200ms", "max": "1s", "give_up_after": "48h"}
        settings["routes"]["inbound"] = [
            {"name": "both", "when": {"set": "~^both"}, "forward_to": ["main", "nobody", "second"]},
            {"name": "falls", "when": {"set": "~^falls"}, "forward_to": ["main"], "fallback": {"to": ["second"]}},
            {"name": "away", "when": {"set": "~^away"}, "forward_to": ["nobody"],
             "fallback": {"to": ["second"], "after": "3s"}},
            {"name": "again", "when": {"set": "~^again"}, "forward_to": ["main"], "duplicates": "forward"},
            {"name": "held", "when": {"set": "~^held"}, "forward_to": ["main"], "duplicates": "quarantine"},
            {"name": "plain", "when": {"set": "~^plain"}, "forward_to": ["main"]}]
        for rule in settings["routes"]["inbound"]:
            rule["final"] = True
        # `quarantine release` does not know the set.
        settings["routes"]["inbound"].append(
            {"name": "released", "when": {"partner": ["klinikum-a"]}, "forward_to": ["main"]})

    def setUp(self):
        # An open association keeps the answers of the test before.
        self.wait(lambda: self.pacs.associations == 0, what="the end of the association")
        self.pacs.answers, self.pacs.syntaxes, self.pacs.refused = ["0000"], [], set()

    def study(self, count=1):
        Inbound.seed += 1
        return make_study(self.directory / str(self.seed), count, 2048, seed=self.seed)

    def mail(self, files, rule):
        """From A into B's mailbox, in a mail of its own."""
        Inbound.seed += 1
        sealed = self.gpg.seal(mails.inner_entity(files, f"{rule}.{self.seed}"), B, A)
        self.hospitals.servers.deliver(A, B, mails.encrypted_mail(A, B, sealed, f"{rule}.{self.seed}"))

    def given(self, files):
        uids = {identity(file).sop_instance for file in files}
        return sum(uid in uids for uid, _ in self.pacs.given)

    def in_orthanc(self, files):
        uids = {identity(file).sop_instance for file in files}
        self.wait(lambda: uids <= set(self.orthanc.instances()), what="all instances in Orthanc")

    def test_several_pacs_do_not_wait_for_one_another(self):
        files = self.study(3)
        self.mail(files, "both")
        self.in_orthanc(files)
        self.wait(lambda: self.given(files) == 3, what="three instances in the first PACS")
        self.assertTrue(self.b.wait_for("pacs-unavailable", pacs="nobody"))
        self.assertEqual(self.b.events("delivery-done", pacs="nobody"), [])

    def test_what_the_pacs_refuses_goes_to_the_fallback_pacs(self):
        files, before = self.study(20), len(self.b.events("delivery-fell-back", pacs="main"))
        asked = self.pacs.asked
        self.pacs.refused = {CT}
        self.mail(files, "falls")
        self.in_orthanc(files)
        told = self.b.wait_for("delivery-fell-back", before + 20, pacs="main")[before:]
        self.assertEqual({(event["to"], event["error"]) for event in told}, {("second", "sop-class-refused")})
        self.assertLessEqual(self.pacs.asked - asked, 3, "the PACS was asked about each instance")
        self.pacs.refused = set()
        done = len(self.b.events("delivery-done", pacs="main"))
        self.mail(self.study(), "both")
        self.b.wait_for("delivery-done", done + 1, pacs="second")
        self.assertEqual(self.given(files), 0, "the PACS got what had gone to its fallback PACS")

    def test_what_waits_for_a_pacs_that_is_away_goes_to_the_fallback_pacs(self):
        files, before = self.study(2), len(self.b.events("delivery-fell-back", pacs="nobody"))
        self.mail(files, "away")
        self.in_orthanc(files)
        told = self.b.wait_for("delivery-fell-back", before + 2, pacs="nobody")[before:]
        self.assertEqual({(event["error"], event["in_doubt"]) for event in told}, {("pacs-unreachable", "no")})

    def test_duplicates_are_forwarded(self):
        files = self.study()
        for count in (1, 2):
            self.mail(files, "again")
            self.wait(lambda: self.given(files) == count, what=f"{count} C-STORE")  # noqa: B023

    def test_duplicates_wait_for_a_person(self):
        files = self.study()
        self.mail(files, "held")
        self.wait(lambda: self.given(files) == 1, what="the first one in the PACS")
        before = len(self.b.events("instance-conflict"))
        self.mail(files, "held")
        event = self.b.wait_for("instance-conflict", before + 1)[-1]
        self.assertIn("the rule quarantines duplicates", event["difference"])
        self.assertEqual(self.given(files), 1)
        self.b.command("quarantine", "release", event["instance"])
        self.wait(lambda: self.given(files) == 2, what="the second one in the PACS")

    def test_explain_says_what_becomes_of_an_instance(self):
        file = self.study()[0]
        self.b.settings["routes"]["inbound"].insert(
            0, {"name": "explained", "when": {"partner": ["klinikum-a"]}, "forward_to": ["main"],
                "fallback": {"to": ["second"]}, "duplicates": "forward"})
        self.b.write()
        explained = self.b.json("explain", file, "--partner", "klinikum-a")
        target = [part for part in explained[0]["contains"] if part["title"] == "to PACS main"][0]
        self.assertEqual((target["duplicates"], target["falls back to"]),
                         ("forwarded again", "second, after 10m 0s or a refusal"))


if __name__ == "__main__":
    main()
