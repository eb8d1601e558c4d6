#!/usr/bin/env python3
"""Says which configurations ImageSetConfig.schema.json accepts.

    scripts/validate-schema.py FILE-OR-FOLDER...

prints one line for each .yaml file: "accepted", a tab and the path, or "refused", a tab, the path, a tab and the reason.
Exit code 0 when every file could be judged, whatever the verdict. Needs PyYAML and jsonschema.

YAML is read as Ferry reads it: plain scalars by the rules of YAML 1.1 as oc-mirror's library applies them, keys whatever
their case, a key that stands twice is refused, and only the first document counts.
"""

import json
import pathlib
import re
import sys

import jsonschema
import yaml

SCHEMA = pathlib.Path(__file__).resolve().parent.parent / "ImageSetConfig.schema.json"
MAXIMUM_NODES = 250_000
WORDS = {word: None for word in ("", "~", "null", "Null", "NULL")}
WORDS |= {word: True for word in "y Y yes Yes YES true True TRUE on On ON".split()}
WORDS |= {word: False for word in "n N no No NO false False FALSE off Off OFF".split()}
WORDS |= {word: float(word.replace(".", "")) for word in ".nan .NaN .NAN .inf .Inf .INF -.inf -.Inf -.INF".split()}
DECIMAL = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?", re.ASCII)
INTEGER = re.compile(r"([-+]?)(?:0[xX]([0-9a-fA-F]+)|0[oO]?([0-7]+)|0[bB]([01]+)|(0|[1-9][0-9]*))", re.ASCII)
RESOLVED_TAGS = ["tag:yaml.org,2002:" + name for name in ("bool", "int", "float", "null")]


class Refusal(Exception):
    """The file cannot be read as a configuration."""


def plain_value(text):
    """What unquoted text without a tag means."""
    if text in WORDS:
        return WORDS[text]
    if text[:1] in "0123456789+-":
        digits = text.replace("_", "")
        if match := INTEGER.fullmatch(digits):
            sign, *bases = match.groups()
            number = next(int(digits, base) for digits, base in zip(bases, (16, 8, 2, 10)) if digits is not None)
            return -number if sign == "-" else number
        if DECIMAL.fullmatch(digits):
            return float(digits)
    elif text[:1] == "." and DECIMAL.fullmatch(text):
        return float(text)
    return text


class Reader:
    """Turns YAML nodes into plain values."""

    def __init__(self, keys):
        self.keys = {key.lower(): key for key in keys}
        self.count = 0

    def value(self, node):
        self.count += 1
        if self.count > MAXIMUM_NODES:
            raise Refusal("too many values")
        if isinstance(node, yaml.SequenceNode):
            return [self.value(item) for item in node.value]
        if isinstance(node, yaml.MappingNode):
            return self.mapping(node)
        if (node.style is None and node.tag is None) or node.tag in RESOLVED_TAGS:
            return plain_value(node.value)
        return node.value

    def mapping(self, node):
        result, merged = {}, []
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise Refusal("a list or an object cannot be a key")
            if key.value == "<<" and key.style is None:
                sources = self.value(value)
                merged += sources if isinstance(sources, list) else [sources]
                continue
            name = self.keys.get(key.value.lower(), key.value)
            if name.lower() in (known.lower() for known in result):
                raise Refusal(f"the key {name} stands twice")
            result[name] = self.value(value)
        for source in merged:
            if not isinstance(source, dict):
                raise Refusal("<< merges objects only")
            for name, value in source.items():
                result.setdefault(name, value)
        return result


class Loader(yaml.SafeLoader):
    """A composer that leaves the meaning of plain scalars to the reader."""

    def resolve(self, kind, value, implicit):
        return None if kind is yaml.ScalarNode and implicit[0] else super().resolve(kind, value, implicit)


def load(path, keys):
    """The first document of a file."""
    loader = None
    try:
        loader = Loader(path.read_bytes().decode("utf-8"))
        node = loader.get_node() if loader.check_node() else None
        return None if node is None else Reader(keys).value(node)
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
        raise Refusal(" ".join(str(error).split())) from error
    finally:
        if loader is not None:
            loader.dispose()


def property_names(schema):
    """All keys that the schema knows."""
    if isinstance(schema, dict):
        yield from schema.get("properties", {})
        for value in schema.values():
            yield from property_names(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from property_names(value)


def main(arguments):
    if not arguments or arguments[0] in ("-h", "--help"):
        print(__doc__)
        return 0 if arguments else 2
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    keys = set(property_names(schema))
    for argument in map(pathlib.Path, arguments):
        for path in sorted(argument.glob("*.yaml")) if argument.is_dir() else [argument]:
            try:
                error = jsonschema.exceptions.best_match(validator.iter_errors(load(path, keys)))
                reason = error and f"{error.json_path}: {error.message[:300]}"
            except Refusal as refusal:
                reason = str(refusal)
            print("accepted" if reason is None else "refused", path, *([] if reason is None else [reason]), sep="\t")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
