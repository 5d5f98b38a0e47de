#!/usr/bin/python3
"""Mails and data sets made to do harm: each costs itself only. What follows arrives, memory stays bounded, a log line
stays one line. What may lie in a mailbox is put there, as Postfix would take not all of it."""

import os
import pwd
import re
import signal
import struct
import threading
import time
import unittest
import zlib

import rig  # noqa: F401
import documents
import hostile_dicom
import hostile_mails
import mails
import raw_scu
from harness import (ADDRESSES, E2eTest, StoreScp, TwoHospitals, dataset_bytes, identity, main, make_study,
                     parse_event, storescu)
from hostile_imap import LyingServer, endless, once

A, B, C = ADDRESSES["a"], ADDRESSES["b"], ADDRESSES["c"]
MOST_MEMORY = 300 << 20  # bytes, of the daemon, and of a worker
# Lies without end that the gateway has to end. (Up to the login libcurl listens, which bounds the time only.)
OUTLASTED = ("endless capabilities", "endless lines of capabilities", "endless folder", "endless list",
             "literal of no end")


class Watch:
    """The largest resident memory of a gateway and of any of its workers."""

    def __init__(self, gateway):
        self.daemon = self.worker = 0
        self._gateway, self._ended = gateway, threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)

    def _look(self):
        while not self._ended.wait(0.05):
            process = self._gateway.process
            if process:
                daemon, worker = process.peak_memory()
                self.daemon, self.worker = max(self.daemon, daemon), max(self.worker, worker)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._ended.set()
        self._thread.join()
        print(f"most memory: daemon {self.daemon >> 20} MB, worker {self.worker >> 20} MB", flush=True)


class Mailbox:
    """Puts mails where Dovecot finds them, two at a time, and tells under which ids the gateway took them."""

    def __init__(self, servers, user, gateway):
        self.gateway, self._number = gateway, 0
        self._maildir = servers.directory / "home" / user / "Maildir"
        self._owner = pwd.getpwnam("mail")

    def put(self, *contents):
        for content in contents:
            self._number += 1
            name = f"{int(time.time())}.{self._number:06}.hostile"
            file = self._maildir / "tmp" / name
            file.write_bytes(content)
            os.chown(file, self._owner.pw_uid, self._owner.pw_gid)
            file.rename(self._maildir / "new" / name)

    def put_with_good(self, content, good):
        """The id of the first. The good one is known by its size."""
        fetched = len(self.gateway.events("mail-fetched"))
        self.put(content, good)
        new = self.gateway.wait_for("mail-fetched", fetched + 2)[fetched:]
        return next(event["mail"] for event in new if event["bytes"] != str(len(good)))


