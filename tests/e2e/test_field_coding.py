#!/usr/bin/python3
"""Troubles with compressed images, such as a PACS that takes none."""

import subprocess

import rig  # noqa: F401
import mails
import pydicom
from harness import ADDRESSES, Directory, E2eTest, NoPacs, TwoHospitals, main, make_study
from odd_pacs import OddPacs

A, B = ADDRESSES["a"], ADDRESSES["b"]
IMPLICIT, EXPLICIT = "1.2.840.10008.1.2", "1.2.840.10008.1.2.1"


class CompressedImages(E2eTest):
    """Hospital A is GnuPG; hospital B has one PACS, which takes what each test says."""

    seed = 8700

    @classmethod
    def setUpClass(cls):
        cls.directory = cls.enterClassContext(Directory())
        cls.pacs = cls.enterClassContext(OddPacs(cls.directory / "pacs"))
        stands_in = NoPacs("PACS_B")
        stands_in.port = cls.pacs.port
        cls.hospitals = cls.enterClassContext(TwoHospitals(stands_in, change_b=cls.change, start="b"))
        cls.b, cls.gpg = cls.hospitals.b, cls.hospitals.gnupg("a")

    @classmethod
    def change(cls, settings):
        settings["pacs"]["main"].update(associations=1, timeout="5s")
        settings["retry"] = {"first": "200ms", "max": "1s", "give_up_after": "48h"}

    def setUp(self):
        # An open association keeps the answers of the test before.
        self.wait(lambda: self.pacs.associations == 0, what="the end of the association")
        self.pacs.answers, self.pacs.syntaxes = ["0000"], []

    def compressed(self, tool, count=1):
        """Instances as a tool of DCMTK compresses them, with the pixels of their originals."""
        CompressedImages.seed += 1
        files = []
        for file in make_study(self.directory / str(self.seed), count, 8192, seed=self.seed):
            image = pydicom.dcmread(file)
            coded = file.with_suffix(".coded")
            subprocess.run([tool, file, coded], check=True)
            files.append((coded, image))
        return files

    def deliver(self, files):
        """Mails them from A to B, and returns what the PACS has of them by SOP Instance UID."""
        CompressedImages.seed += 1
        sealed = self.gpg.seal(mails.inner_entity([file for file, _ in files], f"set.{self.seed}"), B, A)
        done = len(self.b.events("delivery-done"))
        self.hospitals.servers.deliver(A, B, mails.encrypted_mail(A, B, sealed, f"set.{self.seed}"))
        self.b.wait_for("delivery-done", done + len(files))
        kept = [pydicom.dcmread(file, force=True) for file in self.pacs.directory.iterdir()]
        return {image.SOPInstanceUID: image for image in kept}

    def copies(self):
        """How many changed copies B has made, without those that were replaced."""
        return len([file for file in (self.b.state / "spool/derived").rglob("*") if file.is_file()])

    def test_pacs_that_takes_no_compressed_images_gets_them_decoded(self):
        self.pacs.syntaxes = [IMPLICIT, EXPLICIT]
        files = self.compressed("dcmcjpls", 3) + self.compressed("dcmcrle")
        kept = self.deliver(files)
        for _, original in files:
            image = kept[original.SOPInstanceUID]
            self.assertEqual(bytes(image.PixelData), bytes(original.PixelData))
            self.assertEqual(image.StudyInstanceUID, original.StudyInstanceUID)
            self.assertNotIn("LossyImageCompression", image)
        self.assertEqual(self.b.events("delivery-failed"), [])

    def test_pacs_that_takes_them_gets_them_as_they_came(self):
        files = self.compressed("dcmcjpls")
        kept = self.deliver(files)
        coded = pydicom.dcmread(files[0][0])
        self.assertEqual(bytes(kept[coded.SOPInstanceUID].PixelData), bytes(coded.PixelData))

    def test_decoded_copy_is_used_again_in_later_tries(self):
        self.pacs.syntaxes = [EXPLICIT]
        self.pacs.answers = ["A700", "A700", "0000"]
        before = self.copies()
        self.deliver(self.compressed("dcmcjpls"))
        self.assertEqual(self.copies(), before + 1)


if __name__ == "__main__":
    main()
