#!/usr/bin/python3
"""Makes config/gateway.schema.json of the code's own table of keys (src/config/schema.cc), or checks it.

Editors complete and check a configuration by it. `--write` makes the file anew. Without it the file is compared with the
table, and the example configurations are checked by the schema. What keys mean comes from docs/configuration.md.
"""

import argparse
import json
import pathlib
import re
import sys

import yaml

ROOT = pathlib.Path(__file__).resolve().parent.parent
SCHEMA = ROOT / "config/gateway.schema.json"
# Sections that are lists of maps, and sections whose value may also be one word.
LISTS = {"dicom.callers", "routes.outbound", "routes.inbound"}
OR_WORD = {"mailboxes.NAME.imap.after_accept", "mailboxes.NAME.imap.if_not_understood"}
NOT_BELOW_THE_TOP = {"routes.d", "routes.when.OPERATORS"}


def rule_keys(rules):
    table = (ROOT / "include/gateway/rule_attributes.h").read_text()
    rows = re.findall(r'RuleAttribute\{"(\w+)", ValueKind::\w+, AskedBy::(\w+)', table)
    return [key for key, asked in rows if asked in (rules, "all_rules")] + ["any_of", "all_of", "not"]


def sections():
    """Name, keys and whether attributes of DICOM are keys too, from the table in schema.cc."""
    source = (ROOT / "src/config/schema.cc").read_text()
    source = source[source.index("Schema() {"):source.index("return schema;")]
    for name, keys, rules, attributes in re.findall(
            r'\{"([^"]*)",\s*(?:\{([^}]*)\}|KeysFor\(AskedBy::(\w+)\))(,\s*true)?\s*\}', source):
        yield name, rule_keys(rules) if rules else re.findall(r'"([^"]+)"', keys), bool(attributes)


def rows():
    """What docs/configuration.md says of each key: (section, key) -> cells."""
    section, found = "", {}
    for line in (ROOT / "docs/configuration.md").read_text().splitlines():
        heading = re.fullmatch(r"## `([^`]+)`", line)
        section = heading[1] if heading else section
        row = re.match(r"\| (?:\*\*)?`([^`]+)`(?:\*\*)? \|(.*)\|$", line)
        if row:
            found[section, row[1]] = [cell.strip() for cell in re.split(r"(?<!\\)\|", row[2])]
    return found


def leaf(cells):
    value = {"description": re.sub(r"[`*]", "", cells[0])} if cells and cells[0] else {}
    values = cells[1] if len(cells) > 2 else ""
    if values == "boolean":
        value["type"] = "boolean"
    elif re.fullmatch(r"`[\w.-]+`(, `[\w.-]+`)+", values):
        value["enum"] = re.findall(r"`([^`]+)`", values)
    return value


def criterion():
    return {"anyOf": [{"type": ["string", "number", "boolean"]}, {"type": "array"}, {"$ref": "#/$defs/operators"}]}


def build():
    texts = rows()
    objects, attributes = {}, {}
    for name, keys, takes_attributes in sections():
        properties = {key: leaf(texts.get((name, key), [])) for key in keys}
        objects[name] = {"type": "object", "additionalProperties": False, "properties": properties}
        attributes[name] = takes_attributes
    for name, takes in attributes.items():
        if not takes:
            continue
        for key, value in objects[name]["properties"].items():
            objects[name]["properties"][key] = {**value, **({} if key in ("any_of", "all_of", "not") else criterion())}
        objects[name]["patternProperties"] = {"^[A-Z(]": criterion()}
    for name, value in sorted(objects.items(), key=lambda item: -item[0].count(".")):
        if name and name not in NOT_BELOW_THE_TOP:
            put(objects, name, value)
    top = objects[""]
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "dicom-mail-gateway", **top,
            "$defs": {"operators": objects["routes.when.OPERATORS"]}}


def put(objects, name, value):
    """Puts a section into the one that holds it."""
    parent, key = name.rpartition(".")[::2]
    if key == "NAME":
        objects[""]["properties"].setdefault(parent, {})
        objects[""]["properties"][parent] = {"type": ["object", "null"], "additionalProperties": value}
        return
    if parent not in objects:
        raise SystemExit(f"schema.cc has {name}, but not {parent}")
    before = objects[parent]["properties"].get(key, {})
    if name in LISTS:
        value = {"type": ["array", "null"], "items": value}
    elif name in OR_WORD:
        value = {"anyOf": [{"type": "string"}, value]}
    else:
        value = {**value, "type": ["object", "null"]}
    objects[parent]["properties"][key] = {**{k: v for k, v in before.items() if k == "description"}, **value}


def mistakes(value, schema, path, defs):
    """What the schema says against a value, as far as this schema goes."""
    if "$ref" in schema:
        schema = defs[schema["$ref"].rpartition("/")[2]]
    if "anyOf" in schema:
        found = [list(mistakes(value, one, path, defs)) for one in schema["anyOf"]]
        if all(found):
            yield from min(found, key=len)
    types = {"object": dict, "array": list, "string": (str,), "number": (int, float), "boolean": bool, "null": type(None)}
    allowed = schema.get("type", [])
    allowed = [allowed] if isinstance(allowed, str) else allowed
    if allowed and not any(isinstance(value, types[name]) for name in allowed):
        yield f"{path}: expected {allowed}"
    if "enum" in schema and value not in schema["enum"]:
        yield f"{path}: {value} is none of {schema['enum']}"
    for key, inner in value.items() if isinstance(value, dict) else []:
        patterns = [one for pattern, one in schema.get("patternProperties", {}).items() if re.search(pattern, str(key))]
        known = schema.get("properties", {}).get(key) or (patterns[0] if patterns else schema.get("additionalProperties", {}))
        if known is False:
            yield f"{path}.{key}: unknown"
        elif isinstance(known, dict):
            yield from mistakes(inner, known, f"{path}.{key}", defs)
    for number, item in enumerate(value) if isinstance(value, list) and "items" in schema else []:
        yield from mistakes(item, schema["items"], f"{path}[{number}]", defs)


def text():
    return json.dumps(build(), indent=1, ensure_ascii=False) + "\n"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--write", action="store_true")
    if parser.parse_args().write:
        SCHEMA.write_text(text())
        return 0
    found = [] if SCHEMA.read_text() == text() else ["gateway.schema.json differs from the table; run with --write"]
    schema = json.loads(SCHEMA.read_text())
    examples = [ROOT / "config/gateway.yaml", *sorted((ROOT / "config/examples").glob("*/gateway.yaml"))]
    for example in examples:
        # Dates and times of day are texts to the gateway.
        loaded = yaml.load(example.read_text(), Loader=yaml.BaseLoader)
        found += [f"{example.name}: {one}" for one in mistakes(loaded, untyped(schema), "", untyped(schema)["$defs"])]
    wrong = {"gateway": {"nam": "x"}, "routes": {"outbound": [{"when": {"modalty": "CT"}}]}}
    if len(list(mistakes(wrong, schema, "", schema["$defs"]))) != 2:
        found.append("the schema does not notice misspelt keys")
    print("\n".join(found) or f"the schema is that of the table, and {len(examples)} examples keep to it")
    return 1 if found else 0


def untyped(schema):
    """The schema for values that were all read as texts."""
    if isinstance(schema, dict):
        return {key: (["string"] if key == "type" and value in ("boolean", "number") else untyped(value))
                for key, value in schema.items() if key != "enum"}
    return [untyped(one) for one in schema] if isinstance(schema, list) else schema


if __name__ == "__main__":
    sys.exit(main())
