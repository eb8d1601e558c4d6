#!/usr/bin/env python3
"""Counts what an import with nothing to do asks of the target: of a complete set, and of one that builds on another.

Finding out how to log in (/v2/) is counted apart: that is once or twice for a run, whatever the number of images.

  swift build -c release && Benchmarks/idle_import.py [--images 100]
"""

import collections
import json
import re

import harness

ANSWERED = re.compile(r"answered method=(\w+) path=(\S+) status=(\d+)")


def requests(server, since=0):
    """The requests in the log of a server from a position on, and the position of its end."""
    text = server.log.read_text()
    return ANSWERED.findall(text[since:]), len(text)


def main():
    parser = harness.parser(__doc__)
    parser.add_argument("--images", type=int, default=100)
    options = parser.parse_args()
    bounds = harness.Bounds()
    with harness.workplace(options.folder) as work:
        ferry = options.ferry
        with harness.Server(ferry, work, str(work / "source")) as source, harness.Server(
            ferry, work, str(work / "target"), "--log-level", "debug"
        ) as target:
            sample = harness.publish_sample(ferry, source, options.images, "30MB")
            for number in (1, 2):
                harness.push_image(source, f"team/app{number}", "v1", [1_000_000], seed=number)
            for number, name in ((1, "a complete set"), (2, "a set that builds on another")):
                images = [f"{source.address}/team/app{index}:v1" for index in range(1, number + 1)]
                config = harness.configuration(work / "imageset.yaml", sample["release"], images)
                folder = work / f"set{number}"
                made = work / "set"
                harness.measure(ferry, "mirror", "-c", config, f"file://{made}", "--progress", "none")
                folder.mkdir()
                for volume in made.glob(f"mirror_{number:06}_*.tar"):
                    volume.rename(folder / volume.name)
                count = len(json.loads((made / "working-dir/lock.json").read_text())["images"])
                command = (ferry, "mirror", "--from", f"file://{folder}", f"docker://{target.address}/m", "--progress", "none")
                harness.measure(*command)
                _, end = requests(target)
                again = harness.measure(*command)
                asked, _ = requests(target, end)
                kinds = collections.Counter(f"{method} {path.split('/')[-2]}" for method, path, _ in asked)
                bounds.note(f"{name}: images", count, "")
                login = sum(path == "/v2/" for _, path, _ in asked)
                bounds.at_most("  requests for each image", (len(asked) - login) / count, 1, "")
                bounds.note("  requests to log in", login, "")
                bounds.note("  wall", again["wall"], "s")
                print("    " + ", ".join(f"{kind}: {times}" for kind, times in sorted(kinds.items())))
    bounds.exit()


if __name__ == "__main__":
    main()
