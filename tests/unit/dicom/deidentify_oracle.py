"""De-identifies files once more, with pydicom and nothing of the gateway but its tables, and compares the two copies.

Usage: deidentify_oracle.py SECRET SHIFT LIST. Each line of LIST has a file, the gateway's copy of it, and options that
commas separate; tabs are between them. Prints each difference. Prints in the end how many files pydicom could read.
"""

import base64
import datetime
import hashlib
import hmac
import itertools
import pathlib
import re
import sys
import unicodedata
import warnings

import pydicom
from pydicom.charset import decode_bytes, convert_encodings
from pydicom.dataelem import RawDataElement

TABLES = pathlib.Path(__file__).resolve().parents[3] / "src/dicom/deidentify/tables"
KEEPS = {"retain-uids": "uids", "retain-device-identity": "device", "retain-institution-identity": "institution",
         "retain-patient-characteristics": "patient", "retain-longitudinal-full-dates": "full-dates"}
CLEANS = {"retain-device-identity": "device-clean", "retain-patient-characteristics": "patient-clean",
          "clean-descriptors": "descriptors", "clean-structured-content": "structure", "clean-graphics": "graphics"}
CODES = {"clean-pixel-data": "113101", "clean-graphics": "113103", "clean-structured-content": "113104",
         "clean-descriptors": "113105", "retain-longitudinal-full-dates": "113106",
         "retain-longitudinal-modified-dates": "113107", "retain-patient-characteristics": "113108",
         "retain-device-identity": "113109", "retain-uids": "113110", "retain-institution-identity": "113112"}
DUMMIES = {"AE": "REMOVED", "AS": "000D", "CS": "REMOVED", "DA": "19000101", "DS": "0", "DT": "19000101000000",
           "IS": "0", "TM": "000000", "UR": "urn:removed"} | dict.fromkeys("LO LT PN SH ST UC UT".split(), "REMOVED")
FREE = set("LO LT PN SH ST UC UT".split())
BINARY = set("AT FD FL OB OD OF OL OV OW SL SS SV UL US UV".split())
CODE_SEQUENCES = {0x00080082, 0x00401101}


def lines_of(name):
    text = (TABLES / name).read_text()
    return [line for line in text[text.index("(") + 1:text.rindex(")")].splitlines() if line and line[0] != "#"]


def read_tables():
    rows, known, iods, nested = {}, {}, {}, {}
    for line in lines_of("profile.inc"):
        tag, *words = line.split()
        if re.fullmatch("[0-9A-F]{8}", tag):
            rows[int(tag, 16)] = (words[1], set(words[2:]))
    for line in lines_of("known.inc"):
        group, *elements = line.split()
        for element in elements:
            known[group + element[:4]] = element[4:]
    for line in lines_of("types.inc"):
        kind, rest = line.split(" ", 1)
        names, types = rest.split(":")
        types = {int(t, 16): int(v) for t, v in (entry.split("=") for entry in types.split())}
        for name in names.split():
            (iods if kind == "sop" else nested)[name if kind == "sop" else int(name, 16)] = types
    return rows, known, iods, nested


ROWS, KNOWN, IODS, NESTED = read_tables()
TOKEN = re.compile(rb"(?P<number>[0-9]+(?![0-9A-Za-z\x80-\xff])(?:[.,/\-:_+][0-9][0-9A-Za-z\x80-\xff]*)*)"
                   rb"|[0-9A-Za-z\x80-\xff]+")
WORDS = set(" ".join(lines_of("words.inc")).split())


def vr_of(tag):
    text = f"{tag:08X}"
    if text in KNOWN:
        return KNOWN[text]
    for pattern, vr in KNOWN.items():
        if "X" in pattern and re.fullmatch(pattern.replace("X", "[0-9A-F]"), text):
            return vr
    return None


def stripped(value):
    return (value or b"").strip(b" \0")


def bytes_of(raw):
    """The value as it stands in the file; pydicom has several forms of an empty one."""
    value = raw.value or b""
    if isinstance(value, (list, pydicom.multival.MultiValue)):
        value = "\\".join(str(part) for part in value)
    return value if isinstance(value, bytes) else str(value).encode("latin-1", "replace")


def charset_of(dataset):
    if 0x00080005 not in dataset:
        return ""
    if isinstance(dataset.get_item(0x00080005), RawDataElement):
        return stripped(dataset.get_item(0x00080005).value).decode("latin-1")
    value = dataset[0x00080005].value
    return "\\".join([value] if isinstance(value, str) else value or [])


def text_of(value, charset):
    """An identifier in UTF-8, normalisation form C."""
    if value.isascii():
        return value
    return unicodedata.normalize("NFC", decode_bytes(value, convert_encodings(charset.split("\\")), set())).encode()


