#!/usr/bin/python3
"""A study of 400 slices of 512 KB from storescu to Orthanc, with its figures."""

import time

import rig  # noqa: F401
from harness import DISK, Directory, E2eTest, Orthanc, dataset_bytes, dataset_of, identity, main, make_study, storescu

SLICES, SIZE = 400, 512 * 1024


class BigStudy(E2eTest):
    def test_400_slices_arrive(self):
        directory = self.enterContext(Directory(parent=DISK))
        files = make_study(directory / "study", SLICES, SIZE)
        hospitals = self.two_hospitals(Orthanc, parent=DISK)
        started = time.monotonic()
        storescu(files, hospitals.a.port)
        stored = time.monotonic() - started
        self.wait(lambda: hospitals.pacs_b.count() >= SLICES, 280, "all slices in Orthanc")
        seconds = time.monotonic() - started
        memory = {name: getattr(hospitals, name).process.peak_memory() for name in "ab"}
        self.compare(files, hospitals.pacs_b)
        print(f"figures: {SLICES} slices of {SIZE // 1024} KB: storescu done after {stored:.1f} s, last instance in "
              f"Orthanc after {seconds:.1f} s; peak memory of gateway A {memory['a'][0] / 1e6:.0f} MB, of gateway B "
              f"{memory['b'][0] / 1e6:.0f} MB, of its process that opens mails {memory['b'][1] / 1e6:.0f} MB",
              flush=True)

    def compare(self, files, orthanc):
        ids = orthanc.instances()
        self.assertEqual(len(ids), SLICES)
        self.assertEqual([file.name for file in files
                          if dataset_of(orthanc.file(ids[identity(file).sop_instance])) != dataset_bytes(file)], [])


if __name__ == "__main__":
    main()
