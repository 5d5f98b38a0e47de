"""A line that breaks: passes TCP connections on to a port of this machine and cuts some of them short."""

import contextlib
import socket
import struct
import threading

from servers import free_port


class CuttingProxy:
    """Cuts the first `times` connections that reach their end, with a reset on both sides:

    upload=N     when the client has sent N bytes
    answer=N     when the client has sent N bytes, instead of passing on what the server says then
    download=N   when the server has sent N bytes
    """

    def __init__(self, target, times=1, upload=None, answer=None, download=None, port=None):
        self.port, self.target = port or free_port(), target
        self.upload, self.answer, self.download = upload, answer, download
        self.cuts = 0
        self._left = times
        self._lock = threading.Lock()  # guards cuts and _left
        self._listener = None

    def __enter__(self):
        self._listener = socket.create_server(("127.0.0.1", self.port))
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_):
        # Wakes accept(), which close() alone does not.
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
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
                    self._cut()
                    return
                sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)

    def _at_its_end(self, source):
        proxy = self.proxy
        if source is self.client:
            return proxy.upload is not None and self.sent[self.client] >= proxy.upload
        return (proxy.answer is not None and self.sent[self.client] >= proxy.answer
                or proxy.download is not None and self.sent[self.server] >= proxy.download)

    def _cut(self):
        for end in (self.client, self.server):
            end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RD)  # wakes the other thread
            end.close()
