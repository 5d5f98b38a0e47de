"""Two hospitals whose gateways run on the fault layer, with studies on their way in both directions.

Each hospital has a storescp that keeps whatever it gets under names of its own, so that it shows what was stored twice;
hospital A has an Orthanc, and its storescp beside. Each study has small instances and one that leaves in fragments;
receipts are asked for; beside them come mails made with GnuPG that carry a document (B makes an object of it, A files
it in a directory), and mails of strangers, which go to quarantine."""

import collections
import contextlib
import itertools
import os
import pathlib
import random
import shutil
import signal
import sqlite3
import sys
import threading
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "rig"))

import documents  # noqa: E402
import mails  # noqa: E402
import pydicom  # noqa: E402
from harness import (ADDRESSES, Directory, Gateway, MailServers, NoPacs, Orthanc, StoreScp, TwoHospitals,  # noqa: E402
                     dataset_bytes, dataset_of, gateway_binary, identity, make_study, store_statuses, storescu,
                     wait_until)
from gateway_process import yaml_text  # noqa: E402
from layer import Layer  # noqa: E402
from processes import Process  # noqa: E402

SMALL, LARGE = 8 * 1024, 100 * 1024  # bytes of pixels; a mail of the large one exceeds max_message_size
FRAGMENT = "64KB"
# Each hospital adds this element (0008,1040) to what came, so that changed copies are on their way as well.
ADDED = b"\x08\x00\x40\x10LO\x06\x00FAULTS"


class FaultyGateway(Gateway):
    """A gateway on the layer. It may die at any time: `start` may find that it did."""

    def __init__(self, directory, settings):
        super().__init__(directory, settings)
        self.layer = Layer(self.directory / "fault-control", self.state)
        self.starts = 0

    def write(self):
        """Whole at any time: commands run beside."""
        fresh = self.config.with_suffix(".new")
        fresh.write_text(yaml_text(self.settings) + "\n")
        return fresh.rename(self.config)

    def start(self, wait=True):
        """False: it died, by the layer's hand, before it was ready."""
        self.write()
        at = self.log.stat().st_size if self.log.exists() else 0
        self.process = Process([gateway_binary(), "run", "--config", self.config], self.directory / "output.log",
                               env=self.layer.environment())
        self.starts += 1
        while wait:
            if not self.running():
                self.reap()
                if self.layer.killed():
                    return False
                raise RuntimeError(f"{self.directory.name} did not start: {self.text()[-3000:]}"
                                   f"{(self.directory / 'output.log').read_text()[-1000:]}")
            with open(self.log, "rb") if self.log.exists() else contextlib.nullcontext() as log:
                if log is not None:
                    log.seek(at)
                    if b" gateway-ready" in log.read():
                        break
            time.sleep(0.02)
        return True

    def last_words(self):
        return (f"exit code {self.process and self.process.popen.returncode}; {self.text()[-3000:]}"
                f"{(self.directory / 'output.log').read_text()[-1000:]}")

    def reap(self):
        """Ends what is left of it: its open workers."""
        if self.process:
            self.process.kill()
            self.process = None

    def kill_now(self):
        """It must have lived until now."""
        self.process.popen.send_signal(signal.SIGKILL)
        if self.process.popen.wait() != -signal.SIGKILL:
            raise AssertionError(f"{self.directory.name} died by itself: {self.last_words()}")
        self.reap()


class NoMailServers(MailServers):
    """Known, and away."""

    def start(self):
        return self

    def stop(self):
        pass

    def _end_for_good(self):
        pass


def _keeper(directory, ae_title="PACS_B"):
    """A PACS that keeps all that it gets, under names of its own."""
    return StoreScp(directory, ae_title, options=("+xa", "-pm", "+uf"))


def _as_sent(dataset):
    """Without the element that the receiver added. A data set with none of it, or two, is marked as a wrong one."""
    return dataset.replace(ADDED, b"") if dataset.count(ADDED) == 1 else b"not one added element: " + dataset


