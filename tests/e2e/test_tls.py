#!/usr/bin/python3
"""TLS is required, and required to be right."""

import rig  # noqa: F401
from harness import ADDRESSES, Ca, E2eTest, Directory, dataset_bytes, identity, main, make_study, storescu
from meddling_proxy import MeddlingProxy


class Tls(E2eTest):
    def test_a_certificate_of_an_unknown_ca(self):
        hospitals = self.two_hospitals(change_a=self.with_wrong_ca, change_b=self.with_wrong_ca)
        files = make_study(hospitals.directory / "study", 2, 4096)
        storescu(files, hospitals.a.port)
        self.assertEqual(hospitals.a.wait_for("smtp-unavailable")[0]["error"], "smtp-tls-failed")
        self.assertEqual(hospitals.b.wait_for("mailbox-unavailable")[0]["error"], "imap-tls-failed")
        self.assertEqual(hospitals.servers.count(ADDRESSES["b"]), 0)
        self.mend(hospitals, files)

    def with_wrong_ca(self, settings):
        wrong = Ca(self.enterContext(Directory()), "Wrong CA").certificate
        for protocol in ("smtp", "imap"):
            settings["mailboxes"]["main"][protocol]["ca_file"] = str(wrong)

    def mend(self, hospitals, files):
        """Nothing was lost: with the right CA everything arrives."""
        for gateway in (hospitals.a, hospitals.b):
            gateway.stop()
            for protocol in ("smtp", "imap"):
                gateway.settings["mailboxes"]["main"][protocol]["ca_file"] = str(hospitals.ca.certificate)
            gateway.start()
        wanted = {identity(file).sop_instance: dataset_bytes(file) for file in files}
        self.wait(lambda: hospitals.pacs_b.datasets() == wanted, 60, "files in the PACS")

    def test_a_server_without_starttls_gets_no_password_and_no_mail(self):
        hospitals = self.two_hospitals(start="")
        smtp = hospitals.a.settings["mailboxes"]["main"]["smtp"]
        smtp["url"] = f"smtp://localhost:{hospitals.servers.plain_smtp_port}"
        hospitals.a.start()
        storescu(make_study(hospitals.directory / "study", 1, 4096), hospitals.a.port)
        self.assertEqual(hospitals.a.wait_for("smtp-unavailable")[0]["error"], "smtp-tls-failed")
        self.assertEqual(hospitals.servers.count(ADDRESSES["b"]), 0)

    def test_words_put_behind_the_answer_to_starttls_count_for_nothing(self):
        """They were said before TLS and wait to be read after it, as if the server had said them (CVE-2011-0411)."""
        hospitals = self.two_hospitals(start="b")
        proxy = self.enterContext(MeddlingProxy(hospitals.servers.smtp_port))
        meddled = []

        def put_behind(data):
            if not data.startswith(b"220 2.0.0 "):
                return data
            meddled.append(data)
            return data + b"250-localhost\r\n250-AUTH PLAIN LOGIN\r\n250 SIZE 0\r\n"
        proxy.from_server = put_behind
        hospitals.a.settings["mailboxes"]["main"]["smtp"]["url"] = f"smtp://localhost:{proxy.port}"
        hospitals.a.start()
        files = make_study(hospitals.directory / "study", 1, 4096)
        storescu(files, hospitals.a.port)
        hospitals.a.wait_for("smtp-unavailable")
        self.assertTrue(meddled)
        self.assertEqual(hospitals.a.events("message-sent"), [])
        proxy.from_server = lambda data: data
        wanted = {identity(file).sop_instance: dataset_bytes(file) for file in files}
        self.wait(lambda: hospitals.pacs_b.datasets() == wanted, 60, "files in the PACS")

    def test_words_put_behind_imaps_answer_to_starttls_count_for_nothing(self):
        """What they say would be the server's greeting to a client that is logged in, or an answer of its."""
        hospitals = self.two_hospitals(start="a")
        proxy = self.enterContext(MeddlingProxy(hospitals.servers.imap_port))
        meddled = []

        def put_behind(words):
            def meddle(data):
                if b" OK Begin TLS" not in data:
                    return data
                meddled.append(data)
                return data + words
            return meddle
        imap = hospitals.b.settings["mailboxes"]["main"]["imap"]
        imap.update(url=f"imap://localhost:{proxy.port}", poll_interval="1s")
        hospitals.b.settings["retry"].update(first="1s", max="1s")
        files = make_study(hospitals.directory / "study", 1, 4096)
        storescu(files, hospitals.a.port)
        for words in (b"* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\nA003 OK done\r\nA004 OK Logged in\r\n",
                      b"* PREAUTH ready\r\n", b"* OK [ALERT] x\r\n"):
            proxy.from_server = put_behind(words)
            before = len(meddled)
            if not hospitals.b.running():
                hospitals.b.start()
            self.wait(lambda: len(meddled) > before, 60, "words put behind")
            hospitals.b.wait_for("mailbox-unavailable", len(meddled) - 1)
        hospitals.b.wait_for("mailbox-unavailable", len(meddled))
        self.assertEqual(hospitals.b.events("mailbox-connected") + hospitals.b.events("mail-fetched"), [])
        self.assertNotIn(b"LOGIN", proxy.said)
        self.assertNotIn(b"AUTHENTICATE", proxy.said)
        proxy.from_server = lambda data: data
        wanted = {identity(file).sop_instance: dataset_bytes(file) for file in files}
        self.wait(lambda: hospitals.pacs_b.datasets() == wanted, 60, "files in the PACS")

    def test_smtps_and_imap_with_starttls(self):
        hospitals = self.two_hospitals(start="")
        for gateway in (hospitals.a, hospitals.b):
            mailbox = gateway.settings["mailboxes"]["main"]
            mailbox["smtp"]["url"] = f"smtps://localhost:{hospitals.servers.smtps_port}"
            mailbox["imap"]["url"] = f"imap://localhost:{hospitals.servers.imap_port}"
            gateway.start()
        files = make_study(hospitals.directory / "study", 2, 4096)
        storescu(files, hospitals.a.port)
        wanted = {identity(file).sop_instance: dataset_bytes(file) for file in files}
        self.wait(lambda: hospitals.pacs_b.datasets() == wanted, 60, "files in the PACS")
        self.assertIn("TLS connection established", hospitals.servers.postfix_log.read_text())

    def test_a_wrong_password_is_reported_and_mended_without_a_restart(self):
        hospitals = self.two_hospitals(start="")
        right = {gateway.directory / "mail-password": (gateway.directory / "mail-password").read_text()
                 for gateway in (hospitals.a, hospitals.b)}
        for password_file in right:
            password_file.write_text("wrong\n")
        hospitals.a.start()
        hospitals.b.start()
        files = make_study(hospitals.directory / "study", 1, 4096)
        storescu(files, hospitals.a.port)
        self.assertEqual(hospitals.a.wait_for("smtp-unavailable")[0]["error"], "smtp-login-failed")
        for gateway in (hospitals.a, hospitals.b):
            self.assertEqual(gateway.wait_for("mailbox-unavailable")[0]["error"], "imap-login-failed")
            self.assertEqual(gateway.events("mailbox-connected"), [])
        for password_file, password in right.items():
            password_file.write_text(password)
        hospitals.a.wait_for("mailbox-connected")
        hospitals.b.wait_for("mailbox-connected")
        self.wait(lambda: hospitals.pacs_b.count() == 1, 60, "the file in the PACS")


if __name__ == "__main__":
    main()
