#!/usr/bin/python3
"""The operator's commands: check, status, list, show, keys."""

import copy
import json
import pathlib
import re
import signal
import socket
import stat

import rig  # noqa: F401
from harness import (ADDRESSES, Directory, E2eTest, Gnupg, TwoHospitals, StoreScp, echoscu, gateway, main, make_study,
                     storescu)

CONFIG_MISTAKE = 78


class Check(E2eTest):
    @classmethod
    def setUpClass(cls):
        cls.hospitals = cls.enterClassContext(TwoHospitals(StoreScp, start=""))
        cls.a = cls.hospitals.a
        cls.text = cls.a.write().read_text()

    def mistake(self, old, new, message, marker=None, count=1, code=CONFIG_MISTAKE):
        """Replaces text in the configuration; check must name the file, the line of the marker (or of the key that
        holds it, just above) and the message."""
        self.assertIn(old, self.text)
        text = self.text.replace(old, new, count)
        self.a.config.write_text(text)
        marker = marker or new
        lines = [number for number, line in enumerate(text.splitlines(), 1) if marker.splitlines()[0].strip() in line]
        done = self.a.command("check", check=False)
        output = done.stdout + done.stderr
        self.assertEqual(done.returncode, code, output)
        found = re.findall(rf"{re.escape(str(self.a.config))}:(\d+): (.*)", output)
        lines += [line - 1 for line in lines]
        self.assertTrue([1 for line, said in found if int(line) in lines and re.search(message, said)],
                        f"wanted {message!r} at line {lines}, got\n{output}")
        return output

    def test_a_good_file_passes_with_a_summary(self):
        self.a.write()
        done = self.a.command("check")
        self.assertRegex(done.stdout, r"klinikum-a")
        self.assertFalse(self.a.state.exists() and list(self.a.state.iterdir()))

    def test_unknown_key(self):
        self.mistake("quiet_period:", "quiet_periode:", "quiet_periode")

    def test_unknown_key_at_the_top(self):
        self.mistake("retry:", "retries:", "retries")

    def test_missing_key_file(self):
        self.mistake(str(self.hospitals.keys["b"].public), "/nonexistent/b.asc", "b.asc")

    def test_missing_secret_key_file(self):
        self.mistake(str(self.hospitals.keys["a"].secret), "/nonexistent/a.asc", "a.asc")

    def test_key_file_that_is_no_key(self):
        self.mistake(str(self.hospitals.keys["b"].public), str(self.a.config), "key", count=1)

    def test_public_key_where_the_secret_one_belongs(self):
        self.mistake(str(self.hospitals.keys["a"].secret), str(self.hospitals.keys["a"].public), "(?i)secret")

    def test_a_ca_file_that_holds_no_certificate(self):
        """Whoever connects would be told so by TLS, at each try and for ever."""
        own = f"ca_file: {self.hospitals.ca.certificate}"
        empty = self.hospitals.directory / "empty.pem"
        empty.touch()
        for file in (empty, self.a.config, self.hospitals.keys["b"].public):
            self.mistake(own, f"ca_file: {file}", "smtp.ca_file: .* holds no certificate in PEM")
        self.a.config.write_text(self.text.replace(own, f"ca_file: {empty}"))
        self.assertEqual(self.a.command("run", check=False).returncode, CONFIG_MISTAKE)
        server, _ = self.hospitals.ca.issue("other.example")
        self.a.config.write_text(self.text.replace(own, f"ca_file: {server}"))
        said = self.a.command("check").stdout
        for section in ("smtp", "imap"):
            self.assertRegex(said, f"warning: mailboxes.main.{section}.ca_file .*: no certificate in it is that of a CA")

    def test_fingerprint_of_another_key(self):
        b, a = (self.hospitals.keys[name].fingerprint for name in "ba")
        self.mistake(b, a, "(?i)fingerprint")

    def test_weak_partner_key_names_the_option(self):
        with Gnupg() as gpg:
            # No other subkey to encrypt to: of two made in one second either may be taken.
            gpg.run("--quick-generate-key", "Old <old@partner.example>", "rsa3072", "sign", "never")
            fingerprint = gpg.fingerprint("old@partner.example")
            gpg.run("--quick-add-key", fingerprint, "rsa1024", "encrypt", "never")
            file = self.hospitals.directory / "weak.asc"
            file.write_text(gpg.export(fingerprint))
        good = self.hospitals.keys["b"]
        text = self.text.replace(str(good.public), str(file))
        text = text.replace(good.fingerprint, fingerprint)
        self.a.config.write_text(text)
        done = self.a.command("check", check=False)
        self.assertEqual(done.returncode, CONFIG_MISTAKE)
        self.assertRegex(done.stderr, r"key-too-weak: .*1024 bits.*min_key_bits: 1024 takes it")
        self.a.config.write_text(text.replace("profile:", "profile:\n      min_key_bits: 1024"))
        done = self.a.command("check")
        self.assertRegex(done.stdout, r"note: partner klinikum-b: its key has 1024 bits")

    def test_partner_without_key(self):
        text = self.text
        start = text.index("    key:\n", text.index("partners:"))
        block = text[start:text.index("    profile:", start)]
        self.mistake(block, "", "(?i)key", marker="klinikum-b:")

    def test_route_to_an_unknown_partner(self):
        self.mistake('send_to: ["klinikum-b"]', 'send_to: ["klinikum-x"]', "klinikum-x")

    def test_route_to_an_unknown_pacs(self):
        self.mistake('forward_to: ["main"]', 'forward_to: ["elsewhere"]', "elsewhere")

    def test_port_in_use(self):
        with socket.socket() as busy:
            busy.bind(("127.0.0.1", self.a.port))
            busy.listen()
            said = self.mistake(f"port: {self.a.port}", f"port: {self.a.port} ", "(?i)in use", code=1)
        self.assertIn("1 thing is not there or not free now", said)
        self.assertNotRegex(said, "mistake|good")

    def test_what_is_away_is_not_counted_as_a_mistake(self):
        """A share for documents that is not mounted, beside a misspelt key."""
        rule = self.a.settings["routes"]["inbound"][0]
        rule["file_documents_to"] = str(self.hospitals.directory / "not-mounted")
        self.addCleanup(rule.pop, "file_documents_to")
        text = self.a.write().read_text()
        self.a.config.write_text(text.replace("quiet_period:", "quiet_periode:"))
        done = self.a.command("check", check=False)
        self.assertEqual(done.returncode, CONFIG_MISTAKE)
        self.assertRegex(done.stderr, r"(?s)quiet_periode.*\n1 mistake\n1 thing is not there or not free now")

    def test_beside_the_running_service_its_port_is_no_mistake(self):
        self.a.write()
        self.a.start()
        self.addCleanup(self.a.stop)
        said = self.a.command("check").stdout
        self.assertIn("configuration of klinikum-a is good", said)
        self.assertIn("note: the service is running", said)
        self.assertRegex(said, r"note: dicom.port: .*in use; the running service holds its port")

    def test_hosts_whose_names_are_not_known_are_named_and_are_no_mistake(self):
        before = copy.deepcopy(self.a.settings)
        self.addCleanup(setattr, self.a, "settings", before)
        self.a.settings["dicom"]["callers"].append({"ae_title": "LATE", "host": "no-such-pacs.invalid"})
        self.a.settings["pacs"]["main"]["host"] = "no-such-pacs.invalid"
        self.a.settings["mailboxes"]["main"]["imap"]["url"] = "imaps://no-such-imap.invalid:993"
        self.a.settings["mailboxes"]["main"]["smtp"]["url"] = "smtps://no-such-smtp.invalid"
        self.a.write()
        told = self.a.command("check").stdout
        found = re.findall(r"^warning: (\S+): (\S+): .*as long as its name is not known$", told, re.M)
        self.assertEqual(found, [("dicom.callers", "no-such-pacs.invalid"), ("pacs.main.host", "no-such-pacs.invalid"),
                                 ("mailboxes.main.smtp.url", "no-such-smtp.invalid"),
                                 ("mailboxes.main.imap.url", "no-such-imap.invalid")], told)

    def test_a_misspelt_command_is_named(self):
        for arguments, word, help_of in ((["statsu"], "statsu", "dicom-mail-gateway --help"),
                                         (["--json", "lsit"], "lsit", "dicom-mail-gateway --help"),
                                         (["quarantine", "lst"], "lst", "dicom-mail-gateway quarantine --help"),
                                         (["keys", "shwo", "x.asc"], "shwo", "dicom-mail-gateway keys --help")):
            done = gateway(*arguments, check=False)
            self.assertEqual(done.returncode, 64, arguments)
            self.assertEqual(done.stderr, f"dicom-mail-gateway: '{word}' is no command; see {help_of}\n")
        self.assertIn("subcommand is required", gateway(check=False).stderr)

    def test_a_misspelt_option_before_the_command_is_named(self):
        for arguments, told in ((["quarantine", "--hlep", "--config", "F"], "'--hlep' is no option"),
                                (["quarantine", "--hlep=x"], "'--hlep=x' is no option"),
                                (["quarantine", "--config", "F", "lst"], "'lst' is no command"),
                                (["quarantine", "--config=F", "lst"], "'lst' is no command")):
            done = gateway(*arguments, check=False)
            self.assertEqual(done.returncode, 64, arguments)
            self.assertIn(f"dicom-mail-gateway: {told}; see ", done.stderr, arguments)
        self.assertIn("--jsn", gateway("--jsn", "list", check=False).stderr)

    def test_no_number(self):
        self.mistake("max_associations: 32", "max_associations: many", "many|max_associations")

    def test_out_of_range(self):
        self.mistake(f"port: {self.a.port}", "port: 70000", "70000|port")

    def test_bad_regular_expression(self):
        self.mistake('called_ae: ["TO_B"]', 'called_ae: ["~["]', "(?i)expression|pattern")

    def test_plain_text_outside_loopback(self):
        port = self.hospitals.servers.smtp_port
        output = self.mistake(f"url: smtp://localhost:{port}\n      tls: required",
                              f"url: smtp://mail.hospital.example:{port}\n      tls: none", "(?i)tls",
                              marker="tls: none")
        self.assertIn("insecure", output)

    def test_a_password_in_the_file(self):
        self.mistake("password_file:", "password:", "password")

    def test_yaml_that_is_none(self):
        self.mistake("gateway:\n", "gateway: [\n", "YAML", marker="state_dir")

    def test_every_mistake_is_reported_at_once(self):
        self.a.config.write_text(self.text.replace("quiet_period:", "quiet_periode:")
                                 .replace('["klinikum-b"]', '["klinikum-x"]'))
        done = self.a.command("check", check=False)
        self.assertRegex(done.stdout + done.stderr, r"(?s)quiet_periode.*klinikum-x")

    def test_run_refuses_the_same(self):
        self.a.config.write_text(self.text.replace("quiet_period:", "quiet_periode:"))
        self.assertEqual(self.a.command("run", check=False).returncode, CONFIG_MISTAKE)

    def test_a_log_file_that_is_none_is_a_mistake_and_one_that_may_come_is_not(self):
        """systemd starts the gateway again after everything but a mistake in the configuration."""
        for file, code in ((self.a.directory, CONFIG_MISTAKE), ("/dev/null/gateway.log", 1), ("/nowhere/log", 1)):
            with self.subTest(file=file):
                self.a.config.write_text(self.text.replace(str(self.a.log), str(file)))
                done = self.a.command("run", check=False)
                self.assertEqual(done.returncode, code, done.stderr)
                self.assertIn(str(file), done.stderr)

    def test_a_file_that_is_not_there(self):
        done = gateway("check", "--config", "/nonexistent.yaml", check=False)
        self.assertEqual(done.returncode, CONFIG_MISTAKE)
        self.assertIn("/nonexistent.yaml", done.stdout + done.stderr)

    def test_example_configuration_is_well_formed(self):
        """Its keys do not exist here, so check finds that, and nothing else."""
        example = pathlib.Path(__file__).resolve().parents[2] / "config" / "gateway.yaml"
        done = gateway("check", "--config", example, check=False)
        mistakes = [line for line in (done.stdout + done.stderr).splitlines() if re.search(r"yaml:\d+:", line)]
        self.assertEqual([line for line in mistakes if not re.search(r"secrets/|keys/", line)], [])

    def test_example_configuration_and_readme_say_the_same_of_check_and_of_secrets(self):
        root = pathlib.Path(__file__).resolve().parents[2]
        header = (root / "config" / "gateway.yaml").read_text().partition("\ngateway:")[0]
        self.assertIn(re.search(r"runuser .* check", (root / "README.md").read_text())[0], header)
        self.assertNotIn("0600", header)


