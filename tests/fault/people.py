"""Those who interfere while the faults come: operators at their consoles, and whatever kills an open worker."""

import collections
import json
import os
import pathlib
import signal
import subprocess
import threading
import time

from harness import gateway_binary
from layer import Layer
from processes import children_of, name_of

DONE, NOT_DONE, NO_SUCH_ITEM = 0, 1, 66
# Of what may be given up, and looked for again in what the ledgers say; each costs instances.
MOST_CANCELS = 6
STATES = {"cancel": {"messages": ("waiting", "sealed", "held"), "shipments": ("open", "closed"),
                     "deliveries": ("waiting", "held")},
          "retry": {"messages": ("waiting", "sealed", "failed"), "deliveries": ("waiting", "failed")},
          "resend": {"messages": ("sent", "delivered", "cancelled"), "shipments": ("sent", "delivered", "cancelled")},
          "hold": {"messages": ("waiting", "sealed"), "shipments": ("open", "closed"), "deliveries": ("waiting",)}}
# What becomes an object of the ledger's own making on the way to the PACS cannot be told from what was sent.
NOT_CANCELLED = {"b": {"deliveries"}}


class Interference(threading.Thread):
    """Interferes until stop()."""

    def __init__(self, site, chance):
        super().__init__(daemon=True)
        self.site, self.chance = site, chance
        self.failure = None
        self._over = threading.Event()

    def run(self):
        try:
            while not self._over.wait(self.pause()):
                self.interfere()
        except BaseException as failure:
            self.failure = failure

    def stop(self):
        self._over.set()
        self.join()
        if self.failure:
            raise self.failure


class Operator(Interference):
    """Gives commands at random, and is killed by kill -9 in the middle of some: at any time, or where the ledger is
    written. What it holds it releases soon after."""

    def __init__(self, site, chance):
        super().__init__(site, chance)
        self.name_of_site = site.directory.name
        self.partner = "klinikum-" + ("b" if self.name_of_site == "a" else "a")
        self.layer = Layer(site.directory / "operator-control", site.state)
        self.acts, self.deaths = collections.Counter(), collections.Counter()
        self.cancels = 0

    def pause(self):
        return self.chance.uniform(0, 0.5)

    def interfere(self):
        if not self.site.state.joinpath("ledger.db").exists():
            return
        act = self.chance.choice(["retry", "hold", "hold", "resend", "cancel", "release-mail", "drop-mail"])
        if act.endswith("-mail"):
            self._act_on_quarantine(act.split("-")[0])
        elif act == "hold":
            self._hold()
        elif act == "retry" and self.chance.random() < 0.5:
            self._give("retry", *self._destination())
        elif act != "cancel" or self.cancels < MOST_CANCELS:
            self._act_on_item(act)

    def _destination(self):
        return self.chance.choice([("--partner", self.partner), ("--pacs", "main")])

    def _act_on_item(self, act):
        item = self._any_item(act)
        if item:
            self.cancels += act == "cancel"
            missing = ["--missing"] if act == "resend" and self.chance.random() < 0.5 else []
            self._give(act, item, *missing)

    def _hold(self):
        item = self._any_item("hold")
        target = (item,) if item and self.chance.random() < 0.6 else self._destination()
        self._give("hold", *target)
        time.sleep(self.chance.uniform(0, 0.7))
        while self._give("release", *target) is None:
            pass

    def _act_on_quarantine(self, act):
        rows = self._list("quarantine", "list")
        if rows:
            self._give("quarantine", act, self.chance.choice(rows)["id"])

    def _any_item(self, act):
        kinds = [kind for kind in STATES[act] if act != "cancel" or kind not in NOT_CANCELLED.get(self.name_of_site, ())]
        kind = self.chance.choice(kinds)
        rows = [row["id"] for state in STATES[act][kind]
                for row in self._list("list", "--kind", kind, "--state", state, "--limit", "20")]
        return self.chance.choice(rows) if rows else None

    def _list(self, *arguments):
        done = self._run(*arguments, "--json")
        return json.loads(done.stdout) if done.returncode == DONE else []

    def _run(self, *arguments):
        return subprocess.run([str(gateway_binary()), *arguments, "--config", str(self.site.config)],
                              capture_output=True, text=True, timeout=120, check=False)

    def _give(self, *arguments):
        """The exit code; None: it was killed before it was done."""
        self.layer.spare()
        way = self.chance.choice(["", "", "at any time", "ledger.written", "ledger.committed"])
        if "." in way:
            self.layer.kill_at(way)
        process = subprocess.Popen([str(gateway_binary()), *arguments, "--config", str(self.site.config)],
                                   stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                                   env=self.layer.environment())
        if way == "at any time":
            time.sleep(self.chance.uniform(0, 0.08))
            process.kill()
        output, _ = process.communicate(timeout=120)
        name = " ".join(arguments[:2]) if arguments[0] == "quarantine" else arguments[0]
        if process.returncode == -signal.SIGKILL:
            self.deaths[way] += 1
            return None
        if process.returncode not in (DONE, NOT_DONE, NO_SUCH_ITEM):
            raise AssertionError(f"{arguments}: exit code {process.returncode}: {output}")
        self.acts[name if process.returncode == DONE else f"{name} refused"] += 1
        return process.returncode

    def let_everything_go(self):
        """After stop(): no hold outlives the operator."""
        for target in (("--partner", self.partner), ("--pacs", "main")):
            self._run("release", *target)
        for row in self._list("list", "--state", "held"):
            self._run("release", row["id"])
        left = [row for row in self._list("list", "--state", "held") if row["id"][0] != "I"]
        if left:
            raise AssertionError(f"{self.name_of_site}: held for ever: {left}")


class WorkerKiller(Interference):
    """Kills one of the gateway's open workers by kill -9, as the kernel does when memory runs out: one that works on a
    mail, for which it lies in wait, or one that works on nothing."""

    def __init__(self, site, chance):
        super().__init__(site, chance)
        self.kills = 0

    def pause(self):
        return self.chance.uniform(0.1, 0.8)

    def interfere(self):
        workers = self._await_busy() if self.chance.random() < 0.7 else self._workers()
        if workers:
            try:
                os.kill(self.chance.choice(workers), signal.SIGKILL)
                self.kills += 1
            except ProcessLookupError:
                pass

    def _await_busy(self):
        end = time.monotonic() + 3
        while time.monotonic() < end and not self._over.is_set():
            workers = self._workers()
            for _ in range(10):  # as long as they are likely to be the same
                busy = [worker for worker in workers if self._has_a_file(worker)]
                if busy:
                    return busy
                time.sleep(0.01)
        return []

    def _has_a_file(self, worker):
        """A worker is given the files of the mail in hand, and no others."""
        try:
            return any(os.readlink(link).startswith(str(self.site.state)) for link in
                       pathlib.Path(f"/proc/{worker}/fd").iterdir())
        except OSError:  # it ended, or closed one meanwhile
            return False

    def _workers(self):
        process = self.site.process
        return [child for child in children_of(process.pid) if name_of(child) == "open-worker"] if process else []
