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
