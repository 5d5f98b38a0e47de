#!/usr/bin/python3
"""Certificates that are no good, and connections that somebody wants to be without TLS: no password and no mail is told,
all of it waits, and goes when the line is right again."""

import base64
import re

import rig  # noqa: F401
from harness import ADDRESSES, Ca, Directory, E2eTest, dataset_bytes, identity, main, make_study, run, storescu
from meddling_proxy import MeddlingProxy


class Certificates(E2eTest):
    WHY = {"another host": "its subjectAltName is for .*elsewhere.example",
           "no subjectAltName, only a common name": "it has no subjectAltName, and its common name is not taken"}

    def change(self, settings):
        settings["retry"] = {"first": "200ms", "max": "500ms", "give_up_after": "48h"}

    def expect_arrived(self, files):
        wanted = {identity(file).sop_instance: dataset_bytes(file) for file in files}
        self.wait(lambda: self.hospitals.pacs_b.datasets() == wanted, 90, "the files in the PACS")

    def test_that_are_no_good(self):
        """Expired yesterday, of another host, of another CA, self-signed: and then a good one, without a restart."""
        hospitals = self.two_hospitals(start="", change_a=self.change, change_b=self.change)
        servers, conf = hospitals.servers, hospitals.directory / "mail" / "conf"
        current = re.search(r"smtpd_tls_cert_file = (.*)\nsmtpd_tls_key_file = (.*)\n", (conf / "main.cf").read_text())
        good = [open(file, "rb").read() for file in current.groups()]
        files = make_study(hospitals.directory / "study", 2, 4096)
        for kind, certificate in self.bad_certificates(hospitals.ca):
            with self.subTest(kind):
                self.install(servers, current.groups(), [file.read_bytes() for file in certificate])
                before = self.counts(hospitals)
                if not hospitals.a.running():
                    hospitals.a.start()
                    hospitals.b.start()
                    storescu(files, hospitals.a.port)
                told = (hospitals.a.wait_for("smtp-unavailable", before[0] + 1, error="smtp-tls-failed")[-1],
                        hospitals.b.wait_for("mailbox-unavailable", before[1] + 1, error="imap-tls-failed")[-1])
                for event in told:
                    self.assertRegex(event["detail"], self.WHY.get(kind, "."))
        self.assertEqual(hospitals.a.events("message-sent") + hospitals.a.events("message-failed"), [])
        self.assertNotIn("sasl_username", servers.postfix_log.read_text())
        self.install(servers, current.groups(), good)
        self.expect_arrived(files)

    @staticmethod
    def counts(hospitals):
        return (len(hospitals.a.events("smtp-unavailable", error="smtp-tls-failed")),
                len(hospitals.b.events("mailbox-unavailable", error="imap-tls-failed")))

    @staticmethod
    def install(servers, paths, contents):
        servers.stop_postfix()
        servers.stop_dovecot()
        for path, content in zip(paths, contents):
            with open(path, "wb") as file:
                file.write(content)
        servers.start_dovecot()
        servers.start_postfix()

    def bad_certificates(self, ca):
        directory = self.enterContext(Directory())
        yield "another host", ca.issue("elsewhere.example")
        yield "another CA", Ca(directory / "other", "Other CA").issue("localhost", ["IP:127.0.0.1"])
        own = directory / "own.pem", directory / "own.key"
        run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "30",
            "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-keyout", own[1], "-out", own[0])
        yield "self-signed", own
        yield "no subjectAltName, only a common name", self.signed(directory, ca, "common", "basicConstraints=CA:FALSE")
        yield "expired", self.signed(directory, ca, "expired", "subjectAltName=DNS:localhost")

    @staticmethod
    def signed(directory, ca, name, extension):
        """Of the right CA, for the right host; the last day of `expired` was yesterday."""
        key, request = directory / f"{name}.key", directory / f"{name}.csr"
        certificate, extensions = directory / f"{name}.pem", directory / f"{name}.ext"
        extensions.write_text(extension + "\n")
        run("openssl", "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj",
            "/CN=localhost", "-keyout", key, "-out", request)
        run("faketime", "3 days ago" if name == "expired" else "1 hour ago", "openssl", "x509", "-req", "-in", request, "-CA", ca.certificate, "-CAkey",
            ca.directory / "ca.key", "-days", "2", "-set_serial", "4711", "-extfile", extensions, "-out", certificate)
        return certificate, key