class Hostile(E2eTest):
    """One gateway for all; every hostile mail and its good one are in the mailbox before the first test looks."""

    @classmethod
    def setUpClass(cls):
        cls.hospitals = cls.enterClassContext(TwoHospitals(StoreScp, start="b", change_b=cls.change))
        cls.b, cls.servers = cls.hospitals.b, cls.hospitals.servers
        cls.gpg = cls.hospitals.gnupg("a", "b")
        cls.gpg.generate(f"Hospital C <{C}>")
        cls.seeds = iter(range(1, 10_000))
        cls.goods, cls.ids, cls.codes = {}, {}, {}
        cls.watch = cls.enterClassContext(Watch(cls.b))
        cls.servers.deliver(A, B, cls.good("first"))
        cls.b.wait_for("mail-accepted")
        cls.mailbox = Mailbox(cls.servers, B, cls.b)
        for made in cls.made():
            for name, (mail, codes) in made.items():
                cls.ids[name] = cls.mailbox.put_with_good(mail, cls.good(name))
                cls.codes[name] = codes

    @classmethod
    def change(cls, settings):
        settings["partners"]["klinikum-a"]["profile"]["accept_compressed"] = True

    @classmethod
    def made(cls):
        raise unittest.SkipTest("for the classes below")

    @classmethod
    def good(cls, name):
        """A mail whose one instance must arrive."""
        file = make_study(cls.hospitals.directory / f"good-{name}", 1, 1024, seed=next(cls.seeds))[0]
        cls.goods[name] = file
        return mails.encrypted_mail(A, B, cls.gpg.seal(mails.inner_entity([file]), B, A))

    def good_arrives(self, name):
        file = self.goods[name]
        uid = identity(file).sop_instance
        self.wait(lambda: self.hospitals.pacs_b.datasets().get(uid) == dataset_bytes(file), 120, f"good mail {name}")

    def fates(self):
        """Every mail's code, as soon as all have one."""
        def all_there():
            events = {event["mail"]: "accepted" for event in self.b.events("mail-accepted")}
            events |= {event["mail"]: event["reason"] for event in self.b.events("mail-quarantined")}
            return {name: events[mail] for name, mail in self.ids.items() if mail in events} \
                if set(self.ids.values()) <= set(events) else None
        return self.wait(all_there, 240, "a fate for every mail")

    def check_log(self):
        """One event is one line, and nothing in it moves a terminal."""
        text = self.b.log.read_bytes()
        self.assertIsNone(re.search(rb"[\x00-\x09\x0b-\x1f\x7f]", text))
        lines = text.decode("utf-8").splitlines()
        self.assertEqual([line for line in lines if not parse_event(line)], [])

    def check_all(self):
        fates = self.fates()
        wrong = {name: code for name, code in fates.items() if code not in self.codes[name]}
        self.assertEqual(wrong, {})
        for name in self.goods:
            self.good_arrives(name)
        self.assertTrue(self.b.running())
        self.check_log()
        self.assertLess(self.watch.daemon, MOST_MEMORY)
        self.assertLess(self.watch.worker, MOST_MEMORY)
        self.wait(lambda: not list((self.b.state / "spool" / "work").iterdir()), 30, "an empty work folder")


class OuterMails(Hostile):
    @classmethod
    def made(cls):
        yield hostile_mails.outer_mails(A, B)

    def test_each_is_quarantined_and_the_next_arrives(self):
        self.check_all()

    def test_fragments_that_never_become_whole(self):
        """Two thousand of the ten thousand of a message."""
        kept = len(self.b.events("mail-fragment-kept"))
        for number in range(1, 2001):
            content_type, body = hostile_mails.partial(b"%d" % number, b"10000", b"endless@x", b"y\r\n" * 100)
            self.mailbox.put(hostile_mails.plain(A, B, b"", body, content_type))
        self.servers.deliver(A, B, self.good("after-fragments"))
        self.b.wait_for("mail-fragment-kept", kept + 2000, timeout=120)
        self.good_arrives("after-fragments")
        self.assertLess(self.watch.daemon, MOST_MEMORY)


class SealedMails(Hostile):
    @classmethod
    def made(cls):
        yield hostile_mails.sealed_mails(A, B, C, cls.gpg)

    def test_each_is_quarantined_and_the_next_arrives(self):
        self.check_all()


