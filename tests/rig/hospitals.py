"""Two hospitals, each with its gateway, around one pair of mail servers."""

import contextlib
import pathlib

from gateway_process import Gateway, gateway, site
from gnupg import Gnupg
from processes import DISK, Directory
from servers import Ca, MailServers, free_port

ADDRESSES = {name: f"tele@hospital-{name}.example" for name in "abc"}


class Keys:
    """Keys of a site as `keys generate` makes them. Each that is asked for is another, but a process that is done with
    its hospitals may have their keys again."""

    _free = {}  # name -> (secret file's content, public file's, fingerprint) of those that nobody has

    def __init__(self, directory, name):
        directory = pathlib.Path(directory)
        directory.mkdir(parents=True, exist_ok=True)
        prefix = directory / f"klinikum-{name}"
        self.name = name
        self.secret, self.public = prefix.with_suffix(".secret.asc"), prefix.with_suffix(".public.asc")
        if Keys._free.get(name):
            self._made = Keys._free[name].pop()
            secret, public, self.fingerprint = self._made
            self.secret.write_bytes(secret)
            self.secret.chmod(0o600)
            self.public.write_bytes(public)
            return
        done = gateway("keys", "generate", "--user-id", f"Klinikum {name.upper()} <{ADDRESSES[name]}>", "--out", prefix)
        self.fingerprint = gateway("keys", "fingerprint", self.public).stdout.strip()
        assert self.fingerprint.replace(" ", "") in done.stdout.replace(" ", ""), done.stdout
        self._made = self.secret.read_bytes(), self.public.read_bytes(), self.fingerprint

    def give_back(self):
        """Nobody uses them any more."""
        Keys._free.setdefault(self.name, []).append(self._made)


class NoPacs:
    """Stands for a PACS that is away."""

    def __init__(self, ae_title="PACS_A"):
        self.ae_title, self.port = ae_title, free_port()


class TwoHospitals:
    """Hospital A sends, hospital B has the far PACS; both directions are configured.

    `pacs_b`: a PACS object with ae_title and port, started by the caller, or a function of the directory that makes
    one, started and stopped here. `change_a`, `change_b` get the settings before the gateway starts. `start` names the
    gateways that run from the beginning. `mail_servers`: MailServers, or a class like it.
    """

    def __init__(self, pacs_b, change_a=None, change_b=None, start="ab", keep=False, pacs_a=None, servers_options=None,
                 mail_servers=MailServers, on_disk=False, parent=None):
        self._stack = contextlib.ExitStack()
        self._make_pacs_b, self._pacs_a = pacs_b, pacs_a
        self._changes = {"a": change_a, "b": change_b}
        self._start = start
        self._servers_options = servers_options or {}
        self._mail_servers = mail_servers
        self.keep, self._on_disk, self._parent = keep, on_disk, parent

    def __enter__(self):
        try:
            return self._enter()
        except BaseException:
            self._stack.close()
            raise

    def _enter(self):
        self.directory = self._stack.enter_context(Directory(keep=self.keep, parent=self._parent))
        self.disk = self._stack.enter_context(Directory(parent=DISK)) if self._on_disk else self.directory
        self.ca = Ca(self.directory / "ca")
        self.servers = self._stack.enter_context(
            self._mail_servers(self.directory / "mail", self.ca, **self._servers_options))
        self.keys = {name: Keys(self.directory / "keys", name) for name in "ab"}
        for keys in self.keys.values():
            self._stack.callback(keys.give_back)
        self.pacs_b = self._make_pacs_b
        if callable(self._make_pacs_b):
            self.pacs_b = self._stack.enter_context(self._make_pacs_b(self.directory / "pacs-b"))
        self.a = self._site("a", self._pacs_a or NoPacs())
        self.b = self._site("b", self.pacs_b)
        self._connect(self.a, "a", "b")
        self._connect(self.b, "b", "a")
        for name, change in self._changes.items():
            if change:
                change(getattr(self, name).settings)
        for name in self._start:
            getattr(self, name).start()
        return self

    def _site(self, name, pacs):
        settings = site(self.directory / name, f"klinikum-{name}", ADDRESSES[name],
                        self.servers.users[ADDRESSES[name]], self.servers, self.ca.certificate, self.keys[name].secret,
                        pacs)
        if self._on_disk:
            settings["gateway"]["state_dir"] = str(self.disk / name / "state")
            (self.disk / name).mkdir()
        made = Gateway(self.directory / name, settings)
        self._stack.callback(made.kill)
        return made

    def _connect(self, gateway_of_site, own, other):
        settings = gateway_of_site.settings
        settings["partners"][f"klinikum-{other}"] = self.partner(ADDRESSES[other], self.keys[other].public,
                                                                 self.keys[other].fingerprint)
        settings["dicom"]["callers"] = [{"ae_title": f"PACS_{own.upper()}", "host": "127.0.0.1"}]
        settings["routes"]["outbound"].append({"name": f"everything-for-{other}",
                                               "when": {"called_ae": [f"TO_{other.upper()}"]},
                                               "send_to": [f"klinikum-{other}"]})
        settings["routes"]["inbound"].append({"name": f"from-{other}", "when": {"partner": [f"klinikum-{other}"]},
                                              "forward_to": ["main"]})

    @staticmethod
    def partner(address, public_key, fingerprint, **profile):
        return {"address": address, "key": {"file": str(public_key), "fingerprint": fingerprint},
                "profile": {"receipts": "none", **profile}}

    def gnupg(self, *names):
        """A GnuPG home that holds the secret keys of these sites and the public ones of both."""
        home = self._stack.enter_context(Gnupg())
        home.import_keys(*[self.keys[name].secret for name in names], *[key.public for key in self.keys.values()])
        return home

    def logs(self):
        """What the gateways wrote, for a failure's report."""
        return "".join(f"\n== hospital {g.directory.name}: last of {len(g.text().splitlines())} log lines\n"
                       + "\n".join(g.text().splitlines()[-40:]) for g in (self.a, self.b))

    def __exit__(self, *_):
        self._stack.close()
