"""The harness's side of the layer that LD_PRELOAD puts under a gateway: layer/control.h, mirrored."""

import ctypes
import errno
import mmap
import os
import pathlib
import re

HERE = pathlib.Path(__file__).resolve().parent
CALLS = {"open": 1, "write": 2, "sync": 4, "rename": 8, "truncate": 16, "unlink": 32, "mkdir": 64,
         "read": 128, "open-to-read": 256}
FOR_EVER = 0xFFFFFFFF


class _Rule(ctypes.Structure):
    _fields_ = [("calls", ctypes.c_uint32), ("error", ctypes.c_int32), ("skip", ctypes.c_uint32),
                ("times", ctypes.c_uint32), ("one_in", ctypes.c_uint32), ("hits", ctypes.c_uint32),
                ("path", ctypes.c_char * 256)]


class _Point(ctypes.Structure):
    _fields_ = [("name", ctypes.c_char * 60), ("passed", ctypes.c_uint32)]


class _Control(ctypes.Structure):
    _fields_ = [("state_dir", ctypes.c_char * 256), ("journal", ctypes.c_char * 256), ("shadows", ctypes.c_char * 256),
                ("lying_disk", ctypes.c_char * 256), ("kill_at", ctypes.c_char * 256), ("kill_pass", ctypes.c_uint32),
                ("killed", ctypes.c_uint32), ("rules", _Rule * 8), ("point_count", ctypes.c_uint32),
                ("points", _Point * 128)]


def durable_points():
    """The names that src/telemetry/durable_point.h lists."""
    text = (HERE.parents[1] / "src" / "telemetry" / "durable_point.h").read_text()
    listed = text[text.index("kDurablePoints{"):text.index("};")]
    return re.findall(r'^\s*"([a-z.-]+)",', listed, re.MULTILINE)


class Layer:
    """The control file of one gateway; it lives on from one of its processes to the next."""

    def __init__(self, file, state_dir):
        self.file = pathlib.Path(file)
        self.file.write_bytes(bytes(ctypes.sizeof(_Control)))
        with open(self.file, "r+b") as opened:
            self._memory = mmap.mmap(opened.fileno(), 0)
        self._control = _Control.from_buffer(self._memory)
        self._control.state_dir = str(state_dir).encode()
        for rule in self._control.rules:
            rule.one_in = 1
        for number, name in enumerate(durable_points()):
            self._control.points[number].name = name.encode()
        self._control.point_count = len(durable_points())

    def environment(self):
        library = os.environ.get("FAULT_LAYER")
        if not library:
            raise RuntimeError("FAULT_LAYER names the library that the build makes")
        return {**os.environ, "LD_PRELOAD": library, "FAULT_CONTROL": str(self.file)}

    def record(self, journal, shadows):
        self._control.journal, self._control.shadows = str(journal).encode(), str(shadows).encode()

    def lie_about(self, path):
        self._control.lying_disk = path.encode()

    def kill_at(self, point, passing=1):
        """The process ends, as by kill -9, when it passes the point for the n-th time from now."""
        self._control.kill_pass = 0
        self._control.killed = 0
        self._control.kill_at = point.encode()
        self._control.kill_pass = passing

    def spare(self):
        self._control.kill_pass = 0
        self._control.kill_at = b""
        self._control.killed = 0

    def killed(self):
        return bool(self._control.killed)

    def passed(self):
        """Point -> how often."""
        return {point.name.decode(): point.passed for point in self._control.points[:self._control.point_count]}

    def fail(self, number, calls, error, path="", skip=0, times=FOR_EVER, one_in=1):
        """Rule `number` from now on: `calls` on files whose path below the state directory contains `path`."""
        rule = self._control.rules[number]
        rule.calls = 0
        rule.error, rule.path = getattr(errno, error), path.encode()
        rule.skip, rule.times, rule.one_in, rule.hits = skip, times, one_in, 0
        rule.calls = sum(CALLS[call] for call in calls)

    def heal(self):
        for rule in self._control.rules:
            rule.calls = 0

    def hits(self, number=0):
        return self._control.rules[number].hits
