import FerryTestSupport
import Foundation

/// A host as strict as a hardened cluster node: an arbitrary user without name, umask 0077, no home, everything read-only
/// but one folder, `/tmp` without leave to run programs, no terminal, no input.
enum HardenedHost {
    /// The user; OpenShift takes such numbers.
    static let user = 1_000_660_000

    /// Whether one can be made here: needs root, `unshare`, `setpriv` and leave to mount.
    static let isPossible: Bool =
        MemoryDisk.isAllowed && toolPath("unshare") != nil && toolPath("setpriv") != nil && toolPath("setsid") != nil

    /// Where the writable folder is seen.
    static let folder = "/mnt"

    /// Makes the host, then runs a script in the writable folder as the user; `$FERRY` is the program.
    ///
    /// What it leaves outside of the folder is an error: the end lists `/tmp`, the one other place that takes files.
    private static let script = #"""
        set -eu
        writable=$1; program=$2; user=$3; work=$4
        cp "$program" "$writable/.ferry"
        chmod 755 "$writable/.ferry"
        chown -R "$user:$user" "$writable"
        mount --bind "$writable" /mnt
        mount -t tmpfs -o noexec,nosuid,nodev,size=16m,mode=1777 tmpfs /tmp
        for place in $(awk '{print $5}' /proc/self/mountinfo | sort -u); do
            case $place in /mnt|/tmp|/proc|/proc/*|/sys|/sys/*|/dev|/dev/*) continue ;; esac
            mount -o remount,bind,ro "$place" 2>/dev/null || true
        done
        mount -o remount,bind,ro /dev/shm 2>/dev/null || true
        cd /mnt
        code=0
        setsid --wait setpriv --reuid "$user" --regid "$user" --clear-groups --no-new-privs --inh-caps=-all \
            --bounding-set=-all env -i PATH=/usr/bin:/bin FERRY=/mnt/.ferry OCP_SIGNATURE_URL=file:///mnt/none \
            sh -c 'umask 0077; cd /mnt; if (: > /var/tmp/probe) 2>/dev/null || (: > /probe) 2>/dev/null; then
                echo "the host is not read-only" >&2; exit 99; fi; '"$work" </dev/null || code=$?
        find /tmp -mindepth 1 -printf 'left in /tmp: %P\n'
        exit $code
        """#

    /// Runs a shell script as the user.
    ///
    /// - Parameters:
    ///   - work: the script; its working folder is the writable one.
    ///   - folder: the folder of this machine that is the writable one.
    ///   - executable: the program.
    /// - Returns: status and output.
    /// - Throws: the system's error when nothing can be started.
    static func run(_ work: String, in folder: String, executable: String) async throws -> CommandResult {
        try await runProcess(
            try requireTool("unshare"),
            [
                "--mount", "--propagation", "private", "sh", "-c", script, "sh", folder, executable, "\(user)", work,
            ],
            limit: .seconds(240)
        )
    }
}
