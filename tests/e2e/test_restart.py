#!/usr/bin/python3
"""Whatever was answered 0000 arrives, and arrives once, however the gateways end in between."""

import threading

import rig  # noqa: F401
from harness import (E2eTest, Directory, dataset_bytes, gateway_binary, identity, main, make_study, run, store_statuses,
                     storescu)

SLICES = 60


class Restart(E2eTest):
    def send_while(self, interrupt):
        """Sends a study to A and calls interrupt(hospitals) when some of it was received; then sends what storescu
        was not answered for, as a PACS would, and expects everything, once."""
        files = make_study(self.enterContext(Directory()), SLICES, 128 * 1024)
        hospitals = self.two_hospitals()
        output = []
        sender = threading.Thread(target=lambda: output.append(storescu(files, hospitals.a.port, check=False)))
        sender.start()
        hospitals.a.wait_for("instance-received", SLICES // 4)
        interrupt(hospitals)
        sender.join()
        answered = {file for file, status in store_statuses(output[0]).items() if status == "Success"}
        rest = [file for file in files if str(file) not in answered]
        if rest:
            storescu(rest, hospitals.a.port)
        self.expect_all(hospitals, files)
        return hospitals

    def expect_all(self, hospitals, files):
        wanted = {identity(file).sop_instance: dataset_bytes(file) for file in files}
        self.wait(lambda: set(hospitals.pacs_b.datasets()) == set(wanted), 90, "all files in the PACS")
        self.wait(lambda: self.idle(hospitals), 60, "nothing on its way")
        self.assert_same_datasets(hospitals.pacs_b.datasets(), wanted)
        for gateway in (hospitals.a, hospitals.b):
            counts = gateway.counts()
            self.assertEqual((counts["messages"]["failed"], counts["mails"]["quarantined"],
                              counts["instances_in"]["conflict"], counts["deliveries"]["failed"]), (0, 0, 0, 0))
            self.assertEqual(list((gateway.state / "spool" / "mails").rglob("*.eml")), [])

    @staticmethod
    def idle(hospitals):
        a, b = hospitals.a.counts(), hospitals.b.counts()
        return not (a["shipments"]["open"] or a["shipments"]["closed"] or a["messages"]["waiting"]
                    or a["messages"]["sealed"] or b["mails"]["fetched"] or b["deliveries"]["waiting"]
                    or hospitals.servers.count("tele@hospital-b.example"))

    def test_sigterm_at_the_sender(self):
        def interrupt(hospitals):
            hospitals.a.stop()
            self.assertTrue(hospitals.a.events("gateway-stopped"))
            hospitals.a.start()
        self.send_while(interrupt)

    def test_kill_at_the_sender(self):
        def interrupt(hospitals):
            hospitals.a.kill()
            hospitals.a.start()
        self.send_while(interrupt)

    def test_kill_at_the_receiver_again_and_again(self):
        def interrupt(hospitals):
            for done in (1, 20, 40):
                hospitals.b.wait_for("delivery-done", done)
                hospitals.b.kill()
                hospitals.b.start()
        self.send_while(interrupt)

    def test_kill_of_both_while_mails_travel(self):
        def interrupt(hospitals):
            hospitals.a.wait_for("message-sent", 10)
            hospitals.a.kill()
            hospitals.b.kill()
            hospitals.b.start()
            hospitals.a.start()
        self.send_while(interrupt)

    def test_pacs_and_mail_servers_away_for_a_while(self):
        def interrupt(hospitals):
            hospitals.pacs_b.stop()
            hospitals.servers.stop_postfix()
            hospitals.servers.stop_dovecot()
            hospitals.a.wait_for("smtp-unavailable")
            hospitals.b.wait_for("mailbox-unavailable")
            hospitals.servers.start_dovecot()
            hospitals.servers.start_postfix()
            hospitals.b.wait_for("pacs-unavailable")
            hospitals.pacs_b.start()
        self.send_while(interrupt)


class OneDaemon(E2eTest):
    def test_a_second_daemon_on_the_same_state_is_refused(self):
        hospitals = self.two_hospitals(start="a")
        second = hospitals.directory / "second.yaml"
        hospitals.a.settings["dicom"]["port"] += 1
        hospitals.a.settings["gateway"]["log"]["file"] = str(hospitals.directory / "second.log")
        first_text = hospitals.a.config.read_text()
        hospitals.a.write()
        second.write_text(hospitals.a.config.read_text())
        hospitals.a.config.write_text(first_text)
        done = run(gateway_binary(), "run", "--config", second, check=False)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("state-dir-in-use", done.stdout + done.stderr + (hospitals.directory / "second.log").read_text()
                      if (hospitals.directory / "second.log").exists() else done.stdout + done.stderr)
        self.assertTrue(hospitals.a.running())

    def test_sigterm_of_an_idle_gateway_is_quick_and_clean(self):
        hospitals = self.two_hospitals()
        for gateway in (hospitals.a, hospitals.b):
            gateway.stop()
            self.assertEqual(gateway.text().splitlines()[-1].split()[2], "gateway-stopped")


if __name__ == "__main__":
    main()
