#!/usr/bin/python3
"""When what a rule collects leaves: skip rules, series, associations, counts of the sender's archive, markers, sizes.

No rule here ends a study by silence where a test waits for something else: the quiet period is an hour then.
"""

import contextlib
import socket

import pydicom

import rig  # noqa: F401
from harness import Directory, E2eTest, NoPacs, Orthanc, StoreScp, main, make_study, storescu

KEY_OBJECTS = "1.2.840.10008.5.1.4.1.1.88.59"
DOSE_REPORT = "1.2.840.10008.5.1.4.1.1.88.67"


def changed(files, **attributes):
    """The files, with these attributes in each of them."""
    for file in files:
        data = pydicom.dcmread(file)
        for keyword, value in attributes.items():
            setattr(data, keyword, value)
        data.file_meta.MediaStorageSOPClassUID = data.SOPClassUID
        data.save_as(file)
    return files


class SilentPacs:
    """A host that takes connections, and never says a word."""

    def __init__(self):
        self.ae_title = "SILENT"
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]

    def close(self):
        self._socket.close()


class ReleaseTest(E2eTest):
    def gateway_with(self, *rules, quiet_period="1h", pacs=None, **pacs_options):
        """Gateway A with these rules to partner B, whose gateway does not run."""
        hospitals = self.two_hospitals(start="")
        settings = hospitals.a.settings
        settings["dicom"].update(quiet_period=quiet_period)
        settings["routes"]["outbound"] = [{"send_to": ["klinikum-b"], **rule} if "skip" not in rule else rule
                                          for rule in rules]
        if pacs:
            settings["pacs"]["archive"] = {"ae_title": pacs.ae_title, "host": "127.0.0.1", "port": pacs.port,
                                           **pacs_options}
        hospitals.a.start()
        return hospitals.a

    def study(self, slices=2, **options):
        return make_study(self.enterContext(Directory()), slices, 4096, **options)


class Skips(ReleaseTest):
    def test_what_a_rule_skips_goes_to_nobody_and_nobody_is_alarmed(self):
        a = self.gateway_with({"name": "copies", "when": {"called_ae": ["COPY"]}},
                              {"name": "no-dose", "when": {"SOPClassUID": DOSE_REPORT}, "skip": True},
                              {"name": "all"}, quiet_period="1s")
        dose = changed(self.study(1, seed=1), SOPClassUID=DOSE_REPORT)
        self.assertIn("Success", storescu(dose, a.port))
        skipped = a.wait_for("instance-skipped")[0]
        self.assertEqual((skipped["rule"], skipped["calling_ae"], skipped["called_ae"]), ("no-dose", "PACS_A", "TO_B"))
        self.assertEqual(a.json("show", skipped["instance"])["state"], "dropped")
        self.assertEqual(a.counts()["instances_out"]["dropped"], 1)
        storescu(self.study(2, seed=2), a.port)
        self.assertEqual(a.wait_for("shipment-closed")[0]["instances"], "2")
        storescu(changed(self.study(1, seed=3), SOPClassUID=DOSE_REPORT), a.port, called="COPY")
        self.assertEqual(a.wait_for("shipment-closed", 2)[1]["instances"], "1")
        self.assertEqual(a.events("instance-held"), [])
        self.assertEqual(len(a.events("instance-skipped")), 1, "a rule before it had named a partner")
        self.assertEqual(list((a.directory / "state" / "spool" / "work").iterdir()), [])
        shown = a.command("explain", dose[0], "--called", "TO_B").stdout
        self.assertIn("nobody: rule no-dose skips it", shown)


class Series(ReleaseTest):
    def test_each_series_leaves_by_itself(self):
        a = self.gateway_with({"name": "r", "release": "series", "complete": {"by": "association", "grace": "0s"}})
        files = self.study(5)
        series = pydicom.dcmread(files[0]).SeriesInstanceUID
        changed(files[:2], SeriesInstanceUID=series + ".9")
        storescu(files, a.port)
        closed = a.wait_for("shipment-closed", 2)
        self.assertEqual(sorted(event["instances"] for event in closed), ["2", "3"])
        self.assertEqual(a.json("show", closed[0]["shipment"])["release"], "series")


class Associations(ReleaseTest):
    def test_a_study_is_complete_when_its_association_has_ended(self):
        a = self.gateway_with({"name": "r", "complete": {"by": "association", "grace": "0s"}})
        storescu(self.study(4), a.port)
        self.assertEqual(a.wait_for("shipment-closed")[0]["instances"], "4")


