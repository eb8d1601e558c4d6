extension Diagnostic {
    /// The kind of a mistake; new codes may be added, the names of existing ones stay.
    package struct Code: Hashable, Sendable, CustomStringConvertible {
        private enum Value: String {
            case invalidEncoding, fileTooLarge, yamlSyntax, nestingTooDeep, tooManyNodes, complexKey, undefinedAlias
            case invalidMerge, severalDocuments
            case missingKind, wrongKind, missingStanza, stanzaNotAllowed, unknownAPIVersion, emptyConfiguration, keyCase
            case unknownKey, duplicateKey, wrongType, emptyName, tooManyDiagnostics
            case invalidReference, invalidPath, invalidTag, invalidVersion, emptyVersionRange, invalidPlatform
            case invalidPattern, invalidURL, numberOutOfRange, duplicateEntry, conflictingFields, mixedRanges
            case defaultChannelNotSelected, deprecatedField, ignoredField, unknownValue
        }

        private let value: Value

        /// The file is not UTF-8.
        package static let invalidEncoding = Code(value: .invalidEncoding)
        /// The file is larger than ``ImageSetConfiguration/maximumFileBytes``.
        package static let fileTooLarge = Code(value: .fileTooLarge)
        /// The file is not YAML.
        package static let yamlSyntax = Code(value: .yamlSyntax)
        /// Values are nested deeper than any configuration needs.
        package static let nestingTooDeep = Code(value: .nestingTooDeep)
        /// There are more values, after aliases are followed, than any configuration needs.
        package static let tooManyNodes = Code(value: .tooManyNodes)
        /// A key is not plain text.
        package static let complexKey = Code(value: .complexKey)
        /// An alias names no anchor that stands before it.
        package static let undefinedAlias = Code(value: .undefinedAlias)
        /// `<<` is given something other than objects.
        package static let invalidMerge = Code(value: .invalidMerge)
        /// More YAML documents follow the first one.
        package static let severalDocuments = Code(value: .severalDocuments)
        /// There is no `kind`.
        package static let missingKind = Code(value: .missingKind)
        /// `kind` is not the one that is known or wanted.
        package static let wrongKind = Code(value: .wrongKind)
        /// There is no `mirror` or no `delete`.
        package static let missingStanza = Code(value: .missingStanza)
        /// `delete` or `mirror` stands in a file of the other kind.
        package static let stanzaNotAllowed = Code(value: .stanzaNotAllowed)
        /// `apiVersion` is none that is known.
        package static let unknownAPIVersion = Code(value: .unknownAPIVersion)
        /// The file asks for nothing.
        package static let emptyConfiguration = Code(value: .emptyConfiguration)
        /// A key is not written in its usual case.
        package static let keyCase = Code(value: .keyCase)
        /// A key that the configuration does not have in this place.
        package static let unknownKey = Code(value: .unknownKey)
        /// A key stands twice in one object.
        package static let duplicateKey = Code(value: .duplicateKey)
        /// A value of another type than the key has.
        package static let wrongType = Code(value: .wrongType)
        /// A name is missing or empty.
        package static let emptyName = Code(value: .emptyName)
        /// There are more mistakes than are listed.
        package static let tooManyDiagnostics = Code(value: .tooManyDiagnostics)
        /// Not an image reference, or one without tag and digest.
        package static let invalidReference = Code(value: .invalidReference)
        /// Not a repository path.
        package static let invalidPath = Code(value: .invalidPath)
        /// Not a tag.
        package static let invalidTag = Code(value: .invalidTag)
        /// Not a version.
        package static let invalidVersion = Code(value: .invalidVersion)
        /// The minimum lies above the maximum.
        package static let emptyVersionRange = Code(value: .emptyVersionRange)
        /// A platform without operating system or architecture.
        package static let invalidPlatform = Code(value: .invalidPlatform)
        /// Not a regular expression.
        package static let invalidPattern = Code(value: .invalidPattern)
        /// Not a chart repository's address.
        package static let invalidURL = Code(value: .invalidURL)
        /// A number below or above what makes sense.
        package static let numberOutOfRange = Code(value: .numberOutOfRange)
        /// The same thing is listed twice.
        package static let duplicateEntry = Code(value: .duplicateEntry)
        /// Two fields exclude each other.
        package static let conflictingFields = Code(value: .conflictingFields)
        /// A package has a version range of its own and one in a channel.
        package static let mixedRanges = Code(value: .mixedRanges)
        /// A package's default channel is not among the channels that are listed for it.
        package static let defaultChannelNotSelected = Code(value: .defaultChannelNotSelected)
        /// A field that still works and has a better successor.
        package static let deprecatedField = Code(value: .deprecatedField)
        /// A field or entry without any effect.
        package static let ignoredField = Code(value: .ignoredField)
        /// A value that is taken for another one, or looks like a mistake.
        package static let unknownValue = Code(value: .unknownValue)

        /// The code's stable name.
        package var description: String { value.rawValue }
    }
}
