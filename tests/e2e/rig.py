"""Puts tests/rig on the path, where the servers and peers stand that fault, bench and the demo use as well."""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "rig"))