class Counts(ReleaseTest):
    RULE = {"name": "r", "complete": {"by": "count", "at": "archive", "grace": "0s"}}

    def test_a_study_waits_until_all_that_the_archive_has_came(self):
        orthanc = self.enterContext(Orthanc(self.enterContext(Directory()), options={"DicomAlwaysAllowFind": True}))
        files = self.study(5)
        storescu(files, orthanc.port, called=orthanc.ae_title)
        a = self.gateway_with(self.RULE, pacs=orthanc)
        storescu(files[:3], a.port)
        self.assertEqual(a.wait_for("archive-counted")[0]["instances"], "5")
        storescu(files[3:], a.port)
        self.assertEqual(a.wait_for("shipment-closed")[0]["instances"], "5")
        self.assertEqual(a.events("count-unavailable"), [])

    def test_a_series_is_counted_by_itself(self):
        orthanc = self.enterContext(Orthanc(self.enterContext(Directory()), options={"DicomAlwaysAllowFind": True}))
        files = self.study(5)
        changed(files[:2], SeriesInstanceUID=pydicom.dcmread(files[0]).SeriesInstanceUID + ".9")
        storescu(files, orthanc.port, called=orthanc.ae_title)
        a = self.gateway_with({**self.RULE, "release": "series"}, pacs=orthanc)
        storescu(files[:2], a.port)
        self.assertEqual(a.wait_for("shipment-closed")[0]["instances"], "2")
        self.assertEqual(a.wait_for("archive-counted")[0]["instances"], "2")

    def test_an_archive_that_does_not_know_the_study_leaves_it_to_the_quiet_period(self):
        orthanc = self.enterContext(Orthanc(self.enterContext(Directory()), options={"DicomAlwaysAllowFind": True}))
        a = self.gateway_with(self.RULE, pacs=orthanc, quiet_period="1s")
        storescu(self.study(2), a.port)
        self.assertEqual(a.wait_for("shipment-closed")[0]["instances"], "2")
        self.assertEqual(a.wait_for("count-unavailable")[0]["error"], "pacs-count-missing")

    def test_an_archive_without_queries_leaves_it_to_the_quiet_period(self):
        pacs = self.enterContext(StoreScp(self.enterContext(Directory())))
        a = self.gateway_with(self.RULE, pacs=pacs, quiet_period="1s")
        storescu(self.study(2), a.port)
        self.assertEqual(a.wait_for("shipment-closed")[0]["instances"], "2")
        self.assertEqual(len(a.wait_for("count-unavailable")), 1)

    def test_an_archive_that_is_away_leaves_it_to_the_quiet_period(self):
        a = self.gateway_with(self.RULE, pacs=NoPacs(), quiet_period="1s")
        storescu(self.study(2), a.port)
        self.assertEqual(a.wait_for("shipment-closed")[0]["instances"], "2")
        self.assertEqual(a.wait_for("count-unavailable")[0]["error"], "pacs-unreachable")

    def test_an_archive_that_hangs_stops_neither_other_studies_nor_the_gateway(self):
        silent = self.enterContext(contextlib.closing(SilentPacs()))
        a = self.gateway_with({**self.RULE, "when": {"called_ae": ["COUNTED"]}},
                              {"name": "quick", "when": {"called_ae": ["TO_B"]},
                               "complete": {"by": "association", "grace": "0s"}}, pacs=silent, timeout="1h")
        storescu(self.study(2, seed=1), a.port, called="COUNTED")
        storescu(self.study(3, seed=2), a.port)
        self.assertEqual(a.wait_for("shipment-closed")[0]["instances"], "3")
        a.stop()
        self.assertEqual(len(a.events("shipment-closed")), 1)


class Markers(ReleaseTest):
    def test_an_instance_of_a_kind_completes_the_study(self):
        a = self.gateway_with({"name": "r",
                               "complete": {"by": "instance", "grace": "0s", "sop_classes": [KEY_OBJECTS]}})
        files = self.study(4)
        changed(files[3:], SOPClassUID=KEY_OBJECTS)
        storescu(files[:3], a.port)
        storescu(files[3:], a.port)
        self.assertEqual(a.wait_for("shipment-closed")[0]["instances"], "4")

    def test_a_study_without_it_leaves_after_at_most(self):
        a = self.gateway_with({"name": "r", "complete": {"by": "instance", "grace": "0s", "at_most": "1s",
                                                         "sop_classes": [KEY_OBJECTS]}})
        storescu(self.study(3), a.port)
        incomplete = a.wait_for("shipment-incomplete")[0]
        self.assertEqual((incomplete["partner"], incomplete["by"]), ("klinikum-b", "instance"))
        a.wait_for("shipment-sent")


class Sizes(ReleaseTest):
    RULE = {"name": "r", "complete": {"by": "association", "grace": "0s"}}

    def test_a_study_that_is_too_large_leaves_with_an_alarm(self):
        a = self.gateway_with({**self.RULE, "largest_study": {"instances": 2}})
        storescu(self.study(2, seed=1), a.port)
        a.wait_for("shipment-sent")
        self.assertEqual(a.events("shipment-too-large"), [])
        storescu(self.study(3, seed=2), a.port)
        alarm = a.wait_for("shipment-too-large")[0]
        self.assertEqual((alarm["instances"], alarm["held"]), ("3", "no"))
        a.wait_for("shipment-sent", 2)

    def test_or_waits_for_a_person(self):
        a = self.gateway_with({**self.RULE, "largest_study": {"bytes": "5KB", "then": "hold"}})
        storescu(self.study(3), a.port)
        alarm = a.wait_for("shipment-too-large")[0]
        self.assertEqual(alarm["held"], "yes")
        self.assertEqual(a.counts()["messages"]["held"], 3)
        a.command("release", alarm["shipment"])
        a.wait_for("shipment-sent")


if __name__ == "__main__":
    main()
