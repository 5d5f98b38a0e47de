#!/usr/bin/python3
"""DICOM over TLS, from the modality to the far PACS: each side shows a certificate, and nothing goes without."""

import socket

import rig  # noqa: F401
from harness import (Ca, Directory, E2eTest, Orthanc, TwoHospitals, dataset_bytes, dataset_of, echoscu, free_port,
                     gateway, identity, main, make_study, run, storescu)


class DicomTls(E2eTest):
    """storescu +tls -> gateway A -> gateway B -> Orthanc with TLS; a CA for DICOM that is not the mail servers'."""

    @classmethod
    def setUpClass(cls):
        cls.directory = cls.enterClassContext(Directory())
        cls.ca = Ca(cls.directory / "ca", "DICOM CA")
        cls.certificates = {name: cls.ca.issue(name, ["IP:127.0.0.1"], usage="serverAuth,clientAuth")
                            for name in ("pacs-a", "gateway-a", "gateway-b", "pacs-b")}
        certificate, key = cls.certificates["pacs-b"]
        orthanc = Orthanc(cls.directory / "pacs-b", "PACS_B", {
            "DicomTlsEnabled": True, "DicomTlsCertificate": str(certificate), "DicomTlsPrivateKey": str(key),
            "DicomTlsTrustedCertificates": str(cls.ca.certificate), "DicomTlsRemoteCertificateRequired": True})
        cls.hospitals = cls.enterClassContext(TwoHospitals(cls.enterClassContext(orthanc), change_a=cls.listen_with_tls,
                                                           change_b=cls.deliver_with_tls))

    @classmethod
    def files_of(cls, name):
        certificate, key = cls.certificates[name]
        return {"certificate_file": str(certificate), "key_file": str(key), "ca_file": str(cls.ca.certificate)}

    @classmethod
    def listen_with_tls(cls, settings):
        cls.tls_port = free_port()
        settings["dicom"]["tls"] = {**cls.files_of("gateway-a"), "port": cls.tls_port}

    @classmethod
    def deliver_with_tls(cls, settings):
        settings["pacs"]["main"]["tls"] = cls.files_of("gateway-b")

    def tls_options(self, name):
        certificate, key = self.certificates[name]
        return ("+tls", key, certificate, "+cf", self.ca.certificate)

    def test_a_study_arrives_byte_for_byte(self):
        files = make_study(self.directory / "study", 20, 65536)
        storescu(files, self.tls_port, options=self.tls_options("pacs-a"))
        wanted = {identity(file).sop_instance: dataset_bytes(file) for file in files}
        pacs = self.hospitals.pacs_b
        self.wait(lambda: set(wanted) <= set(pacs.instances()), 60, "the study in the PACS")
        arrived = {uid: dataset_of(pacs.file(known)) for uid, known in pacs.instances().items() if uid in wanted}
        self.assert_same_datasets(arrived, wanted)
        self.assertEqual(self.hospitals.b.events("pacs-unavailable"), [])

    def test_the_plain_port_goes_on(self):
        self.assertEqual(echoscu(self.hospitals.a.port).returncode, 0)

    def test_strangers_are_told_and_logged(self):
        a = self.hospitals.a
        received = len(a.events("instance-received"))
        stranger, key = Ca(self.directory / "foreign", "Foreign CA").issue("x", usage="serverAuth,clientAuth")
        file = make_study(self.directory / "one", 1, 2048, seed=7)
        for options in (("+tls", key, stranger, "+cf", self.ca.certificate), ("+tla", "+cf", self.ca.certificate), ()):
            before = len(a.events("association-rejected", reason="tls-failed"))
            storescu(file, self.tls_port, options=options, check=False)
            event = a.wait_for("association-rejected", before + 1, reason="tls-failed")[-1]
            self.assertTrue(event["detail"])
        storescu(file, a.port, options=self.tls_options("pacs-a"), check=False)
        a.wait_for("association-rejected", reason="no-association-request")
        self.assertEqual(len(a.events("instance-received")), received)
        storescu(file, self.tls_port, options=self.tls_options("pacs-a"))

    def test_a_caller_that_never_shakes_hands_is_ended(self):
        with socket.create_connection(("127.0.0.1", self.tls_port)) as silent:
            storescu(make_study(self.directory / "two", 1, 2048, seed=8), self.tls_port,
                     options=self.tls_options("pacs-a"))
            silent.settimeout(90)
            self.assertEqual(silent.recv(1), b"")

    def test_openssl_sees_mutual_tls_1_2_or_later(self):
        certificate, key = self.certificates["pacs-a"]
        client = ("openssl", "s_client", "-connect", f"localhost:{self.tls_port}", "-CAfile", self.ca.certificate,
                  "-verify_return_error", "-verify_ip", "127.0.0.1")
        seen = run(*client, "-cert", certificate, "-key", key, check=False).stdout
        self.assertIn("Verify return code: 0 (ok)", seen)
        self.assertRegex(seen, r"Acceptable client certificate CA names\s+CN ?= ?DICOM CA")
        old = run(*client, "-cert", certificate, "-key", key, "-tls1_1", "-cipher", "ALL:@SECLEVEL=0", check=False)
        self.assertIn("Cipher is (NONE)", old.stdout)


