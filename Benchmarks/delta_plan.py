#!/usr/bin/env python3
"""Measures planning a media set that builds on a history of 100,000 blobs: the plan, what it leaves out, its layout.

The history is made here: records of earlier sets, each with its own blobs and those of the one before. The same dry run
without a history is measured too, so that the difference is what the history costs.

  swift build -c release && Benchmarks/delta_plan.py [--blobs 100000] [--sets 50] [--images 190]
"""

import hashlib
import json
import shutil
import statistics

import harness


def digest(number):
    return "sha256:" + hashlib.sha256(f"blob {number}".encode()).hexdigest()


def write_history(folder, blobs, sets):
    """Records of sets that share the blobs out among themselves."""
    folder.mkdir(parents=True)
    each, before, base = blobs // sets, [], None
    for number in range(1, sets + 1):
        own = [digest(each * number + index) for index in range(each)]
        name = hashlib.sha256(f"set {number}".encode()).hexdigest()[:12]
        record = {
            "format": 1, "sequence": number, "set": name, "finished": 1_700_000_000 + number,
            "images": sorted(own)[:200], "digests": sorted(own),
            "repositories": {"openshift/release": sorted(own + before)},
        }
        if base:
            record["base"] = base
        (folder / f"{number:06}_{name}.json").write_text(json.dumps(record, indent=2, sort_keys=True))
        before, base = own, name


def main():
    parser = harness.parser(__doc__)
    parser.add_argument("--blobs", type=int, default=100_000)
    parser.add_argument("--sets", type=int, default=50)
    parser.add_argument("--images", type=int, default=190)
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    bounds = harness.Bounds()
    with harness.workplace(options.folder) as work, harness.Server(options.ferry, work, str(work / "source")) as source:
        sample = harness.publish_sample(options.ferry, source, options.images, "50MB")
        config = harness.configuration(work / "imageset.yaml", sample["release"])
        walls = {}
        for name, blobs in (("without a history", 0), (f"with {options.blobs} blobs", options.blobs)):
            if blobs:
                write_history(work / "set/working-dir/history/default", blobs, options.sets)
            command = (options.ferry, "mirror", "-c", config, f"file://{work}/set", "--dry-run", "--progress", "none")
            harness.measure(*command)  # what planning keeps between runs
            runs = [harness.measure(*command) for _ in range(options.runs)]
            walls[name] = statistics.median(run["wall"] for run in runs)
            memory = max(run["rss"] for run in runs)
            if blobs:
                bounds.at_most(f"dry run {name}", walls[name], 2, "s")
                bounds.at_most("  resident size", memory, 150, "MB")
            else:
                bounds.note(f"dry run {name}", walls[name], "s")
                bounds.note("  resident size", memory, "MB")
                shutil.rmtree(work / "set", ignore_errors=True)
    bounds.exit()


if __name__ == "__main__":
    main()
