//! The names of what a text makes, by its tokens alone: for a quick look at many files.

use super::lex::{Level, Lexer, TokenKind};
use crate::source::Span;
use std::collections::BTreeSet;

/// The relations, types and functions that a script creates or renames to, `DO` blocks included, without their schemas, folded. What
/// stands in bodies of functions is passed over.
pub(crate) fn made(text: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    collect(text, Span::new(0, text.len() as u32), false, &mut names);
    names
}

/// Those of a script, or of a `DO` block in it, whose own blocks are not entered.
fn collect(text: &str, span: Span, is_block: bool, names: &mut BTreeSet<String>) {
    let mut lexer = Lexer::new(text, span, Level::Script, 1);
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
            TokenKind::DollarString if matches!(state, State::Do) && !is_block => {
                let written = text.get(token.span.range()).unwrap_or_default();
                let quote = written.get(1..).and_then(|rest| rest.find('$')).map_or(0, |end| end as u32 + 2);
                let (start, end) = (token.span.start + quote, token.span.end.saturating_sub(quote));
                if start < end {
                    collect(text, Span::new(start, end), true, names);
                }
                state = State::Past;
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
            State::Between if folded == "do" => State::Do,
            // `BEGIN CREATE TYPE`, `IF ... THEN CREATE TABLE`.
            _ if is_block && matches!(folded.as_str(), "begin" | "then" | "else" | "loop") => State::Between,
            State::Between => State::Past,
            // `DO LANGUAGE plpgsql $$`.
            State::Do => State::Do,
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
}

/// Where in a statement the text is read.
enum State {
    /// At its beginning.
    Between,
    /// Behind `DO`.
    Do,
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
        let block = "DO LANGUAGE plpgsql $x$ BEGIN CREATE TYPE a.mood AS ENUM ('x'); EXCEPTION WHEN others THEN CREATE TABLE t (); END $x$;
            CREATE TABLE after_it ();";
        assert_eq!(Vec::from_iter(made(block)), ["after_it", "mood", "t"]);
        assert!(made("DO $$").is_empty() && made("DO $").is_empty());
    }
}
