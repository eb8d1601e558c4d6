import Testing

@testable import MediaSet

@Suite struct VolumeExchangeStateTests {
    @Test func whatIsThereIsGranted() {
        var state = VolumeExchangeState(present: [1, 2])
        state.want(1)
        #expect(state.next(for: 1) == .granted)
        state.want(2)
        #expect(state.next(for: 2) == .granted)
        #expect(state.readers == 2)
        #expect(state.release() == false)
        #expect(state.release() == false, "nobody waits")
    }

    @Test func nobodyIsAskedWhileSomebodyReads() {
        var state = VolumeExchangeState(present: [1])
        state.want(1)
        #expect(state.next(for: 1) == .granted)
        state.want(3)
        state.want(2)
        #expect(state.next(for: 3) == .wait)
        #expect(state.next(for: 2) == .wait)
        #expect(state.release() == true, "those who wait look again")
        #expect(state.next(for: 3) == .ask)
        #expect(state.next(for: 2) == .wait, "one asker is enough")
        #expect(state.beginAsking() == 2, "the lowest that is wanted")
    }

    @Test func aReadThatBeginsAnewComesBeforeTheQuestion() {
        var state = VolumeExchangeState(present: [1])
        state.want(2)
        #expect(state.next(for: 2) == .ask)
        state.want(1)
        #expect(state.next(for: 1) == .granted)
        #expect(state.beginAsking() == nil)
        #expect(state.next(for: 2) == .wait)
        #expect(state.release() == true)
        #expect(state.next(for: 2) == .ask)
        #expect(state.beginAsking() == 2)
    }

    @Test func nothingIsGrantedWhileAVolumeIsChanged() {
        var state = VolumeExchangeState(present: [1])
        state.want(2)
        #expect(state.next(for: 2) == .ask)
        #expect(state.beginAsking() == 2)
        state.want(1)
        #expect(state.next(for: 1) == .wait)
        state.endAsking(present: [2])
        #expect(state.next(for: 1) == .ask, "it is not there any more")
        #expect(state.next(for: 2) == .granted)
        #expect(state.beginAsking() == nil, "somebody reads again")
        #expect(state.release() == true)
        #expect(state.next(for: 1) == .ask)
        #expect(state.beginAsking() == 1)
    }

    @Test func anAskerThatGivesUpMakesRoomForAnother() {
        var state = VolumeExchangeState(present: [])
        state.want(1)
        state.want(2)
        #expect(state.next(for: 1) == .ask)
        state.endAsking(present: nil)
        state.stopWanting(1)
        #expect(state.next(for: 2) == .ask)
        #expect(state.beginAsking() == 2, "the other volume is wanted no more")
    }

    @Test func whatIsLostIsAskedFor() {
        var state = VolumeExchangeState(present: [1])
        state.want(1)
        #expect(state.next(for: 1) == .granted)
        state.lose(1)
        #expect(state.release() == false)
        state.want(1)
        #expect(state.next(for: 1) == .ask)
        #expect(state.beginAsking() == 1)
    }
}
