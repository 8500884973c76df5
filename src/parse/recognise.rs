//! One statement's tokens -> what it asks for.
//!
//! Complete by itself: everything that locks, data, schema or permissions depend on is read here, by tokens alone. Queries,
//! expressions and DML are handed to their own readers. What a reader does not understand is [`Command::Unknown`] with the token
//! at which it ended: no token is ever skipped in silence, except where a placeholder stands for words that are not there.
//!
//! The grammar is that of PostgreSQL 11 to 18 together (manual, "SQL Commands"): what a version refuses is a later question.

mod alter_object;
mod alter_relation;
mod alter_type;
mod comment;
mod create;
mod create_index;
mod create_object;
mod create_table;
mod demand;
mod drop;
mod function;
mod grant;
mod maintenance;
mod misspelling;
mod object;
mod option;
mod publication;
mod sequence;
pub(super) mod setting;
mod table_element;
mod transaction;
mod trigger;

#[cfg(test)]
mod tests;

use super::cursor::Cursor;
use super::dml::dml;
use super::expression::is_reserved;
use super::lex::TokenKind;
use crate::migration::{Problem, ProblemKind};
use crate::source::Span;
use crate::statement::{Command, Name, ObjectName, Unknown, Verb};
use demand::{Read, Stuck};
pub(super) use misspelling::distance;

/// What one statement asks for, and what could not be read of it.
#[derive(Debug)]
pub(crate) struct Recognised {
    /// What it asks for.
    pub(crate) command: Command,
    /// What could not be read; [`Problem::statement`] is left open.
    pub(crate) problems: Vec<Problem>,
}

/// Reads one statement.
pub(crate) fn recognise(cursor: Cursor<'_>) -> Recognised {
    let mut problems = Vec::new();
    let command = match command(cursor.clone(), &mut problems) {
        Ok(command) => command,
        Err(Stuck { at }) => {
            let verb = verb(&cursor);
            problems.clear();
            let kind = misspelling::find(&cursor)
                .map(|(span, kind)| Problem { span, statement: None, kind })
                .unwrap_or_else(|| Problem {
                    span: at,
                    statement: None,
                    kind: ProblemKind::NotUnderstood { verb: verb.to_string(), certain: is_certain(&cursor, at) },
                });
            problems.push(kind);
            Command::Unknown(Box::new(Unknown { verb, at, relations: named_relations(cursor) }))
        }
    };
    Recognised { command, problems }
}

const DML: [&str; 13] = [
    "INSERT", "UPDATE", "DELETE", "MERGE", "COPY", "SELECT", "VALUES", "TABLE", "WITH", "EXPLAIN", "PREPARE",
    "EXECUTE", "CALL",
];

fn command(mut cursor: Cursor<'_>, problems: &mut Vec<Problem>) -> Read<Command> {
    let c = &mut cursor;
    let start = c.clone();
    if c.eat("CREATE") {
        return create::create(c);
    }
    if c.eat("ALTER") {
        return alter_object::alter(c, problems);
    }
    if c.eat("DROP") {
        return drop::drop(c);
    }
    if let Some(set) = setting::set_config(c.clone()) {
        return Ok(Command::Set(Box::new(set)));
    }
    if c.is_kind(TokenKind::LParen) || (c.is_any(&DML) && !c.is_seq(&["PREPARE", "TRANSACTION"])) {
        return dml(c.clone()).map_or_else(|| start.stuck(), Ok);
    }
    let word = c.keyword().as_str();
    match word {
        "TRUNCATE" => drop::truncate(c),
        "REASSIGN" => drop::reassign(c),
        "REINDEX" => maintenance::reindex(c),
        "CLUSTER" => maintenance::cluster(c),
        "VACUUM" => maintenance::vacuum(c),
        "ANALYZE" | "ANALYSE" => maintenance::analyze(c),
        "REFRESH" => maintenance::refresh(c),
        "LOCK" => maintenance::lock(c),
        "COMMENT" => comment::comment(c),
        "SECURITY" => comment::security_label(c),
        "GRANT" => grant::grant(c),
        "REVOKE" => grant::grant(c),
        "SET" => setting::set(c),
        "RESET" => setting::reset(c),
        "DISCARD" => setting::discard(c),
        "SHOW" => setting::show(c),
        "BEGIN" | "START" | "COMMIT" | "END" | "ROLLBACK" | "ABORT" | "SAVEPOINT" | "RELEASE" | "PREPARE" => {
            transaction::transaction(c, word)
        }
        "DO" => function::anonymous_block(c),
        "IMPORT" => create_object::import_foreign_schema(c),
        "CHECKPOINT" | "LISTEN" | "NOTIFY" | "UNLISTEN" | "LOAD" | "DECLARE" | "FETCH" | "MOVE" | "CLOSE"
        | "DEALLOCATE" => transaction::session_command(c, word),
        _ => start.stuck(),
    }
}