class Deidentifier:
    def __init__(self, secret, shift, options, dataset):
        self.secret, self.options, self.dataset = secret.encode(), options, dataset
        self.sop_class = self.raw(dataset, 0x00080016).decode() or str(dataset.file_meta.get("MediaStorageSOPClassUID", ""))
        self.kept = {KEEPS[o] for o in options if o in KEEPS}
        self.cleaned = {CLEANS[o] for o in options if o in CLEANS}
        terms = charset_of(dataset)
        patient = text_of(self.raw(dataset, 0x00100020), terms)
        issuer = text_of(self.raw(dataset, 0x00100021), terms)
        study = self.raw(dataset, 0x0020000D)
        whom = b"patient %d %s%s" % (len(issuer), issuer, patient) if patient else b"study %d %s" % (len(study), study)
        self.patient = self.name(b"patient-id " + whom)
        self.days = 1 + int.from_bytes(self.hash(b"shift " + whom)[:8], "big") % shift

    @staticmethod
    def raw(dataset, tag):
        return stripped(dataset.get_item(tag).value) if tag in dataset else b""

    def hash(self, text):
        return hmac.new(self.secret, text, hashlib.sha256).digest()

    def name(self, text):
        return base64.b32encode(self.hash(text))[:16]

    def uid(self, uid):
        if uid.startswith(b"1.2.840.10008.") or not uid:
            return uid
        return b"2.25.%d" % int.from_bytes(self.hash(uid)[:16], "big")

    def uids(self, value):
        return b"\\".join(self.uid(stripped(part)) for part in value.split(b"\\"))

    def basic(self, tag, sequence):
        if tag not in ROWS:
            return "X" if vr_of(tag) in (None, "DA", "DT", "TM", "PN", "UR") else "K"
        codes = ROWS[tag][0].rstrip("*").split("/")
        if len(codes) == 1:
            return codes[0]
        types = IODS.get(self.sop_class)
        if types is None:
            return codes[-1]
        type_ = (NESTED.get(sequence, {}) if sequence else types).get(tag, 3)
        fitting = {1: codes[-1], 2: "Z" if "Z" in codes and "U" not in codes else codes[-1], 3: codes[0]}
        return fitting[type_]

    def action(self, tag, sequence):
        columns = ROWS[tag][1] if tag in ROWS else set()
        if "retain-longitudinal-modified-dates" in self.options and "modified-dates" in columns:
            return "shift"
        if columns & self.kept:
            return "K"
        return "clean" if columns & self.cleaned else self.basic(tag, sequence)

    def shifted(self, value, vr):
        parts = []
        for part in value.split(b"\\"):
            text = stripped(part).decode("latin-1")
            if vr == "TM" and re.fullmatch(r"[0-9.:]{0,16}", text):
                parts.append(text)
                continue
            match = re.fullmatch(r"(\d{4})(\d\d)(\d\d)([0-9.+-]*)", text) if vr == "DT" else \
                re.fullmatch(r"(\d{4})(?:\.?)(\d\d)(?:\.?)(\d\d)()", text) if vr == "DA" else None
            if text and not match:
                return None
            try:
                day = text and datetime.date(*map(int, match.groups()[:3])) - datetime.timedelta(self.days)
            except (ValueError, OverflowError):
                return None
            parts.append(day and f"{day:%Y%m%d}".zfill(8) + match[4])
        return "\\".join(parts).encode()

    def known_word(self, word, charset):
        if len(word) == 1:
            return True
        digits = sum(c in b"0123456789" for c in word)
        if len(word) <= 4 and 1 <= digits <= 2 and 1 <= len(word) - digits <= 2:
            return True
        try:
            return decode_bytes(word, convert_encodings(charset or [""]), set()).lower() in WORDS
        except (LookupError, UnicodeError):
            return False

    def clean(self, value, charset):
        if b"\x1b" in value or (max(value, default=0) >= 0x80 and re.search("GB|ISO 2022|ISO_IR 13", charset)):
            return b""
        parts = [[] for _ in value.split(b"\\")]
        tokens = list(TOKEN.finditer(value))
        for number, run in itertools.groupby(tokens, lambda token: token["number"] is not None):
            run = list(run)
            if number and not re.fullmatch(rb"\d{1,3}([ .,]+\d{1,3})?", value[run[0].start():run[-1].end()]):
                continue
            for token in run:
                if number or self.known_word(token[0], charset.split("\\")):
                    parts[value.count(b"\\", 0, token.start())].append(token[0])
        return b"\\".join(b" ".join(part) for part in parts) if any(parts) else b""

    def expected(self, dataset, prefix="", sequence=0, charset="", in_cleaned=False):
        """Path -> value, or the number of items of a sequence."""
        found = {}
        if 0x00080005 in dataset:
            charset = charset_of(dataset)
        for tag in sorted(dataset.keys()):
            vr = vr_of(tag)
            if tag.is_private or tag.element == 0 or vr is None or tag.group >> 8 in (0x50, 0x60):
                continue
            if not prefix and tag in (0x00120062, 0x00120063, 0x00120064, 0x00280303):
                continue
            path = prefix + f"{int(tag):08X}"
            if vr == "SQ":
                self.expect_sequence(found, dataset, tag, path, sequence, charset, in_cleaned)
                continue
            raw = dataset.get_item(tag)
            if raw.VR == "SQ":
                continue
            new = self.value(int(tag), sequence, vr, raw.VR, bytes_of(raw), charset, not prefix, in_cleaned)
            if new is not None:
                found[path] = stripped(new)
        return found

    def expect_sequence(self, found, dataset, tag, path, sequence, charset, in_cleaned):
        action = self.action(int(tag), sequence)
        if action == "X" or (action == "D" and tag == 0x00700001):
            return
        items = dataset[tag].value or []
        if action == "Z":
            items = []
        if action == "D" and tag in CODE_SEQUENCES:
            found[path] = 1
            found[path + "[0].00080100"], found[path + "[0].00080102"] = b"REMOVED", b"99REMOVED"
            found[path + "[0].00080104"] = b"Removed"
            return
        found[path] = len(items)
        cleaned = in_cleaned or (int(tag) in ROWS and "descriptors" in ROWS[int(tag)][1])
        for number, item in enumerate(items):
            found.update(self.expected(item, f"{path}[{number}].", int(tag), charset, cleaned))

    def value(self, tag, sequence, vr, file_vr, value, charset, root, in_cleaned):
        action = self.action(tag, sequence)
        if tag in (0x0040A160, 0x00700006) or (tag == 0x00080104 and in_cleaned):
            action = "clean"
        if action == "shift":
            shifted = self.shifted(value, vr)
            if shifted is not None:
                return shifted
            action = self.basic(tag, sequence)
        if action == "clean":
            cleaned = self.clean(value, charset) if vr in FREE else b""
            if cleaned:
                return cleaned
            action = self.basic(tag, sequence)
            if action == "K":
                return DUMMIES.get(vr, "").encode()
        if action == "K":
            return None if file_vr in FREE and vr in BINARY | {"SQ"} else value
        if action == "U":
            return self.uids(value)
        if action == "X":
            return None
        if tag in (0x00100020, 0x00080050):
            identifier = text_of(stripped(value), charset)
        if tag == 0x00100020 or tag == 0x00100010:
            if root:
                return self.patient
            if not stripped(value):
                return b""
            return b"REMOVED" if tag == 0x00100010 else \
                self.name(b"other-patient-id %d %s" % (len(identifier), identifier))
        if tag == 0x00080050:
            number = identifier
            return self.name(b"accession-number %d %s" % (len(number), number)) if number else b""
        if action == "Z" or not value:
            return b""
        if vr == "UI":
            return self.uids(value)
        return DUMMIES[vr].encode() if vr in DUMMIES else b"\0" * max(2, len(value))


