#!/usr/bin/env python3
"""Checks that imports follow the architecture.

Every module that a source file imports must be a declared dependency of its target; targets depend only on lower
layers; each C library and the HTTP client is imported by one target, Yams by those that read or write YAML. Also
holds that files stay below 400 lines, and that docs/architecture.md names every target, every folder of sources, and
no file that is not there. Prints each breach; exits 1 when there is one.
"""

import json
import pathlib
import re
import subprocess
import sys

LAYERS = [
    {"CArchive", "CMalloc", "COpenSSL", "CZlib", "CBzip2"},
    {"OCIModel", "SemanticVersion", "DispatchLanes", "OpenSSLCrypto", "OpenPGP", "Archiving", "HTTPTransport"},
    {"ImageStorage", "RegistryClient", "MirrorPlan", "MediaSet", "ImageSetConfig", "RegistriesConf", "ClusterAccess"},
    {"Releases"},
    {"TransferEngine", "ClusterResources", "RegistryServer"},
    {"TerminalProgress", "SamplePayload", "FerryCommands"},
    {"ferry"},
]
# Targets of one layer that others of the same layer may build on: the value types, the store protocols, the commands.
SHARED = {"OCIModel", "OpenSSLCrypto", "DispatchLanes", "HTTPTransport", "ImageStorage", "TerminalProgress", "SamplePayload"}
EXCLUSIVE = {
    "CArchive": {"Archiving"},
    "CMalloc": {"ferry"},
    "COpenSSL": {"OpenSSLCrypto"},
    "CZlib": {"OpenPGP"},
    "CBzip2": {"OpenPGP"},
    "AsyncHTTPClient": {"HTTPTransport"},
    "Hummingbird": {"RegistryServer"},
    "ArgumentParser": {"FerryCommands"},
    "Yams": {"ImageSetConfig", "ClusterAccess", "Releases", "ClusterResources"},
}
# Support for tests, which may use whatever it tests.
SUPPORT = {"SeededRandom", "ferry-link"}
SYSTEM = {
    "Foundation", "FoundationEssentials", "Dispatch", "Synchronization", "Glibc", "Swift", "RegexBuilder", "_Concurrency",
}
IMPORT = re.compile(
    r"^\s*(?:@\w+(?:\([^)]*\))?\s+)*(?:(?:public|package|internal|fileprivate|private)\s+)?import\s+"
    r"(?:(?:struct|class|enum|protocol|func|var|let|typealias)\s+)?(\w+)",
    re.M,
)
MAXIMUM_LINES = 400


def layer(name):
    for number, names in enumerate(LAYERS):
        if name in names:
            return number
    return None


def page_breaches(root, targets):
    """What the tables of the architecture's page lack, and what they name that is not there."""
    page = (root / "docs" / "architecture.md").read_text()
    breaches = [
        f"docs/architecture.md: the target {target['name']} is missing"
        for target in targets
        if target["type"] != "test" and f"`{target['name']}`" not in page
    ]
    places = {
        path.relative_to(root)
        for top in ("Sources", "Tests", "Benchmarks", "docs", "scripts")
        for path in [root / top, *(root / top).rglob("*")]
    }
    named = set()
    for row in page.partition("## Which file does what")[2].partition("\n## ")[0].splitlines():
        # The first column has flags and words of files.
        for word in re.findall(r"`([^`]+)`", row.rpartition(" | ")[2]):
            if not word.endswith("/") and pathlib.PurePath(word).suffix not in (".swift", ".json", ".md", ".py"):
                continue
            found = {place for place in places if place.match(word.rstrip("/"))}
            if not found and not (root / word).exists():
                breaches.append(f"docs/architecture.md: there is no {word}")
            named |= found
    named |= {parent for place in named for parent in place.parents}
    for folder in sorted(place for place in places if place.parts[0] == "Sources" and len(place.parts) == 3):
        if (root / folder).is_dir() and folder.suffix != ".docc" and folder not in named:
            breaches.append(f"docs/architecture.md: no row names {folder}")
    return breaches


def main():
    root = pathlib.Path(__file__).resolve().parent.parent
    described = json.loads(
        subprocess.run(
            ["swift", "package", "describe", "--type", "json"], cwd=root, check=True, capture_output=True, text=True
        ).stdout
    )
    breaches = []
    for target in described["targets"]:
        name = target["name"]
        folder = root / target["path"]
        for file in sorted(folder.rglob("*.swift")):
            if "Fixtures" in file.parts:
                continue
            lines = file.read_text().count("\n")
            if lines > MAXIMUM_LINES:
                breaches.append(f"{file.relative_to(root)}: {lines} lines, more than {MAXIMUM_LINES}")
        if target["type"] in ("test", "system-target") or name.endswith("TestSupport") or name in SUPPORT:
            continue
        own = layer(name)
        if own is None:
            breaches.append(f"{name}: is in no layer of scripts/check-imports.py")
            continue
        declared = set(target.get("target_dependencies", []))
        products = set(target.get("product_dependencies", []))
        for dependency in declared:
            other = layer(dependency)
            if other is None or other > own or (other == own and dependency not in SHARED):
                breaches.append(f"{name}: depends on {dependency}, which is not below it")
        for file in sorted(folder.rglob("*.swift")):
            for module in set(IMPORT.findall(file.read_text())):
                if module in SYSTEM or module in declared or module in products:
                    allowed = True
                else:
                    allowed = False
                if not allowed:
                    breaches.append(f"{file.relative_to(root)}: imports {module}, which {name} does not declare")
                if module in EXCLUSIVE and name not in EXCLUSIVE[module]:
                    breaches.append(f"{file.relative_to(root)}: imports {module}, which belongs to {sorted(EXCLUSIVE[module])}")
    breaches += page_breaches(root, described["targets"])
    for breach in breaches:
        print(breach)
    print(f"{len(described['targets'])} targets checked, {len(breaches)} breaches")
    return 1 if breaches else 0


if __name__ == "__main__":
    sys.exit(main())
