"""What stands in a line between client and server has in common: it listens, and it resets connections."""

import contextlib
import socket
import struct
import threading

from servers import free_port


class Listening:
    """Takes TCP connections at a port of this machine; `_took(client)`, called in the one thread that accepts, says what
    becomes of each. An OSError of its ends the listening."""

    def __init__(self, port=None):
        self.port = port or free_port()
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
                self._took(client)

    def _took(self, client):
        raise NotImplementedError


def reset(*ends):
    """Ends connections without a word."""
    for end in ends:
        with contextlib.suppress(OSError):
            end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            end.shutdown(socket.SHUT_RD)  # wakes a thread that reads from it
        end.close()
