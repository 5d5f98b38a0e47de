"""Points 4 to 9: what stands inside the encryption, SET*, names, documents, requests for receipts."""

import subprocess

import pydicom.uid

from encrypted_mails import DEFAULT, GPG, encrypted, simple
from make_keys import address
from pieces import (arrives, base64_lines, crlf, dicom, in_directory, mail, encrypted_body, multipart, part,
                    quarantined,
                    set_fields, uid, without_preamble)

BY_HAND = f"{GPG}, MIME by hand"


def make(kit):
    transfer_encodings(kit)
    line_ends(kit)
    structures(kit)
    dicom_kinds(kit)
    sets(kit)
    duplicates(kit)
    names(kit)
    documents(kit)
    receipts(kit)


def one(kit, name, point, shows, inner, *files, sender=DEFAULT, fields=(), maker=BY_HAND, **expected):
    kit.add(name, point, encrypted(kit, name, inner, sender, fields), maker, shows, arrives(*files, **expected))


def transfer_encodings(kit):
    for cte, maker in (("base64", BY_HAND), ("quoted-printable", f"{GPG}, Python's binascii"),
                       ("x-uuencode", f"{GPG}, uuencode"), ("binary", BY_HAND), ("8bit", BY_HAND), ("", BY_HAND)):
        name = f"inner-{cte or 'no-cte'}"
        file = dicom(name)
        one(kit, name, "4",
            f"DICOM part: Content-Transfer-Encoding: {cte}" if cte else "8-bit data, no transfer encoding",
            multipart([part(file, cte=cte)]), file, maker=maker)
    name = "inner-base64-one-line"
    file = dicom(name)
    body = part(b"", cte="base64") + base64_lines(file, 100_000)
    one(kit, name, "4", "base64 without line breaks", multipart([body]), file)
    name = "inner-base64-with-noise"
    file = dicom(name)
    body = part(b"", cte="BASE64") + base64_lines(file, 60, b" \r\n\r\n")
    one(kit, name, "4", "base64 with spaces and blank lines", multipart([body]), file)


def line_ends(kit):
    name = "bare-lf"
    file = dicom(name)
    header = part(b"", cte="").replace(b"\r\n", b"\n")
    one(kit, name, "4", "bare LF in all of the MIME structure, raw data",
        multipart([header + file], fields=set_fields(f"20240305.{name}"), eol=b"\n"), file,
        set=f"20240305.{name}, part 1 of 1")
    name = "bare-lf-base64"
    file = dicom(name)
    one(kit, name, "4", "bare LF, base64",
        multipart([part(file)], fields=set_fields(f"20240305.{name}")).replace(b"\r\n", b"\n"), file,
        set=f"20240305.{name}, part 1 of 1")
    name = "mixed-line-ends"
    files = [dicom(name, 1), dicom(name, 2)]
    lf = part(b"", cte="").replace(b"\r\n", b"\n") + files[0]
    inner = (b'Content-Type: multipart/mixed; boundary="=_m"\nX-TELEMEDICINE-SETID: 20240305.mixed\r\n'
             b"X-TELEMEDICINE-SETPART: 1\nX-TELEMEDICINE-SETTOTAL: 1\r\n\n--=_m\r\n" + lf + b"\n--=_m\r\n"
             + part(files[1], cte="") + b"\r\n--=_m--\r\n")
    one(kit, name, "4", "CRLF and LF in one entity, raw data", inner, *files, set="20240305.mixed, part 1 of 1")
    name = "clear-text-mode"
    file = dicom(name)
    inner = multipart([part(file)], fields=set_fields(f"20240305.{name}"))
    kit.add(name, "4", encrypted(kit, name, inner, options=("--textmode",)), f"{GPG}",
            "literal packet of type text, base64",
            arrives(file))


