"""Real, private mail servers for tests: one Postfix and one Dovecot on 127.0.0.1, with TLS by a throw-away CA.

Everything lives in one directory, ports are free ones, several instances run beside each other. Needs root, as both
daemons drop to users of their own; directories above must be searchable by them (tempfile.mkdtemp, then chmod 755).
The certificate is for `localhost` and 127.0.0.1. SMTP offers AUTH after TLS only; Dovecot lets clients on its own
address log in before STARTTLS as well, whatever its settings say.

Postfix settings that tests lean on:
  unknown@<a domain of ours>           550 5.1.1 at RCPT (any address that is not in `users`)
  deferred@<a domain of ours>          450 4.2.1 at RCPT
  deferred-at-end@<a domain of ours>   450 4.3.0 after the message; refused-at-end@... 550 5.7.1 after the message
  bounced@<a domain of ours>           is taken, and bounces: Dovecot's 550 5.1.1
  more than message_size_limit bytes   552 5.3.4 at MAIL when SIZE says so
"""

import atexit
import contextlib
import imaplib
import os
import pathlib
import random
import shutil
import signal
import smtplib
import socket
import ssl
import subprocess
import sys
import threading
import time

SPECIAL = {"deferred": "450 4.2.1 mailbox is busy", "deferred-at-end": "OK", "refused-at-end": "OK",
           "bounced": "OK"}
END_OF_DATA = {"deferred-at-end": "450 4.3.0 try again later", "refused-at-end": "550 5.7.1 content refused"}


_reserved = []


def free_port():
    """A port of 127.0.0.1 that nobody uses: below the ephemeral range, so that no client's socket takes it later, and
    reserved for this process as long as it lives by an abstract socket's name, so that no test beside it draws it."""
    while True:
        port = random.SystemRandom().randrange(10000, 32000)
        reservation = socket.socket(socket.AF_UNIX)
        with socket.socket() as probe:
            try:
                reservation.bind(f"\0dicom-mail-gateway-test-port-{port}")
                probe.bind(("127.0.0.1", port))
                _reserved.append(reservation)
                return port
            except OSError:
                reservation.close()


def is_free(port):
    """Whether nobody listens on this port of 127.0.0.1."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


PATIENCE = 4  # a machine that is slow, or busy with other tests, is no failure


def wait_until(condition, timeout=30.0, what="condition"):
    """Calls condition() until it returns something true, and returns that. `timeout`: seconds of a quick machine."""
    timeout *= PATIENCE
    end = time.monotonic() + timeout
    while True:
        result = condition()
        if result:
            return result
        if time.monotonic() > end:
            raise TimeoutError(f"{what}: not within {timeout} s")
        time.sleep(0.05)


def exit_on_sigterm():
    """Turns SIGTERM into SystemExit, so that atexit and finally clauses run."""
    if threading.current_thread() is threading.main_thread() and signal.getsignal(signal.SIGTERM) == signal.SIG_DFL:
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))


@contextlib.contextmanager
def _uninterrupted():
    """Puts SIGTERM and SIGINT off: a daemon that is half started has no process id yet by which it could be stopped."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    came = []
    handlers = {number: signal.signal(number, lambda caught, _: came.append(caught))
                for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
        for number in came[:1]:
            os.kill(os.getpid(), number)


def _run(*command, **options):
    done = subprocess.run([str(part) for part in command], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, **options)
    if done.returncode != 0:
        raise RuntimeError(f"{command[0]} failed ({done.returncode}): {done.stdout}")
    return done.stdout


class Ca:
    """A throw-away certificate authority. `certificate` is its PEM file."""

    def __init__(self, directory, name="Test CA"):
        self.directory = pathlib.Path(directory)
        self.directory.mkdir(parents=True, exist_ok=True)
        self.certificate = self.directory / "ca.pem"
        self._key = self.directory / "ca.key"
        _run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "30",
             "-subj", f"/CN={name}", "-addext", "keyUsage=critical,keyCertSign,cRLSign",
             "-keyout", self._key, "-out", self.certificate)

    def issue(self, name, extra_sans=(), usage="serverAuth", days=30):
        """A certificate for `name`; returns (certificate file, key file). Fewer days than none: it has expired."""
        certificate, key = self.directory / f"{name}.pem", self.directory / f"{name}.key"
        request, extensions = self.directory / f"{name}.csr", self.directory / f"{name}.ext"
        sans = ",".join([f"DNS:{name}", *extra_sans])
        extensions.write_text(f"subjectAltName={sans}\nbasicConstraints=critical,CA:FALSE\n"
                              f"extendedKeyUsage={usage}\nkeyUsage=critical,digitalSignature\n"
                              "subjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n")
        _run("openssl", "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
             "-subj", f"/CN={name}", "-keyout", key, "-out", request)
        _run("openssl", "x509", "-req", "-in", request, "-CA", self.certificate, "-CAkey", self._key, "-days", days,
             "-set_serial", random.SystemRandom().randrange(1, 2**63), "-extfile", extensions, "-out", certificate)
        return certificate, key


