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
    """`arrivals`: the times (Unix seconds) of its C-STORE requests, oldest first."""

    def __init__(self, directory):
        super().__init__(directory, "PACS_B", ("+xa", "-pm", "--log-config", log_config(directory)))

    def arrivals(self, modality=""):
        return stamps(self.process.output(), rf"Received Store Request \(MsgID \d+, {modality}")


@dataclasses.dataclass
class Sent:
    asked: float
    answered: float


def send_timed(file, port, called, config):
    """One instance over an association of its own."""
    done = run("storescu", "-nh", "--log-config", config, "-aet", "PACS_A", "-aec", called, "127.0.0.1", port, file)
    text = done.stdout + done.stderr
    return Sent(stamps(text, "Sending Store Request")[0], stamps(text, "Received Store Response")[0])


def wait_for_arrivals(pacs, count, timeout=60, modality=""):
    end = time.monotonic() + timeout
    while len(found := pacs.arrivals(modality)) < count:
        if time.monotonic() > end:
            raise TimeoutError(f"{len(found)} of {count} instances arrived within {timeout} s")
        time.sleep(0.01)
    return found
