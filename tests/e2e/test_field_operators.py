#!/usr/bin/python3
"""What an operator meets in the field: names that change, a PACS that lost a study, failures that hide, junk."""

import json

import rig  # noqa: F401
import documents
import mails
from harness import (ADDRESSES, Directory, E2eTest, StoreScp, TwoHospitals, dataset_bytes, identity, main, make_study,
                     storescu)

NO_SUCH_ITEM, WRONG, USAGE = 66, 1, 64
STRANGER = "werbung@example.org"


def renamed(mapping, old, new):
    return {new if name == old else name: value for name, value in mapping.items()}


class FieldOperators(E2eTest):
    """All tests share two hospitals."""

    @classmethod
    def setUpClass(cls):
        def ask_for_receipts(settings):
            settings["partners"]["klinikum-b"]["profile"]["receipts"] = "mdn"

        def answer(settings):
            settings["partners"]["klinikum-a"]["profile"]["receipts"] = "mdn"
            settings["reception"] = {"strangers": {"mails": 4, "size": "10MB", "age": "30d"}}
        cls.hospitals = cls.enterClassContext(TwoHospitals(StoreScp, change_a=ask_for_receipts, change_b=answer))
        cls.a, cls.b, cls.pacs = cls.hospitals.a, cls.hospitals.b, cls.hospitals.pacs_b
        cls.directory = cls.enterClassContext(Directory())
        cls.studies = 0

    def send(self, slices=2):
        """A study of its own; its shipment at A, its UID, and its SOP Instance UIDs."""
        FieldOperators.studies += 1
        before = len(self.a.events("shipment-closed"))
        files = make_study(self.directory / str(FieldOperators.studies), slices, 4096,
                           seed=7000 + FieldOperators.studies)
        storescu(files, self.a.port)
        shipment = self.a.wait_for("shipment-closed", before + 1)[-1]["shipment"]
        study = self.a.json("show", shipment)["study_instance_uid"]
        return shipment, study, {identity(file).sop_instance for file in files}

    def expect_exit(self, site, code, *arguments):
        done = site.command(*arguments, check=False)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return done.stdout + done.stderr

    def wait_for_images(self, uids):
        self.wait(lambda: uids <= set(self.pacs.datasets()), what="images in the PACS")

    def wait_for_state(self, site, item, state):
        self.wait(lambda: site.json("show", item)["state"] == state, what=f"{item} to be {state}")

    def lose(self, uids):
        for path in self.pacs.files():
            if any(path.name.endswith(uid) for uid in uids):
                path.unlink()

    def rename_pacs(self, old, new):
        settings = self.b.settings
        settings["pacs"] = renamed(settings["pacs"], old, new)
        for rule in settings["routes"]["inbound"]:
            rule["forward_to"] = [new if name == old else name for name in rule["forward_to"]]
        self.b.write()

    def rename_mailbox(self, old, new):
        self.b.settings["mailboxes"] = renamed(self.b.settings["mailboxes"], old, new)
        self.b.write()

    def test_images_that_wait_for_a_renamed_pacs(self):
        self.pacs.stop()
        shipment, _, uids = self.send()
        self.b.wait_for("pacs-unavailable", pacs="main")
        self.wait(lambda: self.b.counts()["deliveries"]["waiting"] == 2, what="deliveries that wait")
        # Why they wait, while nothing of them was tried itself.
        self.assertEqual([away["name"] for away in self.b.status()["away"]], ["main"])
        self.assertIn("away: pacs main", self.b.command("status").stdout)
        row = self.b.json("list", "--kind", "deliveries", "--state", "waiting")[0]
        self.assertRegex(row["reason"], "^waiting: pacs main away since 20")
        self.assertRegex(self.b.json("show", row["id"])["waits_for"], "^pacs main away since 20")
        self.b.stop()
        self.rename_pacs("main", "archive")
        self.assertIn("2 items wait for pacs main, which is not in the configuration", self.b.command("check").stdout)
        self.b.start()
        alarm = self.b.wait_for("destination-unknown")[-1]
        self.assertEqual((alarm["kind"], alarm["name"], alarm["items"]), ("pacs", "main", "2"))
        self.assertEqual(self.b.status()["stranded"], [{"kind": "pacs", "name": "main", "items": 2}])
        stranded = self.b.json("list", "--limit", "1")[0]
        self.assertEqual(stranded["state"], "stranded")
        self.assertIn("redirect", self.b.json("show", stranded["id"])["stranded"])
        self.assertIn("redirect pacs --from main", self.expect_exit(self.b, WRONG, "retry", stranded["id"]))
        self.assertIn("redirect pacs --from main",
                      self.expect_exit(self.b, NO_SUCH_ITEM, "retry", "--pacs", "main"))
        found = json.loads(self.expect_exit(self.b, 1, "verify", "--json"))["disagreements"]
        self.assertEqual([(one["code"], one["item"]) for one in found], [("destination-unknown", "pacs main")])
        self.expect_exit(self.b, NO_SUCH_ITEM, "redirect", "pacs", "--from", "main", "--to", "nowhere")
        unknown = self.b.command("redirect", "pacs", "--from", "mian", "--to", "archive", check=False)
        self.assertEqual((unknown.returncode, unknown.stdout), (NO_SUCH_ITEM, ""))
        self.assertIn("nothing waits for pacs mian, which is not in the configuration", unknown.stderr)
        self.expect_exit(self.b, USAGE, "redirect", "printer", "--from", "main", "--to", "archive")
        self.pacs.start()
        self.assertIn(": 2 items", self.b.command("redirect", "pacs", "--from", "main", "--to", "archive").stdout)
        self.wait_for_images(uids)
        self.wait_for_state(self.a, shipment, "delivered")
        self.expect_exit(self.b, 0, "verify")
        acted = self.b.wait_for("operator-acted", what="redirect")[-1]
        self.assertEqual(acted["item"], "pacs main to archive")
        self.assertTrue(acted["by"])
        self.expect_exit(self.b, NO_SUCH_ITEM, "redirect", "pacs", "--from", "main", "--to", "archive")
        self.b.stop()
        self.rename_pacs("archive", "main")
        self.b.start()

    def test_a_study_that_waits_for_a_renamed_partner_in_a_renamed_mailbox(self):
        said = self.a.command("hold", "--partner", "klinikum-b").stdout
        self.assertIn("held from now on", said)
        shipment, _, uids = self.send()
        self.a.stop()
        settings = self.a.settings
        settings["partners"] = renamed(settings["partners"], "klinikum-b", "sankt-b")
        settings["mailboxes"] = renamed(settings["mailboxes"], "main", "first")
        settings["routes"]["outbound"][0]["send_to"] = ["sankt-b"]
        settings["routes"]["inbound"][0]["when"]["partner"] = ["sankt-b"]
        self.a.write()
        self.a.start()
        self.wait(lambda: {event["kind"] for event in self.a.events("destination-unknown")} == {"partner", "mailbox"},
                  what="an alarm for both names")
        self.a.command("redirect", "mailbox", "--from", "main", "--to", "first")
        said = self.a.command("redirect", "partner", "--from", "klinikum-b", "--to", "sankt-b").stdout
        self.assertIn("sankt-b is held now", said)
        self.assertEqual(self.a.status()["stranded"], [])
        self.assertEqual(self.a.json("show", shipment)["partner"], "sankt-b")
        self.a.command("release", "--partner", "sankt-b")
        self.wait_for_images(uids)
        self.wait_for_state(self.a, shipment, "delivered")
        self.expect_exit(self.a, 0, "verify")

    def test_what_waits_for_a_removed_partner_stays_until_a_person_redirects_it(self):
        """It does not fail, whatever was done with it before, and `retry --all` leaves it alone."""
        self.hospitals.servers.stop_postfix()
        shipment, _, uids = self.send()
        self.wait(lambda: self.a.counts()["messages"].get("sealed", 0) > 0, what="a message to try the server with")
        self.a.stop()
        old = next(iter(self.a.settings["partners"]))
        self.rename_partner_of(self.a, old, "haus-b")
        self.hospitals.servers.start_postfix()
        self.a.start()
        failed = len(self.a.events("message-failed"))
        self.wait(lambda: old in [event["name"] for event in self.a.events("destination-unknown")], what="an alarm")
        self.assertEqual(json.loads(self.a.command("retry", "--all", "--json").stdout)["items"], 0)
        # The sealer and the sender have had these messages in their hands when the next study is sent.
        other, _, others = self.send()
        self.wait_for_state(self.a, other, "delivered")
        self.assertEqual(len(self.a.events("message-failed")), failed)
        rows = self.a.json("list", "--kind", "messages", "--state", "stranded")
        self.assertEqual(len(rows), 2)
        self.assertEqual({row["partner"] for row in rows}, {old})
        # Neither resend nor retry helps, and both say what does.
        for command in ("resend", "retry"):
            said = self.expect_exit(self.a, WRONG, command, shipment)
            self.assertIn(f"redirect partner --from {old} --to NAME", said)
        self.a.command("redirect", "partner", "--from", old, "--to", "haus-b")
        self.wait_for_images(uids | others)
        self.wait_for_state(self.a, shipment, "delivered")
        self.expect_exit(self.a, 0, "verify")
        self.a.stop()
        self.rename_partner_of(self.a, "haus-b", old)
        self.a.start()

    def test_a_pacs_that_lost_a_study(self):
        shipment, study, uids = self.send()
        self.wait_for_state(self.a, shipment, "delivered")
        self.lose(uids)
        self.assertIn("2 deliveries wait again", self.b.command("redeliver", study).stdout)
        self.wait_for_images(uids)
        received = self.b.json("show", study)[0]["title"].split()[1]
        self.lose(uids)
        self.b.command("redeliver", received, "--to", "main")
        self.wait_for_images(uids)
        self.expect_exit(self.b, NO_SUCH_ITEM, "redeliver", "1.2.3.4.5")
        self.expect_exit(self.b, NO_SUCH_ITEM, "redeliver", study, "--to", "nowhere")
        self.expect_exit(self.b, USAGE, "redeliver", "nonsense")

    def test_a_pacs_that_lost_a_study_whose_sender_sends_it_by_hand_once_more(self):
        shipment, _, uids = self.send()
        self.wait_for_state(self.a, shipment, "delivered")
        self.lose(uids)
        before = len(self.b.events("instance-redelivered"))
        self.a.command("resend", shipment)
        self.wait_for_images(uids)
        self.wait_for_state(self.a, shipment, "delivered")
        self.assertEqual(len(self.b.events("instance-redelivered")), before + 2)

    def test_a_pacs_that_lost_an_image_and_the_report_beside_it(self):
        FieldOperators.studies += 1
        directory = self.directory / str(FieldOperators.studies)
        image = make_study(directory, 1, 4096, seed=7000 + FieldOperators.studies)[0]
        report = directory / "befund.pdf"
        report.write_bytes(documents.PDF)
        before = set(self.pacs.datasets())
        self.a.command("send", "--to", next(iter(self.a.settings["partners"])), str(image), str(report))
        shipment = self.a.json("list", "--kind", "shipments")[0]["id"]
        self.wait(lambda: len(set(self.pacs.datasets()) - before) == 2, what="the image and the report in the PACS")
        self.wait_for_state(self.a, shipment, "delivered")
        stored = set(self.pacs.datasets()) - before
        self.lose(stored)
        self.a.command("resend", shipment)
        self.wait_for_images(stored)
        self.wait_for_state(self.a, shipment, "delivered")

    def test_junk_is_one_alarm_and_goes_by_itself_and_in_bulk(self):
        count = 7
        for number in range(count):
            self.hospitals.servers.deliver(STRANGER, ADDRESSES["b"],
                                           mails.plain_mail(STRANGER, ADDRESSES["b"], f"Angebot {number}"))
        quarantined = self.b.wait_for("mail-quarantined", count)
        self.assertEqual({event["level"] for event in quarantined}, {"warning"})
        self.b.wait_for("strangers-quarantined")
        dropped = self.b.wait_for("junk-dropped")
        self.assertEqual({event["why"] for event in dropped}, {"number"})
        self.wait(lambda: len(self.b.quarantine()) == 4, what="the oldest to go")
        # They stand before everything else, whatever the limit.
        states = [row["state"] for row in self.b.json("list", "--limit", "1")]
        self.assertEqual(states.count("quarantined"), 4)
        self.assertNotIn("report", states)
        self.expect_exit(self.b, NO_SUCH_ITEM, "quarantine", "drop", "--reason", "no-dicom-mail", "--older-than", "7d")
        self.expect_exit(self.b, USAGE, "quarantine", "drop", "--older-than", "soon")
        self.expect_exit(self.b, USAGE, "quarantine", "drop")
        said = self.b.command("quarantine", "drop", "--reason", "no-dicom-mail", "--sender", "@example.org").stdout
        self.assertEqual(said, "4 items dropped\n")
        self.assertEqual(self.b.quarantine(), [])
        self.assertEqual(len(self.b.events("strangers-quarantined")), 1)
        acted = self.b.wait_for("operator-acted", what="quarantine-drop")[-1]
        self.assertEqual(acted["item"], "all with reason=no-dicom-mail sender=@example.org")
        self.expect_exit(self.b, 0, "verify")

    def test_quarantined_mail_of_a_renamed_mailbox(self):
        before = len(self.b.events("mail-quarantined"))
        self.hospitals.servers.deliver(STRANGER, ADDRESSES["b"], mails.plain_mail(STRANGER, ADDRESSES["b"], "Hallo"))
        item = self.b.wait_for("mail-quarantined", before + 1)[-1]["mail"]
        self.b.stop()
        self.rename_mailbox("main", "primary")
        self.assertIn("1 item waits for mailbox main, which is not in the configuration: redirect mailbox --from main",
                      self.b.command("check").stdout)
        self.b.start()
        self.b.wait_for("destination-unknown", kind="mailbox")
        self.assertIn({"kind": "mailbox", "name": "main", "items": 1}, self.b.status()["stranded"])
        said = self.expect_exit(self.b, WRONG, "quarantine", "release", item)
        self.assertIn("destination-not-configured: mailbox main: redirect mailbox --from main --to NAME", said)
        self.assertIn("unknown-mailbox", self.b.json("show", item)["stranded"])
        self.expect_exit(self.b, 1, "verify")
        self.b.command("redirect", "mailbox", "--from", "main", "--to", "primary")
        self.assertEqual(self.b.status()["stranded"], [])
        self.b.command("quarantine", "release", item)
        self.wait(lambda: (item, "no-dicom-mail") in [(row["id"], row["reason"]) for row in self.b.quarantine()],
                  what="the true reason")
        for row in self.b.quarantine():  # the original was fetched under the new name, too
            self.b.command("quarantine", "drop", row["id"])
        self.b.stop()
        self.rename_mailbox("primary", "main")
        self.b.start()

    def rename_partner_of(self, site, old, new):
        settings = site.settings
        settings["partners"] = renamed(settings["partners"], old, new)
        settings["routes"]["inbound"][0]["when"]["partner"] = [new]
        settings["routes"]["outbound"][0]["send_to"] = [new]
        site.write()

    def test_what_waits_for_a_person_and_came_from_a_renamed_partner(self):
        _, _, uids = self.send(1)
        self.wait_for_images(uids)
        file = next((self.directory / str(FieldOperators.studies)).iterdir())
        content = file.read_bytes()
        file.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
        storescu([file], self.a.port)
        conflict = self.b.wait_for("instance-conflict")[-1]["instance"]
        self.b.stop()
        self.rename_partner_of(self.b, "klinikum-a", "sankt-a")
        self.b.start()
        said = self.expect_exit(self.b, WRONG, "quarantine", "release", conflict)
        self.assertIn("redirect partner --from klinikum-a --to NAME", said)
        self.b.command("redirect", "partner", "--from", "klinikum-a", "--to", "sankt-a")
        self.assertEqual(self.b.json("show", conflict)["partner"], "sankt-a")
        self.b.command("quarantine", "release", conflict)
        self.wait(lambda: self.pacs.datasets()[next(iter(uids))] == dataset_bytes(file), what="the released version")
        self.b.stop()
        self.rename_partner_of(self.b, "sankt-a", "klinikum-a")
        self.b.start()

    def test_words_that_do_not_exist_and_what_commands_say(self):
        said = self.expect_exit(self.a, USAGE, "list", "--state", "nonsense")
        self.assertIn("quarantined", said)
        self.expect_exit(self.a, USAGE, "list", "--kind", "mails", "--state", "sealed")
        self.expect_exit(self.a, USAGE, "list", "--kind", "nonsense")
        partner = next(iter(self.a.settings["partners"]))
        self.assertIn("its mail server is tried at once", self.a.command("retry", "--partner", partner).stdout)
        self.assertIn("the PACS is tried at once", self.a.command("retry", "--pacs", "main").stdout)
        self.a.command("hold", "--pacs", "main")
        self.assertIn("no longer held", self.a.command("release", "--pacs", "main").stdout)


if __name__ == "__main__":
    main()
