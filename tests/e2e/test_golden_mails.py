#!/usr/bin/python3
"""Every golden mail (tests/data/mails) goes into a real mailbox of one gateway, and becomes what index.json says.

Dovecot's LMTP takes the mails one after the other, but may give them their UIDs in another order: which of the mails that
`list` shows is which file is told by the hash that the ledger has of it, and by the same mail in the folder to which the
gateway moved it.
"""

import contextlib
import email
import email.policy
import email.utils
import functools
import hashlib
import json
import pathlib
import re
import shutil
import smtplib
import sqlite3
import sys
import unittest

import pydicom

import rig  # noqa: F401
from gateway_process import site
from harness import (Ca, Directory, E2eTest, Gateway, Gnupg, MailServers, StoreScp, dataset_of, gateway, main, storescu,
                     wait_until)
from hospitals import TwoHospitals

GOLDEN = pathlib.Path(__file__).resolve().parent.parent / "data" / "mails"
sys.path.insert(0, str(GOLDEN))
import pieces  # noqa: E402
from make_keys import address  # noqa: E402
from report_mails import ORIGINAL, ORIGINAL_SET  # noqa: E402

INDEX = json.loads((GOLDEN / "index.json").read_text())
MAILBOXES = {"main": "receiver", "rsa": "receiver-rsa", "elgamal": "receiver-elgamal"}
STATES = {"delivered": "delivered", "warning": "warning", "refused": "refused", "bounced": "bounced"}


class GoldenSite:
    """The gateway with all its partners, and everything around it."""

    def __init__(self, directory):
        self.directory = directory
        self.copy_keys()
        users = {address(name): "secret" for name in [*MAILBOXES.values(), *INDEX["partners"]]}
        self.ca = Ca(directory / "ca")
        self.servers = MailServers(directory / "mail", self.ca, users=users)
        self.pacs = StoreScp(directory / "pacs")
        self.gpg = Gnupg()
        self.gpg.import_keys(*sorted((directory / "keys").iterdir()))
        self.gateway = None

    def copy_keys(self):
        """Git does not keep them private."""
        keys = self.directory / "keys"
        shutil.copytree(GOLDEN / "keys", keys)
        for file in keys.glob("*.secret.asc"):
            file.chmod(0o600)

    def settings(self):
        base = self.directory / "gateway"
        settings = site(base, "golden", address("receiver"), "secret", self.servers, self.ca.certificate,
                        self.directory / "keys" / "receiver.secret.asc", self.pacs)
        main_mailbox = settings["mailboxes"]["main"]
        for name, receiver in MAILBOXES.items():
            login = {**main_mailbox["smtp"], "username": address(receiver)}
            settings["mailboxes"][name] = {
                "address": address(receiver), "smtp": login,
                "imap": {**main_mailbox["imap"], "username": address(receiver), "after_accept": {"move": "Done"},
                         "if_not_understood": {"move": "Done"}},
                "key": {"file": str(self.directory / "keys" / f"{receiver}.secret.asc")}}
        for name, partner in INDEX["partners"].items():
            settings["partners"][name] = self.partner(partner)
            settings["routes"]["outbound"].append({"name": name, "when": {"called_ae": [called_ae(name)]},
                                                   "send_to": [name], "release": "instance"})
        settings["routes"]["inbound"] = [{"name": "all", "forward_to": ["main"]}]
        # document_timeout: until the set counts though STUDYID is another study's. The mails are as old as these tests.
        settings["reception"] = {"document_timeout": "5s", "signature_max_age": "0s"}
        # Until the clock is believed: one is by a key that is expired.
        settings["retry"]["give_up_after"] = "20s"
        settings["dicom"]["callers"] = [{"ae_title": "PACS_A", "host": "127.0.0.1"}]
        return settings

    def partner(self, entry):
        return TwoHospitals.partner(entry["address"], self.directory / entry["key"], entry["fingerprint"],
                                    **entry["profile"])


def called_ae(partner):
    return f"TO_{partner.upper()}"[:16]


def words(mail):
    """What no mail server changes."""
    return mail.replace(b"\r", b"").rstrip()


