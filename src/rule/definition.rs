//! What a rule is, once its document has been read.
//!
//! Everything here can be built in a constant: the rules that come with the program are data in the binary, and nothing is
//! read or allocated for them when it starts.

use super::condition::Test;
use super::message::Message;
use crate::diagnostic::Severity;
use std::borrow::Cow;

/// Text that is either in the binary or was read from a user's document.
pub type Text = Cow<'static, str>;

/// An opinion about one kind of effect or problem.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Named after the hazard, so that `allow blocking-index-build` reads as English.
    pub name: Text,
    /// The folder of its document.
    pub category: Category,
    /// How bad.
    pub severity: Severity,
    /// It speaks where nothing is configured.
    pub on: bool,
    /// Names that it had before; they still silence and configure it.
    pub aliases: Cow<'static, [Text]>,
    /// The first paragraph of the document.
    pub summary: Text,
    /// What the finding says.
    pub message: Message,
    /// What stands at the exact tokens.
    pub label: Message,
    /// What to do instead, a line each. A line with a hole that stays empty is dropped.
    pub help: Cow<'static, [Message]>,
    /// Speaks only once.
    pub once: Option<Once>,
    /// Rules that have nothing to add where this one matches the same cause.
    pub folds: Cow<'static, [Text]>,
    /// What it is about.
    pub when: When,
    /// The whole document.
    pub document: Text,
}

/// What a rule is about: one kind of effect or problem, and tests that must all hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct When {
    /// An effect or a problem.
    pub about: About,
    /// The kind's name.
    pub kind: Text,
    /// All must hold.
    pub tests: Cow<'static, [Test]>,
}

/// What the kind of a [`When`] is a kind of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum About {
    /// An effect of a statement; [`crate::effect::EffectKind::SPECS`].
    Effect,
    /// Something in the file that could not be read or has no meaning; [`super::problem::SPECS`].
    Problem,
}

impl About {
    /// The key in `[when]`.
    pub fn key(self) -> &'static str {
        match self {
            Self::Effect => "effect",
            Self::Problem => "problem",
        }
    }
}

/// How far a rule is silent after it has spoken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Once {
    /// To the end of the file.
    File,
    /// To the end of the file, but its one finding points at every other place, too.
    Gathered,
    /// To the end of the history.
    History,
}

impl Once {
    /// All.
    pub const ALL: [Self; 3] = [Self::File, Self::Gathered, Self::History];

    /// As documents write it.
    pub fn name(self) -> &'static str {
        match self {
            Self::File => "file",
            Self::Gathered => "gathered",
            Self::History => "history",
        }
    }
}

macro_rules! categories {
    ($( $variant:ident = $name:literal $doc:literal, )+) => {
        /// What a rule protects.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Category { $( #[doc = $doc] $variant, )+ }

        impl Category {
            /// All.
            pub const ALL: &[Self] = &[ $( Self::$variant, )+ ];

            /// The name of its folder.
            pub fn name(self) -> &'static str {
                match self { $( Self::$variant => $name, )+ }
            }

            /// What it is about, a sentence.
            pub fn doc(self) -> &'static str {
                match self { $( Self::$variant => $doc, )+ }
            }
        }
    };
}

categories! {
    Locking = "locking" "Other sessions wait.",
    Destructive = "destructive" "Data is gone for good.",
    Compatibility = "compatibility" "Programs that know the old schema fail.",
    Correctness = "correctness" "The migration fails, or does something else than it seems to.",
    Transaction = "transaction" "A transaction holds more than it should, or is not what it seems to be.",
    Data = "data" "Rows are written that are right in one environment only.",
    Deploy = "deploy" "A command around the migrations does what they would not.",
    History = "history" "The order of the migrations is not what it seems to be.",
    Security = "security" "Somebody can see or do more than intended.",
    Schema = "schema" "The schema lacks something that will be missed.",
    Style = "style" "A matter of taste; off by default.",
}

impl Category {
    /// The category of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|category| category.name() == name)
    }

    /// Whether its rules speak where neither the rule nor the configuration says otherwise.
    pub fn on_by_default(self) -> bool {
        self != Self::Style
    }

    /// Whether its rules are opinions on what the schema becomes, not on what the deployment does. Each of them has a finding of its
    /// own: mending one mends none of the others.
    pub fn is_about_design(self) -> bool {
        matches!(self, Self::Security | Self::Schema | Self::Style)
    }
}
