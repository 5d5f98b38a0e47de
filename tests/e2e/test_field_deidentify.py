#!/usr/bin/python3
"""Studies that leave without their patients: what arrives at the partner, and what must not leave."""

import subprocess

import pydicom
import rig  # noqa: F401
from harness import ADDRESSES, Directory, E2eTest, StoreScp, TwoHospitals, identity, main, make_study, storescu
from patient_traces import Traces, values
from test_privacy import telling_study

A, B = ADDRESSES["a"], ADDRESSES["b"]
CT, SECONDARY_CAPTURE = "1.2.840.10008.5.1.4.1.1.2", "1.2.840.10008.5.1.4.1.1.7"


class Deidentified(E2eTest):
    @classmethod
    def setUpClass(cls):
        cls.directory = cls.enterClassContext(Directory())
        for name in ("one", "two"):
            (cls.directory / name).write_text(f"the secret of project {name}\n")
            (cls.directory / name).chmod(0o600)
        cls.hospitals = cls.enterClassContext(TwoHospitals(StoreScp, change_a=cls.change))

    @classmethod
    def change(cls, settings):
        for name, options in (("one", {}), ("two", {"options": ["retain-longitudinal-modified-dates"]})):
            settings["routes"]["outbound"].append({
                "name": name, "when": {"called_ae": [name.upper()]}, "send_to": ["klinikum-b"],
                "deidentify": {"profile": "basic", "secret_file": str(cls.directory / name), **options}})

    def arrive(self, files, called):
        """The copies at the far PACS, in the order of their Instance Numbers."""
        before = set(self.hospitals.pacs_b.files())
        done = len(self.hospitals.b.events("delivery-done"))
        storescu(files, self.hospitals.a.port, called=called)
        self.hospitals.b.wait_for("delivery-done", done + len(files))
        return sorted(set(self.hospitals.pacs_b.files()) - before, key=lambda f: pydicom.dcmread(f).InstanceNumber)

    def test_nothing_of_the_patient_arrives_and_the_study_stays_one(self):
        files = telling_study(self.directory / "telling", 2, seed=71)
        copies = self.arrive(files, "ONE")
        traces = Traces(set().union(*(values(f) for f in files)) - {"Schädel nativ 71"})
        for copy in copies:
            self.assertIsNone(traces.in_bytes(copy.read_bytes()), copy)
        first, second = (pydicom.dcmread(copy) for copy in copies)
        self.assertEqual(first.PatientIdentityRemoved, "YES")
        self.assertEqual(first.DeidentificationMethodCodeSequence[0].CodeValue, "113100")
        self.assertEqual(first.StudyInstanceUID, second.StudyInstanceUID)
        self.assertEqual(first.PatientID, second.PatientID)
        self.assertNotEqual(first.SOPInstanceUID, second.SOPInstanceUID)
        self.assertEqual([pydicom.dcmread(f).PixelData for f in files], [first.PixelData, second.PixelData])

    def test_two_projects_cannot_compare_their_patients(self):
        file = make_study(self.directory / "both", 1, 2048, seed=72)
        one, two = (pydicom.dcmread(self.arrive(file, called)[0]) for called in ("ONE", "TWO"))
        self.assertNotEqual(one.PatientID, two.PatientID)
        self.assertNotEqual(one.StudyInstanceUID, two.StudyInstanceUID)
        self.assertEqual(one.StudyDate, "")
        self.assertLess(two.StudyDate, pydicom.dcmread(file[0]).StudyDate)

    def test_the_same_study_still_leaves_as_it_is_by_another_rule(self):
        file = make_study(self.directory / "plain", 1, 2048, seed=73)
        self.assertEqual(identity(self.arrive(file, "TO_B")[0]), identity(file[0]))

    def test_an_image_with_burned_in_text_does_not_leave(self):
        file = make_study(self.directory / "burned", 1, 2048, seed=74)[0]
        ds = pydicom.dcmread(file)
        ds.SOPClassUID = ds.file_meta.MediaStorageSOPClassUID = SECONDARY_CAPTURE
        ds.save_as(file, write_like_original=False)
        before = len(self.hospitals.pacs_b.files())
        storescu([file], self.hospitals.a.port, called="ONE")
        event = self.hospitals.a.wait_for("message-failed")[-1]
        self.assertEqual(event["error"], "deidentify-burned-in")
        self.assertEqual(event["level"], "error")
        self.assertEqual(len(self.hospitals.pacs_b.files()), before)

    def test_the_copies_pass_the_checks_of_dicom3tools(self):
        file = make_study(self.directory / "valid", 1, 2048, seed=75)[0]
        copy = self.arrive([file], "ONE")[0]
        old, new = (subprocess.run(["dciodvfy", "-new", f], capture_output=True, text=True, check=False).stderr
                    for f in (file, copy))
        errors = {line.split(" = ")[0] for line in new.splitlines() if line.startswith("Error")}
        self.assertEqual(errors - {line.split(" = ")[0] for line in old.splitlines()}, set())


if __name__ == "__main__":
    main()
