"""A line to a mail server that somebody meddles with: silent, slow, half-open, cut, or with other words in it."""

import contextlib
import socket
import threading
import time

from listening import Listening, reset


class MeddlingProxy(Listening):
    """Passes TCP connections on to a port of this machine. What it does may change at any time:

    silent       new connections are taken, and nothing is passed on in them, either way
    trickle      (bytes, seconds): pieces of at most so many bytes, with so long a pause after each
    from_server, from_client   what is passed on instead of these bytes; None: the connection is cut
    freeze()     from now on nothing is passed on in the connections that there are; they stay open
    cut()        the connections that there are end with a reset
    `said` holds all that clients have said.
    """

    def __init__(self, target, host="127.0.0.1"):
        super().__init__()
        self.target = (host, target)
        self.silent, self.trickle = False, None
        self.from_server = self.from_client = lambda data: data
        self.said = b""
        self.connections = 0
        self._lines = []

    def __exit__(self, *error):
        super().__exit__(*error)
        self.cut()

    def _took(self, client):
        self.connections += 1
        try:
            line = _Line(self, client, socket.create_connection(self.target))
        except OSError:
            client.close()
            return
        self._lines.append(line)
        line.start()

    def freeze(self):
        for line in list(self._lines):
            line.frozen = True

    def cut(self):
        for line in list(self._lines):
            line.cut()


class _Line:
    def __init__(self, proxy, client, server):
        self.proxy, self.client, self.server = proxy, client, server
        self.frozen = proxy.silent

    def start(self):
        for source, sink in ((self.client, self.server), (self.server, self.client)):
            threading.Thread(target=self._pass_on, args=(source, sink), daemon=True).start()

    def _pass_on(self, source, sink):
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                if source is self.client:
                    self.proxy.said += data
                if self.frozen:
                    continue
                data = (self.proxy.from_client if source is self.client else self.proxy.from_server)(data)
                if data is None:
                    self.cut()
                    return
                self._send(sink, data)
            sink.shutdown(socket.SHUT_WR)

    def _send(self, sink, data):
        trickle = self.proxy.trickle
        if not trickle:
            sink.sendall(data)
            return
        size, pause = trickle
        for at in range(0, len(data), size):
            sink.sendall(data[at:at + size])
            time.sleep(pause)

    def cut(self):
        reset(self.client, self.server)
