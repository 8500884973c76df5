//! Slips that explain all: with one word or one comma changed, the whole statement is understood.
//!
//! That is more certain than a guess: the statement as written is not understood, and what stands there is a letter or two away from
//! what the grammar takes at that very place.

use super::{is_understood, problem};
use crate::migration::{Problem, ProblemKind};
use crate::parse::cursor::Cursor;
use crate::parse::lex::{Keyword, Token, TokenKind};
use crate::parse::recognise::{distance, recognise};
use crate::source::Span;

/// The most tokens of a statement that is read again with a change.
const MOST_TOKENS: usize = 2_000;
/// How often a statement is read again.
const MOST_ATTEMPTS: u32 = 12;

/// Words within statements that people slip on. Shorter ones are near too much.
const WORDS: [&str; 62] = [
    "ALWAYS",
    "BETWEEN",
    "CASCADE",
    "CHECK",
    "COLLATE",
    "COLUMN",
    "CONCURRENTLY",
    "CONFLICT",
    "CONSTRAINT",
    "CROSS",
    "DEFAULT",
    "DEFERRABLE",
    "DELETE",
    "DISABLE",
    "DISTINCT",
    "ENABLE",
    "EXCEPT",
    "EXISTS",
    "FOREIGN",
    "FROM",
    "FUNCTION",
    "GENERATED",
    "GROUP",
    "HAVING",
    "IDENTITY",
    "INCLUDE",
    "INDEX",
    "INNER",
    "INSERT",
    "INTERSECT",
    "INTO",
    "JOIN",
    "LANGUAGE",
    "LATERAL",
    "LEFT",
    "LIMIT",
    "NOTHING",
    "NULL",
    "OFFSET",
    "ORDER",
    "OUTER",
    "PARTITION",
    "PRIMARY",
    "REFERENCES",
    "RENAME",
    "REPLACE",
    "RESTRICT",
    "RETURNING",
    "RETURNS",
    "RIGHT",
    "SCHEMA",
    "SELECT",
    "SEQUENCE",
    "STORED",
    "TABLE",
    "TYPE",
    "UNION",
    "UNIQUE",
    "UPDATE",
    "USING",
    "VALUES",
    "WHERE",
];

/// Finds the slip in a statement that was not understood. `at`: the token at which understanding ended, where that is known.
pub(in crate::parse) fn find(text: &str, tokens: &[Token], at: Option<Span>) -> Option<Problem> {
    let foreign = |token: &Token| matches!(token.kind, TokenKind::Placeholder | TokenKind::Stray | TokenKind::CopyData);
    if tokens.len() > MOST_TOKENS || tokens.iter().any(foreign) {
        return None;
    }
    let mut attempts = Attempts { text, left: MOST_ATTEMPTS };
    let stuck = at.map(|at| tokens.iter().position(|token| token.span.start >= at.start).unwrap_or(tokens.len()));
    let places = match stuck {
        // The word before may have been taken for a name, the word behind be what the grammar waits for.
        Some(stuck) => stuck.saturating_sub(1)..(stuck + 2).min(tokens.len()),
        None => 1..tokens.len(),
    };
    for place in places {
        if let Some(found) = attempts.word(tokens, place).or_else(|| attempts.comma_too_many(tokens, place)) {
            return Some(found);
        }
    }
    match stuck {
        Some(stuck) => attempts.comma_missing(tokens, stuck),
        None => attempts.comma_missing_between_assignments(tokens),
    }
}

/// Reads a changed statement, a few times.
struct Attempts<'a> {
    text: &'a str,
    left: u32,
}

