"""As seen in the wild, and point 3: how a mail is signed, encrypted and wrapped."""

import email.policy
from email.mime.application import MIMEApplication
from email.mime.multipart import MIMEMultipart

from gnupg import Gnupg
from make_keys import KEYS, address
from pieces import (DATE, RECEIVER, arrives, crlf, dicom, encrypted_body, in_directory, mail, mpack, multipart, part,
                    quarantined, remove_integrity, set_fields, submitted, swaks)

GPG = "gpg 2.2"
DEFAULT = "curve25519"


def simple(name, **options):
    """An ordinary inner entity with one file, and the file."""
    file = dicom(name)
    return multipart([part(file)], fields=set_fields(f"20240305.{name}"), **options), file


def encrypted(kit, name, inner, sender=DEFAULT, fields=(), body=None, **sealing):
    sealed = kit.seal(inner, **{"signer": sender, **sealing})
    return mail(address(sender), name, (body or encrypted_body)(crlf(sealed)), fields)


def make(kit):
    wild(kit)
    signing(kit)
    wrapping(kit)
    packets(kit)
    keys(kit)
    old_algorithms(kit)


def wild(kit):
    name = "wild"
    file = dicom(name)
    fields = set_fields("20130612.9125.4711", 3, 120)
    plain = part(file, cte="", name="IM0001", disposition=False, fields=[("Content-Disposition",
                                                                          "attachment; filename=IM0001")])
    asked = [*fields, ("Disposition-Notification-To", address(DEFAULT))]
    kit.add(name, "one mail as seen in the wild", encrypted(kit, name, multipart([plain], fields=fields), fields=asked),
            f"{GPG}, MIME by hand", "raw binary Part 10 file without transfer encoding, SET* twice, receipt asked for",
            arrives(file, set="20130612.9125.4711, part 3 of 120", receipt={"kind": "mdn", "disposition": "displayed"}))

    name = "python-email"
    file = dicom(name)
    inner = MIMEMultipart("mixed")
    for key, value in set_fields("20240305.python", 1, 1):
        inner[key] = str(value)
    inner.attach(MIMEApplication(file, "dicom", name="IM0001.dcm"))
    outer = MIMEMultipart("encrypted", protocol="application/pgp-encrypted")
    outer["From"], outer["To"], outer["Subject"] = f"Klinik Nord <{address(DEFAULT)}>", RECEIVER, "DICOM-eMail"
    outer["Date"], outer["Message-ID"] = DATE, f"<{name}@golden.example>"
    for data, kind in ((b"Version: 1\n", "pgp-encrypted"),
                       (kit.seal(inner.as_bytes(policy=email.policy.SMTP)), "octet-stream")):
        outer.attach(MIMEApplication(data, kind, _encoder=email.encoders.encode_7or8bit))
    kit.add(name, "one mail as seen in the wild", outer.as_bytes(policy=email.policy.SMTP), f"{GPG}, Python's email",
            "both entities by Python's email", arrives(file))


def signed_entity(kit, inner, signer, extra=""):
    inner = crlf(inner)
    signature = crlf(kit.detached(inner, signer))
    kind = f'signed; protocol="application/pgp-signature"; micalg=pgp-sha256{extra}'
    return multipart([inner, b"Content-Type: application/pgp-signature\r\n\r\n" + signature], kind, boundary="=_signed")


