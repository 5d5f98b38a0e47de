"""DICOM e-mails as a partner's other software writes and reads them: Python's email, no code of ours."""

import email
import email.encoders
import email.policy
import email.utils
import pathlib
from email.mime.application import MIMEApplication
from email.mime.multipart import MIMEMultipart
from email.mime.nonmultipart import MIMENonMultipart


def inner_entity(files, set_id="20240131.101500.4711", part=1, total=1, documents=()):
    """The entity that is signed and encrypted: multipart/mixed of application/dicom, base64; then document parts."""
    inner = MIMEMultipart("mixed")
    del inner["MIME-Version"]
    inner["X-TELEMEDICINE-SETID"], inner["X-TELEMEDICINE-SETPART"] = set_id, str(part)
    inner["X-TELEMEDICINE-SETTOTAL"] = str(total)
    for number, file in enumerate(files, 1):
        content = file if isinstance(file, bytes) else pathlib.Path(file).read_bytes()
        dicom = MIMEApplication(content, "dicom", name=f"IM{number:04}.dcm")
        dicom.add_header("Content-Disposition", "attachment", filename=f"IM{number:04}.dcm")
        inner.attach(dicom)
    for document in documents:
        inner.attach(document)
    return inner.as_bytes(policy=email.policy.SMTP)


def document_part(content, content_type, name=None, study_id=None):
    """A non-DICOM part; no name where None."""
    main, _, sub = content_type.partition("/")
    part = MIMENonMultipart(main, sub, **({"name": name} if name else {}))
    part.set_payload(content)
    email.encoders.encode_base64(part)
    del part["MIME-Version"]
    if name:
        part.add_header("Content-Disposition", "attachment", filename=name)
    if study_id:
        part["X-TELEMEDICINE-STUDYID"] = study_id
    return part


def encrypted_mail(sender, recipient, sealed, set_id="20240131.101500.4711", part=1, total=1, fields=()):
    """The multipart/encrypted mail around the armor, as bytes with CRLF."""
    outer = MIMEMultipart("encrypted", protocol="application/pgp-encrypted")
    outer["From"], outer["To"], outer["Subject"] = sender, recipient, "DICOM-eMail"
    outer["Date"], outer["Message-ID"] = email.utils.formatdate(), email.utils.make_msgid(domain="partner.example")
    outer["X-TELEMEDICINE-SETID"], outer["X-TELEMEDICINE-SETPART"] = set_id, str(part)
    outer["X-TELEMEDICINE-SETTOTAL"] = str(total)
    for name, value in fields:
        outer[name] = value
    version = MIMEApplication(b"Version: 1\r\n", "pgp-encrypted", _encoder=email.encoders.encode_7or8bit)
    body = MIMEApplication(sealed, "octet-stream", _encoder=email.encoders.encode_7or8bit, name="message.asc")
    outer.attach(version)
    outer.attach(body)
    return outer.as_bytes(policy=email.policy.SMTP)


def plain_mail(sender, recipient, text="Guten Tag, hier die Bilder.", subject="Rueckfrage"):
    mail = email.message.EmailMessage(policy=email.policy.SMTP)
    mail["From"], mail["To"], mail["Subject"] = sender, recipient, subject
    mail["Date"], mail["Message-ID"] = email.utils.formatdate(), email.utils.make_msgid(domain="partner.example")
    mail.set_content(text)
    return mail.as_bytes()


def split_mail(mail, pieces, sender, recipient, partial_id="4711@partner.example"):
    """message/partial fragments (RFC 2046 section 5.2.2), cut at line ends, in order."""
    lines = mail.split(b"\r\n")
    step = -(-len(lines) // pieces)
    chunks = [lines[at:at + step] for at in range(0, len(lines), step)]
    fragments = []
    for number, chunk in enumerate(chunks, 1):
        header = (f"From: {sender}\r\nTo: {recipient}\r\nSubject: DICOM-eMail ({number}/{len(chunks)})\r\n"
                  f"Date: {email.utils.formatdate()}\r\nMessage-ID: {email.utils.make_msgid(domain='partner.example')}"
                  f"\r\nMIME-Version: 1.0\r\nContent-Type: message/partial; id=\"{partial_id}\"; number={number}; "
                  f"total={len(chunks)}\r\n\r\n")
        end = b"" if number == len(chunks) else b"\r\n"
        fragments.append(header.encode() + b"\r\n".join(chunk) + end)
    return fragments


def parse(mail):
    return email.message_from_bytes(mail, policy=email.policy.default)


def armor_of(mail):
    """The OpenPGP part of a multipart/encrypted mail."""
    parts = list(mail.iter_parts())
    assert mail.get_content_type() == "multipart/encrypted" and len(parts) == 2, mail.get_content_type()
    return parts[1].get_payload(decode=True)


def dicom_parts(opened):
    """The DICOM files in a decrypted entity, multipart/signed undone."""
    entity = email.message_from_bytes(opened, policy=email.policy.default)
    return [part.get_payload(decode=True) for part in entity.walk() if part.get_content_type() == "application/dicom"]


def signed_parts(opened):
    """(the signed bytes, the armored signature) of a multipart/signed entity (RFC 3156 section 5)."""
    entity = parse(opened)
    boundary = b"\r\n--" + entity.get_boundary().encode()
    body = b"\r\n" + opened.split(b"\r\n\r\n", 1)[1]
    signed, signature = body.split(boundary)[1:3]
    return signed[2:], signature.split(b"\r\n\r\n", 1)[1]
