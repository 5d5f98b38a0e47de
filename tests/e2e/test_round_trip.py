#!/usr/bin/python3
"""Every DICOM file of pydicom that storescu sends goes through both gateways and arrives byte for byte.

storescu itself re-encodes some files, so what arrives is held against what the same storescu brings directly to the
same kind of PACS.
"""

import rig  # noqa: F401
from harness import (Dcmqrscp, Directory, E2eTest, Orthanc, StoreScp, TwoHospitals, dataset_of, distinct_copies,
                     identity, main, pydicom_files, store_statuses, storescu)

ARCHIVED = ["1.2.840.10008.5.1.4.1.1.1", "1.2.840.10008.5.1.4.1.1.2", "1.2.840.10008.5.1.4.1.1.4",
            "1.2.840.10008.5.1.4.1.1.7"]
SYNTAXES = {"Implicit VR LE": "1.2.840.10008.1.2", "Explicit VR LE": "1.2.840.10008.1.2.1",
            "Deflated": "1.2.840.10008.1.2.1.99", "Explicit VR BE": "1.2.840.10008.1.2.2",
            "JPEG Baseline": "1.2.840.10008.1.2.4.50", "JPEG Extended": "1.2.840.10008.1.2.4.51",
            "JPEG Lossless": "1.2.840.10008.1.2.4.70", "JPEG-LS": "1.2.840.10008.1.2.4.80",
            "JPEG 2000 lossless": "1.2.840.10008.1.2.4.90", "JPEG 2000": "1.2.840.10008.1.2.4.91",
            "RLE": "1.2.840.10008.1.2.5"}


class RoundTrip(E2eTest):
    @classmethod
    def setUpClass(cls):
        cls.directory = cls.enterClassContext(Directory())
        cls.archive = cls.enterClassContext(Dcmqrscp(cls.directory / "dcmqrscp"))
        cls.orthanc = cls.enterClassContext(Orthanc(cls.directory / "orthanc"))
        cls.direct_scp = cls.enterClassContext(StoreScp(cls.directory / "direct-storescp"))
        cls.direct_orthanc = cls.enterClassContext(Orthanc(cls.directory / "direct-orthanc"))
        cls.hospitals = cls.enterClassContext(TwoHospitals(StoreScp, change_b=cls.three_pacs))
        cls.files = distinct_copies(pydicom_files(), cls.directory / "files")
        cls.statuses = store_statuses(storescu(cls.files, cls.hospitals.a.port, check=False))
        cls.direct = store_statuses(storescu(cls.files, cls.direct_scp.port, called="PACS_B", check=False))
        cls.sent = {identity(f).sop_instance: f for f in cls.files if str(f) in cls.direct}
        cls.archived = {uid for uid, f in cls.sent.items() if identity(f).sop_class in ARCHIVED}
        cls.hospitals.b.wait_for("delivery-done", len(cls.sent), pacs="main", timeout=120)

    @classmethod
    def three_pacs(cls, settings):
        for name, pacs in (("archive", cls.archive), ("orthanc", cls.orthanc)):
            # One association: two processes of dcmqrscp may choose the same name for two files.
            settings["pacs"][name] = {"ae_title": pacs.ae_title, "host": "127.0.0.1", "port": pacs.port,
                                      "associations": 1}
        settings["routes"]["inbound"].append({"name": "images", "when": {"sop_class": ARCHIVED},
                                              "forward_to": ["archive", "orthanc"]})

    def test_the_gateway_takes_what_a_pacs_takes(self):
        self.assertEqual({f: s for f, s in self.statuses.items() if s != "Success"}, {})
        self.assertEqual(set(self.statuses), set(self.direct))
        self.assertGreaterEqual(len(self.sent), 70)

    def test_every_transfer_syntax_was_among_them(self):
        seen = {identity(f).transfer_syntax for f in self.sent.values()}
        self.assertEqual({name for name, uid in SYNTAXES.items() if uid not in seen}, set())

    def test_data_sets_are_the_same_in_storescp(self):
        arrived, expected = self.hospitals.pacs_b.datasets(), self.direct_scp.datasets()
        self.assertEqual(set(arrived), set(expected))
        self.assertEqual([self.sent[uid].name for uid in expected if arrived[uid] != expected[uid]], [])

    def test_data_sets_are_the_same_in_dcmqrscp(self):
        self.hospitals.b.wait_for("delivery-done", len(self.archived), pacs="archive")
        arrived, expected = self.archive.datasets(), self.direct_scp.datasets()
        self.assertEqual(set(arrived), self.archived)
        self.assertEqual([self.sent[uid].name for uid in arrived if arrived[uid] != expected[uid]], [])

    def test_data_sets_are_the_same_in_orthanc(self):
        self.hospitals.b.wait_for("delivery-done", len(self.archived), pacs="orthanc")
        files = [self.sent[uid] for uid in self.archived]
        storescu(files, self.direct_orthanc.port, called="ORTHANC")
        arrived, expected = self.from_orthanc(self.orthanc), self.from_orthanc(self.direct_orthanc)
        self.assertEqual(set(arrived), self.archived)
        self.assertEqual([self.sent[uid].name for uid in arrived if arrived[uid] != expected[uid]], [])

    @staticmethod
    def from_orthanc(orthanc):
        return {uid: dataset_of(orthanc.file(orthanc_id)) for uid, orthanc_id in orthanc.instances().items()}

    def test_nothing_is_left_behind(self):
        counts = self.hospitals.b.counts()
        self.assertEqual(counts["mails"]["quarantined"], 0)
        self.assertEqual(counts["deliveries"]["failed"], 0)
        self.assertEqual(self.hospitals.servers.count("tele@hospital-b.example"), 0)


if __name__ == "__main__":
    main()