class Downgrades(E2eTest):
    """What stands between the gateway and its server wants the password in the clear."""

    def start(self, site, protocol):
        self.hospitals = self.two_hospitals(start="")
        servers = self.hospitals.servers
        self.proxy = self.enterContext(MeddlingProxy(getattr(servers, f"{protocol}_port")))
        self.gateway = getattr(self.hospitals, site)
        self.gateway.settings["mailboxes"]["main"][protocol]["url"] = f"{protocol}://localhost:{self.proxy.port}"
        self.gateway.settings["retry"] = {"first": "200ms", "max": "500ms", "give_up_after": "48h"}
        self.password = servers.users[ADDRESSES[site]]
        self.files = make_study(self.hospitals.directory / "study", 1, 4096)

    def replacing(self, pattern, words):
        seen = []

        def replace(data):
            changed, count = re.subn(pattern, words, data)
            seen.extend([1] * count)
            return changed
        self.proxy.from_server = replace
        return seen

    def expect_nothing_told(self, event, error, seen, commands):
        before = len(self.gateway.events(event))
        found = self.gateway.wait_for(event, before + 2)[before + 1:]
        self.assertEqual({entry["error"] for entry in found}, {error})
        self.assertTrue(seen, "nothing was meddled with")
        for secret in (self.password.encode(), base64.b64encode(self.password.encode()).rstrip(b"="),
                       base64.b64encode(b"\0" + ADDRESSES[self.gateway.directory.name].encode() + b"\0"
                                        + self.password.encode())):
            self.assertNotIn(secret, self.proxy.said)
        for command in commands:
            self.assertNotIn(command, self.proxy.said.upper())

    def expect_arrived(self):
        wanted = {identity(file).sop_instance: dataset_bytes(file) for file in self.files}
        self.wait(lambda: self.hospitals.pacs_b.datasets() == wanted, 90, "the file in the PACS")

    def test_of_smtp(self):
        self.start("a", "smtp")
        seen = self.replacing(rb"250([ -])STARTTLS\r\n", rb"250\1X-NOTHING\r\n")
        self.hospitals.a.start()
        self.hospitals.b.start()
        storescu(self.files, self.hospitals.a.port)
        commands = (b"AUTH ", b"MAIL FROM")
        self.expect_nothing_told("smtp-unavailable", "smtp-tls-failed", seen, commands)
        for reply in (b"454 4.7.0 TLS not available\r\n", b"502 5.5.1 not implemented\r\n"):
            with self.subTest(reply=reply):
                seen = self.replacing(rb"220 2\.0\.0 Ready to start TLS\r\n", reply)
                self.expect_nothing_told("smtp-unavailable", "smtp-tls-failed", seen, commands)
        self.proxy.from_server = lambda data: data
        self.expect_arrived()

    def test_of_imap(self):
        self.start("b", "imap")
        seen = self.replacing(rb" STARTTLS", b"")
        self.hospitals.a.start()
        self.hospitals.b.start()
        storescu(self.files, self.hospitals.a.port)
        commands = (b" LOGIN ", b" AUTHENTICATE ", b" SELECT ")
        self.expect_nothing_told("mailbox-unavailable", "imap-tls-failed", seen, commands)
        for pattern, words in ((rb"OK Begin TLS negotiation now\.", b"NO not now"),
                               (rb"OK Begin TLS negotiation now\.", b"BAD what?"),
                               (rb"^\* OK \[", b"* PREAUTH [")):
            with self.subTest(words=words):
                seen = self.replacing(pattern, words)
                self.expect_nothing_told("mailbox-unavailable", "imap-tls-failed", seen, commands)
        self.proxy.from_server = lambda data: data
        self.expect_arrived()


if __name__ == "__main__":
    main()