def flat(dataset, prefix=""):
    found = {}
    for tag in dataset.keys():
        path = prefix + f"{int(tag):08X}"
        raw = dataset.get_item(tag)
        if raw.VR == "SQ" or (vr_of(tag) == "SQ") or not isinstance(raw, RawDataElement) and raw.VR == "SQ":
            items = dataset[tag].value or []
            found[path] = len(items)
            for number, item in enumerate(items):
                found.update(flat(item, f"{path}[{number}]."))
            continue
        found[path] = stripped(bytes_of(raw))
    return found


def compare(before, after, options, secret, shift):
    try:
        dataset = pydicom.dcmread(before, force=True)
        oracle = Deidentifier(secret, shift, options, dataset)
        expected = oracle.expected(dataset)
    except Exception as error:  # pylint: disable=broad-except
        return None
    copy = pydicom.dcmread(after)
    actual = flat(copy)  # before the values are converted, which pydicom does when they are asked for
    for tag in ("00120062", "00120063", "00280303"):
        expected[tag] = actual.get(tag)
    codes = ["113100"] + sorted(CODES[option] for option in options)
    found = []
    if [item.CodeValue for item in copy.DeidentificationMethodCodeSequence] != codes:
        found.append("the codes of the method are wrong")
    if copy.PatientIdentityRemoved != "YES":
        found.append("it does not say that it was de-identified")
    kept = "retain-uids" in options
    if not kept and str(copy.file_meta.MediaStorageSOPInstanceUID) != str(copy.SOPInstanceUID):
        found.append("the meta header has another UID")
    actual = {path: value for path, value in actual.items() if not path.startswith("00120064")}
    for path in sorted(expected.keys() | actual.keys()):
        one, other = expected.get(path, "absent"), actual.get(path, "absent")
        same = one == other or (path.endswith("00080005") and "absent" not in (one, other))
        if not same:
            found.append(f"{path}: expected {str(one)[:60]}, found {str(other)[:60]}")
    return found


def main():
    warnings.simplefilter("ignore")
    secret, shift, listed = sys.argv[1], int(sys.argv[2]), pathlib.Path(sys.argv[3])
    read = 0
    for line in listed.read_text().splitlines():
        before, after, options = line.split("\t")
        found = compare(before, after, [option for option in options.split(",") if option], secret, shift)
        if found is None:
            continue
        read += 1
        for difference in found:
            print(pathlib.Path(before).name, options, difference)
    print("read", read)


main()