def structures(kit):
    def variant(name, shows, make_inner, count=1):
        files = [dicom(name, number) for number in range(1, count + 1)]
        one(kit, name, "4", shows, make_inner(*files), *files)

    variant("related", "multipart/related", lambda file: multipart([part(file)], 'related; type="application/dicom"'))
    variant("single-part", "the DICOM part alone, no multipart", part)
    variant("single-part-raw", "the same, raw data", lambda file: part(file, cte=""))
    variant("nested", "multipart in multipart in multipart, files on each level", nested, 3)
    variant("with-id", "application/dicom with an id (RFC 3240)",
            lambda file: multipart([part(file, 'application/dicom; id="20240305.1"')]))
    variant("without-name", "neither name nor file name", lambda file: multipart([part(file, name="")]))
    variant("octet-stream", "application/octet-stream that is DICM at offset 128",
            lambda file: multipart([part(file, "application/octet-stream")]))
    variant("no-content-type", "a part without header",
            lambda file: multipart([b"\r\n" + file]))
    variant("upper-case", "field names and types in capitals", upper_case)
    variant("several-files", "five files in one mail",
            lambda *files: multipart([part(file, name=f"IM{n}.dcm") for n, file in enumerate(files)]), 5)
    variant("preamble-and-epilogue", "text before the first and after the last boundary line",
            lambda file: multipart([part(file)], preamble=b"This is a MIME entity.\r\n") + b"Here ends it.\r\n")
    variant("odd-boundary", "a boundary of 70 characters with spaces and quotes",
            lambda file: multipart([part(file)], boundary="a 'b'(c)+_,-./:=? " + "x" * 52))
    variant("no-line-end-at-end", "the closing boundary line is the last byte",
            lambda file: multipart([part(file)]).rstrip(b"\r\n"))
    variant("with-outer-fields", "a whole mail header inside the encryption",
            lambda file: b"From: a@b\r\nSubject: x\r\nMIME-Version: 1.0\r\n" + multipart([part(file)]))
    variant("enclosed-mail", "a message/rfc822 with the DICOM part in it",
            lambda file: multipart([b"Content-Type: message/rfc822\r\n\r\n" + multipart([part(file)], boundary="=_x")]))


    name = "boundary-in-data"
    like = b"\r\n--=_golde\r\n --=_golden\r\n-=_golden\n\n==_golden--\r"
    file = dicom(name)[:-64] + like.ljust(64, b"\0")
    one(kit, name, "4", "raw data that holds lines like the boundary line", multipart([part(file, cte="")]), file)


def nested(first, second, third):
    innermost = multipart([part(third, cte="")], boundary="=_3")
    middle = multipart([part(second), innermost], "related", boundary="=_2")
    return multipart([middle, part(first)], boundary="=_1")


def upper_case(file):
    return multipart([part(file).replace(b"Content-Type: application/dicom", b"CONTENT-TYPE: APPLICATION/DICOM")
                      .replace(b"Content-Transfer-Encoding: base64", b"content-transfer-encoding: BASE64")])


def dicom_kinds(kit):
    for syntax, text in ((pydicom.uid.ImplicitVRLittleEndian, "implicit"),
                         (pydicom.uid.ExplicitVRLittleEndian, "explicit")):
        name = f"no-preamble-{text}"
        file = dicom(name, syntax=syntax)
        bare = without_preamble(file)
        inner = multipart([part(bare)])
        kit.add(name, "4", encrypted(kit, name, inner), BY_HAND,
                f"a data set without preamble and meta header, {text} VR",
                {"outcome": "arrives", "instances": arrives(file)["instances"]})
    name = "no-preamble-octet-stream"
    file = dicom(name)
    kit.add(name, "4", encrypted(kit, name, multipart([part(without_preamble(file), "application/octet-stream")])),
            BY_HAND, "the same as application/octet-stream", arrives(file))


def sets(kit):
    def variant(name, shows, inner_set, outer_set, expected):
        file = dicom(name)
        one(kit, name, "5", shows, multipart([part(file)], fields=inner_set), file, fields=outer_set, set=expected)

    inner, outer = set_fields("20240305.inner", 2, 3), set_fields("20240305.outer", 4, 9)
    variant("set-outer-only", "SET* on the outer header only", [], outer, "20240305.outer, part 4 of 9")
    variant("set-inner-only", "SET* inside only", inner, [], "20240305.inner, part 2 of 3")
    variant("set-differs", "SET* differ: the inner ones count", set_fields("20240305.inner", 1, 3), outer,
            "20240305.inner, part 1 of 3")
    variant("set-absent", "no SET* at all", [], [], None)
    variant("set-small-letters", "field names in small letters, odd spaces", [],
            [("x-telemedicine-setid", "  20240305.small-letters,1 "), ("x-telemedicine-setpart", " 07"),
             ("x-telemedicine-settotal", "10")], "20240305.small-letters,1, part 7 of 10")
    variant("set-unusable", "SETPART is no number, SETID is outside the grammar", [],
            [("X-TELEMEDICINE-SETID", "a b; c"), ("X-TELEMEDICINE-SETPART", "one"), ("X-TELEMEDICINE-SETTOTAL", "-1")],
            None)


