//! Two branches that changed the same object: what each did to it, and what comes of both.

use crate::source::Span;

/// What a migration does to an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Act {
    /// Makes it.
    Creates,
    /// Puts another one in its place: `OR REPLACE`, or `DROP` and `CREATE`.
    Replaces,
    /// Changes something about it.
    Alters,
    /// Takes it away.
    Drops,
    /// Gives it another name or schema.
    Renames,
    /// Needs it to be there: an index or a foreign key on it, rows in it.
    Uses,
}

impl Act {
    /// All.
    pub const ALL: [Self; 6] = [Self::Creates, Self::Replaces, Self::Alters, Self::Drops, Self::Renames, Self::Uses];

    /// As rule documents and sentences write it, behind the file's name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Creates => "creates",
            Self::Replaces => "replaces",
            Self::Alters => "alters",
            Self::Drops => "drops",
            Self::Renames => "renames",
            Self::Uses => "uses",
        }
    }
}

/// What comes of it when both have run, the other branch's first: it is there already.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum End {
    /// The statement undoes what the other branch did.
    Overwrites,
    /// The statement drops what the other branch worked on.
    Discards,
    /// The statement brings back what the other branch dropped.
    Restores,
    /// The statement is refused.
    Fails,
    /// The statement does nothing, because of its `IF NOT EXISTS`.
    Skipped,
    /// Both hold, and nobody has seen them together.
    Combines,
}

impl End {
    /// All.
    pub const ALL: [Self; 6] =
        [Self::Overwrites, Self::Discards, Self::Restores, Self::Fails, Self::Skipped, Self::Combines];

    /// As rule documents write it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Overwrites => "overwrites",
            Self::Discards => "discards",
            Self::Restores => "restores",
            Self::Fails => "fails",
            Self::Skipped => "skipped",
            Self::Combines => "combines",
        }
    }

    /// As sentences write it.
    pub fn display(self) -> &'static str {
        match self {
            Self::Overwrites => "run behind it, this undoes what it did",
            Self::Discards => "run behind it, this drops it all the same",
            Self::Restores => "run behind it, this brings it back",
            Self::Fails => "run behind it, this fails",
            Self::Skipped => "run behind it, this does nothing",
            Self::Combines => "nobody has tried the two together",
        }
    }
}

/// A statement of a branch that changes what a migration of the other branch changes as well.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clash {
    /// The statement, or the action or name in it.
    pub span: Span,
    /// What it does.
    pub act: Act,
    /// What the other migration does.
    pub others_act: Act,
    /// What comes of it.
    pub end: End,
    /// What kind of object, as a sentence would call it: `column`.
    pub object: &'static str,
    /// Its name.
    pub name: String,
    /// The other migration.
    pub other: String,
    /// The branch that has it, and the commit that brought it, where that is known.
    pub theirs: Theirs,
}

/// Where a migration is that another branch added.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Theirs {
    /// The branch, as the user calls it.
    pub branch: String,
    /// The commit that added it, and the first line of its message; may be empty.
    pub commit: String,
}