class Commands(E2eTest):
    @classmethod
    def setUpClass(cls):
        cls.hospitals = cls.enterClassContext(TwoHospitals(StoreScp))
        cls.files = make_study(cls.enterClassContext(Directory()), 3, 4096)
        storescu(cls.files, cls.hospitals.a.port)
        cls.hospitals.b.wait_for("delivery-done", 3)
        cls.hospitals.a.wait_for("shipment-sent")

    def both_ways(self, look):
        """While the daemons run, and when they do not: the same answers."""
        running = look()
        for gateway_of_site in (self.hospitals.a, self.hospitals.b):
            gateway_of_site.stop()
        try:
            self.assertEqual(look(), running)
        finally:
            for gateway_of_site in (self.hospitals.a, self.hospitals.b):
                gateway_of_site.start()
        return running

    def test_status_json(self):
        a, b = self.both_ways(lambda: (self.hospitals.a.counts(), self.hospitals.b.counts()))
        self.assertEqual((a["instances_out"]["routed"], a["shipments"]["sent"], a["messages"]["sent"]), (3, 1, 3))
        self.assertEqual((b["mails"]["opened"], b["instances_in"]["stored"], b["deliveries"]["stored"]), (3, 3, 3))
        self.assertEqual(b["mails"]["quarantined"], 0)

    def test_status_text(self):
        def look():
            title, *counts = self.hospitals.a.command("status").stdout.splitlines()
            self.assertRegex(title, "daemon running" if self.hospitals.a.running() else "daemon not running")
            return counts
        self.assertRegex("\n".join(self.both_ways(look)), r"messages.*sent 3")

    def test_list(self):
        rows = self.both_ways(lambda: self.hospitals.a.json("list"))
        shipment = [row for row in rows if row["id"].startswith("S")]
        self.assertEqual([(row["state"], row["partner"]) for row in shipment], [("sent", "klinikum-b")])
        self.assertRegex(self.hospitals.a.command("list").stdout, rf"{shipment[0]['id']}\s+sent\s+klinikum-b")

    def test_list_of_less_than_one(self):
        for limit in ("0", "-1", "x"):
            done = self.hospitals.a.command("list", "--limit", limit, check=False)
            self.assertEqual((done.returncode, done.stdout), (64, ""))
            self.assertIn("--limit", done.stderr)
        self.assertEqual(len(self.hospitals.a.json("list", "--kind", "shipments", "--limit", "1")), 1)

    def test_numbers_switches_and_values_that_are_none(self):
        """Whatever is typed, a command does what it says or refuses it."""
        for words, told in ((["--limit", "0x10"], "--limit: expected a number from 1 to"),
                            (["--limit", "010x"], "--limit: expected a number"),
                            (["--limit", "99999999999999999999"], "--limit: expected a number"),
                            (["--limit", "+5"], "--limit: expected a number"),
                            (["--limit", "1.0"], "--limit: expected a number"),
                            (["--limit", ""], "--limit: "), (["--limit="], "--limit: the value is empty"),
                            (["--limit=", "5"], "--limit: the value is empty"),
                            (["--json=no"], "--json takes no value"), (["--json=true"], "--json takes no value"),
                            (["--json="], "--json takes no value"), (["--help=x"], "--help takes no value"),
                            (["--state", ""], "--state: the value is empty"), (["--kind", ""], "--kind: ")):
            done = self.hospitals.a.command("list", *words, check=False)
            self.assertEqual((done.returncode, done.stdout), (64, ""), words)
            self.assertIn(told, done.stderr, words)
        for words in (["retry", "--all=no"], ["resend", "S1", "--missing=maybe"], ["verify", "--deep=1"],
                      ["hold", "--partner", ""], ["redeliver", "S1", "--to", ""], ["show", ""],
                      ["quarantine", "drop", "--reason", ""], ["quarantine", "release", "R1", "--join-study-of", ""]):
            done = self.hospitals.a.command(*words, check=False)
            self.assertEqual((done.returncode, done.stdout), (64, ""), words)
        for days in ("0x10", "-1", "36501", "99999999999999999999"):
            done = gateway("keys", "generate", "--user-id", "A <a@a.example>", "--out", "/nonexistent/key",
                           "--valid-days", days, check=False)
            self.assertEqual(done.returncode, 64, days)
        # Digits are decimal, as everywhere.
        self.assertEqual(len(self.hospitals.a.json("list", "--kind", "shipments", "--limit", "01")), 1)

    def test_list_by_state(self):
        self.assertEqual(self.hospitals.a.json("list", "--state", "failed"), [])
        self.assertTrue(self.hospitals.a.json("list", "--state", "sent"))

    def test_show_each_kind(self):
        def look():
            shown = {}
            for site in (self.hospitals.a, self.hospitals.b):
                for item in sorted({i for i in re.findall(r"\b[ISMRD]\d+\b", site.text())}):
                    shown[site.directory.name, item] = site.json("show", item)
                    self.assertIn(item, site.command("show", item).stdout)
            return shown
        shown = self.both_ways(look)
        self.assertEqual({item[0] for _, item in shown}, set("ISMRD"))

    def test_show_of_nothing(self):
        for item in ("S999", "I999", "nonsense"):
            done = self.hospitals.a.command("show", item, check=False)
            self.assertNotEqual(done.returncode, 0)
            self.assertIn(item, done.stdout + done.stderr)

    def test_sighup_opens_the_log_anew(self):
        a = self.hospitals.a
        moved = a.log.with_suffix(".log.1")
        a.log.rename(moved)
        a.process.popen.send_signal(signal.SIGHUP)
        self.wait(a.log.exists, 30, "a new log file")
        echoscu(a.port)
        a.wait_for("association-ended")
        a.log.write_text(moved.read_text() + a.text())  # for the other tests

    def test_log_lines_of_an_item_carry_its_id(self):
        a, b = self.hospitals.a, self.hospitals.b
        for instance in a.events("instance-received"):
            self.assertRegex(instance["instance"], r"^I\d+$")
        for sent in a.events("message-sent"):
            self.assertRegex(sent["message"] + sent["shipment"], r"^M\d+S\d+$")
        for done in b.events("delivery-done"):
            self.assertRegex(done["delivery"] + done["instance"], r"^D\d+I\d+$")


