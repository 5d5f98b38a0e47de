"""Other real mail servers in the place of Postfix and Dovecot: Exim and Cyrus, unpacked by unpack_servers.sh, run from
there in one private directory on ports of 127.0.0.1. Both drop to the user `mail`; nothing is installed.

EximAndCyrus has the ports, users and methods of servers.MailServers that TwoHospitals and tests use.
  Exim   smtp_port (STARTTLS, AUTH), smtps_port (AUTH), plain_smtp_port (neither, takes mail for the users); announces
         SIZE of message_size_limit; 550 for unknown users; what cannot be delivered bounces in Exim's own words
  Cyrus  imap_port (STARTTLS), imaps_port; IDLE, UIDPLUS, MOVE
"""

import imaplib
import os
import pathlib
import shutil
import subprocess

from processes import Process
from servers import MailServers

UNPACK = pathlib.Path(__file__).resolve().parent / "unpack_servers.sh"
ADMIN = "cyrus-admin"


def unpacked():
    """Where the servers lie; fetched now if nobody did so before."""
    root = pathlib.Path(os.environ.get("DMG_OTHER_SERVERS", "/var/cache/dicom-mail-gateway/servers"))
    if not root.exists():
        subprocess.run([UNPACK, root], check=True)
    return root


class EximAndCyrus(MailServers):
    def __init__(self, directory, ca, exim_settings="", **options):
        super().__init__(directory, ca, **options)
        self.root = unpacked()
        self.exim_settings = exim_settings
        self.exim_log, self.cyrus_log = self.directory / "exim.log", self.directory / "cyrus.log"
        self.lmtp_socket = self.directory / "cyrus" / "lmtp"
        self._processes = {}

    def start_postfix(self):
        self._start("exim", [self.root / "usr/sbin/exim4", "-C", self.directory / "exim.conf", "-bdf", "-q2s"],
                    [self.plain_smtp_port, self.smtp_port, self.smtps_port])

    def start_dovecot(self):
        self._start("cyrus", [self.root / "usr/lib/cyrus/bin/master", "-C", self.directory / "imapd.conf",
                              "-M", self.directory / "cyrus.conf", "-p", self.directory / "cyrus.pid"],
                    [self.imap_port, self.imaps_port])
        self._make_mailboxes()

    def _end_for_good(self):
        self.stop()

    def stop_postfix(self):
        self._stop("exim")

    def stop_dovecot(self):
        self._stop("cyrus")

    def _start(self, name, command, ports):
        process = Process(command, self.directory / f"{name}.log", env=self._environment())
        self._processes[name] = process
        (self.directory / f"{name}.group").write_text(f"{process.pid}\n")
        for port in ports:
            process.wait_for_port(port, 30)

    def _stop(self, name):
        process = self._processes.pop(name, None)
        if process:
            (self.directory / f"{name}.group").unlink()
            process.kill()

    def _environment(self):
        """They need the libraries and SASL modules beside them, as far as the machine lacks them."""
        triplet = f"{os.uname().machine}-linux-gnu"
        return {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C",
                "LD_LIBRARY_PATH": f"{self.root}/usr/lib/{triplet}:{self.root}/lib/{triplet}",
                "SASL_PATH": f"{self.root}/usr/lib/{triplet}/sasl2:/usr/lib/{triplet}/sasl2"}

    def _watch(self):
        """As in MailServers; each server is a process group, and a test may have restarted it."""
        script = 'read x; for f in "$1"/*.group; do read g < "$f" && kill -KILL -$g; done'
        with open(self.directory / "stop.log", "ab") as log:
            self._watchdog = subprocess.Popen(["sh", "-c", script, "sh", str(self.directory)], stdin=subprocess.PIPE,
                                              stdout=log, stderr=log, start_new_session=True)

    def _write_files(self):
        base = self.directory
        for name in (".", "exim", "cyrus", "cyrus/config", "cyrus/mail"):
            (base / name).mkdir(parents=True, exist_ok=True)
            (base / name).chmod(0o755)
            shutil.chown(base / name, "mail", "mail")
        certificate, key = self.ca.issue("localhost", ["IP:127.0.0.1"])
        for file, name in ((certificate, "server.pem"), (key, "server.key")):
            shutil.copy(file, base / name)
            shutil.chown(base / name, "mail", "mail")
        (base / "users").write_text("".join(f"{user}: {password}\n" for user, password in self.users.items()))
        (base / "exim.conf").write_text(_exim_conf(self))
        (base / "imapd.conf").write_text(_imapd_conf(self))
        (base / "cyrus.conf").write_text(_cyrus_conf(self))
        self._write_sasldb()

    def _write_sasldb(self):
        for user, password in [*self.users.items(), (ADMIN, "admin")]:
            local, _, domain = user.partition("@")
            subprocess.run([self.root / "usr/sbin/saslpasswd2", "-p", "-c", "-f", self.directory / "sasldb", "-u",
                            domain or "localhost", local], input=password.encode(), check=True,
                           env=self._environment(), capture_output=True)
        shutil.chown(self.directory / "sasldb", "mail", "mail")

    def _make_mailboxes(self):
        """Once; a mailbox that is there stays."""
        connection = imaplib.IMAP4("127.0.0.1", self.imap_port)
        connection.login(ADMIN, "admin")
        for user in self.users:
            connection.create(f'"user/{user}"')
        connection.logout()


