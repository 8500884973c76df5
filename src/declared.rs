//! A schema as an application declares it: Prisma's `schema.prisma`, the snapshots that Drizzle Kit keeps beside its migrations.
//!
//! Such a file is what the next `prisma db push`, `prisma migrate dev` or `drizzle-kit push` makes of the database. What the migrations
//! made and it does not know goes; what it knows and no migration makes is there on the developer's machine alone. [`prisma`] and
//! [`drizzle`] read the files into a [`Declared`]; [`mod@crate::drift`] holds that against what the migrations make.

pub(crate) mod drizzle;
pub(crate) mod prisma;
mod types;

pub use types::ColumnType;

use crate::source::{Location, SourceId, Span};
use crate::statement::Name;

/// Who reads the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reader {
    /// Prisma.
    Prisma,
    /// Drizzle Kit.
    Drizzle,
}

/// A declared schema.
#[derive(Clone, Debug, PartialEq)]
pub struct Declared {
    /// Who reads it.
    pub reader: Reader,
    /// What stands for the whole: the name of the datasource, or the beginning of the file.
    pub anchor: Location,
    /// The schemas that it speaks for; whatever lies in others is left alone.
    pub schemas: Vec<Name>,
    /// Foreign keys are the application's matter, not the database's: `relationMode = "prisma"`.
    pub without_foreign_keys: bool,
    /// Partial indexes can be declared and are dropped where they are not: `previewFeatures = ["partialIndexes"]`.
    pub partial_indexes: bool,
    /// Its tables, in the order in which they stand.
    pub tables: Vec<DeclaredTable>,
    /// Its enums, likewise.
    pub enums: Vec<DeclaredEnum>,
    /// Names in types that the tool passes on without understanding them: `Unsupported("...")`.
    pub opaque: Vec<String>,
}

/// A declared table.
#[derive(Clone, Debug, PartialEq)]
pub struct DeclaredTable {
    /// Its schema.
    pub schema: Name,
    /// Its name in the database.
    pub name: Name,
    /// The name of the model.
    pub at: Location,
    /// A table between two models that no model stands for: `_AToB`.
    pub implicit: bool,
    /// Its columns.
    pub columns: Vec<DeclaredColumn>,
    /// Its primary key, unique constraints and indexes.
    pub indexes: Vec<DeclaredIndex>,
    /// Its foreign keys.
    pub foreign_keys: Vec<DeclaredForeignKey>,
}

/// A declared column.
#[derive(Clone, Debug, PartialEq)]
pub struct DeclaredColumn {
    /// Its name in the database.
    pub name: Name,
    /// The field.
    pub at: Location,
    /// Its type; `None`: not to be compared.
    pub ty: Option<ColumnType>,
    /// It refuses NULL; `None`: not to be compared.
    pub not_null: Option<bool>,
    /// Its default in the database.
    pub default: DeclaredDefault,
}

/// A declared default.
#[derive(Clone, Debug, PartialEq)]
pub enum DeclaredDefault {
    /// None; also where the application makes the value.
    None,
    /// A sequence or an identity.
    Sequence,
    /// A number.
    Number(f64),
    /// `true` or `false`.
    Boolean(bool),
    /// A string, or a value of an enum.
    Text(String),
    /// There is one, which is not compared.
    Some,
    /// Whether there is one is not to be told.
    Unknown,
}

/// A declared index, unique constraint or primary key.
#[derive(Clone, Debug, PartialEq)]
pub struct DeclaredIndex {
    /// Its name in the database, written or made up as the tool does.
    pub name: Name,
    /// Where it is declared.
    pub at: Location,
    /// Its columns; `None`: there is more to it than columns.
    pub columns: Option<Vec<Name>>,
    /// What it is.
    pub kind: IndexKind,
    /// It has a condition.
    pub partial: bool,
}

/// What an index is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IndexKind {
    /// It keeps the primary key.
    Primary,
    /// It keeps rows apart.
    Unique,
    /// It finds rows.
    Plain,
}

/// A declared foreign key.
#[derive(Clone, Debug, PartialEq)]
pub struct DeclaredForeignKey {
    /// Its name in the database.
    pub name: Name,
    /// Where it is declared.
    pub at: Location,
    /// The referencing columns.
    pub columns: Vec<Name>,
    /// The referenced table, with its schema.
    pub references: (Name, Name),
}

/// A declared enum.
#[derive(Clone, Debug, PartialEq)]
pub struct DeclaredEnum {
    /// Its schema.
    pub schema: Name,
    /// Its name in the database.
    pub name: Name,
    /// Where it is declared.
    pub at: Location,
    /// Its values in the database, each where it stands.
    pub values: Vec<(Name, Location)>,
}

impl Declared {
    fn new(reader: Reader, anchor: Location) -> Self {
        Self {
            reader,
            anchor,
            schemas: Vec::new(),
            without_foreign_keys: false,
            partial_indexes: false,
            tables: Vec::new(),
            enums: Vec::new(),
            opaque: Vec::new(),
        }
    }
}

/// A place in a source.
fn at(source: SourceId, span: Span) -> Location {
    Location { source, span }
}
