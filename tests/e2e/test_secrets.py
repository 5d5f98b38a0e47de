#!/usr/bin/python3
"""Passphrase and password: from files of the gateway's own, out of its memory when they are used, and nowhere else."""

import base64
import copy
import os
import pathlib
import re

import mails
from harness import (ADDRESSES, Directory, E2eTest, Keys, StoreScp, TwoHospitals, dataset_bytes, gateway, identity, main,
                     make_study, storescu)

A, B, C = ADDRESSES["a"], ADDRESSES["b"], ADDRESSES["c"]
PASSPHRASE = "Nachtigall-ick-hoer-dir-trapsen-4711"
PASSWORD = "Donaudampfschiff-Kapitaen-0815"


def processes_of(pid):
    """The daemon and its open workers."""
    children = pathlib.Path(f"/proc/{pid}/task").glob("*/children")
    return [pid, *(int(child) for file in children for child in file.read_text().split())]


def count_in_memory(pid, needles):
    """How often each stands in what the process may write to."""
    counts = dict.fromkeys(needles, 0)
    regions = re.findall(r"^([0-9a-f]+)-([0-9a-f]+) rw", pathlib.Path(f"/proc/{pid}/maps").read_text(), re.M)
    with open(f"/proc/{pid}/mem", "rb", buffering=0) as memory:
        for start, end in ((int(a, 16), int(b, 16)) for a, b in regions):
            memory.seek(start)
            try:
                content = b"".join(iter(lambda: memory.read(min(1 << 24, end - memory.tell())), b""))
            except (OSError, ValueError, OverflowError):
                continue  # gone meanwhile, or not to be read
            for needle in needles:
                counts[needle] += content.count(needle)
    return counts


class Secrets(E2eTest):
    @classmethod
    def setUpClass(cls):
        cls.directory = cls.enterClassContext(Directory())
        users = {address: PASSWORD if address == B else "of the others" for address in ADDRESSES.values()}
        cls.hospitals = cls.enterClassContext(
            TwoHospitals(StoreScp, start="", servers_options={"users": users}))
        cls.b = cls.hospitals.b
        cls.protect_key()
        cls.hospitals.a.settings["partners"]["klinikum-b"]["profile"]["receipts"] = "mdn"
        cls.hospitals.a.start()
        cls.b.start()
        files = make_study(cls.directory / "study", 5, 4096)
        storescu(files, cls.hospitals.a.port)
        cls.hospitals.a.wait_for("receipt-received", len(files))

    @classmethod
    def protect_key(cls):
        """B's passphrase comes as systemd's credential does, the key anew under it."""
        credentials = cls.directory / "credentials"
        credentials.mkdir(mode=0o700)
        passphrase = credentials / "key-passphrase"
        passphrase.write_text(PASSPHRASE + "\n")
        passphrase.chmod(0o400)
        os.environ["CREDENTIALS_DIRECTORY"] = str(credentials)
        cls.addClassCleanup(os.environ.pop, "CREDENTIALS_DIRECTORY")
        gateway("keys", "generate", "--user-id", f"Klinikum B <{B}>", "--out", cls.directory / "protected",
                "--passphrase-file", passphrase)
        key = cls.b.settings["mailboxes"]["main"]["key"]
        key["file"] = str(cls.directory / "protected.secret.asc")
        key["passphrase_file"] = "$CREDENTIALS_DIRECTORY/key-passphrase"
        public = cls.directory / "protected.public.asc"
        cls.hospitals.a.settings["partners"]["klinikum-b"]["key"] = {
            "file": str(public), "fingerprint": gateway("keys", "fingerprint", public).stdout.strip()}

    def test_memory_holds_no_passphrase_once_it_is_used(self):
        pids = processes_of(self.b.process.pid)
        self.assertGreaterEqual(len(pids), 2, "an open worker")
        login = base64.b64encode(f"\0{B}\0{PASSWORD}".encode())
        needles = [PASSPHRASE.encode(), PASSWORD.encode(), login, b"BEGIN PGP PRIVATE KEY BLOCK"]
        counts = {pid: count_in_memory(pid, needles) for pid in pids}
        print("\n" + "\n".join(f"{'daemon' if pid == pids[0] else 'worker'}: {found}" for pid, found in counts.items()))
        for pid, found in counts.items():
            self.assertEqual(found[PASSPHRASE.encode()], 0, f"{pid}: {found}")
        for pid in pids[1:]:
            self.assertEqual(counts[pid][PASSWORD.encode()], 0, counts[pid])

    def test_no_process_shows_them(self):
        for pid in processes_of(self.b.process.pid):
            for file in ("cmdline", "environ"):
                self.assert_clean(pathlib.Path(f"/proc/{pid}/{file}").read_bytes(), file)
            limits = pathlib.Path(f"/proc/{pid}/limits").read_text()
            self.assertRegex(limits, r"Max core file size +0 +0 ")

    def test_nothing_on_disk_holds_them(self):
        for path in self.b.state.rglob("*"):
            if path.is_file():
                self.assert_clean(path.read_bytes(), path)
        self.assert_clean(self.b.log.read_bytes(), "log")
        self.assert_clean(self.b.process.output().encode(), "output")
        self.assert_clean(self.hospitals.servers.postfix_log.read_bytes(), "postfix.log")

    def assert_clean(self, content, where):
        for secret in (PASSPHRASE, PASSWORD):
            self.assertNotIn(secret.encode(), content, where)
            self.assertNotIn(base64.b64encode(secret.encode()), content, where)

    def test_files_that_others_may_read_are_refused(self):
        """By check and by the start."""
        mailbox = self.b.settings["mailboxes"]["main"]
        passphrase = pathlib.Path(os.environ["CREDENTIALS_DIRECTORY"], "key-passphrase")
        for file in (pathlib.Path(mailbox["imap"]["password_file"]), passphrase, pathlib.Path(mailbox["key"]["file"])):
            mode = file.stat().st_mode
            for wrong in (mode | 0o004, mode | 0o002):
                file.chmod(wrong)
                for command in ("check", "run"):
                    done = self.b.command(command, check=False)
                    self.assertEqual(done.returncode, 78, done.stderr)
                    self.assertRegex(done.stderr, rf"{file.name} may be read or written by others")
            file.chmod(mode)
        self.assertEqual(self.b.command("check", check=False).returncode, 0)


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
