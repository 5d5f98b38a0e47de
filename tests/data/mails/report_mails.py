"""Receipts and bounces: answers to messages that the gateway under test has sent.

Message-ID and SETID of such a message are known when the test runs only: ORIGINAL and ORIGINAL_SET stand for them.
What is signed or encrypted cannot be changed afterwards: the test seals it, as `seal` says.
"""

import email.policy
import pathlib
import tempfile
from email.message import EmailMessage
from email.mime.base import MIMEBase
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText

from encrypted_mails import DEFAULT
from make_keys import address
from pieces import DATE, RECEIVER, crlf, mail, multipart, part, quarantined, set_fields

ORIGINAL, ORIGINAL_SET = "original@golden.example", "20240305.original"
OK = "automatic-action/MDN-sent-automatically; displayed"


def report(answer, to=DEFAULT, **more):
    return {"outcome": "report", "to": to, "answer": answer, **more}


def make(kit):
    dispositions(kit)
    odd_receipts(kit)
    unfit_receipts(kit)
    sealed_receipts(kit)
    bounces_by_servers(kit)
    bounces_by_hand(kit)
    nothing_original(kit)


def notification(*lines):
    return b"Content-Type: message/disposition-notification\r\n\r\n" + "".join(f"{line}\r\n" for line in lines).encode()


def returned(with_id=True, with_set=True):
    fields = [("Message-ID", f"<{ORIGINAL}>")] if with_id else []
    fields += set_fields(ORIGINAL_SET) if with_set else []
    return b"Content-Type: text/rfc822-headers\r\n\r\n" + "".join(f"{k}: {v}\r\n" for k, v in fields).encode()


def mdn_entity(disposition, original=True, header=True, extra=()):
    """RFC 8098 section 3, by hand."""
    lines = ["Reporting-UA: tewepo; DBridge 4.7", f"Final-Recipient: rfc822; {address(DEFAULT)}"]
    lines += [f"Original-Message-ID: <{ORIGINAL}>"] if original else []
    parts = [b"Content-Type: text/plain\r\n\r\nThe images were stored.\r\n",
             notification(*lines, f"Disposition: {disposition}", *extra)]
    parts += [returned()] if header else []
    return multipart(parts, "report; report-type=disposition-notification", boundary="=_mdn")


def mdn(name, disposition, sender=DEFAULT, fields=(), **options):
    return mail(address(sender), name, mdn_entity(disposition, **options), fields, subject="Disposition notification")


def dispositions(kit):
    for name, words, answer in (("displayed", "displayed", "delivered"),
                                ("displayed-warning", "displayed/warning", "warning"),
                                ("deleted-error", "deleted/error", "resend"), ("deleted", "deleted", "refused")):
        full = f"automatic-action/MDN-sent-automatically; {words}"
        kit.add(f"mdn-{name}", "9", mdn(f"mdn-{name}", full), "MIME by hand", f"Disposition: {full}", report(answer))
        python = python_mdn(f"mdn-{name}-python", full)
        kit.add(f"mdn-{name}-python", "9", python, "Python's email", "the same", report(answer))


def python_mdn(name, disposition):
    outer = MIMEMultipart("report", report_type="disposition-notification")
    outer["From"], outer["To"], outer["Subject"] = address(DEFAULT), RECEIVER, "Return Receipt"
    outer["Date"], outer["Message-ID"], outer["Auto-Submitted"] = DATE, f"<{name}@golden.example>", "auto-replied"
    outer.attach(MIMEText("Die Bilder wurden gespeichert.", "plain", "utf-8"))
    fields = MIMEBase("message", "disposition-notification")
    fields.set_payload(f"Reporting-UA: klinik; Python\nOriginal-Recipient: rfc822;{address(DEFAULT)}\n"
                       f"Final-Recipient: rfc822;{address(DEFAULT)}\nOriginal-Message-ID: <{ORIGINAL}>\n"
                       f"Disposition: {disposition}\n")
    outer.attach(fields)
    return outer.as_bytes(policy=email.policy.SMTP)


