import Testing

@testable import HTTPTransport

struct RefusalShareTests {
    @Test(
        arguments: [
            // A limit: some go through, some do not.
            (period: 2, refused: 1, isLimit: true), (period: 3, refused: 2, isLimit: true),
            (period: 4, refused: 1, isLimit: true),
            // Chance, an outage, health.
            (period: 10, refused: 1, isLimit: false), (period: 1, refused: 1, isLimit: false),
            (period: 33, refused: 1, isLimit: false), (period: 5, refused: 0, isLimit: false),
        ]
    )
    func `503 among good answers is a limit of the rate when it is neither rare nor all there is`(
        period: Int,
        refused: Int,
        isLimit: Bool
    ) {
        var share = RefusalShare()
        let verdicts = (0..<400).map { share.note(isRefusal: $0 % period < refused) }
        #expect(verdicts.contains(true) == isLimit)
        #expect(verdicts.count { $0 } <= 400 / 16)
    }

    @Test func `good answers before an outage count as good once`() {
        var share = RefusalShare()
        for _ in 0..<100 {
            let verdict = share.note(isRefusal: false)
            #expect(!verdict)
        }
        let verdicts = (0..<400).map { _ in share.note(isRefusal: true) }
        #expect(verdicts.count { $0 } == 1)
    }
}