impl Attempts<'_> {
    fn is_understood(&mut self, tokens: &[Token]) -> bool {
        let Some(left) = self.left.checked_sub(1) else { return false };
        self.left = left;
        is_understood(&recognise(Cursor::new(self.text, tokens)))
    }

    fn slice(&self, token: Token) -> &str {
        self.text.get(token.span.range()).unwrap_or_default()
    }

    /// A word for another; only where just one other word will do.
    fn word(&mut self, tokens: &[Token], place: usize) -> Option<Problem> {
        let token = *tokens.get(place).filter(|token| token.kind == TokenKind::Word)?;
        let word = self.slice(token).to_ascii_uppercase();
        let most = match word.len() {
            3..6 => 1,
            6..16 => 2,
            _ => return None,
        };
        let near = |known: &&&str| **known != word && distance(word.as_bytes(), known.as_bytes()) <= most;
        let near: Vec<&str> = WORDS.iter().filter(near).copied().collect();
        let mut changed = tokens.to_vec();
        let mut fitting = near.into_iter().filter(|known| {
            changed[place].keyword = Keyword::of(known.as_bytes());
            self.is_understood(&changed)
        });
        let meant = fitting.next().filter(|_| fitting.next().is_none())?;
        let written = self.slice(token);
        Some(problem(token.span, &format!("`{written}` cannot stand here"), &format!("did you mean `{meant}`?")))
    }

    /// A comma behind the last element of a list.
    fn comma_too_many(&mut self, tokens: &[Token], place: usize) -> Option<Problem> {
        let comma = *tokens.get(place).filter(|token| token.kind == TokenKind::Comma)?;
        let next = tokens.get(place + 1);
        let ends = next.is_none_or(|next| {
            next.kind == TokenKind::RParen || ["FROM", "WHERE", "RETURNING"].iter().any(|word| next.keyword.is(word))
        });
        if !ends {
            return None;
        }
        let changed = [&tokens[..place], &tokens[place + 1..]].concat();
        self.is_understood(&changed).then(|| problem(comma.span, "nothing follows this comma", "remove it"))
    }

    /// A comma between two columns of a new table, or between two actions of an ALTER TABLE.
    fn comma_missing(&mut self, tokens: &[Token], stuck: usize) -> Option<Problem> {
        let verb = tokens.first()?.keyword;
        let table = tokens.iter().take(5).any(|token| token.keyword.is("TABLE"));
        if !table || !(verb.is("CREATE") || verb.is("ALTER")) {
            return None;
        }
        self.comma(tokens, stuck)
    }

    /// A comma between two assignments of an UPDATE: one stands before each `name =` but the first.
    fn comma_missing_between_assignments(&mut self, tokens: &[Token]) -> Option<Problem> {
        if !tokens.first()?.keyword.is("UPDATE") {
            return None;
        }
        let set = tokens.iter().position(|token| token.keyword.is("SET"))?;
        let ends = |token: &Token| ["FROM", "WHERE", "RETURNING"].iter().any(|word| token.keyword.is(word));
        let mut depth = 0_usize;
        for (place, token) in tokens.iter().enumerate().skip(set + 2).take_while(|(_, token)| !ends(token)) {
            match token.kind {
                TokenKind::LParen => depth += 1,
                TokenKind::RParen => depth = depth.saturating_sub(1),
                _ => {}
            }
            let assigns = tokens.get(place + 1).is_some_and(|next| self.slice(*next) == "=");
            if depth == 0
                && assigns
                && let Some(found) = self.comma(tokens, place)
            {
                return Some(found);
            }
        }
        None
    }

    /// A comma before the name at `stuck`.
    fn comma(&mut self, tokens: &[Token], stuck: usize) -> Option<Problem> {
        let before = *tokens.get(stuck.checked_sub(1)?)?;
        let token = *tokens.get(stuck)?;
        if !matches!(token.kind, TokenKind::Word | TokenKind::QuotedIdent) || before.kind == TokenKind::Comma {
            return None;
        }
        // MySQL's `bigint UNSIGNED` is no column that begins.
        if ["unsigned", "zerofill"].iter().any(|word| self.slice(token).eq_ignore_ascii_case(word)) {
            return None;
        }
        let mut changed = tokens.to_vec();
        changed.insert(stuck, Token { kind: TokenKind::Comma, keyword: Keyword::NONE, ..before });
        self.is_understood(&changed).then(|| {
            let written = self.slice(token);
            problem(token.span, &format!("a comma is missing before `{written}`"), "write `,` before it")
        })
    }
}

