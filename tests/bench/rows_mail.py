"""Rows 6 to 8: end to end, against the mail servers alone and against a pipeline of shell tools; latency."""

import pathlib
import shutil
import statistics
import threading
import time

from harness import ADDRESSES, Directory, MailServers, Ca, StoreScp, TwoHospitals, make_study, run, wait_until
from report import Figure
from setting import alternating
from shell_pipeline import ShellPipeline
from watched_pacs import WatchedPacs, log_config, send_timed, wait_for_arrivals

SIZE = 512 * 1024


def swift(**outbound):
    """Settings of both sites as a site in a hurry would have them."""
    def change(settings):
        settings["gateway"]["log"]["level"] = "info"
        settings["mailboxes"]["main"]["imap"]["poll_interval"] = "100ms"
        for rule in settings["routes"]["outbound"]:
            rule.update(outbound)
    return change


def mails_a_second(hospitals, files, count_before):
    started = time.monotonic()
    run("storescu", "-nh", "-aet", "PACS_A", "-aec", "TO_B", "127.0.0.1", hospitals.a.port, *files, timeout=600)
    wait_until(lambda: len(hospitals.pacs_b.files()) >= count_before + len(files), 600, "all in the far PACS")
    return len(files) / (time.monotonic() - started)


class BulkClient:
    """Postfix's own smtp-source, over four connections: one of our mails, again and again, until all lie in the
    mailbox."""

    def __init__(self, servers, mail):
        self.servers, self.mail = servers, mail

    def mails_a_second(self, count):
        maildir = self.servers.directory / "home" / ADDRESSES["c"] / "Maildir" / "new"
        shutil.rmtree(maildir.parent, ignore_errors=True)
        started = time.monotonic()
        run("smtp-source", "-4", "-s", "4", "-m", count, "-F", self.mail, "-f", ADDRESSES["a"], "-t", ADDRESSES["c"],
            f"inet:127.0.0.1:{self.servers.plain_smtp_port}", timeout=600)
        wait_until(lambda: maildir.exists() and len(list(maildir.iterdir())) >= count, 600, "all in the mailbox")
        return count / (time.monotonic() - started)


def one_mail(hospitals):
    """A mail of ours as a file for smtp-source: LF, no dot-stuffing."""
    mails = list((pathlib.Path(hospitals.b.settings["gateway"]["state_dir"]) / "spool" / "mails").rglob("*.eml"))
    return mails[0] if mails else None


def end_to_end(size):
    count = size.of(1000, 6)
    with Directory() as directory, TwoHospitals(StoreScp, change_a=swift(release="instance"),
                                                change_b=swift()) as hospitals:
        mail = sample_mail(hospitals, directory)
        bulk = BulkClient(hospitals.servers, mail)
        rounds = iter(range(1000))

        def ours():
            files = make_study(directory / f"study-{next(rounds)}", count, SIZE, seed=time.monotonic_ns())
            return mails_a_second(hospitals, files, len(hospitals.pacs_b.files()))
        found = alternating(size.runs, ours=ours, peer=lambda: bulk.mails_a_second(count))
    yield Figure("6", f"end to end, {count} instances of 512 KB", "mails/s", found["ours"], found["peer"],
                 "Postfix and Dovecot alone", "more", ">= 0.6, >= 40/s", lambda o, p, r: r >= 0.6 and o >= 40)


def sample_mail(hospitals, directory):
    """Makes gateway A mail one instance while B is down, and takes it out of the mailbox."""
    hospitals.b.stop()
    files = make_study(directory / "sample", 1, SIZE, seed=99)
    run("storescu", "-nh", "-aet", "PACS_A", "-aec", "TO_B", "127.0.0.1", hospitals.a.port, *files)
    maildir = hospitals.servers.directory / "home" / ADDRESSES["b"] / "Maildir"
    found = wait_until(lambda: [p for p in maildir.rglob("*") if p.is_file() and p.parent.name in ("new", "cur")], 60)
    mail = directory / "sample.eml"
    mail.write_bytes(found[0].read_bytes().replace(b"\r\n", b"\n"))
    hospitals.b.start()
    wait_until(lambda: len(hospitals.pacs_b.files()) >= 1, 60)
    return mail


