#!/usr/bin/python3
"""Error codes: each stands once in a src/FOLDER/error_codes.h, with its sentence; nothing else in src/ spells one.

Finds makers and comparisons with bare text, codes that nothing uses, lists that miss one, words in SQL and in
docs/quarantine.md that are no code.
"""

import collections
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
LIST = "error_codes.h"
MOST_WORDS = 20

DECLARED = re.compile(r'^inline constexpr ErrorCode (\w+)\{\s*"([^"]*)",\s*((?:"[^"]*"\s*)+)\};', re.M)
COMPLETE = re.compile(r"^inline constexpr std::array kOf(\w+)\{([^}]*)\};", re.M)
ABOUT = re.compile(r"^inline constexpr std::array kAbout(\w+)\{([^}]*)\};", re.M)

# What may not stand in a source: text where a constant belongs.
BARE = [
    (re.compile(r'\b(?:Transient|Permanent|Corrupt|ConfigError)\(\s*"'), "makes an error of a bare text"),
    (re.compile(r'\bErrorNamed\([^,;"]*,\s*"'), "names an error by a bare text"),
    (re.compile(r'\bError\{[^,;{}"]*,\s*"'), "makes an error of a bare text"),
    (re.compile(r'\bcode\s*[!=]=\s*"'), "compares a code with a bare text"),
    (re.compile(r'"\s*[!=]=\s*[\w.>()*-]*\bcode\b'), "compares a code with a bare text"),
    (re.compile(r"[.>]code\s*[!=]=\s*[\w:.>()-]*[.>]code\b"), "compares the texts of two codes"),
    (re.compile(r"\bcode\.(?:starts_with|ends_with|find|rfind|compare|contains)\("), "looks into the text of a code"),
]

# Events and the rules of `inspect` have names of their own. Some are spelled as the code of the same trouble.
OTHER_NAMES = {ROOT / "src/telemetry/events.cc", ROOT / "src/inspect/rules.h"}

# Migrations are history: they keep the codes that were right when they were written.
HISTORY = {ROOT / "src/ledger/store/first_migrations.cc", ROOT / "src/ledger/store/schema.cc"}

LITERAL = re.compile(r'"((?:[^"\\\n]|\\.)*)"')
WORD = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")

# Text that this check has to find, or to let pass: else it is none.
MUST_FIND = ['"error_code NOT IN (\'disk-full\', "', '"name: disk-full: there is no space"', '"error_code = \'unsigned\'"']
MUST_PASS = ['"the disk is full"', '"unsigned"', '"disk-fuller"', "'disk-full'"]

# A column of codes beside the words that SQL compares it with. SQL may continue on the next line.
SQL_COLUMN = re.compile(r"\berror_code\s*(?:=|<>|(?:NOT\s+)?IN\b)\s*\(?((?:[\s\",]|'[^']*')*)")


def sources():
    """Path and text, without comments, of each of our sources that is no list of codes."""
    for top in ("src", "include"):
        for path in sorted((ROOT / top).rglob("*")):
            if path.suffix in (".h", ".cc") and path.name != LIST:
                yield path, re.sub(r"(?<![:\"])//.*", "", path.read_text())


# Codes whose names are older than what they mean, and stay because the ledger's rows have them.
OLD_NAMES = {"imap-stand-in": "kStandIn"}


def constant_of(code):
    return OLD_NAMES.get(code) or "k" + "".join(word.capitalize() for word in code.split("-"))


def wrong_in_list(path):
    """What is wrong with one list, and the codes in it as {constant: name}."""
    text = path.read_text()
    codes = {constant: name for constant, name, _ in DECLARED.findall(text)}
    mistakes = [f"{name} is not declared as {constant_of(name)}"
                for constant, name in codes.items() if constant != constant_of(name)]
    for _, name, literals in DECLARED.findall(text):
        sentence = "".join(re.findall(r'"([^"]*)"', literals))
        if not sentence.endswith(".") or not 3 <= len(sentence.split()) <= MOST_WORDS:
            mistakes.append(f"{name} has no sentence of at most {MOST_WORDS} words: {sentence}")
    complete = COMPLETE.findall(text)
    if len(complete) != 1 or complete[0][0] != path.parent.name.capitalize():
        mistakes.append(f"there is no kOf{path.parent.name.capitalize()}")
    else:
        listed = re.findall(r"\w+", complete[0][1])
        mistakes += [f"{name} is not in it once" for name in codes if listed.count(name) != 1]
        mistakes += [f"it has {name} of another folder" for name in set(listed) - set(codes)]
    if text.count("constexpr ErrorCode ") != len(codes):
        mistakes.append("a declaration is not understood by this check")
    return [f"{path.relative_to(ROOT)}: {mistake}" for mistake in mistakes], codes


