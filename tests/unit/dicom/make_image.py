"""Writes a PNG by hand, of any colour type, depth and interlacing, and the pixels that a viewer must show of it.

make_image.py PNG RAW COLOUR_TYPE DEPTH WIDTH HEIGHT [interlaced] [transparent]. RAW: grey or RGB, 8 bits, alpha over
white; grey of 16 bits little endian where nothing is transparent. Colour types: 0 grey, 2 RGB, 3 palette, 4 grey and
alpha, 6 RGB and alpha (PNG specification, section 11.2.2).
"""

import random
import struct
import sys
import zlib

PASSES = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]
CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}

png, raw, colour_type, depth, width, height = sys.argv[1:3] + [int(n) for n in sys.argv[3:7]]
interlaced, transparent = "interlaced" in sys.argv[7:], "transparent" in sys.argv[7:]
rng = random.Random(f"{colour_type} {depth}")
top = (1 << depth) - 1
palette = [tuple(rng.randrange(256) for _ in range(3)) for _ in range(1 << min(depth, 8))]
pixels = [[tuple(rng.randrange(top + 1) for _ in range(CHANNELS[colour_type])) for _ in range(width)]
          for _ in range(height)]


def chunk(name, data):
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def line(row):
    """A filter byte and the packed samples."""
    samples = [sample for pixel in row for sample in pixel]
    if depth == 16:
        return b"\0" + struct.pack(f">{len(samples)}H", *samples)
    bits = "".join(f"{sample:0{depth}b}" for sample in samples)
    bits += "0" * (-len(bits) % 8)
    return b"\0" + bytes(int(bits[at:at + 8], 2) for at in range(0, len(bits), 8))


def image_data():
    if not interlaced:
        return b"".join(line(row) for row in pixels)
    data = b""
    for x, y, step_x, step_y in PASSES:
        for row in pixels[y::step_y]:
            if row[x::step_x]:
                data += line(row[x::step_x])
    return data


def eight_bits(sample):
    return sample * 255 // top if depth < 16 else (sample * 255 + 32767) // 65535


def over_white(values, alpha):
    return bytes((value * alpha + 255 * (255 - alpha) + 127) // 255 for value in values)


def shown(pixel):
    if colour_type == 3:
        return bytes(palette[pixel[0]])
    if colour_type == 0 and depth == 16 and not transparent:
        return struct.pack("<H", pixel[0])
    values = [eight_bits(sample) for sample in pixel]
    if colour_type in (4, 6):
        return over_white(values[:-1], values[-1])
    return over_white(values, 0) if transparent and pixel == pixels[0][0] else bytes(values)


with open(png, "wb") as out:
    out.write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour_type, 0, 0,
                                                                 interlaced)))
    out.write(chunk(b"tEXt", b"Comment\0" + b"x" * 100))
    if colour_type == 3:
        out.write(chunk(b"PLTE", b"".join(map(bytes, palette))))
    if transparent:
        out.write(chunk(b"tRNS", struct.pack(f">{len(pixels[0][0])}H", *pixels[0][0])))
    out.write(chunk(b"IDAT", zlib.compress(image_data())) + chunk(b"IEND", b""))
with open(raw, "wb") as out:
    out.write(b"".join(shown(pixel) for row in pixels for pixel in row))
