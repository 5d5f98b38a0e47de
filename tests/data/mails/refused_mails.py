"""Points 10 and 11: what must wait for a person, with its reason."""

import subprocess

from encrypted_mails import DEFAULT, GPG, encrypted, signed_entity, simple
from make_keys import address
from pieces import (DATE, RECEIVER, arrives, crlf, dicom, encrypted_body, in_directory, mail, multipart, part,
                    quarantined,
                    set_fields, swaks)

SENDER = address(DEFAULT)


def make(kit):
    senders(kit)
    damage(kit)
    not_encrypted(kit)
    contents(kit)
    bounds(kit)


def senders(kit):
    point = "10"
    name = "unknown-sender"
    inner, _ = simple(name)
    kit.add(name, point, encrypted(kit, name, inner, "stranger"), GPG, "signed and encrypted by somebody unknown",
            quarantined("stranger"))
    name = "signed-by-a-stranger"
    inner, _ = simple(name)
    kit.add(name, point, encrypted(kit, name, inner, signer="stranger"), GPG, "a partner's address, a stranger's key",
            quarantined("unknown-signer"))
    name = "signed-by-another-partner"
    inner, _ = simple(name)
    kit.add(name, "5", encrypted(kit, name, inner, signer="rsa2048"), GPG, "a partner's address, another partner's key",
            quarantined("wrong-signer"))
    name = "encrypted-to-another"
    inner, _ = simple(name)
    kit.add(name, point, encrypted(kit, name, inner, to=("stranger",)), GPG, "not for us",
            quarantined("not-decryptable"))
    name = "encrypted-by-password"
    inner, _ = simple(name)
    sealed = kit.gpg.run("--armor", "--symmetric", "--passphrase", "geheim", data=inner).stdout
    kit.add(name, point, mail(SENDER, name, encrypted_body(crlf(sealed))), GPG, "under a password instead of our key",
            quarantined("not-decryptable"))
    name = "signed-not-encrypted"
    inner, _ = simple(name)
    sealed = kit.gpg.run("--armor", "--local-user", SENDER, "--sign", data=inner).stdout
    kit.add(name, point, mail(SENDER, name, encrypted_body(crlf(sealed))), GPG,
            "signed only, within multipart/encrypted",
            quarantined("not-encrypted"))
    for name, header in (("no-from", b""), ("two-froms", f"From: {SENDER}, {address('rsa2048')}\r\n".encode())):
        inner, _ = simple(name)
        content = encrypted(kit, name, inner).replace(f"From: {SENDER}\r\n".encode(), header)
        kit.add(name, point, content, GPG, "no From" if not header else "two addresses in From",
                quarantined("stranger"))


