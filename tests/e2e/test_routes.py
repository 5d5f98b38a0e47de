#!/usr/bin/python3
"""Routes, releases, priorities and profiles, seen from the partners' mailboxes."""

import contextlib
import sqlite3

import rig  # noqa: F401
import mails
from harness import (ADDRESSES, Directory, E2eTest, Keys, TEST_FILES, dataset_bytes, dataset_of, identity, main,
                     make_study, store_statuses, storescu)

A, B, C = ADDRESSES["a"], ADDRESSES["b"], ADDRESSES["c"]


def rule(name, when, *partners, **more):
    return {"name": name, "when": when, "send_to": list(partners), **more}


class RoutesTest(E2eTest):
    def hospitals_with(self, rules, quiet_period="1s", start="a", unrouted="hold", **profile):
        """A with these rules, partners B and C; B's and C's mails stay in their mailboxes unless B is started."""
        hospitals = self.two_hospitals(start="")
        c = Keys(hospitals.directory / "keys", "c")
        settings = hospitals.a.settings
        settings["partners"]["klinikum-c"] = hospitals.partner(C, c.public, c.fingerprint)
        settings["partners"]["klinikum-b"]["profile"].update(profile)
        settings["routes"]["outbound"] = rules
        settings["routes"]["unrouted"] = unrouted
        settings["dicom"]["quiet_period"] = quiet_period
        for name in start:
            getattr(hospitals, name).start()
        return hospitals

    def study(self, slices=2, size=4096, **options):
        return make_study(self.enterContext(Directory()), slices, size, **options)


class Partners(RoutesTest):
    def test_every_matching_rule_adds_its_partners_and_final_stops(self):
        hospitals = self.hospitals_with([
            rule("private", {"called_ae": ["ONLY_C"]}, "klinikum-c", final=True),
            rule("ct", {"modality": ["CT"]}, "klinikum-b"),
            rule("spine", {"study_description": ["~[Ww]irbel"]}, "klinikum-c", "klinikum-b"),
            rule("from-ward", {"calling_ae": ["PACS_A"], "called_ae": ["WARD"]}, "klinikum-c"),
        ])
        port = hospitals.a.port
        storescu(self.study(2, seed=1), port, called="ANY")                                     # B 2
        storescu(self.study(3, seed=2, description="Halswirbelsaeule"), port, called="ANY")     # B 3, C 3
        storescu(self.study(1, seed=3), port, called="ONLY_C")                                  # C 1
        storescu(self.study(1, seed=4, modality="MR"), port, called="WARD")                     # C 1
        hospitals.a.wait_for("shipment-sent", 5)
        self.assertEqual(len(hospitals.servers.wait_for(B, 5)), 5)
        self.assertEqual(len(hospitals.servers.wait_for(C, 5)), 5)

    def test_a_file_that_no_rule_wants_is_held(self):
        hospitals = self.hospitals_with([rule("ct", {"called_ae": ["TO_B"], "modality": ["CT"]}, "klinikum-b")])
        self.assertIn("Success", storescu([TEST_FILES / "MR_small.dcm"], hospitals.a.port))
        held = hospitals.a.wait_for("instance-held")[0]["instance"]
        self.assertEqual(hospitals.a.counts()["instances_out"]["held"], 1)
        hospitals.a.stop()
        hospitals.a.settings["routes"]["outbound"].append(rule("mr", {"modality": ["MR"]}, "klinikum-b"))
        hospitals.a.start()
        hospitals.a.command("quarantine", "release", held)
        hospitals.a.wait_for("shipment-sent")
        self.assertEqual(len(hospitals.servers.wait_for(B, 1)), 1)

    def test_a_file_that_no_rule_wants_is_rejected(self):
        hospitals = self.hospitals_with([rule("ct", {"called_ae": ["TO_B"], "modality": ["CT"]}, "klinikum-b")],
                                        unrouted="reject")
        files = [TEST_FILES / "MR_small.dcm", TEST_FILES / "CT_small.dcm"]
        statuses = store_statuses(storescu(files, hospitals.a.port, check=False))
        self.assertEqual(statuses[str(files[1])], "Success")
        self.assertRegex(statuses[str(files[0])], "^Error")
        refused = hospitals.a.wait_for("instance-refused")[0]
        self.assertEqual((refused["status"], refused["error"]), ("A900", "no-route"))
        self.assertEqual(hospitals.a.counts()["instances_out"]["routed"], 1)