def _kept_by(pacs):
    found = {}
    for file in pacs.files():
        found.setdefault(identity(file).sop_instance, set()).add(_as_sent(dataset_bytes(file)))
    return found


class Stage(TwoHospitals):
    def __init__(self, seed, change=None, state_dir=None, alone=False, on_disk=True):
        """`change(name, settings)` before the start; `state_dir(name)`: another place for the state. `alone`: without
        mail servers and PACS."""
        super().__init__(NoPacs("PACS_B") if alone else _keeper, start="", on_disk=on_disk and not state_dir,
                         mail_servers=NoMailServers if alone else MailServers)
        self._change, self._state_dir, self._alone = change, state_dir, alone

    def _enter(self):
        if not self._alone:
            orthanc_directory = self._stack.enter_context(Directory())
            self._pacs_a = self._stack.enter_context(Orthanc(orthanc_directory, "PACS_A"))
        super()._enter()
        if not self._alone:
            self.gpg = self.gnupg("a", "b")
            self._add_beside_a()
        for site in (self.a, self.b):
            settings = site.settings
            settings["dicom"]["quiet_period"] = "200ms"
            settings["retry"] = {"first": "200ms", "max": "1s", "give_up_after": "48h"}
            settings["retention"] = {"sent": "1s", "delivered": "30s"}
            settings["mailboxes"]["main"]["imap"]["poll_interval"] = "1s"
            # Else the letters of strangers stay in the mailbox until a person decides.
            settings["mailboxes"]["main"]["imap"]["if_not_understood"] = "delete"
            for partner in settings["partners"].values():
                partner["profile"] = {"receipts": "mdn", "instances_per_message": 3, "max_message_size": FRAGMENT}
            if self._change:
                self._change(site.directory.name, settings)
        filed = self.directory / "a" / "documents"
        filed.mkdir(parents=True)
        self.a.settings["routes"]["inbound"][0]["file_documents_to"] = str(filed)
        self.filed = filed
        for site in (self.a, self.b):
            for rule in site.settings["routes"]["inbound"]:
                rule.update(edit=[{"set": {"InstitutionalDepartmentName": "FAULTS"}}], original_attributes=False)
        self.sites = {"a": self.a, "b": self.b}
        return self

    def _add_beside_a(self):
        self.beside_a = self._stack.enter_context(_keeper(self.directory / "beside-a", "BESIDE_A"))
        self.a.settings["pacs"]["beside"] = {"ae_title": "BESIDE_A", "host": "127.0.0.1", "port": self.beside_a.port}
        self.a.settings["routes"]["inbound"][0]["forward_to"].append("beside")

    def _site(self, name, pacs):
        made = super()._site(name, pacs)
        if self._state_dir:
            made.settings["gateway"]["state_dir"] = str(self._state_dir(name))
        faulty = FaultyGateway(made.directory, made.settings)
        self._stack.callback(faulty.reap)
        return faulty

    def in_pacs(self, name):
        """Of each PACS of the hospital: SOP Instance UID -> the different data sets that it was given, as they were
        sent."""
        if name == "b":
            return [_kept_by(self.pacs_b)]
        orthanc = {uid: {_as_sent(dataset_of(self._pacs_a.file(orthanc_id)))}
                   for uid, orthanc_id in self._pacs_a.instances().items()}
        return [orthanc, _kept_by(self.beside_a)]

    def mails_left(self):
        return sum(self.servers.count(address) for address in (ADDRESSES["a"], ADDRESSES["b"]))


