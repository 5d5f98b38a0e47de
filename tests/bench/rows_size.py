"""Rows 9 and 10: memory with large objects and long queues; cost with a full ledger."""

import os
import sqlite3
import time

from harness import Directory, Gateway, StoreScp, TwoHospitals, make_study, run, wait_until
from report import Figure
from rows_mail import swift
from setting import stages

LIMIT = 200e6


def memory(size):
    yield from large_object(size)
    yield from waiting_messages(size)


def large_object(size):
    """One object of 2 GB from C-STORE to the far PACS; VmHWM of each gateway and its open worker."""
    pixels = size.of(2000 * 1024 * 1024, 4 * 1024 * 1024)
    with Directory() as directory, TwoHospitals(StoreScp, change_a=large(size), change_b=large(size),
                                                servers_options={"message_size_limit": 200_000_000}) as hospitals:
        files = large_file(directory / "large", pixels)
        started = time.monotonic()
        run("storescu", "-nh", "-aet", "PACS_A", "-aec", "TO_B", "127.0.0.1", hospitals.a.port, *files, timeout=900)
        wait_until(lambda: hospitals.b.events("delivery-done"), 1500, "the object in the far PACS")
        seconds = time.monotonic() - started
        peaks = {"sending": hospitals.a.process.peak_memory()[0], "receiving": hospitals.b.process.peak_memory()[0],
                 "receiving, its open worker": hospitals.b.process.peak_memory()[1]}
    for name, peak in peaks.items():
        yield Figure("9", f"memory, an object of {pixels / 1e9:.1f} GB, gateway {name}", "MB", [peak / 1e6], aim="< 200",
                     met=lambda o, p, r: o < 200, note=f"{seconds:.0f} s from C-STORE to the far PACS")


def large(size):
    def change(settings):
        swift(release="instance")(settings)
        for partner in settings["partners"].values():
            partner["profile"].update(inner_encoding="binary", max_message_size=size.of("100MB", "1MB"))
    return change


def large_file(directory, pixels):
    """A multi-frame object, written in pieces: the last values of a small one made long."""
    import struct
    source = make_study(directory, 1, 1024 * 1024)[0]
    content = source.read_bytes()
    at = content.rindex(b"\xe0\x7f\x10\x00OW")
    with open(source, "wb") as file:
        file.write(content[:at + 8] + struct.pack("<I", pixels))
        block = content[at + 12:at + 12 + 1024 * 1024]
        for done in range(0, pixels, len(block)):
            file.write(block[:min(len(block), pixels - done)])
    return [source]


def fill(ledger, done, waiting=1):
    """Rows as the gateway writes them: `done` messages sent, `waiting` sealed."""
    connection = sqlite3.connect(ledger)
    connection.execute("PRAGMA synchronous=OFF")
    first = connection.execute("SELECT COALESCE(MAX(id), 0) + 1 FROM shipment").fetchone()[0]
    numbers = f"WITH RECURSIVE n(i) AS (SELECT {first} UNION ALL SELECT i + 1 FROM n WHERE i < {first + done + waiting - 1})"
    sent = f"CASE WHEN i < {first + done} THEN 'sent' ELSE %s END"
    connection.execute(f"""{numbers} INSERT INTO shipment (id, state, partner, mailbox, rule, priority, release_mode,
        set_id, study_instance_uid, created, last_instance, closed, instance_count, message_total, messages_sent)
        SELECT i, {sent % "'closed'"}, 'klinikum-b', 'main', 'all', 1, 'instance', '20261124.' || i, '1.2.3.' || i, i, i,
        i, 1, 1, CASE WHEN i < {first + done} THEN 1 ELSE 0 END FROM n""")
    connection.execute(f"""{numbers} INSERT INTO instance (id, state, direction, sop_class_uid, sop_instance_uid,
        transfer_syntax_uid, study_instance_uid, series_instance_uid, has_meta_header, dataset_offset, file_size,
        dataset_sha256, received, finished) SELECT i, 'routed', 'out', '1.2.840.10008.5.1.4.1.1.2', '1.2.3.4.' || i,
        '1.2.840.10008.1.2.1', '1.2.3.' || i, '1.2.3.5.' || i, 1, 300, 524288, hex(randomblob(32)), i, i FROM n""")
    connection.execute(f"""{numbers} INSERT INTO message (id, state, shipment, partner, mailbox, priority, part, created,
        finished, size, message_id) SELECT i, {sent % "'sealed'"}, i, 'klinikum-b', 'main', 1, 1, i, i, 700000,
        hex(randomblob(16)) || '@a.example' FROM n""")
    connection.execute(f"""UPDATE message SET spool_key = substr(lower(hex(randomblob(16))), 1, 32)
        WHERE state = 'sealed'""")
    connection.execute(f"""{numbers} INSERT INTO shipment_instance (shipment, position, instance, message)
        SELECT i, 1, i, i FROM n""")
    connection.commit()
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()