def odd_receipts(kit):
    for name, disposition, answer, shows in (
            ("case", "AUTOMATIC-ACTION/mdn-SENT-automatically; Displayed", "delivered", "other case"),
            ("spaces", "automatic-action / MDN-sent-automatically ;  displayed / Warning ", "warning", "odd spaces"),
            ("no-spaces", "automatic-action/MDN-sent-automatically;deleted/error", "resend", "no space"),
            ("folded", "automatic-action/MDN-sent-automatically;\r\n\tdeleted", "refused", "folded"),
            ("comment", "automatic-action/MDN-sent-automatically; displayed (stored)", "delivered", "a comment"),
            ("manual", "manual-action/MDN-sent-manually; displayed", "warning", "sent by a person"),
            ("processed", "automatic-action/MDN-sent-automatically; processed", "warning", "RFC 2298's processed")):
        name = f"mdn-{name}"
        kit.add(name, "9", mdn(name, disposition), "MIME by hand", shows, report(answer))
    name = "mdn-by-set"
    content = mail(address(DEFAULT), name, multipart(
        [b"Content-Type: text/plain\r\n\r\nok\r\n", notification(f"Final-Recipient: rfc822; {address(DEFAULT)}",
                                                                f"Disposition: {OK}"), returned(with_id=False)],
        "report; report-type=disposition-notification"))
    kit.add(name, "9", content, "MIME by hand", "no Original-Message-ID: SETID and SETPART; signed", report("delivered", seal="sign"))
    name = "mdn-set-on-outer"
    content = mail(address(DEFAULT), name, mdn_entity(OK, original=False, header=False), set_fields(ORIGINAL_SET))
    kit.add(name, "9", content, "MIME by hand", "SET* on the header of the receipt itself, which no signature covers",
            report("delivered"))
    name = "mdn-two-parts"
    kit.add(name, "9", mdn(name, OK, header=False), "MIME by hand", "without the third part", report("delivered"))
    name = "mdn-asks-for-a-receipt"
    kit.add(name, "9", mdn(name, OK, fields=[("Disposition-Notification-To", address(DEFAULT))]), "MIME by hand",
            "a receipt is never answered", report("delivered", receipt=None))
    name = "mdn-small-letters"
    content = mdn(name, OK).replace(b"Original-Message-ID", b"original-message-id").replace(
        b"Disposition: ", b"DISPOSITION:").replace(b"multipart/report", b"Multipart/Report").replace(
        b"message/disposition-notification", b"Message/Disposition-Notification")
    kit.add(name, "9", content, "MIME by hand", "field names and types in another case", report("delivered"))


def unfit_receipts(kit):
    name = "mdn-of-another-partner"
    kit.add(name, "9", mdn(name, OK, sender="rsa2048"), "MIME by hand",
            "a partner's receipt for another partner's mail",
            {**quarantined("foreign-report"), "to": DEFAULT, "untouched": True})
    name = "mdn-of-a-stranger"
    kit.add(name, "9", mdn(name, OK, sender="stranger"), "MIME by hand", "a stranger's receipt",
            {**quarantined("stranger"), "to": DEFAULT, "untouched": True})
    for protection in ("signed", "encrypted"):
        name = f"mdn-not-{protection}"
        kit.add(name, "9", mdn(name, OK, sender=f"receipts-{protection}"), "MIME by hand",
                f"in the clear, and the profile asks for {protection} receipts",
                {**quarantined("unprotected-receipt"), "to": f"receipts-{protection}",
                 "untouched": True})


def sealed_receipts(kit):
    name = "mdn-signed"
    kit.add(name, "9", mail(address("receipts-signed"), name, mdn_entity(OK)), "gpg 2.2, MIME by hand",
            "multipart/signed around the report", report("delivered", "receipts-signed", seal="sign"))
    name = "mdn-encrypted"
    kit.add(name, "9", mail(address("receipts-encrypted"), name, mdn_entity(OK)), "gpg 2.2, MIME by hand",
            "signed and encrypted", report("delivered", "receipts-encrypted", seal="encrypt"))
    name = "mdn-encrypted-though-not-asked"
    kit.add(name, "9", mail(address(DEFAULT), name, mdn_entity(
        "automatic-action/MDN-sent-automatically; displayed/warning")), "gpg 2.2, MIME by hand",
            "the same from a partner of whom it is not asked", report("warning", seal="encrypt"))
    for words, answer in (("automatic-action/MDN-sent-automatically; displayed", "delivered"), ("deleted", "refused")):
        name = f"pgp-receipt-{answer}"
        entity = (f"Content-Type: text/plain\r\nX-TELEMEDICINE-REPORT: {words}\r\n"
                  f"X-TELEMEDICINE-ORIGINAL-CONTENT-ID: <{ORIGINAL}>\r\n\r\nreceipt\r\n").encode()
        kit.add(name, "9", mail(address("rsa4096"), name, entity), "gpg 2.2, MIME by hand",
                f"inside the encryption: X-TELEMEDICINE-REPORT: {words}", report(answer, "rsa4096", seal="encrypt"))


