"""A Debian in a directory, booted by systemd-nspawn with its own systemd. It shares this machine's network."""

import pathlib
import shutil
import subprocess
import tempfile
import time


class BootedDebian:
    """A copy of `root` that runs until stop(). Threads: one."""

    def __init__(self, root):
        self.top = pathlib.Path(tempfile.mkdtemp(prefix="package-", dir="/var/tmp"))
        self.root = self.top / "root"
        subprocess.run(["cp", "-a", root, self.root], check=True)
        self.console = open(self.top / "console", "wb")
        self.nspawn = subprocess.Popen(
            ["systemd-nspawn", "--quiet", "--directory", self.root, "--boot", "--register=no", "--keep-unit"],
            stdin=subprocess.DEVNULL, stdout=self.console, stderr=subprocess.STDOUT)
        self.init = self._wait_for_init()
        self._wait_until_booted()

    def _wait_for_init(self):
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            found = subprocess.run(["pgrep", "--parent", str(self.nspawn.pid)], capture_output=True, text=True).stdout.split()
            if found and "systemd" in pathlib.Path("/proc", found[0], "comm").read_text():
                return found[0]
            time.sleep(0.2)
        raise SystemExit("no systemd came up:\n" + (self.top / "console").read_text(errors="replace"))

    def _wait_until_booted(self):
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            if self.run("systemctl is-system-running", check=False).stdout.strip() in ("running", "degraded"):
                return
            time.sleep(0.5)
        raise SystemExit("systemd does not finish booting:\n" + (self.top / "console").read_text(errors="replace"))

    def run(self, script, check=True, text=None):
        """Runs a shell script inside. Returns its exit code and all that it printed, as one text."""
        done = subprocess.run(
            ["nsenter", "--target", self.init, "--mount", "--uts", "--ipc", "--pid", "--cgroup", "--root", "--wd",
             "env", "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root", "DEBIAN_FRONTEND=noninteractive",
             "sh", "-c", script],
            input=text, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if check and done.returncode != 0:
            raise SystemExit(f"exit code {done.returncode} of:\n{script}\n{done.stdout}")
        return done

    def stop(self):
        self.nspawn.terminate()
        try:
            self.nspawn.wait(60)
        except subprocess.TimeoutExpired:
            self.nspawn.kill()
            self.nspawn.wait()
        self.console.close()
        shutil.rmtree(self.top, ignore_errors=True)
