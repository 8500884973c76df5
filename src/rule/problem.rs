//! Problems that are no effect of a statement, as `[when]` names them: what could not be read, and comments without meaning.

use crate::effect::{FieldSpec, FieldType, KindSpec};

/// All kinds of problem with their fields.
pub const SPECS: &[KindSpec] = &[
    KindSpec {
        name: "syntax",
        doc: "The server would refuse the text, for certain.",
        fields: &[
            FieldSpec { name: "problem", ty: FieldType::Text, doc: "What is wrong." },
            FieldSpec {
                name: "advice",
                ty: FieldType::Text,
                doc: "What to write instead; empty where that is not clear.",
            },
        ],
    },
    KindSpec {
        name: "not-understood",
        doc: "A statement was not understood; the server may well take it.",
        fields: &[FieldSpec { name: "verb", ty: FieldType::Text, doc: "Its first words, upper case; may be empty." }],
    },
    KindSpec {
        name: "no-such-form",
        doc: "A statement that is known by its first words goes on as PostgreSQL has it in no version.",
        fields: &[FieldSpec { name: "verb", ty: FieldType::Text, doc: "Its first words, upper case; may be empty." }],
    },
    KindSpec {
        name: "not-utf8",
        doc: "The file has bytes that are not UTF-8.",
        fields: &[FieldSpec { name: "count", ty: FieldType::Count, doc: "How many." }],
    },
    KindSpec {
        name: "unreadable",
        doc: "The file could not be read at all.",
        fields: &[FieldSpec { name: "reason", ty: FieldType::Text, doc: "Why, as in `it is UTF-16`." }],
    },
    KindSpec {
        name: "refused-by-tool",
        doc: "The migration tool refuses the file before the server sees it.",
        fields: TOOL_FIELDS,
    },
    KindSpec {
        name: "not-run",
        doc: "The migration tool passes over a statement without a word.",
        fields: TOOL_FIELDS,
    },
    KindSpec {
        name: "ignored-line",
        doc: "A line was meant for a migration tool, but this one does not follow it.",
        fields: TOOL_FIELDS,
    },
    KindSpec {
        name: "needs-version",
        doc: "Older versions of the migration tool have the server refuse the statement, and which version runs is not known.",
        fields: TOOL_FIELDS,
    },
    KindSpec {
        name: "needless-opt-out",
        doc: "A file leaves the migration tool's transaction, and nothing in it needs that.",
        fields: TOOL_FIELDS,
    },
    KindSpec {
        name: "misplaced",
        doc: "A migration is not where, or not what, it should be.",
        fields: &[
            FieldSpec { name: "wrong", ty: FieldType::Word(WRONG), doc: "What is wrong." },
            FieldSpec {
                name: "other",
                ty: FieldType::Text,
                doc: "The other file, or the list that lacks this one; may be empty.",
            },
            FieldSpec {
                name: "naming",
                ty: FieldType::Text,
                doc: "What has to be given to a file for the tool to run it; empty where a list says what runs.",
            },
            FieldSpec { name: "upset", ty: FieldType::Word(UPSET), doc: "What the migration tool does about it." },
        ],
    },
    KindSpec {
        name: "clash",
        doc: "A statement of a branch changes what a migration of the other branch changes as well, since the two parted.",
        fields: &[
            FieldSpec { name: "act", ty: FieldType::Word(ACT), doc: "What the statement does." },
            FieldSpec { name: "others_act", ty: FieldType::Word(ACT), doc: "What the other migration does." },
            FieldSpec {
                name: "end",
                ty: FieldType::Word(END),
                doc: "What comes of it when the statement runs behind the other migration.",
            },
            FieldSpec { name: "object", ty: FieldType::Text, doc: "What kind of object, as in `materialized view`." },
            FieldSpec { name: "name", ty: FieldType::Text, doc: "Its name." },
            FieldSpec { name: "other", ty: FieldType::Text, doc: "The other migration's file." },
            FieldSpec { name: "path", ty: FieldType::Text, doc: "The same with its folders." },
            FieldSpec { name: "branch", ty: FieldType::Text, doc: "The branch that has it." },
            FieldSpec { name: "commit", ty: FieldType::Text, doc: "The commit that brought it; may be empty." },
        ],
    },
    KindSpec {
        name: "unused-allow",
        doc: "A `shipworthy: allow` comment has no effect, or not the one that it should have.",
        fields: &[
            FieldSpec { name: "reason", ty: FieldType::Word(UNUSED_ALLOW), doc: "Why." },
            FieldSpec { name: "rule", ty: FieldType::Text, doc: "The rule that it names; may be empty." },
            FieldSpec {
                name: "advice",
                ty: FieldType::Text,
                doc: "What to write instead; empty where that is not clear.",
            },
        ],
    },
];

/// What every kind of problem has.
pub const COMMON: &[FieldSpec] =
    &[FieldSpec { name: "tool", ty: FieldType::Text, doc: "The migration tool, by its name in the configuration." }];

/// What is said of a file in a migration tool's eyes.
const TOOL_FIELDS: &[FieldSpec] = &[
    FieldSpec { name: "problem", ty: FieldType::Text, doc: "What is wrong, as a clause." },
    FieldSpec { name: "advice", ty: FieldType::Text, doc: "What to do instead; empty where that is not clear." },
];

/// Why a `shipworthy: allow` comment has no effect.
const UNUSED_ALLOW: &[&str] = &[
    "silences-nothing",
    "unknown-rule",
    "no-rule",
    "no-statement",
    "misplaced",
    "unknown-word",
    "no-day",
    "expired",
    "unexplained",
];

/// See `history::Wrong`.
const WRONG: &[&str] = &[
    "duplicate",
    "text-order",
    "no-down",
    "late",
    "edited",
    "renamed",
    "deleted",
    "ignored",
    "odd-version",
    "checksum",
    "no-checksum",
    "records-other",
    "unrecorded",
];

/// See `history::Act`.
const ACT: &[&str] = &["creates", "replaces", "alters", "drops", "renames", "uses"];

/// See `history::End`.
const END: &[&str] = &["overwrites", "discards", "restores", "fails", "skipped", "combines"];

/// See `tool::Upset`.
const UPSET: &[&str] = &["nothing", "refused", "skipped", "late", "again", "unseen"];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::history::{Act, End, Wrong};
    use crate::tool::Upset;

    #[test]
    fn words_are_those_of_the_history() {
        assert_eq!(WRONG, Wrong::ALL.map(Wrong::name));
        assert_eq!(ACT, Act::ALL.map(Act::name));
        assert_eq!(END, End::ALL.map(End::name));
        assert_eq!(UPSET, Upset::ALL.map(Upset::name));
    }
}
