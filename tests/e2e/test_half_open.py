#!/usr/bin/python3
"""DICOM callers that hang, dawdle or lie: each is got rid of, frees its slot, leaves nothing, and holds up nobody."""

import contextlib
import random
import socket
import struct
import threading

import rig  # noqa: F401
import raw_scu
from harness import E2eTest, StoreScp, TwoHospitals, dataset_bytes, echoscu, main, make_study, storescu

OTHER_HOST = "127.0.0.9"


def closed(connection):
    """Reads what still comes; true once the gateway has ended it."""
    connection.settimeout(0.05)
    with contextlib.suppress(TimeoutError):
        try:
            return not connection.recv(65536)
        except ConnectionError:
            return True
    return False


class SiteTest(E2eTest):
    """Hospital A with the settings of change(); nobody answers."""

    @classmethod
    def setUpClass(cls):
        cls.hospitals = cls.enterClassContext(TwoHospitals(StoreScp, change_a=cls.change, start="a"))
        cls.a = cls.hospitals.a


class HalfOpen(SiteTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.file = make_study(cls.hospitals.directory / "study", 1, 65536)[0]

    @classmethod
    def change(cls, settings):
        settings["dicom"].update(association_timeout="4s", max_associations=6, max_associations_per_host=5)
        settings["dicom"]["callers"].append({"ae_title": "OTHER", "host": OTHER_HOST})

    def setUp(self):
        """What the test before has left behind is over."""
        self.wait(lambda: len(self.a.events("association-accepted", calling_ae="OTHER"))
                  == len(self.a.events("association-ended", calling_ae="OTHER")), 30, "the ends of all associations")

    def connect(self):
        return self.enterContext(raw_scu.connect(self.a.port, OTHER_HOST))

    def associate(self):
        return self.enterContext(raw_scu.associate(self.a.port, calling="OTHER", source=OTHER_HOST))

    def work_files(self):
        return list((self.a.state / "spool" / "work").iterdir())

    def assert_all_is_well(self):
        self.wait(lambda: not self.work_files(), 30, "an empty work folder")
        storescu([self.file], self.a.port)

    def dawdle(self, connection, content):
        """One byte now and then, until the gateway has had enough."""
        def send():
            with contextlib.suppress(OSError):
                for byte in content:
                    connection.sendall(bytes([byte]))
                    if stop.wait(0.3):
                        return
        stop = threading.Event()
        thread = threading.Thread(target=send, daemon=True)
        thread.start()
        self.addCleanup(thread.join)
        self.addCleanup(stop.set)

    def no_request(self):
        return self.a.events("association-rejected", host=OTHER_HOST, reason="no-association-request")

    def in_the_middle(self):
        connection = self.associate()
        connection.sendall(raw_scu.store_request() + raw_scu.data(dataset_bytes(self.file)[:10000]))
        return connection

    def never_reading(self):
        """Asks and asks, and takes no answer; the gateway's answers fill all buffers between."""
        connection = socket.socket()
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.bind((OTHER_HOST, 0))
        self.enterContext(connection)
        connection.connect(("127.0.0.1", self.a.port))
        connection.sendall(raw_scu.associate_rq(calling="OTHER"))

        def ask():
            with contextlib.suppress(OSError):
                while True:
                    connection.sendall(raw_scu.echo_request() * 100)
        thread = threading.Thread(target=ask, daemon=True)
        thread.start()
        self.addCleanup(thread.join)
        return thread

    def test_stalled_callers_are_ended_and_hold_up_nobody(self):
        ended = len(self.a.events("association-ended", calling_ae="OTHER"))
        silent, half, slow = self.connect(), self.connect(), self.connect()
        half.sendall(raw_scu.associate_rq()[:100])
        self.dawdle(slow, raw_scu.associate_rq(calling="OTHER"))
        idle, middle, slow_middle, command = self.associate(), self.in_the_middle(), self.in_the_middle(), \
            self.associate()
        self.dawdle(slow_middle, raw_scu.data(dataset_bytes(self.file)[10000:]))
        command.sendall(raw_scu.store_request()[:50])
        never_reading = self.never_reading()
        storescu([self.file], self.a.port)
        for name, connection in (("silent", silent), ("half a request", half), ("slow request", slow), ("idle", idle),
                                 ("stops in a data set", middle), ("slow in a data set", slow_middle),
                                 ("half a command", command)):
            self.wait(lambda: closed(connection), 60, name)
        self.wait(lambda: not never_reading.is_alive(), 60, "never reads")
        events = self.a.wait_for("association-ended", ended + 5, calling_ae="OTHER")[ended:]
        self.assertEqual({event["how"] for event in events}, {"timed-out"})
        self.assertTrue(self.no_request(), "the first of a kind; the others are counted")
        self.assert_all_is_well()
        self.associate()

    def test_half_open_connections_of_one_host_leave_room_for_another(self):
        many = [self.enterContext(raw_scu.connect(self.a.port, OTHER_HOST)) for _ in range(60)]
        storescu([self.file], self.a.port)
        for connection in many:
            self.wait(lambda: closed(connection), 60, "a silent connection's end")

    def test_lengths_that_lie(self):
        request = raw_scu.associate_rq(calling="OTHER")
        for head in (struct.pack(">BBI", 1, 0, 0xFFFFFFFF), struct.pack(">BBI", 1, 0, 2 << 20)):
            connection = self.connect()
            with contextlib.suppress(ConnectionError):  # ended in the middle of our words
                connection.sendall(head + request[6:] + bytes(4 << 20))
            self.wait(lambda: closed(connection), 30, "end of a request that is too long")
        piece = dataset_bytes(self.file)[:1000]
        pdv = struct.pack(">IBB", len(piece) + 2, 1, 0) + piece
        for wrong in (struct.pack(">BBI", 4, 0, 0xFFFFFFFF) + pdv, struct.pack(">BBI", 4, 0, 131073) + bytes(131073),
                      struct.pack(">BBI", 4, 0, len(pdv)) + struct.pack(">I", 0xFFFFFFFF) + pdv[4:],
                      struct.pack(">BBI", 4, 0, len(pdv)) + struct.pack(">I", 0) + pdv[4:],
                      struct.pack(">BBI", 4, 0, 3) + b"abc", struct.pack(">BBI", 4, 0, 0),
                      struct.pack(">BBI", 99, 0, 4) + bytes(4)):
            connection = self.associate()
            with contextlib.suppress(ConnectionError):
                connection.sendall(raw_scu.store_request() + wrong)
            self.wait(lambda: closed(connection), 30, f"end of an association that says {wrong[:12].hex()}")
        self.assert_all_is_well()
        self.assertLess(self.a.process.peak_memory()[0], 400 << 20)

    def test_damaged_words(self):
        """A right dialogue with some bytes changed, again and again. The seed is fixed."""
        chance = random.Random(4)
        right = (raw_scu.associate_rq(calling="OTHER") + raw_scu.store_request()
                 + raw_scu.data(dataset_bytes(self.file)[:3000], last=True) + struct.pack(">BBI", 5, 0, 4) + bytes(4))
        for _ in range(300):
            words = bytearray(right)
            for _ in range(chance.randint(1, 8)):
                words[chance.randrange(len(words) if chance.random() < 0.3 else 700)] = chance.randrange(256)
            # OSError: shutdown() of what the gateway has reset.
            with contextlib.suppress(OSError), raw_scu.connect(self.a.port, OTHER_HOST) as connection:
                connection.sendall(words)
                connection.shutdown(socket.SHUT_WR)
                while connection.recv(65536):
                    pass
        self.assertTrue(self.a.running())
        self.assert_all_is_well()


class LongTimeout(SiteTest):
    """So long that whatever ends here ends for another reason."""

    @classmethod
    def change(cls, settings):
        settings["dicom"].update(association_timeout="150s", max_associations=4)  # of one host: 3
        settings["dicom"]["callers"].append({"ae_title": "OTHER", "host": OTHER_HOST})

    def associate(self, calling="OTHER", source=OTHER_HOST):
        return self.enterContext(raw_scu.associate(self.a.port, calling=calling, source=source))

    def can_associate(self, *who):
        with contextlib.suppress(ConnectionError):
            self.associate(*who)
            return True
        return False

    def test_one_host_cannot_take_every_slot(self):
        taken = [self.associate() for _ in range(3)]
        self.assertFalse(self.can_associate())
        self.a.wait_for("association-rejected", calling_ae="OTHER", reason="too-many-associations-of-host")
        self.assertEqual(echoscu(self.a.port).returncode, 0)
        # A slot is free when the gateway has seen the end.
        self.wait(lambda: self.can_associate("PACS_A", "127.0.0.1"), 30, "the last slot")
        answer = echoscu(self.a.port)
        self.assertIn("Local Limit Exceeded", answer.stderr + answer.stdout)
        self.a.wait_for("association-rejected", calling_ae="PACS_A", reason="too-many-associations")
        taken.pop().close()
        self.wait(self.can_associate, 30, "the slot that was given back")

    def test_stalled_callers_do_not_hold_up_the_stop(self):
        """The limit of stop() in the harness is less than half of the time-out."""
        self.wait(lambda: len(self.a.events("association-accepted")) == len(self.a.events("association-ended")), 30,
                  "the ends of all associations")
        ended = len(self.a.events("association-ended"))
        file = make_study(self.hospitals.directory / "study", 1, 65536)[0]
        stalled = self.associate()
        stalled.sendall(raw_scu.store_request() + raw_scu.data(dataset_bytes(file)[:10000]))
        half = self.enterContext(raw_scu.connect(self.a.port))
        half.sendall(raw_scu.associate_rq()[:50])
        work = self.a.state / "spool" / "work"
        self.wait(lambda: list(work.iterdir()), 30, "the file being received")
        self.addCleanup(self.a.start)
        self.a.stop()
        self.assertEqual([event["how"] for event in self.a.events("association-ended")[ended:]], ["stopped"])
        self.assertEqual(list(work.iterdir()), [])


class SmallPdus(SiteTest):
    """`max_pdu` below its default: told to the caller, and kept to."""

    @classmethod
    def change(cls, settings):
        settings["dicom"]["max_pdu"] = "16K"

    def test_it_is_announced(self):
        self.assertEqual(raw_scu.announced_max_pdu(self.a.port), 16384)

    def test_a_longer_one_ends_the_association(self):
        """The length is that of the PDU without its head: six bytes go to the head of the fragment in it."""
        received = len(self.a.events("instance-received"))
        for length in (16385, 131072):
            connection = self.enterContext(raw_scu.associate(self.a.port))
            with contextlib.suppress(ConnectionError):  # ended in the middle of our words
                connection.sendall(raw_scu.store_request() + raw_scu.data(bytes(length - 6)))
            self.wait(lambda: closed(connection), 60, f"the end of an association with a PDU of {length}")
        self.assertEqual(len(self.a.events("instance-received")), received)

    def test_one_of_just_this_length_is_taken(self):
        dataset = dataset_bytes(make_study(self.hospitals.directory / "just", 1, 65536)[0])
        with raw_scu.associate(self.a.port) as connection:
            connection.sendall(raw_scu.store_request() + raw_scu.data(dataset[:16378]))
            self.wait(lambda: list((self.a.state / "spool" / "work").iterdir()), 60, "the file being received")
            self.assertFalse(closed(connection))
        # A caller that keeps to what was announced.
        storescu(make_study(self.hospitals.directory / "study", 2, 65536, seed=3), self.a.port)
        self.a.wait_for("instance-received", 2)


if __name__ == "__main__":
    main()
