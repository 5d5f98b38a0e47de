#!/usr/bin/python3
"""Who gets a mail past hospital B's gateway: nobody but a partner, by the key that is pinned, for B, and once."""

import json
import pathlib
import subprocess

import rig  # noqa: F401
import mails
from harness import (ADDRESSES, Directory, E2eTest, StoreScp, TwoHospitals, dataset_bytes, gateway, identity, main,
                     make_study, storescu)

A, B, C = ADDRESSES["a"], ADDRESSES["b"], ADDRESSES["c"]
STRANGER = "tele@stranger.example"
EXPIRED, REVOKED, SUBKEY_EXPIRED, SUBKEY_REVOKED, OLD, SEQUOIA = (
    f"{name}@partner.example" for name in ("expired", "revoked", "subkey-expired", "subkey-revoked", "old", "sequoia"))
LONG_AGO, THEN, NOW_FUTURE = "20240201T000000!", "20240301T000000!", "20340101T000000!"


def at(moment):
    return ("--faked-system-time", moment)


class Keys:
    """Of B's partners, each in the state that its name says."""

    def __init__(self, gpg, directory):
        self.gpg, self.directory = gpg, pathlib.Path(directory)
        self.public, self.fingerprints = {}, {}

    def make(self, address, days="never", usage="default", when=LONG_AGO):
        self.gpg.run(*at(when), "--quick-generate-key", f"Partner <{address}>", "future-default", usage, days)
        self.fingerprints[address] = self.gpg.fingerprint(address)
        return self.fingerprints[address]

    def export(self, address):
        """As it is now, for B."""
        file = self.directory / f"{address}.public.asc"
        file.write_text(self.gpg.export(address))
        self.public[address] = file

    def sign_with_subkey(self, address, days):
        fingerprint = self.make(address)
        self.gpg.run(*at(LONG_AGO), "--quick-add-key", fingerprint, "ed25519", "sign", days)

    def revoke(self, address):
        text = (self.gpg.home / "openpgp-revocs.d" / f"{self.fingerprints[address]}.rev").read_text()
        certificate = self.directory / "revocation.asc"
        certificate.write_text(text.replace(":-----BEGIN", "-----BEGIN"))
        self.gpg.run("--import", certificate)

    def revoke_subkey(self, address, number):
        answers = f"key {number}\nrevkey\ny\n1\n\ny\nsave\n"
        self.gpg.run("--no-batch", "--command-fd", "0", "--edit-key", self.fingerprints[address],
                     data=answers.encode())


