"""Rows 9 and 10: memory with large objects and long queues; cost with a full ledger."""

import datetime
import os
import sqlite3
import struct
import time

from harness import Directory, StoreScp, TwoHospitals, make_study, run
from report import Figure
from rows_mail import swift
from setting import entries, stages

MEGABYTE = 1024 * 1024
BLOCK = 50_000


def memory(size):
    yield from large_object(size)
    yield from waiting_messages(size)


def large_object(size):
    """One object of 2 GB from C-STORE to the far PACS; VmHWM of each gateway and its open worker."""
    pixels = size.of(2000 * MEGABYTE, 4 * MEGABYTE)
    with Directory() as directory, TwoHospitals(StoreScp, change_a=large(size), change_b=large(size),
                                                servers_options={"message_size_limit": 200_000_000}) as hospitals:
        file = large_file(directory / "large", pixels)
        started = time.monotonic()
        run("storescu", "-nh", "-aet", "PACS_A", "-aec", "TO_B", "127.0.0.1", hospitals.a.port, file, timeout=900)
        taken = time.monotonic() - started
        hospitals.b.wait_for("delivery-done", timeout=900)
        seconds = time.monotonic() - started
        arrived = sum(received.stat().st_size for received in hospitals.pacs_b.files())
        if arrived < pixels:
            raise RuntimeError(f"{arrived} bytes of {pixels} arrived")
        sending, receiving = hospitals.a.process.peak_memory(), hospitals.b.process.peak_memory()
    note = f"taken in {taken:.0f} s, {seconds:.0f} s until in the far PACS"
    for name, peak in (("sending gateway", sending[0]), ("receiving gateway", receiving[0]),
                       ("open worker of the receiving gateway", receiving[1])):
        yield Figure("9", f"memory, an object of {pixels / 1e9:.1f} GB: {name}", "MB", [peak / 1e6], better="less",
                     aim="below 200 MB", limit=200, note=note)


def large(size):
    def change(settings):
        swift(release="instance")(settings)
        for partner in settings["partners"].values():
            partner["profile"].update(inner_encoding="binary", max_message_size=size.of("100MB", "1MB"))
    return change


