#!/usr/bin/env python3
"""Measures `ferry serve file://…` over a split media set: memory under many connections, throughput, processor time.

Three parts: connections that ask for a blob and then stop reading, which must not make the server hold what they do
not take; the same number that read to the end, every blob's digest compared by the server on its way; one pull and
eight at once, for the speed. Client and server share the machine.

  swift build -c release && Benchmarks/serve.py [--connections 1000] [--set FOLDER]
"""

import pathlib
import random
import resource
import selectors
import socket
import time

import harness

BUFFER = memoryview(bytearray(1 << 20))


class Pull:
    """One connection that asks for one blob."""

    def __init__(self, server, blob, receive_buffer=None):
        repository, digest, self.size = blob
        self.socket = socket.socket()
        if receive_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.connect((server.host, server.port))
        request = f"GET /v2/{repository}/blobs/{digest} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
        self.socket.sendall(request.encode())
        self.received = 0
        self.head = b""

    def read(self):
        """Takes what is there; false at the end."""
        count = self.socket.recv_into(BUFFER)
        if count == 0:
            if self.received != self.size:
                raise SystemExit(f"a pull ended after {self.received} of {self.size} bytes")
            return False
        if b"\r\n\r\n" not in self.head:
            self.head += bytes(BUFFER[:count])
            end = self.head.find(b"\r\n\r\n")
            if end >= 0:
                if b" 200 " not in self.head[:20]:
                    raise SystemExit(f"refused: {self.head[:200]}")
                self.received = len(self.head) - end - 4
                self.head = self.head[: end + 4]
        else:
            self.received += count
        return True


def drain(pulls, watch=lambda: None):
    """Reads all connections to their ends; bytes."""
    with selectors.DefaultSelector() as selector:
        for pull in pulls:
            selector.register(pull.socket, selectors.EVENT_READ, pull)
        while selector.get_map():
            for key, _ in selector.select():
                if not key.data.read():
                    selector.unregister(key.fileobj)
                    key.fileobj.close()
            watch()
    return sum(pull.received for pull in pulls)


def settled_memory(server):
    """The resident size once it has stopped to grow."""
    last, since = 0.0, time.monotonic()
    while time.monotonic() - since < 1.5:
        now = server.memory()
        if now > last + 1:
            last, since = now, time.monotonic()
        time.sleep(0.1)
    return server.memory()


def speed(server, blobs, count):
    """Wall seconds, processor seconds and bytes of pulling the blobs over `count` connections at a time."""
    cpu, started, total = server.cpu(), time.monotonic(), 0
    for first in range(0, len(blobs), count):
        total += drain([Pull(server, blob) for blob in blobs[first : first + count]])
    return time.monotonic() - started, server.cpu() - cpu, total


def main():
    parser = harness.parser(__doc__)
    parser.add_argument("--connections", type=int, default=1000)
    parser.add_argument("--set", default=None, help="a media set that is there already; one of 2 GB is made otherwise")
    parser.add_argument("--growth", type=float, default=150, help="how much the server may grow, in MB")
    options = parser.parse_args()
    limit = options.connections + 100
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    if hard < limit:
        raise SystemExit(f"{limit} open files are needed, the limit is {hard}: see ulimit -n")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(limit, 1024), hard))
    bounds = harness.Bounds()
    with harness.workplace(options.folder) as work:
        folder = pathlib.Path(options.set) if options.set else harness.make_set(options.ferry, work)
        with harness.Server(options.ferry, work, f"file://{folder}") as server:
            blobs = sorted(server.blobs(), key=lambda blob: -blob[2])
            large = [blob for blob in blobs if blob[2] > 4_000_000]
            print(f"set: {len(blobs)} layers, {sum(blob[2] for blob in blobs) / 1e9:.3f} GB; largest {blobs[0][2] / 1e6:.0f} MB")
            speed(server, large, 8)  # into the page cache
            for count in (1, 8):
                wall, cpu, total = speed(server, large, count)
                bounds.note(f"{count} pull{'s' if count > 1 else ''} at a time", total / wall / 1e9, "GB/s")
                bounds.note("  processor time of the server", cpu / (total / 1e9), "s/GB")
            before = server.memory()
            bounds.note("resident size before", before, "MB")
            picks = random.Random(1)
            stalled = [Pull(server, picks.choice(large), 4096) for _ in range(options.connections)]
            bounds.at_most(f"growth with {options.connections} readers that stopped", settled_memory(server) - before, options.growth, "MB")
            for pull in stalled:
                pull.socket.close()
            settled_memory(server)
            small = [blob for blob in blobs if 1_000_000 < blob[2] < 40_000_000]
            cpu, started = server.cpu(), time.monotonic()
            total = drain([Pull(server, picks.choice(small)) for _ in range(options.connections)])
            wall = time.monotonic() - started
            bounds.note(f"{options.connections} pulls at once", total / wall / 1e9, "GB/s")
            bounds.note("  processor time of the server", (server.cpu() - cpu) / (total / 1e9), "s/GB")
            bounds.at_most("growth at the peak of everything", server.memory("VmHWM") - before, options.growth, "MB")
            bounds.note("resident size after", settled_memory(server), "MB")
    bounds.exit()


if __name__ == "__main__":
    main()
