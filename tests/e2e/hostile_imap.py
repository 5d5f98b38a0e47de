"""A mail server that lies: a TCP relay to a real one, which answers one command or the greeting by itself."""

import contextlib
import socket
import threading

from listening import Listening

ENOUGH = 200_000_000  # bytes of what has no end


class LyingServer(Listening):
    """`lie`: None (it passes everything on) or (the beginning of a client's line, with or without its tag, b"" for
    the greeting; a function that yields what to send instead of the answer, given the tag). It ends the connection.
    `told` counts the lies that were begun, `hung_up` those of which the client did not wait for the end."""

    def __init__(self, target):
        super().__init__()
        self.target = target
        self.lie, self.told, self.hung_up = None, 0, 0
        self._clients = set()  # their connections

    def tell(self, lie):
        """From now on; who is connected has to come again."""
        self.lie = lie
        for client in list(self._clients):
            with contextlib.suppress(OSError):
                client.shutdown(socket.SHUT_RDWR)

    def _took(self, client):
        threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client):
        self._clients.add(client)
        try:
            self._talk(client)
        finally:
            self._clients.discard(client)

    def _talk(self, client):
        with contextlib.suppress(OSError), client:
            if self._lies_to(client, b"", b""):
                return
            with socket.create_connection(self.target) as server:
                threading.Thread(target=self._pass_on, args=(server, client), daemon=True).start()
                for line in client.makefile("rb"):
                    tag, _, command = line.partition(b" ")
                    if self._lies_to(client, tag, command) or self._lies_to(client, tag, line):
                        break
                    server.sendall(line)
                server.shutdown(socket.SHUT_RDWR)

    def _lies_to(self, client, tag, command):
        lie = self.lie
        if lie is None or not self._is_meant(lie[0], command):
            return False
        self.told += 1
        try:
            for piece in lie[1](tag):
                client.sendall(piece)
        except OSError:
            self.hung_up += 1
            raise
        return True

    @staticmethod
    def _is_meant(beginning, command):
        return command.upper().startswith(beginning) if beginning else not command

    @staticmethod
    def _pass_on(server, client):
        with contextlib.suppress(OSError):
            while piece := server.recv(65536):
                client.sendall(piece)
            client.shutdown(socket.SHUT_RDWR)


def endless(piece, start=b""):
    """`start`, then `piece` for ever, or as good as."""
    def tell(_):
        yield start
        for _ in range(ENOUGH // len(piece)):
            yield piece
    return tell


def once(text):
    """`text`, with TAG replaced by the client's."""
    return lambda tag: [text.replace(b"TAG", tag)]
