#!/usr/bin/env python3
"""Measures a media set that is filled through a slow line, without faults and with them.

The line has a round trip of 40 ms, 1 Gbit/s in all and 20 MB/s for each connection. In the second half 3 % of the
requests are answered 500, 502, 503 or 504, or end without an answer.

  swift build -c release && Benchmarks/link.py [--images 190] [--size 1.7GB] [--runs 1]
"""

import contextlib
import json
import pathlib
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time

import harness

RATE = 125e6


@contextlib.contextmanager
def program(work, *command):
    """Runs a program that writes its address to a file; gives the address."""
    ready = pathlib.Path(tempfile.mktemp(prefix="address.", dir=work))
    log = pathlib.Path(f"{ready}.log")
    with log.open("wb") as output:
        process = subprocess.Popen([*map(str, command), "--address-file", str(ready)], stderr=output, stdout=output)
    try:
        while not (ready.exists() and ready.read_text()):
            if process.poll() is not None:
                sys.exit(f"{command[0]} ended:\n{log.read_text()}")
            time.sleep(0.02)
        yield ready.read_text().strip()
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait()


class Place:
    """What publishing a sample asks for: where."""

    def __init__(self, address):
        self.address = address


def main():
    parser = harness.parser(__doc__)
    parser.add_argument("--images", type=int, default=190)
    parser.add_argument("--size", default="1.7GB")
    parser.add_argument("--runs", type=int, default=1)
    parser.add_argument("--fail-share", default="0.03")
    parser.add_argument("--link", default=None, help="the program ferry-link; the default lies beside ferry")
    options = parser.parse_args()
    ferry = options.ferry
    link = options.link or str(pathlib.Path(ferry).with_name("ferry-link"))
    bounds = harness.Bounds()
    with harness.workplace(options.folder) as work:
        folder = work / "source"
        with program(work, ferry, "serve", folder, "--addr", "127.0.0.1:0") as server, program(
            work, link, "proxy", "--to", server, "--addr", "127.0.0.1:0"
        ) as outside:
            # The images of a release are named by where it was published, so that is the line's end.
            sample = harness.publish_sample(ferry, Place(outside), options.images, options.size)
        config = harness.configuration(work / "imageset.yaml", sample["release"], [])
        least = sample["bytes"] / RATE

        def runs(name, *registry):
            walls = []
            for number in range(options.runs):
                with program(work, *registry, "--addr", "127.0.0.1:0") as server, program(
                    work, link, "proxy", "--to", server, "--addr", outside,
                    "--rtt", "40ms", "--rate", "125MB", "--connection-rate", "20MB",
                ):
                    disk = work / "disk"
                    shutil.rmtree(disk, ignore_errors=True)
                    run = harness.measure(ferry, "mirror", "-c", config, f"file://{disk}", "--progress", "none")
                    walls.append(run["wall"])
                    report = json.loads(next(disk.glob("working-dir/**/report.json")).read_text())
                    bounds.note(f"{name}: run {number + 1}", run["wall"], "s")
                    bounds.note(f"{name}: processor", run["cpu"], "s")
                    bounds.note(f"{name}: peak resident", run["rss"], "MB")
                    bounds.note(f"{name}: requests", report["requests"]["sent"], "")
                    bounds.note(f"{name}: retries", report["requests"]["retries"], "")
            return statistics.median(walls), report["requests"]["retries"]

        bounds.note("bytes / rate", least, "s")
        clean, _ = runs("slow line", ferry, "serve", folder)
        bounds.at_most("slow line", clean, 1.15 * least, "s")
        faulty, retries = runs("with faults", link, "registry", folder, "--fail-share", options.fail_share)
        bounds.at_most("with faults, times the time without", faulty / clean, 1.10, "x")
        bounds.at_least("retries in the report", retries, 1, "")
    bounds.exit()


if __name__ == "__main__":
    main()