def large_file(directory, pixels):
    """A multi-frame object, written in pieces: a small one with more frames."""
    source = make_study(directory, 1, MEGABYTE)[0]
    content = source.read_bytes()
    at = content.rindex(b"\xe0\x7f\x10\x00OW")
    frames = str(pixels // MEGABYTE).encode()
    frames += b" " * (len(frames) % 2)
    # (0028,0008) NumberOfFrames stands between (0028,0004) and (0028,0010).
    rows = content.index(b"\x28\x00\x10\x00US")
    with open(source, "wb") as file:
        file.write(content[:rows] + b"\x28\x00\x08\x00IS" + struct.pack("<H", len(frames)) + frames
                   + content[rows:at + 8] + struct.pack("<I", pixels))
        for _ in range(pixels // MEGABYTE):
            file.write(content[at + 12:at + 12 + MEGABYTE])
    return source


class Filling:
    """Puts rows into a ledger as the gateway writes them: messages of one instance each, created and finished now."""

    def __init__(self, ledger):
        self._connection = sqlite3.connect(ledger)
        self._connection.execute("PRAGMA synchronous=OFF")

    def add(self, count, state):
        """`count` messages, `sent` or `sealed`."""
        first = self._connection.execute("SELECT COALESCE(MAX(id), 0) + 1 FROM shipment").fetchone()[0]
        for start in range(first, first + count, BLOCK):
            self._add(start, min(BLOCK, first + count - start), state)
        return self

    def _add(self, first, count, state):
        numbers = f"WITH RECURSIVE n(i) AS (SELECT {first} UNION ALL SELECT i + 1 FROM n WHERE i < {first + count - 1})"
        now = int(time.time() * 1000)
        sent = state == "sent"
        execute = self._connection.execute
        execute(f"""{numbers} INSERT INTO shipment (id, state, partner, mailbox, rule, priority, release_mode, set_id,
            study_instance_uid, created, last_instance, closed, instance_count, message_total, messages_sent)
            SELECT i, '{'sent' if sent else 'closed'}', 'klinikum-b', 'main', 'all', 1, 'instance',
            '20261124.' || i, '1.2.3.' || i, {now}, {now}, {now}, 1, 1, {int(sent)} FROM n""")
        execute(f"""{numbers} INSERT INTO instance (id, state, direction, sop_class_uid, sop_instance_uid,
            transfer_syntax_uid, study_instance_uid, series_instance_uid, has_meta_header, dataset_offset, file_size,
            dataset_sha256, received, finished) SELECT i, 'routed', 'out', '1.2.840.10008.5.1.4.1.1.2',
            '1.2.3.4.' || i, '1.2.840.10008.1.2.1', '1.2.3.' || i, '1.2.3.5.' || i, 1, 300, 524288,
            hex(randomblob(32)), {now}, {now} FROM n""")
        execute(f"""{numbers} INSERT INTO message (id, state, shipment, partner, mailbox, priority, part, created,
            finished, size, message_id, spool_key) SELECT i, '{state}', i, 'klinikum-b', 'main', 1, 1, {now}, {now},
            700000, hex(randomblob(16)) || '@a.example', {'NULL' if sent else 'lower(hex(randomblob(16)))'} FROM n""")
        execute(f"""{numbers} INSERT INTO shipment_instance (shipment, position, instance, message)
            SELECT i, 1, i, i FROM n""")
        self._connection.commit()

    def keys(self):
        return [key for key, in self._connection.execute("SELECT spool_key FROM message WHERE state = 'sealed'")]

    def close(self):
        self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        self._connection.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def make_message_files(state, keys):
    """A file for every message that waits. Links to a few: nobody gets to read them while the mail server is away."""
    messages = state / "spool" / "messages"
    sample = messages / "sample"
    for number, key in enumerate(keys):
        if number % 30_000 == 0:  # a file may have 65 000 links
            sample.unlink(missing_ok=True)
            sample.write_bytes(b"x" * 700_000)
        folder = messages / key[:2]
        folder.mkdir(mode=0o700, exist_ok=True)
        os.link(sample, folder / f"{key}.eml")
    sample.unlink()


def waiting_messages(size):
    """A gateway whose mail server is away, with messages waiting in its ledger; it starts, tries, and goes on taking
    instances."""
    count, more = size.of(200_000, 200), size.of(50, 2)
    with Directory() as directory, TwoHospitals(StoreScp, change_a=swift(release="instance"), start="a") as hospitals:
        a = hospitals.a
        a.stop()
        with Filling(a.state / "ledger.db") as filling:
            filling.add(count, "sealed")
            make_message_files(a.state, filling.keys())
        hospitals.servers.stop_postfix()
        started = time.monotonic()
        a.start()
        ready = time.monotonic() - started
        a.wait_for("smtp-unavailable", timeout=60)
        files = make_study(directory / "study", more, 512 * 1024)
        run("storescu", "-nh", "-aet", "PACS_A", "-aec", "TO_B", "127.0.0.1", a.port, *files)
        counts = a.counts()["messages"]
        waiting = counts["sealed"] + counts["waiting"]
        peak = a.process.peak_memory()[0]
        lost = count - sum(entries(folder) for folder in (a.state / "spool" / "messages").iterdir())
        a.kill()
    if waiting != count + more or lost > 0:
        raise RuntimeError(f"{waiting} messages wait instead of {count + more}, {lost} files are lost")
    yield Figure("9", f"memory, {count} messages waiting", "MB", [peak / 1e6], better="less", aim="below 200 MB",
                 limit=200, note=f"ready {ready:.1f} s after the start")


def growth(size):
    """A claim, a status, a start, with more and more messages in the ledger; the peer is the smallest ledger. All but
    one are sent; then the same with all of them waiting, without the start, which would look for their files."""
    counts = size.of((1_000, 100_000, 1_000_000), (100, 1_000))
    with Directory(), TwoHospitals(StoreScp, start="") as hospitals:
        costs = grow(hospitals.a, counts, size.runs, "sent")
        yield from against_smallest(costs, ("claim", "status", "start"), "sent")
    with Directory(), TwoHospitals(StoreScp, start="") as hospitals:
        costs = grow(hospitals.a, counts, size.runs, "sealed")
        yield from against_smallest(costs, ("claim", "status"), "waiting")


def grow(gateway, counts, runs, state):
    """What each costs in milliseconds: {count: {"claim": [...], ...}}."""
    gateway.start()
    gateway.stop()
    ledger, done, costs = gateway.state / "ledger.db", 0, {}
    for count in counts:
        with Filling(ledger) as filling:
            filling.add(count - done - 1, state)
            filling.add(1, "sealed")  # for the claim; it has no file, and the start makes a failed message of it
        done = count
        measured = [stages("ledger", ledger) for _ in range(runs)]
        costs[count] = {what: [1000 * cost[what] for cost in measured] for what in ("claim", "status")}
        if state == "sent":
            costs[count]["start"] = [start_milliseconds(gateway) for _ in range(runs)]
    return costs


def start_milliseconds(gateway):
    """From exec to `gateway-ready`, by the time that the log gives it."""
    started = time.time()
    gateway.start()
    ready = datetime.datetime.fromisoformat(gateway.events("gateway-ready")[-1]["time"])
    gateway.stop()
    return 1000 * (ready.timestamp() - started)


def against_smallest(costs, whats, state):
    smallest = min(costs)
    for what in whats:
        for count in [count for count in costs if count != smallest]:
            last = what == "start" and count == max(costs)
            yield Figure("10", f"{what}, {count} messages {state}", "ms", costs[count][what], costs[smallest][what],
                         f"the same, {smallest}", "less", "flat within 2x" + (", below 2 s" if last else ""), 0.5,
                         2000 if last else 0)
