"""What the benchmarks share: the program as a server, content for it, figures against their bounds."""

import argparse
import contextlib
import hashlib
import http.client
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time

# Made-up releases have no signatures: nobody in the world is to be asked for them, least of all while time is taken.
os.environ.setdefault("OCP_SIGNATURE_URL", "file:///nonexistent/signatures")

ROOT = pathlib.Path(__file__).resolve().parent.parent
CLOCK_TICKS = os.sysconf("SC_CLK_TCK")


def parser(description):
    """The options that all benchmarks have."""
    made = argparse.ArgumentParser(description=description.splitlines()[0])
    made.add_argument("--ferry", default=str(ROOT / ".build/release/ferry"), help="the program, of a release build")
    made.add_argument("--folder", default=None, help="where to work; must be on the disk that is to be measured")
    return made


@contextlib.contextmanager
def workplace(folder):
    """A folder that is removed at the end."""
    work = pathlib.Path(tempfile.mkdtemp(prefix="ferry-benchmark.", dir=folder))
    try:
        yield work
    finally:
        shutil.rmtree(work, ignore_errors=True)


class Bounds:
    """Prints figures with what they may be at most, and remembers whether one was missed."""

    def __init__(self):
        self.missed = []

    def at_most(self, name, measured, bound, unit):
        self._print(name, measured, f"<= {bound:g} {unit}", unit, measured <= bound)

    def at_least(self, name, measured, bound, unit):
        self._print(name, measured, f">= {bound:g} {unit}", unit, measured >= bound)

    def note(self, name, measured, unit):
        print(f"{name:58} {measured:12.3f} {unit}", flush=True)

    def _print(self, name, measured, bound, unit, is_met):
        verdict = "ok" if is_met else "MISSED"
        if not is_met:
            self.missed.append(name)
        print(f"{name:58} {measured:12.3f} {unit:10} {bound:>16}   {verdict}", flush=True)

    def exit(self):
        sys.exit(f"missed: {', '.join(self.missed)}" if self.missed else 0)


class Server:
    """`ferry serve` on a free loopback port."""

    def __init__(self, ferry, work, *arguments):
        self.ready = pathlib.Path(tempfile.mktemp(prefix="address.", dir=work))
        self.log = pathlib.Path(f"{self.ready}.log")
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [ferry, "serve", *arguments, "--addr", "127.0.0.1:0", "--address-file", str(self.ready)], stderr=log
            )
        while not (self.ready.exists() and self.ready.read_text()):
            if self.process.poll() is not None:
                sys.exit(f"ferry serve ended:\n{self.log.read_text()}")
            time.sleep(0.02)
        self.address = self.ready.read_text().strip()
        self.host, port = self.address.rsplit(":", 1)
        self.port = int(port)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait()

    def memory(self, name="VmRSS"):
        """Resident size now (VmRSS) or at its peak (VmHWM), in MB."""
        return process_memory(self.process.pid, name)

    def cpu(self):
        """Processor seconds so far."""
        fields = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / CLOCK_TICKS

    def get_json(self, path):
        connection = http.client.HTTPConnection(self.host, self.port)
        connection.request("GET", path, headers={"Accept": "*/*"})
        answer = json.loads(connection.getresponse().read())
        connection.close()
        return answer

    def blobs(self):
        """Every blob that a tagged image names: repository, digest, size."""
        found = {}
        for repository in self.get_json("/v2/_catalog")["repositories"]:
            for tag in self.get_json(f"/v2/{repository}/tags/list")["tags"]:
                manifest = self.get_json(f"/v2/{repository}/manifests/{tag}")
                for blob in manifest.get("layers", []):
                    found[blob["digest"]] = (repository, blob["digest"], blob["size"])
        return list(found.values())


def process_memory(pid, name="VmRSS"):
    """A line of /proc/PID/status in MB."""
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1]) / 1000
    return 0.0


