#!/usr/bin/env python3
"""Times the search of update paths in a large graph: answer, decoding and the path, as one command.

The graph has as many releases as told, each with updates to a number of later ones; in a second one all updates are
conditional. An answer of the update service on this machine is part of the figures.

  swift build -c release && Benchmarks/update_graph.py [--releases 10000] [--updates 50]
"""

import http.server
import json
import os
import random
import threading

import harness


def graph(releases, updates, conditional):
    """The answer of an update service."""
    dice = random.Random(1)
    versions = [f"4.18.{number}" for number in range(releases)]
    nodes = [
        {"version": version, "payload": f"quay.io/openshift-release-dev/ocp-release@sha256:{number:064x}", "metadata": {}}
        for number, version in enumerate(versions)
    ]
    pairs = sorted(
        {(start, min(releases - 1, start + dice.randint(1, 40))) for start in range(releases - 1) for _ in range(updates)}
    )
    answer = {"version": 1, "nodes": nodes, "edges": [], "conditionalEdges": []}
    if conditional:
        risk = {"name": "Slow", "message": "Clusters may be slow.", "url": "https://example.com/slow"}
        edges = [{"from": versions[start], "to": versions[end]} for start, end in pairs]
        answer["conditionalEdges"] = [{"edges": edges, "risks": [risk]}]
    else:
        answer["edges"] = pairs
    return json.dumps(answer).encode(), len(pairs)


def main():
    parser = harness.parser(__doc__)
    parser.add_argument("--releases", type=int, default=10_000)
    parser.add_argument("--updates", type=int, default=50)
    options = parser.parse_args()
    answers = {}

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            body = answers["now"]
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    os.environ["UPDATE_URL_OVERRIDE"] = f"http://127.0.0.1:{server.server_port}/graph"
    bounds = harness.Bounds()
    for name, conditional in (("plain updates", False), ("conditional updates", True)):
        answers["now"], count = graph(options.releases, options.updates, conditional)
        bounds.note(f"{options.releases} releases, {name}", count, "")
        run = harness.measure(
            options.ferry, "list", "releases", "--channel", "stable-4.18", "--path", "4.18.0",
            f"4.18.{options.releases - 1}",
        )
        if conditional:  # real graphs have hundreds of them, not hundreds of thousands
            bounds.note("  wall", run["wall"], "s")
        else:
            bounds.at_most("  wall", run["wall"], 1, "s")
        bounds.note("  processor", run["cpu"], "s")
        bounds.note("  peak memory", run["rss"], "MB")
    server.shutdown()
    bounds.exit()


if __name__ == "__main__":
    main()
