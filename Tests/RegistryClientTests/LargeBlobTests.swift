import Testing

/// Tests that move much, or look at the clock: one at a time, so that they do not disturb each other.
@Suite(.serialized) enum LargeBlobTests {}