class KeysCommand(E2eTest):
    def setUp(self):
        self.directory = self.enterContext(Directory())
        self.gpg = self.enterContext(Gnupg())

    def generate(self, *options):
        prefix = self.directory / "site"
        done = gateway("keys", "generate", "--user-id", f"Klinikum A <{ADDRESSES['a']}>", "--out", prefix, *options)
        return prefix.with_suffix(".secret.asc"), prefix.with_suffix(".public.asc"), done.stdout

    def test_gpg_imports_what_generate_wrote(self):
        secret, public, output = self.generate()
        self.assertEqual(stat.S_IMODE(secret.stat().st_mode), 0o600)
        self.gpg.import_keys(secret)
        fingerprint = self.gpg.fingerprint(ADDRESSES["a"])
        self.assertIn(fingerprint, output.replace(" ", ""))
        self.assertIn(fingerprint, gateway("keys", "fingerprint", public).stdout.replace(" ", ""))
        sealed = self.gpg.seal(b"text", ADDRESSES["a"], ADDRESSES["a"])
        self.assertEqual(self.gpg.open(sealed), (b"text", [fingerprint]))

    def test_the_public_file_holds_no_secret(self):
        _, public, _ = self.generate()
        self.gpg.import_keys(public)
        self.assertEqual(self.gpg.run("--list-secret-keys").stdout, b"")

    def test_a_passphrase_protects_the_key(self):
        phrase = self.directory / "phrase"
        phrase.write_text("correct horse\n")
        phrase.chmod(0o600)
        secret, public, _ = self.generate("--passphrase-file", phrase)
        self.gpg.import_keys(secret)
        refused = self.gpg.run("--local-user", ADDRESSES["a"], "--sign", data=b"text", check=False)
        self.assertNotEqual(refused.returncode, 0)
        self.gpg.run("--passphrase", "correct horse", "--local-user", ADDRESSES["a"], "--sign", data=b"text")

    def test_generate_never_overwrites(self):
        secret, _, _ = self.generate()
        before = secret.read_bytes()
        done = gateway("keys", "generate", "--user-id", "X <x@y.example>", "--out", self.directory / "site",
                       check=False)
        self.assertNotEqual(done.returncode, 0)
        self.assertEqual(secret.read_bytes(), before)

    def test_list_tells_of_weak_keys(self):
        old = self.gpg.run("--cert-digest-algo", "SHA1", "--quick-generate-key", "Old <old@partner.example>", "dsa1024",
                           "sign", "never") and self.gpg.fingerprint("old@partner.example")
        file = self.directory / "old.asc"
        file.write_text(self.gpg.export(old))
        self.assertRegex(gateway("keys", "list", file).stdout, r"bits +1024\n +weak +rests on .*SHA-1")
        listed = json.loads(gateway("keys", "list", file, "--json").stdout)[0]
        self.assertEqual((listed["bits"], listed["sha1_only"]), (1024, True))
        _, public, _ = self.generate()
        listed = json.loads(gateway("keys", "list", public, "--json").stdout)[0]
        self.assertEqual((listed["bits"], listed["sha1_only"]), (None, False))

    def test_a_revoked_and_a_secret_key_are_named_beside_their_fingerprints(self):
        fingerprint = self.gpg.generate("Gone <gone@partner.example>", "default")
        good, revoked, secret = (self.directory / f"{name}.asc" for name in ("good", "revoked", "secret"))
        good.write_text(self.gpg.export(fingerprint))
        secret.write_text(self.gpg.export_secret(fingerprint))
        certificate = self.directory / "revocation.asc"
        certificate.write_text((self.gpg.home / "openpgp-revocs.d" / f"{fingerprint}.rev").read_text().replace(
            ":-----BEGIN", "-----BEGIN"))
        self.gpg.run("--import", certificate)
        revoked.write_text(self.gpg.export(fingerprint))
        for file, words in ((good, ""), (revoked, "this key is revoked"), (secret, "this is a secret key")):
            told = gateway("keys", "fingerprint", file)
            self.assertEqual(told.stdout.replace(" ", ""), fingerprint + "\n")
            self.assertIn(words, told.stderr)
            self.assertEqual("this key is" in told.stderr or "this is a" in told.stderr, bool(words), told.stderr)
        for file, state in ((good, "usable"), (revoked, "NOT USED: its primary key is revoked")):
            listed = json.loads(gateway("keys", "list", file, "--json").stdout)[0]
            self.assertEqual({subkey["state"] for subkey in listed["subkeys"]}, {state})
            self.assertIn(f", {state}, created", gateway("keys", "list", file).stdout)

    def test_list_and_export_read_what_gpg_wrote(self):
        fingerprint = self.gpg.generate("Partner <p@partner.example>", "default")
        file = self.directory / "partner.asc"
        file.write_text(self.gpg.export_secret(fingerprint))
        self.assertIn("p@partner.example", gateway("keys", "list", file).stdout)
        exported = gateway("keys", "export", file).stdout
        self.assertIn("BEGIN PGP PUBLIC KEY BLOCK", exported)
        with Gnupg() as other:
            other.run("--import", data=exported.encode())
            self.assertEqual(other.fingerprint("p@partner.example"), fingerprint)
            self.assertEqual(other.run("--list-secret-keys").stdout, b"")


if __name__ == "__main__":
    main()
