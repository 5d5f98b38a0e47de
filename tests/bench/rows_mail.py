"""Rows 6 and 7: end to end, against the mail servers alone and against a pipeline of shell tools."""

import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import time

import profiler
from harness import ADDRESSES, Directory, StoreScp, TwoHospitals, make_study, run, wait_until
from report import Figure
from setting import alternating, entries
from shell_pipeline import ShellPipeline

SIZE = 512 * 1024
POLL = os.environ.get("BENCH_POLL_INTERVAL", "20ms")  # earlier binaries take 100ms at the least
CLIENT = pathlib.Path(__file__).resolve().parent / "bulk_client.py"


def swift(**outbound):
    """Settings of both sites as a site in a hurry would have them: docs/operations.md."""
    def change(settings):
        settings["gateway"]["log"]["level"] = "info"
        mailbox = settings["mailboxes"]["main"]
        mailbox["imap"].update(idle=False, poll_interval=POLL)
        mailbox["smtp"]["connections"] = 4
        for rule in settings["routes"]["outbound"]:
            rule.update(outbound)
    return change


def with_profile(change, **profile):
    """`change`, and these keys in the profile of each partner."""
    def changed(settings):
        change(settings)
        for partner in settings["partners"].values():
            partner["profile"].update(profile)
    return changed


def mails_a_second(hospitals, files):
    """From the first C-STORE to the last instance in the far PACS."""
    before = entries(hospitals.pacs_b.received)
    started = time.monotonic()
    run("storescu", "-nh", "-aet", "PACS_A", "-aec", "TO_B", "127.0.0.1", hospitals.a.port, *files, timeout=900)
    wait_until(lambda: entries(hospitals.pacs_b.received) >= before + len(files), 900, "all in the far PACS")
    return len(files) / (time.monotonic() - started)


class Studies:
    """Fresh ones, one after the other; only the last is on disk."""

    def __init__(self, directory, count):
        self.directory, self.count = directory / "study", count

    def next(self):
        shutil.rmtree(self.directory, ignore_errors=True)
        return make_study(self.directory, self.count, SIZE, seed=time.monotonic_ns())


class MailServersAlone:
    """The peer of row 6: our sealed mails, byte for byte, through the same Postfix and Dovecot, from a bulk SMTP client
    (STARTTLS, AUTH, as many connections as we use), and out again by a plain IMAP client (IMAPS, fetch and delete)."""

    def __init__(self, hospitals, mails, count):
        self.servers, self.count = hospitals.servers, count
        self.maildir = self.servers.directory / "home" / ADDRESSES["c"] / "Maildir"
        self.settings = hospitals.directory / "bulk-client.json"
        self.settings.write_text(json.dumps({
            "ca": str(self.servers.ca.certificate), "user": ADDRESSES["c"], "password": self.servers.users[ADDRESSES["c"]],
            "count": count, "smtp_port": self.servers.smtp_port, "imaps_port": self.servers.imaps_port,
            "connections": hospitals.a.settings["mailboxes"]["main"]["smtp"]["connections"],
            "sender": ADDRESSES["a"], "recipient": ADDRESSES["c"], "mails": list(map(str, mails))}))

    def _client(self, what):
        return [sys.executable, "-B", CLIENT, what, self.settings]

    def delivered_a_second(self):
        """Until they lie in the mailbox."""
        shutil.rmtree(self.maildir, ignore_errors=True)
        started = time.monotonic()
        run(*self._client("send"), timeout=900)
        wait_until(lambda: entries(self.maildir / "new") + entries(self.maildir / "cur") >= self.count, 900,
                   "all in the mailbox")
        seconds = time.monotonic() - started
        shutil.rmtree(self.maildir)
        return self.count / seconds

    def fetched_a_second(self):
        """Until they are out of it again, as the far gateway must get them."""
        shutil.rmtree(self.maildir, ignore_errors=True)
        fetching = subprocess.Popen(self._client("fetch"))
        try:
            started = time.monotonic()
            run(*self._client("send"), timeout=900)
            if fetching.wait(900):
                raise RuntimeError(f"fetching ended with {fetching.returncode}")
            return self.count / (time.monotonic() - started)
        finally:
            fetching.kill()
            fetching.wait()


