#!/usr/bin/python3
"""Keys in the field: partners whose key files hold parts of others' keys, and people who compare fingerprints at a
terminal."""

import copy
import json
import os
import re
import subprocess
import unicodedata

import rig  # noqa: F401
import key_grafts
import mails
from harness import (ADDRESSES, Directory, E2eTest, Gnupg, StoreScp, TwoHospitals, dataset_bytes, dataset_of, gateway,
                     gateway_binary, identity, main, make_study, yaml_text)

A, B, C = (ADDRESSES[name] for name in "abc")
D = "tele@hospital-d.example"
CONFIG_MISTAKE = 78

# Erases the screen, sets its title, goes back, reads from right to left, hides, C1, a line end of Unicode's, a tag, and
# what is no UTF-8.
HOSTILE = "x\x1b[2J\x1b]0;owned\x07\r\u202esdrawkcab\u200b \u009b31m\u2028\U000e0041".encode() + b"\xff\xfe"


class Site:
    """A partner whose software is GnuPG. Its primary key certifies only; what signs and what encrypts are subkeys."""

    def __init__(self, gpg, address):
        self.gpg, self.address = gpg, address
        gpg.run("--quick-generate-key", f"Hospital <{address}>", "ed25519", "cert", "never")
        self.fingerprint = gpg.fingerprint(address)
        self.subkeys = []
        self.signs, self.encrypts = self.add("ed25519", "sign"), self.add("cv25519", "encr")

    def add(self, algorithm, usage):
        """Another subkey; returns its fingerprint."""
        self.gpg.run("--quick-add-key", self.fingerprint, algorithm, usage, "never")
        listing = self.gpg.run("--with-colons", "--list-keys", self.fingerprint).stdout.decode()
        found = re.findall(r"^fpr:+([0-9A-F]+):", listing, re.M)[1:]
        self.subkeys.append(next(fingerprint for fingerprint in found if fingerprint not in self.subkeys))
        return self.subkeys[-1]

    def export(self):
        return self.gpg.run("--export", self.fingerprint).stdout

    def graft(self, fingerprint):
        """One subkey with what binds it, for the end of another's file."""
        return key_grafts.subkeys(self.export())[self.subkeys.index(fingerprint)]

    def secret(self):
        return self.gpg.run("--export-secret-keys", self.fingerprint).stdout