def missing_of_subject(codes):
    """kAboutImap has every code imap-..., wherever it is declared."""
    for path in sorted((ROOT / "src").glob("*/" + LIST)):
        for subject, listed in ABOUT.findall(path.read_text()):
            yield from (f"{path.relative_to(ROOT)}: kAbout{subject} lacks {name}" for constant, name in codes.items()
                        if name.startswith(subject.lower() + "-") and constant not in re.findall(r"\w+", listed))


def bare_texts(path, text):
    for pattern, what in BARE:
        for match in pattern.finditer(text):
            yield f"{path.relative_to(ROOT)}:{text.count(chr(10), 0, match.start()) + 1}: {what}"


def codes_in_literals(text, names):
    """The codes that stand in string literals. One that is a single word, as "compressed", may be a key of JSON or a
    column as well: it counts in single quotes only, as SQL has it."""
    for literal in LITERAL.findall(text):
        yield from (word for word in WORD.findall(literal)
                    if word in names and ("-" in word or f"'{word}'" in literal))


def check_itself():
    for texts, expected in ((MUST_FIND, True), (MUST_PASS, False)):
        for text in texts:
            if bool(list(codes_in_literals(text, {"disk-full", "unsigned"}))) != expected:
                sys.exit(f"this check {'misses' if expected else 'finds'}: {text}")


def spelled_codes(path, text, codes):
    if path not in OTHER_NAMES | HISTORY:
        yield from (f"{path.relative_to(ROOT)}: spells {word}" for word in codes_in_literals(text, set(codes.values())))


def words_of_sql(text):
    for match in SQL_COLUMN.finditer(text):
        yield from (word for word in re.findall(r"'([^']*)'", match[1]) if word)


def reasons_of_docs():
    """The first cells of the table of reasons."""
    reasons = (ROOT / "docs/quarantine.md").read_text().split("## Reasons")[1]
    for cell in re.findall(r"^\| (`[^|]*) \|", reasons, re.M):
        yield from re.findall(r"`([a-z-]+)`", cell)


def main():
    check_itself()
    mistakes, codes = [], {}
    for path in sorted((ROOT / "src").glob("*/" + LIST)):
        found, declared = wrong_in_list(path)
        mistakes += found + [f"declared twice: {declared[name]}" for name in set(codes) & set(declared)]
        codes.update(declared)
    mistakes += missing_of_subject(codes)
    sentences = (ROOT / "src/operations/error_sentences.cc").read_text()
    mistakes += [f"src/operations/error_sentences.cc: lacks kOf{path.parent.name.capitalize()}"
                 for path in sorted((ROOT / "src").glob("*/" + LIST))
                 if f"codes::kOf{path.parent.name.capitalize()}" not in sentences]
    used = collections.Counter()
    in_sql = 0
    for path, text in sources():
        mistakes += bare_texts(path, text)
        mistakes += spelled_codes(path, text, codes)
        used.update(re.findall(r"\bcodes::(k\w+)", text))
        for word in words_of_sql(text):
            in_sql += 1
            if word not in codes.values():
                mistakes.append(f"{path.relative_to(ROOT)}: SQL compares with {word}, which is no code")
    mistakes += [f"nothing uses {name}" for constant, name in codes.items() if not used[constant]]
    mistakes += [f"docs/quarantine.md explains {word}, which is no code"
                 for word in reasons_of_docs() if word not in codes.values()]
    print("\n".join(mistakes) or f"{len(codes)} error codes, each declared once; {in_sql} words of SQL are among them")
    return 1 if mistakes or not codes or not in_sql else 0


if __name__ == "__main__":
    sys.exit(main())
