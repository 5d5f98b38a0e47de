#!/usr/bin/python3
"""`send` and `resend`: files mailed by hand, DICOM or not, as one set; and what did not arrive, again."""

import os
import re

import rig  # noqa: F401
import mails
from harness import (ADDRESSES, Directory, E2eTest, StoreScp, TwoHospitals, dataset_bytes, dataset_of, identity, main,
                     make_study)

B = ADDRESSES["b"]
NO_SUCH = 66
USAGE = 64

PDF = b"""%PDF-1.4
1 0 obj <</Type/Catalog/Pages 2 0 R>> endobj
2 0 obj <</Type/Pages/Kids[3 0 R]/Count 1>> endobj
3 0 obj <</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]>> endobj
trailer <</Root 1 0 R>>
%%EOF
"""


def receipts(mode):
    def change(settings):
        for partner in settings["partners"].values():
            partner["profile"]["receipts"] = mode
    return change


class SendTest(E2eTest):
    def setUp(self):
        self.directory = self.enterContext(Directory())
        self.study = make_study(self.directory / "study", 2, 4096)

    def write(self, name, content):
        file = self.directory / name
        file.write_bytes(content)
        return file

    def send(self, *files, options=(), site=None):
        """The shipment's id."""
        done = (site or self.hospitals.a).command("send", "--to", "klinikum-b", *options, *files)
        self.assertRegex(done.stdout, r"^S\d+\n$")
        return done.stdout.strip()

    def wait_for_shipment(self, shipment, state):
        self.wait(lambda: self.hospitals.a.json("show", shipment)["state"] == state, 60, f"{shipment} {state}")


class Sending(SendTest):
    """Hospital A asks for receipts."""

    def setUp(self):
        super().setUp()
        self.two_hospitals(change_a=receipts("mdn"), change_b=receipts("mdn"))

    def test_dicom_pdf_and_text_arrive_as_one_set(self):
        a, b = self.hospitals.a, self.hospitals.b
        pdf, text = self.write("Befund.pdf", PDF), self.write("notes.txt", b"Guten Tag\n")
        shipment = self.send(*self.study, pdf, text)
        b.wait_for("delivery-done", 3)  # two slices, and the PDF as a DICOM object
        self.assertEqual(b.wait_for("set-completed")[0]["parts"], "4")
        arrived = self.hospitals.pacs_b.datasets()
        for file in self.study:
            self.assertTrue(arrived[identity(file).sop_instance] == dataset_bytes(file))
        self.assertEqual(len(arrived), 3)
        self.assertEqual(b.wait_for("document-converted")[0]["partner"], "klinikum-a")
        self.assertEqual(b.wait_for("document-kept")[0]["type"], "text/plain")
        self.wait_for_shipment(shipment, "warning")  # nobody there has seen the text yet
        self.assertEqual(a.wait_for("shipment-queued")[0]["files"], "4")
        self.assertEqual([e["item"] for e in a.wait_for("operator-acted", what="send")], [shipment])
        self.assertEqual((a.counts()["instances_out"]["routed"], a.counts()["documents_out"]["routed"]), (2, 2))

    def test_a_bare_data_set_leaves_as_a_part_10_file(self):
        bare = self.write("IM1", dataset_bytes(self.study[0]))
        self.send(bare)
        self.hospitals.b.wait_for("delivery-done")
        self.assertTrue(self.hospitals.pacs_b.datasets() == {identity(self.study[0]).sop_instance:
                                                             dataset_bytes(self.study[0])})

    def test_without_a_daemon(self):
        a = self.hospitals.a
        a.stop()
        shipment = self.send(*self.study)
        self.assertEqual(a.json("show", shipment)["state"], "closed")
        a.start()
        self.assertEqual(a.events("orphan-removed"), [])
        self.hospitals.b.wait_for("delivery-done", 2)
        self.wait_for_shipment(shipment, "delivered")

    def test_a_study_is_found_by_its_uid(self):
        shipment = self.send(*self.study)
        self.wait_for_shipment(shipment, "delivered")
        study = identity(self.study[0]).sop_instance.rpartition(".1.")[0]
        self.assertEqual([record["title"] for record in self.hospitals.a.json("show", study)], [f"shipment {shipment}"])
        received = self.hospitals.b.json("show", study)
        self.assertEqual(len(received), 1)
        self.assertRegex(received[0]["title"], r"T\d+")
        self.assertIn(received[0]["title"], self.hospitals.b.command("show", study).stdout)
        done = self.hospitals.a.command("show", "1.2.3", check=False)
        self.assertEqual(done.returncode, NO_SUCH)

    def test_one_mail_that_was_lost_is_sent_again(self):
        a, b = self.hospitals.a, self.hospitals.b
        b.stop()
        shipment = self.send(*make_study(self.directory / "three", 3, 4096, seed=2))
        self.hospitals.servers.wait_for(B, 3)
        a.wait_for("shipment-sent")
        maildir = self.hospitals.servers.directory / "home" / B / "Maildir"
        sorted(file for part in ("new", "cur") for file in (maildir / part).iterdir())[0].unlink()
        b.start()
        b.wait_for("delivery-done", 2)
        self.wait(lambda: a.counts()["messages"]["delivered"] == 2, 60, "two receipts")
        self.assertEqual(a.json("show", shipment)["state"], "sent")
        self.assertIn("1 message is sent again", a.command("resend", shipment, "--missing").stdout)
        self.wait_for_shipment(shipment, "delivered")
        self.assertEqual(len(b.events("delivery-done")), 3)
        self.assertEqual(len(self.hospitals.pacs_b.datasets()), 3)
        self.assertIn("0 messages are sent again", a.command("resend", shipment, "--missing").stdout)

    def test_all_of_it_again_doubles_nothing(self):
        a, b = self.hospitals.a, self.hospitals.b
        shipment = self.send(*self.study, self.write("Befund.pdf", PDF))
        self.wait_for_shipment(shipment, "delivered")
        self.assertIn("3 messages are sent again", a.command("resend", shipment).stdout)
        a.wait_for("message-sent", 6)
        self.wait_for_shipment(shipment, "delivered")
        counts = b.counts()
        self.assertEqual((counts["instances_in"]["stored"], counts["instances_in"]["conflict"]), (3, 0))
        self.assertEqual((counts["documents_in"]["converted"], counts["documents_in"]["waiting"]), (1, 0))
        self.assertEqual(len(self.hospitals.pacs_b.datasets()), 3)
        message = a.events("message-sent")[0]["message"]
        self.assertIn("1 message is sent again", a.command("resend", message).stdout)
        a.wait_for("message-sent", 7)
        self.wait_for_shipment(shipment, "delivered")
        self.assertEqual([e["item"] for e in a.wait_for("operator-acted", 2, what="resend")], [shipment, message])