def signing(kit):
    point = "3"
    name = "combined"
    inner, file = simple(name)
    kit.add(name, point, encrypted(kit, name, inner), GPG, "signed and encrypted in one pass (RFC 3156 section 6.2)",
            arrives(file))

    name = "encapsulated"
    inner, file = text_only(name)
    kit.add(name, point, encrypted(kit, name, signed_entity(kit, inner, DEFAULT), signer=None), GPG,
            "multipart/signed, then encrypted (6.1)", arrives(file))

    name = "encapsulated-set-outside"
    inner, file = text_only(name)
    kit.add(name, point, encrypted(kit, name, signed_entity(kit, inner, DEFAULT), signer=None,
                                   fields=set_fields(f"20240305.{name}", 2, 2)), GPG,
            "6.1, SET* in the signed entity and on the outer header", arrives(file,
                                                                              set=f"20240305.{name}, part 1 of 1"))

    name = "encrypted-only-allowed"
    inner, file = simple(name)
    kit.add(name, point, encrypted(kit, name, inner, "unsigned", signer=None), GPG,
            "no signature, the profile allows it", arrives(file))
    name = "encrypted-only-refused"
    inner, _ = simple(name)
    kit.add(name, point, encrypted(kit, name, inner, signer=None), GPG, "no signature, the profile asks for one",
            quarantined("unsigned"))

    name = "two-signers"
    inner, file = simple(name)
    kit.add(name, point, encrypted(kit, name, inner, options=("--local-user", address("stranger"))), GPG,
            "signed by the partner and by a stranger", arrives(file))

    name = "receipts-encrypted-mdn"
    inner, file = simple(name)
    kit.add(name, "9", encrypted(kit, name, inner, "receipts-encrypted", fields=[
        ("Disposition-Notification-To", address("receipts-encrypted"))]), GPG,
        "the profile asks for encrypted receipts",
        arrives(file, receipt={"kind": "mdn", "disposition": "displayed", "protection": "encrypt"}))
    name = "receipts-signed-mdn"
    inner, file = simple(name)
    kit.add(name, "9", encrypted(kit, name, inner, "receipts-signed", fields=[
        ("disposition-notification-to", f"<{address('receipts-signed')}>")]), GPG,
        "the profile asks for signed receipts",
        arrives(file, receipt={"kind": "mdn", "disposition": "displayed", "protection": "sign"}))


def text_only(name):
    """7bit throughout, as what is signed by itself must be."""
    return simple(name, boundary="=_inner")


def wrapping(kit):
    point = "3"

    def variant(name, shows, body, maker=GPG, sealing=None):
        inner, file = simple(name)
        kit.add(name, point, encrypted(kit, name, inner, body=body, **(sealing or {})), maker, shows, arrives(file))

    def text_plain(sealed):
        return b"Content-Type: text/plain; charset=us-ascii\r\n\r\n" + sealed

    variant("inline-text-plain", "armor as the text of a mail", text_plain)
    variant("inline-after-text", "armor below a greeting",
            lambda sealed: text_plain(b"Guten Tag,\r\nanbei die Bilder.\r\n\r\n" + sealed + b"\r\nGruss\r\n"))
    variant("inline-without-mime", "armor in a mail without Content-Type", lambda sealed: b"\r\n" + sealed)
    variant("inline-octet-stream", "armor as application/octet-stream, the whole mail",
            lambda sealed: part(sealed, "application/octet-stream", "7bit", "dicom.pgp"))
    variant("inline-octet-stream-in-mixed", "armor as an attachment beside a text",
            lambda sealed: multipart([b"Content-Type: text/plain\r\n\r\nanbei die Bilder",
                                      part(sealed, "application/octet-stream", "base64", "dicom.pgp")]))
    variant("missing-version", "multipart/encrypted without Version: 1",
            lambda sealed: encrypted_body(sealed, version=b""))
    variant("version-in-small-letters", "\"version:1\"", lambda sealed: encrypted_body(sealed,
                                                                                       version=b"version:1\r\n"))
    variant("missing-control-part", "multipart/encrypted with the armor only",
            lambda sealed: multipart([part(sealed, "application/octet-stream", "7bit", "")],
                                     'encrypted; protocol="application/pgp-encrypted"'))
    variant("armor-in-base64", "armor, and base64 around it", lambda sealed: encrypted_body(sealed, cte="base64"))
    variant("armor-in-quoted-printable", "armor in quoted-printable",
            lambda sealed: encrypted_body(sealed, cte="quoted-printable"))
    variant("armor-after-disclaimer", "multipart/encrypted within a multipart/mixed that a mail server made",
            lambda sealed: multipart([encrypted_body(sealed),
                                      b"Content-Type: text/plain\r\n\r\nThis mail was scanned."],
                                     boundary="=_scanner"))
    variant("armor-headers", "Version and Comment lines in the armor", encrypted_body,
            sealing={"options": ("--emit-version", "--comment", "DBridge 4.7")})
    variant("armor-without-checksum", "no CRC-24, which RFC 9580 makes optional",
            lambda sealed: encrypted_body(b"\r\n".join(line for line in sealed.split(b"\r\n")
                                                       if not (line.startswith(b"=") and len(line) == 5))))
    variant("armor-with-spaces", "white space in the blank line after the armor's header (RFC 4880 section 6.2)",
            lambda sealed: encrypted_body(sealed.replace(b"\r\n\r\n", b"\r\n \t\r\n", 1)))
    name = "binary-openpgp"
    inner, file = simple(name)
    sealed = kit.seal(inner, armor=False)
    kit.add(name, point, mail(address(DEFAULT), name, encrypted_body(sealed, cte="base64")), GPG,
            "binary packets, no armor", arrives(file))
    name = "binary-openpgp-attachment"
    inner, file = simple(name)
    attachment = part(kit.seal(inner, armor=False), "application/octet-stream", "base64", "dicom.pgp")
    kit.add(name, point, mail(address(DEFAULT), name, attachment), GPG,
            "binary packets as application/octet-stream, the whole mail", arrives(file))
    by_tools(kit)


