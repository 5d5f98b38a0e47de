#!/usr/bin/python3
"""Passphrase and password: from files of the gateway's own, out of its memory when they are used, and nowhere else."""

import copy
import os
import pathlib
import pwd
import re
import shutil
import unittest.mock

import rig  # noqa: F401
import mails
from harness import (ADDRESSES, Directory, E2eTest, Keys, Process, StoreScp, TwoHospitals, dataset_bytes, gateway,
                     identity, main, make_study, run, storescu)
from patient_traces import base64_forms

A, B, C = ADDRESSES["a"], ADDRESSES["b"], ADDRESSES["c"]
PASSPHRASE = "Nachtigall-ick-hoer-dir-trapsen-4711"
PASSWORD = "Donaudampfschiff-Kapitaen-0815"
ARMORED_KEY = b"BEGIN PGP PRIVATE KEY BLOCK"
CONFIG_MISTAKE = 78
OF_THE_SERVICE = pathlib.Path("/run/credentials/dicom-mail-gateway.service")
NOBODY = pwd.getpwnam("nobody")
AS_NOBODY = {"user": NOBODY.pw_uid, "group": NOBODY.pw_gid, "extra_groups": []}


def forms(secret):
    """As it is, and within base64, whatever stands around it: "\\0user\\0password" for one."""
    return [secret.encode(), *base64_forms(secret.encode())]


def processes_of(pid):
    """The daemon and its open workers."""
    children = pathlib.Path(f"/proc/{pid}/task").glob("*/children")
    return [pid, *(int(child) for file in children for child in file.read_text().split())]


def writable_regions(pid):
    """The kernel's VmFlags of each region by (start, end)."""
    smaps = pathlib.Path(f"/proc/{pid}/smaps").read_text()
    return {(int(start, 16), int(end, 16)): set(flags.split()) for start, end, flags in
            re.findall(r"^([0-9a-f]+)-([0-9a-f]+) rw.*(?:\n[A-Z].*)*?\nVmFlags: (.*)$", smaps, re.M)}


def find_in_memory(pid, needles):
    """The VmFlags of where each stands, as often as it does, in all that the process may write to."""
    found, unread = {needle: [] for needle in needles}, set()
    with open(f"/proc/{pid}/mem", "rb", buffering=0) as memory:
        for (start, end), flags in writable_regions(pid).items():
            memory.seek(start)
            try:
                content = b"".join(iter(lambda: memory.read(min(1 << 24, end - memory.tell())), b""))
            except OSError:
                content = b""
            if len(content) < end - start:
                unread.add((start, end))
            for needle in needles:
                found[needle] += [flags] * content.count(needle)
    unread &= set(writable_regions(pid))  # what has gone meanwhile holds nothing
    if unread:
        raise AssertionError(f"{pid}: {len(unread)} regions cannot be read")
    return found


def count_in_memory(pid, needles):
    return {needle: len(places) for needle, places in find_in_memory(pid, needles).items()}


def own(path):
    """Makes a path and all below it nobody's."""
    for each in [path, *path.rglob("*")]:
        os.chown(each, NOBODY.pw_uid, NOBODY.pw_gid)


