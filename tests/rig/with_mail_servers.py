"""with_mail_servers.py COMMAND ARGUMENT...: runs a command beside private mail servers and returns its exit code.

The command finds them by MAIL_SMTP_PORT (STARTTLS), MAIL_SMTPS_PORT, MAIL_PLAIN_SMTP_PORT, MAIL_IMPATIENT_SMTP_PORT,
MAIL_IMAP_PORT (STARTTLS), MAIL_IMAPS_PORT, MAIL_PLAIN_IMAP_PORT (on 127.0.0.2), MAIL_CA_FILE, MAIL_WRONG_CA_FILE (of a
CA that issued nothing), MAIL_USER_A, MAIL_PASSWORD_A, MAIL_USER_B, MAIL_PASSWORD_B, and MAIL_DIRECTORY (postfix.log,
dovecot.log, home/<user>/Maildir). servers.py says what each port is like.
"""

import os
import subprocess
import sys

from processes import Directory
from servers import Ca, MailServers, exit_on_sigterm


def environment(servers, wrong_ca):
    user_a, user_b = "tele@hospital-a.example", "tele@hospital-b.example"
    return {
        "MAIL_SMTP_PORT": str(servers.smtp_port),
        "MAIL_SMTPS_PORT": str(servers.smtps_port),
        "MAIL_PLAIN_SMTP_PORT": str(servers.plain_smtp_port),
        "MAIL_IMPATIENT_SMTP_PORT": str(servers.impatient_smtp_port),
        "MAIL_IMAP_PORT": str(servers.imap_port),
        "MAIL_IMAPS_PORT": str(servers.imaps_port),
        "MAIL_PLAIN_IMAP_PORT": str(servers.plain_imap_port),
        "MAIL_CA_FILE": str(servers.ca.certificate),
        "MAIL_WRONG_CA_FILE": str(wrong_ca.certificate),
        "MAIL_USER_A": user_a,
        "MAIL_PASSWORD_A": servers.users[user_a],
        "MAIL_USER_B": user_b,
        "MAIL_PASSWORD_B": servers.users[user_b],
        "MAIL_DIRECTORY": str(servers.directory),
    }


def run(command, variables):
    process = subprocess.Popen(command, env={**os.environ, **variables})
    try:
        return process.wait()
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    exit_on_sigterm()
    with Directory(prefix="dmg-mail-") as directory:
        ca, wrong_ca = Ca(directory / "ca"), Ca(directory / "wrong-ca", "Wrong CA")
        with MailServers(directory, ca) as servers:
            code = run(sys.argv[1:], environment(servers, wrong_ca))
    return code if code >= 0 else 128 - code


if __name__ == "__main__":
    sys.exit(main())
