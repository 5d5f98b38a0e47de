"""What the end-to-end tests and packaging/demo.py share, in one import."""

import signal
import unittest
import warnings

from dicom_files import (CT_STUDY, MR_STUDY, PATIENT_ID, PATIENT_NAME, TEST_FILES, dataset_bytes, dataset_of,
                         distinct_copies, identity, make_study, pydicom_files)
from dicom_peers import Dcmqrscp, Orthanc, StoreScp, echoscu, store_statuses, storescu
from gateway_process import Gateway, gateway, gateway_binary, parse_event, yaml_text
from gnupg import Gnupg
from hospitals import ADDRESSES, Keys, NoPacs, TwoHospitals
from processes import DISK, Directory, Process, port_is_open, run
from servers import Ca, MailServers, exit_on_sigterm, free_port, wait_until

warnings.filterwarnings("ignore", module="pydicom")

__all__ = ["ADDRESSES", "CT_STUDY", "Ca", "DISK", "Dcmqrscp", "Directory", "E2eTest", "Gateway", "Gnupg", "Keys", "MR_STUDY",
           "MailServers", "NoPacs", "Orthanc", "PATIENT_ID", "PATIENT_NAME", "Process", "StoreScp", "TEST_FILES",
           "TwoHospitals", "dataset_bytes", "dataset_of", "distinct_copies", "echoscu", "exit_on_sigterm", "free_port",
           "gateway", "gateway_binary", "identity", "main", "make_study", "parse_event", "port_is_open",
           "pydicom_files", "run", "store_statuses", "storescu", "wait_until", "yaml_text"]


class E2eTest(unittest.TestCase):
    """Prints the gateways' logs when a test fails. A class may set `hospitals` for all its tests."""

    hospitals = None

    def tearDown(self):
        result = self._outcome.result
        failed = [getattr(test, "test_case", test) for test, _ in result.failures + result.errors]
        if self in failed and self.hospitals:
            print(self.hospitals.logs(), flush=True)

    def two_hospitals(self, pacs_b=StoreScp, **options):
        """For one test; stopped at its end."""
        self.hospitals = self.enterContext(TwoHospitals(pacs_b, **options))
        return self.hospitals

    def assert_same_datasets(self, arrived, expected):
        """Two maps of SOP Instance UID to bytes. assertEqual would print the difference, and be at it for hours."""
        self.assertEqual(set(arrived), set(expected))
        self.assertEqual([uid for uid in expected if arrived[uid] != expected[uid]], [], "other data sets")

    def wait(self, condition, timeout=60, what="condition"):
        try:
            return wait_until(condition, timeout, what)
        except TimeoutError as error:
            self.fail(str(error))


def _interrupt(*_):
    """unittest takes SystemExit for a failed test and goes on with the next one."""
    raise KeyboardInterrupt


def main():
    signal.signal(signal.SIGTERM, _interrupt)
    unittest.main(verbosity=2, module="__main__")