class Contents(Hostile):
    """What a partner's mail may hold when the partner's own system was taken over."""

    @classmethod
    def made(cls):
        yield {f"dicom-{name}": (cls.sealed([hostile_dicom.part10(dataset)]),
                                 {"accepted"} if name in hostile_dicom.VALID else
                                 {"not-dicom", "dicom-damaged", "dicom-incomplete"})
               for name, dataset in hostile_dicom.lying(1).items()}
        bomb = hostile_dicom.part10(hostile_dicom.deflated_bomb(2000, 3), hostile_dicom.DEFLATED)
        yield {"dicom-deflated": (cls.sealed([bomb]), {"not-dicom", "dicom-damaged", "dicom-incomplete"})}

    @classmethod
    def sealed(cls, files, parts=()):
        inner = mails.inner_entity(files, documents=parts)
        return mails.encrypted_mail(A, B, cls.gpg.seal(inner, B, A, options=("-z", "1")))

    def test_each_is_quarantined_and_the_next_arrives(self):
        self.check_all()

    def test_documents(self):
        """Each becomes an object, or waits with its reason."""
        file = make_study(self.hospitals.directory / "with-documents", 1, 1024, seed=next(self.seeds))[0]
        hostile = self.documents()
        parts = [mails.document_part(content, kind, f"d{number}")
                 for number, (content, kind) in enumerate(hostile.values())]
        done = self.fates_of_documents()
        self.mailbox.put(self.sealed([file], parts))
        self.wait(lambda: self.fates_of_documents() >= done + len(hostile), 120, "a fate for each document")
        self.assertEqual(self.b.events("open-worker-died"), [])
        self.servers.deliver(A, B, self.good("after-documents"))
        self.good_arrives("after-documents")
        self.assertLess(self.watch.worker, MOST_MEMORY)

    def fates_of_documents(self):
        return sum(len(self.b.events(f"document-{fate}")) for fate in ("converted", "quarantined", "kept"))

    @staticmethod
    def documents():
        def chunk(name, data):
            return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

        def png(width, height, data):
            return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)) + data
                    + chunk(b"IEND", b""))
        zeros = zlib.compress(bytes(100 << 20), 9)
        jpeg = (b"\xff\xd8\xff\xc2\x00\x11\x08\xff\xdc\xff\xdc\x03\x01\x22\x00\x02\x11\x00\x03\x11\x00"
                b"\xff\xda\x00\x0c\x03\x01\x00\x02\x11\x03\x11\x00\x00\x00" + bytes(100_000) + b"\xff\xd9")
        laughs = b"".join(b'<!ENTITY l%d "%s">' % (n, b"&l%d;" % (n - 1) * 10) for n in range(1, 30))
        cda = documents.CDA.split(b"?>", 1)[1]
        return {
            "png-size": (png(0x7FFFFFFF, 0x7FFFFFFF, chunk(b"IDAT", zeros)), "image/png"),
            "png-within": (png(5770, 5770, chunk(b"IDAT", zeros)), "image/png"),
            "png-text": (png(8, 8, b"".join(chunk(b"zTXt", b"k%d\0\0" % n + zeros[:200_000]) for n in range(20))
                             + chunk(b"IDAT", zlib.compress(bytes(8 * 25)))), "image/png"),
            "png-cut": (documents.png()[0][:-30], "image/png"),
            "jpeg-size": (jpeg, "image/jpeg"),
            "jpeg-scans": (jpeg.replace(b"\xff\xdc\xff\xdc", b"\x20\x00\x20\x00")[:-2] + jpeg[-100_016:-2] * 50, "image/jpeg"),
            "pdf-huge": (b"%PDF-1.4\n" + b"1 0 obj<</Kids[" * 1_000_000 + b"\n%%EOF\n", "application/pdf"),
            "cda-laughs": (b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY l0 "ha">' + laughs + b"]>"
                           + cda.replace(b"Befund", b"&l29;"), "text/xml"),
            "cda-deep": (b'<?xml version="1.0"?>' + cda.replace(b"<title>", b"<a>" * 500_000 + b"<title>"), "text/xml"),
        }


class DyingWorkers(E2eTest):
    """A good mail whose every worker crashes, as one does over a mail that is made for it."""

    def setUp(self):
        self.two_hospitals(start="b")
        self.b = self.hospitals.b
        self.gpg = self.hospitals.gnupg("a", "b")
        self.mailbox = Mailbox(self.hospitals.servers, B, self.b)

    def mail(self, seed, size):
        file = make_study(self.hospitals.directory / f"study-{seed}", 1, size, seed=seed)[0]
        return file, mails.encrypted_mail(A, B, self.gpg.seal(mails.inner_entity([file]), B, A))

    def arrives(self, *files):
        wanted = {identity(file).sop_instance: dataset_bytes(file) for file in files}
        self.wait(lambda: self.hospitals.pacs_b.datasets() == wanted, 120, "the files in the PACS")

    def crash_workers(self):
        """SIGSEGV to each that has a mail in hand."""
        mails_of_b = str(self.b.state / "spool" / "mails")
        for pid in self.b.process.children():
            try:
                if any(os.readlink(fd.path).startswith(mails_of_b) for fd in os.scandir(f"/proc/{pid}/fd")):
                    os.kill(pid, signal.SIGSEGV)
            except OSError:
                pass  # it, or what it had open, is gone

    def quarantined(self):
        self.crash_workers()
        return self.b.events("mail-quarantined")

    def test_quarantine_a_new_worker_and_release(self):
        first, large = self.mail(901, 48 << 20)
        self.mailbox.put(large)
        [event] = self.wait(self.quarantined, 240, "the mail in quarantine")
        self.assertEqual(event["reason"], "open-worker-died")
        deaths = self.b.events("open-worker-died")
        self.assertEqual([death["mail"] for death in deaths], [event["mail"]] * 2)
        self.assertEqual(self.b.events("mail-accepted"), [])
        second, small = self.mail(902, 2048)
        self.mailbox.put(small)
        self.arrives(second)
        self.assertTrue(self.b.running())
        self.b.command("quarantine", "release", event["mail"])
        self.arrives(first, second)
        self.assertEqual(self.b.quarantine(), [])


