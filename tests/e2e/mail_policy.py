"""What a real Postfix refuses, defers or hangs over, stage by stage: its policy delegation (SMTPD_POLICY_README), asked
at each of them, and answered by the test."""

import contextlib
import socketserver
import threading

from servers import free_port

STAGES = ("CONNECT", "EHLO", "HELO", "MAIL", "RCPT", "DATA", "END-OF-MESSAGE")


class MailPolicy:
    """`rule` gets what Postfix says of a session (protocol_state, sender, recipient ...) and returns its answer, like
    "450 4.7.1 later"; None: no objection. It may change at any time, and may wait."""

    def __init__(self):
        self.port = free_port()
        self.rule = lambda session: None
        self._lock = threading.Lock()  # guards refused and the rules of once()
        self.refused = []  # (stage, answer)
        self._server = None

    def settings(self):
        """main.cf."""
        ask = f"check_policy_service inet:127.0.0.1:{self.port}"
        stages = ("client", "helo", "sender", "recipient", "data", "end_of_data")
        return {"smtpd_delay_reject": "no", "smtpd_policy_service_timeout": "600s",
                **{f"smtpd_{stage}_restrictions": ask for stage in stages}}

    def answer_times(self, count, answer, **wanted):
        """A rule: the first `count` sessions with these attributes get this answer."""
        left = [count]

        def rule(session):
            if any(session.get(name) != value for name, value in wanted.items()):
                return None
            with self._lock:
                left[0] -= 1
                return answer if left[0] >= 0 else None
        self.rule = rule

    def clear(self):
        self.rule = lambda session: None

    def _answer(self, session):
        answer = self.rule(session)
        if answer:
            with self._lock:
                self.refused.append((session["protocol_state"], answer))
        return answer or "DUNNO"

    def __enter__(self):
        policy = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self):
                session = {}
                with contextlib.suppress(OSError):
                    for line in self.rfile:
                        name, _, value = line.decode(errors="replace").rstrip("\n").partition("=")
                        if name:
                            session[name] = value
                            continue
                        self.wfile.write(f"action={policy._answer(session)}\n\n".encode())
                        session = {}

        class Server(socketserver.ThreadingTCPServer):
            allow_reuse_address = daemon_threads = True
            block_on_close = False
            request_queue_size = 64

        self._server = Server(("127.0.0.1", self.port), Handler)
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_):
        self.clear()
        self._server.shutdown()
        self._server.server_close()
