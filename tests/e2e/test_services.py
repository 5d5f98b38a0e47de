#!/usr/bin/python3
"""A service that answers: a study leaves without its patient, and the results come back to the patient.

Hospital A asks, and its PACS is an Orthanc. Behind hospital B's gateway is the service: it gets the study by mail, writes
a report (SR) and a secondary capture with DCMTK's tools, and sends them back through B.
"""

import io
import pathlib
import subprocess

import pydicom
import rig  # noqa: F401
from documents import jpeg
from harness import Directory, E2eTest, Orthanc, StoreScp, TwoHospitals, main, make_study, storescu

SR, SECONDARY_CAPTURE = "1.2.840.10008.5.1.4.1.1.88.11", "1.2.840.10008.5.1.4.1.1.7"
REPORT = """<?xml version="1.0" encoding="UTF-8"?>
<report type="Basic Text SR">
  <sopclass uid="{sr}"/>
  <charset>UTF-8</charset>
  <modality>SR</modality>
  <manufacturer>A made service</manufacturer>
  <patient><id>{image.PatientID}</id><name><last>{image.PatientName}</last></name></patient>
  <study uid="{image.StudyInstanceUID}"/>
  <series uid="{uid}.1"><number>99</number></series>
  <instance uid="{uid}.2"><number>1</number></instance>
  <evidence type="Current Requested Procedure">
    <study uid="{image.StudyInstanceUID}">
      <series uid="{image.SeriesInstanceUID}">
        <value><sopclass uid="{image.SOPClassUID}"/><instance uid="{image.SOPInstanceUID}"/></value>
      </series>
    </study>
  </evidence>
  <document>
    <preliminary flag="FINAL"/><completion flag="COMPLETE"/><verification flag="UNVERIFIED"/>
    <content>
      <date>20261130</date>
      <time>101500</time>
      <container flag="SEPARATE">
        <concept><value>11528-7</value><scheme><designator>LN</designator></scheme><meaning>Radiology Report</meaning>
        </concept>
        <text>
          <relationship>CONTAINS</relationship>
          <concept><value>121071</value><scheme><designator>DCM</designator></scheme><meaning>Finding</meaning></concept>
          <value>No stroke.</value>
        </text>
      </container>
    </content>
  </document>
</report>
"""


class MadeService:
    """Writes results about an image that it got."""

    def __init__(self, directory):
        self.directory = pathlib.Path(directory)
        self.directory.mkdir()

    def report(self, image):
        xml, file = self.directory / "report.xml", self.directory / "report.dcm"
        xml.write_text(REPORT.format(sr=SR, image=image, uid=pydicom.uid.generate_uid()[:56]))
        subprocess.run(["xml2dsr", xml, file], check=True, capture_output=True)
        return file

    def capture(self, image_file):
        file = self.directory / "capture.dcm"
        jpeg(self.directory)
        subprocess.run(["img2dcm", "-stf", image_file, self.directory / "image.jpg", file], check=True,
                       capture_output=True)
        return file


