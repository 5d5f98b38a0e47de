#!/usr/bin/python3
"""The direction of the includes (docs/architecture.md) and where third-party headers may stand."""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent

# From the bottom to the top; docs/architecture.md draws it. A folder includes what stands below it, and itself.
GROUND = {"gateway", "base", "telemetry", "policy", "attributes"}
STAGES = {"config", "ledger", "spool", "dicom", "mime", "mail", "routing"}
# Stages too, one for each kind of mail security. Only security knows which there are, so that a new kind changes no
# pipeline. The exceptions are commands about the key files of one kind: `keys`, `check`, and the passphrase of `inspect`.
CRYPTO = {"openpgp"}
PIPELINES = {"outbound", "inbound", "inspect"}
MAY_INCLUDE = {
    "gateway": {"gateway"},
    "base": {"gateway", "base"},
    "telemetry": {"gateway", "base", "telemetry"},
    "policy": GROUND - {"attributes"},
    "attributes": GROUND,
    **{stage: GROUND | {stage} for stage in STAGES | CRYPTO},
    "security": GROUND | {"security", "mime"} | CRYPTO,
    "opener": GROUND | {"opener", "security", "spool", "dicom", "mime"},
    "transform": GROUND | {"transform", "opener", "security", "spool", "ledger", "dicom"},
    **{pipeline: GROUND | {pipeline, "opener", "security", "transform"} | STAGES - {"config"} for pipeline in PIPELINES},
    "operations": GROUND | {"operations", "opener", "security", "transform"} | PIPELINES | STAGES | CRYPTO,
    "daemon": GROUND | STAGES | PIPELINES - {"inspect"} | {"security", "transform", "operations", "daemon"},
    "cli": GROUND | STAGES | CRYPTO | PIPELINES | {"opener", "operations", "daemon", "cli"},  # see ONLY
    "main.cc": {"gateway", "base", "config", "opener", "cli"},
}

# The sections of the settings (include/gateway/settings) that a folder may know; other folders may know them all.
SETTINGS = {
    "base": {"tls"},
    "telemetry": {"log"},
    "policy": {"partner", "retry"},
    "ledger": {"profile", "receipts", "reception", "services"},
    "spool": {"gateway"},
    "dicom": {"deidentify", "dicom", "pacs", "tls"},
    "mime": {"profile"},
    "openpgp": {"mailbox", "partner", "profile"},
    "mail": {"mail", "mailbox", "tls"},
    "attributes": set(),
    "routing": {"conditions", "routes", "services"},
    "security": {"mailbox", "partner", "profile"},
    "outbound": {"dicom", "limits", "mailbox", "pacs", "partner", "profile", "retry", "routes"},
    "inbound": {"gateway", "mailbox", "pacs", "partner", "receipts", "reception", "retry", "routes", "services"},
    "opener": {"deidentify"},
    "transform": {"routes"},
    "inspect": set(),
}

# The files that may know all sections at once: they read them, share them out, or look names up in them.
KNOWS_ALL_SETTINGS = {"src/config/loader.h", "src/daemon/configuration.h", "src/daemon/daemon.h", "src/operations/host_names.h",
                      "src/operations/known_destinations.h", "src/operations/operator_context.h",
                      "src/operations/explain.h", "src/operations/route_cases.h"}

# Floors inside a folder: a file of the first may include headers of the others. "" are the files of the folder itself.
FLOORS = {
    "ledger": {
        "": {"", "store"},
        "store": {"", "store", "store/sqlite"},
        "store/sqlite": {"", "store", "store/sqlite"},
        "rules": {"", "store", "rules"},
        **{floor: {"", "store", "rules", floor} for floor in ("outbound", "inbound", "operator", "care")},
    },
    "dicom": {
        "": {""},
        "edit": {"", "edit"},
        "deidentify": {"", "edit", "deidentify", "deidentify/tables"},
        "coding": {"", "coding", "edit"},
    },
}

# Headers of libraries, and the folders whose private files may include them.
LIBRARIES = [
    (r"dcmtk/|png\.h|jpeglib\.h|jerror\.h|openjpeg\.h", {"dicom"}),
    (r"curl/", {"mail"}),
    (r"gmime/|glib", {"mime"}),
    (r"rnp/|gcrypt\.h", {"openpgp"}),
    (r"soci/|sqlite3\.h", {"ledger"}),
    (r"yaml-cpp/", {"config"}),
    (r"spdlog/|fmt/", {"telemetry"}),
    (r"nlohmann/", {"telemetry", "cli", "openpgp", "opener"}),
    (r"CLI/", {"main.cc"}),
    (r"systemd/", {"daemon"}),
    (r"seccomp\.h|linux/seccomp\.h|linux/landlock\.h", {"opener"}),
    (r"openssl/", {"base", "openpgp", "mail", "dicom"}),
    (r"unicode/", {"base", "dicom", "mime"}),
    (r"zlib\.h", {"dicom"}),
]

# Folders that may include no other headers of ours than these. The commands hold arguments and wording. What operators
# ask for stands in operations, so that other interfaces can call it too. Besides operations, the commands know:
# - the reader of the configuration, for its mistakes, and of durations, which also stand on the command line
# - the lists of codes, by which they choose exit codes
# - the facts that operations returns: headers of structs and enums, by which nobody can ask for anything
# - the daemon, for `run`
ONLY = {"cli": re.compile(
    r"(cli|operations|gateway|base|telemetry)/.*|config/(loader|duration|route_tests)\.h|\w+/error_codes\.h"
    r"|ledger/(act_outcome|destination_name|document_link|item_details|item_summary|number_ranges|quarantine_item"
    r"|redelivered|row_words|states|status)\.h"
    r"|attributes/comparable\.h|inspect/findings\.h|openpgp/(fingerprint_text|key_file_reader)\.h|daemon/daemon\.h")}

