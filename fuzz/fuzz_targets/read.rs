//! Any bytes, read as every server's SQL: nothing panics, and places are ordered and within the text.
#![no_main]

use libfuzzer_sys::fuzz_target;
use shipworthy::dialect::Dialect;
use shipworthy::parse::parse;
use shipworthy::source::{Source, Span};

fuzz_target!(|bytes: &[u8]| {
    let Ok(source) = Source::decode("a.sql", bytes.to_vec()) else { return };
    let text = source.text();
    assert_eq!(text.len(), bytes.len(), "offsets are the file's own");
    for dialect in [Dialect::Postgres, Dialect::MySql, Dialect::Sqlite] {
        let parsed = parse(&source, dialect);
        let fits = |span: Span| assert!(text.get(span.range()).is_some(), "{span:?}");
        let mut end = 0;
        for statement in &parsed.statements {
            assert!(statement.span.start >= end && !statement.span.is_empty());
            fits(statement.span);
            end = statement.span.end;
        }
        assert!(parsed.comments.is_sorted());
        parsed.comments.iter().copied().for_each(fits);
        assert!(parsed.problems.is_sorted_by_key(|problem| problem.span));
        for problem in &parsed.problems {
            fits(problem.span);
            assert!(problem.statement.is_none_or(|at| at < parsed.statements.len()));
        }
    }
});
