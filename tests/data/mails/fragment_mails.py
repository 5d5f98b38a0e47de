"""Points 1 and 2: message/partial."""

import base64
import quopri

from encrypted_mails import DEFAULT, GPG, encrypted, simple
from make_keys import address
from pieces import (arrives, crlf, dicom, encrypted_body, fragments, mail, mpack, multipart, part, quarantined,
                    set_fields,
                    split, submitted)

BY_HAND = f"{GPG}, cut by hand"
SENDER = address(DEFAULT)


def whole(kit, name, sender=DEFAULT, fields=(), files=None):
    """A mail to be cut, and the file in it; several lines of armor."""
    file = dicom(name, side=32)
    inner = multipart([part(file)], fields=set_fields(f"20240305.{name}"))
    return encrypted(kit, name, inner, sender, fields), file


def make(kit):
    orders(kit)
    encodings(kit)
    seams(kit)
    headers(kit)
    by_mpack(kit)
    incomplete(kit)


def orders(kit):
    name = "fragments"
    content, file = whole(kit, name)
    kit.add(name, "1", fragments(SENDER, name, content), BY_HAND, "three fragments in order",
            arrives(file, set=f"20240305.{name}, part 1 of 1"))
    name = "fragments-any-order"
    content, file = whole(kit, name)
    pieces = fragments(SENDER, name, content, 5)
    kit.add(name, "1", [pieces[n] for n in (3, 0, 4, 2, 1)], BY_HAND, "the fourth first", arrives(file))
    name = "fragments-duplicated"
    content, file = whole(kit, name)
    pieces = fragments(SENDER, name, content)
    kit.add(name, "1", [pieces[0], pieces[1], pieces[1], pieces[2], pieces[0]], BY_HAND,
            "two of them twice, one after the end", arrives(file))
    name = "fragments-total-on-last"
    content, file = whole(kit, name)
    pieces = fragments(SENDER, name, content, total="last")
    kit.add(name, "1", [pieces[2], pieces[0], pieces[1]], BY_HAND, "total on the last one only, which comes first",
            arrives(file))
    name = "fragments-nested"
    content, file = whole(kit, name)
    outer = fragments(SENDER, name, content, 3)
    second = fragments(SENDER, f"{name}-inner", outer[1], 2)
    kit.add(name, "1", [outer[0], *second, outer[2]], BY_HAND, "the second fragment is itself cut in two",
            arrives(file))
    name = "fragments-one"
    content, file = whole(kit, name)
    kit.add(name, "1", fragments(SENDER, name, content, 1), BY_HAND, "one fragment of one", arrives(file))
    same_id(kit)


def same_id(kit):
    name = "fragments-id-of-two-senders"
    mails, files = [], []
    for sender in (DEFAULT, "rsa2048"):
        file = dicom(f"{name}-{sender}", side=32)
        files.append(file)
        content = encrypted(kit, f"{name}-{sender}", multipart([part(file)]), sender)
        mails.append(fragments(address(sender), f"{name}-{sender}", content, 2, partial_id="4711"))
    kit.add(name, "1", [mails[0][0], mails[1][0], mails[1][1], mails[0][1]], BY_HAND,
            "one id, used by two senders at once", arrives(*files))


def encodings(kit):
    for cte, shows, change in (
            ("8bit", "labelled 8bit, which RFC 2046 forbids", None), ("binary", "labelled binary", None),
            ("base64", "labelled base64, and is not", None),
            ("base64", "encoded in base64, each by itself", lambda chunk, *_: base64.encodebytes(chunk)),
            ("quoted-printable", "encoded in quoted-printable",
             lambda chunk, *_: quopri.encodestring(chunk.replace(b"\r\n", b"\n"))),
            ("quoted-printable", "labelled quoted-printable, and is not", None)):
        name = f"fragments-{cte}" + ("" if change or cte in ("8bit", "binary") else "-wrongly")
        content, file = whole(kit, name)
        transform = change and (lambda chunk, *rest, f=change: crlf(f(chunk, *rest)))
        kit.add(name, "1", fragments(SENDER, name, content, cte=cte, transform=transform), BY_HAND, shows,
                arrives(file))


