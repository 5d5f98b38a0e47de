#!/usr/bin/python3
"""Peers that say nothing: a stop (SIGTERM) beside them ends within the time that systemd gives it, whatever waits are
configured, and nothing is lost. And a second gateway at the same mailbox. One test a trouble, named after it."""

import configparser
import contextlib
import copy
import pathlib
import socket
import threading

import rig  # noqa: F401
from harness import Directory, E2eTest, Gateway, StoreScp, TwoHospitals, free_port, identity, main, make_study, storescu
from hostile_imap import LyingServer

UNIT = pathlib.Path(__file__).resolve().parents[2] / "packaging" / "dicom-mail-gateway.service"
RESOLVER = "127.0.0.99"
NAMES = {name: f"{name}.mute.example" for name in ("smtp", "imap", "pacs", "caller")}
# A mount namespace of its own: the name server is another one for the gateway alone.
IN_NAMESPACE = ["unshare", "-m", "sh", "-c", "mount --bind \"$0\" /etc/resolv.conf && exec \"$@\""]


def stop_time():
    """Seconds, as the unit file has them."""
    unit = configparser.ConfigParser(strict=False, interpolation=None)
    unit.read(UNIT)
    return int(unit["Service"]["TimeoutStopSec"])


class MuteResolver:
    """A stand-in for a name server that is there and does not answer: it notes what it was asked."""

    def __enter__(self):
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind((RESOLVER, 53))
        self.asked = set()
        threading.Thread(target=self._listen, daemon=True).start()
        return self

    def _listen(self):
        with contextlib.suppress(OSError, IndexError):
            while True:
                query, labels, at = self._socket.recv(4096), [], 12
                while query[at]:
                    labels.append(query[at + 1:at + 1 + query[at]].decode("ascii", "replace"))
                    at += 1 + query[at]
                self.asked.add(".".join(labels))

    def __exit__(self, *_):
        self._socket.close()


class Peers(E2eTest):
    seed = 8800

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.hospitals = cls.enterClassContext(TwoHospitals(StoreScp, start="b"))
        cls.a = cls.hospitals.a
        cls.servers = {kind: cls.enterClassContext(LyingServer(target)) for kind, target in {
            "smtp": ("127.0.0.1", cls.hospitals.servers.plain_smtp_port),
            "imap": ("127.0.0.2", cls.hospitals.servers.plain_imap_port)}.items()}
        mailbox = cls.a.settings["mailboxes"]["main"]
        for kind, server in cls.servers.items():
            mailbox[kind].update(url=f"{kind}://127.0.0.1:{server.port}", tls="none", timeout="1h")
            del mailbox[kind]["ca_file"]
        for name in ("username", "password_file"):
            del mailbox["smtp"][name]
        mailbox["smtp"].update(reply_timeout="1h", connections=1)
        mailbox["imap"].update(poll_interval="1s")

    def setUp(self):
        self.end_of_test = threading.Event()
        self.addCleanup(self.end_of_test.set)

    def study(self):
        Peers.seed += 1
        return make_study(self.enterContext(Directory()), 1, 1024, seed=Peers.seed)

    def mute(self, kind, beginning):
        """From now on the server says nothing to a line that begins so; b"": no greeting either."""
        def silence(_):
            self.end_of_test.wait()
            yield b""
        server = self.servers[kind]
        server.tell((beginning, silence))
        self.addCleanup(server.tell, None)
        return server

    def stop(self):
        """Raises where it does not end in time, or not well."""
        process, self.a.process = self.a.process, None
        self.assertEqual(process.terminate(stop_time()), 0, self.a.text()[-2000:])
        self.a.wait_for("gateway-stopped")

    def send(self):
        files = self.study()
        storescu(files, self.a.port)
        return identity(files[0]).sop_instance

    def expect_in_pacs(self, instance):
        self.wait(lambda: instance in self.hospitals.pacs_b.datasets(), 90, "the image in the PACS")

    def mute_smtp(self, beginning):
        server, told = self.servers["smtp"], self.servers["smtp"].told
        self.mute("smtp", beginning)
        self.a.start()
        instance = self.send()
        self.wait(lambda: server.told > told, what="the gateway waits for the mail server")
        self.stop()
        server.tell(None)
        self.a.start()
        self.addCleanup(self.a.stop)
        self.expect_in_pacs(instance)

    def test_an_smtp_server_that_does_not_greet(self):
        self.mute_smtp(b"")

    def test_an_smtp_server_that_does_not_answer_to_a_message(self):
        self.mute_smtp(b".")

    def test_an_imap_server_that_does_not_greet(self):
        server, told = self.servers["imap"], self.servers["imap"].told
        self.mute("imap", b"")
        self.a.start()
        self.wait(lambda: server.told > told, what="the gateway waits for the mail server")
        self.stop()

    def test_an_imap_server_that_does_not_answer(self):
        server, told = self.servers["imap"], self.servers["imap"].told
        self.mute("imap", b"UID")
        self.a.start()
        self.wait(lambda: server.told > told, what="the gateway waits for the mail server")
        self.stop()

    def test_a_resolver_that_does_not_answer(self):
        """For the mail servers, the PACS and a caller."""
        self.a.start()
        storescu(self.study(), self.hospitals.b.port, called="TO_A", calling="PACS_B")
        self.a.wait_for("mail-accepted")
        self.a.stop()  # a delivery waits: this PACS is away
        resolv = self.hospitals.directory / "resolv.conf"
        resolv.write_text(f"nameserver {RESOLVER}\noptions timeout:30 attempts:5\n")
        self.addCleanup(setattr, self.a, "settings", copy.deepcopy(self.a.settings))
        settings = self.a.settings
        for kind, port in (("smtp", 25), ("imap", 143)):
            settings["mailboxes"]["main"][kind].update(url=f"{kind}://{NAMES[kind]}:{port}", insecure=True)
        settings["pacs"]["main"].update(host=NAMES["pacs"], timeout="1h")
        settings["dicom"]["callers"].append({"ae_title": "CT1", "host": NAMES["caller"]})
        self.a.wrapper = [*IN_NAMESPACE, str(resolv)]
        self.addCleanup(setattr, self.a, "wrapper", [])
        with MuteResolver() as resolver:
            self.a.start()
            self.send()
            self.wait(lambda: set(NAMES.values()) <= resolver.asked, what="all names asked for")
            self.stop()

    def test_a_second_gateway_at_the_same_mailbox(self):
        """Each has only a part of the images, and each says so."""
        settings = copy.deepcopy(self.hospitals.b.settings)
        directory = self.hospitals.directory / "twin"
        settings["gateway"].update(state_dir=str(directory / "state"),
                                   log={**settings["gateway"]["log"], "file": str(directory / "gateway.log")})
        settings["dicom"]["port"] = free_port()
        gateways = [self.hospitals.b, Gateway(directory, settings)]
        self.addCleanup(gateways[1].kill)
        gateways[1].start()
        self.a.start()
        self.addCleanup(self.a.stop)
        # Which of the two takes a mail is chance. Several at once are more chances.
        for _ in range(40):
            for sent in [self.send() for _ in range(4)]:
                self.expect_in_pacs(sent)
            if all(gateway.events("mailbox-shared", mailbox="main") for gateway in gateways):
                break
        for gateway in gateways:
            self.assertEqual(len(gateway.events("mailbox-shared")), 1)


if __name__ == "__main__":
    main()
