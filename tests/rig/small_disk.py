"""A real disk of few megabytes."""

import errno
import os
import pathlib
import subprocess


class SmallDisk:
    """A tmpfs, and a file that fills it."""

    def __init__(self, directory, size):
        self.directory = pathlib.Path(directory)
        self.filler = self.directory / "filler"
        self.directory.mkdir()
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size},mode=0755", "tmpfs", self.directory], check=True,
                       capture_output=True)

    def free(self):
        status = os.statvfs(self.directory)
        return status.f_bavail * status.f_frsize

    def fill(self, leave=0):
        room = self.free()
        try:  # the gateway may have filled the disk to its last page: even the file cannot be made then
            with open(self.filler, "wb", buffering=0) as file:
                file.write(bytes(max(room - leave, 0)))
                while not leave:
                    file.write(bytes(4096))
        except OSError as error:
            if error.errno != errno.ENOSPC:
                raise

    def empty(self):
        self.filler.unlink(missing_ok=True)

    def unmount(self):
        subprocess.run(["umount", "-l", self.directory], check=False, capture_output=True)
