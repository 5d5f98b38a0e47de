"""The gateway itself: its configuration, its daemon, its commands."""

import json
import os
import pathlib
import pwd
import re
import shutil
import signal

from processes import Process, run
from servers import free_port, wait_until


def gateway_binary():
    binary = os.environ.get("GATEWAY_BINARY")
    if not binary:
        raise RuntimeError("GATEWAY_BINARY names the dicom-mail-gateway to test")
    return pathlib.Path(binary).resolve()


def gateway(*arguments, check=True, timeout=120):
    """Runs one command of the gateway to its end."""
    return run(gateway_binary(), *arguments, check=check, timeout=timeout)


def yaml_text(value, indent=0):
    """Block style for maps, JSON for the rest, which YAML reads as well."""
    lines = []
    for key, entry in value.items():
        if isinstance(entry, dict) and entry:
            lines += [f"{' ' * indent}{key}:", yaml_text(entry, indent + 2)]
        elif isinstance(entry, list) and entry and isinstance(entry[0], dict):
            lines.append(f"{' ' * indent}{key}:")
            for item in entry:
                block = yaml_text(item, indent + 4).splitlines()
                lines += [f"{' ' * (indent + 2)}- {block[0].strip()}", *block[1:]]
        else:
            lines.append(f"{' ' * indent}{key}: {_scalar(entry)}")
    return "\n".join(lines)


def _scalar(value):
    if isinstance(value, str) and re.fullmatch(r"[A-Za-z0-9/_@.:-]*[A-Za-z0-9/_@.]", value):
        return value
    return json.dumps(str(value) if isinstance(value, pathlib.Path) else value, default=str)


class Gateway:
    """One gateway: `settings` is its configuration as a dict, written at each start. `user`: whom the daemon runs as.
    `wrapper`: a command that runs the daemon's in its own place."""

    def __init__(self, directory, settings):
        self.directory = pathlib.Path(directory)
        self.settings = settings
        self.config = self.directory / "gateway.yaml"
        self.log = pathlib.Path(settings["gateway"]["log"]["file"])
        self.state = pathlib.Path(settings["gateway"]["state_dir"])
        self.port = settings["dicom"]["port"]
        self.process = None
        self.user = None
        self.wrapper = []

    def write(self):
        self.directory.mkdir(parents=True, exist_ok=True)
        self.config.write_text(yaml_text(self.settings) + "\n")
        return self.config

    def start(self):
        self.write()
        ready_before = len(self.events("gateway-ready"))
        binary, user = gateway_binary(), {}
        if self.user:  # who may not search where it was built
            binary = shutil.copy(binary, self.directory / "dicom-mail-gateway")
            user = {"user": self.user, "group": pwd.getpwnam(self.user).pw_gid, "extra_groups": []}
        self.process = Process([*self.wrapper, binary, "run", "--config", self.config], self.directory / "output.log", **user)

        def ready():
            if not self.process.running():
                raise RuntimeError(f"the gateway ended with {self.process.popen.returncode}: {self.process.output()}"
                                   f"{self.text()[-2000:]}")
            return len(self.events("gateway-ready")) > ready_before
        wait_until(ready, 60, "gateway-ready")
        return self

    def stop(self):
        """SIGTERM; the exit code must be 0."""
        if self.process is None:
            return
        process, self.process = self.process, None
        code = process.terminate(60)
        if code != 0:
            raise RuntimeError(f"the gateway ended with {code}: {self.text()[-2000:]}{process.output()[-8000:]}")

    def kill(self):
        if self.process:
            self.process.popen.send_signal(signal.SIGKILL)
            self.process.kill()
            self.process = None

    def running(self):
        return self.process is not None and self.process.running()

    def text(self):
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    def events(self, name, **fields):
        """The log's events of this id whose fields hold these values, each as a dict."""
        found = []
        mark = f" {name} "
        for line in self.text().splitlines():
            if mark not in line and not line.endswith(mark[:-1]):
                continue  # taking each line apart takes most of a test's time
            event = parse_event(line)
            if event and event["event"] == name and all(event.get(k) == str(v) for k, v in fields.items()):
                found.append(event)
        return found

    def wait_for(self, name, count=1, timeout=60, **fields):
        try:
            return wait_until(lambda: len(self.events(name, **fields)) >= count and self.events(name, **fields),
                              timeout, f"{count} x {name} {fields}")
        except TimeoutError as error:
            # One that ended is told of there, by a sanitizer among others.
            ended = self.process and not self.process.running() and self.process.output()
            raise AssertionError(f"{error}; the log ends with\n{self.text()[-3000:]}{ended or ''}") from None

    def command(self, *arguments, check=True):
        return gateway(*arguments, "--config", self.config, check=check)

    def json(self, *arguments):
        return json.loads(self.command(*arguments, "--json").stdout)

    def status(self):
        return self.json("status")

    def counts(self):
        return self.status()["counts"]

    def quarantine(self):
        return self.json("quarantine", "list")

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()


def parse_event(line):
    """`time level id key=value key="quoted value"`"""
    match = re.match(r"(\S+) (debug|info|warning|error) ([a-z-]+)(.*)$", line)
    if not match:
        return None
    event = {"time": match[1], "level": match[2], "event": match[3]}
    for key, quoted, bare in re.findall(r' ([a-z_0-9]+)=(?:"((?:[^"\\]|\\.)*)"|(\S*))', match[4]):
        event[key] = re.sub(r"\\(.)", r"\1", quoted) if quoted else bare
    return event


def site(directory, name, address, password, servers, ca_file, secret_key, pacs, port=None):
    """The settings of one hospital, fast enough for a test; partners and routes are still empty."""
    directory = pathlib.Path(directory)
    directory.mkdir(parents=True, exist_ok=True)
    password_file = directory / "mail-password"
    password_file.write_text(password + "\n")
    password_file.chmod(0o600)
    login = {"username": address, "password_file": str(password_file), "ca_file": str(ca_file)}
    return {
        "gateway": {"name": name, "state_dir": str(directory / "state"), "min_free_space": "1%",
                    "log": {"file": str(directory / "gateway.log"), "level": "debug", "format": "text"}},
        "dicom": {"ae_title": f"DMGW_{name[-1].upper()}", "bind": "127.0.0.1", "port": port or free_port(),
                  "max_associations": 32, "callers": [{"ae_title": "PACS_A", "host": "127.0.0.1"}],
                  "quiet_period": "1s"},
        "pacs": {"main": {"ae_title": pacs.ae_title, "host": "127.0.0.1", "port": pacs.port, "associations": 2}},
        "mailboxes": {"main": {
            "address": address,
            "smtp": {"url": f"smtp://localhost:{servers.smtp_port}", "tls": "required", **login, "connections": 2},
            "imap": {"url": f"imaps://localhost:{servers.imaps_port}", **login, "folder": "INBOX", "idle": True,
                     "poll_interval": "5s", "after_accept": "delete"},
            "key": {"file": str(secret_key)}}},
        "partners": {},
        "routes": {"outbound": [], "inbound": [], "unrouted": "hold"},
        "retry": {"first": "1s", "max": "5s", "give_up_after": "48h"},
    }
