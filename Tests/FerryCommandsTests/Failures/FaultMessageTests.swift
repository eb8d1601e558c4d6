import FerryTestSupport
import Foundation
import OCIModel
import RegistryServer
import Testing

@Suite("Every fault is told in one sentence that helps") struct FaultMessageTests {
    @Test("the message of", arguments: InjectedFault.all.filter { !$0.needsMounts || MemoryDisk.isAllowed })
    func message(of fault: InjectedFault) async throws {
        try await withScene { scene, source, target in
            var stage = try await FaultStage(scene, source, target)
            try await stage.prepare(fault.way)
            source.faults.replace(with: fault.onSource(stage))
            target.faults.replace(with: fault.onTarget(stage))
            try await fault.change(&stage)
            if fault.way == .mirror || fault.way == .build || fault.way == .plan { try stage.configure() }
            let result = try await scene.ferry(arguments: stage.command(fault.way), exits: fault.exits)
            let lines = Self.failureLines(of: result)
            #expect(!lines.isEmpty, "\(result)")
            Self.expectManners(lines, result)
            Self.expectParts(of: fault, in: lines, stage)
            try GoldenMessage(lines, status: result.status, stage).compare(with: fault.name)
        }
    }

    @Test("a certificate that nobody trusts: the host and the certificate are named", arguments: [true, false])
    func certificate(isAtSource: Bool) async throws {
        try await withScene { scene, source, target in
            let made = try await scene.makeCertificate()
            try await withRegistry(tls: .init(certificate: made.certificate, key: made.key)) { strange in
                var stage = try await FaultStage(scene, source, target)
                if isAtSource {
                    stage.reference = "\(strange.name)/team/app:v1"
                } else {
                    stage.destination = "\(strange.name)/m"
                }
                try stage.configure()
                let result = try await scene.ferry(arguments: stage.command(.mirror), exits: isAtSource ? 8 : 1)
                let lines = Self.failureLines(of: result)
                Self.expectManners(lines, result)
                let text = lines.joined()
                #expect(text.contains(strange.name.text) && text.contains("certificate"), "\(result)")
                if isAtSource { #expect(text.contains(stage.reference) && text.contains("(line 6)"), "\(result)") }
            }
        }
    }

    @Test("there are more than thirty, on both sides, in every way, and each has a name of its own")
    func count() {
        let all = InjectedFault.all
        #expect(all.count >= 30)
        #expect(Set(all.map(\.name)).count == all.count)
        #expect(Set(all.map(\.way)).count == 7)
    }

    /// What a user reads of the failure: errors on stderr, and what verifications print.
    static func failureLines(of result: CommandResult) -> [String] {
        let errors = result.stderr.split(separator: "\n").map(String.init)
        var lines: [String] = []
        var isInside = false
        for line in errors {
            if line.hasPrefix("error: ") { isInside = true } else if !line.hasPrefix(" ") { isInside = false }
            if isInside { lines.append(line) }
        }
        let marks = ["FAILED", "Failed ", "DAMAGED", "delete that", "--check-blobs", "again"]
        let printed = result.stdout.split(separator: "\n").filter { line in marks.contains { line.contains($0) } }
        // What a plan prints stands in columns.
        return lines + printed.map { $0.split(separator: " ").joined(separator: " ") }
    }

    /// What no message has, whatever went wrong.
    static func expectManners(_ lines: [String], _ result: CommandResult) {
        let foreign = [
            "Optional(", "Error(", "Failure(", "Code(", "nil", ".swift", "Fatal error", "USAGE:", "OPTIONS:", "NIO",
            "HTTPClient", "0x", "s3cret", "\\n", "\u{1b}", "  ",
        ]
        for line in lines {
            for word in foreign where line.drop(while: { $0 == " " }).contains(word) {
                Issue.record("\(word.debugDescription) in: \(line)")
            }
            #expect(line.count <= 1_200, "\(line)")
            #expect(!line.contains(";;") && !line.contains("; ;") && !line.hasSuffix(";"), "\(line)")
        }
        #expect(!(result.stdout + result.stderr).contains("s3cret"))
    }

    /// The parts that help: image, reason, endpoint, cause, number of tries, next step.
    static func expectParts(of fault: InjectedFault, in lines: [String], _ stage: FaultStage) {
        let text = lines.joined(separator: "\n")
        let telling =
            fault.isAboutImage ? lines.filter { $0.contains(stage.reference) || $0.contains("team/app") } : lines
        #expect(!telling.isEmpty, "the image is not named: \(text)")
        let line = telling.joined(separator: "\n")
        if fault.isAboutImage, fault.way != .verifyMedia {
            let isAtTarget = fault.way == .verify || fault.way == .verifyDeep
            let name = isAtTarget ? "\(stage.destination)/team/app:v1" : stage.reference
            #expect(line.contains(name), "the image as it was written: \(text)")
            #expect(line.contains("additionalImages: [1] (line 6)"), "why it is wanted: \(text)")
        }
        for cause in fault.cause { #expect(line.contains(cause), "the cause \(cause): \(text)") }
        switch fault.host {
        case .source: #expect(line.contains(stage.source.name.text), "the endpoint: \(text)")
        case .target: #expect(line.contains(stage.target.name.text), "the endpoint: \(text)")
        case .named(let name): #expect(line.contains(name), "the endpoint: \(text)")
        case nil: break
        }
        #expect(fault.nextStep.isEmpty || text.contains(fault.nextStep), "the next step \(fault.nextStep): \(text)")
    }
}
