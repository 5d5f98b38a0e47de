"""Mails as an attacker writes them. Each is bytes with CRLF, ready for a mailbox; `seal` encrypts what it is given, as
raw OpenPGP packets where `raw` is true, and signs where `signed` is."""

import hostile_openpgp as openpgp
import mails

MIXED = b"multipart/mixed; boundary="


def plain(sender, recipient, fields=b"", body=b"x\r\n", content_type=b"text/plain"):
    return (b"From: %s\r\nTo: %s\r\nSubject: DICOM-eMail\r\nMIME-Version: 1.0\r\n%sContent-Type: %s\r\n\r\n%s"
            % (sender.encode(), recipient.encode(), fields, content_type, body))


def deep(levels):
    """Multiparts in multiparts: the entity's own header first."""
    start = b"".join(b"Content-Type: %sb%d\r\n\r\n--b%d\r\n" % (MIXED, n, n) for n in range(levels))
    end = b"".join(b"\r\n--b%d--\r\n" % n for n in reversed(range(levels)))
    return start + b"Content-Type: text/plain\r\n\r\nx" + end


def deep_messages(levels):
    return b"Content-Type: message/rfc822\r\n\r\n" * levels + b"Content-Type: text/plain\r\n\r\nx\r\n"


def parts(count):
    return b"Content-Type: %sb\r\n\r\n" % MIXED + b"--b\r\n\r\n\r\n" * count + b"--b--\r\n"


def partial(number, total, identifier=b"4711@x", body=b"x\r\n"):
    return b'message/partial; id="%s"; number=%s; total=%s' % (identifier, number, total), body


def outer_mails(sender, recipient):
    """Name -> (mail, codes of which one is its fate). They are not encrypted; anybody can write them."""
    def mail(fields=b"", body=b"x\r\n", content_type=b"text/plain"):
        return plain(sender, recipient, fields, body, content_type)

    def entity(text):
        content_type, body = text.split(b"\r\n\r\n", 1)
        return mail(content_type=content_type.removeprefix(b"Content-Type: "), body=body)

    none, damaged = {"no-dicom-mail"}, {"mail-damaged"}
    made = {
        "deep": (entity(deep(10_000)), {"mime-too-deep"}),
        "deep-messages": (entity(deep_messages(10_000)), {"mime-too-deep", "no-dicom-mail"}),
        "ten-million-headers": (mail(b"X: y\r\n" * 10_000_000), damaged),
        "long-line": (mail(b"X: " + b"y" * 100_000_000 + b"\r\n"), damaged),
        "many-parts": (entity(parts(100_000)), {"too-many-parts"}),
        "long-boundary": (mail(content_type=MIXED + b"y" * 200_000, body=b"--" + b"y" * 5_000_000), none | damaged),
        "boundaries-without-end": (mail(content_type=MIXED + b"b", body=b"--b\r\n" * 19_000 + b"--b" * 500_000),
                                   none | {"too-many-parts"}),
        "many-senders": (mail(b"From: " + b"a@x.example, " * 10_000 + sender.encode() + b"\r\n"), none | {"stranger"}),
        "long-id": (mail(b"Message-ID: <" + b"y" * 1_000_000 + b"@x>\r\n"), none),
        "encoded-words": (mail(b"X: " + b"=?utf-8?q?=1b]0;x=07=0aid=1?= " * 30_000 + b"\r\n"), none),
        "controls": (mail(b'Message-ID: <\x1b[2J\x07>\r\nFrom: "a\x0b\x1b[31m" <a\x01b@x.example>\r\nX: a\rb\rc\r\n'
                          b"Content-Type: a\x1b/b\x07\r\n"), none),
        "nul-and-8-bit": (mail(b"X\x00: \xff\xfe\r\nX-TELEMEDICINE-SETID: \xe4\x00\r\n", b"\0" * 1000), none | damaged),
        "comments": (mail(b"Message-ID: " + b"(" * 500_000 + b"\r\nContent-Type: " + b"(" * 400_000 + b"\r\n"), none),
        "no-end-of-header": (b"From: %s\r\nSubject: x" % sender.encode(), none),
        "nothing": (b"\r\n", damaged | none),
        "report-of-reports": (mail(content_type=b"multipart/report; report-type=disposition-notification; boundary=b",
                                   body=b"--b\r\nContent-Type: message/disposition-notification\r\n\r\n"
                                   + b"Original-Message-ID: <x@y>\r\n" * 300_000 + b"\r\n--b--\r\n"), {
                                       "no-dicom-mail", "mail-damaged", "unprotected-receipt", "unmatched-report"}),
    }
    for name, (number, total) in {"zero": (b"0", b"2"), "negative": (b"-1", b"2"), "huge": (b"1", b"2147483648"),
                                  "larger": (b"9" * 5000, b"9" * 5000), "beyond": (b"3", b"2")}.items():
        content_type, body = partial(number, total)
        made[f"partial-{name}"] = (mail(content_type=content_type, body=body), damaged)
    content_type, body = partial(b"1", b"1")
    made["partial-in-partial"] = (mail(content_type=content_type, body=(b"Content-Type: " + content_type + b"\r\n\r\n")
                                       * 10_000 + body), {"mime-too-deep"})
    return made


