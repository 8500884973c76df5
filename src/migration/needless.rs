//! What needs to run outside the tool's transaction, and sections that leave it without need.

use super::Section;
use crate::source::Span;
use crate::statement::{AlterActionKind, Command, Name, Statement};
use crate::tool::{Remark, RemarkKind, Tool, TransactionMode};

/// The lines by which sections leave the tool's transaction although nothing in them gains by it: each statement may run in a
/// transaction, none writes rows, and no lock would be held while another is waited for.
///
/// What is lost is that the section works as a whole or not at all.
pub fn needless_opt_outs(tool: &Tool, sections: &[Section], statements: &[Statement]) -> Vec<Remark> {
    let mut remarks: Vec<Remark> = Vec::new();
    let mut needed: Vec<Span> = Vec::new();
    for section in sections {
        let Some(line) = section.opted_out else { continue };
        let inside = || statements.iter().filter(|statement| section.span.contains(statement.span));
        if inside().next().is_none() {
            continue;
        }
        if inside().any(|statement| gains(&statement.command)) || locked(inside()) > 1 {
            needed.push(line);
        } else if remarks.iter().all(|remark| remark.span != line) {
            remarks.push(Remark {
                span: line,
                kind: RemarkKind::Needless,
                problem: format!("nothing here needs to run outside {}'s transaction", tool.display),
                advice: "remove it, so that the migration works as a whole or not at all".to_owned(),
            });
        }
    }
    // A line of the whole file is of use where it is of use to one section.
    remarks.retain(|remark| !needed.contains(&remark.span));
    remarks
}

/// The first `BEGIN` within a transaction that the tool has begun on SQLite, which refuses it ("cannot start a transaction within a
/// transaction"). golang-migrate begins one there, other than on PostgreSQL.
pub fn begin_on_sqlite(tool: &Tool, sections: &[Section], statements: &[Statement]) -> Option<Remark> {
    let wraps = |section: &Section| {
        matches!(section.transaction, TransactionMode::File | TransactionMode::All) || *tool == Tool::GOLANG_MIGRATE
    };
    let is_begin = |statement: &&Statement| match &statement.command {
        Command::Unknown(unknown) => unknown.verb == "BEGIN",
        _ => false,
    };
    let inside =
        |statement: &&Statement| sections.iter().any(|section| wraps(section) && section.span.contains(statement.span));
    let statement = statements.iter().filter(is_begin).find(inside)?;
    Some(Remark::refused(
        statement.span,
        format!("{} has begun a transaction already, and SQLite refuses a second one", tool.display),
        "leave BEGIN and COMMIT to the tool",
    ))
}

/// The statements that an older version of the tool has the server refuse: those that may not run in a transaction. `version` is the
/// one that ended it, `sections` is what the older one makes of the file, asked for only where it matters. A file that ends or begins transactions itself is left
/// alone.
pub fn refused_by_older(
    version: &str,
    sections: impl FnOnce() -> Vec<Section>,
    statements: &[Statement],
) -> Vec<Remark> {
    let refuses: Vec<_> = statements.iter().filter(|statement| refuses_transaction(&statement.command)).collect();
    if refuses.is_empty() || statements.iter().any(|statement| matches!(statement.command, Command::Transaction(_))) {
        return Vec::new();
    }
    let sections = sections();
    let wrapped = |statement: &&Statement| {
        let section = sections.iter().find(|section| section.span.contains(statement.span));
        section.is_some_and(|section| match section.transaction {
            TransactionMode::Statement => false,
            // A message of one statement is no transaction.
            TransactionMode::OneMessage => statements.len() > 1,
            TransactionMode::File | TransactionMode::All | TransactionMode::Pipeline => true,
        })
    };
    let refused = refuses.into_iter().filter(wrapped);
    refused
        .map(|statement| Remark {
            span: statement.span,
            kind: RemarkKind::NeedsVersion,
            problem: format!("before {version} this is refused, and nothing says which version runs it"),
            advice: "pin the version in package.json, or say it with --tool NAME@VERSION".to_owned(),
        })
        .collect()
}

/// Whether the server refuses a statement in a transaction block, whatever its version (the callers of `PreventInTransactionBlock`).
fn refuses_transaction(command: &Command) -> bool {
    match command {
        Command::CreateIndex(index) => index.concurrently.is_some(),
        Command::Drop(drop) => drop.concurrently.is_some() || global(drop.kind),
        Command::CreateObject(create) => global(create.kind),
        Command::Reindex(reindex) => reindex.concurrently.is_some(),
        Command::Vacuum(_) | Command::AlterSystem(_) => true,
        Command::AlterRelation(alter) => alter
            .actions
            .iter()
            .any(|action| matches!(action.kind, AlterActionKind::DetachPartition { concurrently: Some(_), .. })),
        _ => false,
    }
}

/// How many relations that were there before the statements change one after the other.
fn locked<'a>(statements: impl Iterator<Item = &'a Statement>) -> usize {
    let mut made: Vec<&Name> = Vec::new();
    let mut changed: Vec<&Name> = Vec::new();
    for statement in statements {
        let name = match &statement.command {
            Command::CreateTable(create) => {
                made.push(&create.name.name.name);
                continue;
            }
            Command::AlterRelation(alter) => &alter.name.name.name,
            Command::CreateIndex(index) => &index.table.name.name,
            Command::CreateTrigger(trigger) => &trigger.table.name.name,
            _ => continue,
        };
        if !made.contains(&name) && !changed.contains(&name) {
            changed.push(name);
        }
    }
    changed.len()
}

/// Whether a statement is refused in a transaction, ends one, writes rows, or does what cannot be told.
fn gains(command: &Command) -> bool {
    match command {
        Command::CreateIndex(index) => index.concurrently.is_some(),
        Command::Drop(drop) => drop.concurrently.is_some() || global(drop.kind),
        Command::CreateObject(create) => global(create.kind),
        Command::AlterRelation(alter) => alter.actions.iter().any(|action| {
            matches!(
                action.kind,
                AlterActionKind::ValidateConstraint(_) | AlterActionKind::DetachPartition { concurrently: Some(_), .. }
            )
        }),
        // What it adds may be used by the next statement only when it is committed.
        Command::AlterType(_) => true,
        Command::CreateTable(create) => create.query.is_some(),
        Command::CreateView(_)
        | Command::CreateSequence(_)
        | Command::CreateType(_)
        | Command::CreateDomain(_)
        | Command::CreateSchema(_)
        | Command::CreateFunction(_)
        | Command::CreateTrigger(_)
        | Command::Policy(_)
        | Command::CreateRule(_)
        | Command::CreateExtension(_)
        | Command::CreateStatistics(_)
        | Command::Publication(_)
        | Command::AlterDomain(_)
        | Command::DropOnTable(_)
        | Command::Comment(_)
        | Command::Grant(_)
        | Command::Set(_) => false,
        _ => true,
    }
}

/// Objects of the whole cluster, which are made and dropped outside transactions.
fn global(kind: crate::statement::ObjectKind) -> bool {
    use crate::statement::ObjectKind::{Database, Subscription, Tablespace};
    matches!(kind, Database | Tablespace | Subscription)
}