class Tormentor(threading.Thread):
    """Does something to one hospital's gateway, and starts it each time it dies; `torment` says what."""

    def __init__(self, site):
        super().__init__(daemon=True)
        self.site = site
        self.failure = None
        self.done, self._over = threading.Event(), threading.Event()

    def run(self):
        try:
            self.torment()
        except BaseException as error:
            self.failure = error
        self.done.set()
        self._over.wait()  # a process ends with the thread that started it, and the others still need this one

    def start_gateway(self):
        """Unless it runs. Nothing but the layer, and who reaps what he killed, may have ended it."""
        if self.site.process and not self.site.running():
            self._assert_killed()
            self.site.reap()
        if not self.site.process:
            self.site.start()

    def await_death(self, point, timeout=600):
        end = time.monotonic() + timeout
        while self.site.running():
            if time.monotonic() > end:
                raise AssertionError(f"{self.site.directory.name} did not pass {point}: {self.site.text()[-3000:]}")
            time.sleep(0.02)
        self._assert_killed()
        self.site.reap()
        self.site.layer.spare()

    def _assert_killed(self):
        if not self.site.layer.killed():
            raise AssertionError(f"{self.site.directory.name} died by itself: {self.site.last_words()}")

    def end(self):
        """From here on the gateway is the caller's."""
        self._over.set()
        self.join()
        self.site.kill_now()
        self.site.start()


def await_all(tormentors):
    for tormentor in tormentors:
        while not tormentor.done.wait(1):
            failed = [other for other in tormentors if other.failure]
            if failed:
                raise failed[0].failure
    for tormentor in tormentors:
        if tormentor.failure:
            raise tormentor.failure


class Traffic:
    """Studies from one PACS to its gateway, one after the other, sent again by the PACS until they got 0000; and mails
    that its own software made. `stop` ends it when the study in hand is answered, `go_on` begins again."""

    def __init__(self, stage, name, seed, pause=0.2):
        self.stage, self.name, self.other = stage, name, "b" if name == "a" else "a"
        self.gateway = stage.sites[name]
        self.numbers = itertools.count(seed * 100_000 + (1 if name == "a" else 50_001))
        self.acknowledged = {}  # SOP Instance UID -> data set
        self.refusals = collections.Counter()  # answers other than 0000
        self.unanswered = 0
        self.documents = []     # contents that were mailed
        self.letters = 0        # mails that belong into quarantine
        self.failure = None
        self.last_answers = ""
        self.studies = 0
        self._pause = pause
        self._stopping = threading.Event()
        self._directory = stage.directory / f"studies-of-{name}"
        self.go_on()

    @property
    def refused(self):
        return self.refusals.total()

    def go_on(self):
        self._stopping.clear()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def await_more(self, studies):
        """Until so many more are answered."""
        wanted = self.studies + studies
        wait_until(lambda: self.failure or self.studies >= wanted, 180, f"studies of hospital {self.name}")

    def stop(self):
        self._stopping.set()

    def join(self, timeout=600):
        self._thread.join(timeout)
        if self.failure:
            raise self.failure
        if self._thread.is_alive():
            raise TimeoutError(f"hospital {self.name} did not get 0000 for all that it sent: {self.last_answers}"
                               f"{self.stage.logs()}")

    def _run(self):
        try:
            for number in self.numbers:
                self._send_study(number)
                if number % 3 == 0:
                    self._mail_document(number)
                if number % 10 == 1:
                    self._mail_letter()
                self.studies += 1
                if self._stopping.wait(self._pause):
                    return
        except Exception as error:  # for join()
            self.failure = error

    def _send_study(self, number):
        directory = self._directory / str(number)
        files = make_study(directory, 2, SMALL, seed=number) + make_study(directory / "large", 1, LARGE, seed=number + 2**40)
        while files:
            output = storescu(files, self.gateway.port, called=f"TO_{self.other.upper()}",
                              calling=f"PACS_{self.name.upper()}", check=False)
            self.last_answers = output[-1000:]
            statuses = store_statuses(output)
            for file in list(files):
                status = statuses.get(str(file))
                if status == "Success":
                    self.acknowledged[identity(file).sop_instance] = dataset_bytes(file)
                    files.remove(file)
                elif status:
                    self.refusals[status] += 1
                else:
                    self.unanswered += 1
            if files:
                time.sleep(0.1)
        shutil.rmtree(directory)

    def _mail_document(self, number):
        """An instance with a document of its study, sealed by GnuPG."""
        file = make_study(self._directory / f"{number}-document", 1, SMALL, seed=number + 25_000)[0]
        pdf = documents.PDF + f"% {number}\n".encode()
        part = mails.document_part(pdf, "application/pdf", "befund.pdf")
        inner = mails.inner_entity([file], f"20240131.{number}", documents=[part])
        sender, recipient = ADDRESSES[self.name], ADDRESSES[self.other]
        sealed = self.stage.gpg.seal(inner, recipient, sender)
        self.stage.servers.deliver(sender, recipient, mails.encrypted_mail(sender, recipient, sealed,
                                                                           f"20240131.{number}"))
        self.acknowledged[identity(file).sop_instance] = dataset_bytes(file)
        self.documents.append(pdf)

    def _mail_letter(self):
        stranger = "brief@elsewhere.example"
        self.stage.servers.deliver(stranger, ADDRESSES[self.other], mails.plain_mail(stranger, ADDRESSES[self.other]))
        self.letters += 1


