"""What of a patient is in a data set, and every form in which it might stand somewhere it must not."""

import base64
import datetime
import quopri
import urllib.parse

import pydicom
import pydicom.uid

# Text that says nothing of a person, or too little to be looked for: codes and numbers that stand anywhere.
NOT_TELLING = {"CS", "IS", "DS", "TM", "AS", "AE"}
SHORTEST = 5


def values(file):
    """Every telling text of the data set, sequences included; of names each component too."""
    found = set()
    for element in pydicom.dcmread(file, force=True).iterall():
        if element.VR in NOT_TELLING or element.VR not in pydicom.dataelem.STR_VR or element.is_empty:
            continue
        for value in [element.value] if element.VM == 1 else element.value:
            found |= _pieces(str(value))
    standard = {value for value in found if value.startswith("1.2.840.10008.")}
    today = datetime.datetime.now(datetime.timezone.utc)
    dates = {(today + datetime.timedelta(days=days)).strftime("%Y%m%d") for days in (-1, 0, 1)}
    return found - standard - dates


def _pieces(value):
    pieces = {value, *value.replace("=", "^").split("^")}
    return {piece.strip() for piece in pieces if len(piece.strip()) >= SHORTEST}


class Traces:
    """Looks for values in bytes, whatever they are written in."""

    def __init__(self, values_to_find):
        self.forms = {}
        for value in values_to_find:
            for form in _forms(value):
                self.forms[form.lower()] = value

    def __len__(self):
        return len(set(self.forms.values()))

    def in_bytes(self, content):
        """The first value that stands in `content`; None: none."""
        lower = content.lower()
        return next((f"{value} as {form!r}" for form, value in self.forms.items() if form in lower), None)


def _forms(value):
    texts = {value, value.upper(), value.lower()}
    for code in {text.encode(charset) for text in texts for charset in ("utf-8", "latin-1", "utf-16-le", "utf-16-be")}:
        yield code
        yield quopri.encodestring(code).strip()
        yield urllib.parse.quote(code).encode()
        yield "".join(chr(b) if 32 <= b < 127 else f"\\x{b:02x}" for b in code).encode()
        if len(code) >= 8:
            yield code.hex().encode()
            yield from base64_forms(code)
    for text in texts:
        yield text.encode("unicode_escape")


def base64_forms(code):
    """At each alignment, without the characters that what stands around it has a part in."""
    for before in range(3):
        text = base64.b64encode(bytes(before) + code)
        start = (0, 2, 3)[before]
        end = len(text) - (0, 3, 2)[(before + len(code)) % 3]
        yield text[start:end]
