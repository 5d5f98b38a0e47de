"""Child processes that never outlive a test, whatever ends it."""

import atexit
import ctypes
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile

from servers import exit_on_sigterm, wait_until

_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None)


def _die_with_parent():
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


class Process:
    """A program in the foreground, its output in a file; a process group of its own, killed whole."""

    def __init__(self, command, log, **options):
        self.log = pathlib.Path(log)
        with open(self.log, "ab") as output:
            self.popen = subprocess.Popen([str(part) for part in command], stdin=subprocess.DEVNULL, stdout=output,
                                          stderr=subprocess.STDOUT, start_new_session=True,
                                          preexec_fn=_die_with_parent, **options)
        atexit.register(self.kill)

    @property
    def pid(self):
        return self.popen.pid

    def running(self):
        return self.popen.poll() is None

    def output(self):
        return self.log.read_text(errors="replace")

    def terminate(self, timeout=30):
        """SIGTERM; returns the exit code, or raises when it does not end."""
        if self.running():
            self.popen.send_signal(signal.SIGTERM)
        try:
            return self.popen.wait(timeout)
        finally:
            self.kill()

    def kill(self):
        """SIGKILL to the whole group."""
        try:
            os.killpg(self.popen.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        code = self.popen.wait()
        atexit.unregister(self.kill)
        return code

    def wait_for_port(self, port, timeout=60):
        def open_now():
            if not self.running():
                raise RuntimeError(f"{self.popen.args[0]} ended with {self.popen.returncode}: {self.output()}")
            return port_is_open(port)
        wait_until(open_now, timeout, f"{self.popen.args[0]} on port {port}")

    def peak_memory(self):
        """VmHWM in bytes: (of the process itself, of the largest child that runs now)."""
        return _peak(self.pid), max(map(_peak, self.children()), default=0)

    def children(self):
        """The ids of the processes that it has started, and that run now."""
        files = pathlib.Path(f"/proc/{self.pid}/task").glob("*/children")
        return {int(pid) for file in files for pid in file.read_text().split()}


def _peak(pid):
    try:
        status = pathlib.Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in status.splitlines() if line.startswith("VmHWM:")), 0)


def port_is_open(port):
    try:
        socket.create_connection(("127.0.0.1", port), timeout=2).close()
        return True
    except OSError:
        return False


def _spread(directory):
    """What will be made in it has nothing to do with each other, as on machines of their own: ext4 gives each directory
    a block group of its own (chattr +T). Where it has no journal, it looks at each inode that was removed from the group
    in the last minutes whenever a file is made, so all here would pay for what each of them removes."""
    if shutil.which("chattr"):
        subprocess.run(["chattr", "+T", directory], check=False, capture_output=True)  # not on other file systems


class Directory:
    """A private directory with a short path that the mail servers' users can search; gone at the end."""

    def __init__(self, prefix="dmg-", keep=False):
        exit_on_sigterm()
        self.path = pathlib.Path(tempfile.mkdtemp(prefix=prefix, dir="/tmp"))
        self.path.chmod(0o755)
        _spread(self.path)
        self.keep = keep
        atexit.register(self.remove)

    def remove(self):
        if not self.keep:
            shutil.rmtree(self.path, ignore_errors=True)
        atexit.unregister(self.remove)

    def __enter__(self):
        return self.path

    def __exit__(self, *_):
        self.remove()


def run(*command, check=True, timeout=120, **options):
    """Runs a program to its end and returns the CompletedProcess, output as text."""
    done = subprocess.run([str(part) for part in command], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True, errors="replace", timeout=timeout, **options)
    if check and done.returncode != 0:
        raise RuntimeError(f"{' '.join(map(str, command))} ended with {done.returncode}\n{done.stdout}{done.stderr}")
    return done
