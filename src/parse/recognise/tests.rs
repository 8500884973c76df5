//! What the recogniser makes of whole statements.

use super::*;
use crate::parse::lex::{Level, Lexer, Token};
use crate::source::Span;

mod outline;

fn read(text: &str) -> Recognised {
    let mut lexer = Lexer::new(text, Span::new(0, text.len() as u32), Level::Script, 1);
    let tokens: Vec<Token> = std::iter::from_fn(|| lexer.token()).collect();
    recognise(Cursor::new(text, &tokens))
}

#[test]
fn what_is_left_over_is_never_accepted() {
    for (text, at) in [
        ("DROP TABLE a b", "b"),
        ("CREATE TABLE t (a int, b int AUTO_INCREMENT)", "AUTO_INCREMENT"),
        ("CREATE TABLE t (a int", ""),
        ("CREATE INDEX i ON t (a) CREATE TABLE u (b int)", "CREATE"),
        ("REFRESH MATERIALIZED VIEW v WITH DATE", "WITH"),
    ] {
        let read = read(text);
        let Command::Unknown(unknown) = read.command else { panic!("{text}: {:?}", read.command) };
        assert_eq!(&text[unknown.at.range()], at, "{text}");
        assert_eq!(read.problems.len(), 1, "{text}");
    }
}

#[test]
fn after_a_placeholder_anything_may_stand() {
    let read = read("CREATE TABLE t (a int) ${TABLE_OPTIONS} LOCALITY x");
    assert!(matches!(read.command, Command::CreateTable(_)), "{:?}", read.command);
    assert_eq!(read.problems, []);
}

/// Statements by subject, one on a line.
const TABLES: [(&str, &str); 12] = [
    ("alter_table", include_str!("tests/alter_table.sql")),
    ("constraint", include_str!("tests/constraint.sql")),
    ("create_index", include_str!("tests/create_index.sql")),
    ("create_object", include_str!("tests/create_object.sql")),
    ("create_table", include_str!("tests/create_table.sql")),
    ("dml", include_str!("tests/dml.sql")),
    ("drop", include_str!("tests/drop.sql")),
    ("function", include_str!("tests/function.sql")),
    ("newest", include_str!("tests/newest.sql")),
    ("privilege", include_str!("tests/privilege.sql")),
    ("query", include_str!("tests/query.sql")),
    ("session", include_str!("tests/session.sql")),
];

/// Compares the outline of every statement with `tests/<subject>.snap`; `INSTA_UPDATE=always` writes it anew.
#[test]
fn every_operand_and_span_is_read() {
    for (subject, statements) in TABLES {
        let mut outlines = String::new();
        for text in statements.lines() {
            let read = read(text);
            outlines.push_str(&format!("{text}\n    {}\n", outline::outline(text, &read.command)));
            outlines.extend(outline::mentions(&read.command).iter().map(|line| format!("    {line}\n")));
            for Problem { span, kind, .. } in &read.problems {
                let at = &text[span.range()];
                outlines.push_str(&match kind {
                    ProblemKind::Syntax { message, help: None } => format!("    error at ‹{at}›: {message}\n"),
                    ProblemKind::Syntax { message, help: Some(help) } => {
                        format!("    error at ‹{at}›: {message}; {help}\n")
                    }
                    ProblemKind::NotUnderstood { verb, .. } => format!("    {verb} not understood at ‹{at}›\n"),
                    other => format!("    {other:?}\n"),
                });
            }
        }
        insta::with_settings!(
            { snapshot_path => "tests", prepend_module_to_snapshot => false, omit_expression => true },
            { insta::assert_snapshot!(subject, outlines) }
        );
    }
}

/// The reference pages of PostgreSQL 18's manual, part VI.1, "SQL Commands"; those of several objects in their spellings.
const COMMANDS: &str = include_str!("tests/commands.txt");

#[test]
fn every_command_of_the_manual_is_among_the_statements() {
    let missing: Vec<&str> = COMMANDS
        .lines()
        .filter(|command| {
            let is = |text: &str| {
                text.strip_prefix(command).is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '(']))
            };
            !TABLES.iter().flat_map(|(_, statements)| statements.lines()).any(is)
        })
        .collect();
    assert_eq!(missing, [""; 0]);
    let count: usize = TABLES.iter().map(|(_, statements)| statements.lines().count()).sum();
    assert!(count > 750, "{count}");
}

/// Whatever is missing: nothing panics, and every span stays within the text.
#[test]
fn any_part_of_a_statement_can_be_read() {
    for text in TABLES.iter().flat_map(|(_, statements)| statements.lines()) {
        let mut lexer = Lexer::new(text, Span::new(0, text.len() as u32), Level::Script, 1);
        let tokens: Vec<Token> = std::iter::from_fn(|| lexer.token()).collect();
        for at in 0..tokens.len() {
            let without: Vec<Token> = [&tokens[..at], &tokens[at + 1..]].concat();
            for part in [&tokens[..at], &tokens[at..], &without] {
                let read = recognise(Cursor::new(text, part));
                for problem in read.problems {
                    assert!(problem.span.end as usize <= text.len(), "{text}: {problem:?}");
                }
            }
        }
    }
}
