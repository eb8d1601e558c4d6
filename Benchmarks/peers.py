#!/usr/bin/env python3
"""Measures the same job with skopeo, image by image as its users script it, beside ferry.

Source and target are registries of our own over loopback, so both tools talk to the same servers. What is copied is
what `ferry sample release` publishes; skopeo gets the list of images from ferry's lock file.

  swift build -c release && Benchmarks/peers.py [--images 190] [--size 1.7GB]
"""

import argparse
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from transfer import ROOT, Server, measure  # noqa: E402


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--images", default="190")
    parser.add_argument("--size", default="1.7GB")
    parser.add_argument("--ferry", default=str(ROOT / ".build/release/ferry"))
    parser.add_argument("--folder", default=None)
    options = parser.parse_args()
    ferry = options.ferry
    work = pathlib.Path(tempfile.mkdtemp(prefix="ferry-peers.", dir=options.folder))
    servers = []

    def server(name):
        servers.append(Server(ferry, work / name))
        return servers[-1]

    def line(name, figures, extra=""):
        print(
            f"{name:44} wall {figures['wall']:7.2f} s  cpu {figures['cpu']:7.2f} s  peak {figures['rss']:6.1f} MB  {extra}",
            flush=True,
        )

    def skopeo_all(name, commands):
        started = time.monotonic()
        cpu = rss = 0.0
        for command in commands:
            figures = measure("skopeo", *command)
            cpu += figures["cpu"]
            rss = max(rss, figures["rss"])
        line(name, {"wall": time.monotonic() - started, "cpu": cpu, "rss": rss}, f"{len(commands)} calls")

    try:
        print(subprocess.run(["skopeo", "--version"], capture_output=True, text=True).stdout.strip())
        source = server("source")
        described = json.loads(
            subprocess.run(
                [ferry, "sample", "release", f"docker://{source.address}", "--images", options.images, "--size", options.size,
                 "--output", "json"], check=True, capture_output=True, text=True,
            ).stdout
        )
        print(f"sample: {described['images']} images, {described['blobs']} blobs, {described['bytes'] / 1e9:.3f} GB")
        config = work / "imageset.yaml"
        config.write_text(
            "kind: ImageSetConfiguration\napiVersion: mirror.openshift.io/v2alpha1\nmirror:\n  platform:\n"
            f"    release: {described['release']}\n"
        )
        target = server("ferry-target")
        mirror = (ferry, "mirror", "-c", str(config), "--workspace", f"file://{work}/workspace",
                  f"docker://{target.address}/mirror", "--progress", "none")
        line("ferry, registry to registry", measure(*mirror))
        line("ferry, the same again", measure(*mirror))
        line("ferry, registry to media", measure(ferry, "mirror", "-c", str(config), f"file://{work}/disk", "--progress", "none"))
        second = server("ferry-import")
        line("ferry, media to registry",
             measure(ferry, "mirror", "--from", f"file://{work}/disk", f"docker://{second.address}/mirror", "--progress", "none"))

        lock = json.loads((work / "workspace/working-dir/lock.json").read_text())
        images = [(f"{i['source']}@{i['digest']}", f"mirror/{i['destination']}:{i['tags'][0]}") for i in lock["images"] if i["tags"]]
        theirs = server("skopeo-target")
        tls = ["--src-tls-verify=false", "--dest-tls-verify=false"]
        copies = [
            ["copy", "-q", "--all", "--preserve-digests", *tls, f"docker://{source_}", f"docker://{theirs.address}/{name}"]
            for source_, name in images
        ]
        skopeo_all("skopeo copy, registry to registry", copies)
        skopeo_all("skopeo copy, the same again", copies)
        layout = work / "layout"
        skopeo_all("skopeo copy, registry to an OCI layout", [
            ["copy", "-q", "--all", tls[0], f"docker://{source_}", f"oci:{layout}:{name.replace('/', '-').replace(':', '-')}"]
            for source_, name in images
        ])
        size = sum(file.stat().st_size for file in layout.rglob("*") if file.is_file())
        print(f"    the layout has {size / described['bytes']:.3f} x distinct bytes")
    finally:
        for running in servers:
            running.stop()
        shutil.rmtree(work, ignore_errors=True)


if __name__ == "__main__":
    main()
