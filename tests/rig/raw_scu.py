"""A C-STORE client that sends whatever bytes it is given, as no proper client does (PS3.7, PS3.8)."""

import socket
import struct

APPLICATION_CONTEXT = b"1.2.840.10008.3.1.1.1"
CT = "1.2.840.10008.5.1.4.1.1.2"
EXPLICIT_LE = "1.2.840.10008.1.2.1"


def _item(kind, content):
    return struct.pack(">BBH", kind, 0, len(content)) + content


def _associate_rq(called, calling, sop_class, syntax):
    context = _item(0x20, b"\x01\0\0\0" + _item(0x30, sop_class.encode()) + _item(0x40, syntax.encode()))
    user = _item(0x50, _item(0x51, struct.pack(">I", 16384)) + _item(0x52, b"1.2.826.0.1.3680043.8.498.9"))
    body = (struct.pack(">HH", 1, 0) + called.encode().ljust(16) + calling.encode().ljust(16) + bytes(32)
            + _item(0x10, APPLICATION_CONTEXT) + context + user)
    return struct.pack(">BBI", 1, 0, len(body)) + body


def _element(element, value):
    value += b"\0" * (len(value) % 2)
    return struct.pack("<HHI", 0, element, len(value)) + value


def _store_rq(sop_class, sop_instance, without=(), dataset_type=0, rubbish=b""):
    """`without` names elements that are missing; `rubbish` stands behind the last one."""
    fields = {0x0002: sop_class.encode(), 0x0100: struct.pack("<H", 1), 0x0110: struct.pack("<H", 1),
              0x0700: struct.pack("<H", 0), 0x0800: struct.pack("<H", dataset_type), 0x1000: sop_instance.encode()}
    command = b"".join(_element(tag, value) for tag, value in fields.items() if tag not in without) + rubbish
    return _element(0x0000, struct.pack("<I", len(command))) + command


def _p_data(flags, content, context=1):
    value = struct.pack(">IBB", len(content) + 2, context, flags) + content
    return struct.pack(">BBI", 4, 0, len(value)) + value


def _receive(connection, length):
    data = b""
    while len(data) < length:
        more = connection.recv(length - len(data))
        if not more:
            raise ConnectionError("the peer closed the connection")
        data += more
    return data


def _pdu(connection):
    kind, _, length = struct.unpack(">BBI", _receive(connection, 6))
    return kind, _receive(connection, length)


def connect(port, source="127.0.0.1"):
    return socket.create_connection(("127.0.0.1", port), timeout=30, source_address=(source, 0))


def associate_rq(called="TO_B", calling="PACS_A"):
    """The bytes of an A-ASSOCIATE-RQ for CT."""
    return _associate_rq(called, calling, CT, EXPLICIT_LE)


def announced_max_pdu(port, called="TO_B", calling="PACS_A", source="127.0.0.1"):
    """The maximum length of the user information in the A-ASSOCIATE-AC (PS3.8 annex D.1): 0 if none is announced."""
    with connect(port, source) as connection:
        connection.sendall(associate_rq(called, calling))
        kind, body = _pdu(connection)
        if kind != 2:
            raise ConnectionError(f"association answered by PDU {kind}: {body.hex()}")
        items = _items(body[68:])
        return struct.unpack(">I", _items(items[0x50])[0x51])[0]


def _items(content):
    """Those of a PDU's variable part, the last of each kind."""
    items, at = {}, 0
    while at < len(content):
        kind, _, length = struct.unpack(">BBH", content[at:at + 4])
        items[kind] = content[at + 4:at + 4 + length]
        at += 4 + length
    return items


def associate(port, called="TO_B", calling="PACS_A", sop_class=CT, syntax=EXPLICIT_LE, source="127.0.0.1"):
    """A connection with an association on it."""
    connection = connect(port, source)
    try:
        connection.sendall(_associate_rq(called, calling, sop_class, syntax))
        kind, body = _pdu(connection)
        if kind != 2:
            raise ConnectionError(f"association answered by PDU {kind}: {body.hex()}")
        return connection
    except BaseException:
        connection.close()
        raise


def store_request(sop_instance="1.2.3.4.6", context=1, **oddities):
    """The bytes of the PDU that announces a data set. The oddities are those of _store_rq()."""
    return _p_data(3, _store_rq(CT, sop_instance, **oddities), context)


def data(content, last=False, context=1):
    """The bytes of a PDU with a piece of a data set."""
    return _p_data(2 if last else 0, content, context)


def echo_request():
    """The bytes of the PDU of a C-ECHO-RQ; any presentation context is as good as another for it."""
    command = (_element(0x0002, b"1.2.840.10008.1.1") + _element(0x0100, struct.pack("<H", 0x30))
               + _element(0x0110, struct.pack("<H", 1)) + _element(0x0800, struct.pack("<H", 0x0101)))
    return _p_data(3, _element(0x0000, struct.pack("<I", len(command))) + command)


def store(port, dataset, called="TO_B", calling="PACS_A", sop_class=CT, sop_instance="1.2.3.4.5", syntax=EXPLICIT_LE):
    """Returns the C-STORE status."""
    with associate(port, called, calling, sop_class, syntax) as connection:
        connection.sendall(_p_data(3, _store_rq(sop_class, sop_instance)))
        for at in range(0, max(len(dataset), 1), 16000):
            piece = dataset[at:at + 16000]
            connection.sendall(_p_data(2 if at + 16000 >= len(dataset) else 0, piece))
        status = store_status(connection)
        connection.sendall(struct.pack(">BBI", 5, 0, 4) + bytes(4))
        return status


def store_status(connection):
    """That of the answer to a C-STORE."""
    kind, body = _pdu(connection)
    if kind != 4:
        raise ConnectionError(f"C-STORE answered by PDU {kind}: {body.hex()}")
    at = body.index(struct.pack("<HHI", 0, 0x0900, 2))
    return struct.unpack("<H", body[at + 8:at + 10])[0]


def store_half(port, dataset, **options):
    """Breaks the connection in the middle of the data set."""
    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        connection.sendall(_associate_rq(options.get("called", "TO_B"), options.get("calling", "PACS_A"), CT,
                                         EXPLICIT_LE))
        _pdu(connection)
        connection.sendall(_p_data(3, _store_rq(CT, "1.2.3.4.6")))
        connection.sendall(_p_data(0, dataset[:len(dataset) // 2]))