class OverDicom(E2eTest):
    """The same class of input over C-STORE."""

    @classmethod
    def setUpClass(cls):
        cls.hospitals = cls.enterClassContext(TwoHospitals(StoreScp))
        cls.a = cls.hospitals.a
        cls.watch = cls.enterClassContext(Watch(cls.a))

    def store(self, dataset, **options):
        try:
            return raw_scu.store(self.a.port, dataset, **options)
        except (ConnectionError, TimeoutError, struct.error, ValueError) as error:
            return error

    def good_arrives(self, seed):
        file = make_study(self.hospitals.directory / f"good-{seed}", 1, 2048, seed=seed)[0]
        uid = identity(file).sop_instance
        self.assertEqual(raw_scu.store(self.a.port, dataset_bytes(file), sop_class=identity(file).sop_class,
                                       sop_instance=uid), 0)
        self.wait(lambda: self.hospitals.pacs_b.datasets().get(uid) == dataset_bytes(file), 60, "a good instance")

    def test_lying_data_sets(self):
        for number, (name, dataset) in enumerate(hostile_dicom.lying(5).items()):
            answer = self.store(dataset, sop_instance=f"1.2.826.0.1.3680043.8.498.5.{number + 1}")
            if name not in hostile_dicom.VALID:
                self.assertIn(answer & 0xF000 if isinstance(answer, int) else None, (0xA000, 0xC000, None), name)
            if name.startswith("zero-vr"):
                self.assertEqual(answer, 0, name)
        self.good_arrives(51)
        self.assertLess(self.watch.daemon, MOST_MEMORY)

    def test_odd_uids_of_the_command(self):
        dataset = dataset_bytes(make_study(self.hospitals.directory / "odd", 1, 2048, seed=52)[0])
        for uid in ("1.2\n3\x1b[2J", "../../../etc/passwd", "/tmp/x", "", "1." * 31_000 + "1", "x" * 64, "1.2.3.4.5"):
            answer = self.store(dataset, sop_instance=uid)
            self.assertNotEqual(answer, 0, uid)
        self.good_arrives(53)
        lines = self.a.text().splitlines()
        self.assertEqual([line for line in lines if not parse_event(line)], [])
        self.assertEqual([file for file in self.a.state.rglob("*") if "passwd" in file.name], [])

    def test_one_bad_instance_of_an_association(self):
        """Odd lengths are harmless; what is cut gets its status; and the association goes on to the last image."""
        files = make_study(self.hospitals.directory / "one-bad", 3, 2048, seed=55)
        uids = [identity(file).sop_instance for file in files]
        first, bad, last = map(dataset_bytes, files)
        statuses = []
        with raw_scu.associate(self.a.port) as connection:
            for uid, pieces in ((uids[0], [first[:1001], first[1001:], b"\0"]), (uids[1], [bad[:1001]]),
                                (uids[2], [last])):
                connection.sendall(raw_scu.store_request(uid))
                for number, piece in enumerate(pieces, 1):
                    connection.sendall(raw_scu.data(piece, last=number == len(pieces)))
                statuses.append(raw_scu.store_status(connection))
        self.assertEqual(statuses, [0, 0xC000, 0])
        event = self.a.wait_for("instance-refused", sop_instance=uids[1])[0]
        self.assertEqual((event["level"], event["status"], event["error"]), ("warning", "C000", "dicom-damaged"))
        self.wait(lambda: {uids[0], uids[2]} <= set(self.hospitals.pacs_b.datasets()), 60, "the good ones")

    def test_a_data_set_without_end(self):
        """Two hundred megabytes of a value that claims two gigabytes; then it breaks off."""
        dataset = hostile_dicom.head("1.2.3.4.77", extra=hostile_dicom.element(8, 0x1030, b"UT", b"", 0x7FFFFFFE))
        answer = self.store(dataset + bytes(200 << 20), sop_instance="1.2.3.4.77")
        self.assertNotEqual(answer, 0)
        self.good_arrives(54)
        self.assertLess(self.watch.daemon, MOST_MEMORY)