def original_mail(recipient):
    """Stands for what we sent, for a server to bounce."""
    message = EmailMessage(policy=email.policy.SMTP)
    message["From"], message["To"], message["Subject"] = RECEIVER, recipient, "DICOM-eMail"
    message["Date"], message["Message-ID"] = DATE, f"<{ORIGINAL}>"
    for key, value in set_fields(ORIGINAL_SET):
        message[key] = str(value)
    message.set_content("-----BEGIN PGP MESSAGE-----\n\nxA0EBwMC\n-----END PGP MESSAGE-----\n")
    return message.as_bytes()


def bounces_by_servers(kit):
    """Postfix and Exim themselves, started for this."""
    from other_servers import EximAndCyrus
    from servers import MailServers
    recipient = "bounced@golden.example"
    delayed = {"transport_maps": f"inline:{{ {{ {recipient} = smtp:[127.0.0.1]:1 }} }}", "delay_warning_time": "1s"}
    for name, server, settings, answer, shows in (
            ("dsn-postfix-failed", MailServers, {}, "bounced", "Postfix cannot deliver"),
            ("dsn-postfix-delayed", MailServers, {"postfix_settings": delayed}, "delayed", "Postfix still tries"),
            ("dsn-exim-failed", EximAndCyrus, {}, "bounced", "Exim cannot deliver")):
        content = bounced(server, recipient, settings)
        kit.add(name, "9", content, "Exim 4.96" if server is EximAndCyrus else "Postfix 3.7", shows, report(answer))


def bounced(server, recipient, settings):
    from servers import Ca
    with tempfile.TemporaryDirectory(prefix="dmg-", dir="/tmp") as name:
        directory = pathlib.Path(name)
        directory.chmod(0o755)
        with server(directory / "mail", Ca(directory / "ca"), users={RECEIVER: "secret"}, **settings) as servers:
            servers.deliver(RECEIVER, recipient, original_mail(recipient))
            return servers.wait_for(RECEIVER, 1, 60)[0]


EXCHANGE = """Die Nachricht hat einen oder mehrere Empf=E4nger nicht erreicht.=20
"""
QMAIL = f"""Hi. This is the qmail-send program at klinik-nord.example.
I'm afraid I wasn't able to deliver your message to the following addresses.
This is a permanent error; I've given up. Sorry it didn't work out.

<{address(DEFAULT)}>:
192.0.2.7 does not like recipient.
Remote host said: 550 5.1.1 <{address(DEFAULT)}>: Recipient address rejected: User unknown
Giving up on 192.0.2.7.

--- Below this line is a copy of the message.

Return-Path: <{RECEIVER}>
Received: (qmail 4711 invoked from network); 5 Mar 2024 09:15:00 -0000
From: {RECEIVER}
To: {address(DEFAULT)}
Message-ID: <{ORIGINAL}>
X-TELEMEDICINE-SETID: {ORIGINAL_SET}

-----BEGIN PGP MESSAGE-----
"""
EXIM = f"""This message was created automatically by mail delivery software.

A message that you sent could not be delivered to one or more of its
recipients. This is a permanent error. The following address(es) failed:

  {address(DEFAULT)}
    SMTP error from remote mail server after end of data:
    host mail.klinik-nord.example [192.0.2.7]: 550 5.1.1 User unknown

------ This is a copy of the message, including all the headers. ------
------ The body of the message is 734003 characters long; only the first
------ 106496 or so are included here.

Return-path: <{RECEIVER}>
From: {RECEIVER}
To: {address(DEFAULT)}
Message-ID: <{ORIGINAL}>
"""