class Secrets(E2eTest):
    """B's daemon runs as a user of its own, and has its passphrase as systemd hands it over."""

    @classmethod
    def setUpClass(cls):
        cls.directory = cls.enterClassContext(Directory())
        users = {address: PASSWORD if address == B else "of the others" for address in ADDRESSES.values()}
        cls.hospitals = cls.enterClassContext(
            TwoHospitals(StoreScp, start="", servers_options={"users": users}))
        cls.b = cls.hospitals.b
        cls.b.user = NOBODY.pw_name
        cls.protect_key()
        cls.hospitals.a.settings["partners"]["klinikum-b"]["profile"]["receipts"] = "mdn"
        cls.hospitals.a.start()
        cls.start_b()
        cls.exchange(5)

    @classmethod
    def protect_key(cls):
        cls.credentials = cls.directory / "credentials"
        cls.credentials.mkdir(mode=0o700)
        cls.passphrase = cls.credentials / "key-passphrase"
        cls.passphrase.write_text(PASSPHRASE + "\n")
        cls.passphrase.chmod(0o400)
        gateway("keys", "generate", "--user-id", f"Klinikum B <{B}>", "--out", cls.directory / "protected",
                "--passphrase-file", cls.passphrase)
        key = cls.b.settings["mailboxes"]["main"]["key"]
        key["file"] = str(cls.directory / "protected.secret.asc")
        key["passphrase_file"] = "$CREDENTIALS_DIRECTORY/key-passphrase"
        public = cls.directory / "protected.public.asc"
        cls.hospitals.a.settings["partners"]["klinikum-b"]["key"] = {
            "file": str(public), "fingerprint": gateway("keys", "fingerprint", public).stdout.strip()}
        for path in (cls.directory, cls.b.directory):
            own(path)

    @classmethod
    def as_the_service(cls):
        """With the variable that systemd sets for the service, and for nobody else."""
        return unittest.mock.patch.dict(os.environ, CREDENTIALS_DIRECTORY=str(cls.credentials))

    @classmethod
    def start_b(cls):
        with cls.as_the_service():
            cls.b.start()

    @classmethod
    def exchange(cls, count):
        """A study there, its receipts back."""
        before = len(cls.hospitals.a.events("receipt-received"))
        files = make_study(cls.directory / f"study-{before}", count, 4096, seed=before + 1)
        storescu(files, cls.hospitals.a.port)
        cls.hospitals.a.wait_for("receipt-received", before + count)

    def test_memory_holds_no_passphrase_once_it_is_used(self):
        daemon, *workers = processes_of(self.b.process.pid)
        self.assertTrue(workers, "an open worker")
        for pid in (daemon, *workers):
            self.assert_not_in_memory(pid, forms(PASSPHRASE))
        for pid in workers:
            self.assert_not_in_memory(pid, [*forms(PASSWORD), ARMORED_KEY])
        self.assertTrue(find_in_memory(os.getpid(), [PASSPHRASE.encode()])[PASSPHRASE.encode()], "ours, who have it")

    def assert_not_in_memory(self, pid, secrets):
        counts = count_in_memory(pid, [*secrets, B.encode()])
        self.assertGreater(counts.pop(B.encode()), 0, f"{pid}: what must be there is found")
        self.assertEqual(counts, dict.fromkeys(secrets, 0), pid)

    def test_the_key_is_in_locked_pages(self):
        """The daemon keeps it for the workers: never swapped (lo), never dumped (dd)."""
        places = find_in_memory(self.b.process.pid, [ARMORED_KEY])[ARMORED_KEY]
        self.assertGreater(len(places), 0)
        for flags in places:
            self.assertLessEqual({"lo", "dd"}, flags)

    def test_the_password_goes_with_the_connections(self):
        """libcurl keeps it as long; docs/security.md says so."""
        self.b.stop()
        self.start_b()
        passwords = forms(PASSWORD)
        self.wait(lambda: count_in_memory(self.b.process.pid, passwords)[passwords[0]], 60, "a connection's password")
        before = len(self.b.events("mailbox-unavailable"))
        self.hospitals.servers.stop()
        try:
            self.b.wait_for("mailbox-unavailable", before + 1)
            self.wait(lambda: not any(count_in_memory(self.b.process.pid, passwords).values()), 60, "no password")
        finally:
            self.hospitals.servers.start()
        self.exchange(1)

    def test_no_process_shows_them(self):
        for pid in processes_of(self.b.process.pid):
            for file in ("cmdline", "environ"):
                self.assert_clean(pathlib.Path(f"/proc/{pid}/{file}").read_bytes(), file)
            limits = pathlib.Path(f"/proc/{pid}/limits").read_text()
            self.assertRegex(limits, r"Max core file size +0 +0 ")

    def test_nobody_of_its_own_user_looks_into_it(self):
        """Not dumpable: neither a debugger of that user nor the kernel writes its memory down."""
        other = Process(["sleep", "1000"], self.directory / "sleep.log", **AS_NOBODY)
        self.addCleanup(other.kill)
        self.assertEqual(self.look_as_nobody(other.pid), 0, "that user's other processes may be looked into")
        pids = processes_of(self.b.process.pid)
        self.assertGreaterEqual(len(pids), 2, "an open worker")
        for pid in pids:
            status = pathlib.Path(f"/proc/{pid}/status").read_text()
            self.assertRegex(status, rf"Uid:\s+{NOBODY.pw_uid}\s+{NOBODY.pw_uid}\s")
            self.assertNotEqual(self.look_as_nobody(pid), 0, pid)

    @staticmethod
    def look_as_nobody(pid):
        return run("cat", f"/proc/{pid}/environ", check=False, **AS_NOBODY).returncode

    def test_nothing_on_disk_holds_them(self):
        for path in self.b.state.rglob("*"):
            if path.is_file():
                self.assert_clean(path.read_bytes(), path)
        self.assert_clean(self.b.log.read_bytes(), "log")
        self.assert_clean(self.b.process.output().encode(), "output")
        self.assert_clean(self.hospitals.servers.postfix_log.read_bytes(), "postfix.log")

    def assert_clean(self, content, where):
        for secret in (PASSPHRASE, PASSWORD):
            for form in forms(secret):
                self.assertNotIn(form, content, where)

    def test_files_that_others_may_read_are_refused(self):
        """By check and by the start."""
        mailbox = self.b.settings["mailboxes"]["main"]
        for file in (pathlib.Path(mailbox["imap"]["password_file"]), self.passphrase,
                     pathlib.Path(mailbox["key"]["file"])):
            mode = file.stat().st_mode
            for wrong in (mode | 0o004, mode | 0o002):
                file.chmod(wrong)
                for command in ("check", "run"):
                    with self.as_the_service():
                        done = self.b.command(command, check=False)
                    self.assertEqual(done.returncode, CONFIG_MISTAKE, done.stderr)
                    self.assertRegex(done.stderr, rf"{file.name} may be read or written by others")
            file.chmod(mode)
        with self.as_the_service():
            self.assertEqual(self.b.command("check", check=False).returncode, 0)

    def test_commands_need_no_credentials(self):
        """Beside the service and without it, root has none of its credentials."""
        self.assertNotIn("CREDENTIALS_DIRECTORY", os.environ)
        letter = self.directory / "letter.txt"
        letter.write_text("by root")
        for running in (True, False):
            if not running:
                self.b.stop()
            self.assertEqual(self.b.status()["running"], running)
            for command in (["list"], ["show", "R1"], ["verify", "--deep"], ["quarantine", "list"], ["retry", "--all"],
                            ["hold", "--partner", "klinikum-a"], ["release", "--partner", "klinikum-a"],
                            ["send", "--to", "klinikum-a", letter]):
                self.assertEqual(self.b.command(*command, check=False).returncode, 0, command)
        sent = len(self.b.events("message-sent"))
        self.start_b()
        self.b.wait_for("message-sent", max(sent + 1, 2))
        self.exchange(1)
        self.b.command("verify", "--deep")

    def test_check_says_what_is_missing_and_finds_the_services_credentials(self):
        if OF_THE_SERVICE.exists():
            self.skipTest("the service runs on this machine")
        done = self.b.command("check", check=False)
        self.assertEqual(done.returncode, CONFIG_MISTAKE)
        self.assertRegex(done.stderr, r"passphrase_file: CREDENTIALS_DIRECTORY is not set.* there is no file "
                         rf"{OF_THE_SERVICE}/key-passphrase\n1 mistake\n")
        made = OF_THE_SERVICE if OF_THE_SERVICE.parent.exists() else OF_THE_SERVICE.parent
        self.addCleanup(shutil.rmtree, made)
        OF_THE_SERVICE.mkdir(parents=True)
        shutil.copy(self.passphrase, OF_THE_SERVICE)
        self.b.command("check")


