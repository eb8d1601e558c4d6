#!/usr/bin/env python3
"""Measures the three ways of mirroring on a synthetic release over loopback.

Two registries of our own run beside the measured process. Each figure is of the whole ferry process: wall and
processor time, peak resident size, bytes written. The disk's own speed is measured with dd in the same run.

  swift build -c release && Benchmarks/transfer.py [--images 190] [--size 1.7GB] [--runs 3]
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
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent


class Server:
    """A registry of our own on a free loopback port."""

    def __init__(self, ferry, folder, *options):
        self.ready = pathlib.Path(f"{folder}.address")
        self.ready.unlink(missing_ok=True)
        self.process = subprocess.Popen(
            [ferry, "serve", str(folder), "--addr", "127.0.0.1:0", "--address-file", str(self.ready), *options],
            stderr=subprocess.DEVNULL,
        )
        for _ in range(200):
            if self.ready.exists() and self.ready.read_text():
                break
            time.sleep(0.05)
        self.address = self.ready.read_text().strip()

    def stop(self):
        self.process.terminate()
        self.process.wait()


def measure(*command):
    """Runs a command to its end; returns wall, cpu seconds, peak resident MB, and what it wrote to disk in MB."""
    started = time.monotonic()
    log = tempfile.TemporaryFile()
    process = subprocess.Popen(command, stdout=log, stderr=log)
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.monotonic() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        log.seek(0)
        sys.exit(f"{' '.join(command)} ended with {process.returncode}:\n{log.read().decode()[-2000:]}")
    return {
        "wall": wall,
        "cpu": usage.ru_utime + usage.ru_stime,
        "rss": usage.ru_maxrss / 1000,
        "written": usage.ru_oublock * 512 / 1e6,
    }


def row(name, samples, extra=""):
    middle = {key: statistics.median(sample[key] for sample in samples) for key in samples[0]}
    print(
        f"{name:34} wall {middle['wall']:7.2f} s   cpu {middle['cpu']:6.2f} s   peak {middle['rss']:6.1f} MB"
        f"   written {middle['written']:8.1f} MB   {extra}",
        flush=True,
    )
    return middle


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--images", default="190")
    parser.add_argument("--size", default="1.7GB")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--ferry", default=str(ROOT / ".build/release/ferry"))
    parser.add_argument("--folder", default=None, help="where to work; must be on the disk that is to be measured")
    options = parser.parse_args()
    ferry = options.ferry
    work = pathlib.Path(tempfile.mkdtemp(prefix="ferry-benchmark.", dir=options.folder))
    servers = []
    try:
        source = Server(ferry, work / "source")
        servers.append(source)
        sample = subprocess.run(
            [ferry, "sample", "release", f"docker://{source.address}", "--images", options.images, "--size", options.size,
             "--seed", "1", "--output", "json"],
            check=True, capture_output=True, text=True,
        )
        described = json.loads(sample.stdout)
        distinct = described["bytes"]
        print(f"sample: {described['images']} images, {described['blobs']} blobs, {distinct / 1e9:.3f} GB")
        config = work / "imageset.yaml"
        config.write_text(
            "kind: ImageSetConfiguration\napiVersion: mirror.openshift.io/v2alpha1\nmirror:\n  platform:\n"
            f"    release: {described['release']}\n"
        )

        def clean(path):
            shutil.rmtree(path, ignore_errors=True)
            os.sync()

        dd = []
        for _ in range(options.runs):
            target = work / "dd"
            os.sync()
            dd.append(measure("dd", "if=/dev/zero", f"of={target}", "bs=1M", f"count={distinct // (1 << 20) + 1}", "conv=fdatasync"))
            target.unlink()
        baseline = row("dd conv=fdatasync", dd)["wall"]

        plan = [measure(ferry, "plan", "-c", str(config), f"file://{work}/plan", "--progress", "none") for _ in range(options.runs)]
        row("plan", plan)

        samples = []
        for _ in range(options.runs):
            clean(work / "disk")
            samples.append(measure(ferry, "mirror", "-c", str(config), f"file://{work}/disk", "--progress", "none"))
        volumes = sum(file.stat().st_size for file in (work / "disk").glob("mirror_*.tar"))
        middle = row("m2d", samples, f"volumes {volumes / distinct:.4f} x distinct")
        print(f"    m2d allowed by 1.3 x dd + 2 s: {1.3 * baseline + 2:.2f} s")

        samples = [measure(ferry, "mirror", "-c", str(config), f"file://{work}/disk", "--progress", "none") for _ in range(options.runs)]
        row("m2d again, nothing to do", samples)
        samples = [measure(ferry, "verify", f"file://{work}/disk", "--progress", "none") for _ in range(options.runs)]
        row("verify of the media set", samples)

        for name, arguments in (
            ("d2m", ["--from", f"file://{work}/disk"]),
            ("m2m", ["-c", str(config), "--workspace", f"file://{work}/workspace"]),
        ):
            samples = []
            for number in range(options.runs):
                folder = work / f"target-{name}-{number}"
                target = Server(ferry, folder)
                servers.append(target)
                samples.append(measure(ferry, "mirror", *arguments, f"docker://{target.address}/mirror", "--progress", "none"))
                if number == options.runs - 1:
                    again = [
                        measure(ferry, "mirror", *arguments, f"docker://{target.address}/mirror", "--progress", "none")
                        for _ in range(options.runs)
                    ]
                target.stop()
                clean(folder)
            middle = row(name, samples, f"cpu {statistics.median(s['cpu'] for s in samples) / (distinct / 1e9):.2f} s/GB")
            row(f"{name} again, nothing to do", again)
    finally:
        for server in servers:
            if server.process.poll() is None:
                server.stop()
        shutil.rmtree(work, ignore_errors=True)


if __name__ == "__main__":
    main()
