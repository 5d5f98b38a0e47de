#!/usr/bin/python3
"""What the hospital's network and machine do to a gateway: names, ports and disks that are late, strangers, callers that
never end, signals, and the steps of README.md. One test a trouble, named after it."""

import contextlib
import grp
import os
import pathlib
import pwd
import re
import shutil
import signal
import socket
import struct
import subprocess
import tempfile

import rig  # noqa: F401
import raw_scu
from harness import E2eTest, StoreScp, TwoHospitals, echoscu, gateway, gateway_binary, main, make_study, storescu

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
STRANGER = "127.0.0.7"
LATE, WRONG = 1, 78  # exit codes: systemd tries again after the first only


class Network(E2eTest):
    @classmethod
    def setUpClass(cls):
        cls.hospitals = cls.enterClassContext(TwoHospitals(StoreScp, start=""))
        cls.a = cls.hospitals.a
        cls.plain = dict(cls.a.settings["dicom"])

    def setUp(self):
        self.a.settings["dicom"] = dict(self.plain)
        self.addCleanup(self.a.stop)

    def start(self, **dicom):
        self.a.settings["dicom"].update(dicom)
        return self.a.start()

    def associates(self, calling, source):
        try:
            raw_scu.associate(self.a.port, calling=calling, source=source).close()
            return True
        except ConnectionError:
            return False

    def run_to_its_end(self):
        """The exit code of a start that fails."""
        self.a.write()
        return gateway("run", "--config", self.a.config, check=False).returncode

    def resident(self):
        status = pathlib.Path(f"/proc/{self.a.process.popen.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+) kB", status)[1]) * 1024

    def test_a_caller_whose_name_cannot_be_looked_up_keeps_nobody_else_out(self):
        self.a.settings["dicom"]["callers"] = [{"ae_title": "CT_LATE", "host": "no-such-host.invalid"},
                                               *self.plain["callers"]]
        self.a.write()
        checked = self.a.command("check")
        self.assertRegex(checked.stdout, "warning: dicom.callers: no-such-host.invalid")
        self.a.start()
        self.a.wait_for("caller-unresolved", host="no-such-host.invalid", kept=0)
        self.assertEqual(echoscu(self.a.port).returncode, 0)
        self.assertFalse(self.associates("CT_LATE", "127.0.0.1"))

    def test_a_port_in_use_or_an_address_that_is_not_there_yet_is_tried_again_by_systemd(self):
        before = len(self.a.events("mailbox-connected"))
        failed = len(self.a.events("gateway-not-started"))
        with socket.socket() as busy:
            busy.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            busy.bind(("127.0.0.1", self.a.port))
            busy.listen()
            self.assertEqual(self.run_to_its_end(), LATE)
        self.a.settings["dicom"]["bind"] = "192.0.2.1"
        self.assertEqual(self.run_to_its_end(), LATE)
        self.a.settings["dicom"]["bind"] = "not-yet.invalid"
        self.assertEqual(self.run_to_its_end(), LATE)
        self.assertEqual(len(self.a.events("gateway-not-started")), failed + 3)
        self.assertEqual(len(self.a.events("mailbox-connected")), before, "mail was fetched for a daemon going down")

    def test_a_disk_that_is_not_mounted_yet_is_tried_again_by_systemd_and_a_wrong_word_is_not(self):
        settings = self.a.settings["gateway"]
        kept = dict(settings, log=dict(settings["log"]))
        self.addCleanup(lambda: settings.update(kept))
        settings["log"] = {**kept["log"], "file": str(self.hospitals.directory / "not-mounted" / "gateway.log")}
        self.assertEqual(self.run_to_its_end(), LATE)
        settings["log"] = kept["log"]
        occupied = self.hospitals.directory / "occupied"
        occupied.write_text("no directory yet")
        settings["state_dir"] = str(occupied)
        self.assertEqual(self.run_to_its_end(), LATE)
        settings.update(kept)
        self.a.settings["dicom"]["quiet_periode"] = "1s"
        self.assertEqual(self.run_to_its_end(), WRONG)

    def test_a_share_for_documents_that_is_not_mounted_yet_holds_up_nothing(self):
        rule = self.a.settings["routes"]["inbound"][0]
        rule["file_documents_to"] = str(self.hospitals.directory / "share")
        self.addCleanup(rule.pop, "file_documents_to")
        self.a.write()
        self.assertEqual(self.a.command("check", check=False).returncode, LATE)
        self.a.start()
        self.assertIn("share", self.a.wait_for("path-unavailable")[0]["detail"])
        self.assertEqual(echoscu(self.a.port).returncode, 0)

    def test_callers_are_a_whole_network_and_call_themselves_as_they_like(self):
        self.start(callers=[{"ae_title": "*", "host": "127.0.0.0/29"}])
        self.assertTrue(self.associates("PORTABLE_1", "127.0.0.5"))
        self.assertTrue(self.associates("PORTABLE_2", "127.0.0.6"))
        self.assertFalse(self.associates("PORTABLE_1", "127.0.0.9"))
        self.assertFalse(self.associates("", "127.0.0.5"), "a blank title is no title")

    def test_a_modality_leaves_its_title_blank(self):
        self.start(callers=[{"ae_title": "", "host": "127.0.0.5"},
                            {"ae_title": "CT", "host": "127.0.0.6", "blank_ae_title": True}])
        self.assertTrue(self.associates("", "127.0.0.5"))
        self.assertTrue(self.associates("", "127.0.0.6"))
        self.assertTrue(self.associates("CT", "127.0.0.6"))
        self.assertFalse(self.associates("CT", "127.0.0.5"))

    def test_one_host_of_a_network_takes_no_more_associations_than_it_may(self):
        self.start(callers=[{"ae_title": "*", "host": "127.0.0.0/8"}], max_associations=4, max_associations_per_host=2)
        with contextlib.ExitStack() as open_ones:
            for _ in range(2):
                open_ones.enter_context(raw_scu.associate(self.a.port, source="127.0.0.5"))
            self.assertFalse(self.associates("PACS_A", "127.0.0.5"))
            self.assertTrue(self.associates("PACS_A", "127.0.0.6"))

    def send_until_refused(self, connection, pieces):
        with contextlib.suppress(ConnectionError):
            for piece in pieces:
                connection.sendall(piece)
            return False
        return True

    def test_an_unfinished_command_does_not_fill_the_memory(self):
        """One element of 2 GB, in one fragment a PDU, and in many small ones; 64 MB of each are offered."""
        self.start()
        before = self.resident()
        head = struct.pack("<HHI", 0, 0x0002, 0x7FFFFFF0)
        for size in (16_000, 1_000):
            with raw_scu.associate(self.a.port) as connection:
                piece = raw_scu._p_data(1, bytes(size))
                pieces = (raw_scu._p_data(1, head) if i == 0 else piece for i in range((64 << 20) // size))
                self.assertTrue(self.send_until_refused(connection, pieces))
        self.a.wait_for("association-ended", 2, how="command-too-long")
        self.assertLess(self.resident() - before, 32 << 20)

    def test_an_association_request_without_end_does_not_fill_the_memory(self):
        self.start()
        before = self.resident()
        request = raw_scu.associate_rq()
        user_information = struct.pack(">BBH", 0x50, 0, 60_000) + struct.pack(">BBH", 0x56, 0, 59_996) + bytes(59_996)
        for body in (request[6:] + user_information * 1000, request[6:] + bytes(64 << 20)):
            with raw_scu.connect(self.a.port) as connection:
                announced = struct.pack(">BBI", 1, 0, 0x7FFFFFFF)
                chunks = [announced, *(body[at:at + 65536] for at in range(0, len(body), 65536))]
                self.assertTrue(self.send_until_refused(connection, chunks))
        self.a.wait_for("association-rejected", reason="negotiation-too-long")
        self.assertLess(self.resident() - before, 32 << 20)
        self.assertEqual(echoscu(self.a.port).returncode, 0)

    def test_a_request_with_very_many_small_items_holds_up_nobody(self):
        """More presentation contexts than there are numbers for are refused unread: DCMTK's time grows with their square.
        As many extended negotiations as fit into an item are answered."""
        self.start()
        before = self.resident()
        context = raw_scu._item(0x20, b"\x01\0\0\0" + raw_scu._item(0x30, b"1.2") + raw_scu._item(0x40, b"1.2"))
        negotiation = raw_scu._item(0x50, raw_scu._item(0x56, struct.pack(">H", 1) + b"1") * 8000)
        for extra in (context * 2_000, negotiation):
            body = raw_scu.associate_rq()[6:] + extra
            with raw_scu.connect(self.a.port) as connection:
                connection.sendall(struct.pack(">BBI", 1, 0, len(body)) + body)
                connection.settimeout(60)
                with contextlib.suppress(ConnectionError):
                    connection.recv(6)
        self.a.wait_for("association-rejected", reason="too-many-contexts")
        self.assertLess(self.resident() - before, 128 << 20)
        self.assertEqual(echoscu(self.a.port).returncode, 0)

    def test_a_stranger_does_not_fill_the_log(self):
        self.start()
        lines = len(self.a.text().splitlines())
        for number in range(300):
            self.assertFalse(self.associates(f"GUESS{number % 100}", STRANGER))
        with raw_scu.connect(self.a.port, STRANGER) as connection:
            connection.sendall(b"GET / HTTP/1.1\r\n\r\n")
        self.assertLess(len(self.a.text().splitlines()) - lines, 20)
        self.a.stop()
        counted = self.a.events("associations-rejected", host=STRANGER)
        said = self.a.events("association-rejected", host=STRANGER)
        self.assertEqual(sum(int(event["times"]) for event in counted) + len(said), 301)

    def test_a_study_that_never_becomes_quiet_leaves_all_the_same(self):
        """Its sender begins again and again."""
        files = make_study(self.hospitals.directory / "endless", 2)
        self.start(quiet_period="4s", longest_wait="4s")

        def left():
            storescu(files, self.a.port)
            return self.a.events("shipment-never-quiet")
        event = self.wait(left, 60, "shipment-never-quiet")[0]
        self.assertEqual(event["instances"], "2", "what came twice counts once")
        self.a.wait_for("shipment-sent", shipment=event["shipment"])

    def test_no_signal_but_those_that_stop_it_ends_the_daemon(self):
        self.start()
        old = self.a.log.with_suffix(".1")
        for name in ("SIGUSR2", "SIGALRM", "SIGVTALRM", "SIGPROF", "SIGIO", "SIGPWR", "SIGRTMIN"):
            self.a.process.popen.send_signal(getattr(signal, name))
            self.wait(lambda: len(self.a.events("signal-ignored")) > 0 and self.a.running(), 30, name)
        self.a.log.rename(old)
        self.addCleanup(old.unlink)
        self.a.process.popen.send_signal(signal.SIGUSR1)
        self.a.wait_for("log-reopened", signal="SIGUSR1")
        self.a.process.popen.send_signal(signal.SIGHUP)
        self.assertIn("needs a restart", self.a.wait_for("log-reopened", signal="SIGHUP")[0]["detail"])
        self.assertEqual(echoscu(self.a.port).returncode, 0)
        self.a.process.popen.send_signal(signal.SIGQUIT)
        self.a.wait_for("gateway-stopped")


class Readme(E2eTest):
    """The steps of README.md, word for word but for the places, in directories as the package's tmpfiles.d makes them."""

    def directory(self, group):
        top = pathlib.Path(tempfile.mkdtemp(prefix="readme-"))
        self.addCleanup(shutil.rmtree, top)
        top.chmod(0o755)
        etc = top / "etc"
        for made in (etc, etc / "keys", etc / "secrets", etc / "partners.d"):
            made.mkdir()
            os.chown(made, 0, group)
            made.chmod(0o2750)
        (top / "bin").mkdir(mode=0o755)
        shutil.copy(gateway_binary(), top / "bin" / "dicom-mail-gateway")
        return top, etc

    def steps(self, top, etc):
        configure = (REPOSITORY / "README.md").read_text().split("## Configure")[1].split("\n## ")[0]
        blocks = re.findall(r"^   ```(\w*)\n(.*?)^   ```$", configure, re.S | re.M)
        text = "".join(block for kind, block in blocks if not kind).replace("/etc/dicom-mail-gateway", str(etc))
        text = text.replace("/usr/share/doc/dicom-mail-gateway/examples", str(REPOSITORY / "config"))
        self.assertIn("runuser -u dicom-mail-gateway -- dicom-mail-gateway check", text)
        return "set -e\n" + "\n".join(line for line in text.splitlines() if "runuser" not in line)

    def test_the_steps_of_readme_work_under_each_umask(self):
        nobody = pwd.getpwnam("nobody").pw_uid
        group = grp.getgrnam("adm").gr_gid
        for umask in (0o022, 0o027, 0o077):
            with self.subTest(umask=oct(umask)):
                top, etc = self.directory(group)
                path = {**os.environ, "PATH": f"{top / 'bin'}:{os.environ['PATH']}"}
                subprocess.run(["sh", "-c", self.steps(top, etc)], input=b"password\n", check=True, umask=umask, env=path,
                               stdout=subprocess.DEVNULL)
                checked = subprocess.run([top / "bin" / "dicom-mail-gateway", "check", "--config", etc / "gateway.yaml"],
                                         user=nobody, group=group, extra_groups=[], capture_output=True, text=True)
                for made in ("gateway.yaml", "keys/klinikum-a.secret.asc", "secrets/key-passphrase"):
                    self.assertEqual((etc / made).stat().st_mode & 0o747, 0o640, made)
                self.assertRegex(checked.stderr, r"yaml:\d+:", "the example's partners have no keys yet")
                self.assertNotRegex(checked.stderr, r"klinikum-a\.secret|secrets/|take away|gateway.yaml: cannot")
                self.assertNotIn("password", (etc / "secrets" / "key-passphrase").read_text())
                self.assertGreater(len((etc / "secrets" / "key-passphrase").read_text()), 32)


if __name__ == "__main__":
    main()