/// Whether a problem is a doubt that a slip may explain.
pub(in crate::parse) fn is_doubt(problem: &Problem) -> bool {
    matches!(problem.kind, ProblemKind::NotUnderstood { .. })
}

#[cfg(test)]
mod tests {
    use crate::dialect::Dialect;
    use crate::migration::ProblemKind;
    use crate::parse::parse;
    use crate::source::Source;

    /// Each problem: the place, what is said, and the help.
    fn said(text: &str) -> Vec<String> {
        parse(&Source::new("a.sql", text), Dialect::Postgres)
            .problems
            .iter()
            .map(|problem| {
                let place = &text[problem.span.range()];
                match &problem.kind {
                    ProblemKind::Syntax { help, .. } => format!("{place}: {}", help.as_deref().unwrap_or_default()),
                    other => format!("{place}: {other:?}"),
                }
            })
            .collect()
    }

    #[test]
    fn slips_are_told_at_their_word() {
        for (text, expected) in [
            ("ALTER TABLE a ADD COLUMN x int NOT NUL", "NUL: did you mean `NULL`?"),
            ("CREATE TABLE a (id int NOT NUL, b text)", "NUL: did you mean `NULL`?"),
            ("CREATE TABLE a (id int PRIMRY KEY)", "PRIMRY: did you mean `PRIMARY`?"),
            ("CREATE TABLE a (id int DEFALT 1)", "DEFALT: did you mean `DEFAULT`?"),
            ("CREATE TABLE a (id int REFERENCE b (id))", "REFERENCE: did you mean `REFERENCES`?"),
            ("CREATE TABLE IF NOT EXIST a (x int)", "EXIST: did you mean `EXISTS`?"),
            ("ALTER TABLE a DROP COLUM x", "COLUM: did you mean `COLUMN`?"),
            ("CREATE INDEX CONCURENTLY i ON a (x)", "CONCURENTLY: did you mean `CONCURRENTLY`?"),
            ("DROP TABLE IF EXIST a", "EXIST: did you mean `EXISTS`?"),
            ("TRUNCATE TABEL a", "TABEL: did you mean `TABLE`?"),
            ("SELECT * FORM a", "FORM: did you mean `FROM`?"),
            ("UPDATE a SET x = 1 WERE y = 2", "WERE: did you mean `WHERE`?"),
            ("DELETE FORM a", "FORM: did you mean `FROM`?"),
            ("INSERT INTO a (x) VALUE (1)", "VALUE: did you mean `VALUES`?"),
            ("CREATE TABLE a (id int, b text NOT NULL c int)", "c: write `,` before it"),
            ("CREATE TABLE a (id int b text)", "b: write `,` before it"),
            ("ALTER TABLE a ADD x int ADD y int", "ADD: write `,` before it"),
            ("CREATE TABLE a (id int, b text,)", ",: remove it"),
            ("SELECT a, FROM b", ",: remove it"),
            ("UPDATE a SET x = b.x \"y\" = b.y FROM b", "\"y\": write `,` before it"),
            ("UPDATE a SET x = 1 y = 2 WHERE z = 3", "y: write `,` before it"),
        ] {
            assert_eq!(said(text), [expected], "{text}");
        }
    }

    #[test]
    fn what_no_slip_explains_stays_a_doubt() {
        for text in
            ["SELECT a FROM t nonsense b", "ALTER TABLE a ADD COLUMN x int NOT NUL {{ y }}", "GRANT SELECT ON a FROM b"]
        {
            assert!(said(text).iter().all(|said| !said.contains("did you mean")), "{text}");
        }
    }
}
