#!/usr/bin/python3
"""No patient data in any log, listing, file name or outer mail, whatever happens to a study on its way."""

import mails
import raw_scu
from harness import (ADDRESSES, E2eTest, PATIENT_ID, PATIENT_NAME, dataset_bytes, echoscu, identity, main, make_study,
                     storescu)

A, B = ADDRESSES["a"], ADDRESSES["b"]


class Privacy(E2eTest):
    def test_nothing_of_the_patient_shows(self):
        hospitals = self.two_hospitals(change_b=self.keep_mails)
        files = make_study(hospitals.directory / "study", 4, 4096)
        self.provoke(hospitals, files)
        secrets = self.secrets(files)
        for place, text in self.places(hospitals):
            for secret in secrets:
                self.assertNotIn(secret, text, place)

    @staticmethod
    def keep_mails(settings):
        settings["mailboxes"]["main"]["imap"]["after_accept"] = {"move": "Archive"}
        settings["routes"]["inbound"][0]["when"]["modality"] = ["CT"]

    def provoke(self, hospitals, files):
        """A study that arrives, one that no inbound route wants, one in conflict, one refused, one half sent."""
        a, b = hospitals.a, hospitals.b
        storescu(files[:3], a.port)
        undeliverable = make_study(hospitals.directory / "mr", 1, 4096, seed=5, modality="MR")
        storescu(undeliverable, a.port)
        b.wait_for("delivery-done", 3)
        b.wait_for("instance-undeliverable")
        changed = bytearray(files[0].read_bytes())
        changed[-1] ^= 1
        files[0].write_bytes(changed)
        storescu(files[:1], a.port)
        b.wait_for("instance-conflict")
        raw_scu.store(a.port, dataset_bytes(files[3])[:900], sop_instance=identity(files[3]).sop_instance)
        raw_scu.store_half(a.port, dataset_bytes(files[3]))
        echoscu(a.port, called="NOBODY")
        inner = mails.inner_entity([b"no DICOM: " + PATIENT_NAME.encode()])
        sealed = hospitals.gnupg("a").seal(inner, B, A)
        hospitals.servers.deliver(A, B, mails.encrypted_mail(A, B, sealed))
        b.wait_for("mail-quarantined")

    @staticmethod
    def secrets(files):
        study = identity(files[0]).sop_instance.rsplit(".", 2)[0]
        return [PATIENT_NAME, "Musterfrau", "MUSTERFRAU", PATIENT_ID, "Schaedel", "Musterstadt", "CT01", "Haus^",
                "19640812", study, study[-12:]]

    def places(self, hospitals):
        self.assertGreaterEqual(hospitals.servers.count(B, "Archive"), 5)
        for number, mail in enumerate(hospitals.servers.mailbox(B, "Archive")):
            yield f"mail {number}", mail.decode("latin-1")
        yield "postfix.log", hospitals.servers.postfix_log.read_text()
        for gateway in (hospitals.a, hospitals.b):
            name = gateway.directory.name
            self.assertIn("debug", gateway.text())
            yield f"log of {name}", gateway.text()
            yield f"output of {name}", gateway.process.output()
            yield f"file names of {name}", "\n".join(map(str, gateway.state.rglob("*")))
            for command in (["status"], ["list"], ["quarantine", "list"]):
                yield f"{command} of {name}", gateway.command(*command).stdout
                yield f"{command} --json of {name}", gateway.command(*command, "--json").stdout


if __name__ == "__main__":
    main()