def sample_mails(hospitals, directory, count):
    """Mails of gateway A as they go over the wire after DATA: out of the mailbox, as long as gateway B is not up, without
    what the mail servers put before them. Then they go their way."""
    files = make_study(directory / "samples", count, SIZE, seed=99)
    run("storescu", "-nh", "-aet", "PACS_A", "-aec", "TO_B", "127.0.0.1", hospitals.a.port, *files)
    maildir = hospitals.servers.directory / "home" / ADDRESSES["b"] / "Maildir" / "new"
    wait_until(lambda: entries(maildir) == count, 300, f"{count} sample mails")
    mails = []
    for number, file in enumerate(maildir.iterdir()):
        content = re.sub(rb"\A((Return-Path|Delivered-To|Received):[^\n]*\n([ \t][^\n]*\n)*)+", b"", file.read_bytes())
        mail = directory / f"sample-{number}.eml"
        content = re.sub(rb"(?m)^\.", b"..", content.rstrip(b"\n") + b"\n")
        mail.write_bytes(content.replace(b"\n", b"\r\n") + b".\r\n")
        mails.append(mail)
    hospitals.b.start()
    wait_until(lambda: entries(hospitals.pacs_b.received) >= count, 300, "the sample mails in the far PACS")
    return mails


def end_to_end(size):
    count = size.of(1000, 6)
    what = f"end to end, {count} instances of 512 KB"
    yield from beside_mail_servers(size, count, what, profile=size.profile)
    yield from beside_mail_servers(size, count, f"{what}, profile with `ocb` and `binary`", integrity="ocb",
                                   inner_encoding="binary")
    yield from with_receipts_asked(size, count)


def beside_mail_servers(size, count, what, profile=False, **settings):
    """`settings`: of the profile of the partner. `profile`: under perf, once more."""
    with Directory() as directory, TwoHospitals(StoreScp, change_a=with_profile(swift(release="instance"), **settings),
                                                change_b=swift(), start="a") as hospitals:
        alone = MailServersAlone(hospitals, sample_mails(hospitals, directory, size.of(200, 3)), count)
        studies = Studies(directory, count)
        found = alternating(size.runs, ours=lambda: mails_a_second(hospitals, studies.next()),
                            fetched=alone.fetched_a_second, delivered=alone.delivered_a_second)
        if profile:
            files = studies.next()
            profiler.profile(size.out, lambda: mails_a_second(hospitals, files))
    yield Figure("6", what, "mails/s", found["ours"], found["fetched"], "Postfix and Dovecot alone, mailed and fetched",
                 "more", "at least 0.6 of it, and 40/s", 0.6, 40)
    yield Figure("6", what, "mails/s", found["ours"], found["delivered"], "Postfix and Dovecot alone, until in the mailbox",
                 "more", note="nobody has fetched them yet")


def with_receipts_asked(size, count):
    """Twice as many mails: each message is answered by a receipt."""
    with Directory() as directory, TwoHospitals(StoreScp, change_b=with_profile(swift(), receipts="mdn"),
                                                change_a=with_profile(swift(release="instance"), receipts="mdn")
                                                ) as hospitals:
        rate = mails_a_second(hospitals, Studies(directory, count).next())
    yield Figure("6", f"the same with a receipt for each, {count} instances", "mails/s", [rate],
                 note="messages, without their receipts")


def shell_pipeline(size):
    count = size.of(100, 3)
    what = f"end to end, {count} instances of 512 KB"
    yield beside_shell_pipeline(size, count, what)
    yield beside_shell_pipeline(size, count, f"{what}, profile with `ocb` and `binary`", integrity="ocb",
                                inner_encoding="binary")


def beside_shell_pipeline(size, count, what, **settings):
    """`settings`: of the profile of the partner."""
    with Directory() as directory, TwoHospitals(StoreScp, change_a=with_profile(swift(release="instance"), **settings),
                                                change_b=swift()) as hospitals, \
            ShellPipeline(directory / "shell", hospitals) as shell:
        studies = Studies(directory, count)
        found = alternating(size.runs, ours=lambda: mails_a_second(hospitals, studies.next()),
                            peer=lambda: shell.mails_a_second(studies.next()))
    return Figure("7", what, "mails/s", found["ours"], found["peer"],
                  "storescp, gpg, msmtp, fetchmail, munpack, storescu", "more", "at least 10x", 10)