class WrongPacs(E2eTest):
    def test_a_pacs_with_another_certificate_gets_nothing_until_it_is_right(self):
        directory = self.enterContext(Directory())
        ca = Ca(directory / "ca", "DICOM CA")
        wrong, wrong_key = ca.issue("pacs.elsewhere.example", usage="serverAuth,clientAuth")
        right, right_key = ca.issue("pacs-b", ["IP:127.0.0.1"], usage="serverAuth,clientAuth")
        options = {"DicomTlsEnabled": True, "DicomTlsCertificate": str(wrong), "DicomTlsPrivateKey": str(wrong_key),
                   "DicomTlsTrustedCertificates": str(ca.certificate)}
        pacs = Orthanc(directory / "pacs", "PACS_B", options)

        def change(settings):
            settings["pacs"]["main"]["tls"] = {"ca_file": str(ca.certificate), "certificate_file": str(right),
                                               "key_file": str(right_key)}
        hospitals = self.two_hospitals(pacs, change_b=change)
        with pacs:
            storescu(make_study(directory / "study", 1, 2048), hospitals.a.port)
            event = hospitals.b.wait_for("pacs-unavailable", error="pacs-tls-failed")[0]
            self.assertRegex(event["detail"], "IP address mismatch")
            self.assertEqual(pacs.count(), 0)
        pacs.options.update(DicomTlsCertificate=str(right), DicomTlsPrivateKey=str(right_key))
        with pacs:
            hospitals.b.wait_for("delivery-done")
            self.assertEqual(pacs.count(), 1)


class Configuration(E2eTest):
    def test_files_that_are_wrong_refuse_check_and_start(self):
        hospitals = self.two_hospitals(start="")
        directory = hospitals.directory
        ca = Ca(directory / "dicom-ca")
        good, good_key = ca.issue("good", usage="serverAuth,clientAuth")
        expired, expired_key = ca.issue("expired", days=-1)
        files = {"certificate_file": str(good), "key_file": str(good_key), "ca_file": str(ca.certificate)}
        open_key = directory / "open.key"
        open_key.write_bytes(good_key.read_bytes())
        open_key.chmod(0o644)
        # One that has expired may be renewed, or the clock be wrong: systemd tries again after 1, not after 78.
        for change, words, code in (({"certificate_file": str(expired), "key_file": str(expired_key)},
                                     "tls-certificate-expired", 1),
                                    ({"key_file": str(expired_key)}, "tls-key-mismatch", 78),
                                    ({"key_file": str(open_key)}, "take away their access", 78)):
            for where in (hospitals.a.settings["dicom"], hospitals.a.settings["pacs"]["main"]):
                where["tls"] = {**files, **change}
                hospitals.a.write()
                for command in ("check", "run"):
                    done = gateway(command, "--config", hospitals.a.config, check=False)
                    self.assertEqual(done.returncode, code, done.stderr)
                    self.assertIn(words, done.stderr)
                where["tls"] = dict(files)
        hospitals.a.start()


if __name__ == "__main__":
    main()