class Results:
    """What became of the mails: rows of `list`, by golden mail."""

    def __init__(self, site_, delivered):
        self.gateway = site_.gateway
        rows = {row["id"]: row for row in self.gateway.json("list", "--kind", "mails", "--limit", "5000")}
        joined = {row for row in rows if "joined from fragments" in rows[row]["about"]}
        owner = self.owners(site_, delivered)
        assert owner.keys() == rows.keys() - joined, f"{owner.keys() ^ (rows.keys() - joined)}"
        for row in sorted(joined, key=lambda row: int(row[1:])):
            children = [child["title"].partition(" ")[2] for child in self.gateway.json("show", row)["contains"]
                        if child["title"].startswith("mail ")]
            owner[row] = owner[children[0]]
        self.rows = {name: [] for name, _ in delivered}
        for row, name in owner.items():
            self.rows[name].append(rows[row])
        self.quarantine = {item["id"]: item["reason"] for item in self.gateway.quarantine()}
        self.instances = self.gateway.json("list", "--kind", "instances", "--limit", "5000")
        self.files = site_.pacs.files()

    def owners(self, site_, delivered):
        """Fetched mail -> the golden mail that it is."""
        with contextlib.closing(sqlite3.connect(f"file:{self.gateway.state}/ledger.db?mode=ro", uri=True)) as ledger:
            ids = {}
            for number, sha256 in ledger.execute("SELECT id, sha256 FROM mail"):
                ids.setdefault(sha256, []).append(f"R{number}")
        owner, home = {}, site_.servers.directory / "home"
        for file in (file for receiver in MAILBOXES.values() for part in ("new", "cur")
                     for file in (home / address(receiver) / "Maildir" / ".Done" / part).iterdir()):
            content = pieces.crlf(file.read_bytes())
            text = words(content)
            name = max((len(sent), name) for name, sent in delivered if text.endswith(sent))[1]
            owner[ids[hashlib.sha256(content).hexdigest()].pop()] = name
        assert len(owner) == len(delivered), f"{len(owner)} mails for {len(delivered)}"
        return owner

    def reasons(self, name):
        """Of the mails, and of the instances in them, that wait for a person."""
        rows = {row["id"] for row in self.rows[name]}
        instances = {row["id"] for row in self.instances if set(re.findall(r"R\d+", row["about"])) & rows}
        return [reason for item, reason in self.quarantine.items() if item in rows | instances]

    def set_of(self, name):
        """SETID and the part, of the mail that carried something."""
        return self.gateway.json("show", self.rows[name][-1]["id"]).get("set")

    @functools.cached_property
    def stored(self):
        return {re.sub(r"^[A-Za-z]+\.", "", file.name): hashlib.sha256(dataset_of(file.read_bytes())).hexdigest()
                for file in self.files}

    @functools.cached_property
    def by_study(self):
        """Study Instance UID -> (SOP class, SOP instance) in the PACS."""
        found = {}
        for file in self.files:
            ds = pydicom.dcmread(file, force=True, stop_before_pixels=True)
            found.setdefault(str(ds.StudyInstanceUID), []).append((str(ds.SOPClassUID), str(ds.SOPInstanceUID)))
        return found


