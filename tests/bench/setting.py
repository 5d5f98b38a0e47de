"""What the rows of the benchmark share: size of the run, the stages program, small measurements."""

import contextlib
import dataclasses
import json
import os
import pathlib
import resource
import time

from harness import run


@dataclasses.dataclass
class Size:
    """How much is measured. `small` keeps every code path alive in a few seconds. `profile`: also say where the time
    goes, in `out`."""

    runs: int
    small: bool
    profile: bool = False
    out: pathlib.Path = pathlib.Path("bench-results")

    def of(self, full, small):
        return small if self.small else full


def stages(*arguments, environment=None, timeout=900):
    """Runs one stage of ours, or of RNP, alone and returns what it printed."""
    done = run(os.environ["BENCH_STAGES"], *arguments, timeout=timeout, env={**os.environ, **(environment or {})})
    return json.loads(done.stdout or "{}")


@contextlib.contextmanager
def one_core():
    """This process, and all that it starts meanwhile, on one core."""
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(cores)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, cores)


def timed(call):
    started = time.monotonic()
    call()
    return time.monotonic() - started


def cpu_of(call, daemons=()):
    """CPU seconds, user and system, of the processes that `call` runs to their end, and of `daemons` (their ids) while
    it runs."""
    def now():
        ended = resource.getrusage(resource.RUSAGE_CHILDREN)
        return ended.ru_utime + ended.ru_stime + sum(map(cpu_of_process, daemons))
    before = now()
    call()
    return now() - before


def cpu_of_process(pid):
    """As clock_getcpuclockid(3) names its clock on Linux."""
    return time.clock_gettime((~pid << 3) | 2)


def alternating(runs, **calls):
    """Runs each call in turn, `runs` rounds; returns what they returned, by name."""
    found = {name: [] for name in calls}
    for _ in range(runs):
        for name, call in calls.items():
            found[name].append(call())
    return found


def entries(directory):
    """How many files are in it, without looking at each: it is asked often while the machine is measured."""
    try:
        return len(os.listdir(directory))
    except FileNotFoundError:
        return 0