class LyingSmtpServer(E2eTest):
    """What an SMTP server may say: nobody believes that it has the mail, which arrives by another try, once."""

    def setUp(self):
        hospitals = self.two_hospitals(start="b")
        self.a = hospitals.a
        self.server = self.enterContext(LyingServer(("127.0.0.1", hospitals.servers.plain_smtp_port)))
        smtp = self.a.settings["mailboxes"]["main"]["smtp"]
        smtp.update(url=f"smtp://127.0.0.1:{self.server.port}", tls="none", connections=1)
        for name in ("ca_file", "username", "password_file"):
            del smtp[name]
        self.a.start()
        self.watch = self.enterContext(Watch(self.a))

    def test_lies(self):
        lies = {
            "endless greeting": (b"", endless(b"x" * 65536, b"220 ")),
            "endless offers": (b"EHLO", endless(b"250-SIZE 1\r\n" * 5000)),
            "endless line": (b"MAIL", endless(b"\0" * 65536)),
            "endless reply": (b"RCPT", endless(b"250-x\r\n" * 5000)),
            "no code": (b"DATA", once(b"000 \x1b[2J\xff\r\n")),
            "no code at the end": (b".", once(b"999 taken\r\n")),
            "half a reply": (b".", once(b"250-taken\r\n250")),
        }
        wanted = {}
        for number, (name, lie) in enumerate(lies.items()):
            with self.subTest(name):
                file = make_study(self.hospitals.directory / f"{number}", 1, 1024, seed=800 + number)[0]
                wanted[identity(file).sop_instance] = dataset_bytes(file)
                self.is_not_believed(lie, file)
                self.wait(lambda: self.hospitals.pacs_b.datasets() == wanted, 60, "the mail")
        self.assertEqual(len(self.hospitals.b.events("mail-fetched")), len(lies), "each once")
        self.assertLess(self.watch.daemon, MOST_MEMORY)
        self.assertIsNone(re.search(rb"[\x00-\x09\x0b-\x1f\x7f-\xff]", self.a.log.read_bytes()))

    def is_not_believed(self, lie, file):
        def failures():
            return [event for name in ("smtp-unavailable", "partner-unavailable") for event in self.a.events(name)]
        failed, told, sent = len(failures()), self.server.told, len(self.a.events("message-sent"))
        self.server.tell(lie)
        storescu([file], self.a.port)
        self.wait(lambda: self.server.told > told, 60, "a lie")
        self.wait(lambda: len(failures()) > failed, 120, "its failure")
        self.assertEqual(len(self.a.events("message-sent")), sent)
        self.server.lie = None