class KeysInTheField(E2eTest):
    """Hospital B has the gateway; A, C and D are its partners. C's and D's key files came by mail, and somebody had a
    hand in both: behind C's own key stands a newer subkey of D that encrypts; behind D's own stand a newer signing
    subkey of C, and one that D's key has bound without that subkey's consent."""

    seed = 9300

    @classmethod
    def setUpClass(cls):
        cls.directory = cls.enterClassContext(Directory())
        users = {address: f"secret-{address}" for address in (A, B, C, D)}
        cls.hospitals = cls.enterClassContext(TwoHospitals(StoreScp, start="", servers_options={"users": users}))
        cls.b, cls.servers = cls.hospitals.b, cls.hospitals.servers
        cls.gpg = cls.hospitals.gnupg("a", "b")
        cls.c, cls.d = Site(cls.gpg, C), Site(cls.gpg, D)
        cls.honest = {"c": cls.c.export(), "d": cls.d.export()}
        cls.c_late, cls.d_late, cls.d_half = (
            cls.c.add("ed25519", "sign"), cls.d.add("cv25519", "encr"), cls.d.add("ed25519", "sign"))
        cls.files = {
            "c": cls.write("c.pgp", cls.honest["c"] + cls.d.graft(cls.d_late)),
            "d": cls.write("d.pgp", cls.honest["d"] + key_grafts.without_back_signature(cls.d.graft(cls.d_half))
                           + cls.c.graft(cls.c_late))}
        for name, site in (("c", cls.c), ("d", cls.d)):
            cls.b.settings["partners"][f"klinikum-{name}"] = TwoHospitals.partner(
                site.address, cls.files[name], site.fingerprint)
        cls.b.settings["routes"]["inbound"][0]["when"]["partner"] = ["klinikum-a", "klinikum-c", "klinikum-d"]
        cls.b.start()

    @classmethod
    def write(cls, name, content):
        file = cls.directory / name
        file.write_bytes(content)
        file.chmod(0o644)
        return file

    def fresh(self):
        KeysInTheField.seed += 1
        return make_study(self.enterContext(Directory()), 1, 4096, seed=KeysInTheField.seed)[0]

    def sealed(self, file, signer):
        """`signer`: a fingerprint, of a subkey too; by that one and no other."""
        return self.gpg.seal(mails.inner_entity([file]), B, f"{signer}!")

    def deliver(self, sealed, sender):
        self.servers.deliver(sender, B, mails.encrypted_mail(sender, B, sealed))

    def expect_refused(self, signer, sender, reason):
        """The mail waits with its reason, and nothing of it was taken."""
        file = self.fresh()
        before = len(self.b.events("mail-quarantined"))
        self.deliver(self.sealed(file, signer), sender)
        event = self.b.wait_for("mail-quarantined", before + 1)[-1]
        self.assertEqual(event["reason"], reason, event)
        self.assertNotIn(identity(file).sop_instance, self.hospitals.pacs_b.datasets())

    def expect_taken(self, signer, sender):
        file = self.fresh()
        uid = identity(file).sop_instance
        self.deliver(self.sealed(file, signer), sender)
        self.wait(lambda: self.hospitals.pacs_b.datasets().get(uid) == dataset_bytes(file), 60, "the file in the PACS")

    def check(self, **files):
        """`check` of the same configuration with other key files; C first, then D first: (exit codes, what was said)."""
        codes, said = set(), ""
        for first, second in (("c", "d"), ("d", "c")):
            settings = copy.deepcopy(self.b.settings)
            for name in (first, second):
                partner = settings["partners"].pop(f"klinikum-{name}")
                partner["key"]["file"] = str(files.get(name, self.files[name]))
                settings["partners"][f"klinikum-{name}"] = partner
            config = self.write("other.yaml", yaml_text(settings).encode())
            done = gateway("check", "--config", config, check=False)
            codes.add(done.returncode)
            said += done.stdout + done.stderr
        return codes, said

    # -- who signs

    def test_partners_whose_files_hold_more_than_their_keys_are_believed_by_their_own(self):
        self.expect_taken(self.c.signs, C)
        self.expect_taken(self.d.signs, D)

    def test_a_mail_signed_by_d_that_claims_to_be_from_c(self):
        self.expect_refused(self.d.signs, C, "wrong-signer")
        self.expect_refused(self.c.signs, D, "wrong-signer")

    def test_a_subkey_of_c_that_stands_in_d_s_file_only_signs_for_nobody(self):
        """C's own file does not hold it yet: B was told of it by D alone, whoever made it."""
        self.expect_refused(self.c_late, C, "unknown-signer")
        self.expect_refused(self.c_late, D, "unknown-signer")

    def test_a_subkey_that_has_not_signed_back_signs_for_nobody(self):
        self.expect_refused(self.d_half, D, "unknown-signer")
        self.expect_refused(self.d_half, C, "unknown-signer")

    def test_the_mail_doctor_believes_no_more_than_the_gateway(self):
        mail = self.directory / "doctor.eml"
        keys = [("--partner-key", self.files[name]) for name in "cd"]
        for signer, sender, expected in ((self.c.signs, C, set()), (self.d.signs, D, set()),
                                         (self.d.signs, C, {"signer-not-sender"}),
                                         (self.c_late, C, {"unknown-signer"}), (self.c_late, D, {"unknown-signer"}),
                                         (self.d_half, D, {"unknown-signer"})):
            mail.write_bytes(mails.encrypted_mail(sender, B, self.sealed(self.fresh(), signer)))
            for order in (keys, keys[::-1]):
                done = gateway("inspect", mail, "--key", self.hospitals.keys["b"].secret, *order[0], *order[1], "--json",
                               check=False)
                codes = {departure["code"] for departure in json.loads(done.stdout)["departures"]
                         if departure["severity"] != "note"}
                self.assertEqual((codes, done.returncode), (expected, 1 if expected else 0), (signer, sender))

    # -- to whom

    def test_what_is_sent_to_c_only_c_can_open(self):
        file = self.fresh()
        before = self.servers.count(C)
        self.b.command("send", "--to", "klinikum-c", file)
        armor = mails.armor_of(mails.parse(self.servers.wait_for(C, before + 1)[-1]))
        with Gnupg() as of_c, Gnupg() as of_d:
            for home, site in ((of_c, self.c), (of_d, self.d)):
                home.run("--import", data=site.secret())
                home.import_keys(self.hospitals.keys["b"].public)
            opened, _ = of_c.open(armor)
            self.assertEqual(dataset_of(mails.dicom_parts(opened)[0]), dataset_bytes(file))
            refused = of_d.run("--decrypt", data=armor, check=False)
            self.assertIn(b"No secret key", refused.stderr)
            self.assertEqual(refused.stdout, b"")

    # -- what the operator is told

    def test_what_does_not_count_is_shown_as_such(self):
        codes, said = self.check()
        self.assertEqual(codes, {0}, said)
        for name, subkey in (("c", self.d_late), ("d", self.c_late), ("d", self.d_half)):
            self.assertRegex(said, f"partner klinikum-{name}: a subkey of its key is not used: .*{subkey}")
            listed = json.loads(gateway("keys", "list", "--json", self.files[name]).stdout)[0]
            states = {one["fingerprint"]: one["state"] for one in listed["subkeys"]}
            self.assertRegex(states.pop(subkey), "NOT USED")
            own = {"c": self.c, "d": self.d}[name]
            self.assertEqual({states[own.signs], states[own.encrypts]}, {"usable"})
            text = gateway("keys", "list", self.files[name]).stdout
            self.assertRegex(text.replace(" ", ""), rf"subkey{subkey}\n.*NOTUSED")
            printed = gateway("keys", "fingerprint", self.files[name])
            self.assertEqual(printed.stdout.replace(" ", ""), own.fingerprint + "\n")
            self.assertRegex(printed.stderr.replace(" ", ""), f"subkey{subkey},NOTUSED")

    def expect_refused_files(self, code, *words, **files):
        codes, said = self.check(**files)
        self.assertEqual(codes, {CONFIG_MISTAKE}, said)
        self.assertEqual(len(re.findall(rf"\b{code}: ", said)), 2, said)
        for word in words:
            self.assertGreaterEqual(said.count(word), 2, f"{word}: {said}")

    def test_a_copy_of_another_partner_s_subkey_is_refused_by_both_names_and_cuts_nobody_off(self):
        for carried in (self.c.encrypts, self.c.signs):
            file = self.write("d-new.pgp", self.honest["d"] + self.c.graft(carried))
            self.expect_refused_files("key-of-another", "partner klinikum-c", "partner klinikum-d", carried,
                                      str(file), str(self.files["c"]), d=file)
        # An operator has put it in place under the gateway that runs: both are served as before.
        self.addCleanup(self.files["d"].write_bytes, self.files["d"].read_bytes())
        self.files["d"].write_bytes(file.read_bytes())
        self.expect_taken(self.c.signs, C)
        before = self.servers.count(C)
        self.b.command("send", "--to", "klinikum-c", self.fresh())
        self.servers.wait_for(C, before + 1)

    def test_a_file_with_another_partner_s_primary_key_is_refused(self):
        """Alone, with its subkeys, and with those of an accomplice behind it."""
        primary = key_grafts.without_subkeys(self.honest["c"])
        stolen = self.d.graft(self.d_late)
        for number, more in enumerate((primary, self.honest["c"], primary + stolen)):
            file = self.write(f"d-{number}.pgp", self.honest["d"] + more)
            self.expect_refused_files("several-keys", str(file), d=file)
            printed = gateway("keys", "fingerprint", file)
            self.assertEqual(set(printed.stdout.replace(" ", "").split()), {self.c.fingerprint, self.d.fingerprint})
            self.assertIn("2 primary keys", printed.stderr)

    def test_our_own_key_in_a_partner_s_file_is_refused(self):
        ours = self.gpg.run("--export", self.hospitals.keys["b"].fingerprint.replace(" ", "")).stdout
        file = self.write("d-ours.pgp", self.honest["d"] + key_grafts.subkeys(ours)[0])
        self.expect_refused_files("key-of-another", "is our own", "partner klinikum-d", d=file)

    def test_a_partner_s_secret_key_is_refused_with_what_to_tell_the_partner(self):
        armored = self.gpg.export_secret(self.d.fingerprint).encode()
        subkeys_only = self.gpg.run("--export-secret-subkeys", self.d.fingerprint).stdout
        for number, content in enumerate((self.d.secret(), armored, b"Dear all,\n\n" + armored, subkeys_only,
                                          self.honest["d"] + self.d.secret())):
            with self.subTest(number):
                file = self.write("d-secret.pgp", content)
                self.expect_refused_files("secret-key-of-partner", "revoke", "public part only", d=file)

    def test_a_key_file_that_everybody_may_write_is_refused(self):
        file = self.write("d-open.pgp", self.honest["d"])
        file.chmod(0o666)
        self.expect_refused_files("writable-by-others", "chmod o-w", str(file), d=file)

    # -- the terminal at which fingerprints are compared

    def printed(self, *arguments):
        """What a command writes, in any form that it has: valid UTF-8 that a terminal shows and does not obey."""
        texts = []
        for options in ([], ["--json"]):
            done = subprocess.run([gateway_binary(), *map(os.fspath, arguments), *options], stdin=subprocess.DEVNULL,
                                  capture_output=True, timeout=60)
            texts.append(done.stdout.decode())
            for text in (texts[-1], done.stderr.decode()):
                obeyed = [c for c in text if c != "\n" and unicodedata.category(c) in ("Cc", "Cf", "Zl", "Zp")]
                self.assertEqual(obeyed, [], text)
        return texts

    def test_a_user_id_that_a_terminal_would_obey(self):
        with Gnupg() as other:
            user_id = HOSTILE + b"\n  user       Good <" + D.encode() + b">"
            other.run("--quick-generate-key", os.fsdecode(user_id), "future-default", "default", "never")
            listing = other.run("--with-colons", "--list-keys").stdout
            fingerprint = re.search(rb"^fpr:+([0-9A-F]+):", listing, re.M)[1].decode()
            file = self.write("d-hostile.pgp", other.run("--export", fingerprint).stdout)
            other.import_keys(self.hospitals.keys["b"].public)
            mail = self.write("hostile.eml", mails.encrypted_mail(
                D, B, other.seal(mails.inner_entity([self.fresh()]), B, fingerprint)))
        text, as_json = self.printed("keys", "list", file)
        self.assertEqual(text.count("\n  user "), 1, text)
        said = json.loads(as_json)[0]["user_ids"]
        self.assertEqual([user_id.decode(errors="replace")], said, "JSON says what stands there")
        self.printed("keys", "fingerprint", file)
        keys = ["--key", self.hospitals.keys["b"].secret, "--partner-key", file]
        self.assertTrue(json.loads(self.printed("inspect", mail, *keys)[1])["clean"])
        settings = copy.deepcopy(self.b.settings)
        settings["partners"]["klinikum-d"]["key"] = {"file": str(file), "fingerprint": fingerprint}
        self.printed("check", "--config", self.write("other.yaml", yaml_text(settings).encode()))

    def test_names_and_words_that_a_terminal_would_obey(self):
        """In a file's name, in what somebody types from a list, and in a mail."""
        mail = mails.plain_mail("tele@stranger.example", B, subject="x").replace(
            b"From: tele@", b'From: "' + HOSTILE + b'" <tele' + HOSTILE.replace(b" ", b"") + b"@")
        before = len(self.b.events("mail-quarantined"))
        self.servers.deliver("tele@stranger.example", B, mail)
        item = self.b.wait_for("mail-quarantined", before + 1)[-1]["mail"]
        file = self.write(os.fsdecode(b"key " + HOSTILE), self.files["d"].read_bytes())
        missing = os.fspath(file) + ".none"
        config = ("--config", self.b.config)
        for command in (["list"], ["show", item], ["quarantine", "list"]):
            json.loads(self.printed(*command, *config)[1])
        for command in (["keys", "list", file], ["inspect", self.write(os.fsdecode(HOSTILE + b".eml"), mail)]):
            json.loads(self.printed(*command)[1])
        for command in (["keys", "list", missing], ["keys", "export", missing], ["keys", "fingerprint", file, missing],
                        ["inspect", missing], [missing], ["check", "--config", missing], ["show", missing, *config],
                        ["list", "--state", missing, *config], ["retry", missing, *config]):
            self.printed(*command)
        settings = copy.deepcopy(self.b.settings)
        settings["partners"]["klinikum-d"]["key"]["file"] = "/none/" + HOSTILE.decode(errors="ignore")
        self.printed("check", "--config", self.write("other.yaml", yaml_text(settings).encode()))


if __name__ == "__main__":
    main()
