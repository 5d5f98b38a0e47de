"""Receipts as a partner's other software writes and reads them: Python's email, no code of ours."""

import email
import email.policy
import email.utils
from email.mime.base import MIMEBase
from email.mime.multipart import MIMEMultipart
from email.mime.nonmultipart import MIMENonMultipart
from email.mime.text import MIMEText

PREFIX = "automatic-action/MDN-sent-automatically; "


def mdn_entity(recipient, original_id, disposition="displayed"):
    """The multipart/report of RFC 8098, from its Content-Type on. `original_id` with angle brackets."""
    report = MIMEMultipart("report", **{"report-type": "disposition-notification"})
    del report["MIME-Version"]
    report.attach(MIMEText("Die Nachricht wurde bearbeitet.", "plain", "us-ascii"))
    notification = MIMENonMultipart("message", "disposition-notification")
    notification.set_payload(f"Reporting-UA: python; email\nFinal-Recipient: rfc822; {recipient}\n"
                             f"Original-Message-ID: {original_id}\nDisposition: {PREFIX}{disposition}\n")
    report.attach(notification)
    for part in report.get_payload():
        del part["MIME-Version"]
    return report


def mdn(sender, recipient, original_id, disposition="displayed", fields=()):
    """A plain receipt, as bytes with CRLF."""
    report = mdn_entity(sender, original_id, disposition)
    report["MIME-Version"] = "1.0"
    report["From"], report["To"], report["Subject"] = sender, recipient, "Empfangsbestaetigung"
    report["Date"], report["Message-ID"] = email.utils.formatdate(), email.utils.make_msgid(domain="partner.example")
    for name, value in fields:
        report[name] = value
    return report.as_bytes(policy=email.policy.SMTP)


def pgp_report(content_id, disposition="displayed"):
    """The entity of a receipt inside the encryption. `content_id` with angle brackets."""
    entity = MIMEText("Die Nachricht wurde bearbeitet.", "plain", "us-ascii")
    del entity["MIME-Version"]
    entity["X-TELEMEDICINE-REPORT"] = PREFIX + disposition
    entity["X-TELEMEDICINE-ORIGINAL-CONTENT-ID"] = str(content_id)  # of a parsed header: it would keep its name
    return entity.as_bytes(policy=email.policy.SMTP)


def signed(entity, gpg, signer):
    """multipart/signed (RFC 3156 section 5) around `entity`, from its Content-Type on."""
    mail = MIMEMultipart("signed", micalg="pgp-sha256", protocol="application/pgp-signature")
    del mail["MIME-Version"]
    text = entity.as_bytes(policy=email.policy.SMTP)
    signature = MIMEBase("application", "pgp-signature")
    del signature["MIME-Version"]
    signature.set_payload(gpg.detached(text, signer).decode())
    mail.attach(entity)
    mail.attach(signature)
    return mail


def notification_of(report):
    """The fields of a multipart/report's notification, as a message, asserted to be as RFC 8098 section 3 says."""
    assert report.get_content_type() == "multipart/report", report.get_content_type()
    assert report.get_param("report-type") == "disposition-notification"
    parts = list(report.iter_parts())
    assert [part.get_content_type() for part in parts[:2]] == ["text/plain", "message/disposition-notification"]
    assert len(parts) <= 3
    # Python reads any message/* as a message whose header is the fields.
    payload = parts[1].get_payload()
    return payload[0] if isinstance(payload, list) else email.message_from_string(payload)
