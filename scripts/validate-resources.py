#!/usr/bin/env python3
"""Checks Kubernetes resources against the CustomResourceDefinitions they belong to.

    validate-resources.py FILE... --crds DIR

Each document of each FILE (YAML or JSON) must have a definition in DIR and fit its schema; unlike an API server, which
drops them, unknown members are mistakes here. Prints every mistake, and exits 1 if there is one.
Needs python3-yaml and python3-jsonschema.
"""

import argparse
import pathlib
import re
import sys

import jsonschema
import yaml

# Kinds of the core API that have no definition of their own; only their metadata is checked.
CORE_KINDS = {("v1", "ConfigMap")}

SUBDOMAIN = re.compile(r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$")


def load_schemas(folder):
    """Maps (apiVersion, kind) to the schema of that version, made strict."""
    schemas = {}
    for path in sorted(pathlib.Path(folder).glob("*.yaml")):
        for definition in yaml.safe_load_all(path.read_text(encoding="utf-8")):
            if not definition or definition.get("kind") != "CustomResourceDefinition":
                continue
            spec = definition["spec"]
            for version in spec["versions"]:
                key = (f"{spec['group']}/{version['name']}", spec["names"]["kind"])
                schemas[key] = strict(version["schema"]["openAPIV3Schema"], is_root=True)
    return schemas


def strict(schema, is_root=False):
    """The schema with unknown members forbidden and the Kubernetes extensions that matter spelled out."""
    if not isinstance(schema, dict):
        return schema
    result = {key: value for key, value in schema.items() if not key.startswith("x-kubernetes-")}
    if schema.get("x-kubernetes-int-or-string"):
        result.pop("type", None)
        result["anyOf"] = [{"type": "integer"}, {"type": "string"}]
    if schema.get("x-kubernetes-list-type") == "set":
        result["uniqueItems"] = True
    if schema.get("nullable") and "type" in result:
        result["type"] = [result["type"], "null"]
    if "properties" in schema:
        result["properties"] = {name: strict(child) for name, child in schema["properties"].items()}
        if is_root:
            # Checked by hand, as the API server does.
            result["properties"]["metadata"] = {"type": "object"}
        if "additionalProperties" not in schema and not schema.get("x-kubernetes-preserve-unknown-fields"):
            result["additionalProperties"] = False
    for name in ("items", "additionalProperties", "not"):
        if isinstance(schema.get(name), dict):
            result[name] = strict(schema[name])
    return result


def metadata_mistakes(metadata):
    """What is wrong with an object's metadata."""
    name = metadata.get("name")
    if not isinstance(name, str) or len(name) > 253 or not SUBDOMAIN.match(name):
        yield f"metadata.name {name!r} is not a DNS subdomain"
    for member in ("annotations", "labels"):
        for key, value in (metadata.get(member) or {}).items():
            if not isinstance(key, str) or not isinstance(value, str):
                yield f"metadata.{member}: {key!r}: {value!r} is not a pair of strings"
    for unknown in sorted(set(metadata) - {"name", "namespace", "annotations", "labels"}):
        yield f"metadata.{unknown} does not belong into a file"


def mistakes(document, schemas):
    """What is wrong with one document."""
    if not isinstance(document, dict):
        yield "is not an object"
        return
    key = (document.get("apiVersion"), document.get("kind"))
    if not isinstance(document.get("metadata"), dict):
        yield "has no metadata"
        return
    yield from metadata_mistakes(document["metadata"])
    if key in CORE_KINDS:
        return
    if key not in schemas:
        yield f"no definition of {key[1]} in {key[0]}"
        return
    # OpenAPI 3.0 schemas are written in the style of draft 4.
    for error in jsonschema.Draft4Validator(schemas[key]).iter_errors(document):
        yield f"{'.'.join(str(part) for part in error.absolute_path) or 'the object'}: {error.message}"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("files", nargs="+", metavar="FILE")
    parser.add_argument("--crds", required=True, metavar="DIR")
    arguments = parser.parse_args()
    schemas = load_schemas(arguments.crds)
    failed = False
    documents = 0
    for name in arguments.files:
        try:
            loaded = list(yaml.safe_load_all(pathlib.Path(name).read_text(encoding="utf-8")))
        except (OSError, yaml.YAMLError) as error:
            print(f"{name}: {error}", file=sys.stderr)
            failed = True
            continue
        if not loaded:
            print(f"{name}: has no documents", file=sys.stderr)
            failed = True
        for number, document in enumerate(loaded, start=1):
            documents += 1
            for mistake in mistakes(document, schemas):
                print(f"{name}: document {number}: {mistake}", file=sys.stderr)
                failed = True
    if not failed:
        print(f"{documents} documents fit their definitions")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
