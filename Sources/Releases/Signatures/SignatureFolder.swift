import Foundation
import OCIModel

/// Reads signatures from a folder.
///
/// Blocks: for a lane.
struct SignatureFolder {
    let path: String

    /// What cannot be read, and why.
    private struct Unreadable: Error {
        let reason: String
    }

    /// The signatures of a digest in the layout of stores.
    func numbered(of digest: Digest) -> SignatureStoreAnswer {
        var answer = SignatureStoreAnswer()
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), isFolder.boolValue else {
            answer.failure = "\(path) is not there, or is no folder"
            return answer
        }
        let folder = "\(path)/\(SignatureStore.folder(of: digest))"
        for number in 1...SignatureStore.maximumSignatures {
            do {
                guard let candidate = try read("\(folder)/signature-\(number)") else { return answer }
                if candidate.bytes?.isEmpty != true { answer.candidates.append(candidate) }
            } catch {
                answer.failure = error.reason
                return answer
            }
        }
        return answer
    }

    /// The files whose names contain a digest's hexadecimal digits, by name; none when there is no such folder.
    func named(after digest: Digest) -> SignatureStoreAnswer {
        var answer = SignatureStoreAnswer()
        guard FileManager.default.fileExists(atPath: path) else { return answer }
        let names: [String]
        do {
            names = try FileManager.default.contentsOfDirectory(atPath: path)
        } catch {
            answer.failure = "\(path) cannot be read: \(error.localizedDescription)"
            return answer
        }
        let chosen = names.filter { !$0.hasPrefix(".") && $0.contains(digest.hex) }.sorted()
        for name in chosen.prefix(SignatureStore.maximumSignatures) {
            do {
                guard let candidate = try read("\(path)/\(name)") else { continue }
                if candidate.bytes?.isEmpty != true { answer.candidates.append(candidate) }
            } catch {
                answer.failure = error.reason
            }
        }
        return answer
    }

    /// Reads a file; nil when it is not there.
    private func read(_ file: String) throws(Unreadable) -> SignatureCandidate? {
        // Without O_NONBLOCK a named pipe would be waited for.
        let descriptor = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else {
            if errno == ENOENT { return nil }
            throw Unreadable(reason: "\(file) cannot be read: \(String(cString: strerror(errno)))")
        }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw Unreadable(reason: "\(file) cannot be read: it is not a file")
        }
        let limit = ReleaseSignatureVerifier.maximumBytes
        do {
            let handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: false)
            let data = try handle.read(upToCount: limit + 1) ?? Data()
            return SignatureCandidate(place: file, bytes: data.count <= limit ? Array(data) : nil)
        } catch {
            throw Unreadable(reason: "\(file) cannot be read: \(error.localizedDescription)")
        }
    }
}