def _main_cf(servers, certificate, key, extra):
    base = servers.directory
    settings = {
        "compatibility_level": "3.6",
        "queue_directory": base / "queue",
        "data_directory": base / "data",
        "command_directory": "/usr/sbin",
        "daemon_directory": "/usr/lib/postfix/sbin",
        "mail_owner": "postfix",
        "setgid_group": "postdrop",
        "maillog_file": servers.postfix_log,
        "maillog_file_prefixes": base,
        "myhostname": "localhost",
        "mydestination": "",
        "mynetworks": "127.0.0.0/8",
        "inet_interfaces": "127.0.0.1",
        "inet_protocols": "ipv4",
        "alias_maps": "",
        "alias_database": "",
        "virtual_mailbox_domains": ",".join(servers.domains),
        "virtual_mailbox_maps": f"texthash:{base}/conf/mailboxes",
        "virtual_transport": f"lmtp:unix:{base}/dovecot/lmtp",
        "message_size_limit": servers.message_size_limit,
        "mailbox_size_limit": 0,
        "virtual_mailbox_limit": 0,
        # nothing leaves this machine
        "default_transport": "error:5.1.2 no mail leaves the test",
        "relay_transport": "error:5.1.2 no mail leaves the test",
        "disable_dns_lookups": "yes",
        "smtpd_peername_lookup": "no",
        # mail passes byte for byte, and at once
        "local_header_rewrite_clients": "",
        "smtputf8_enable": "no",
        "in_flow_delay": "0",
        "queue_run_delay": "2s",
        "minimal_backoff_time": "1s",
        "maximal_backoff_time": "5s",
        "lmtp_destination_concurrency_limit": 8,
        "initial_destination_concurrency": 8,
        "smtpd_client_connection_count_limit": 0,
        "smtpd_client_connection_rate_limit": 0,
        "smtpd_error_sleep_time": "0",
        "smtpd_soft_error_limit": 1001,
        "smtpd_hard_error_limit": 1000,
        "smtpd_junk_command_limit": 1000,
        "smtpd_relay_restrictions": "permit_mynetworks,permit_sasl_authenticated,reject",
        "smtpd_recipient_restrictions": f"check_recipient_access texthash:{base}/conf/recipients",
        "smtpd_end_of_data_restrictions": f"check_recipient_access texthash:{base}/conf/end-of-data",
        "smtpd_tls_cert_file": certificate,
        "smtpd_tls_key_file": key,
        "smtpd_tls_loglevel": 1,
        "smtpd_sasl_type": "dovecot",
        "smtpd_sasl_path": base / "dovecot" / "auth-smtp",
        "broken_sasl_auth_clients": "no",
        **extra,
    }
    return "".join(f"{name} = {value}\n" for name, value in settings.items())


