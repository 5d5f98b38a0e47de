"""What the benchmark ran on: the machine, and whose software."""

import datetime
import pathlib
import platform
import re
import subprocess

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
PACKAGES = {"DCMTK": "dcmtk", "Orthanc": "orthanc", "RNP": "librnp0", "GnuPG": "gpg", "OpenSSL": "libssl3",
            "Postfix": "postfix", "Dovecot": "dovecot-core", "SQLite": "libsqlite3-0", "msmtp": "msmtp",
            "fetchmail": "fetchmail"}


def output(*command):
    try:
        return subprocess.run(command, capture_output=True, text=True, timeout=30).stdout.strip()
    except OSError:
        return ""


def machine():
    """Facts by name, in order."""
    cpu = pathlib.Path("/proc/cpuinfo").read_text()
    names = re.findall(r"^model name\s*: (.*)$", cpu, re.M) or [platform.processor()]
    memory = int(pathlib.Path("/proc/meminfo").read_text().split()[1]) / 1_048_576
    versions = dict(line.split("\t") for line in output(
        "dpkg-query", "-W", "-f", "${Package}\t${Version}\n", *PACKAGES.values()).splitlines())
    changed = output("git", "-C", str(ROOT), "status", "--porcelain", "--untracked-files=no")
    return {
        "date": datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d %H:%M UTC"),
        "commit": output("git", "-C", str(ROOT), "rev-parse", "--short", "HEAD") + (" with changes" if changed else ""),
        "CPU": f"{len(names)} cores of {names[0]}",
        "memory": f"{memory:.0f} GB",
        "disk": output("findmnt", "-n", "-o", "FSTYPE,SOURCE", "-T", "/tmp"),
        "kernel": platform.release(),
        "software": ", ".join(f"{name} {versions[package]}" for name, package in PACKAGES.items()
                              if package in versions),
    }
