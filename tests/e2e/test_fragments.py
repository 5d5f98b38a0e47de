#!/usr/bin/python3
"""Messages above max_message_size leave as message/partial and are joined on arrival."""

import rig  # noqa: F401
import mails
from harness import (ADDRESSES, E2eTest, Directory, dataset_bytes, identity, main, make_study, storescu)

A, B = ADDRESSES["a"], ADDRESSES["b"]


def small_messages(settings):
    settings["partners"]["klinikum-b"]["profile"]["max_message_size"] = "200KB"


class Fragments(E2eTest):
    def study(self, slices=3, size=512 * 1024, seed=1):
        return make_study(self.enterContext(Directory()), slices, size, seed)

    def expect(self, hospitals, files, timeout=60):
        wanted = {identity(file).sop_instance: dataset_bytes(file) for file in files}
        self.wait(lambda: len(hospitals.b.events("delivery-done")) >= len(files)
                  and hospitals.pacs_b.datasets() == wanted, timeout, "all files in the PACS")

    def test_fragments_join_on_arrival(self):
        hospitals = self.two_hospitals(change_a=small_messages)
        files = self.study()
        storescu(files, hospitals.a.port)
        self.expect(hospitals, files)
        self.assertEqual(len(hospitals.b.events("mail-joined")), 3)
        self.assertGreaterEqual(len(hospitals.b.events("mail-fragment-kept")), 3 * 3)
        self.assertEqual(list((hospitals.b.state / "spool" / "mails").rglob("*.eml")), [])
        self.assertEqual(hospitals.b.counts()["mails"]["quarantined"], 0)

    def test_fragments_are_as_rfc_2046_says(self):
        hospitals = self.two_hospitals(change_a=small_messages, start="a")
        files = self.study(1)
        storescu(files, hospitals.a.port)
        hospitals.a.wait_for("shipment-sent")
        raw = hospitals.servers.wait_for(B, int(hospitals.a.events("message-sealed")[0]["fragments"]))
        fragments = sorted((mails.parse(mail) for mail in raw), key=lambda m: int(m.get_param("number")))
        self.assertGreaterEqual(len(fragments), 3)
        self.assertEqual([m.get_param("number") for m in fragments], [str(n + 1) for n in range(len(fragments))])
        self.assertEqual({m.get_content_type() for m in fragments}, {"message/partial"})
        self.assertEqual(len({m.get_param("id") for m in fragments}), 1)
        self.assertEqual(len({m["Message-ID"] for m in fragments}), len(fragments))
        self.assertEqual(fragments[-1].get_param("total"), str(len(fragments)))
        for number, mail in enumerate(fragments, 1):
            self.assertEqual(mail["Subject"], f"DICOM-eMail ({number}/{len(fragments)})")
            self.assertNotIn("X-TELEMEDICINE-SETID", mail)
        self.assertLessEqual(max(len(mail) for mail in raw), 200_000)
        self.joined_by_python(hospitals, raw, files[0])

    def joined_by_python(self, hospitals, raw, file):
        bodies = {int(mails.parse(mail).get_param("number")): mail.split(b"\r\n\r\n", 1)[1] for mail in raw}
        whole = b"".join(bodies[number] for number in sorted(bodies))
        opened, signers = hospitals.gnupg("b").open(mails.armor_of(mails.parse(whole)))
        self.assertEqual(signers, [hospitals.keys["a"].fingerprint.replace(" ", "")])
        self.assertTrue(mails.dicom_parts(opened)[0].endswith(dataset_bytes(file)))

    def test_out_of_order_over_a_restart(self):
        hospitals = self.two_hospitals(start="b")
        file = self.study(1, 256 * 1024)[0]
        sealed = hospitals.gnupg("a").seal(mails.inner_entity([file]), B, A)
        fragments = mails.split_mail(mails.encrypted_mail(A, B, sealed), 5, A, B)
        for number in (3, 0, 3):  # one of them twice
            hospitals.servers.deliver(A, B, fragments[number])
        hospitals.b.wait_for("mail-fragment-kept", 3)
        hospitals.b.stop()
        for number in (4, 2):
            hospitals.servers.deliver(A, B, fragments[number])
        hospitals.b.start()
        hospitals.b.wait_for("mail-fragment-kept", 5)
        self.assertEqual(hospitals.b.events("mail-joined"), [])
        hospitals.servers.deliver(A, B, fragments[1])
        self.expect(hospitals, [file])
        self.assertEqual(len(hospitals.b.events("mail-joined")), 1)

    def test_a_forged_fragment_does_not_make_the_right_one_vanish(self):
        hospitals = self.two_hospitals(start="b")
        sealed = hospitals.gnupg("a").seal(mails.inner_entity([self.study(1, 64 * 1024)[0]]), B, A)
        right = mails.split_mail(mails.encrypted_mail(A, B, sealed), 2, A, B)[0]
        header, content = right.split(b"\r\n\r\n", 1)
        hospitals.servers.deliver(A, B, header + b"\r\n\r\n" + content[:-40] + b"A" * 38 + b"\r\n")
        hospitals.b.wait_for("mail-fragment-kept")
        hospitals.servers.deliver(A, B, right)
        self.assertEqual(hospitals.b.wait_for("mail-quarantined")[0]["reason"], "fragment-conflict")
        self.assertEqual(len(list((hospitals.b.state / "spool" / "mails").rglob("*.eml"))), 2)

    def test_incomplete_fragments_wait(self):
        hospitals = self.two_hospitals(start="b")
        file = self.study(1, 64 * 1024)[0]
        sealed = hospitals.gnupg("a").seal(mails.inner_entity([file]), B, A)
        hospitals.servers.deliver(A, B, mails.split_mail(mails.encrypted_mail(A, B, sealed), 2, A, B)[0])
        hospitals.b.wait_for("mail-fragment-kept")
        self.assertEqual(hospitals.b.counts()["mails"]["fragment"], 1)
        self.assertEqual(len(list((hospitals.b.state / "spool" / "mails").rglob("*.eml"))), 1)


if __name__ == "__main__":
    main()