# What a folder may not name, even in a comment. Only src/mail and what reads the settings know which kinds of
# mailboxes there are, and only src/security knows which kinds of mail security there are.
UNNAMEABLE = {"ledger": re.compile(r"imap", re.I),
              **{folder: re.compile(r"imap|openpgp", re.I) for folder in ("inbound", "outbound", "opener")}}

# What only the files of one floor may write: all that is SQLite's own, which another database would have in another
# way. Comments may name it. The session above calls SQLite itself, by the headers that LIBRARIES allows to the ledger.
DIALECT_FLOOR = "ledger/store/sqlite"
DIALECT = re.compile(r"\bPRAGMA\b|\bTOTAL\(|\bsqlite_(master|schema|sequence|stat)|BEGIN IMMEDIATE|AUTOINCREMENT"
                     r"|\bINSERT OR\b|\browid\b")
MUST_FIND = ['  session.Execute("PRAGMA foreign_key_check");', '"SELECT TOTAL(message.state = 1)"', '("BEGIN IMMEDIATE")']

# Headers of a folder that only the folder itself may include: the kinds of mail security, and the table of them.
PRIVATE = {"security": re.compile(r"security/(securities|(" + "|".join(CRYPTO) + r")_\w+)\.h")}


# Lists of constants that need nothing below them, so a table of all of them is no knowledge of the folders.
CODE_LISTS = re.compile(r"\w+/error_codes\.h")
READS_CODE_LISTS = {ROOT / "src/operations/error_sentences.cc", ROOT / "src/inbound/junk_reasons.h"}


def owner_of(path):
    """The folder a source file belongs to."""
    parts = path.relative_to(ROOT).parts
    return "gateway" if parts[0] == "include" else parts[1]


def floor_of(path, folder):
    """The folder below src/FOLDER in which a file of ours stands, "" for none."""
    parts = pathlib.PurePath(path).parts
    return "/".join(parts[parts.index(folder) + 1:-1])


def floor_violations(path, owner):
    """Includes inside one folder that point to a floor that the file's own floor may not know."""
    floor = floor_of(path.relative_to(ROOT / "src"), owner)
    if floor not in FLOORS[owner]:
        yield 1, f"{owner}/{floor} has no place among the floors of {owner}"
        return
    for number, header, quoted in includes_of(path):
        if quoted and header.split("/")[0] == owner and floor_of(header, owner) not in FLOORS[owner][floor]:
            yield number, f"{owner}/{floor} must not include {header}"


def dialect_of(line):
    """What a line of code writes that is SQLite's own, if anything."""
    match = DIALECT.search(re.sub(r"(^|\s)//.*", "", line))
    return match[0] if match else None


def dialect_violations(path):
    if path.parent == ROOT / "src" / DIALECT_FLOOR:
        return
    for number, line in enumerate(path.read_text().splitlines(), 1):
        if found := dialect_of(line):
            yield number, f"{found} is SQLite's own, and belongs in {DIALECT_FLOOR} only"


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
    if owner in FLOORS:
        yield from floor_violations(path, owner)
    yield from dialect_violations(path)
    if owner in UNNAMEABLE and path not in READS_CODE_LISTS:
        for number, line in enumerate(path.read_text().splitlines(), 1):
            if UNNAMEABLE[owner].search(line):
                yield number, f"{owner} must not name this kind: see UNNAMEABLE"
    for number, header, quoted in includes_of(path):
        folder = header.split("/")[0] if "/" in header else None
        if path in READS_CODE_LISTS and CODE_LISTS.fullmatch(header):
            continue
        if quoted and folder not in MAY_INCLUDE[owner]:
            yield number, f"{owner} must not include {header}"
        section = re.match(r"gateway/settings(?:/(\w+))?\.h", header)
        if quoted and section and section[1] not in SETTINGS.get(owner, {section[1]}):
            yield number, f"{owner} must not know {section[1] or 'all'} of the settings"
        if header == "gateway/settings.h" and str(path.relative_to(ROOT)) not in KNOWS_ALL_SETTINGS:
            yield number, "only the files of KNOWS_ALL_SETTINGS may know all of the settings"
        if quoted and owner in ONLY and not ONLY[owner].fullmatch(header):
            yield number, f"{owner} must not include {header}: see ONLY"
        if quoted and folder in PRIVATE and folder != owner and PRIVATE[folder].match(header):
            yield number, f"{header} belongs to {folder} only"
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
    return str(path.relative_to(ROOT / "src") if "src" in path.parts else path.relative_to(ROOT / "include")) in _shared


def sources():
    for top in ("src", "include"):
        yield from sorted(p for p in (ROOT / top).rglob("*") if p.suffix in (".h", ".cc"))


def main():
    if not all(dialect_of(line) for line in MUST_FIND):
        sys.exit("this check misses what is SQLite's own")
    found = [f"{path.relative_to(ROOT)}:{number}: {message}"
             for path in sources() for number, message in violations(path)]
    files = len(list(sources()))
    print("\n".join(found) or f"{files} files keep to the layers")
    return 1 if found or not files else 0


if __name__ == "__main__":
    sys.exit(main())
