/// Why a text is no regular expression of RE2's syntax, https://github.com/google/re2/wiki/Syntax.
package struct BlockPatternError: Error, Equatable {
    /// What is wrong, as one clause.
    package let message: String
}