def _exim_conf(servers):
    base = servers.directory
    return f"""exim_user = mail
exim_group = mail
exim_path = {servers.root}/usr/sbin/exim4
deliver_drop_privilege = true
never_users =
primary_hostname = localhost
spool_directory = {base}/exim
log_file_path = {base}/exim-%s.log
pid_file_path = {base}/exim.pid
keep_environment = LD_LIBRARY_PATH
local_interfaces = 127.0.0.1
daemon_smtp_ports = {servers.smtp_port} : {servers.smtps_port} : {servers.plain_smtp_port}
tls_on_connect_ports = {servers.smtps_port}
tls_advertise_hosts = ${{if eq{{$received_port}}{{{servers.plain_smtp_port}}}{{}}{{*}}}}
tls_certificate = {base}/server.pem
tls_privatekey = {base}/server.key
auth_advertise_hosts = ${{if eq{{$tls_in_cipher}}{{}}{{}}{{*}}}}
message_size_limit = {servers.message_size_limit}
dsn_advertise_hosts = *
domainlist local_domains = {' : '.join(servers.domains)}
hostlist relay_from_hosts =
host_lookup =
rfc1413_query_timeout = 0s
smtp_accept_max = 100
smtp_accept_max_per_connection = 10000
smtp_accept_queue_per_connection = 0
remote_max_parallel = 8
local_from_check = false
acl_smtp_rcpt = check_recipient
acl_smtp_data = accept
{servers.exim_settings}

begin acl
check_recipient:
  accept authenticated = *
  accept condition = ${{if eq{{$received_port}}{{{servers.plain_smtp_port}}}}}
  deny message = authentication required

begin routers
users:
  driver = accept
  domains = +local_domains
  condition = ${{lookup{{$local_part@$domain}}lsearch{{{base}/users}}{{yes}}{{no}}}}
  transport = cyrus
nowhere:
  driver = redirect
  allow_fail
  data = :fail: 550 no such user here

begin transports
cyrus:
  driver = lmtp
  socket = {servers.lmtp_socket}
  user = mail
  batch_max = 20

begin retry
* * F,1h,2s

begin authenticators
plain:
  driver = plaintext
  public_name = PLAIN
  server_prompts = :
  server_condition = ${{if eq{{${{lookup{{$auth2}}lsearch{{{base}/users}}}}}}{{$auth3}}{{yes}}{{no}}}}
  server_set_id = $auth2
login:
  driver = plaintext
  public_name = LOGIN
  server_prompts = <| Username: | Password:
  server_condition = ${{if eq{{${{lookup{{$auth1}}lsearch{{{base}/users}}}}}}{{$auth2}}{{yes}}{{no}}}}
  server_set_id = $auth1
"""


def _imapd_conf(servers):
    base = servers.directory
    return f"""cyrus_user: mail
cyrus_group: mail
configdirectory: {base}/cyrus/config
defaultpartition: default
partition-default: {base}/cyrus/mail
proc_path: {base}/cyrus/proc
mboxname_lockpath: {base}/cyrus/lock
lmtpsocket: {servers.lmtp_socket}
idlesocket: {base}/cyrus/idle
notifysocket: {base}/cyrus/notify
admins: {ADMIN}
virtdomains: userid
servername: localhost
defaultdomain: localhost
unixhierarchysep: yes
altnamespace: no
duplicatesuppression: no
imapidlepoll: 1
maxmessagesize: 0
tls_server_cert: {base}/server.pem
tls_server_key: {base}/server.key
tls_session_timeout: 0
allowplaintext: yes
sasl_mech_list: PLAIN LOGIN
sasl_pwcheck_method: auxprop
sasl_auxprop_plugin: sasldb
sasl_sasldb_path: {base}/sasldb
{servers.dovecot_settings}
"""


def _cyrus_conf(servers):
    programs, conf = servers.root / "usr/lib/cyrus/bin", servers.directory / "imapd.conf"
    return f"""START {{
  recover cmd="{programs}/ctl_cyrusdb -C {conf} -r"
  idled cmd="{programs}/idled -C {conf}"
}}
SERVICES {{
  imap cmd="{programs}/imapd -C {conf}" listen="127.0.0.1:{servers.imap_port}" prefork=1
  imaps cmd="{programs}/imapd -C {conf} -s" listen="127.0.0.1:{servers.imaps_port}" prefork=1
  lmtpunix cmd="{programs}/lmtpd -C {conf}" listen="{servers.lmtp_socket}" prefork=1
}}
EVENTS {{
}}
"""
