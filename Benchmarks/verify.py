#!/usr/bin/env python3
"""Compares ferry verify with reading the same volumes with dd, from the page cache and from the disk.

A synthetic release is mirrored to a media set first. Dropping the cache needs root; without it only the cached figures
are printed.

  swift build -c release && Benchmarks/verify.py [--images 60] [--size 2GB] [--runs 3] [--set DIR]
"""

import argparse
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile

from transfer import ROOT, Server, measure

DROP = pathlib.Path("/proc/sys/vm/drop_caches")


def make_set(ferry, work, options):
    """Mirrors a synthetic release into volumes and returns their folder."""
    source = Server(ferry, work / "source")
    try:
        sample = subprocess.run(
            [ferry, "sample", "release", f"docker://{source.address}", "--images", options.images, "--size", options.size,
             "--seed", "1", "--output", "json"],
            check=True, capture_output=True, text=True,
        )
        config = work / "imageset.yaml"
        config.write_text(
            "kind: ImageSetConfiguration\napiVersion: mirror.openshift.io/v2alpha1\nmirror:\n  platform:\n"
            f"    release: {json.loads(sample.stdout)['release']}\n"
        )
        measure(
            ferry, "mirror", "-c", str(config), f"file://{work}/set", "--volume-size", options.volume_size, "--progress", "none"
        )
    finally:
        source.stop()
        shutil.rmtree(work / "source", ignore_errors=True)
    os.sync()
    return work / "set"


def drop_caches():
    os.sync()
    DROP.write_text("3\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--images", default="60")
    parser.add_argument("--size", default="2GB")
    parser.add_argument("--volume-size", default="none")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--ferry", default=str(ROOT / ".build/release/ferry"))
    parser.add_argument("--folder", default=None, help="where to work; must be on the disk that is to be measured")
    parser.add_argument("--set", default=None, help="a folder with a media set; none is made then")
    options = parser.parse_args()
    work = pathlib.Path(tempfile.mkdtemp(prefix="ferry-benchmark.", dir=options.folder))
    try:
        folder = pathlib.Path(options.set) if options.set else make_set(options.ferry, work, options)
        volumes = sorted(folder.glob("mirror_*.tar"))
        size = sum(volume.stat().st_size for volume in volumes)
        if not volumes:
            sys.exit(f"no volumes are in {folder}")
        print(f"{len(volumes)} volumes, {size / 1e9:.3f} GB")
        reading = ["sh", "-c", 'for f; do dd if="$f" of=/dev/null bs=1M status=none || exit 1; done', "sh", *map(str, volumes)]
        verifying = [options.ferry, "verify", f"file://{folder}", "--progress", "none"]
        cases = [("from the page cache", None)]
        if os.access(DROP, os.W_OK):
            cases.append(("from the disk", drop_caches))
        for name, prepare in cases:
            if prepare is None:
                measure(*reading)
            # In turn, so that what else happens on the machine hits both.
            samples = {"dd": [], "verify": []}
            for _ in range(options.runs):
                for key, command in (("dd", reading), ("verify", verifying)):
                    if prepare:
                        prepare()
                    samples[key].append(measure(*command))
            wall = {key: statistics.median(sample["wall"] for sample in values) for key, values in samples.items()}
            cpu = statistics.median(sample["cpu"] for sample in samples["verify"])
            print(
                f"{name:20} dd {size / wall['dd'] / 1e9:6.2f} GB/s   verify {size / wall['verify'] / 1e9:6.2f} GB/s"
                f"   {100 * wall['dd'] / wall['verify']:5.1f} % of dd   cpu {cpu:.2f} s"
                f"   peak {max(sample['rss'] for sample in samples['verify']):.0f} MB",
                flush=True,
            )
    finally:
        shutil.rmtree(work, ignore_errors=True)


if __name__ == "__main__":
    main()
