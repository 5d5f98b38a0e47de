#!/usr/bin/python3
"""Rules that change attributes, from one hospital's modality to the other hospital's Orthanc."""

import copy
import io
import sqlite3

import pydicom

import rig  # noqa: F401
from harness import Directory, E2eTest, Orthanc, TwoHospitals, identity, main, make_study, storescu


class Edits(E2eTest):
    @classmethod
    def setUpClass(cls):
        cls.directory = cls.enterClassContext(Directory())
        cls.hospitals = cls.enterClassContext(TwoHospitals(Orthanc, change_a=cls.outbound, change_b=cls.inbound))

    @staticmethod
    def outbound(settings):
        rule = settings["routes"]["outbound"][0]
        rule["edit"] = [{"set": {"InstitutionName": "Klinikum A"}}, {"remove": ["StudyDescription"]},
                        {"new_uids": ["SeriesInstanceUID"]}]
        rule["original_attributes"] = False
        settings["routes"]["outbound"].append(
            {"name": "too-long", "when": {"called_ae": ["TOO_LONG"]}, "send_to": ["klinikum-b"],
             "edit": [{"prefix": {"StationName": "KLINIKUM-A-"}}]})
        settings["dicom"]["quiet_period"] = "1s"

    @staticmethod
    def inbound(settings):
        settings["routes"]["inbound"][0]["edit"] = [{"set": {"IssuerOfPatientID": "KLINIKUM_A"}},
                                                    {"prefix": {"PatientID": "KA-"}}]

    def study(self, seed):
        return make_study(self.directory / str(seed), 2, 4096, seed=seed)

    def arrived(self, files):
        """The data sets in Orthanc by SOP Instance UID."""
        wanted = {identity(file).sop_instance: file for file in files}
        orthanc = self.hospitals.pacs_b
        self.wait(lambda: set(wanted) <= set(orthanc.instances()), what="all instances in Orthanc")
        return {uid: (pydicom.dcmread(wanted[uid]), pydicom.dcmread(io.BytesIO(orthanc.file(orthanc.instances()[uid]))))
                for uid in wanted}

    def test_each_gateway_makes_its_own_changes_and_nothing_else_differs(self):
        files = self.study(1)
        storescu(files, self.hospitals.a.port)
        series = set()
        for sent, came in self.arrived(files).values():
            self.assertEqual(came.InstitutionName, "Klinikum A")
            self.assertNotIn("StudyDescription", came)
            self.assertTrue(came.SeriesInstanceUID.startswith("2.25."))
            self.assertEqual((came.PatientID, came.IssuerOfPatientID), ("KA-" + sent.PatientID, "KLINIKUM_A"))
            series.add(came.SeriesInstanceUID)
            item = came.OriginalAttributesSequence[0]
            self.assertEqual(len(came.OriginalAttributesSequence), 1)
            self.assertEqual((item.ModifyingSystem, item.SourceOfPreviousValues, item.ReasonForTheAttributeModification),
                             ("klinikum-b", "klinikum-a", "COERCE"))
            before = item.ModifiedAttributesSequence[0]
            self.assertEqual((before.PatientID, before.IssuerOfPatientID), (sent.PatientID, ""))
            changed = {"InstitutionName", "StudyDescription", "SeriesInstanceUID", "PatientID", "IssuerOfPatientID",
                       "OriginalAttributesSequence"}
            for element in sent:
                if element.keyword not in changed:
                    self.assertEqual(came[element.tag], element)
        self.assertEqual(len(series), 1)

    def test_the_ledger_knows_which_uid_stands_for_which(self):
        files = self.study(2)
        storescu(files, self.hospitals.a.port)
        sent, came = next(iter(self.arrived(files).values()))
        ledger = sqlite3.connect(f"file:{self.hospitals.a.directory / 'state' / 'ledger.db'}?mode=ro", uri=True)
        with ledger:
            rows = ledger.execute("SELECT kind, old_value, partner FROM replaced_identifier WHERE new_value = ?",
                                  (came.SeriesInstanceUID,)).fetchall()
        ledger.close()
        self.assertEqual(rows, [("uid", sent.SeriesInstanceUID, "klinikum-b")])

    def test_what_cannot_be_changed_does_not_leave(self):
        files = self.study(3)
        for file in files:
            data = pydicom.dcmread(file)
            data.StationName = "STATION1"
            data.save_as(file)
        storescu(files, self.hospitals.a.port, called="TOO_LONG")
        failed = self.hospitals.a.wait_for("message-failed", len(files))
        self.assertEqual({event["error"] for event in failed}, {"transform-failed"})
        self.assertNotIn("STATION1", self.hospitals.a.text())
        self.assertFalse({identity(file).sop_instance for file in files} & set(self.hospitals.pacs_b.instances()))

    def test_a_person_sends_a_file_beside_rules_that_change(self):
        file = self.study(6)[0]
        self.hospitals.a.command("send", "--to", "klinikum-b", file)
        sent, came = next(iter(self.arrived([file]).values()))
        self.assertEqual((came.InstitutionName, came.SeriesInstanceUID), (sent.InstitutionName, sent.SeriesInstanceUID))

    def test_the_rule_is_gone_while_its_study_waits(self):
        a, files = self.hospitals.a, self.study(7)
        before = copy.deepcopy(a.settings)
        failed = len(a.events("message-failed"))
        try:
            self.restart(dicom={**before["dicom"], "quiet_period": "10s"})
            storescu(files, a.port)
            self.restart(routes={"outbound": [{"name": "renamed", "when": {"called_ae": ["TO_B"]},
                                               "send_to": ["klinikum-b"]}]}, dicom=before["dicom"])
            events = a.wait_for("message-failed", failed + len(files))[failed:]
            self.assertEqual({event["error"] for event in events}, {"transform-failed"})
            self.assertFalse({identity(file).sop_instance for file in files} & set(self.hospitals.pacs_b.instances()))
        finally:
            self.restart(**before)

    def restart(self, **sections):
        self.hospitals.a.stop()
        self.hospitals.a.settings.update(sections)
        self.hospitals.a.start()

    def test_explain_shows_each_attribute_before_and_after(self):
        file = self.study(4)[0]
        explained = self.hospitals.a.json("explain", file, "--called", "TO_B")
        target = [part for part in explained[0]["contains"] if part["title"] == "to partner klinikum-b"][0]
        changes = target["contains"][0]
        data = pydicom.dcmread(file)
        self.assertEqual(changes["InstitutionName"], f"'{data.InstitutionName}' -> 'Klinikum A'")
        self.assertEqual(changes["StudyDescription"], f"'{data.StudyDescription}' -> nothing")
        self.assertRegex(changes["SeriesInstanceUID"], f"^'{data.SeriesInstanceUID}' -> '2[.]25[.]")
        self.assertEqual(set(changes), {"title", "InstitutionName", "StudyDescription", "SeriesInstanceUID"})

    def test_explain_says_what_would_be_held(self):
        file = self.study(5)[0]
        data = pydicom.dcmread(file)
        data.StationName = "STATION1"
        data.save_as(file)
        explained = self.hospitals.a.json("explain", file, "--called", "TOO_LONG")
        target = [part for part in explained[0]["contains"] if part["title"] == "to partner klinikum-b"][0]
        self.assertRegex(target["fails"], "^transform-failed: StationName")


if __name__ == "__main__":
    main()
