"""Child processes that never outlive a test, whatever ends it."""

import atexit
import contextlib
import ctypes
import os
import pathlib
import re
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
        return set(children_of(self.pid))


def children_of(pid):
    """The ids of a process's children. It may end, and threads of it, at any time: then those that were seen."""
    found = []
    with contextlib.suppress(OSError):
        for thread in os.listdir(f"/proc/{pid}/task"):
            with contextlib.suppress(OSError):
                found += map(int, pathlib.Path(f"/proc/{pid}/task/{thread}/children").read_text().split())
    return found


def name_of(pid):
    """As the kernel calls the process; None: it is gone."""
    try:
        return pathlib.Path(f"/proc/{pid}/comm").read_text().strip()
    except OSError:
        return None


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


DISK = "/var/tmp"
_MUCH = 3 << 30


def in_memory():
    """A directory in memory for what asks nothing of a disk, where a flush costs nothing; DISK where memory is scarce.
    tests/run.sh makes one for a run, which is gone with all that a killed test left there."""
    given = os.environ.get("TMPDIR", "")
    if given.startswith("/dev/shm/"):
        return given
    available = re.search(r"MemAvailable:\s+(\d+)", pathlib.Path("/proc/meminfo").read_text())
    with contextlib.suppress(OSError):
        usable = os.access("/dev/shm", os.W_OK) and not os.statvfs("/dev/shm").f_flag & os.ST_NOEXEC
        if usable and available and int(available[1]) * 1024 > _MUCH:
            return "/dev/shm"
    return DISK


class Directory:
    """A private directory with a short path that the mail servers' users can search; gone at the end. In memory, unless
    `parent` is DISK, for tests of durability and for much data, or DMG_TEST_DIRECTORY says where."""

    def __init__(self, prefix="dmg-", keep=False, parent=None):
        exit_on_sigterm()
        parent = parent or os.environ.get("DMG_TEST_DIRECTORY") or in_memory()
        self.path = pathlib.Path(tempfile.mkdtemp(prefix=prefix, dir=parent))
        self.path.chmod(0o755)
        if parent == DISK:
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
