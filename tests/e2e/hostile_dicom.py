"""Data sets that lie: made of a good Explicit VR Little Endian one, whose first elements stay what they are."""

import struct
import zlib

PREAMBLE = bytes(128) + b"DICM"
# Of those below: odd, and passed on byte for byte. What is needed is in them, or for the UID in the meta header or
# command.
VALID = {"deep", "odd", "backwards", "huge-uid", "item-without-sequence", "zero-vr", "zero-vr-long"}
EXPLICIT, DEFLATED = "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.1.99"


def element(group, number, vr, value, length=None):
    if vr in (b"OB", b"OW", b"SQ", b"UN", b"UT"):
        return struct.pack("<HH", group, number) + vr + b"\0\0" + struct.pack(
            "<I", len(value) if length is None else length) + value
    return struct.pack("<HH", group, number) + vr + struct.pack("<H", len(value) if length is None else length) + value


def part10(dataset, syntax=EXPLICIT, sop_instance="1.2.3.4.5"):
    def uid(number, text):
        return element(2, number, b"UI", text.encode() + b"\0" * (len(text) % 2))
    meta = (element(2, 1, b"OB", b"\0\1") + uid(2, "1.2.840.10008.5.1.4.1.1.2") + uid(3, sop_instance)
            + uid(0x10, syntax) + uid(0x12, "1.2.3"))
    return PREAMBLE + element(2, 0, b"UL", struct.pack("<I", len(meta))) + meta + dataset


def head(instance, study="1.2.3.4", extra=b""):
    """Identifiers, in order; `extra` stands before the study's."""
    def uid(group, number, text):
        value = text if isinstance(text, bytes) else text.encode()
        return element(group, number, b"UI", value + b"\0" * (len(value) % 2))
    return (uid(8, 0x16, "1.2.840.10008.5.1.4.1.1.2") + uid(8, 0x18, instance) + extra
            + uid(0x20, 0x0D, study) + uid(0x20, 0x0E, "1.2.3.4.1"))


def sequences(depth, closed):
    """Nested sequences and items of undefined length."""
    start = (element(8, 0x1140, b"SQ", b"", 0xFFFFFFFF) + struct.pack("<HHI", 0xFFFE, 0xE000, 0xFFFFFFFF)) * depth
    end = (struct.pack("<HHI", 0xFFFE, 0xE00D, 0) + struct.pack("<HHI", 0xFFFE, 0xE0DD, 0)) * depth
    return start + (end if closed else b"")


def lying(seed):
    """Name -> data set. None of them is a good one; some can pass for one until it is read to its end."""
    n = iter(range(1, 1000))

    def uid():
        return f"1.2.826.0.1.3680043.8.498.{seed}.{next(n)}"
    return {
        "delimiter-length": head(uid(), extra=element(8, 0x1030, b"UT", b"x", 0xFFFFFFFE)),
        "beyond-the-end": head(uid(), extra=element(8, 0x1030, b"UT", b"x", 0x7FFFFFFF)),
        "odd": head(uid(), extra=element(8, 0x1030, b"LO", b"odd")),
        "zero-vr": head(uid(), extra=element(8, 0x1030, b"\0\0", b"Kopf")) + element(0x7FE0, 0x10, b"OW", bytes(1 << 19)),
        "zero-vr-long": head(uid(), extra=struct.pack("<HHII", 8, 0x1030, 0, 4) + b"Kopf"),
        "pixels-of-2-gb": head(uid()) + element(0x7FE0, 0x10, b"OW", b"\0" * 64, 0x7FFFFFFE),
        "pixels-without-end": head(uid()) + element(0x7FE0, 0x10, b"OB", b"\0" * 64, 0xFFFFFFFF),
        "deep": head(uid(), extra=sequences(10_000, True)),
        "deep-open": head(uid(), extra=sequences(10_000, False)),
        "item-without-sequence": head(uid(), extra=struct.pack("<HHI", 0xFFFE, 0xE000, 0xFFFFFFFF) * 10_000),
        "backwards": head(uid(), extra=element(8, 0x18, b"UI", b"1.2\0") * 10_000),
        "control-uid": head(b"1.2.3\n\x1b[31m\r", study=b"1.2\0.3\t"),
        "path-uid": head("../../../../etc/passwd", study="/etc/cron.d/x"),
        "huge-uid": head("1." * 32_000 + "1"),
        "empty-uid": head("", study=""),
        "cut": head(uid())[:-5],
    }


def deflated_bomb(megabytes, seed):
    """In the deflated transfer syntax: a data set of zeros without end."""
    deflater = zlib.compressobj(9, zlib.DEFLATED, -15)
    start = deflater.compress(head(f"1.2.826.0.1.3680043.8.498.{seed}.999",
                                   extra=element(8, 0x1030, b"UT", b"", 0x7FFFFFFE))) + deflater.flush(zlib.Z_FULL_FLUSH)
    megabyte = deflater.compress(bytes(1 << 20)) + deflater.flush(zlib.Z_FULL_FLUSH)
    return start + megabyte * megabytes + deflater.flush()