def duplicates(kit):
    name = "twice"
    inner, file = simple(name)
    content = encrypted(kit, name, inner)
    kit.add(name, "6", [content, f"{name}-1.eml"], GPG, "the same mail twice", arrives(file))
    name = "twice-in-two-mails"
    file = dicom(name)
    both = [encrypted(kit, f"{name}-{n}", multipart([part(file, cte=cte)]))
            for n, cte in enumerate(("base64", ""), 1)]
    kit.add(name, "6", both, GPG, "the same file in two mails", arrives(file))
    name = "conflict"
    file = dicom(name)
    other = file[:-1] + b"!"
    mails = [encrypted(kit, f"{name}-{n}", multipart([part(content)])) for n, content in enumerate((file, other), 1)]
    kit.add(name, "6", mails, GPG, "the same SOP Instance UID, another data set",
            quarantined("instance-conflict", either={uid(f"{name}/1"): [*arrives(file)["instances"].values(),
                                                                         *arrives(other)["instances"].values()]}))


def names(kit):
    name = "no-date"
    inner, file = simple(name)
    kit.add(name, "7", mail(address(DEFAULT), name, encrypted_body(crlf(kit.seal(inner))), date=None), GPG, "no Date",
            arrives(file))
    for name, shows, value in (
            ("name-rfc2047", "RFC 2047 name", '"=?iso-8859-1?Q?Sch=E4del=2Edcm?="'),
            ("name-rfc2231", "RFC 2231 name", None),
            ("name-raw-8bit", "unencoded Latin-1 in the name", '"Sch\u00e4del.dcm"'),
            ("name-path", "path characters in the name", '"../../../../tmp/golden-mail-escaped.dcm"'),
            ("name-backslashes", "a DOS path as name", '"C:\\\\DICOM\\\\..\\\\IM 1.dcm"'),
            ("name-control", "NUL, newline and quote in the name", '"IM%00\\"%0a\t1.dcm"')):
        file = dicom(name)
        disposition = f"attachment; filename={value}"
        if value is None:
            disposition = ("attachment; filename*0*=iso-8859-1'de'Sch%E4del%20;\r\n filename*1*=%20nativ;"
                           "\r\n filename*2=.dcm")
        body = part(file, name="", fields=[("Content-Disposition", disposition)])
        if name == "name-raw-8bit":
            body = body.replace("\u00e4".encode(), b"\xe4")
        one(kit, name, "7", shows, multipart([body]), file)


PDF = b"""%PDF-1.4
1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj
2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj
3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]/Contents 4 0 R>>endobj
4 0 obj<</Length 8>>stream
0 0 m S
endstream endobj
trailer<</Root 1 0 R>>
%%EOF %NAME%
"""
CDA = b"""<?xml version="1.0" encoding="UTF-8"?>
<ClinicalDocument xmlns="urn:hl7-org:v3"><typeId root="2.16.840.1.113883.1.3" extension="POCD_HD000040"/>
<title>Befund</title><id root="1.2.3" extension="%NAME%"/></ClinicalDocument>
"""
ENCAPSULATED_PDF, ENCAPSULATED_CDA = "1.2.840.10008.5.1.4.1.1.104.1", "1.2.840.10008.5.1.4.1.1.104.2"
SECONDARY_CAPTURE = "1.2.840.10008.5.1.4.1.1.7"


def picture(option, file, name):
    """A JPEG or PNG by DCMTK's dcmj2pnm."""
    def work(directory):
        (directory / "in.dcm").write_bytes(dicom(name, 99, side=16))
        subprocess.run(["dcmj2pnm", option, directory / "in.dcm", directory / file], check=True, capture_output=True)
        return (directory / file).read_bytes()
    return in_directory(work)


def zipped(name):
    def work(directory):
        (directory / "IM0001.dcm").write_bytes(dicom(name, 98))
        subprocess.run(["zip", "-q", "-X", directory / "images.zip", directory / "IM0001.dcm"], check=True)
        return (directory / "images.zip").read_bytes()
    return in_directory(work)


