"""The fixed keys of the golden mails, made by gpg: of the gateway's mailboxes and of its partners.

Nobody uses them for anything else, so their secret parts are published. They are made once: a mail can be read with
the keys of its day only. `make.py --keys` makes all of them, and with them every mail, anew.
"""

import pathlib
import re
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent.parent / "rig"))

KEYS = HERE / "keys"
DOMAIN = "golden.example"

# name: (primary key, its usage, encryption subkey, made at, expires)
ALGORITHMS = {
    "receiver": ("ed25519", "sign", "cv25519", "20240301", "never"),
    "receiver-rsa": ("rsa2048", "sign", "rsa2048", "20240301", "never"),
    "receiver-elgamal": ("dsa2048", "sign", "elg2048", "20240301", "never"),
    "curve25519": ("ed25519", "sign", "cv25519", "20240301", "never"),
    "rsa2048": ("rsa2048", "sign", "rsa2048", "20140301", "never"),
    "rsa4096": ("rsa4096", "sign", "rsa4096", "20200301", "never"),
    "rsa1024": ("rsa1024", "sign", "rsa1024", "20100301", "never"),
    "dsa-elgamal": ("dsa2048", "sign", "elg2048", "20120301", "never"),
    "sha1": ("rsa2048", "sign", "rsa2048", "20240301", "never"),
    "unsigned": ("ed25519", "sign", "cv25519", "20240301", "never"),
    "no-compression": ("ed25519", "sign", "cv25519", "20240301", "never"),
    "no-mdc": ("ed25519", "sign", "cv25519", "20240301", "never"),
    "rolled": ("ed25519", "sign", "cv25519", "20240301", "never"),
    "expired": ("rsa2048", "sign", "rsa2048", "20180301", "20200301T000000"),
    "revoked": ("rsa2048", "sign", "rsa2048", "20180301", "never"),
    "receipts-signed": ("ed25519", "sign", "cv25519", "20240301", "never"),
    "receipts-encrypted": ("ed25519", "sign", "cv25519", "20240301", "never"),
    "stranger": ("ed25519", "sign", "cv25519", "20240301", "never"),
}


def address(name):
    return f"{name}@{DOMAIN}"


def make(gpg, name):
    primary, usage, subkey, day, expires = ALGORITHMS[name]
    at = ["--faked-system-time", f"{day}T120000!"]
    if name == "sha1":
        at += ["--cert-digest-algo", "SHA1"]
    gpg.run(*at, "--quick-generate-key", f"{name} <{address(name)}>", primary, usage, expires)
    fingerprint = gpg.fingerprint(address(name))
    gpg.run(*at, "--quick-add-key", fingerprint, subkey, "encrypt", expires)
    if name == "revoked":
        revoke(gpg, fingerprint)
    return fingerprint


def revoke(gpg, fingerprint):
    """By the certificate that gpg makes beside each key, its safety colon taken off."""
    certificate = (gpg.home / "openpgp-revocs.d" / f"{fingerprint}.rev").read_text()
    armor = re.sub(r"^:(-----BEGIN)", r"\1", certificate, flags=re.M)
    gpg.run("--import", data=armor[armor.index("-----BEGIN"):].encode())


def make_all(gpg):
    """Writes keys/NAME.public.asc and keys/NAME.secret.asc."""
    KEYS.mkdir(exist_ok=True)
    for name in ALGORITHMS:
        fingerprint = make(gpg, name)
        public = gpg.export(fingerprint)
        (KEYS / f"{name}.public.asc").write_text(public)
        write_secret(KEYS / f"{name}.secret.asc", gpg.export_secret(fingerprint))


def write_secret(file, text):
    file.write_text(text)
    file.chmod(0o600)


def load_all(gpg):
    """Imports what was made before."""
    gpg.import_keys(*sorted(KEYS.glob("*.asc")))
