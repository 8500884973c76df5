//! What is wrong for certain: the server would refuse it whatever the schema is.

pub(super) mod slip;

use super::cursor::Cursor;
use super::lex::{Keyword, KeywordSet, Token, TokenKind, Unclosed};
use super::recognise::{Recognised, recognise};
use super::split::{Open, begins_line};
use crate::migration::{Problem, ProblemKind};
use crate::source::Span;
use crate::statement::{Command, InsertSource};

/// Words that begin a statement.
const VERBS: KeywordSet = KeywordSet::of(&[
    "ALTER", "ANALYZE", "BEGIN", "CALL", "CLUSTER", "COMMENT", "COMMIT", "COPY", "CREATE", "DELETE", "DO", "DROP",
    "EXECUTE", "EXPLAIN", "GRANT", "INSERT", "LOCK", "MERGE", "NOTIFY", "REFRESH", "REINDEX", "RESET", "REVOKE",
    "ROLLBACK", "SELECT", "SET", "TRUNCATE", "UPDATE", "VACUUM", "VALUES", "WITH",
]);

/// Whether a word begins a statement.
pub(super) fn is_statement_verb(word: Keyword) -> bool {
    VERBS.has(word)
}

fn problem(span: Span, message: &str, help: &str) -> Problem {
    Problem {
        span,
        statement: None,
        kind: ProblemKind::Syntax { message: message.to_owned(), help: Some(help.to_owned()) },
    }
}

/// A quote or comment without an end.
pub(super) fn unclosed_token(span: Span, what: Unclosed) -> Problem {
    match what {
        Unclosed::String => {
            problem(span, "this quote is never closed", "close it with `'`; a quote within a string is written `''`")
        }
        Unclosed::Identifier => problem(span, "this quoted name is never closed", "close it with `\"`"),
        Unclosed::DollarString => problem(span, "this dollar quote is never closed", "close it with the same tag"),
        Unclosed::Comment => problem(span, "this comment is never closed", "close it with `*/`; comments nest"),
    }
}

/// A parenthesis without an end.
pub(super) fn unclosed(span: Span, what: Open) -> Problem {
    match what {
        Open::Parenthesis => {
            problem(span, "this parenthesis is never closed", "close it with `)` before the semicolon")
        }
        Open::Atomic | Open::Case => problem(span, "this BEGIN ATOMIC is never closed", "close it with END"),
    }
}

/// Text that holds NUL bytes.
pub(super) fn nul(at: u32) -> Problem {
    problem(Span::new(at, at + 1), "the server takes no NUL byte", "remove it")
}

/// A byte order mark that does not begin the text.
pub(super) fn byte_order_mark(at: u32) -> Problem {
    let help = "remove it; it marks where a file began that was put behind another";
    problem(Span::new(at, at + 3), "the server takes this byte order mark for a part of a word", help)
}

/// The index of the token at which a second statement begins without a semicolon before it, and the statement before it. Certain:
/// it stands at the start of a line, it begins as no clause does, and what stands before it is a whole statement by itself.
/// `tokens` was not understood as one.
pub(super) fn second_statement(text: &str, tokens: &[Token]) -> Option<(usize, Recognised)> {
    /// Each attempt reads the statement before it once more.
    const ATTEMPTS: usize = 4;
    let cursor = Cursor::new(text, tokens);
    let mut depth = 0_usize;
    let mut attempts = 0;
    for (at, token) in tokens.iter().enumerate() {
        match token.kind {
            TokenKind::LParen => depth += 1,
            TokenKind::RParen => depth = depth.saturating_sub(1),
            TokenKind::Word
                if depth == 0 && at > 0 && begins_line(text, token.span.start) && begins_statement(&cursor, at) =>
            {
                let before = recognise(Cursor::new(text, &tokens[..at]));
                if is_understood(&before) {
                    return Some((at, before));
                }
                attempts += 1;
                if attempts == ATTEMPTS {
                    return None;
                }
            }
            _ => {}
        }
    }
    None
}

/// Whether all of a command was understood, as far as its structure goes.
pub(super) fn is_understood(recognised: &Recognised) -> bool {
    recognised.problems.is_empty()
        && !matches!(recognised.command, Command::Unknown(_))
        && queries_are_understood(&recognised.command)
}

/// Whether every query in a command was understood.
pub(super) fn queries_are_understood(command: &Command) -> bool {
    match command {
        Command::Query(query) => query.understood,
        Command::Insert(insert) => {
            let source = match &insert.source {
                Some(InsertSource::Query(query)) => query.understood,
                Some(InsertSource::Values(_)) | None => true,
            };
            source && insert.with.understood
        }
        Command::Update(update) => update.with.understood,
        Command::Delete(delete) => delete.with.understood,
        Command::Merge(merge) => merge.with.understood,
        Command::CreateView(view) => view.query.understood,
        Command::CreateTable(table) => table.query.as_ref().is_none_or(|query| query.understood),
        _ => true,
    }
}

/// Two words that begin a statement and continue none.
fn begins_statement(cursor: &Cursor<'_>, at: usize) -> bool {
    const KINDS: [&str; 16] = [
        "TABLE",
        "INDEX",
        "UNIQUE",
        "VIEW",
        "MATERIALIZED",
        "SEQUENCE",
        "TYPE",
        "DOMAIN",
        "SCHEMA",
        "FUNCTION",
        "PROCEDURE",
        "TRIGGER",
        "POLICY",
        "EXTENSION",
        "OR",
        "TEMPORARY",
    ];
    let second = |words: &[&str]| words.iter().any(|word| cursor.is_nth(at + 1, word));
    let first = |word: &str| cursor.is_nth(at, word);
    (first("CREATE") && second(&KINDS))
        || ((first("ALTER") || first("DROP")) && second(&KINDS) && !cursor.is_kind_nth(at + 2, TokenKind::Comma))
        || (first("INSERT") && second(&["INTO"]))
        || (first("DELETE") && second(&["FROM"]))
        || (first("COMMENT") && second(&["ON"]))
        || (first("UPDATE") && (cursor.is_nth(at + 2, "SET") || cursor.is_nth(at + 4, "SET")))
        || (first("TRUNCATE") && cursor.peek_nth(at + 1).is_some())
        || (first("SELECT") && cursor.peek_nth(at + 1).is_some())
        || (first("GRANT") && cursor.peek_nth(at + 1).is_some())
}

/// A missing semicolon: the place is the first word of the second statement.
pub(super) fn missing_semicolon(span: Span) -> Problem {
    problem(span, "a new statement begins here without a semicolon before it", "end the statement above with `;`")
}
