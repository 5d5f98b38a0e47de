"""Row 8: from the C-STORE response at gateway A to the C-STORE request at the far PACS, by the logs of storescu and
storescp; beside it a direct C-STORE to a PACS, from its request here to its request there."""

import shutil
import threading
import time

from harness import Directory, TwoHospitals, make_study, run
from report import Figure
from rows_mail import swift
from watched_pacs import WatchedPacs, log_config, send_timed

SIZE = 512 * 1024
LIMITS = {("idle", 50): 150, ("idle", 99): 500, ("beside bulk", 99): 1000}


def percentile(values, percent):
    values = sorted(values)
    return values[min(len(values) - 1, int(len(values) * percent / 100))]


class BulkTransfer:
    """Study after study by the bulk route, as fast as the far PACS gets them: between one and two studies are under
    way at any time, so that neither runs dry nor the spool grows."""

    def __init__(self, hospitals, directory, study):
        self.hospitals, self.directory, self.study = hospitals, directory, study
        self.sent, self.error = 0, None
        self._stop, self._running = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run)

    def arrived(self):
        return sum(1 for name in self.hospitals.pacs_b.received.iterdir() if name.name.startswith("CT"))

    def _run(self):
        try:
            while not self._stop.is_set():
                files = make_study(self.directory, self.study, SIZE, seed=time.monotonic_ns())
                run("storescu", "-nh", "-aet", "PACS_A", "-aec", "BULK_B", "127.0.0.1", self.hospitals.a.port, *files,
                    timeout=600)
                shutil.rmtree(self.directory)
                self.sent += len(files)
                self._running.set()
                while self.sent - self.arrived() > self.study and not self._stop.is_set():
                    time.sleep(0.2)
        except Exception as error:
            self.error = error
            self._running.set()

    def __enter__(self):
        self._thread.start()
        self._running.wait(600)
        return self

    def __exit__(self, *_):
        self._stop.set()
        self._thread.join()
        if self.error:
            raise self.error


class Latencies:
    """Measures one after the other, ours and direct in turn. The urgent instances are MR: bulk is CT."""

    def __init__(self, hospitals, near, files, config):
        self.hospitals, self.near, self.files, self.config = hospitals, near, iter(files), config

    def ours(self):
        pacs = self.hospitals.pacs_b
        before = len(pacs.arrivals("MR"))
        sent = send_timed(next(self.files), self.hospitals.a.port, "TO_B", self.config)
        return max(0.0, pacs.wait_for_arrivals("MR", before + 1)[before] - sent.answered)

    def direct(self):
        before = len(self.near.arrivals("MR"))
        sent = send_timed(next(self.files), self.near.port, self.near.ae_title, self.config)
        return self.near.wait_for_arrivals("MR", before + 1)[before] - sent.asked

    def measure(self, count):
        pairs = [(self.ours(), self.direct()) for _ in range(count)]
        return [ours for ours, _ in pairs], [direct for _, direct in pairs]


def latency(size):
    count = size.of(200, 3)
    with Directory() as directory, WatchedPacs(directory / "direct") as near, \
            TwoHospitals(WatchedPacs, change_a=emergency_route, change_b=swift()) as hospitals:
        urgent = as_mr(make_study(directory / "urgent", count * 4, SIZE, seed=5))
        latencies = Latencies(hospitals, near, urgent, log_config(directory / "sender"))
        found = {"idle": latencies.measure(count)}
        with BulkTransfer(hospitals, directory / "bulk", size.of(100, 5)) as bulk:
            before, started = bulk.arrived(), time.monotonic()
            found["beside bulk"] = latencies.measure(count)
            rate = (bulk.arrived() - before) / (time.monotonic() - started)
    for name, (ours, direct) in found.items():
        for percent in (50, 95, 99):
            limit = LIMITS.get((name, percent), 0)
            yield Figure("8", f"latency of an emergency, {name}, p{percent} of {count}", "ms",
                         [1000 * percentile(ours, percent)], [1000 * percentile(direct, percent)],
                         "direct storescu", "less", f"below {limit} ms" if limit else "", limit=limit,
                         note=f"bulk went at {rate:.0f} mails/s" if name == "beside bulk" else "")


def as_mr(files):
    """storescp's log and file names tell the kind of an object by its SOP class: CT and MR UIDs differ in the last
    digit."""
    for file in files:
        content = file.read_bytes()
        file.write_bytes(content.replace(b"1.2.840.10008.5.1.4.1.1.2\0", b"1.2.840.10008.5.1.4.1.1.4\0"))
    return files


def emergency_route(settings):
    swift()(settings)
    settings["routes"]["outbound"] = [
        {"name": "emergency", "when": {"called_ae": ["TO_B"]}, "send_to": ["klinikum-b"], "priority": "emergency",
         "release": "instance", "final": True},
        {"name": "bulk", "when": {"called_ae": ["BULK_B"]}, "send_to": ["klinikum-b"], "priority": "bulk",
         "release": "instance"}]