def make_message_files(state):
    """A file for every message that waits; all links to one, as nobody gets to read it."""
    messages = state / "spool" / "messages"
    sample = messages / "sample"
    sample.write_bytes(b"x" * 700_000)
    connection = sqlite3.connect(state / "ledger.db")
    for number, (key,) in enumerate(connection.execute("SELECT spool_key FROM message WHERE spool_key IS NOT NULL")):
        if number % 30_000 == 29_999:  # a file may have 65 000 links
            sample.unlink()
            sample.write_bytes(b"x" * 700_000)
        os.link(sample, messages / key[:2] / f"{key}.eml")
    sample.unlink()


def waiting_messages(size):
    """A gateway whose mail server is away, with messages waiting in its ledger."""
    count = size.of(200_000, 200)
    with Directory() as directory, TwoHospitals(StoreScp, start="") as hospitals:
        hospitals.a.start()
        hospitals.a.stop()
        fill(hospitals.a.state / "ledger.db", 0, count)
        make_message_files(hospitals.a.state)
        hospitals.servers.stop_postfix()
        started = time.monotonic()
        hospitals.a.start()
        ready = time.monotonic() - started
        hospitals.a.wait_for("smtp-unavailable", timeout=60)
        files = make_study(directory / "study", size.of(50, 2), 512 * 1024)
        run("storescu", "-nh", "-aet", "PACS_A", "-aec", "TO_B", "127.0.0.1", hospitals.a.port, *files)
        hospitals.a.wait_for("message-sealed", count=1, timeout=120)
        peak = hospitals.a.process.peak_memory()[0]
        hospitals.a.kill()
    yield Figure("9", f"memory, {count} messages waiting", "MB", [peak / 1e6], aim="< 200",
                 met=lambda o, p, r: o < 200, note=f"ready after {ready:.1f} s")


def growth(size):
    """Milliseconds of a claim, a status, a start, with more and more done messages; the peer is the smallest."""
    costs = {}
    with Directory() as directory, TwoHospitals(StoreScp, start="") as hospitals:
        hospitals.a.start()
        hospitals.a.stop()
        ledger, done = hospitals.a.state / "ledger.db", 0
        for count in size.of((1_000, 100_000, 1_000_000), (100, 1_000)):
            fill(ledger, count - done, 1 if done == 0 else 0)
            done = count
            costs[count] = [stages("ledger", ledger) for _ in range(size.runs)]
        starts = [start_seconds(hospitals.a) for _ in range(size.runs)]
    smallest = min(costs)
    for what in ("claim", "status"):
        for count in list(costs)[1:]:
            yield Figure("10", f"{what}, {count} messages in the ledger", "ms",
                         [1000 * cost[what] for cost in costs[count]], [1000 * cost[what] for cost in costs[smallest]],
                         f"the same, {smallest}", "less", "flat within 2x", lambda o, p, r: r >= 0.5)
    yield Figure("10", f"start, {done} messages in the ledger", "s", starts, aim="< 2 s", met=lambda o, p, r: o < 2)


def start_seconds(gateway: Gateway):
    started = time.monotonic()
    gateway.start()
    seconds = time.monotonic() - started
    gateway.kill()
    return seconds
