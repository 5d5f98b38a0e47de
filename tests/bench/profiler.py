"""Where the time goes: perf over the whole machine while a call runs; see docs/performance.md."""

import shutil
import signal
import subprocess
import time

REPORTS = (
    ("process or thread, as it calls itself", "comm"),
    ("library or program", "dso"),
    ("thread and library", "comm,dso"),
    ("thread and function", "comm,dso,symbol"),
)
LINES = 40


def profile(out, call):
    """Writes out/profile.md. Raises where perf is not installed or may not be used."""
    if not shutil.which("perf"):
        raise RuntimeError("--profile needs perf: apt-get install linux-perf")
    out.mkdir(parents=True, exist_ok=True)
    data = out / "perf.data"
    with open(out / "perf.log", "w") as log:
        perf = subprocess.Popen(["perf", "record", "-q", "-a", "-F", "499", "-o", data], stdin=subprocess.DEVNULL,
                                stdout=log, stderr=log)
        try:
            time.sleep(2)  # until it samples
            rate = call()
        finally:
            perf.send_signal(signal.SIGINT)
            perf.wait(60)
    if not data.exists() or data.stat().st_size == 0:
        raise RuntimeError(f"perf recorded nothing: {(out / 'perf.log').read_text()}")
    text = [f"End to end under perf: {rate:.0f} mails/s. Shares of all samples of the machine; `swapper` is idle time."]
    for title, keys in REPORTS:
        text += [f"\n## By {title}\n", "```", top(data, keys), "```"]
    (out / "profile.md").write_text("\n".join(text) + "\n")
    data.unlink()


def top(data, keys):
    report = subprocess.run(["perf", "report", "-i", data, "--stdio", "--no-children", "-q", "--sort", keys],
                            capture_output=True, text=True, errors="replace", timeout=600).stdout
    lines = [line.rstrip(" -") for line in report.splitlines() if line.strip() and not line.startswith("#")]
    return "\n".join(lines[:LINES])
