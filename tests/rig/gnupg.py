"""GnuPG as a partner's software: the oracle for what the gateway writes and the source of what it must read."""

import atexit
import pathlib
import re
import shutil
import subprocess
import tempfile

from processes import in_memory


class Gnupg:
    """A private home directory with a short path, as gpg-agent's socket needs one."""

    def __init__(self):
        self.home = pathlib.Path(tempfile.mkdtemp(prefix="gpg-", dir=in_memory()))
        atexit.register(self.close)

    def close(self):
        atexit.unregister(self.close)
        subprocess.run(["gpgconf", "--homedir", self.home, "--kill", "all"], capture_output=True)
        shutil.rmtree(self.home, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def run(self, *arguments, data=b"", check=True):
        done = subprocess.run(["gpg", "--homedir", str(self.home), "--batch", "--yes", "--no-tty", "--trust-model",
                               "always", "--pinentry-mode", "loopback", "--passphrase", "", *map(str, arguments)],
                              input=data, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=120)
        if check and done.returncode != 0:
            raise RuntimeError(f"gpg {' '.join(map(str, arguments))}: {done.stderr.decode(errors='replace')}")
        return done

    def generate(self, user_id, algorithm="future-default"):
        """Makes a key that signs and encrypts; returns its fingerprint."""
        self.run("--quick-generate-key", user_id, algorithm, "default", "never")
        return self.fingerprint(re.search(r"<(.*)>", user_id)[1])

    def fingerprint(self, name):
        listing = self.run("--with-colons", "--list-keys", name).stdout.decode()
        return re.search(r"^fpr:+([0-9A-F]+):", listing, re.M)[1]

    def import_keys(self, *files):
        for file in files:
            self.run("--import", file)

    def export(self, name):
        return self.run("--armor", "--export", name).stdout.decode()

    def export_secret(self, name):
        return self.run("--armor", "--export-secret-keys", name).stdout.decode()

    def seal(self, data, recipient, signer=None, armor=True, options=()):
        """One pass, RFC 3156 section 6.2; without signer: encrypted only."""
        signing = ["--local-user", signer, "--sign"] if signer else []
        return self.run(*(["--armor"] if armor else []), *options, *signing, "--recipient", recipient, "--encrypt",
                        data=data).stdout

    def detached(self, data, signer):
        return self.run("--armor", "--local-user", signer, "--digest-algo", "SHA256", "--detach-sign", data=data).stdout

    def open(self, sealed):
        """Decrypts and verifies; returns (bytes, fingerprints of the good signatures' primary keys)."""
        done = self.run("--status-fd", "2", "--decrypt", data=sealed)
        return done.stdout, re.findall(r"\[GNUPG:\] VALIDSIG .* ([0-9A-F]{40})\s*$", done.stderr.decode(), re.M)

    def verify_detached(self, data, signature):
        with tempfile.TemporaryDirectory() as directory:
            file = pathlib.Path(directory, "signature.asc")
            file.write_bytes(signature)
            done = self.run("--status-fd", "1", "--verify", file, "-", data=data)
        return re.findall(r"\[GNUPG:\] VALIDSIG .* ([0-9A-F]{40})\s*$", done.stdout.decode(), re.M)
