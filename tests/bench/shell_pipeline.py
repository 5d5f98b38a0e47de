"""The peer of row 7: what a handy administrator would build of storescp, gpg, msmtp, fetchmail, munpack and storescu."""

import os
import time

from harness import ADDRESSES, Gnupg, Process, StoreScp, free_port, run, wait_until

SEND = """#!/bin/sh
# Called by storescp for each file it has received.
set -e
file=$1
work=$(mktemp -d {dir}/out.XXXXXX)
gpg --homedir {gnupg} --batch --yes --trust-model always --pinentry-mode loopback --passphrase '' --armor \
  --local-user {own} --recipient {own} --sign --encrypt --output $work/mail.asc "$file"
{{
  printf 'From: {sender}\\r\\nTo: {recipient}\\r\\nSubject: DICOM-eMail\\r\\nMIME-Version: 1.0\\r\\n'
  printf 'Content-Type: multipart/encrypted; protocol="application/pgp-encrypted"; boundary="b"\\r\\n\\r\\n'
  printf -- '--b\\r\\nContent-Type: application/pgp-encrypted\\r\\n\\r\\nVersion: 1\\r\\n\\r\\n'
  printf -- '--b\\r\\nContent-Type: application/octet-stream; name="image.asc"\\r\\n'
  printf 'Content-Disposition: attachment; filename="image.asc"\\r\\n\\r\\n'
  cat $work/mail.asc
  printf -- '\\r\\n--b--\\r\\n'
}} | msmtp --host=127.0.0.1 --port={smtp_port} --tls=off --auth=off --from={sender} {recipient}
rm -r $work "$file"
"""

RECEIVE = """#!/bin/sh
# fetchmail's delivery agent: one mail on standard input.
set -e
work=$(mktemp -d {dir}/in.XXXXXX)
cd $work
munpack -q -f >/dev/null
gpg --homedir {gnupg} --batch --yes --trust-model always --pinentry-mode loopback --passphrase '' \
  --output image.dcm --decrypt image.asc 2>/dev/null
storescu -nh -aet SHELL -aec {pacs} 127.0.0.1 {pacs_port} image.dcm
rm -r $work
"""


class ShellPipeline:
    def __init__(self, directory, hospitals):
        self.directory, self.servers = directory, hospitals.servers
        self.pacs = StoreScp(directory / "pacs", "PACS_SHELL")
        self.port = free_port()

    def __enter__(self):
        self.directory.mkdir()
        self.pacs.__enter__()
        self.gnupg = Gnupg()
        self.gnupg.generate("Shell <shell@hospital-c.example>")
        self._script("send.sh", SEND)
        self._script("receive.sh", RECEIVE)
        (self.directory / "received").mkdir()
        self.scp = Process(["storescp", "-aet", "SHELL", "-od", self.directory / "received", "-xcr",
                            f"{self.directory}/send.sh #p/#f", str(self.port)], self.directory / "storescp.log")
        self.scp.wait_for_port(self.port)
        rc = self.directory / "fetchmailrc"
        rc.write_text(f'poll localhost protocol IMAP port {self.servers.imap_port} user "{ADDRESSES["c"]}" '
                      f'password "{self.servers.users[ADDRESSES["c"]]}" ssl sslproto TLS1.2+ '
                      f'sslcertfile {self.servers.ca.certificate} sslcertck keep no\n'
                      .replace(" keep no", ' nokeep mda "' + str(self.directory / "receive.sh") + '"')
                      .replace(f"port {self.servers.imap_port}", f"port {self.servers.imaps_port}"))
        rc.chmod(0o600)
        self.fetchmail = Process(["sh", "-c", f"while :; do fetchmail -f {rc} --pidfile {self.directory}/fetchmail.pid; "
                                              "sleep 1; done"], self.directory / "fetchmail.log",
                                 env={**os.environ, "HOME": str(self.directory)})
        return self

    def _script(self, name, text):
        file = self.directory / name
        file.write_text(text.format(dir=self.directory, gnupg=self.gnupg.home, own="shell@hospital-c.example",
                                    sender=ADDRESSES["a"], recipient=ADDRESSES["c"],
                                    smtp_port=self.servers.plain_smtp_port, pacs=self.pacs.ae_title,
                                    pacs_port=self.pacs.port))
        file.chmod(0o755)

    def mails_a_second(self, files):
        before = len(self.pacs.files())
        started = time.monotonic()
        run("storescu", "-nh", "-aet", "PACS_A", "-aec", "SHELL", "127.0.0.1", self.port, *files, timeout=600)
        wait_until(lambda: len(self.pacs.files()) >= before + len(files), 600, "all through the shell pipeline")
        return len(files) / (time.monotonic() - started)

    def __exit__(self, *_):
        self.fetchmail.kill()
        self.scp.kill()
        self.gnupg.close()
        self.pacs.__exit__()
