//! The names of what a text makes, by its tokens alone: for a quick look at many files.

use super::lex::{Level, Lexer, TokenKind};
use crate::source::Span;
use std::collections::BTreeSet;

/// The relations, types and functions that a script creates or renames to, without their schemas, folded. What stands in bodies of
/// functions and `DO` blocks is passed over.
pub(crate) fn made(text: &str) -> BTreeSet<String> {
    let mut lexer = Lexer::new(text, Span::new(0, text.len() as u32), Level::Script, 1);
    let mut names = BTreeSet::new();
    let mut state = State::Between;
    while let Some(token) = lexer.token() {
        let word = match token.kind {
            TokenKind::Comment | TokenKind::Directive => continue,
            TokenKind::Semicolon => {
                lexer.begin_statement();
                state = State::Between;
                continue;
            }
            TokenKind::Word | TokenKind::QuotedIdent => text.get(token.span.range()).unwrap_or_default(),
            TokenKind::Dot => {
                // What was read was a schema.
                if let State::Named(name) = &state {
                    names.remove(name);
                    state = State::Name;
                }
                continue;
            }
            _ => {
                state = State::Past;
                continue;
            }
        };
        let quoted = word.strip_prefix('"').and_then(|word| word.strip_suffix('"'));
        let folded = quoted.map_or_else(|| word.to_ascii_lowercase(), str::to_owned);
        state = match state {
            State::Between if folded == "create" => State::Kind,
            State::Between if folded == "alter" => State::Altered,
            State::Between => State::Past,
            State::Kind if quoted.is_none() => match folded.as_str() {
                "or" | "replace" | "unlogged" | "foreign" | "materialized" | "recursive" => State::Kind,
                "table" | "view" | "type" | "domain" | "function" | "procedure" | "sequence" => State::Name,
                _ => State::Past,
            },
            State::Name if quoted.is_none() && matches!(folded.as_str(), "if" | "not" | "exists") => State::Name,
            State::Name => {
                names.insert(folded.clone());
                State::Named(folded)
            }
            State::Altered if quoted.is_none() && folded == "rename" => State::Renamed,
            State::Renamed if quoted.is_none() && folded == "to" => State::Name,
            State::Altered => State::Altered,
            _ => State::Past,
        };
    }
    names
}

/// Where in a statement the text is read.
enum State {
    /// At its beginning.
    Between,
    /// Behind `CREATE`.
    Kind,
    /// Where the name stands.
    Name,
    /// Behind a name, or a schema.
    Named(String),
    /// Behind `ALTER`.
    Altered,
    /// Behind `RENAME`.
    Renamed,
    /// Where nothing more is of interest.
    Past,
}

#[cfg(test)]
mod tests {
    use super::made;

    #[test]
    fn names_are_taken_from_the_tokens() {
        let text = r#"
            -- CREATE TABLE no (id int);
            CREATE TABLE IF NOT EXISTS app.Users (id int); create or replace view "Report" as select 1;
            CREATE TYPE mood AS ENUM ('create table x'); CREATE INDEX i ON users (id);
            CREATE FUNCTION f() RETURNS int LANGUAGE sql AS $$ CREATE TABLE inner_one (a int); $$;
            ALTER TABLE ONLY app.old RENAME TO fresh; ALTER TABLE a RENAME COLUMN b TO c; CREATE TEMP TABLE t (a int);
        "#;
        assert_eq!(Vec::from_iter(made(text)), ["Report", "f", "fresh", "mood", "users"]);
        assert!(made("CREATE TABLE").is_empty());
    }
}
