import ArgumentParser

/// What is done with the receipts that imports leave.
struct ReceiptCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "receipt",
        abstract: "Keep the receipts that come back from the other side.",
        subcommands: [AddReceiptCommand.self]
    )
}