class Shipments(RoutesTest):
    def test_release_instance_does_not_wait(self):
        hospitals = self.hospitals_with([rule("stroke", {"called_ae": ["STROKE"]}, "klinikum-b", release="instance",
                                              priority="emergency")], quiet_period="1h")
        storescu(self.study(3), hospitals.a.port, called="STROKE")
        received = [mails.parse(mail) for mail in hospitals.servers.wait_for(B, 3)]
        self.assertEqual({(m["X-TELEMEDICINE-SETPART"], m["X-TELEMEDICINE-SETTOTAL"]) for m in received}, {("1", "1")})
        self.assertEqual(len({m["X-TELEMEDICINE-SETID"] for m in received}), 3)

    def test_late_instances_make_a_supplementary_shipment(self):
        hospitals = self.hospitals_with([rule("all", {"called_ae": ["TO_B"]}, "klinikum-b")])
        files = self.study(5)
        storescu(files[:3], hospitals.a.port)
        hospitals.a.wait_for("shipment-sent", 1)
        storescu(files[3:], hospitals.a.port)
        hospitals.a.wait_for("shipment-sent", 2)
        received = [mails.parse(mail) for mail in hospitals.servers.wait_for(B, 5)]
        sets = {}
        for mail in received:
            sets.setdefault((mail["X-TELEMEDICINE-SETID"], mail["X-TELEMEDICINE-SETTOTAL"]), []).append(
                mail["X-TELEMEDICINE-SETPART"])
        self.assertEqual(sorted((total, sorted(parts)) for (_, total), parts in sets.items()),
                         [("2", ["1", "2"]), ("3", ["1", "2", "3"])])

    def test_one_study_in_two_associations_is_one_shipment(self):
        hospitals = self.hospitals_with([rule("all", {"called_ae": ["TO_B"]}, "klinikum-b")], quiet_period="3s")
        files = self.study(4)
        storescu(files[:2], hospitals.a.port)
        storescu(files[2:] + files[:1], hospitals.a.port)  # and one of them twice
        hospitals.a.wait_for("shipment-sent", 1)
        received = [mails.parse(mail) for mail in hospitals.servers.wait_for(B, 4)]
        self.assertEqual({m["X-TELEMEDICINE-SETTOTAL"] for m in received}, {"4"})

    def test_emergencies_overtake(self):
        hospitals = self.hospitals_with([
            rule("stroke", {"called_ae": ["STROKE"]}, "klinikum-b", priority="emergency", release="instance"),
            rule("all", {"called_ae": ["TO_B"]}, "klinikum-b")], start="")
        hospitals.a.settings["mailboxes"]["main"]["smtp"]["connections"] = 1
        hospitals.a.start()
        hospitals.servers.stop_postfix()
        storescu(self.study(20), hospitals.a.port)
        hospitals.a.wait_for("smtp-unavailable")  # few of them are sealed until the server is back
        storescu(self.study(2, seed=9), hospitals.a.port, called="STROKE")
        shipments = [event["shipments"] for event in hospitals.a.wait_for("instance-received", 2, called_ae="STROKE")]
        urgent = {hospitals.a.wait_for("message-sealed", shipment=shipment)[0]["message"] for shipment in shipments}
        hospitals.servers.start_postfix()
        sent = [event["message"] for event in hospitals.a.wait_for("message-sent", 22)]
        self.assertLessEqual(max(sent.index(message) for message in urgent), 3, sent)

    def test_several_instances_a_message(self):
        hospitals = self.hospitals_with([rule("all", {"called_ae": ["TO_B"]}, "klinikum-b")],
                                        instances_per_message=4, start="ab")
        files = self.study(10)
        storescu(files, hospitals.a.port)
        self.wait(lambda: hospitals.pacs_b.count() == 10, 30, "all files in the PACS")
        closed = hospitals.a.events("shipment-closed")[0]
        self.assertEqual((closed["instances"], closed["messages"]), ("10", "3"))
        self.assert_same_datasets(hospitals.pacs_b.datasets(),
                                  {identity(f).sop_instance: dataset_bytes(f) for f in files})

    def test_max_message_size_bounds_a_message_of_several(self):
        hospitals = self.hospitals_with([rule("all", {"called_ae": ["TO_B"]}, "klinikum-b")],
                                        instances_per_message=100, max_message_size="400KB")
        storescu(self.study(6, size=100_352), hospitals.a.port)
        hospitals.a.wait_for("shipment-sent", 1)
        sealed = hospitals.a.events("message-sealed")
        self.assertGreater(len(sealed), 1)
        self.assertLess(len(sealed), 6)
        arrived = hospitals.servers.wait_for(B, len(sealed))
        self.assertLessEqual(max(len(mail) for mail in arrived), 400_000)


