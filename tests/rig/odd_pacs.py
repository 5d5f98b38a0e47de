#!/usr/bin/python3
"""A storage SCP of PS3.7 and PS3.8 that answers what it is told to answer, as no toolkit's does.

As a program: odd_pacs.py PORT DIRECTORY [--answers WORD,...] [--syntaxes UID,...]. It says `ready` when it listens. An
answer is a status in hexadecimal, with which nothing is kept unless it is 0000, 0111 or a warning, or `lost`: the
instance is kept, and the connection closed without an answer. `gone` is the same, and nobody listens any more. Each C-STORE takes one word; the last word stays. Only
the transfer syntaxes named are accepted; without the option, the first proposed.
"""

import argparse
import pathlib
import socket
import struct
import threading

from raw_scu import _element, _item, _p_data, _pdu

KEPT = ("0000", "0111", "lost", "gone")


def _sub_items(content):
    at = 0
    while at < len(content):
        kind, _, length = struct.unpack(">BBH", content[at:at + 4])
        yield kind, content[at + 4:at + 4 + length]
        at += 4 + length


def _text(value):
    return value.decode("ascii").rstrip("\0 ")


class OddPacs:
    def __init__(self, directory, ae_title="PACS_B", answers=("0000",), syntaxes=(), port=0):
        self.directory, self.ae_title = pathlib.Path(directory), ae_title
        self.answers, self.syntaxes = list(answers), list(syntaxes)
        self.given = []  # (SOP Instance UID, word)
        self.silent = set()  # SOP Instance UIDs that are never answered
        self.refused = set()  # SOP classes that no context is accepted for
        self.associations = 0  # that are open
        self.asked = 0  # how many associations there were
        self._lock = threading.Lock()
        self.directory.mkdir(parents=True, exist_ok=True)
        self._listener = socket.create_server(("127.0.0.1", port))
        self.port = self._listener.getsockname()[1]

    def start(self):
        threading.Thread(target=self.run, daemon=True).start()
        return self

    def stop(self):
        self._listener.close()

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()

    def run(self):
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def files(self):
        """SOP Instance UID -> Part 10 file."""
        return {path.stem: path for path in self.directory.glob("*.dcm")}

    def _word(self, sop_instance):
        with self._lock:
            word = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
            self.given.append((sop_instance, word))
            return word

    def _serve(self, connection):
        with self._lock:
            self.associations += 1
            self.asked += 1
        try:
            with connection:
                contexts = self._accept(connection, _pdu(connection)[1])
                while self._message(connection, contexts):
                    pass
        except (OSError, struct.error):
            pass
        finally:
            with self._lock:
                self.associations -= 1

    def _accept(self, connection, request):
        contexts, answers = {}, b""
        for kind, content in _sub_items(request[68:]):
            if kind != 0x20:
                continue
            names = [(k, _text(v)) for k, v in _sub_items(content[4:])]
            proposed = [v for k, v in names if k == 0x40]
            taken = next((v for v in proposed if not self.syntaxes or v in self.syntaxes), None)
            is_refused = any(v in self.refused for k, v in names if k == 0x30)
            taken = None if is_refused else taken
            contexts[content[0]] = taken
            answers += _item(0x21, bytes([content[0], 0, 0 if taken else 3 if is_refused else 4, 0])
                             + _item(0x40, (taken or proposed[0]).encode()))
        user = _item(0x50, _item(0x51, struct.pack(">I", 16384)) + _item(0x52, b"1.2.826.0.1.3680043.8.498.9"))
        body = request[:68] + _item(0x10, b"1.2.840.10008.3.1.1.1") + answers + user
        connection.sendall(struct.pack(">BBI", 2, 0, len(body)) + body)
        return contexts

    def _message(self, connection, contexts):
        """One request, answered. False at the end of the association."""
        command, dataset, context = b"", b"", 0
        while True:
            kind, body = _pdu(connection)
            if kind == 5:
                connection.sendall(struct.pack(">BBI", 6, 0, 4) + bytes(4))
            if kind != 4:
                return False
            at, last = 0, False
            while at < len(body):
                length, context, flags = struct.unpack(">IBB", body[at:at + 6])
                value = body[at + 6:at + 4 + length]
                at += 4 + length
                if flags & 1:
                    command += value
                    last = flags & 2 and not self._has_dataset(command)
                else:
                    dataset += value
                    last = flags & 2
            if last:
                return self._answer(connection, contexts, context, self._fields(command), dataset)

    @staticmethod
    def _fields(command):
        fields, at = {}, 0
        while at < len(command):
            _, element, length = struct.unpack("<HHI", command[at:at + 8])
            fields[element] = command[at + 8:at + 8 + length]
            at += 8 + length
        return fields

    def _has_dataset(self, command):
        return self._fields(command).get(0x0800) != b"\x01\x01"

    def _answer(self, connection, contexts, context, request, dataset):
        command = struct.unpack("<H", request[0x0100])[0]
        word = "0000"
        if command == 1:
            sop_instance = _text(request[0x1000])
            if sop_instance in self.silent:
                _pdu(connection)  # until the other one gives up
                return False
            word = self._word(sop_instance)
            if word in KEPT or word.startswith("B"):
                self._keep(sop_instance, _text(request[0x0002]), contexts[context], dataset)
        if word == "gone":
            self._listener.shutdown(socket.SHUT_RDWR)
        if word in ("lost", "gone"):
            return False
        response = (_element(0x0002, request[0x0002]) + _element(0x0100, struct.pack("<H", command | 0x8000))
                    + _element(0x0120, request[0x0110]) + _element(0x0800, struct.pack("<H", 0x0101))
                    + _element(0x0900, struct.pack("<H", int(word, 16))))
        if command == 1:
            response += _element(0x1000, request[0x1000])
        message = bytearray(_p_data(3, _element(0x0000, struct.pack("<I", len(response))) + response))
        message[10] = context
        connection.sendall(message)
        return True

    def _keep(self, sop_instance, sop_class, syntax, dataset):
        def element(number, vr, value):
            value += b"\0" * (len(value) % 2)
            return struct.pack("<HH", 2, number) + vr + struct.pack("<H", len(value)) + value
        meta = (element(2, b"UI", sop_class.encode()) + element(3, b"UI", sop_instance.encode())
                + element(0x10, b"UI", syntax.encode()))
        content = bytes(128) + b"DICM" + element(0, b"UL", struct.pack("<I", len(meta))) + meta + dataset
        path = self.directory / f"{sop_instance}.dcm"
        path.with_suffix(".part").write_bytes(content)
        path.with_suffix(".part").rename(path)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("port", type=int)
    parser.add_argument("directory")
    parser.add_argument("--answers", default="0000")
    parser.add_argument("--syntaxes", default="")
    options = parser.parse_args()
    pacs = OddPacs(options.directory, answers=options.answers.split(","),
                   syntaxes=[uid for uid in options.syntaxes.split(",") if uid], port=options.port)
    print("ready", flush=True)
    pacs.run()


if __name__ == "__main__":
    main()
