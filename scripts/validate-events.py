#!/usr/bin/env python3
"""Validates what ferry writes for programs: events and lines of the log, one JSON object per line.

Every line must be an object that docs/events.schema.json or docs/log.schema.json describes, with no member that the
schema does not name: what is written is documented. With --whole the first event must be run-started and the last one
run-ended. Prints each breach; exits 1 when there is one.
"""

import argparse
import collections
import json
import pathlib
import sys

import jsonschema

DOCS = pathlib.Path(__file__).resolve().parent.parent / "docs"


def strict(schema):
    """The definitions of a schema without leave for members that they do not name."""
    if isinstance(schema, dict):
        closed = {key: strict(value) for key, value in schema.items()}
        if closed.get("type") == "object" and "properties" in closed and "additionalProperties" not in closed:
            closed["additionalProperties"] = False
        return closed
    if isinstance(schema, list):
        return [strict(item) for item in schema]
    return schema


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--whole", action="store_true")
    parser.add_argument("files", nargs="+")
    options = parser.parse_args()
    schema = json.loads((DOCS / "events.schema.json").read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    definitions = strict(schema["$defs"])
    log_schema = json.loads((DOCS / "log.schema.json").read_text())
    jsonschema.Draft202012Validator.check_schema(log_schema)
    log = jsonschema.Draft202012Validator(log_schema)
    readers = jsonschema.Draft202012Validator(schema)
    writers = {
        name: jsonschema.Draft202012Validator({"$ref": f"#/$defs/{name}", "$defs": definitions})
        for name, definition in definitions.items()
        if "event" in definition.get("properties", {}) and name != "unknown"
    }
    breaches = []
    for file in options.files:
        seen = []
        for number, line in enumerate(pathlib.Path(file).read_text().splitlines(), 1):
            place = f"{file}:{number}"
            try:
                value = json.loads(line)
            except ValueError:
                breaches.append(f"{place}: no JSON: {line[:200]}")
                continue
            if not isinstance(value, dict) or "event" not in value:
                breaches += [f"{place}: {error.message}" for error in log.iter_errors(value)]
                continue
            seen.append(value["event"])
            breaches += [f"{place}: {error.message}" for error in readers.iter_errors(value)]
            if value["event"] not in writers:
                breaches.append(f"{place}: event {value['event']} is not documented")
                continue
            breaches += [f"{place}: {error.message}" for error in writers[value["event"]].iter_errors(value)]
        if options.whole and (seen[:1] != ["run-started"] or seen[-1:] != ["run-ended"]):
            breaches.append(f"{file}: begins with {seen[:1]} and ends with {seen[-1:]}")
        for name, count in sorted(collections.Counter(seen).items()):
            print(f"{count}\t{name}")
    for breach in breaches:
        print(breach)
    return 1 if breaches else 0


if __name__ == "__main__":
    sys.exit(main())
