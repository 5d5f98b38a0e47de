#!/usr/bin/python3
"""Mail servers whose connections break in the middle of a mail, and that take small mails only."""

import rig  # noqa: F401
from cutting_proxy import CuttingProxy
from harness import (Directory, E2eTest, StoreScp, TwoHospitals, dataset_bytes, identity, main, make_study,
                     storescu)


class BrokenLines(E2eTest):
    def hospitals_with(self, site, protocol, **cut):
        """Between this hospital and its mail server stands a proxy, which is set up before the gateways start."""
        self.hospitals = self.enterContext(TwoHospitals(StoreScp, start=""))
        servers = self.hospitals.servers
        port = {"smtp": servers.smtp_port, "imap": servers.imaps_port}[protocol]
        self.proxy = self.enterContext(CuttingProxy(port, **cut))
        settings = getattr(self.hospitals, site).settings["mailboxes"]["main"][protocol]
        settings["url"] = settings["url"].replace(str(port), str(self.proxy.port))
        settings.update({"connections": 1} if protocol == "smtp" else {"poll_interval": "1s"})
        self.hospitals.a.start()
        self.hospitals.b.start()
        return self.hospitals

    def send(self, slices=2):
        files = make_study(self.enterContext(Directory()), slices, 512 * 1024)
        storescu(files, self.hospitals.a.port)
        self.hospitals.b.wait_for("delivery-done", slices, 120)
        self.hospitals.a.wait_for("shipment-sent")
        wanted = {identity(file).sop_instance: dataset_bytes(file) for file in files}
        self.assert_same_datasets(self.hospitals.pacs_b.datasets(), wanted)

    def test_smtp_breaks_in_the_middle_of_a_message(self):
        hospitals = self.hospitals_with("a", "smtp", upload=300_000, times=3)
        self.send()
        self.assertEqual(self.proxy.cuts, 3)
        self.assertEqual({event["error"] for event in hospitals.a.events("message-deferred")}, {"smtp-message-lost"})
        # Nothing arrives by halves.
        self.assertEqual(len(hospitals.b.events("mail-fetched")), 2)
        self.assertEqual(hospitals.b.counts()["mails"]["quarantined"], 0)

    def test_the_reply_to_a_message_is_lost(self):
        hospitals = self.hospitals_with("a", "smtp", answer=500_000, times=1)
        self.send()
        self.assertEqual(self.proxy.cuts, 1)
        # Nobody can know that the first copy arrived: it is sent again, and taken once.
        hospitals.b.wait_for("mail-fetched", 3)
        self.wait(lambda: hospitals.b.counts()["mails"]["fetched"] == 0, 30, "all mails opened")
        counts = hospitals.b.counts()
        self.assertEqual((counts["instances_in"]["stored"], counts["instances_in"]["conflict"]), (2, 0))
        self.assertEqual(len(hospitals.b.events("delivery-done")), 2)

    def test_imap_breaks_in_the_middle_of_a_mail(self):
        hospitals = self.hospitals_with("b", "imap", download=300_000, times=3)
        self.send()
        self.assertEqual(self.proxy.cuts, 3)
        self.assertTrue(hospitals.b.events("mailbox-unavailable"))
        self.assertEqual(len(hospitals.b.events("mail-fetched")), 2)
        self.assertEqual(hospitals.b.counts()["mails"]["quarantined"], 0)
        self.wait(lambda: hospitals.servers.count("tele@hospital-b.example") == 0, 30, "an empty mailbox")


class SmallSize(E2eTest):
    def test_a_server_that_takes_small_mails_gets_fragments(self):
        """Whatever the profile says: the smaller limit decides where to cut."""
        hospitals = self.two_hospitals(servers_options={"message_size_limit": 300_000})
        files = make_study(self.enterContext(Directory()), 1, 512 * 1024)
        storescu(files, hospitals.a.port)
        hospitals.b.wait_for("delivery-done")
        self.assertEqual(len(hospitals.b.events("mail-joined")), 1)
        self.assertEqual(hospitals.a.events("message-failed"), [])
        self.wait(lambda: hospitals.a.counts()["shipments"]["sent"] == 1, 30, "the shipment is sent")


if __name__ == "__main__":
    main()