class Services(E2eTest):
    @classmethod
    def setUpClass(cls):
        cls.directory = cls.enterClassContext(Directory())
        cls.secret = cls.directory / "secret"
        cls.secret.write_text("the secret of the service\n")
        cls.secret.chmod(0o600)
        cls.orthanc = cls.enterClassContext(Orthanc(cls.directory / "orthanc", ae_title="PACS_A"))
        cls.hospitals = cls.enterClassContext(TwoHospitals(StoreScp, change_a=cls.change, pacs_a=cls.orthanc))
        cls.service = MadeService(cls.directory / "service")

    @classmethod
    def change(cls, settings):
        settings["services"] = {
            "ai-stroke": {"partner": "klinikum-b", "result_within": "20m", "match": "study"},
            "ai-slow": {"partner": "klinikum-b", "result_within": "1s", "match": "reference"}}
        deidentify = {"profile": "basic", "secret_file": str(cls.secret)}
        for name in ("ai-stroke", "ai-slow"):
            settings["routes"]["outbound"].append({"name": f"to-{name}", "when": {"called_ae": [name.upper()]},
                                                   "send_to": [name], "deidentify": deidentify})
        settings["routes"]["inbound"].insert(0, {
            "name": "ai-results", "when": {"service": ["ai-stroke", "ai-slow"]}, "forward_to": ["main"],
            "reidentify": True, "final": True})
        settings["routes"]["inbound"][1]["when"] = {"partner": ["klinikum-b"], "Modality": ["CT"]}

    def ask(self, seed, called):
        """Sends a study to the service. Returns the original and the file that the service gets."""
        before = set(self.hospitals.pacs_b.files())
        file = make_study(self.directory / f"study-{seed}", 1, 2048, seed=seed)[0]
        storescu([file], self.hospitals.a.port, called=called)
        self.wait(lambda: len(self.hospitals.pacs_b.files()) > len(before), what="the study at the service")
        return pydicom.dcmread(file), (set(self.hospitals.pacs_b.files()) - before).pop()

    def answer(self, files):
        storescu(files, self.hospitals.b.port, called="TO_A", calling="PACS_B")

    def in_orthanc(self, count):
        self.wait(lambda: self.orthanc.count() == count, what=f"{count} instances in Orthanc")
        return [pydicom.dcmread(io.BytesIO(self.orthanc.file(one))) for one in self.orthanc.instances().values()]

    def figures(self, name):
        return next(one for one in self.hospitals.a.json("services") if one["name"] == name)

    def assert_of_patient(self, result, original):
        for keyword in ("PatientID", "PatientName", "PatientBirthDate", "StudyInstanceUID", "StudyDate"):
            self.assertEqual(str(result[keyword].value), str(original[keyword].value), keyword)
        self.assertNotIn("PatientIdentityRemoved", result)

    def test_results_come_back_to_the_patient(self):
        there, before = self.orthanc.count(), self.figures("ai-stroke")
        original, received = self.ask(81, "AI-STROKE")
        pseudonym = pydicom.dcmread(received)
        self.assertNotEqual(pseudonym.PatientID, original.PatientID)
        self.assertEqual(self.figures("ai-stroke")["open"], before["open"] + 1)
        files = [self.service.report(pseudonym), self.service.capture(received)]
        self.answer(files)
        results = {one.SOPClassUID: one for one in self.in_orthanc(there + 2)
                   if one.StudyInstanceUID == original.StudyInstanceUID}
        for result in (results[SR], results[SECONDARY_CAPTURE]):
            self.assert_of_patient(result, original)
        evidence = results[SR].CurrentRequestedProcedureEvidenceSequence[0]
        series = evidence.ReferencedSeriesSequence[0]
        self.assertEqual(evidence.StudyInstanceUID, original.StudyInstanceUID)
        self.assertEqual(series.SeriesInstanceUID, original.SeriesInstanceUID)
        self.assertEqual(series.ReferencedSOPSequence[0].ReferencedSOPInstanceUID, original.SOPInstanceUID)
        self.assertEqual(results[SR].SOPInstanceUID, pydicom.dcmread(files[0]).SOPInstanceUID)
        self.assertEqual(results[SR].ContentSequence[0].TextValue, "No stroke.")
        figures = self.figures("ai-stroke")
        self.assertEqual((figures["open"], figures["answered"], figures["results"]),
                         (before["open"], before["answered"] + 1, before["results"] + 2))
        self.assertGreater(figures["median_turnaround_ms"], 0)
        self.assertIn("ai-stroke", self.hospitals.a.command("services").stdout)

    def test_a_late_result_is_an_alarm_and_is_taken_all_the_same(self):
        there = self.orthanc.count()
        original, received = self.ask(82, "AI-SLOW")
        late = self.hospitals.a.wait_for("service-result-late")[-1]
        self.assertEqual((late["service"], late["partner"], late["level"]), ("ai-slow", "klinikum-b", "error"))
        self.assertEqual(self.figures("ai-slow")["late"], 1)
        self.answer([self.service.report(pydicom.dcmread(received))])
        self.in_orthanc(there + 1)
        event = self.hospitals.a.events("service-result-received", service="ai-slow")[-1]
        self.assertEqual(event["shipments"], late["shipment"])
        self.assertEqual(len(self.hospitals.a.events("service-result-late", shipment=late["shipment"])), 1)
        self.assertEqual(self.figures("ai-slow")["late"], 0)
        self.assertTrue(original.PatientID)

    def test_a_result_that_names_another_patient_is_held(self):
        there = self.orthanc.count()
        _, received = self.ask(83, "AI-STROKE")
        image = pydicom.dcmread(received)
        image.PatientID = "SOMEBODY-ELSE"
        self.answer([self.service.report(image)])
        failed = self.hospitals.a.wait_for("delivery-failed", error="reidentify-unknown")[-1]
        self.assertNotIn("SOMEBODY", str(failed))
        self.assertEqual(self.orthanc.count(), there)

    def test_what_was_sent_does_not_come_back_in_place_of_its_original(self):
        there = self.orthanc.count()
        before = len(self.hospitals.a.events("delivery-failed"))
        _, received = self.ask(84, "AI-STROKE")
        self.answer([received])
        failed = self.hospitals.a.wait_for("delivery-failed", before + 1)[-1]
        self.assertEqual(failed["error"], "reidentify-unknown")
        self.assertEqual(self.orthanc.count(), there)


if __name__ == "__main__":
    main()
