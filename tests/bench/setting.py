"""What the rows of the benchmark share: size of the run, the stages program, small measurements."""

import dataclasses
import json
import os
import resource
import time

from harness import run


@dataclasses.dataclass
class Size:
    """How much is measured. `small` keeps every code path alive in a few seconds."""

    runs: int
    small: bool

    def of(self, full, small):
        return small if self.small else full


def stages(*arguments, environment=None, timeout=900):
    """Runs one stage of ours alone and returns what it printed."""
    done = run(os.environ["BENCH_STAGES"], *arguments, timeout=timeout, env={**os.environ, **(environment or {})})
    return json.loads(done.stdout)


def timed(call):
    started = time.monotonic()
    call()
    return time.monotonic() - started


def cpu_of_children(call):
    """CPU seconds, user and system, of the processes that `call` runs to their end."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    call()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def alternating(runs, **calls):
    """Runs each call in turn, `runs` rounds; returns what they returned, by name."""
    found = {name: [] for name in calls}
    for _ in range(runs):
        for name, call in calls.items():
            found[name].append(call())
    return found