class Mailed(SendTest):
    """What the mails hold, as GnuPG and Python read them; nobody fetches them."""

    def setUp(self):
        super().setUp()
        self.two_hospitals(start="a", change_a=receipts("none"))

    def opened(self, count):
        gpg = self.hospitals.gnupg("b")
        raw = self.hospitals.servers.wait_for(B, count)
        for mail in raw:
            outer = mails.parse(mail)
            opened, signers = gpg.open(mails.armor_of(outer))
            self.assertEqual(signers, [self.hospitals.keys["a"].fingerprint.replace(" ", "")])
            yield outer, mails.parse(opened)

    @staticmethod
    def part(entity):
        return next(part for part in entity.walk() if not part.is_multipart())

    def test_documents_travel_under_their_own_names_and_types(self):
        cda = b'<?xml version="1.0"?>\n<ClinicalDocument xmlns="urn:hl7-org:v3"><title>x</title></ClinicalDocument>\n'
        contents = {"Befund Müller.pdf": ("application/pdf", PDF), "note.TXT": ("text/plain", b"Guten Tag\n"),
                    "bild.jpeg": ("image/jpeg", b"\xff\xd8\xff\xe0" + os.urandom(64)),
                    "brief.xml": ("application/hl7-cda+xml", cda), "list.xml": ("text/xml", b"<list/>"),
                    "data.xyz": ("application/octet-stream", bytes(range(256)))}
        self.send(self.study[0], *[self.write(name, content) for name, (_, content) in contents.items()])
        study = identity(self.study[0]).sop_instance.rpartition(".1.")[0]
        found, parts, sets = {}, set(), set()
        for outer, inner in self.opened(1 + len(contents)):
            part = self.part(inner)
            self.assertNotIn("ller", outer.as_string().partition("BEGIN PGP")[0])
            sets.add((outer["X-TELEMEDICINE-SETID"], outer["X-TELEMEDICINE-SETTOTAL"]))
            parts.add(int(inner["X-TELEMEDICINE-SETPART"]))
            if part.get_content_type() == "application/dicom":
                self.assertTrue(dataset_of(part.get_payload(decode=True)) == dataset_bytes(self.study[0]))
                continue
            self.assertEqual(part["X-TELEMEDICINE-STUDYID"], study)
            found[part.get_filename()] = (part.get_content_type(), part.get_payload(decode=True))
        self.assertEqual(found, contents)
        self.assertEqual({total for _, total in sets}, {str(1 + len(contents))})
        self.assertEqual(len(sets), 1)
        self.assertEqual(parts, set(range(1, 2 + len(contents))))

    def test_a_set_without_dicom_has_a_study_id_of_its_own(self):
        self.send(self.write("Befund.pdf", PDF))
        _, inner = next(self.opened(1))
        study = self.part(inner)["X-TELEMEDICINE-STUDYID"]
        self.assertRegex(study, r"^2\.25\.\d+\.\d{13}$")
        self.assertLessEqual(len(study), 64)

    def test_without_receipts_what_is_sent_is_not_missing(self):
        shipment = self.send(*self.study)
        self.wait_for_shipment(shipment, "sent")
        self.assertIn("0 messages are sent again", self.hospitals.a.command("resend", shipment, "--missing").stdout)
        self.assertEqual(self.hospitals.servers.count(B), 2)

    def test_an_emergency_leaves_first(self):
        a = self.hospitals.a
        a.stop()
        bulk = self.send(*self.study, options=("--priority", "bulk"))
        urgent = self.send(*self.study, options=("--priority", "emergency"))
        a.settings["mailboxes"]["main"]["smtp"]["connections"] = 1
        a.start()
        a.wait_for("message-sent", 4)
        self.assertEqual(a.events("message-sent")[0]["shipment"], urgent)
        self.assertEqual(a.events("message-sent")[-1]["shipment"], bulk)