def shell_pipeline(size):
    count = size.of(60, 3)
    with Directory() as directory, TwoHospitals(StoreScp, change_a=swift(release="instance"),
                                                change_b=swift()) as hospitals, \
            ShellPipeline(directory / "shell", hospitals) as shell:
        rounds = iter(range(1000))

        def study():
            return make_study(directory / f"study-{next(rounds)}", count, SIZE, seed=time.monotonic_ns())
        found = alternating(size.runs,
                            ours=lambda: mails_a_second(hospitals, study(), len(hospitals.pacs_b.files())),
                            peer=lambda: shell.mails_a_second(study()))
    yield Figure("7", f"end to end, {count} instances of 512 KB", "mails/s", found["ours"], found["peer"],
                 "storescp, gpg, msmtp, fetchmail, munpack, storescu", "more", ">= 10x", lambda o, p, r: r >= 10)


def percentile(values, percent):
    values = sorted(values)
    return values[min(len(values) - 1, int(len(values) * percent / 100))]


def latency(size):
    """Seconds from the C-STORE response at gateway A to the C-STORE request at the far PACS, by the logs of storescu
    and storescp."""
    count = size.of(200, 3)
    with Directory() as directory, WatchedPacs(directory / "direct") as near, \
            TwoHospitals(WatchedPacs, change_a=emergency_route, change_b=swift()) as hospitals:
        config = log_config(directory / "sender")
        urgent = as_mr(make_study(directory / "urgent", count * 2, SIZE, seed=5))
        direct = [direct_latency(near, file, config) for file in urgent[:size.of(20, 2)]]
        idle = [one_latency(hospitals, file, config) for file in urgent[:count]]
        bulk = make_study(directory / "bulk", size.of(2000, 10), SIZE, seed=7)
        sender = threading.Thread(target=lambda: run("storescu", "-nh", "-aet", "PACS_A", "-aec", "BULK_B",
                                                     "127.0.0.1", hospitals.a.port, *bulk, timeout=900))
        sender.start()
        beside = [emergency_among_bulk(hospitals, file, config) for file in urgent[count:]]
        sender.join()
    for name, values, limits in (("idle", idle, {50: 150, 99: 500}), ("beside bulk", beside, {99: 1000})):
        for percent in (50, 95, 99):
            limit = limits.get(percent)
            yield Figure("8", f"latency of an emergency, {name}, p{percent} of {len(values)}", "ms",
                         [1000 * percentile(values, percent)], [1000 * statistics.median(direct)], "direct C-STORE",
                         "less", f"< {limit} ms" if limit else "",
                         (lambda o, p, r, limit=limit: o < limit) if limit else None)


def as_mr(files):
    """storescp's log names the kind of an object by its SOP class: CT and MR UIDs differ in the last digit."""
    for file in files:
        content = file.read_bytes()
        file.write_bytes(content.replace(b"1.2.840.10008.5.1.4.1.1.2\0", b"1.2.840.10008.5.1.4.1.1.4\0"))
    return files


def direct_latency(pacs, file, config):
    before = len(pacs.arrivals())
    sent = send_timed(file, pacs.port, pacs.ae_title, config)
    return wait_for_arrivals(pacs, before + 1)[before] - sent.asked


def one_latency(hospitals, file, config):
    before = len(hospitals.pacs_b.arrivals())
    sent = send_timed(file, hospitals.a.port, "TO_B", config)
    return max(0.0, wait_for_arrivals(hospitals.pacs_b, before + 1)[before] - sent.answered)


def emergency_among_bulk(hospitals, file, config):
    """The emergency is the only MR; storescp's log tells the modality with each request."""
    before = len(hospitals.pacs_b.arrivals("MR"))
    sent = send_timed(file, hospitals.a.port, "TO_B", config)
    return max(0.0, wait_for_arrivals(hospitals.pacs_b, before + 1, modality="MR")[before] - sent.answered)


def emergency_route(settings):
    swift()(settings)
    settings["routes"]["outbound"] = [
        {"name": "emergency", "when": {"called_ae": ["TO_B"]}, "send_to": ["klinikum-b"], "priority": "emergency",
         "release": "instance", "final": True},
        {"name": "bulk", "when": {"called_ae": ["BULK_B"]}, "send_to": ["klinikum-b"], "priority": "bulk",
         "release": "instance"}]