def documents(kit):
    """`becomes`: the SOP class of an object that is made of it, or None for one that stays a file."""
    def content_of(name, kind):
        return {"pdf": lambda: PDF, "cda": lambda: CDA, "jpeg": lambda: picture("+oj", "a.jpg", name),
                "png": lambda: picture("+on", "a.png", name), "zip": lambda: zipped(name),
                "text": lambda: "Befund: unauff\u00e4llig. %NAME%\r\n".encode()}[kind]().replace(b"%NAME%",
                                                                                                 name.encode())

    for kind, media_type, becomes, maker in (
            ("pdf", "application/pdf", ENCAPSULATED_PDF, BY_HAND), ("cda", "text/xml", ENCAPSULATED_CDA, BY_HAND),
            ("jpeg", "image/jpeg", SECONDARY_CAPTURE, f"{GPG}, dcmj2pnm"),
            ("png", "image/png", SECONDARY_CAPTURE, f"{GPG}, dcmj2pnm"), ("text", "text/plain", None, BY_HAND),
            ("zip", "application/zip", None, f"{GPG}, zip")):
        name = f"document-{kind}"
        file = dicom(name)
        document = part(content_of(name, kind), media_type, name=f"Befund.{kind}")
        one(kit, name, "8", f"a {kind.upper()} document beside an image", multipart([part(file), document]), file,
            maker=maker, documents=[{"study": uid(f"{name}/study"), "becomes": becomes}])
    by_set(kit, content_of)
    name = "document-named-in-utf8"
    file = dicom(name)
    document = part(content_of(name, "pdf"), "application/pdf", name="",
                    fields=[("Content-Disposition", "attachment; filename*=UTF-8''..%2FBefund%20Sch%C3%A4del.pdf")])
    one(kit, name, "8", "a PDF with an RFC 2231 name with path characters", multipart([document, part(file)]), file,
        documents=[{"study": uid(f"{name}/study"), "becomes": ENCAPSULATED_PDF}])


def by_set(kit, content_of):
    for name, shows, study_id, order in (
            ("document-before-images", "a PDF in a mail of its own, before the images of its set", True, (0, 1)),
            ("document-after-images", "a PDF in a mail of its own, after them", True, (1, 0)),
            ("document-wrong-study-id", "X-TELEMEDICINE-STUDYID is wrong, SETID is right", False, (0, 1)),
            ("document-by-study-id", "X-TELEMEDICINE-STUDYID is right, SETID is another one", True, (1, 0))):
        file, study = dicom(name), uid(f"{name}/study")
        set_id = f"20240305.{name}"
        value = study if study_id else "2.25.4711.1709630100"
        document = part(content_of(name, "pdf"), "application/pdf", name="Befund.pdf",
                        fields=[("X-TELEMEDICINE-STUDYID", value)])
        own_set = f"{set_id}.x" if name == "document-by-study-id" else set_id
        mails = [encrypted(kit, f"{name}-1", multipart([document], fields=set_fields(own_set, 1, 2))),
                 encrypted(kit, f"{name}-2", multipart([part(file)], fields=set_fields(set_id, 2, 2)))]
        kit.add(name, "8", [mails[n] for n in order], BY_HAND, shows,
                arrives(file, documents=[{"study": study, "becomes": ENCAPSULATED_PDF}]))


def receipts(kit):
    def variant(name, shows, fields, receipt, inner_fields=(), sender=DEFAULT):
        file = dicom(name)
        inner = multipart([part(file)], fields=[*set_fields(f"20240305.{name}"), *inner_fields])
        one(kit, name, "9", shows, inner, file, sender=sender, fields=fields, receipt=receipt)

    variant("receipt-asked", "Disposition-Notification-To", [("Disposition-Notification-To", address(DEFAULT))],
            {"kind": "mdn", "disposition": "displayed"})
    variant("receipt-asked-with-name", "the address with a name, in capitals",
            [("Disposition-Notification-To", f"\"Klinik, Nord\" <{address(DEFAULT).upper()}>")],
            {"kind": "mdn", "disposition": "displayed"})
    variant("receipt-not-asked", "no request: no answer", [], None)
    variant("receipt-to-another", "to another address: no answer",
            [("Disposition-Notification-To", address("rsa2048"))], None)
    variant("receipt-in-pgp", "asked for inside the encryption", [],
            {"kind": "pgp", "disposition": "displayed"}, sender="rsa4096",
            inner_fields=[("Content-ID", "<receipt-in-pgp.1@golden.example>"),
                          ("X-TELEMEDICINE-DISPOSITION-NOTIFICATION-TO", address("rsa4096")),
                          ("X-TELEMEDICINE-DISPOSITION-NOTIFICATION-KEYID",
                           kit.gpg.fingerprint(address("rsa4096"))[-16:])])
