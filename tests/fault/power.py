"""What a disk may hold after a power loss: the model behind test_power.py.

The layer writes down what a gateway did to the files below its state directory, in order. From that, and from what was
there before, this model knows what fsync has made durable: the bytes of a file when the file was synced, its name when
its directory was. Everything else may be there or not, each name and each sector for itself (as leveldb's
FaultInjectionTestEnv drops, and ALICE and CrashMonkey reorder, what was not synced). After an fsync that failed, what
it should have written is not written by the next one either."""

import os
import pathlib
import shutil
import struct

HEAD = struct.Struct("<cQQQIII")
PAGE, SECTOR = 4096, 512


class _File:
    def __init__(self, inode, directory=False, content=None, size=0):
        self.inode, self.directory = inode, directory
        self.content = content  # of a ledger's file, as it is now; None for the others, which are written once
        self.durable = bytearray(content) if content is not None else None
        self.dirty = set()      # pages
        self.synced_size = size

    def write(self, offset, data):
        if len(self.content) < offset:
            self.content.extend(bytes(offset - len(self.content)))
        self.content[offset:offset + len(data)] = data
        self.dirty.update(range(offset // PAGE, (offset + len(data) - 1) // PAGE + 1))

    def sync(self, size):
        if self.content is None:
            self.synced_size = size
            return
        size = len(self.content)
        del self.durable[size:]
        self.durable.extend(bytes(size - len(self.durable)))
        for page in self.dirty:
            self.durable[page * PAGE:(page + 1) * PAGE] = self.content[page * PAGE:(page + 1) * PAGE]
        self.dirty.clear()

    def after_loss(self, random):
        """One of the contents that a ledger's file may have. `random` None: nothing but what was synced."""
        if random is None:
            return bytes(self.durable)
        size = random.choice([len(self.durable), len(self.content)])
        result = bytearray(self.durable[:size].ljust(size, b"\0"))
        for at in range(0, min(size, len(self.content)), SECTOR):
            if random.random() < 0.5:
                result[at:at + SECTOR] = self.content[at:at + SECTOR][:size - at]
        return bytes(result)


def _records(journal):
    content = journal.read_bytes() if journal.exists() else b""
    at = 0
    while at + HEAD.size <= len(content):
        start = at
        op, inode, offset, number, *sizes = HEAD.unpack_from(content, at)
        at += HEAD.size
        texts = []
        for size in sizes:
            texts.append(content[at:at + size])
            at += size
        path, other, data = texts
        yield start, op.decode(), inode, offset, number, path.decode(), other.decode(), data


class Disk:
    """The disk under one gateway's state directory."""

    def __init__(self, state_dir, directory, layer):
        self.state = pathlib.Path(state_dir)
        self.journal, self.shadows = pathlib.Path(directory, "journal"), pathlib.Path(directory, "shadows")
        self.shadows.mkdir()
        self.state.mkdir(mode=0o700)
        layer.record(self.journal, self.shadows)
        self.losses = 0
        self.disagreements = 0  # between the model and the real file
        self._begin()

    def _begin(self):
        """All that is there is durable."""
        self.journal.unlink(missing_ok=True)
        for shadow in self.shadows.iterdir():
            shadow.unlink()
        self._names, self._by_inode = {}, {}
        for path in self.state.rglob("*"):
            content = None if path.is_dir() or not path.name.startswith("ledger.db") else bytearray(path.read_bytes())
            file = _File(path.stat().st_ino, path.is_dir(), content, path.stat().st_size)
            self._names[str(path.relative_to(self.state))] = self._by_inode[file.inode] = file

    def _replay(self):
        """Sets durable names and contents; returns the changes of names that are not durable, in order."""
        now, pending = dict(self._names), {}
        for position, op, inode, offset, number, path, other, data in _records(self.journal):
            file = self._by_inode.get(inode)
            if op in "CD":
                of_ledger = op == "C" and path.startswith("ledger.db")
                file = self._by_inode[inode] = _File(inode, op == "D", bytearray() if of_ledger else None)
                now[path] = file
                self._change(pending, position, path, file)
            elif op == "R":
                file = now.pop(path, file)
                now[other] = file
                self._change(pending, position, path, None)
                self._change(pending, position, other, file)
            elif op == "U":
                now.pop(path, None)
                self._change(pending, position, path, None)
            elif op == "S" and path in pending:
                self._sync_names(pending, path, offset)
            elif op == "S" and file and not file.directory:
                file.sync(number)
            elif op == "E" and file:
                file.dirty.clear()
            elif op == "W" and file:
                file.write(offset, data)
            elif op == "T" and file and file.content is not None:
                del file.content[offset:]
                file.content.extend(bytes(offset - len(file.content)))
        return pending

    @staticmethod
    def _change(pending, position, path, file):
        pending.setdefault(os.path.dirname(path), []).append((position, path, file))

    def _sync_names(self, pending, directory, begun):
        for position, path, file in pending[directory]:
            if position < begun:
                self._set(path, file)
        pending[directory] = [change for change in pending[directory] if change[0] >= begun]

    def _set(self, path, file):
        if file:
            self._names[path] = file
        else:
            self._names.pop(path, None)

    def fail(self, random=None):
        """The power fails under a gateway that is dead. `random`: what was not synced may be there; None: is not."""
        pending = self._replay()
        self._compare()
        if random:
            self._keep_some(pending, random)
        there = self._files_that_exist()
        fresh = self.state.with_name(self.state.name + ".after-loss")
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(mode=0o700)
        for path, file in sorted(self._names.items()):
            target = fresh / path
            if path.endswith("-shm") or not target.parent.is_dir():
                continue  # made anew by SQLite; lost with its directory
            if file.directory:
                target.mkdir(mode=0o700)
                continue
            target.write_bytes(self._content(file, there.get(file.inode), random))
            target.chmod(0o600)
        shutil.rmtree(self.state)
        fresh.rename(self.state)
        self.losses += 1
        self._begin()

    def _compare(self):
        """The model, with all that was done, against what is there. A write that was cut off between the disk and the
        journal may be missing in it."""
        inodes = {file.inode: file for file in self._names.values() if file.content is not None}
        for path in self.state.glob("ledger.db*"):
            file = inodes.get(path.stat().st_ino)
            if file and not path.name.endswith("-shm") and path.read_bytes() != bytes(file.content):
                self.disagreements += 1

    def _keep_some(self, pending, random):
        """Of each name's changes a part, from the first on."""
        by_name = {}
        for changes in pending.values():
            for _, path, file in changes:
                by_name.setdefault(path, []).append(file)
        for path, files in by_name.items():
            for file in files[:random.randrange(len(files) + 1)]:
                self._set(path, file)

    def _files_that_exist(self):
        return {path.lstat().st_ino: path for directory in (self.shadows, self.state) for path in directory.rglob("*")
                if not path.is_dir()}

    def _content(self, file, path, random):
        if file.content is not None:
            return file.after_loss(random)
        written = path.read_bytes() if path and self._by_inode.get(file.inode) is file else b""
        kept = written[:file.synced_size]
        if random is None or len(written) == len(kept):
            return kept
        size = random.randrange(len(kept), len(written) + 1)
        return random.choice([written[:size], kept.ljust(size, b"\0")])