class GoldenMails(E2eTest):
    @classmethod
    def setUpClass(cls):
        directory = cls.enterClassContext(Directory())
        cls.site = GoldenSite(directory)
        cls.enterClassContext(cls.site.gpg)
        cls.enterClassContext(cls.site.servers)
        cls.enterClassContext(cls.site.pacs)
        cls.gateway = cls.site.gateway = Gateway(directory / "gateway", cls.site.settings())
        cls.addClassCleanup(cls.gateway.kill)
        cls.gateway.start()
        cls.originals = cls.send_originals()
        cls.delivered = cls.deliver_all()
        cls.settle()
        cls.results = Results(cls.site, cls.delivered)
        cls.answers = cls.mails_to_partners()

    @classmethod
    def send_originals(cls):
        """One message for each report to answer: name of the golden mail -> its ids."""
        wanted = [entry for entry in INDEX["mails"] if "to" in entry["expected"]]
        for number, entry in enumerate(wanted):
            file = cls.site.directory / f"original-{number}.dcm"
            file.write_bytes(pieces.dicom(f"original-{entry['name']}"))
            storescu([file], cls.gateway.port, called=called_ae(entry["expected"]["to"]))
        wait_until(lambda: len(cls.gateway.events("message-sent")) >= len(wanted), 60, "all originals sent")
        free = {}
        for row in cls.gateway.json("list", "--kind", "messages", "--limit", "5000"):
            free.setdefault(row["partner"], []).append(row["id"])
        return {entry["name"]: cls.ids_of(free[entry["expected"]["to"]].pop()) for entry in wanted}

    @classmethod
    def ids_of(cls, message):
        shown = cls.gateway.json("show", message)
        shipment = cls.gateway.json("show", shown["shipment"])
        return {"message": message, "message_id": shown["message_id"], "set_id": shipment["set_id"]}

    @classmethod
    def fetched(cls, mailbox):
        """Mails of this mailbox in the log: of strangers' mails more than ten in a minute are told as a number."""
        counted = cls.gateway.events("mails-fetched", mailbox=mailbox)
        return len(cls.gateway.events("mail-fetched", mailbox=mailbox)) + sum(int(event["times"]) for event in counted)

    @classmethod
    def deliver_all(cls):
        """(name, words) of each mail."""
        mailboxes = {receiver: name for name, receiver in MAILBOXES.items()}
        delivered = []
        with smtplib.LMTP(str(cls.site.servers.directory / "dovecot" / "lmtp")) as client:
            for receiver, mailbox in mailboxes.items():
                names = cls.deliver(client, receiver)
                delivered += names
                wait_until(lambda: cls.fetched(mailbox) >= len(names), 60,
                           f"all mails of {receiver} fetched")
        return delivered

    @classmethod
    def deliver(cls, client, receiver):
        delivered = []
        for entry in INDEX["mails"]:
            if entry["expected"].get("receiver", "receiver") != receiver:
                continue
            for file in entry["files"]:
                content = cls.content(entry, (GOLDEN / file).read_bytes())
                client.sendmail("", [address(receiver)], content)
                delivered.append((entry["name"], words(content)))
        return delivered

    @classmethod
    def content(cls, entry, content):
        ids = cls.originals.get(entry["name"])
        if ids:
            content = content.replace(ORIGINAL.encode(), ids["message_id"].encode()).replace(
                ORIGINAL_SET.encode(), ids["set_id"].encode())
        how = entry["expected"].get("seal")
        return cls.sealed(content, entry["expected"]["to"], how) if how else content

    @classmethod
    def sealed(cls, content, signer, how):
        """The mail with its entity signed (RFC 3156 section 5), or signed and encrypted (6.2)."""
        at = content.index(b"Content-Type:")
        header, entity = content[:at], content[at:]
        if how == "encrypt":
            return header + pieces.encrypted_body(pieces.crlf(cls.site.gpg.seal(entity, address("receiver"),
                                                                                address(signer))))
        signature = b"Content-Type: application/pgp-signature\r\n\r\n" + pieces.crlf(
            cls.site.gpg.detached(entity, address(signer)))
        kind = 'signed; protocol="application/pgp-signature"; micalg=pgp-sha256'
        return header + pieces.multipart([entity, signature], kind, boundary="=_sig")

    @classmethod
    def settle(cls):
        """Until nothing is under way any more."""
        def busy():
            counts = cls.gateway.counts()
            waiting = (counts["mails"]["fetched"], counts["deliveries"]["waiting"], counts["messages"]["waiting"],
                       counts["messages"]["sealed"], counts.get("receipts", {}).get("due", 0),
                       counts.get("documents_in", {}).get("waiting", 0))
            return any(waiting) and waiting
        try:
            wait_until(lambda: not busy(), 60, "all mails taken")
        except TimeoutError as error:  # the tests say which
            print(f"{error}: {busy()}", flush=True)

    @classmethod
    def mails_to_partners(cls):
        """Partner -> what lies in its mailbox."""
        home = cls.site.servers.directory / "home"
        return {name: [file.read_bytes().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
                       for file in sorted((home / entry["address"] / "Maildir" / "new").glob("*"))]
                for name, entry in INDEX["partners"].items()}

    def check(self, entry):
        expected = entry["expected"]
        getattr(self, f"check_{expected['outcome']}")(entry["name"], expected)
        self.check_instances(expected)
        if "set" in expected:
            self.assertEqual(self.results.set_of(entry["name"]), expected["set"])
        if "receipt" in expected:
            self.check_receipt(entry["name"], expected["receipt"])
        for document in expected.get("documents", ()):
            self.check_document(entry["name"], document, expected)

    def states(self, name):
        return [row["state"] for row in self.results.rows[name]]

    def check_arrives(self, name, _):
        self.assertEqual(self.results.reasons(name), [])
        self.assertEqual(set(self.states(name)) - {"opened", "joined"}, set())

    def check_quarantined(self, name, expected):
        reasons = self.results.reasons(name)
        self.assertEqual(len(reasons), 1, f"{reasons}, states {self.states(name)}")
        self.assertIn(reasons[0], expected["reasons"])
        if expected.get("untouched"):
            self.assertEqual(self.message(name)["state"], "sent")

    def check_waits(self, name, _):
        self.assertEqual(set(self.states(name)), {"fragment"})

    def check_report(self, name, expected):
        self.assertEqual(self.results.reasons(name), [])
        self.assertEqual(self.states(name), ["report"])
        message, answer = self.originals[name]["message"], expected["answer"]
        if answer in STATES:
            self.assertEqual(self.message(name)["state"], STATES[answer])
        elif answer == "resend":
            self.assertEqual(len(self.gateway.events("message-resent", message=message)), 1)
            self.assertEqual(len(self.gateway.events("message-sent", message=message)), 2)
        elif answer == "delayed":
            self.assertEqual(len(self.gateway.events("message-delayed", message=message)), 1)
            self.assertEqual(self.message(name)["state"], "sent")
        else:
            self.assertEqual(self.message(name)["state"], "sent")
        if "words" in expected:
            self.assertIn(expected["words"], json.dumps(self.gateway.json("show", message)))

    def message(self, name):
        return self.gateway.json("show", self.originals[name]["message"])

    def check_instances(self, expected):
        for uid, sha256 in expected.get("instances", {}).items():
            self.assertIn(uid, self.results.stored)
            self.assertEqual(self.results.stored[uid], sha256, "another data set")
        for uid, hashes in expected.get("either", {}).items():
            self.assertIn(self.results.stored.get(uid), hashes)

    def check_document(self, name, document, expected):
        new = [sop_class for sop_class, sop_instance in self.results.by_study.get(document["study"], [])
               if sop_instance not in expected["instances"]]
        if document["becomes"]:
            self.assertEqual(new, [document["becomes"]])
            return
        self.assertEqual(new, [])
        shown = json.dumps([self.gateway.json("show", row["id"]) for row in self.results.rows[name]])
        documents = re.findall(r'"document (N\d+)"', shown)
        self.assertEqual([self.gateway.json("show", item)["state"] for item in documents], ["kept"])

    def check_receipt(self, name, receipt):
        """The receipts that name this mail, in all partners' mailboxes."""
        found = [(partner, *told) for partner, mails in self.answers.items() for told in
                 filter(None, (self.told(mail, partner, f"{name}@golden.example", f"{name}.1@golden.example")
                               for mail in mails))]
        if receipt is None:
            self.assertEqual(found, [])
            return
        self.assertEqual([told[1:] for told in found],
                         [(receipt["kind"], receipt.get("protection", "none"), receipt["disposition"])])

    def told(self, mail, partner, *names):
        """(kind, protection, disposition) of a receipt for one of these ids; None: it is none, or for another."""
        parsed, protection = email.message_from_bytes(mail, policy=email.policy.compat32), "none"
        if parsed.get_content_type() == "multipart/encrypted":
            opened, signers = self.opened(mail)
            self.assertEqual(signers, [self.site.gpg.fingerprint(address("receiver"))])
            parsed, protection = email.message_from_bytes(opened, policy=email.policy.compat32), "encrypt"
            if parsed["X-TELEMEDICINE-REPORT"]:
                about = parsed["X-TELEMEDICINE-ORIGINAL-CONTENT-ID"].strip("<> ")
                return ("pgp", "none", self.word(parsed["X-TELEMEDICINE-REPORT"])) if about in names else None
        if parsed.get_content_type() == "multipart/signed":
            parsed, protection = parsed.get_payload()[0], "sign" if protection == "none" else protection
        if parsed.get_content_type() != "multipart/report":
            return None
        fields = parsed.get_payload()[1].get_payload()[0]
        about = fields["Original-Message-ID"].strip("<> ")
        return ("mdn", protection, self.word(fields["Disposition"])) if about in names else None

    @staticmethod
    def word(disposition):
        """Without the mode, RFC 8098 section 3.2.6."""
        return disposition.rpartition(";")[2].strip()

    @functools.cache
    def opened(self, mail):
        return self.site.gpg.open(mail[mail.index(b"-----BEGIN PGP MESSAGE"):])


