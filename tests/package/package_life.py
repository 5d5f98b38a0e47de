"""package_life.py PACKAGE.deb ROOT: what an administrator meets from the first installation to the purge. See run.sh."""

import pathlib
import re
import shutil
import socket
import subprocess
import sys
import tempfile

from booted_debian import BootedDebian

REPOSITORY = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(REPOSITORY / "tests" / "rig"))
import dicom_files  # noqa: E402
from dicom_peers import storescu  # noqa: E402

ETC = "/etc/dicom-mail-gateway"
UNIT = "dicom-mail-gateway"
EXPLAINED = REPOSITORY / "packaging" / "debian" / "lintian-explained"


def expect(truth, what, seen=""):
    print(("ok    " if truth else "FAILED ") + what, flush=True)
    if not truth:
        raise SystemExit(str(seen))


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def lintian(package):
    said = subprocess.run(["lintian", "--tag-display-limit", "0", package], capture_output=True, text=True).stdout
    explained = [line.split()[0] for line in EXPLAINED.read_text().splitlines() if line and not line.startswith("#")]
    bad = [line for line in said.splitlines() if re.match("[EW]:", line) and line.split()[2] not in explained]
    expect(not bad, "lintian finds no error, and no warning that is not explained", "\n".join(bad))


def exposure(package, work):
    subprocess.run(["dpkg-deb", "-x", package, work / "x"], check=True)
    unit = next((work / "x").rglob("*.service"))
    said = subprocess.run(["systemd-analyze", "security", "--offline=true", unit], capture_output=True, text=True).stdout
    level = float(re.search(r"exposure level for .*?: ([\d.]+)", said)[1])
    expect(level <= 1.4, f"systemd-analyze security: {level}", said)


def with_version(package, version, work):
    """The same package with a higher version."""
    tree = work / version
    subprocess.run(["dpkg-deb", "-R", package, tree], check=True)
    control = tree / "DEBIAN" / "control"
    control.write_text(re.sub(r"^Version: .*$", f"Version: {version}", control.read_text(), flags=re.M))
    made = work / f"{version}.deb"
    subprocess.run(["dpkg-deb", "--root-owner-group", "-b", tree, made], check=True, stdout=subprocess.DEVNULL)
    return made


def readme_steps():
    """The commands of the section "Configure", word for word: before the configuration is edited, and after it."""
    section = (REPOSITORY / "README.md").read_text().split("## Configure")[1].split("\n## ")[0]
    blocks = [block for kind, block in re.findall(r"^   ```(\w*)\n(.*?)^   ```$", section, re.S | re.M) if not kind]
    lines = "".join(blocks).splitlines()
    check = [line.strip() for line in lines if "runuser" in line]
    start = re.findall(r"`(systemctl enable [^`]+)`", section)
    expect(len(check) == 1 and len(start) == 1, "README.md has a step that checks and one that starts", section)
    return "\n".join(line for line in lines if "runuser" not in line), check[0], start[0]