def measure(*command, cwd=None, env=None, expect=0):
    """Runs a command to its end; wall and processor seconds, peak resident MB, exit status, what it said."""
    started = time.monotonic()
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen([str(word) for word in command], stdout=log, stderr=log, cwd=cwd, env=env)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        log.seek(0)
        said = log.read().decode(errors="replace")
    if expect is not None and process.returncode != expect:
        sys.exit(f"{' '.join(map(str, command))} ended with {process.returncode}:\n{said[-2000:]}")
    return {
        "wall": time.monotonic() - started,
        "cpu": usage.ru_utime + usage.ru_stime,
        "rss": usage.ru_maxrss / 1000,
        "status": process.returncode,
        "said": said,
    }


def random_pieces(size, seed):
    """That many bytes that do not compress and differ by seed, in pieces."""
    block = bytearray(hashlib.shake_256(str(seed).encode()).digest(1 << 20))
    for number in range(0, size, len(block)):
        block[:8] = number.to_bytes(8, "little")
        yield bytes(block[: min(len(block), size - number)])


def push_image(server, repository, tag, layers, seed=1):
    """Puts an image of layers of the given sizes into a registry."""
    connection = http.client.HTTPConnection(server.host, server.port)

    def request(method, path, body=None, headers=None):
        connection.request(method, path, body=body, headers=headers or {})
        answer = connection.getresponse()
        answer.read()
        if answer.status >= 300:
            sys.exit(f"{method} {path}: {answer.status}")
        return answer

    def push(size, pieces, kind):
        digest = hashlib.sha256()
        for piece in pieces():
            digest.update(piece)
        name = f"sha256:{digest.hexdigest()}"
        place = request("POST", f"/v2/{repository}/blobs/uploads/").headers["Location"]
        place += ("&" if "?" in place else "?") + f"digest={name}"
        request("PUT", place, pieces(), {"Content-Length": str(size), "Content-Type": "application/octet-stream"})
        return {"mediaType": kind, "digest": name, "size": size}

    config = json.dumps({"architecture": "amd64", "os": "linux", "rootfs": {"type": "layers", "diff_ids": []}, "seed": seed})
    manifest = {
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "config": push(len(config), lambda: [config.encode()], "application/vnd.oci.image.config.v1+json"),
        "layers": [
            push(size, lambda: random_pieces(size, f"{seed}/{number}"), "application/vnd.oci.image.layer.v1.tar+gzip")
            for number, size in enumerate(layers)
        ],
    }
    request(
        "PUT", f"/v2/{repository}/manifests/{tag}", json.dumps(manifest).encode(), {"Content-Type": manifest["mediaType"]}
    )
    connection.close()


def configuration(path, release=None, images=()):
    """Writes an image-set configuration."""
    lines = ["kind: ImageSetConfiguration", "apiVersion: mirror.openshift.io/v2alpha1", "mirror:"]
    if release:
        lines += ["  platform:", f"    release: {release}"]
    if images:
        lines += ["  additionalImages:"] + [f"  - name: {image}" for image in images]
    path.write_text("\n".join(lines) + "\n")
    return path


def publish_sample(ferry, server, images, size):
    """Publishes a synthetic release; its description."""
    made = subprocess.run(
        [ferry, "sample", "release", f"docker://{server.address}", "--images", str(images), "--size", str(size),
         "--output", "json"],
        check=True, capture_output=True, text=True,
    )
    return json.loads(made.stdout)


def make_set(ferry, work, images=40, size="1.4GB", big=600_000_000, volume="500MB"):
    """Makes a split media set of a release and an image with one large blob, in `work/set`; its configuration."""
    with Server(ferry, work, str(work / "source")) as source:
        sample = publish_sample(ferry, source, images, size)
        push_image(source, "team/big", "v1", [big])
        config = configuration(work / "imageset.yaml", sample["release"], [f"{source.address}/team/big:v1"])
        measure(ferry, "mirror", "-c", config, f"file://{work}/set", "--volume-size", volume, "--progress", "none")
    shutil.rmtree(work / "source")
    return work / "set"