class Profiles(RoutesTest):
    """How the mails of each profile look to GnuPG, and that gateway B reads them all."""

    PROFILES = [{"signing": "encapsulated"}, {"inner_encoding": "binary"}, {"compression": "zip"},
                {"compression": "zlib"}, {"compression": "bzip2"}, {"integrity": "ocb"}, {"subject": "Bilder unterwegs"},
                {"signing": "encapsulated", "inner_encoding": "binary", "compression": "zlib"}]

    def test_profiles(self):
        hospitals = self.hospitals_with([rule("all", {"called_ae": ["TO_B"]}, "klinikum-b")], start="")
        gpg, files = hospitals.gnupg("b"), []
        for number, profile in enumerate(self.PROFILES):
            with self.subTest(profile):
                hospitals.a.settings["partners"]["klinikum-b"]["profile"] = {"receipts": "none", **profile}
                hospitals.a.start()
                files += self.study(1, seed=50 + number)
                storescu(files[-1:], hospitals.a.port)
                mail = hospitals.servers.wait_for(B, number + 1)[-1]
                hospitals.a.stop()
                self.check(mails.parse(mail), files[-1], profile, gpg, hospitals.keys["a"].fingerprint)
        hospitals.b.start()
        self.wait(lambda: hospitals.pacs_b.datasets() == {identity(f).sop_instance: dataset_bytes(f) for f in files},
                  30, "all files in the PACS")

    def check(self, mail, file, profile, gpg, fingerprint):
        self.assertEqual(mail["Subject"], profile.get("subject", "DICOM-eMail"))
        armor = mails.armor_of(mail)
        opened, signers = gpg.open(armor)
        if profile.get("signing") == "encapsulated":
            self.assertEqual(mails.parse(opened).get_content_type(), "multipart/signed")
            signed, signature = mails.signed_parts(opened)
            signers = gpg.verify_detached(signed, signature)
        self.assertEqual(signers, [fingerprint.replace(" ", "")])
        # What is signed by itself must be 7bit: encapsulated signing always takes base64.
        if profile.get("inner_encoding") == "binary" and profile.get("signing") != "encapsulated":
            self.assertTrue(dataset_bytes(file) in opened)
        else:
            self.assertTrue([dataset_of(part) for part in mails.dicom_parts(opened)] == [dataset_bytes(file)])
        algorithm = {"zip": "algo=1", "zlib": "algo=2", "bzip2": "algo=3"}.get(profile.get("compression"))
        packets = gpg.run("--list-packets", data=armor).stdout.decode(errors="replace")
        self.assertEqual(algorithm is not None, ":compressed packet:" in packets)
        self.assertIn(":aead encrypted packet:" if profile.get("integrity") == "ocb" else "mdc_method: 2", packets)
        if algorithm:
            self.assertIn(f":compressed packet: {algorithm}", packets)


class Mailbox(RoutesTest):
    """What becomes of the mails in hospital B's mailbox, and how it learns of them."""

    def send(self, hospitals, seed):
        files = self.study(2, seed=seed)
        storescu(files, hospitals.a.port)
        uids = {identity(file).sop_instance for file in files}
        self.wait(lambda: uids <= set(hospitals.pacs_b.datasets()), 30, "the files in the PACS")

    def mailbox_b(self, **imap):
        hospitals = self.two_hospitals(start="")
        hospitals.b.settings["mailboxes"]["main"]["imap"].update(imap)
        hospitals.a.start()
        hospitals.b.start()
        return hospitals

    def test_kept_mails_are_fetched_once(self):
        hospitals = self.mailbox_b(after_accept="keep")
        self.send(hospitals, 1)
        hospitals.b.stop()
        # Known as still there: others would be downloaded again at each look into the mailbox.
        with contextlib.closing(sqlite3.connect(hospitals.b.state / "ledger.db")) as ledger:
            self.assertEqual(ledger.execute("SELECT COUNT(*) FROM mail WHERE on_server = 1").fetchone(), (2,))
        hospitals.b.start()
        self.send(hospitals, 2)
        self.assertEqual(hospitals.servers.count(B), 4)
        self.assertEqual(len(hospitals.b.events("mail-fetched")), 4)

    def test_moved_mails_lie_in_the_other_folder(self):
        hospitals = self.mailbox_b(after_accept={"move": "Archive"})
        self.send(hospitals, 1)
        self.wait(lambda: hospitals.servers.count(B) == 0, 30, "an empty INBOX")
        self.assertEqual(hospitals.servers.count(B, "Archive"), 2)

    def test_polling_without_idle(self):
        hospitals = self.mailbox_b(idle=False, poll_interval="1s")
        self.assertEqual(hospitals.b.wait_for("mailbox-connected")[0]["idle"], "no")
        self.send(hospitals, 1)

    def test_idle_tells_of_a_mail_long_before_the_poll(self):
        hospitals = self.mailbox_b(poll_interval="1h")
        self.send(hospitals, 1)
        self.send(hospitals, 2)


if __name__ == "__main__":
    main()
