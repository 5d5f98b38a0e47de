#!/usr/bin/python3
"""batches.py FOLDER SOURCE...: which sources of a folder can be compiled as one, as lines of a batch's name and a source.

Sources go together if they lie in the same directory and none says a name that another one, or a header that the other
one includes, declares for itself in an anonymous namespace. So nobody has to choose names with an eye on other files.
"""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
MOST = 8  # sources of a batch: more would keep one processor busy when the others have nothing left to do
# What is no name of the source's own: texts, characters, comments and members of objects.
NO_NAMES = re.compile(r'''R"(\w*)\(.*?\)\1"|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])+'|//[^\n]*|/\*.*?\*/'''
                      r'''|(?:\.|->)\s*[A-Za-z_]\w*''', re.DOTALL)
INCLUDE = re.compile(r'^#include "([^"]+)"', re.MULTILINE)
ANONYMOUS = re.compile(r"^namespace \{$(.*?)^\}  // namespace$", re.MULTILINE | re.DOTALL)
WORD = re.compile(r"[A-Za-z_]\w*")
# In a line that begins at the margin: the name that stands before a parenthesis, a brace, an initial value or the end.
DECLARED = re.compile(r"(\w+)(?:\[[^\]]*\])?\s*(?:[({=;]|:(?!:)|$)")
# What several files of a batch may say: a name of another namespace, and a test.
ANYWHERE = re.compile(r"using [\w:]+;|TEST")


class Source:
    _words_of_headers = {}

    def __init__(self, path):
        self.path = pathlib.Path(path).resolve()
        written = self.path.read_text()
        text = NO_NAMES.sub("", written)
        self.own = set()
        for block in ANONYMOUS.findall(written):
            for line in NO_NAMES.sub("", block).splitlines():
                name = DECLARED.search(line)
                if line[:1].isalpha() and name and not ANYWHERE.match(line):
                    self.own.add(name.group(1))
        self.words = set(WORD.findall(text)) | self._of_headers(written, self.path.parent)

    @classmethod
    def _of_headers(cls, text, directory):
        words = set()
        for name in INCLUDE.findall(text):
            for place in (directory, ROOT / "src", ROOT / "include", ROOT / "tests"):
                if (place / name).is_file():
                    words |= cls._of_header((place / name).resolve())
                    break
        return words

    @classmethod
    def _of_header(cls, path):
        if path not in cls._words_of_headers:
            cls._words_of_headers[path] = set()  # a header that includes itself by others ends here
            written = path.read_text()
            cls._words_of_headers[path] = (set(WORD.findall(NO_NAMES.sub("", written)))
                                           | cls._of_headers(written, path.parent))
        return cls._words_of_headers[path]

    def goes_with(self, other):
        return self.own.isdisjoint(other.words) and other.own.isdisjoint(self.words)


def batches_of(sources):
    batches = []
    for source in sources:
        for batch in batches:
            if (len(batch) < MOST and batch[0].path.parent == source.path.parent
                    and all(source.goes_with(other) for other in batch)):
                batch.append(source)
                break
        else:
            batches.append([source])
    return batches


def main():
    folder = pathlib.Path(sys.argv[1]).resolve()
    for number, batch in enumerate(batches_of(map(Source, sorted(sys.argv[2:])))):
        # linked_floors.py reads the directory out of this name.
        name = "-".join([*batch[0].path.parent.relative_to(folder).parts, str(number)])
        for source in batch:
            print(f"{name};{source.path}")


if __name__ == "__main__":
    main()