class Trust(E2eTest):
    """A's gateway sends; GnuPG holds the keys of A and B, and is everybody else."""

    @classmethod
    def setUpClass(cls):
        cls.directory = cls.enterClassContext(Directory())
        cls.hospitals = cls.enterClassContext(TwoHospitals(StoreScp, start=""))
        cls.gpg = cls.hospitals.gnupg("a", "b")
        cls.keys = Keys(cls.gpg, cls.directory)
        cls.seeds = iter(range(1, 1000))
        cls.make_keys()
        for address, file in cls.keys.public.items():
            name = address.partition("@")[0] if address != C else "klinikum-c"
            partner = cls.hospitals.partner(address, file, cls.keys.fingerprints[address])
            cls.hospitals.b.settings["partners"][name] = partner
            cls.hospitals.b.settings["routes"]["inbound"][0]["when"]["partner"].append(name)
        cls.send_to_c()
        # As long as its clock might be wrong B would have mails wait that are too old, too new or by an expired key.
        cls.hospitals.b.settings["retry"]["give_up_after"] = "5s"
        cls.b = cls.hospitals.b.start()
        cls.a = cls.hospitals.a.start()

    @classmethod
    def make_keys(cls):
        keys, gpg = cls.keys, cls.gpg
        cls.stranger = gpg.generate(f"Stranger <{STRANGER}>")
        keys.fingerprints[C] = gpg.generate(f"Hospital C <{C}>")
        keys.export(C)
        keys.make(OLD)
        keys.export(OLD)
        keys.make(EXPIRED, "365d")
        keys.export(EXPIRED)
        # The owner has renewed it; B has not heard of it.
        gpg.run(*at(THEN), "--quick-set-expire", keys.fingerprints[EXPIRED], "0")
        gpg.run(*at(THEN), "--quick-set-expire", keys.fingerprints[EXPIRED], "0", "*")
        keys.sign_with_subkey(SUBKEY_EXPIRED, "30d")
        keys.export(SUBKEY_EXPIRED)
        cls.presigned = {SUBKEY_EXPIRED: cls.sealed(cls.fresh(), SUBKEY_EXPIRED, options=at("20240215T000000!"))}
        keys.make(REVOKED, when=THEN)
        cls.presigned[REVOKED] = cls.sealed(cls.fresh(), REVOKED)
        keys.revoke(REVOKED)
        keys.export(REVOKED)
        keys.sign_with_subkey(SUBKEY_REVOKED, "never")
        cls.presigned[SUBKEY_REVOKED] = cls.sealed(cls.fresh(), SUBKEY_REVOKED)
        keys.revoke_subkey(SUBKEY_REVOKED, 2)
        keys.export(SUBKEY_REVOKED)
        cls.make_sequoia_key()

    @classmethod
    def make_sequoia_key(cls):
        cls.sequoia_key = cls.directory / "sequoia.key"
        subprocess.run(["sq", "key", "generate", "--userid", f"Sequoia <{SEQUOIA}>", "--export", cls.sequoia_key],
                       check=True, capture_output=True)
        certificate = subprocess.run(["sq", "key", "extract-cert", cls.sequoia_key], check=True, capture_output=True)
        cls.gpg.run("--import", data=certificate.stdout)
        cls.keys.fingerprints[SEQUOIA] = cls.gpg.fingerprint(SEQUOIA)
        cls.keys.public[SEQUOIA] = cls.directory / "sequoia.cert"
        cls.keys.public[SEQUOIA].write_bytes(certificate.stdout)

    @classmethod
    def send_to_c(cls):
        a = cls.hospitals.a.settings
        a["partners"]["klinikum-c"] = cls.hospitals.partner(C, cls.keys.public[C], cls.keys.fingerprints[C])
        a["routes"]["outbound"].append({"name": "to-c", "when": {"called_ae": ["TO_C"]}, "send_to": ["klinikum-c"]})
        # Expired keys are B's business when it sends, too.
        b = cls.hospitals.b.settings
        b["routes"]["outbound"].append({"name": "to-expired", "when": {"called_ae": ["TO_EXPIRED"]},
                                        "send_to": ["expired"]})

    @classmethod
    def fresh(cls):
        seed = next(cls.seeds)
        return make_study(cls.directory / f"{seed}", 1, 4096, seed=7000 + seed)[0]

    @classmethod
    def sealed(cls, file, signer=A, recipient=B, options=(), inner=None):
        inner = inner or mails.inner_entity([file])
        if not options:
            return cls.gpg.seal(inner, recipient, signer)
        signed = cls.gpg.run(*options, "--compress-algo", "none", "--local-user", signer, "--sign", data=inner).stdout
        return cls.encrypted(signed, recipient)

    @classmethod
    def encrypted(cls, signed, recipient=B):
        """An OpenPGP message in another one."""
        return cls.gpg.run("--armor", "--no-literal", "--recipient", recipient, "--encrypt", data=signed).stdout

    def deliver(self, sealed, sender=A):
        self.hospitals.servers.deliver(sender, B, mails.encrypted_mail(sender, B, sealed))

    def quarantined(self, sealed, reason, sender=A):
        """The mail waits with its reason, nothing of it was taken, and the next good mail passes."""
        before = len(self.b.events("mail-quarantined"))
        arrived = set(self.hospitals.pacs_b.datasets())
        self.deliver(sealed, sender)
        event = self.b.wait_for("mail-quarantined", before + 1)[-1]
        self.assertEqual(event["reason"], reason, event)
        good = self.arrives(self.fresh())
        self.assertEqual(set(self.hospitals.pacs_b.datasets()), arrived | {good})
        return event["mail"]

    def arrives(self, file, sealed=None, sender=A):
        self.deliver(sealed or self.sealed(file), sender)
        return self.stored(file)

    def stored(self, file):
        uid = identity(file).sop_instance
        self.wait(lambda: self.hospitals.pacs_b.datasets().get(uid) == dataset_bytes(file), 60, "the file in the PACS")
        return uid

    def moved_on(self, mail, recipient=B):
        """What somebody can make of a mail that he can open: the signed content as it was, encrypted to another."""
        return self.encrypted(self.gpg.run("--unwrap", data=mail).stdout, recipient)

    # -- keys

    def test_a_strangers_mail(self):
        self.quarantined(self.sealed(self.fresh(), STRANGER), "stranger", STRANGER)

    def test_a_partners_address_with_a_strangers_key(self):
        self.quarantined(self.sealed(self.fresh(), STRANGER), "unknown-signer")

    def test_a_partners_key_with_another_partners_address(self):
        self.quarantined(self.sealed(self.fresh(), C), "wrong-signer")

    def test_a_key_that_is_expired_now(self):
        self.quarantined(self.sealed(self.fresh(), EXPIRED, options=at(THEN)), "signer-key-expired", EXPIRED)

    def test_a_signature_made_after_the_end_of_its_key(self):
        self.quarantined(self.sealed(self.fresh(), EXPIRED), "signer-key-expired", EXPIRED)

    def test_a_signing_subkey_that_is_expired(self):
        self.quarantined(self.presigned[SUBKEY_EXPIRED], "signer-key-expired", SUBKEY_EXPIRED)

    def test_a_revoked_key(self):
        self.quarantined(self.presigned[REVOKED], "signer-key-revoked", REVOKED)

    def test_a_revoked_signing_subkey(self):
        self.quarantined(self.presigned[SUBKEY_REVOKED], "signer-key-revoked", SUBKEY_REVOKED)

    def test_partners_with_dead_keys_do_not_keep_the_daemon_from_its_work(self):
        """It runs (setUpClass), says so, and what they are to get waits for a new key."""
        whose = {event["whose"] for event in self.b.events("key-unusable")}
        self.assertEqual(whose, {"partner expired", "partner revoked"})
        checked = self.b.command("check", check=False)
        self.assertEqual(checked.returncode, 78)
        self.assertRegex(checked.stderr, r"key-not-usable: .* is expired")
        self.assertRegex(checked.stderr, r"key-not-usable: .* is revoked")
        listed = json.loads(gateway("keys", "list", "--json", self.keys.public[EXPIRED],
                                    self.keys.public[REVOKED]).stdout)
        self.assertEqual([key["kind"] for key in listed], ["expired", "revoked"])
        file = self.fresh()
        self.b.command("send", "--to", "expired", file)
        deferred = self.b.wait_for("message-deferred")[0]
        self.assertEqual((deferred["partner"], deferred["error"]), ("expired", "key-not-usable"))
        self.arrives(self.fresh())

    # -- signatures

    def test_a_signature_over_other_content(self):
        signed = self.gpg.run("--local-user", A, "--compress-algo", "none", "--sign",
                              data=mails.inner_entity([self.fresh()])).stdout
        other = signed.replace(b"Content-Disposition", b"content-disposition", 1)
        self.assertNotEqual(other, signed)
        self.quarantined(self.encrypted(other), "bad-signature")

    def test_a_signature_of_long_ago_and_its_release(self):
        file = self.fresh()
        item = self.quarantined(self.sealed(file, OLD, options=at(THEN)), "signature-too-old", OLD)
        self.b.command("quarantine", "release", item)
        self.stored(file)

    def test_a_signature_from_the_future(self):
        self.quarantined(self.sealed(self.fresh(), OLD, options=at(NOW_FUTURE)), "signature-in-future", OLD)

    # -- replays and other wrapping

    def test_the_encrypted_part_in_a_strangers_mail(self):
        self.quarantined(self.sealed(self.fresh()), "stranger", STRANGER)

    def test_the_encrypted_part_in_another_partners_mail(self):
        self.quarantined(self.sealed(self.fresh()), "wrong-signer", C)

    def test_a_replay_and_its_release(self):
        file = self.fresh()
        sealed = self.sealed(file)
        self.arrives(file, sealed)
        item = self.quarantined(sealed, "replayed")
        again = self.quarantined(sealed, "replayed")
        self.assertNotEqual(item, again)
        self.b.command("quarantine", "release", item)
        self.assertEqual(self.b.wait_for("mail-accepted", mail=item)[0]["duplicates"], "1")
        self.assertEqual([row["reason"] for row in self.b.quarantine() if row["id"] == again], ["replayed"])

    def test_a_replay_in_a_new_envelope_of_armor(self):
        """Other session key, other armor, the same signature."""
        file = self.fresh()
        sealed = self.sealed(file)
        self.arrives(file, sealed)
        self.quarantined(self.moved_on(sealed), "replayed")

    def test_a_replay_in_fragments(self):
        file = self.fresh()
        sealed = self.sealed(file)
        self.arrives(file, sealed)
        before = len(self.b.events("mail-quarantined"))
        for fragment in mails.split_mail(mails.encrypted_mail(A, B, sealed), 3, A, B, "replay@partner.example"):
            self.hospitals.servers.deliver(A, B, fragment)
        self.assertEqual(self.b.wait_for("mail-quarantined", before + 1)[-1]["reason"], "replayed")

    def test_the_same_mail_delivered_twice_is_no_replay(self):
        file = self.fresh()
        mail = mails.encrypted_mail(A, B, self.sealed(file))
        accepted, quarantined = len(self.b.events("mail-accepted")), len(self.b.events("mail-quarantined"))
        for _ in range(2):
            self.hospitals.servers.deliver(A, B, mail)
        self.b.wait_for("mail-accepted", accepted + 2)
        self.stored(file)
        self.assertEqual(len(self.b.events("mail-quarantined")), quarantined)

    # -- surreptitious forwarding

    def test_what_a_gateway_signed_for_another_partner(self):
        """C gets a study of A's gateway, and passes it on to B in A's name."""
        file = self.fresh()
        storescu([file], self.a.port, called="TO_C")
        mail = self.hospitals.servers.wait_for(C)[-1]
        item = self.quarantined(self.moved_on(mails.armor_of(mails.parse(mail))), "not-for-us")
        self.b.command("quarantine", "release", item)
        self.stored(file)

    def test_a_signed_from_of_another(self):
        inner = b"From: " + C.encode() + b"\r\nTo: " + B.encode() + b"\r\n" + mails.inner_entity([self.fresh()])
        self.quarantined(self.sealed(None, inner=inner), "not-for-us")

    def test_a_signature_with_intended_recipients(self):
        """As Sequoia makes them: good for whom it names."""
        good, other = self.fresh(), self.fresh()
        self.arrives(good, self.sequoia(good, self.hospitals.keys["b"].public), SEQUOIA)
        sealed = self.moved_on(self.sequoia(other, self.keys.public[C]))
        self.quarantined(sealed, "not-for-us", SEQUOIA)

    def sequoia(self, file, certificate):
        return subprocess.run(["sq", "encrypt", "--signer-key", self.sequoia_key, "--recipient-cert", certificate],
                              input=mails.inner_entity([file]), check=True, capture_output=True).stdout

    def test_what_names_nobody_is_taken(self):
        """Other software: nothing tells for whom it was signed (docs/security.md)."""
        file = self.fresh()
        self.arrives(file, self.moved_on(self.sealed(file, recipient=C)))


if __name__ == "__main__":
    main()