def bounces_by_hand(kit):
    """As servers that Debian does not have write them."""
    text = b"Content-Type: text/plain; charset=us-ascii\r\n\r\n"
    name = "bounce-qmail"
    content = mail("MAILER-DAEMON@klinik-nord.example", name, b"\r\n" + crlf(QMAIL.encode()), subject="failure notice")
    kit.add(name, "9", b"Return-Path: <>\r\n" + content, "by hand, after qmail-send (QSBMF)", "plain text",
            report("bounced"))
    name = "bounce-exim-text"
    content = mail("Mail Delivery System <Mailer-Daemon@klinik-nord.example>", name, text + crlf(EXIM.encode()),
                   [("X-Failed-Recipients", address(DEFAULT)), ("Auto-Submitted", "auto-replied")],
                   subject="Mail delivery failed: returning message to sender")
    kit.add(name, "9", content, "by hand, after Exim before 4.86", "plain text", report("bounced"))
    name = "dsn-exchange"
    status = (f"Reporting-MTA: dns;EX01.klinik-nord.example\r\nReceived-From-MTA: dns;mx.klinik-nord.example\r\n"
              f"Arrival-Date: {DATE}\r\n\r\nOriginal-Recipient: rfc822;{address(DEFAULT)}\r\n"
              f"Final-Recipient: rfc822;{address(DEFAULT)}\r\nAction: failed\r\nStatus: 5.3.4\r\n"
              "Diagnostic-Code: smtp;550 5.3.4 ROUTING.SizeLimit; message size exceeds fixed maximum size\r\n"
              "Remote-MTA: dns;EX02.klinik-nord.example\r\nX-Display-Name: Teleradiologie\r\n").encode()
    entity = multipart([part(crlf(EXCHANGE.encode()), 'text/plain; charset="iso-8859-1"', "", "") .replace(
        b"\r\n\r\n", b"\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n", 1),
        b"Content-Type: message/delivery-status\r\n\r\n" + status,
        b"Content-Type: message/rfc822\r\n\r\n" + original_mail(address(DEFAULT))],
        "report; report-type=delivery-status; differences=Content-Transfer-Encoding")
    kit.add(name, "9", mail("MicrosoftExchange329e71ec88ae4615bbc36ab6ce41109e@klinik-nord.example", name, entity,
                            [("X-MS-Exchange-Message-Is-Ndr", ""), ("In-Reply-To", f"<{ORIGINAL}>")],
                            subject="Unzustellbar: DICOM-eMail"),
            "by hand, after Exchange 2016", "its words are kept", report("bounced", words="SizeLimit"))
    name = "dsn-relayed"
    status = f"Reporting-MTA: dns;mx.example\r\n\r\nFinal-Recipient: rfc822;{address(DEFAULT)}\r\n" \
             "Action: relayed\r\nStatus: 2.0.0\r\n"
    entity = multipart([text + b"relayed\r\n", b"Content-Type: message/delivery-status\r\n\r\n" + status.encode(),
                        returned(with_set=False)], "report; report-type=delivery-status")
    kit.add(name, "9", mail("MAILER-DAEMON@klinik-nord.example", name, entity), "MIME by hand",
            "relayed says nothing of the images", report("nothing"))


def nothing_original(kit):
    name = "mdn-unmatched"
    content = mdn(name, OK).replace(ORIGINAL.encode(), b"4711@elsewhere.example").replace(ORIGINAL_SET.encode(),
                                                                                          b"4711.1")
    kit.add(name, "9", content, "MIME by hand", "for a mail that we never sent", quarantined("unmatched-report"))
    name = "bounce-unmatched"
    content = mail("MAILER-DAEMON@klinik-nord.example", name, b"\r\n" + crlf(QMAIL.encode()))
    content = content.replace(ORIGINAL.encode(), b"4711@elsewhere.example").replace(ORIGINAL_SET.encode(), b"4711.1")
    kit.add(name, "9", content, "by hand, after qmail-send (QSBMF)", "for a mail that we never sent",
            quarantined("unmatched-report"))
    name = "out-of-office"
    content = mail(address(DEFAULT), name, b"\r\nIch bin bis Montag nicht im Haus.\r\n",
                   [("Auto-Submitted", "auto-replied")], subject="Abwesenheit: DICOM-eMail")
    kit.add(name, "9", content, "by hand", "an automatic answer that is no receipt",
            quarantined("automatic-answer"))