def by_tools(kit):
    name = "mpack-attachment"
    inner, file = simple(name)
    raw = mpack("dicom.pgp", kit.seal(inner), "application/octet-stream")[0]
    kit.add(name, "3", submitted(raw, address(DEFAULT), name), f"{GPG}, mpack 1.6",
            "armor as an attachment of a mail that mpack writes", arrives(file))

    name = "swaks-body"
    inner, file = simple(name)
    sealed = kit.seal(inner)

    def work(directory):
        file_name = directory / "body"
        file_name.write_bytes(sealed)
        return swaks(address(DEFAULT), name, "--body", f"@{file_name}")
    kit.add(name, "3", in_directory(work), f"{GPG}, swaks", "armor as the text of a mail that swaks writes",
            arrives(file))


def packets(kit):
    for algorithm in ("zip", "zlib", "bzip2"):
        name = f"compressed-{algorithm}"
        inner, file = simple(name)
        kit.add(name, "3", encrypted(kit, name, inner, options=("--compress-algo", algorithm)), GPG,
                f"{algorithm.upper()} packets", arrives(file))
    name = "uncompressed"
    inner, file = simple(name)
    kit.add(name, "3", encrypted(kit, name, inner, "no-compression", options=("--compress-algo", "none")), GPG,
            "no compressed packet, from a partner that may not send any", arrives(file))
    name = "compressed-refused"
    inner, _ = simple(name)
    kit.add(name, "3", encrypted(kit, name, inner, "no-compression", options=("--compress-algo", "zip")), GPG,
            "compressed, and the profile does not allow it", quarantined("compressed"))
    name = "hidden-recipient"
    inner, file = simple(name)
    kit.add(name, "3", encrypted(kit, name, inner, options=("--throw-keyids",)), GPG, "key id 0", arrives(file))
    name = "several-recipients"
    inner, file = simple(name)
    kit.add(name, "3", encrypted(kit, name, inner, to=("stranger", "receiver", DEFAULT)), GPG,
            "encrypted to others too", arrives(file))
    for cipher in ("3DES", "CAST5", "AES", "TWOFISH", "CAMELLIA256"):
        name = f"cipher-{cipher.lower()}"
        inner, file = simple(name)
        kit.add(name, "3", encrypted(kit, name, inner, options=("--cipher-algo", cipher)), GPG, f"{cipher}",
                arrives(file))


