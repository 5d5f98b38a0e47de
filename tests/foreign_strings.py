#!/usr/bin/python3
"""What comes from outside reaches a terminal through src/cli/output.h only, which makes it printable."""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent

# What writes past it: the streams, the functions of C, and the standard descriptors by name or number.
PAST_IT = re.compile(
    r"std::(cout|cerr|clog|wcout|wcerr|print|println)\b"
    r"|\b(?:std::|::)?(?:v?f?printf|v?dprintf|perror|psignal|fputs|fputc|putchar|putc|puts|fwrite|fmt::print)\s*\("
    r"|\bstd(?:out|err)\b"
    r"|\bapp\w*\.exit\(\s*\w+\s*\)"  # of CLI11: writes to both
    r"|\bwritev?\s*\(\s*(?:STD(?:OUT|ERR)_FILENO|[12])\s*,"
    r"|/dev/(?:tty|stdout|stderr)|<iostream>")
# JSON as the library writes it holds all but C0 as it came.
RAW_JSON = re.compile(r"\.dump\s*\(|<<\s*(?:std::setw\([^)]*\)\s*<<\s*)?\w*json\w*\b", re.IGNORECASE)

# Of several lines: each of these has made the parts printable, or can hold none but its own line ends.
LINES = re.compile(r"\.Lines\(")

# The one place of each, and what a signal handler or a child may say: literals of ours.
ALLOWED = {
    "src/cli/output.cc": {"<iostream>", "std::cout", "std::cerr"},
    "src/cli/json_text.cc": {".Lines(", ".dump("},
    "src/cli/keys_commands.cc": {".Lines("},  # armor
    "src/cli/inspect_command.cc": {"write(STDERR_FILENO,", ".Lines("},
    "src/main.cc": {".Lines("},  # what CLI11 says of the arguments
    "src/openpgp/rnp_silence.cc": {"write(STDERR_FILENO,", "stderr"},
}

# Lines that this test has to find, or to let pass: else it is none.
MUST_FIND = [
    '  std::cout << "  user       " << user_id << "\\n";',
    "  std::cerr << error.detail;",
    '  std::printf("%s", name.c_str());',
    '  fprintf(stderr, "%s", name.c_str());',
    "  ::write(STDOUT_FILENO, text.data(), text.size());",
    "  write(1, text.data(), text.size());",
    "  fputs(subject.c_str(), stdout);",
    '  std::ofstream terminal("/dev/tty");',
    "#include <iostream>",
    "  return app_.exit(error);",
    "  Err().Lines(error.detail);",
]
MUST_FIND_AS_JSON = ["  Out().Lines(list.dump(2));", "  text << json;"]
MUST_PASS = [
    '  Out() << "  user       " << user_id << "\\n";',
    '  // std::cout is the terminal',
    "  std::snprintf(text.data(), text.size(), \"%04X\", status);",
    "  PrintJson(list);",
    "  ::write(fd, text.data(), text.size());",
]


def code_of(line):
    """Without a comment behind it; a URL in a literal is none."""
    return re.sub(r"(^|\s)//.*", "", line)


def findings(line, json):
    found = [match[0] for pattern in (PAST_IT, LINES) for match in pattern.finditer(code_of(line))]
    if json:
        found += [match[0] for match in RAW_JSON.finditer(code_of(line))]
    return found


def violations():
    for path in sorted((ROOT / "src").rglob("*")):
        if path.suffix not in (".h", ".cc"):
            continue
        name = str(path.relative_to(ROOT))
        of_commands = path.parent.name == "cli"
        for number, line in enumerate(path.read_text().splitlines(), 1):
            for what in findings(line, of_commands):
                if what not in ALLOWED.get(name, ()):
                    yield f"{name}:{number}: {what}: foreign text must go through src/cli/output.h (Out, Err, PrintJson)"


def check_itself():
    missed = [line for line in MUST_FIND if not findings(line, False)]
    missed += [line for line in MUST_FIND_AS_JSON if not findings(line, True)]
    missed += [line for line in MUST_PASS if findings(line, True)]
    return [f"this test does not judge rightly: {line}" for line in missed]


def main():
    found = check_itself() + list(violations())
    print("\n".join(found) or "foreign strings go through src/cli/output.h")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