class KeysOfWorkers(E2eTest):
    """An open worker has the secret key of the mailbox whose mails it opens, and no other."""

    def test_a_mail_for_another_mailboxs_key_is_not_opened(self):
        keys = Keys(self.enterContext(Directory()), "c")

        def change_b(settings):
            main_box = settings["mailboxes"]["main"]
            other = copy.deepcopy(main_box)
            other.update(address=C, key={"file": str(keys.secret)})
            password = keys.secret.with_name("mail-password")
            password.write_text("secret-c\n")
            password.chmod(0o600)
            for protocol in ("smtp", "imap"):
                other[protocol].update(username=C, password_file=str(password))
            settings["mailboxes"]["other"] = other
        hospitals = self.two_hospitals(change_b=change_b, start="b")
        gpg = hospitals.gnupg("a")
        gpg.import_keys(keys.public)
        files = make_study(hospitals.directory / "study", 3, 2048)
        for file, mailbox, key in zip(files, (B, B, C), (B, C, C)):
            inner = mails.inner_entity([file])
            hospitals.servers.deliver(A, mailbox, mails.encrypted_mail(A, mailbox, gpg.seal(inner, key, A)))
            hospitals.b.wait_for("mail-fetched", files.index(file) + 1)
        self.assertEqual(hospitals.b.wait_for("mail-quarantined")[0]["reason"], "not-decryptable")
        wanted = {identity(file).sop_instance: dataset_bytes(file) for file in (files[0], files[2])}
        self.wait(lambda: hospitals.pacs_b.datasets() == wanted, 60, "what the right keys open")


if __name__ == "__main__":
    main()