def _master_cf(servers):
    login = ("  -o smtpd_sasl_auth_enable=yes\n  -o smtpd_tls_auth_only=yes\n"
             "  -o smtpd_relay_restrictions=permit_sasl_authenticated,reject\n")
    return (f"127.0.0.1:{servers.plain_smtp_port} inet n - n - - smtpd\n  -o smtpd_tls_security_level=none\n"
            f"127.0.0.1:{servers.impatient_smtp_port} inet n - n - - smtpd\n  -o smtpd_tls_security_level=none\n"
            "  -o smtpd_timeout=1s -o smtpd_discard_ehlo_keywords=size,pipelining,dsn -o message_size_limit=1000000\n"
            f"127.0.0.1:{servers.smtp_port} inet n - n - - smtpd\n  -o smtpd_tls_security_level=may\n{login}"
            f"127.0.0.1:{servers.smtps_port} inet n - n - - smtpd -v\n  -o smtpd_tls_wrappermode=yes\n{login}"
            """pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
proxymap unix - - n - - proxymap
lmtp unix - - n - - lmtp
smtp unix - - n - - smtp
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
""")


def _dovecot_conf(servers, certificate, key, extra):
    base = servers.directory
    return f"""base_dir = {base}/dovecot
state_dir = {base}/dovecot-state
log_path = {servers.dovecot_log}
protocols = imap lmtp
listen = 127.0.0.1
ssl = required
ssl_cert = <{certificate}
ssl_key = <{key}
disable_plaintext_auth = yes
auth_mechanisms = plain login
auth_failure_delay = 0
mail_location = maildir:~/Maildir
mail_uid = mail
mail_gid = mail
first_valid_uid = 1
first_valid_gid = 1
default_internal_user = dovecot
default_login_user = dovenull
mail_max_userip_connections = 0
mail_fsync = never
passdb {{
  driver = passwd-file
  args = scheme=PLAIN username_format=%u {base}/conf/passwords
}}
userdb {{
  driver = static
  args = uid=mail gid=mail home={base}/home/%u
}}
service imap-login {{
  process_min_avail = 1
  inet_listener imap {{
    port = {servers.imap_port}
  }}
  inet_listener imaps {{
    port = {servers.imaps_port}
    ssl = yes
  }}
  inet_listener imap-plain {{
    address = 127.0.0.2
    port = {servers.plain_imap_port}
  }}
}}
local 127.0.0.2 {{
  ssl = no
  disable_plaintext_auth = no
  protocol imap {{
    imap_capability = IMAP4rev1
  }}
}}
service lmtp {{
  process_min_avail = 1
  unix_listener lmtp {{
    mode = 0666
  }}
}}
service auth {{
  unix_listener auth-smtp {{
    mode = 0666
  }}
}}
# no penalty that delays logins after wrong passwords
service anvil {{
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
{extra}
"""


def _make_queue(queue):
    """The directories of /etc/postfix/postfix-files."""
    for name in ("active", "bounce", "corrupt", "defer", "deferred", "flush", "hold", "incoming", "private", "saved",
                 "trace"):
        (queue / name).mkdir(mode=0o700, exist_ok=True)
        shutil.chown(queue / name, "postfix")
    for name, mode in (("maildrop", 0o730), ("public", 0o710)):
        (queue / name).mkdir(exist_ok=True)
        (queue / name).chmod(mode)
        shutil.chown(queue / name, "postfix", "postdrop")
    (queue / "pid").mkdir(mode=0o755, exist_ok=True)


