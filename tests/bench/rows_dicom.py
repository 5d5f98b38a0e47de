"""Rows 1 to 3: C-STORE in and out, against DCMTK and Orthanc."""

import contextlib
import subprocess

from harness import Directory, Gateway, Keys, MailServers, Ca, Orthanc, StoreScp, NoPacs, ADDRESSES, make_study, run
from gateway_process import site
from report import Figure
from setting import alternating, stages, timed

SLICES, SLICE = 384, 212 * 1024


def send(files, port, called):
    run("storescu", "-aet", "PACS_A", "-aec", called, "-nh", "127.0.0.1", port, *files, timeout=600)


class Receiver:
    """A gateway that only takes instances: its one route waits for an hour."""

    def __init__(self, directory, servers, ca):
        keys = {name: Keys(directory / "keys", name) for name in "ab"}
        settings = site(directory / "a", "klinikum-a", ADDRESSES["a"], servers.users[ADDRESSES["a"]], servers,
                        ca.certificate, keys["a"].secret, NoPacs())
        settings["gateway"]["log"]["level"] = "info"
        settings["dicom"]["quiet_period"] = "1h"
        settings["partners"]["klinikum-b"] = {"address": ADDRESSES["b"],
                                              "key": {"file": str(keys["b"].public),
                                                      "fingerprint": keys["b"].fingerprint}}
        settings["routes"]["outbound"] = [{"name": "all", "send_to": ["klinikum-b"]}]
        self.gateway = Gateway(directory / "a", settings)

    def __enter__(self):
        return self.gateway.start()

    def __exit__(self, *_):
        self.gateway.kill()


@contextlib.contextmanager
def receiver():
    with Directory() as directory:
        ca = Ca(directory / "ca")
        with MailServers(directory / "mail", ca) as servers, Receiver(directory, servers, ca) as gateway:
            yield directory, gateway


def intake(size):
    with receiver() as (directory, gateway), StoreScp(directory / "scp", "PACS_B") as peer:
        files = make_study(directory / "study", size.of(SLICES, 4), SLICE)
        found = alternating(size.runs, ours=lambda: timed(lambda: send(files, gateway.port, "TO_B")),
                            peer=lambda: timed(lambda: send(files, peer.port, peer.ae_title)))
    yield Figure("1", f"storescu, {len(files)} slices of 212 KB, into our SCP, durable", "s", found["ours"],
                 found["peer"], "storescp", "less", "at least 15x faster", 15)


def send_in_parallel(studies, port, called):
    senders = [subprocess.Popen(["storescu", "-nh", "-aet", "PACS_A", "-aec", called, "127.0.0.1", str(port),
                                 *map(str, files)]) for files in studies]
    codes = [sender.wait(600) for sender in senders]
    if any(codes):
        raise RuntimeError(f"storescu ended with {codes}")


def many_associations(size):
    """Instances a second from 8 associations; each round other instances, as both know what they had."""
    each = size.of(48, 2)
    with receiver() as (directory, gateway), Orthanc(directory / "orthanc", options={"SyncStorageArea": True}) as orthanc:
        rounds = iter(range(1000))

        def rate(port, called):
            number = next(rounds)
            studies = [make_study(directory / f"study-{number}-{i}", each, SLICE, seed=1000 * number + i)
                       for i in range(8)]
            return 8 * each / timed(lambda: send_in_parallel(studies, port, called))
        found = alternating(size.runs, ours=lambda: rate(gateway.port, "TO_B"),
                            peer=lambda: rate(orthanc.port, orthanc.ae_title))
    yield Figure("2", "the same from 8 associations", "instances/s", found["ours"], found["peer"],
                 "Orthanc, SyncStorageArea", "more", "at least 3x", 3)


def scu(size):
    with Directory() as directory, StoreScp(directory / "scp", "PACS_B") as peer:
        files = make_study(directory / "study", size.of(SLICES, 4), SLICE)
        found = alternating(size.runs, ours=lambda: stages("scu", peer.port, peer.ae_title, *files)["wall"],
                            peer=lambda: timed(lambda: send(files, peer.port, peer.ae_title)))
    yield Figure("3", f"our SCU, {len(files)} slices of 212 KB, into storescp", "s", found["ours"], found["peer"],
                 "storescu", "less", "at least 15x faster", 15)
