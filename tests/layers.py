#!/usr/bin/python3
"""The direction of the includes (house-style.md, "Direction") and where third-party headers may stand."""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent

STAGES = {"config", "ledger", "spool", "dicom", "mime", "crypto", "mail", "routing"}
PIPELINES = {"outbound", "inbound", "upkeep", "inspect"}
MAY_INCLUDE = {
    "gateway": {"gateway"},
    "base": {"gateway", "base"},
    **{stage: {"gateway", "base", stage} for stage in STAGES},
    **{pipeline: {"gateway", "base", pipeline} | STAGES - {"config"} for pipeline in PIPELINES},
    "cli": {"gateway", "base", "cli"} | STAGES | PIPELINES,
    "main.cc": {"gateway", "base", "cli"} | STAGES | PIPELINES,
}

# Headers of libraries, and the folders whose private files may include them.
LIBRARIES = [
    (r"dcmtk/|png\.h|jpeglib\.h|jerror\.h", {"dicom"}),
    (r"curl/", {"mail"}),
    (r"gmime/|glib", {"mime"}),
    (r"rnp/", {"crypto"}),
    (r"soci/|sqlite3\.h", {"ledger"}),
    (r"yaml-cpp/", {"config"}),
    (r"spdlog/|fmt/", {"base"}),
    (r"nlohmann/", {"base", "cli", "crypto", "inbound"}),
    (r"CLI/", {"cli", "main.cc"}),
    (r"systemd/", {"base", "cli"}),
    (r"seccomp\.h|linux/seccomp\.h|linux/landlock\.h", {"base", "inbound"}),
    (r"openssl/", {"base", "mime", "crypto", "mail", "dicom"}),
]

# Headers of ours that a folder may not include for all that. Instances in the spool came by mail: a command asks an
# open worker (inbound/open_process.h) to read them, in its sandbox.
FORBIDDEN = {"cli": re.compile(r"dicom/(header_reader|study_reference|document_object)\.h")}


def owner_of(path):
    """The folder a source file belongs to."""
    parts = path.relative_to(ROOT).parts
    return "gateway" if parts[0] == "include" else parts[1]


def includes_of(path):
    for number, line in enumerate(path.read_text().splitlines(), 1):
        match = re.match(r'\s*#\s*include\s*([<"])([^>"]+)[>"]', line)
        if match:
            yield number, match[2], match[1] == '"'


def violations(path):
    owner = owner_of(path)
    if owner not in MAY_INCLUDE:
        yield 1, f"folder {owner} has no place in the layers"
        return
    for number, header, quoted in includes_of(path):
        folder = header.split("/")[0] if "/" in header else None
        if quoted and folder not in MAY_INCLUDE[owner]:
            yield number, f"{owner} must not include {header}"
        if quoted and owner in FORBIDDEN and FORBIDDEN[owner].match(header):
            yield number, f"{owner} must not parse by {header}"
        for pattern, folders in LIBRARIES:
            if re.match(pattern, header) and owner not in folders:
                yield number, f"{header} belongs in {', '.join(sorted(folders))} only"
            # A header that other folders include would carry the library's types to them.
            if re.match(pattern, header) and owner in folders and path.suffix == ".h" and is_shared(path):
                yield number, f"{header} stands in a header that other folders include"


_shared = None


def is_shared(path):
    """Is this header included from another folder?"""
    global _shared
    if _shared is None:
        _shared = {header for source in sources() for _, header, quoted in includes_of(source)
                   if quoted and header.split("/")[0] != owner_of(source)}
    return f"{path.parent.name}/{path.name}" in _shared


def sources():
    for top in ("src", "include"):
        yield from sorted(p for p in (ROOT / top).rglob("*") if p.suffix in (".h", ".cc"))


def main():
    found = [f"{path.relative_to(ROOT)}:{number}: {message}"
             for path in sources() for number, message in violations(path)]
    files = len(list(sources()))
    print("\n".join(found) or f"{files} files keep to the layers")
    return 1 if found or not files else 0


if __name__ == "__main__":
    sys.exit(main())
