#!/usr/bin/env python3
"""Measures what a media set costs to fetch when its making is killed at many points, as a share of its bytes.

Everything goes through a counter between Ferry and the registry, at the speed of a network: over bare loopback the
kernel's buffers would hold megabytes for each connection that no program has seen, and that a kill loses. After each of the points the process gets SIGKILL and
is started again; the last run ends by itself, and the set is verified.

  swift build -c release && Benchmarks/interrupted.py [--kills 20] [--size 400MB]
"""

import signal
import socket
import subprocess
import threading
import time

import harness


class Counter:
    """Passes connections on to a server, counts the bytes that come back and holds them to a rate."""

    def __init__(self, server, rate):
        self.server = server
        self.rate = rate
        self.free = time.monotonic()
        self.bytes = 0
        self.lock = threading.Lock()
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.address = f"127.0.0.1:{self.listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            client, _ = self.listener.accept()
            upstream = socket.create_connection((self.server.host, self.server.port))
            threading.Thread(target=self._pass, args=(client, upstream, False), daemon=True).start()
            threading.Thread(target=self._pass, args=(upstream, client, True), daemon=True).start()

    def _pass(self, origin, goal, is_counted):
        buffer = memoryview(bytearray(64 << 10))
        try:
            while count := origin.recv_into(buffer):
                if is_counted:
                    self._wait(count)
                goal.sendall(buffer[:count])
        except OSError:
            pass  # One of the two was killed.
        for end in (origin, goal):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass


    def _wait(self, count):
        """Counts, and waits for its turn."""
        with self.lock:
            self.bytes += count
            now = time.monotonic()
            self.free = max(self.free, now) + count / self.rate
            pause = self.free - now
        if pause > 0.001:
            time.sleep(pause)


def main():
    parser = harness.parser(__doc__)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--size", default="400MB")
    parser.add_argument("--images", type=int, default=20)
    parser.add_argument("--ratio", type=float, default=1.1, help="the most bytes that may be fetched, by the set's bytes")
    parser.add_argument("--rate", type=float, default=1000, help="the network's speed in Mbit/s")
    options = parser.parse_args()
    bounds = harness.Bounds()
    with harness.workplace(options.folder) as work, harness.Server(options.ferry, work, str(work / "source")) as source:
        counter = Counter(source, options.rate * 125_000)
        source.address = counter.address  # The payload names its images by the address that is used later.
        sample = harness.publish_sample(options.ferry, source, options.images, options.size)
        config = harness.configuration(work / "imageset.yaml", sample["release"])
        folder = work / "set"
        command = [options.ferry, "mirror", "-c", str(config), f"file://{folder}", "--progress", "none"]
        total = sample["bytes"]
        counter.bytes = 0
        kills = 0
        for point in range(1, options.kills + 1):
            process = subprocess.Popen(command, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
            while process.poll() is None and counter.bytes < total * point / (options.kills + 1):
                time.sleep(0.002)
            if process.poll() is None:
                process.send_signal(signal.SIGKILL)
                kills += 1
            process.wait()
            if list(folder.glob("mirror_*.tar")):
                break
        harness.measure(*command)
        harness.measure(options.ferry, "verify", f"file://{folder}", "--progress", "none")
        bounds.note("the set", total / 1e6, "MB")
        bounds.note("times killed", kills, "")
        bounds.at_most("bytes fetched by the set's bytes", counter.bytes / total, options.ratio, "")
    bounds.exit()


if __name__ == "__main__":
    main()
