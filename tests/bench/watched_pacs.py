"""A storescp and a storescu that note the time of each C-STORE: DCMTK's tools, by their own logs' time stamps."""

import dataclasses
import re
import time

from harness import StoreScp, run

# oflog: milliseconds since the epoch, then the message.
LOG_CONFIG = """log4cplus.rootLogger = INFO, console
log4cplus.appender.console = log4cplus::ConsoleAppender
log4cplus.appender.console.ImmediateFlush = true
log4cplus.appender.console.layout = log4cplus::PatternLayout
log4cplus.appender.console.layout.ConversionPattern = %D{%s.%q} %m%n
"""


def log_config(directory):
    directory.mkdir(parents=True, exist_ok=True)
    file = directory / "log.cfg"
    file.write_text(LOG_CONFIG)
    return file


def stamps(text, message):
    return [float(match) for match in re.findall(rf"^(\d+\.\d+) {message}", text, re.M)]


class WatchedPacs(StoreScp):
    """Tells the times (Unix seconds) of its C-STORE requests. Not for several threads."""

    def __init__(self, directory):
        super().__init__(directory, "PACS_B", ("+xa", "-pm", "--log-config", log_config(directory)))
        self._read, self._rest, self._arrivals = 0, "", {}

    def arrivals(self, modality):
        """Those of this kind of object so far, oldest first. Reads only what the log has got since the last call."""
        with open(self.process.log, "rb") as log:
            log.seek(self._read)
            new = log.read()
        self._read += len(new)
        *lines, self._rest = (self._rest + new.decode(errors="replace")).split("\n")
        for line in lines:
            # storescp forks: the progress dots of one process may stand before a line of another.
            for match in re.finditer(r"(\d{10}\.\d{3}) Received Store Request \(MsgID \d+, (\w+)", line):
                self._arrivals.setdefault(match[2], []).append(float(match[1]))
        return self._arrivals.get(modality, [])

    def wait_for_arrivals(self, modality, count, timeout=60):
        end = time.monotonic() + timeout
        while len(found := self.arrivals(modality)) < count:
            if time.monotonic() > end:
                raise TimeoutError(f"{len(found)} of {count} instances arrived within {timeout} s")
            time.sleep(0.005)
        return found


@dataclasses.dataclass
class Sent:
    asked: float
    answered: float


def send_timed(file, port, called, config):
    """One instance over an association of its own."""
    done = run("storescu", "-nh", "--log-config", config, "-aet", "PACS_A", "-aec", called, "127.0.0.1", port, file)
    text = done.stdout + done.stderr
    return Sent(stamps(text, "Sending Store Request")[0], stamps(text, "Received Store Response")[0])