class Refused(E2eTest):
    """Nothing is sent, nothing stays."""

    @classmethod
    def setUpClass(cls):
        cls.hospitals = cls.enterClassContext(TwoHospitals(StoreScp, start="a"))
        cls.directory = cls.enterClassContext(Directory())
        cls.good = make_study(cls.directory / "study", 1, 4096)[0]

    def refuse(self, *arguments, code, message):
        done = self.hospitals.a.command(*arguments, check=False)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        self.assertRegex(done.stderr, message)
        self.assertEqual(done.stdout, "")
        state = self.hospitals.a.state / "spool"
        self.assertEqual([file for file in state.rglob("*") if file.is_file()], [])
        self.assertEqual(self.hospitals.a.json("list"), [])
        return done

    def test_an_unknown_partner(self):
        self.refuse("send", "--to", "klinikum-x", self.good, code=NO_SUCH, message="no partner 'klinikum-x'")

    def test_a_file_that_is_not_there(self):
        missing = self.directory / "missing.dcm"
        self.refuse("send", "--to", "klinikum-b", self.good, missing, code=NO_SUCH,
                    message=f"(?s){re.escape(str(missing))} does not exist.*nothing is sent")

    def test_a_directory(self):
        self.refuse("send", "--to", "klinikum-b", self.good, self.good.parent, code=NO_SUCH, message="is a directory")

    def test_what_is_no_file(self):
        fifo = self.directory / "fifo"
        os.mkfifo(fifo)
        self.refuse("send", "--to", "klinikum-b", self.good, fifo, code=NO_SUCH, message="no regular file")

    def test_an_empty_file(self):
        empty = self.directory / "empty.pdf"
        empty.touch()
        self.refuse("send", "--to", "klinikum-b", self.good, empty, code=1, message="empty.pdf is empty")

    def test_a_damaged_dicom_file(self):
        damaged = self.directory / "damaged.dcm"
        damaged.write_bytes(self.good.read_bytes()[:200])
        self.refuse("send", "--to", "klinikum-b", self.good, damaged, code=1, message=r"damaged\.dcm")

    def test_no_file(self):
        self.refuse("send", "--to", "klinikum-b", code=USAGE, message="FILE")

    def test_resend_of_nothing(self):
        self.refuse("resend", "S999", code=NO_SUCH, message="S999")
        self.refuse("resend", "R1", code=USAGE, message="R1")
        self.refuse("resend", "nonsense", code=USAGE, message="nonsense")


if __name__ == "__main__":
    main()