class LyingMailServer(E2eTest):
    """What an IMAP server may say: an error and another try, in bounded memory; then the mail arrives."""

    def setUp(self):
        hospitals = self.two_hospitals(start="")
        self.b = hospitals.b
        self.server = self.enterContext(LyingServer(("127.0.0.2", hospitals.servers.plain_imap_port)))
        imap = self.b.settings["mailboxes"]["main"]["imap"]
        imap.update(url=f"imap://127.0.0.1:{self.server.port}", tls="none", idle=False, poll_interval="1s")
        del imap["ca_file"]
        self.gpg = hospitals.gnupg("a", "b")
        self.b.start()
        self.watch = self.enterContext(Watch(self.b))

    def test_lies(self):
        lies = {
            "endless greeting": (b"", endless(b"x" * 65536, b"* OK ")),
            "garbage": (b"", once(bytes(range(256)) * 1000 + b"\r\n")),
            "endless capabilities before the login": (b"CAPABILITY", endless(b" X" * 30_000, b"* CAPABILITY")),
            "endless capabilities": (b"G1 CAPABILITY", endless(b" X" * 30_000, b"* CAPABILITY")),
            "endless lines of capabilities": (b"G1 CAPABILITY", endless(b"* CAPABILITY" + b" X" * 30_000 + b"\r\n")),
            "endless folder": (b"SELECT", endless(b"* FLAGS (x)\r\n" * 5000)),
            "endless list": (b"UID SEARCH", endless(b" 4294967295" * 6000, b"* SEARCH")),
            "literal of 2^63": (b"UID FETCH", once(b"* 1 FETCH (UID 1 BODY[] {9223372036854775808}\r\n" + b"x" * 99999)),
            "literal of 2^64": (b"UID FETCH", once(b"* 1 FETCH (UID 1 BODY[] {18446744073709551616}\r\nx\r\n")),
            "literal below 0": (b"UID FETCH", once(b"* 1 FETCH (UID 1 BODY[] {-1}\r\nx\r\nTAG OK\r\n")),
            "literal of no end": (b"UID FETCH", endless(b"x" * 65536,
                                                       b"* 1 FETCH (UID 1 BODY[] {9223372036854775807}\r\n")),
            "another mail": (b"UID FETCH", once(b"* 1 FETCH (UID 999 BODY[] {2}\r\nxx)\r\nTAG OK\r\n")),
            "literal not asked for": (b"UID FETCH", once(b"* 1 FETCH (X {4294967296}\r\n" + b"x" * 3_000_000)),
            "bye": (b"UID FETCH", once(b"* BYE go away\x1b[2J\r\n")),
        }
        for number, (name, lie) in enumerate(lies.items()):
            with self.subTest(name):
                hung_up = self.server.hung_up
                self.believes_nothing(number, lie)
                if name in OUTLASTED:
                    self.assertGreater(self.server.hung_up, hung_up, "the server ended it, not the gateway")
        self.assertLess(self.watch.daemon, MOST_MEMORY)
        self.assertEqual([line for line in self.b.text().splitlines() if not parse_event(line)], [])

    def believes_nothing(self, number, lie):
        failed, told = self.failures(), self.server.told
        self.server.tell(lie)
        file = make_study(self.hospitals.directory / f"{number}", 1, 1024, seed=700 + number)[0]
        self.hospitals.servers.deliver(A, B, mails.encrypted_mail(
            A, B, self.gpg.seal(mails.inner_entity([file]), B, A)))
        self.wait(lambda: self.server.told > told, 60, "a lie")
        self.wait(lambda: self.failures() > failed, 120, "its failure")
        self.server.lie = None
        uid = identity(file).sop_instance
        self.wait(lambda: self.hospitals.pacs_b.datasets().get(uid) == dataset_bytes(file), 60, "the mail")
        self.assertEqual(list((self.b.state / "spool" / "work").iterdir()), [])

    def failures(self):
        return len(self.b.events("mailbox-unavailable")) + len(self.b.events("mail-not-fetched"))

    def test_uids_that_are_none(self):
        """A list out of order, with numbers twice, too large or below zero: what is there arrives, once."""
        self.server.lie = (b"UID SEARCH", once(
            b"* SEARCH 7 1 7 4294967295 99999999999999999999 0 -1 x\r\n* 4294967295 EXISTS\r\nTAG OK\r\n"))
        self.wait(lambda: self.server.told > 1, 60, "a lie")
        self.server.lie = None
        file = make_study(self.hospitals.directory / "uids", 1, 1024, seed=799)[0]
        self.hospitals.servers.deliver(A, B, mails.encrypted_mail(
            A, B, self.gpg.seal(mails.inner_entity([file]), B, A)))
        self.wait(lambda: list(self.hospitals.pacs_b.datasets()) == [identity(file).sop_instance], 60, "the mail")


if __name__ == "__main__":
    main()