def keys(kit):
    for sender in ("rsa2048", "rsa4096", "dsa-elgamal", "rsa1024"):
        name = f"signed-by-{sender}"
        inner, file = simple(name)
        kit.add(name, "3", encrypted(kit, name, inner, sender), GPG, f"signed by a key of {sender.upper()}",
                arrives(file))
    for receiver in ("receiver-rsa", "receiver-elgamal"):
        name = f"encrypted-to-{receiver[9:]}"
        inner, file = simple(name)
        kit.add(name, "3", encrypted(kit, name, inner, to=(receiver,)), GPG,
                f"encrypted to a key of ours of {receiver[9:].upper()}", arrives(file, receiver=receiver))
    for signer in ("expired", "revoked"):
        name = f"signed-by-{signer}"
        inner, _ = simple(name)
        kit.add(name, "3", mail(address("rolled"), name, encrypted_body(crlf(signed_long_ago(kit, inner, signer)))),
                GPG,
                f"signed by an old key of the partner, now {signer}, that its key file may not hold",
                quarantined("unknown-signer"))


def signed_long_ago(kit, inner, signer):
    """In a home that has not heard of the revocation, at a time before the end: else gpg refuses."""
    with Gnupg() as past:
        past.run("--import", data=without_revocation(kit.gpg.run("--export-secret-keys", address(signer)).stdout))
        signed = past.run("--faked-system-time", "20190305T091500!", "--compress-algo", "none", "--local-user",
                          address(signer), "--sign", data=inner).stdout
        past.import_keys(KEYS / "receiver.public.asc")
        return past.run("--faked-system-time", "20240305T091500!", "--armor", "--no-literal", "--compress-algo", "none",
                        "--recipient", address("receiver"), "--encrypt", data=signed).stdout


def without_revocation(binary):
    """A transferable secret key without its signatures of type 0x20 (RFC 4880 section 5.2.1)."""
    kept, at = b"", 0
    while at < len(binary):
        size, start = packet_length(binary, at)
        if not ((binary[at] & 0x3C) >> 2 == 2 and binary[start + 1] == 0x20):
            kept += binary[at:start + size]
        at = start + size
    return kept


def packet_length(binary, at):
    """Of an old-format packet (RFC 4880 section 4.2.1): (length of its body, where that starts)."""
    octets = 1 << (binary[at] & 3)
    return int.from_bytes(binary[at + 1:at + 1 + octets], "big"), at + 1 + octets


def old_algorithms(kit):
    point = "issue 3: old keys and algorithms"
    name = "sha1-signature-refused"
    inner, _ = simple(name)
    kit.add(name, point, encrypted(kit, name, inner, "rsa2048", options=("--digest-algo", "SHA1")), GPG,
            "signed with SHA-1 in 2024", quarantined("weak-signature"))
    name = "sha1-signature-allowed"
    inner, file = simple(name)
    kit.add(name, point, encrypted(kit, name, inner, "sha1", options=("--digest-algo", "SHA1")), GPG,
            "the same, by a partner whose profile allows it", arrives(file))
    name = "sha1-key-allowed"
    inner, file = simple(name)
    kit.add(name, point, encrypted(kit, name, inner, "sha1", options=("--digest-algo", "SHA256")), GPG,
            "signed with SHA-256 by a key whose self-signatures are SHA-1, of 2024", arrives(file))
    for name, sender, expected in (("no-mdc-refused", DEFAULT, quarantined("no-integrity-protection")),
                                   ("no-mdc-allowed", "no-mdc", None)):
        inner, file = simple(name)
        sealed = kit.seal(inner, sender, options=("--cipher-algo", "AES256", "--compress-algo", "none"))
        kit.add(name, point, mail(address(sender), name, encrypted_body(crlf(
            remove_integrity(kit.gpg, sealed, "receiver")))), f"{GPG}, openssl",
            "signed, encrypted without MDC", expected or arrives(file))