def damage(kit):
    point = "10"

    def variant(name, shows, change, *reasons):
        inner, _ = simple(name)
        content = encrypted(kit, name, inner, options=("--compress-algo", "none"))
        kit.add(name, point, change(content), GPG, shows, quarantined(*reasons))

    def flip(content):
        at = content.index(b"BEGIN PGP") + 700
        changed = bytes(ord("A") if byte != ord("A") else ord("B") for byte in content[at:at + 8])
        return content[:at] + changed + content[at + 8:]

    variant("damaged-armor", "eight characters of the armor changed", flip, "openpgp-damaged", "not-decryptable",
            "bad-signature", "no-integrity-protection")
    variant("cut-mail", "the second half is missing", lambda content: content[:len(content) // 2] + b"\r\n",
            "openpgp-damaged", "mail-damaged", "not-decryptable")
    variant("cut-before-armor", "the armor is missing",
            lambda content: content[:content.index(b"-----BEGIN")] + b"\r\n",
            "mail-damaged", "openpgp-damaged", "no-dicom-mail")
    variant("armor-that-is-none", "multipart/encrypted around a text",
            lambda content: content[:content.index(b"-----BEGIN")] + b"see attachment\r\n--=_golden_outer--\r\n",
            "openpgp-damaged", "mail-damaged")
    name = "bad-signature"
    inner, _ = simple(name)
    signed = signed_entity(kit, inner, DEFAULT).replace(b"IM0001.dcm", b"IM0002.dcm")
    kit.add(name, point, encrypted(kit, name, signed, signer=None), GPG, "changed after it was signed (6.1)",
            quarantined("bad-signature"))


def not_encrypted(kit):
    point = "10"
    name = "dicom-in-the-clear"

    def by_swaks(directory):
        (directory / "IM0001.dcm").write_bytes(dicom(name))
        return swaks(SENDER, name, "--attach-type", "application/dicom", "--attach", f"@{directory / 'IM0001.dcm'}")
    kit.add(name, point, in_directory(by_swaks), "swaks", "DICOM e-mail without encryption",
            quarantined("no-dicom-mail"))
    name = "letter"
    kit.add(name, point, swaks(SENDER, name, "--body", "Bitte um Rueckruf."), "swaks", "a letter", quarantined(
        "no-dicom-mail"))
    name = "pgp-signed-in-the-clear"
    inner, _ = simple(name)
    kit.add(name, point, mail(SENDER, name, signed_entity(kit, inner, DEFAULT)), GPG,
            "multipart/signed without encryption", quarantined("no-dicom-mail", "not-encrypted"))
    smime(kit)


def smime(kit):
    def by_openssl(directory):
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "3650", "-subj",
                        "/CN=golden",
                        "-keyout", directory / "key.pem", "-out", directory / "certificate.pem"], check=True,
                       capture_output=True)
        (directory / "entity").write_bytes(multipart([part(dicom("smime"))]))
        made = {}
        for name, command in (("smime-encrypted", ["-encrypt", "-aes256", directory / "certificate.pem"]),
                              ("smime-signed", ["-sign", "-signer", directory / "certificate.pem", "-inkey",
                                                directory / "key.pem"])):
            done = subprocess.run(["openssl", "cms", *command[:1], "-in", directory / "entity", "-from", SENDER, "-to",
                                   RECEIVER, "-subject", "DICOM-eMail", *command[1:]], check=True, capture_output=True)
            made[name] = crlf(f"Message-ID: <{name}@golden.example>\nDate: {DATE}\n".encode() + done.stdout)
        return made
    for name, content in in_directory(by_openssl).items():
        kit.add(name, "10", content, "openssl cms", f"S/MIME, {name[6:]}: not supported yet",
                quarantined("no-dicom-mail"))


def contents(kit):
    point = "10"
    name = "not-dicom"
    kit.add(name, point, encrypted(kit, name, multipart([part(b"This calls itself DICOM. " * 20)])), GPG,
            "application/dicom that is none", quarantined("not-dicom"))
    name = "good-beside-bad"
    file = dicom(name)
    kit.add(name, point, encrypted(kit, name, multipart([part(b"No DICOM. " * 40), part(file)])), GPG,
            "a good file beside one that is none", quarantined("not-dicom", instances=[file]))
    name = "cut-dicom"
    file = dicom(name)
    cut = file[:file.index(b"\x20\x00\x0d\x00UI") + 20]
    kit.add(name, point, encrypted(kit, name, multipart([part(cut)])), GPG,
            "a file that ends in its Study Instance UID",
            quarantined("dicom-damaged"))
    name = "cut-pixel-data"
    cut = dicom(name)[:-40]
    kit.add(name, point, encrypted(kit, name, multipart([part(cut)])), GPG,
            "a file that ends in its pixels", quarantined("dicom-damaged"))
    name = "nothing-inside"
    kit.add(name, point, encrypted(kit, name, multipart([], fields=set_fields("20240305.nothing"))), GPG,
            "a multipart without parts", quarantined("no-dicom-part", "mail-damaged"))
    name = "empty-inside"
    kit.add(name, point, encrypted(kit, name, b""), GPG, "signed and encrypted: nothing at all",
            quarantined("mail-damaged", "no-dicom-part"))


def bounds(kit):
    name = "too-deep"
    inner = part(dicom(name))
    for level in range(40):
        inner = multipart([inner], boundary=f"=_{level}")
    kit.add(name, "11", encrypted(kit, name, inner), GPG, "multiparts to depth 40", quarantined("mime-too-deep"))
    name = "deep-enough"
    file = dicom(name)
    inner = part(file)
    for level in range(20):
        inner = multipart([inner], boundary=f"=_{level}.")
    kit.add(name, "11", encrypted(kit, name, inner), GPG, "multiparts to depth 20", arrives(file))
    name = "too-many-parts"
    inner = multipart([b"\r\n"] * 10_100)
    kit.add(name, "11", encrypted(kit, name, inner, options=("--compress-algo", "bzip2")), GPG, "10 100 parts",
            quarantined("too-many-parts"))
