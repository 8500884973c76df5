//! The session that runs a file: its open transaction, the locks that this holds, its settings.

mod locks;

pub use locks::{HeldLock, HeldLocks};

use crate::catalog::{CatalogMark, RelationId};
use crate::effect::Owner;
use crate::source::Location;
use crate::statement::{Name, Statement};
use crate::tool::TransactionMode;
use std::collections::BTreeMap;
use std::sync::Arc;

/// A session.
#[derive(Clone, Debug)]
pub struct Session {
    /// Counts deployments: what was created in the same one is new. By default every file is one.
    pub deployment: u32,
    /// Counts transactions, over the whole run. Outside a block every statement has its own.
    pub transaction_serial: u32,
    /// The open transaction block; `None`: each statement is its own transaction.
    pub transaction: Option<OpenTransaction>,
    /// Inside a `DO` block: a statement there is within a function, whatever the transaction.
    pub in_body: bool,
    /// The locks that the statements of the `DO` block have taken, where no transaction block is open: it is one transaction by itself.
    pub body_locks: HeldLocks,
    /// Statements that the session has prepared, by name.
    pub prepared: BTreeMap<Name, Arc<Statement>>,
    /// How the tool hands the file over.
    pub mode: TransactionMode,
    /// Settings by folded name, as they stand now.
    pub settings: BTreeMap<Name, Setting>,
    /// The indexes that the file has dropped, or would have, in order.
    pub dropped_indexes: Vec<DroppedIndex>,
}

/// An index that the file has dropped.
#[derive(Clone, Debug, PartialEq)]
pub struct DroppedIndex {
    /// Its name, without its schema.
    pub name: Name,
    /// Its table; `None` where the index was not known.
    pub table: Option<RelationId>,
    /// It was there: it was known, or the statement fails without it.
    pub existed: bool,
    /// Its keys; an expression is `None`. Empty where they are not known, or where it held some of the rows only.
    pub columns: Vec<Option<Name>>,
    /// The statement.
    pub at: Location,
}

/// An open transaction block.
#[derive(Clone, Debug)]
pub struct OpenTransaction {
    /// Who began it.
    pub owner: Owner,
    /// Where it began; `None` where the tool did.
    pub begun: Option<Location>,
    /// A `BEGIN` inside it, which did nothing.
    pub asked_again: Option<Location>,
    /// The locks held.
    pub locks: HeldLocks,
    /// Savepoints, outermost first.
    pub savepoints: Vec<Savepoint>,
    /// Undoes it.
    pub mark: CatalogMark,
    /// Settings to go back to on ROLLBACK.
    pub settings_before: BTreeMap<Name, Setting>,
    /// Indices of the replay's steps that belong to it, so that a rollback can mark them undone.
    pub first_step: usize,
}

/// A savepoint.
#[derive(Clone, Debug)]
pub struct Savepoint {
    /// Its name.
    pub name: Name,
    /// Undoes what came after it.
    pub mark: CatalogMark,
    /// The locks as they were.
    pub locks: HeldLocks,
    /// The settings as they were.
    pub settings: BTreeMap<Name, Setting>,
    /// The replay's first step after it.
    pub first_step: usize,
}

/// A setting that the file changed.
#[derive(Clone, Debug, PartialEq)]
pub struct Setting {
    /// Its values; empty: back to the default.
    pub values: Vec<Name>,
    /// It was computed, so its value is not known.
    pub unknown: bool,
    /// `LOCAL`: gone with the transaction.
    pub local: bool,
    /// Where.
    pub at: Location,
}

impl Session {
    /// The locks that its transaction block holds, or the `DO` block that is one.
    pub fn locks(&self) -> &HeldLocks {
        self.transaction.as_ref().map_or(&self.body_locks, |transaction| &transaction.locks)
    }

    /// The open transaction is the server's own around a message or a pipeline: it ends there, `BEGIN` makes a block of it and
    /// `COMMIT` finds none (the manual's "Multiple Statements in a Simple Query").
    pub fn is_implicit(&self) -> bool {
        let by_runner = self.transaction.as_ref().is_some_and(|transaction| transaction.owner == Owner::Runner);
        by_runner && matches!(self.mode, TransactionMode::OneMessage | TransactionMode::Pipeline)
    }

    /// A setting's single value, where the file set one: `lock_timeout` -> `2s`.
    pub fn setting(&self, name: &str) -> Option<&Name> {
        self.settings.get(name)?.values.first()
    }

    /// `check_function_bodies` is on, as it is where nothing switches it off: the server parses the string that is a body in SQL.
    pub fn checks_bodies(&self) -> bool {
        let off = |value: &Name| ["off", "false", "no", "0"].iter().any(|word| value.eq_ignore_ascii_case(word));
        !self.setting("check_function_bodies").is_some_and(off)
    }

    /// Where unqualified names are looked for.
    pub fn search_path(&self) -> Vec<Name> {
        match self.settings.get("search_path") {
            // Every element may itself be a list in quotes: '"$user", public' as pg_dump writes it.
            Some(setting) if !setting.values.is_empty() => setting
                .values
                .iter()
                .flat_map(|value| value.split(','))
                .map(|schema| Name::from(schema.trim().trim_matches('"')))
                .filter(|schema| !schema.is_empty())
                .collect(),
            _ => vec![Name::new_static("$user"), Name::new_static("public")],
        }
    }
}
