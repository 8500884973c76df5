//! Statements that read and write rows, and bodies that hold statements.

use super::{Body, Expr, Ident, List, Name, ObjectName, Query, RelationUse, Statement, StorageOption, Values};
use crate::source::Span;

/// `INSERT`.
#[derive(Clone, Debug, PartialEq)]
pub struct Insert {
    /// The table.
    pub table: RelationUse,
    /// The columns written; empty: all in order.
    pub columns: List<Ident>,
    /// `None` for `DEFAULT VALUES`.
    pub source: Option<InsertSource>,
    /// `ON CONFLICT (...)`, `ON CONFLICT ON CONSTRAINT ...`; `None` where it names neither.
    pub conflict_target: Option<Box<ConflictTarget>>,
    /// `ON CONFLICT`: `Some(true)` is `DO NOTHING`, `Some(false)` is `DO UPDATE`.
    pub on_conflict_nothing: Option<bool>,
    /// `ON CONFLICT ... DO UPDATE SET`.
    pub on_conflict_set: List<Assignment>,
    /// `RETURNING`.
    pub returning: bool,
    /// `WITH` queries.
    pub with: Query,
}

/// What an `ON CONFLICT` is about.
#[derive(Clone, Debug, PartialEq)]
pub enum ConflictTarget {
    /// Columns or expressions, for which the server looks among all indexes.
    Columns,
    /// A constraint, by name.
    Constraint(Ident),
}

/// Where the rows of an `INSERT` come from.
#[derive(Clone, Debug, PartialEq)]
pub enum InsertSource {
    /// `VALUES`.
    Values(Values),
    /// A query.
    Query(Box<Query>),
}

/// `column = value`; of `(a, b) = (x, y)` one each, where they pair up.
#[derive(Clone, Debug, PartialEq)]
pub struct Assignment {
    /// The whole assignment.
    pub span: Span,
    /// The column.
    pub column: Ident,
    /// The value.
    pub value: Expr,
}

/// `UPDATE`.
#[derive(Clone, Debug, PartialEq)]
pub struct Update {
    /// The table.
    pub table: RelationUse,
    /// `SET`.
    pub assignments: List<Assignment>,
    /// `WHERE`.
    pub filter: Option<Box<Expr>>,
    /// `WHERE CURRENT OF`.
    pub current_of: bool,
    /// `RETURNING`.
    pub returning: bool,
    /// Everything else that it touches: `WITH`, `FROM`, subqueries.
    pub with: Query,
    /// Relations of `FROM`.
    pub from: List<RelationUse>,
    /// The alias of a subquery, or the name of a CTE, that is all of `FROM`.
    pub from_derived: Option<Name>,
}

/// `DELETE`.
#[derive(Clone, Debug, PartialEq)]
pub struct Delete {
    /// The table.
    pub table: RelationUse,
    /// `WHERE`.
    pub filter: Option<Box<Expr>>,
    /// `WHERE CURRENT OF`.
    pub current_of: bool,
    /// `RETURNING`.
    pub returning: bool,
    /// Everything else that it touches: `WITH`, `USING`, subqueries.
    pub with: Query,
    /// Relations of `USING`.
    pub using: List<RelationUse>,
}

/// `MERGE`.
#[derive(Clone, Debug, PartialEq)]
pub struct Merge {
    /// The table written.
    pub table: RelationUse,
    /// The source, where it is a relation.
    pub source: Option<RelationUse>,
    /// The condition of `ON`.
    pub condition: Option<Box<Expr>>,
    /// Its `WHEN` clauses, in order.
    pub actions: Vec<MergeAction>,
    /// Everything else that it touches.
    pub with: Query,
}

/// A `WHEN` clause of a [`Merge`].
#[derive(Clone, Debug, PartialEq)]
pub struct MergeAction {
    /// What it does.
    pub kind: MergeActionKind,
    /// `AND condition`: it is done for some of the rows.
    pub narrowed: bool,
}

/// What a `WHEN` clause of a [`Merge`] does.
#[derive(Clone, Debug, PartialEq)]
pub enum MergeActionKind {
    /// `INSERT`.
    Insert {
        /// The columns written; empty: all in order.
        columns: List<Ident>,
        /// The row; `None` for `DEFAULT VALUES`.
        values: Option<Values>,
    },
    /// `UPDATE SET`.
    Update(List<Assignment>),
    /// `DELETE`.
    Delete,
    /// `DO NOTHING`.
    Nothing,
}

impl MergeActionKind {
    /// The statement that does the same: `insert`, `update`, `delete`; `do nothing`.
    pub fn verb(&self) -> &'static str {
        match self {
            Self::Insert { .. } => "insert",
            Self::Update(_) => "update",
            Self::Delete => "delete",
            Self::Nothing => "do nothing",
        }
    }
}

/// `COPY`.
#[derive(Clone, Debug, PartialEq)]
pub struct Copy {
    /// The table; `None` for `COPY (query) TO`.
    pub table: Option<ObjectName>,
    /// The columns; empty: all in order.
    pub columns: List<Ident>,
    /// The query of `COPY (query) TO`.
    pub query: Option<Query>,
    /// `FROM`, else `TO`.
    pub from: bool,
    /// `FROM PROGRAM`, `TO PROGRAM`.
    pub program: bool,
    /// From or to a file on the server's machine.
    pub file: bool,
    /// The file or the program; `None` for `STDIN` and `STDOUT`.
    pub location: Option<Name>,
    /// The options, also those in the old spelling, by the names of the new one.
    pub options: Vec<StorageOption>,
    /// `WHERE`.
    pub filter: Option<Box<Expr>>,
    /// The lines after `COPY ... FROM stdin;`, up to `\.`, in text format.
    pub data: Option<CopyData>,
}

/// Inline rows of a `COPY ... FROM stdin`.
#[derive(Clone, Debug, PartialEq)]
pub struct CopyData {
    /// The lines, without the `\.`.
    pub span: Span,
    /// The cells, where they are tab-separated text; `\N` is NULL.
    pub values: Values,
}

/// `EXPLAIN`.
#[derive(Clone, Debug, PartialEq)]
pub struct Explain {
    /// `ANALYZE`: the statement runs.
    pub analyze: bool,
    /// The statement.
    pub statement: Box<Statement>,
}

/// `PREPARE`.
#[derive(Clone, Debug, PartialEq)]
pub struct Prepare {
    /// Its name.
    pub name: Ident,
    /// The statement.
    pub statement: Box<Statement>,
}

/// `CALL`.
#[derive(Clone, Debug, PartialEq)]
pub struct Call {
    /// The procedure.
    pub procedure: ObjectName,
    /// Its arguments.
    pub arguments: Vec<Expr>,
}

/// `DO`.
#[derive(Clone, Debug, PartialEq)]
pub struct Do {
    /// Folded; `plpgsql` by default.
    pub language: Name,
    /// Its statements; `None` for another language than PL/pgSQL.
    pub body: Option<Body>,
}