def _session_members(session):
    """Ids of the processes in a session: a daemon's master and all its children, whatever they are called."""
    members = []
    for entry in os.listdir("/proc"):
        if not entry.isdigit():
            continue
        try:
            fields = pathlib.Path("/proc", entry, "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[3]) == session and fields[0] != "Z":
            members.append(int(entry))
    return members


class MailServers:
    """One Postfix and one Dovecot.

    Ports of 127.0.0.1: smtp_port (STARTTLS, AUTH), smtps_port (AUTH; its dialogues are in the log), plain_smtp_port
    (neither; takes mail for the users from anybody on this host), impatient_smtp_port (the same, hangs up on a client
    that is idle for a second, announces neither SIZE, PIPELINING nor DSN, and takes up to a million bytes), imap_port
    (STARTTLS), imaps_port. Port of 127.0.0.2: plain_imap_port (no TLS, no IDLE, UIDPLUS or MOVE).
    Logs: postfix_log, dovecot_log. Mails lie in home/<user>/Maildir under `directory`. `postfix_settings` go to main.cf
    last; `dovecot_settings` is text.
    """

    def __init__(self, directory, ca, users=None, message_size_limit=60_000_000, postfix_settings=None,
                 dovecot_settings=""):
        self.directory = pathlib.Path(directory)
        self.ca = ca
        self.users = dict(users or {f"tele@hospital-{x}.example": f"secret-{x}" for x in "abc"})
        self.domains = sorted({user.partition("@")[2] for user in self.users}
                              | {f"hospital-{x}.example" for x in "abc"})
        self.message_size_limit = message_size_limit
        self.postfix_settings = dict(postfix_settings or {})
        self.dovecot_settings = dovecot_settings
        self.postfix_log = self.directory / "postfix.log"
        self.dovecot_log = self.directory / "dovecot.log"
        self.plain_smtp_port, self.smtp_port, self.smtps_port = free_port(), free_port(), free_port()
        self.impatient_smtp_port = free_port()
        self.imap_port, self.imaps_port, self.plain_imap_port = free_port(), free_port(), free_port()
        self._watchdog = None

    def start(self):
        exit_on_sigterm()
        atexit.register(self.stop)
        self._write_files()
        with _uninterrupted():
            self.start_dovecot()
            self.start_postfix()
            self._watch()
        return self

    def start_postfix(self):
        # What `postfix start` does at last, after a second of shell scripts that look after an installed Postfix.
        self._daemon("/usr/lib/postfix/sbin/master", "-c", self.directory / "conf", "-w")
        self._wait_for_ports("Postfix", [self.plain_smtp_port, self.smtp_port, self.smtps_port], self.postfix_log)

    def start_dovecot(self):
        self._daemon("dovecot", "-c", self.directory / "conf" / "dovecot.conf")
        self._wait_for_ports("Dovecot", [self.imap_port, self.imaps_port], self.dovecot_log)

    def stop(self):
        """Stops both; returns when no process of theirs is left."""
        with _uninterrupted():
            self.stop_postfix()
            self.stop_dovecot()
        self._forget()

    def _end_for_good(self):
        """Of both; nothing is gained by waiting for what they would still do."""
        with _uninterrupted():
            for file in ("queue/pid/master.pid", "dovecot/master.pid"):
                self._end(file, patience=0)
        self._forget()

    def _forget(self):
        atexit.unregister(self.stop)
        if self._watchdog:
            self._watchdog.kill()
            self._watchdog.wait()
            self._watchdog.stdin.close()
            self._watchdog = None

    def stop_postfix(self):
        self._end("queue/pid/master.pid")

    def stop_dovecot(self):
        self._end("dovecot/master.pid")

    def __enter__(self):
        try:
            return self.start()
        except BaseException:
            self.stop()  # while the directory with the process ids is still there
            raise

    def __exit__(self, *_):
        self._end_for_good()

    def deliver(self, sender, recipient, message):
        """Injects `message` (bytes, lines ending in CRLF) through the plain port."""
        with smtplib.SMTP("127.0.0.1", self.plain_smtp_port, timeout=60) as client:
            client.sendmail(sender, [recipient], message)

    def imap(self, user):
        """A logged-in imaplib connection."""
        context = ssl.create_default_context(cafile=str(self.ca.certificate))
        connection = imaplib.IMAP4_SSL("localhost", self.imaps_port, ssl_context=context)
        connection.login(user, self.users[user])
        return connection

    def mailbox(self, user, folder="INBOX"):
        """The mails in a folder, oldest first, as bytes; without those that somebody deletes meanwhile."""
        connection = self.imap(user)
        try:
            connection.select(f'"{folder}"', readonly=True)
            uids = connection.uid("SEARCH", "UNDELETED")[1][0].split()
            fetched = [connection.uid("FETCH", uid, "(BODY.PEEK[])")[1][0] for uid in uids]
            return [mail[1] for mail in fetched if mail]
        finally:
            connection.logout()

    def count(self, user, folder="INBOX"):
        connection = self.imap(user)
        try:
            connection.select(f'"{folder}"', readonly=True)
            return len(connection.uid("SEARCH", "UNDELETED")[1][0].split())
        finally:
            connection.logout()

    def wait_for(self, user, count=1, timeout=60.0, folder="INBOX"):
        """Waits until at least `count` mails lie in the folder, and returns them."""
        wait_until(lambda: self.count(user, folder) >= count, timeout, f"{count} mails for {user}")
        return self.mailbox(user, folder)

    def _write_files(self):
        base, conf = self.directory, self.directory / "conf"
        for name in (".", "conf", "queue", "data", "dovecot", "dovecot-state", "home"):
            part = base / name
            part.mkdir(parents=True, exist_ok=True)
            part.chmod(0o755)
        certificate, key = self.ca.issue("localhost", ["IP:127.0.0.1"])
        (conf / "main.cf").write_text(_main_cf(self, certificate, key, self.postfix_settings))
        (conf / "master.cf").write_text(_master_cf(self))
        (conf / "dovecot.conf").write_text(_dovecot_conf(self, certificate, key, self.dovecot_settings))
        specials = [f"{name}@{domain}" for name in SPECIAL for domain in self.domains]
        (conf / "mailboxes").write_text("".join(f"{user} ok\n" for user in [*self.users, *specials]))
        for file, table in (("recipients", SPECIAL), ("end-of-data", END_OF_DATA)):
            (conf / file).write_text("".join(f"{name}@{domain} {action}\n" for name, action in table.items()
                                             for domain in self.domains))
        (conf / "passwords").write_text("".join(f"{user}:{password}\n" for user, password in self.users.items()))
        _make_queue(base / "queue")
        shutil.chown(base / "data", "postfix")
        shutil.chown(base / "home", "mail", "mail")

    def _daemon(self, *command):
        # Into a file: daemons keep a pipe open, and whoever reads it waits for ever.
        with open(self.directory / "start.log", "ab") as log:
            done = subprocess.run([str(part) for part in command], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                  env={**os.environ, "PATH": "/usr/sbin:/usr/bin:/sbin:/bin"})
        if done.returncode != 0:
            raise RuntimeError(f"{command[0]} did not start: {(self.directory / 'start.log').read_text()}")

    def _wait_for_ports(self, name, ports, log):
        def open_all():
            for port in ports:
                try:
                    socket.create_connection(("127.0.0.1", port), timeout=5).close()
                except OSError:
                    return False
            return True
        try:
            wait_until(open_all, 30, f"{name} listening")
        except TimeoutError as error:
            raise RuntimeError(f"{error}\n{log.read_text() if log.exists() else ''}") from error

    def _pid(self, file):
        try:
            pid = int((self.directory / file).read_text().split()[0])
        except (OSError, ValueError, IndexError):
            return None
        return pid if _session_members(pid) else None

    def _end(self, pid_file, patience=1):
        """SIGTERM to the master whose process id is in `pid_file`, which is what `postfix stop` and `dovecot stop` send. Dovecot's children wait up to
        ten seconds for their clients; nobody here gains by that. `patience`: so many seconds until SIGKILL."""
        pid = self._pid(pid_file)
        if pid is None:
            return
        end = time.monotonic() + patience
        if patience:
            os.kill(pid, signal.SIGTERM)
        while _session_members(pid) and time.monotonic() < end:
            time.sleep(0.05)

        def killed():
            members = _session_members(pid)
            for member in sorted(members, key=lambda member: member != pid):  # the master first: it starts others
                with contextlib.suppress(ProcessLookupError):
                    os.kill(member, signal.SIGKILL)
            return not members
        wait_until(killed, 10, "daemon killed")
        # A killed Dovecot leaves it, and the next one takes a process that nobody has reaped yet for a running one.
        (self.directory / pid_file).unlink(missing_ok=True)

    def _watch(self):
        """Ends the daemons when this process dies without stop(), as on SIGKILL: `read` ends with our end of the pipe.

        The process ids are read then, as a test may have restarted a daemon."""
        script = 'read x; for f in "$1/queue/pid/master.pid" "$1/dovecot/master.pid"; do read p < "$f" && kill $p; done'
        with open(self.directory / "stop.log", "ab") as log:
            self._watchdog = subprocess.Popen(["sh", "-c", script, "sh", str(self.directory)], stdin=subprocess.PIPE,
                                              stdout=log, stderr=log, start_new_session=True)