def seams(kit):
    for name, shows, change in (
            ("fragments-blank-line-at-end", "a blank line more at the end of each fragment",
             lambda chunk, number, last: chunk if last else chunk + b"\r\n"),
            ("fragments-blank-line-at-start", "a blank line more at the start of each",
             lambda chunk, number, last: chunk if number == 1 else b"\r\n" + chunk)):
        content, file = whole(kit, name)
        kit.add(name, "2", fragments(SENDER, name, content, 4, transform=change), BY_HAND, shows, arrives(file))
    name = "fragments-cut-in-header"
    content, file = whole(kit, name)
    at = content.index(b"MIME-Version")
    chunks = [content[:at], *split(content[at:], 2)]
    kit.add(name, "2", pieces_of(name, chunks), BY_HAND, "cut within the header of the enclosed mail", arrives(file))
    name = "fragments-many"
    content, file = whole(kit, name)
    kit.add(name, "1", fragments(SENDER, name, content, 20), BY_HAND, "as many as the mail has lines, nearly",
            arrives(file))


def pieces_of(name, chunks):
    return [mail(SENDER, f"{name}-{n}", f'Content-Type: message/partial; id="{name}"; number={n}; '
                 f"total={len(chunks)}\r\n\r\n".encode() + chunk) for n, chunk in enumerate(chunks, 1)]


def headers(kit):
    name = "fragments-set-on-first"
    file = dicom(name, side=32)
    content = encrypted(kit, name, multipart([part(file)]))
    kit.add(name, "2", fragments(SENDER, name, content, fields=set_fields("20240305.first", 2, 5)), BY_HAND,
            "SET* on the header of fragment 1 only", arrives(file, set="20240305.first, part 2 of 5"))
    name = "fragments-set-enclosed"
    file = dicom(name, side=32)
    content = encrypted(kit, name, multipart([part(file)]), fields=set_fields("20240305.enclosed", 3, 5))
    kit.add(name, "2", fragments(SENDER, name, content, fields=set_fields("20240305.first-too", 2, 5)), BY_HAND,
            "SET* of the enclosed mail count before those of fragment 1",
            arrives(file, set="20240305.enclosed, part 3 of 5"))
    name = "fragments-of-enclosed-without-from"
    inner, file = simple(name)
    body = encrypted_body(crlf(kit.seal(inner)))
    content = b"Subject: DICOM-eMail\r\nMIME-Version: 1.0\r\n" + body
    kit.add(name, "2", fragments(SENDER, name, content), BY_HAND,
            "the enclosed header has no From: fragment 1's counts",
            arrives(file))


def by_mpack(kit):
    name = "fragments-mpack"
    file = dicom(name, side=64)
    sealed = kit.seal(multipart([part(file, cte="")]), options=("--compress-algo", "none"))
    raw = mpack("dicom.pgp", sealed, "application/octet-stream", 4000)
    kit.add(name, "1", [submitted(one, SENDER, name, n) for n, one in enumerate(raw, 1)], f"{GPG}, mpack 1.6",
            f"mpack's own splitter (mpack -m 4000), {len(raw)} mails", arrives(file))


def incomplete(kit):
    name = "fragments-incomplete"
    content, _ = whole(kit, name)
    kit.add(name, "1", fragments(SENDER, name, content)[:2], BY_HAND, "the last one never comes", {"outcome": "waits"})
    name = "fragments-of-a-stranger"
    content, _ = whole(kit, name, "stranger")
    kit.add(name, "10", fragments(address("stranger"), name, content)[0], BY_HAND, "from nobody we know",
            quarantined("stranger"))
    name = "fragments-out-of-range"
    content, _ = whole(kit, name)
    pieces = [one.replace(b"number=2", b"number=7") for one in fragments(SENDER, name, content)]
    kit.add(name, "1", pieces[1], BY_HAND, "number 7 of 3", quarantined("fragment-out-of-range", "mail-damaged"))
    name = "fragments-of-nothing"
    kit.add(name, "10", fragments(SENDER, name, b"This is no mail at all.\r\n" * 9), BY_HAND,
            "what they make together is no mail", quarantined("fragments-damaged", "no-dicom-mail", "mail-damaged"))
