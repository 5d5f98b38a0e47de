"""A line that breaks: passes TCP connections on to a port of this machine and cuts some of them short."""

import contextlib
import socket
import threading

from listening import Listening, reset


class CuttingProxy(Listening):
    """Cuts the first `times` connections that reach their end, with a reset on both sides:

    upload=N     when the client has sent N bytes
    answer=N     when the client has sent N bytes, instead of passing on what the server says then
    download=N   when the server has sent N bytes
    """

    def __init__(self, target, times=1, upload=None, answer=None, download=None, port=None):
        super().__init__(port)
        self.target = target
        self.upload, self.answer, self.download = upload, answer, download
        self.cuts = 0
        self._left = times
        self._lock = threading.Lock()  # guards cuts and _left

    def _took(self, client):
        server = socket.create_connection(("127.0.0.1", self.target))
        line = _Line(self, client, server)
        threading.Thread(target=line.pass_on, args=(client, server), daemon=True).start()
        threading.Thread(target=line.pass_on, args=(server, client), daemon=True).start()

    def may_cut(self):
        with self._lock:
            if self._left == 0:
                return False
            self._left -= 1
            self.cuts += 1
            return True


class _Line:
    def __init__(self, proxy, client, server):
        self.proxy, self.client, self.server = proxy, client, server
        self.sent = {client: 0, server: 0}

    def pass_on(self, source, sink):
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                self.sent[source] += len(data)
                if self._at_its_end(source) and self.proxy.may_cut():
                    reset(self.client, self.server)
                    return
                sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)

    def _at_its_end(self, source):
        proxy = self.proxy
        if source is self.client:
            return proxy.upload is not None and self.sent[self.client] >= proxy.upload
        return (proxy.answer is not None and self.sent[self.client] >= proxy.answer
                or proxy.download is not None and self.sent[self.server] >= proxy.download)