def payload_documents(stage):
    """Contents of the documents that arrived, at either hospital: as objects in B's PACS, as files at A."""
    found = [file.read_bytes() for file in stage.filed.iterdir() if not file.name.startswith(".")]
    for file in stage.pacs_b.files():
        dataset = pydicom.dcmread(file)
        if "EncapsulatedDocument" in dataset:
            found.append(documents.payload(dataset))
    return found


def ledger_of(site):
    return contextlib.closing(sqlite3.connect(f"file:{site.state}/ledger.db?mode=ro", uri=True))


def stranded_fragments(receiver, sender):
    """How many wait for others that never come: those of a message that an operator cancelled when some had left, or
    had sealed anew, under another id. They expire with an alarm (reception.fragments_expire_after)."""
    with ledger_of(sender) as database:
        alive = {found for found, in database.execute("SELECT partial_id FROM message WHERE state <> 'cancelled'")}
    with ledger_of(receiver) as database:
        waiting = [found for found, in database.execute("SELECT partial_id FROM mail WHERE state = 'fragment'")]
    return sum(partial_id not in alive for partial_id in waiting)


def wait_until_done(stage, traffics, timeout=240, operators=False):
    """Until nothing is on its way any more in ledgers and mailboxes. `operators`: some interfered."""
    def open_rows():
        try:
            counts = {name: site.counts() for name, site in stage.sites.items()}
        except RuntimeError as error:  # a command met a gateway that starts
            return {"status": str(error)}
        kinds = {"shipments": ("open", "closed", "sent", "overdue"), "messages": ("waiting", "sealed", "sent"),
                 "mails": ("fetched", "fragment"), "deliveries": ("waiting",), "receipts": ("waiting", "due"),
                 "documents_in": ("waiting",)}
        rows = {f"{name} {kind} {state}": counts[name][kind].get(state, 0) for name in counts
                for kind, states in kinds.items() for state in states}
        for receiver, sender in (("a", "b"), ("b", "a")) if operators else ():
            rows[f"{receiver} mails fragment"] -= stranded_fragments(stage.sites[receiver], stage.sites[sender])
        rows["mails on the server"] = stage.mails_left()
        rows["mails not come"] = sum(traffic.letters for traffic in traffics) - sum(
            count["mails"]["quarantined"] + count["mails"]["dropped"] for count in counts.values())
        return {what: count for what, count in rows.items() if count}
    left = {}

    def done():
        for site in stage.sites.values():
            if not site.running():
                raise RuntimeError(f"{site.directory.name} died: {site.last_words()}")
        left.clear()
        left.update(open_rows())
        time.sleep(0.3)
        return not left
    try:
        wait_until(done, timeout, "everything delivered")
    except TimeoutError as error:
        raise AssertionError(f"{error}; left: {left}{stage.logs()}") from None


def run_seed():
    return int(os.environ.get("FAULT_SEED") or random.SystemRandom().randrange(1, 20_000))
