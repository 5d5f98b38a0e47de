#!/usr/bin/python3
"""The peer of row 6: plain mail clients, without any gateway. A process each, so that neither waits for the other.

  bulk_client.py send SETTINGS      sends `count` mails, those of `mails` in turn, over `connections` connections
  bulk_client.py fetch SETTINGS     fetches and deletes `count` mails, as they come
SETTINGS: a JSON file with ca, user, password, count; smtp_port, connections, sender, recipient, mails (files, as they
go over the wire after DATA) or imaps_port.
"""

import concurrent.futures
import imaplib
import json
import pathlib
import smtplib
import ssl
import sys
import time

AT_ONCE = 20  # as our gateway releases them


def send(settings):
    context = ssl.create_default_context(cafile=settings["ca"])
    numbers = iter(range(settings["count"]))  # next() on it is atomic

    def connection():
        with smtplib.SMTP("localhost", settings["smtp_port"], timeout=120) as client:
            client.starttls(context=context)
            client.login(settings["user"], settings["password"])
            for number in numbers:
                send_one(client, settings, pathlib.Path(settings["mails"][number % len(settings["mails"])]))
    with concurrent.futures.ThreadPoolExecutor(settings["connections"]) as pool:
        for done in [pool.submit(connection) for _ in range(settings["connections"])]:
            done.result()


def send_one(client, settings, mail):
    """The envelope in one go (RFC 2920)."""
    client.send(f"MAIL FROM:<{settings['sender']}>\r\nRCPT TO:<{settings['recipient']}>\r\nDATA\r\n")
    for wanted in (250, 250, 354):
        expect(client.getreply(), wanted)
    client.sock.sendall(mail.read_bytes())
    expect(client.getreply(), 250)


def expect(reply, code):
    if reply[0] != code:
        raise RuntimeError(f"not {code}: {reply}")


def fetch(settings):
    context = ssl.create_default_context(cafile=settings["ca"])
    client = imaplib.IMAP4_SSL("localhost", settings["imaps_port"], ssl_context=context)
    client.login(settings["user"], settings["password"])
    client.select("INBOX")
    fetched = 0
    while fetched < settings["count"]:
        uids = client.uid("SEARCH", "UNDELETED")[1][0].split()[:AT_ONCE]
        if not uids:
            time.sleep(0.05)
            client.noop()
            continue
        chosen = b",".join(uids).decode()
        mails = [part for part in client.uid("FETCH", chosen, "(BODY.PEEK[])")[1] if isinstance(part, tuple)]
        if len(mails) != len(uids) or not all(len(mail[1]) > 1000 for mail in mails):
            raise RuntimeError(f"{len(mails)} mails of {len(uids)}")
        client.uid("STORE", chosen, "+FLAGS.SILENT", r"(\Deleted)")
        client.uid("EXPUNGE", chosen)
        fetched += len(uids)
    client.logout()


if __name__ == "__main__":
    {"send": send, "fetch": fetch}[sys.argv[1]](json.loads(pathlib.Path(sys.argv[2]).read_text()))