def sealed_mails(sender, recipient, other, gpg):
    """Name -> (mail, codes). Encrypted to the recipient; who has its public key can make most of them."""
    def mail(sealed, fields=()):
        return mails.encrypted_mail(sender, recipient, sealed, fields=fields)

    def raw(packets, armor=True):
        return gpg.seal(packets, recipient, armor=armor, options=("--no-literal", "-z", "0"))

    def signed(text):
        return gpg.seal(text, recipient, sender, options=("-z", "0"))

    message = gpg.seal(b"Content-Type: text/plain\r\n\r\nx\r\n", recipient, armor=False)
    damaged, unreadable = {"openpgp-damaged"}, {"openpgp-damaged", "not-decryptable"}
    large = {"opened-too-large"}
    return {
        "bomb-of-8-gb": (mail(raw(openpgp.zeros(8))), large),
        "bomb-by-bzip2": (mail(raw(openpgp.compressed(openpgp.BZIP2, openpgp.literal(bytes(300 << 20))))), large),
        "nested-compression": (mail(raw(openpgp.nested(1000))), damaged),
        "many-recipients": (mail(openpgp.armor(openpgp.many_recipients(message, 50_000, b"\1" * 8))),
                            {"unsigned", "openpgp-damaged"}),
        "hidden-recipients": (mail(openpgp.armor(openpgp.many_recipients(message, 5_000, bytes(8)))),
                              {"unsigned", "openpgp-damaged", "open-cpu-time"}),
        "many-passwords": (mail(openpgp.armor(openpgp.many_passwords(message, 20_000))), unreadable),
        "many-signatures": (mail(raw(openpgp.signature(21_000) * 60 + openpgp.literal(b"x"))), damaged | {
            "unknown-signer", "signature-unusable", "bad-signature", "unsigned"}),
        "markers": (mail(openpgp.armor(openpgp.packet(10, b"PGP") * 500_000 + message)), unreadable | {"unsigned"}),
        "lying-length": (mail(openpgp.armor(b"\xc1\xff\xff\xff\xff\xff" + message)), unreadable | {"unsigned"}),
        "endless-partial-lengths": (mail(openpgp.armor(b"\xd2" + b"\xe0\1" * 500_000)), unreadable),
        "armor-headers": (mail(openpgp.armor(message, b"Comment: x\n" * 1_000_000 + b"\n")), unreadable | {
            "unsigned", "mail-damaged", "no-dicom-mail"}),
        "armor-line": (mail(openpgp.armor(message, b"\n" + b" " * 20_000_000)), unreadable | {"unsigned"}),
        "armor-without-end": (mail(openpgp.armor(message)[:-40] + b"\n" * 5_000_000), unreadable | {"unsigned"}),
        "armors": (mail(openpgp.armor(message) * 20_000), unreadable | {"unsigned"}),
        "inside-deep": (mail(signed(deep(10_000))), {"mime-too-deep"}),
        "inside-many-parts": (mail(signed(parts(100_000))), {"too-many-parts"}),
        "inside-many-headers": (mail(signed(b"X: y\r\n" * 1_000_000 + b"\r\nx")), {"mail-damaged"}),
        "inside-signed-in-signed": (mail(signed(_signed_in_signed(1000))), {
            "mime-too-deep", "mail-damaged", "openpgp-damaged"}),
        "to-another": (mail(gpg.seal(bytes(30_000_000), other, options=("-z", "9"))), unreadable),
    }


def _signed_in_signed(levels):
    text = b"Content-Type: text/plain\r\n\r\nx"
    for n in range(levels):
        text = (b'Content-Type: multipart/signed; protocol="application/pgp-signature"; boundary=s%d\r\n\r\n--s%d\r\n'
                b"%s\r\n--s%d\r\nContent-Type: application/pgp-signature\r\n\r\nx\r\n--s%d--\r\n" % (n, n, text, n, n))
    return text