/// A command that concerns nobody.
fn nothing(verb: &str) -> Command {
    Command::Nothing(Verb { name: Name::from(verb) })
}

/// The first word, and of `CREATE`, `ALTER`, `DROP` also the kind's first word, in upper case.
fn verb(cursor: &Cursor<'_>) -> Name {
    let mut c = cursor.clone();
    let word = |c: &Cursor<'_>| c.word().map(str::to_ascii_uppercase);
    let Some(first) = word(&c) else { return Name::default() };
    c.next();
    if !matches!(first.as_str(), "CREATE" | "ALTER" | "DROP") {
        return Name::from(first);
    }
    c.eat_seq(&["OR", "REPLACE"]);
    while c.eat_any(&misspelling::MODIFIERS).is_some() {}
    word(&c).map_or_else(|| Name::from(&first), |kind| Name::from(format!("{first} {kind}")))
}

/// Whether nothing but a wrong statement is stuck at `at`: its grammar was entered, and it is one that is read completely. A kind of object
/// that is not known here may be new or an extension's, and so may an expression of a query.
fn is_certain(cursor: &Cursor<'_>, at: Span) -> bool {
    const WHOLE: [&str; 14] = [
        "CLUSTER", "COMMENT", "COMMIT", "DISCARD", "GRANT", "LOCK", "REASSIGN", "REFRESH", "REINDEX", "REVOKE",
        "ROLLBACK", "SET", "TRUNCATE", "VACUUM",
    ];
    let mut c = cursor.clone();
    if c.is_any(&["INSERT", "UPDATE", "DELETE"]) {
        return true;
    }
    let whole = c.is_any(&WHOLE);
    if whole || c.eat_any(&["CREATE", "ALTER", "DROP"]).is_some() {
        if !whole {
            c.eat_seq(&["OR", "REPLACE"]);
            while c.eat_any(&misspelling::MODIFIERS).is_some() {}
        }
        return at.start > c.here().start;
    }
    false
}

/// The names that stand where a relation's name would.
fn named_relations(mut cursor: Cursor<'_>) -> Vec<ObjectName> {
    const BEFORE: [&str; 10] =
        ["TABLE", "ON", "FROM", "INTO", "JOIN", "UPDATE", "REFERENCES", "VIEW", "INDEX", "SEQUENCE"];
    const BETWEEN: [&str; 6] = ["IF", "NOT", "EXISTS", "ONLY", "CONCURRENTLY", "LATERAL"];
    /// `ON DELETE`, `ON CONFLICT`, `ON COMMIT`, `ON NULL INPUT`.
    const BEHIND: [&str; 8] = ["INSERT", "UPDATE", "DELETE", "TRUNCATE", "CONFLICT", "COMMIT", "NULL", "SET"];
    /// An unreadable statement of a megabyte may name anything; the first names say enough.
    const MOST: usize = 64;
    let mut names: Vec<ObjectName> = Vec::new();
    while !cursor.at_end() && names.len() < MOST {
        if cursor.eat_any(&BEFORE).is_none() {
            cursor.next();
            continue;
        }
        while cursor.eat_any(&BETWEEN).is_some() {}
        if cursor.is_any(&BEHIND) || cursor.is_any(&BEFORE) || cursor.word().is_some_and(is_reserved) {
            continue;
        }
        if let Some(name) = cursor.object_name()
            && !names.iter().any(|known| known.to_string() == name.to_string())
        {
            names.push(name);
        }
    }
    names
}
