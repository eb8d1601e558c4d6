#!/usr/bin/env python3
"""Measures an import from a read-only medium with hardly any disk to write on.

The set has about 2 GB and a blob of 600 MB. The import sees the whole file system read-only, the medium mounted
read-only for itself, and one file system in memory of 100 MB, which is its working folder, home and workspace and takes
its temporary files. Needs root and unshare(1).

  swift build -c release && sudo Benchmarks/read_only_medium.py [--set FOLDER]
"""

import os
import pathlib
import shlex
import sys

import harness

ROOM = 100


def main():
    parser = harness.parser(__doc__)
    parser.add_argument("--set", default=None, help="a media set that is there already; one of 2 GB is made otherwise")
    options = parser.parse_args()
    if os.geteuid() != 0:
        sys.exit("mounts are needed: run it as root")
    bounds = harness.Bounds()
    with harness.workplace(options.folder) as work:
        folder = pathlib.Path(options.set).resolve() if options.set else harness.make_set(options.ferry, work)
        ferry = pathlib.Path(options.ferry).resolve()
        with harness.Server(options.ferry, work, str(work / "target")) as target:
            medium, room = work / "medium", work / "room"
            medium.mkdir()
            room.mkdir()
            steps = [
                f"mount -t tmpfs -o size={ROOM}m tmpfs {room}",
                f"mount --bind {shlex.quote(str(folder))} {medium}",
                f"mount -o remount,ro,bind {medium}",
                # The working folder and everything else, as far as it is one file system.
                f"mount -o remount,ro,bind {work}" if os.path.ismount(work) else "mount -o remount,ro,bind /",
                f"cd {room}",
                f"! touch {medium}/probe 2>/dev/null",
                f"! touch {work}/probe 2>/dev/null",
                f"{shlex.quote(str(ferry))} mirror --from file://{medium} --workspace file://{room}/workspace "
                f"docker://{target.address}/m --progress none",
                f"echo room used: $(df -k --output=used {room} | tail -1)",
            ]
            places = {"HOME": str(room), "TMPDIR": str(room), "XDG_RUNTIME_DIR": str(room)}
            done = harness.measure(
                "unshare", "-m", "--propagation", "private", "sh", "-ec", "\n".join(steps), env={**os.environ, **places}
            )
            used = int(done["said"].rsplit("room used:", 1)[1].split()[0]) / 1000
            size = sum(file.stat().st_size for file in folder.glob("mirror_*.tar"))
            bounds.note("the set", size / 1e9, "GB")
            bounds.note("its largest blob", max(blob[2] for blob in target.blobs()) / 1e6, "MB")
            bounds.note("import", done["wall"], "s")
            bounds.at_most("resident size", done["rss"], 100, "MB")
            bounds.at_most("disk used at the end", used, ROOM, "MB")
    bounds.exit()


if __name__ == "__main__":
    main()
