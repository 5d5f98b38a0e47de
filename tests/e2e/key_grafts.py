"""Key files made of parts of others, as somebody who means harm makes them."""

from typing import NamedTuple

SIGNATURE, SUBKEYS = 2, (7, 14)
EMBEDDED_SIGNATURE = 32  # a subkey's own word, inside the signature that binds it (RFC 9580 section 5.2.3.34)


class Packet(NamedTuple):
    tag: int
    content: bytes

    def written(self):
        """With a header of the old format, as gpg writes keys."""
        size = len(self.content)
        if size < 256:
            return bytes([0x80 | self.tag << 2, size]) + self.content
        return bytes([0x81 | self.tag << 2]) + size.to_bytes(2, "big") + self.content


def packets(export):
    """Of a binary export by gpg: headers of the old format, lengths of one or two octets."""
    found = []
    while export:
        octets = (1, 2)[export[0] & 3]
        assert export[0] & 0xc0 == 0x80, hex(export[0])
        begin = 1 + octets
        end = begin + int.from_bytes(export[1:begin], "big")
        found.append(Packet(export[0] >> 2 & 15, export[begin:end]))
        export = export[end:]
    return found


def joined(parts):
    return b"".join(packet.written() for packet in parts)


def without_subkeys(export):
    """The primary key, its user ids, and their signatures."""
    parts = packets(export)
    first = next((i for i, packet in enumerate(parts) if packet.tag in SUBKEYS), len(parts))
    return joined(parts[:first])


def subkeys(export):
    """Each with its signatures."""
    found = []
    for packet in packets(export):
        if packet.tag in SUBKEYS:
            found.append([])
        if found:
            found[-1].append(packet)
    return [joined(subkey) for subkey in found]


def without_back_signature(subkey):
    """The primary key still binds it, and it does not say that this is its primary key."""
    stripped = [_without_embedded(packet) if packet.tag == SIGNATURE else packet for packet in packets(subkey)]
    assert joined(stripped) != subkey
    return joined(stripped)


def _without_embedded(signature):
    """Of version 4: two counted areas of subpackets; nothing vouches for the second one, where gpg puts it."""
    content = signature.content
    begin = 6 + int.from_bytes(content[4:6], "big")
    end = begin + 2 + int.from_bytes(content[begin:begin + 2], "big")
    kept, left = b"", content[begin + 2:end]
    while left:
        octets = 1 if left[0] < 192 else 2
        size = left[0] if octets == 1 else (left[0] - 192 << 8) + left[1] + 192
        subpacket, left = left[:octets + size], left[octets + size:]
        if subpacket[octets] & 0x7f != EMBEDDED_SIGNATURE:
            kept += subpacket
    return signature._replace(content=content[:begin] + len(kept).to_bytes(2, "big") + kept + content[end:])