def add_test(entry):
    def test(self):
        self.check(entry)
    test.__doc__ = f"{entry['shows']} ({entry['maker']})"
    setattr(GoldenMails, "test_" + re.sub(r"\W", "_", entry["name"]), test)


for _entry in INDEX["mails"]:
    add_test(_entry)


class RefusedKeys(unittest.TestCase):
    """Keys that the configuration does not take for a partner's."""

    def test_each(self):
        directory = self.enterContext(Directory())
        golden = GoldenSite(directory)
        self.addCleanup(golden.gpg.close)
        for case in INDEX["refused"]:
            with self.subTest(case["key"]):
                settings = golden.settings()
                name = case["key"]
                settings["partners"] = {name: TwoHospitals.partner(
                    address(name), directory / "keys" / f"{name}.public.asc", golden.gpg.fingerprint(address(name)),
                    **case["profile"])}
                settings["routes"]["outbound"] = []
                config = Gateway(directory / "gateway", settings).write()
                done = gateway("check", "--config", config, check=False)
                self.assertNotEqual(done.returncode, 0)
                self.assertIn(case["error"], done.stdout + done.stderr)


class Index(unittest.TestCase):
    def test_every_file_is_in_it(self):
        listed = {file for entry in INDEX["mails"] for file in entry["files"]}
        self.assertEqual(listed, {file.name for file in GOLDEN.glob("*.eml")})


if __name__ == "__main__":
    main()