class Life:
    def __init__(self, package, root, work):
        self.package, self.work = package, work
        self.debian = BootedDebian(root)
        self.run = self.debian.run
        self.port = free_port()

    def install(self, package, check=True):
        shutil.copy(package, self.debian.root / "var" / "package.deb")
        return self.run("apt-get install -q -y --no-install-recommends /var/package.deb", check).stdout

    def pid(self):
        return self.run(f"systemctl show -P MainPID {UNIT}").stdout.strip()

    def is_active(self):
        return self.run(f"systemctl is-active {UNIT}", check=False).stdout.strip()

    def first_installation(self):
        self.run("apt-get update -q")
        self.install(self.package)
        expect(self.is_active() == "inactive", "a new installation starts nothing")
        said = self.run(f"systemctl is-enabled {UNIT}", check=False).stdout.strip()
        expect(said == "disabled", "a new installation enables nothing", said)
        for page in ("man8/dicom-mail-gateway.8.gz", "man5/gateway.yaml.5.gz"):
            expect((self.debian.root / "usr/share/man" / page).exists(), "it has the manual page " + page)

    def configure(self, umask):
        """What README.md says, and the edits that it leaves to the administrator."""
        prepare, check, start = readme_steps()
        self.run(f"umask {umask}; set -e\n{prepare}", text="password\n")
        made = self.run(f"umask {umask}; cd /root && dicom-mail-gateway keys generate --user-id 'B <b@klinikum-b.example>'"
                        f" --out partner --passphrase-file phrase && cd {ETC} && install -m 640 /root/partner.public.asc"
                        " keys/klinikum-b.public.asc && dicom-mail-gateway keys fingerprint keys/klinikum-b.public.asc")
        fingerprint = re.search(r"(?:[0-9A-F]{4}\s*){10}", made.stdout)[0].strip()
        file = self.debian.root / ETC[1:] / "gateway.yaml"
        text = re.sub(r'fingerprint: "[^"]*"', f'fingerprint: "{fingerprint}"', file.read_text())
        text = text.replace("port: 11112", f"port: {self.port}").replace("mail.klinikum-a.example", "127.0.0.1")
        # An edit is made by a process that restricts itself further, which the unit's own restrictions must allow.
        text = text.replace("when: { called_ae: [STROKE_B], modality: [CT, MR] }",
                            "when: { called_ae: [STROKE_B], modality: [CT, MR] }\n      edit: [{ prefix: { PatientID: A- } }]")
        file.write_text(text.replace("quiet_period: 30s", "quiet_period: 0s"))
        self.check, self.start = check, start
        done = self.run(check, check=False)
        expect(done.returncode in (0, 1), f"README.md's check is content under umask {umask}", done.stdout)

    def start_and_receive(self):
        self.run(self.start)
        expect(self.is_active() == "active", "the service runs after README.md's last step",
               self.run(f"journalctl -u {UNIT}", check=False).stdout)
        called = re.search(r"called_ae: \[(\w+)", (self.debian.root / ETC[1:] / "gateway.yaml").read_text())[1]
        storescu(dicom_files.make_study(self.work / f"study-{self.port}", slices=3, size=2048), self.port, called=called)
        sealed = self.run("for i in $(seq 150); do grep -q message-sealed /var/log/dicom-mail-gateway/gateway.log && exit;"
                          " sleep 0.2; done; cat /var/log/dicom-mail-gateway/gateway.log; exit 1", check=False)
        expect(sealed.returncode == 0, "the service edits and seals what it received", sealed.stdout)
        self.held = self.run("dicom-mail-gateway status").stdout
        log = self.debian.root / "var/log/dicom-mail-gateway/gateway.log"
        group = self.run(f"stat -c '%G %a' /{log.relative_to(self.debian.root)}").stdout.split()
        expect(group == ["adm", "640"], "members of adm can read the log", group)

    def upgrade(self):
        before = self.pid()
        self.install(with_version(self.package, "99.1", self.work))
        expect(self.is_active() == "active" and self.pid() != before, "an upgrade restarts the service")
        expect(self.run("dicom-mail-gateway verify").returncode == 0, "after the upgrade the ledger and the spool agree")
        expect(self.run("dicom-mail-gateway status").stdout.splitlines()[0] == self.held.splitlines()[0],
               "after the upgrade the same images wait", self.held)

    def upgrade_with_an_error(self):
        before = self.pid()
        self.run(f"echo 'nonsense: 1' >> {ETC}/gateway.yaml")
        said = self.install(with_version(self.package, "99.2", self.work))
        expect(self.is_active() == "active" and self.pid() == before,
               "with an error in the configuration the old program goes on", said)
        expect("gateway.yaml:" in said and "nonsense" in said, "the upgrade shows the error with its line", said)
        self.run(f"sed -i '/^nonsense/d' {ETC}/gateway.yaml && systemctl restart {UNIT}")
        expect(self.is_active() == "active", "the new program starts after the correction")

    def remove_and_purge(self):
        said = self.run("apt-get remove -q -y dicom-mail-gateway").stdout
        expect(self.is_active() != "active", "the removal stops the service")
        expect("nothing is sent or delivered any more" in said, "the removal shows what still waits", said)
        self.install(self.package)
        expect(self.run(f"systemctl is-enabled {UNIT}", check=False).stdout.strip() == "disabled"
               or self.is_active() != "active", "installed again, it starts nothing by itself")
        said = self.run("apt-get purge -q -y dicom-mail-gateway").stdout
        for kept in ("/var/lib/dicom-mail-gateway", ETC):
            expect(f"{kept} is kept" in said and (self.debian.root / kept[1:]).exists(), f"the purge keeps {kept} and says so",
                   said)


def main():
    package, root = pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2])
    work = pathlib.Path(tempfile.mkdtemp(prefix="package-work-"))
    lintian(package)
    exposure(package, work)
    try:
        for umask in ("022", "027"):
            life = Life(package, root, work)
            try:
                life.first_installation()
                life.configure(umask)
                life.start_and_receive()
                if umask == "022":
                    life.upgrade()
                    life.upgrade_with_an_error()
                    life.remove_and_purge()
            finally:
                life.debian.stop()
    finally:
        shutil.rmtree(work, ignore_errors=True)


if __name__ == "__main__":
    main()
