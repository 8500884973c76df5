//! Files for MySQL, MariaDB and SQLite: cut into statements and comments, and not understood further.
//!
//! MySQL: manual, "Comments", "String Literals" (a backslash escapes), "Schema Object Names" (backticks); its client's `DELIMITER`.
//! SQLite: "The Tokenizer", and `sqlite3_complete`, which knows that a trigger ends with `END`.

use super::Parsed;
use crate::dialect::Dialect;
use crate::migration::{Problem, ProblemKind};
use crate::source::{Source, Span};
use crate::statement::{Command, Name, Statement, Unknown};

/// Reads a source.
pub(super) fn read(source: &Source, dialect: Dialect) -> Parsed {
    let mut scanner = Scanner {
        text: source.text(),
        mysql: dialect == Dialect::MySql,
        at: 0,
        delimiter: ";",
        statement: None,
        parsed: Parsed::default(),
    };
    scanner.run();
    super::settle_problems(&mut scanner.parsed);
    scanner.parsed
}

/// A statement that is being read.
struct Open {
    start: usize,
    /// Behind its last token.
    end: usize,
    /// Its first words, upper case.
    words: Vec<String>,
    /// `BEGIN`s and `CASE`s of a trigger's or routine's body that have no `END` yet.
    depth: usize,
    last_word: String,
}

struct Scanner<'a> {
    text: &'a str,
    mysql: bool,
    at: usize,
    /// What ends a statement; MySQL's client lets it be changed.
    delimiter: &'a str,
    statement: Option<Open>,
    parsed: Parsed,
}

/// How many words of a statement are looked at.
const WORDS: usize = 8;

impl Scanner<'_> {
    fn run(&mut self) {
        while let Some(rest) = self.text.get(self.at..)
            && let Some(next) = rest.chars().next()
        {
            let start = self.at;
            let closes = |close: &str| rest.get(2..).and_then(|inner| inner.find(close)).map(|at| 2 + at + close.len());
            let line = || rest.find('\n').unwrap_or(rest.len());
            if next.is_whitespace() || next == '\u{feff}' {
                self.at += next.len_utf8();
            } else if rest.starts_with("--") && self.is_line_comment(rest) || (self.mysql && next == '#') {
                self.at += line();
                self.parsed.comments.push(span(start, self.text[..self.at].trim_end().len()));
            } else if rest.starts_with("/*") {
                let end = closes("*/");
                self.at = start + end.unwrap_or(rest.len());
                // SQLite lets the end of the file end a comment.
                if end.is_none() && self.mysql {
                    self.problem(start, start + 2, "this comment is never closed");
                }
                // What stands in `/*! ... */` MySQL runs.
                match self.mysql && rest.starts_with("/*!") {
                    true => self.token(start, None),
                    false => self.parsed.comments.push(span(start, self.at)),
                }
            } else if self.statement.is_none() && self.mysql && word(rest).eq_ignore_ascii_case("delimiter") {
                let delimiter = rest[..line()]["delimiter".len()..].trim();
                self.delimiter = if delimiter.is_empty() { ";" } else { delimiter };
                self.at += line();
            } else if rest.starts_with(self.delimiter) && self.ends_here() {
                self.at += self.delimiter.len();
                self.end_statement();
            } else if matches!(next, '\'' | '"' | '`') || (!self.mysql && next == '[') {
                self.quoted(start, rest, next);
            } else {
                let word = word(rest);
                self.at += word.len().max(next.len_utf8());
                let word = word.to_ascii_uppercase();
                self.token(start, (!word.is_empty()).then_some(word));
            }
        }
        self.end_statement();
    }

    /// MySQL wants a blank behind the two dashes.
    fn is_line_comment(&self, rest: &str) -> bool {
        !self.mysql
            || rest[2..].chars().next().is_none_or(|next| next.is_whitespace() || next.is_control() || next == '+')
    }

    fn quoted(&mut self, start: usize, rest: &str, quote: char) {
        let close = if quote == '[' { ']' } else { quote };
        let mut inner = rest.char_indices().skip(1).peekable();
        let mut end = None;
        while let Some((at, letter)) = inner.next() {
            if letter == '\\' && self.mysql && quote != '`' {
                inner.next();
            } else if letter == close {
                if quote != '[' && inner.peek().is_some_and(|(_, next)| *next == close) {
                    inner.next();
                } else {
                    end = Some(at + letter.len_utf8());
                    break;
                }
            }
        }
        self.at = start + end.unwrap_or(rest.len());
        if end.is_none() {
            self.problem(start, start + quote.len_utf8(), "this quote is never closed");
        }
        self.token(start, None);
    }

    /// Whether the delimiter ends the statement: not within the body of a trigger.
    fn ends_here(&self) -> bool {
        self.statement.as_ref().is_none_or(|open| open.depth == 0 || self.delimiter != ";")
    }

    fn token(&mut self, start: usize, word: Option<String>) {
        let end = self.at;
        let open = self.statement.get_or_insert_with(|| Open {
            start,
            end,
            words: Vec::new(),
            depth: 0,
            last_word: String::new(),
        });
        open.end = end;
        let Some(word) = word else { return };
        let body = open.words.first().is_some_and(|first| first == "CREATE")
            && open.words.iter().any(|word| matches!(word.as_str(), "TRIGGER" | "PROCEDURE" | "FUNCTION" | "EVENT"));
        if body {
            match word.as_str() {
                "BEGIN" => open.depth += 1,
                "CASE" if open.depth > 0 && open.last_word != "END" => open.depth += 1,
                // `END IF` and `END LOOP` close what was not counted.
                "END" if open.depth > 0 => open.depth -= 1,
                "IF" | "LOOP" | "WHILE" | "REPEAT" if open.last_word == "END" => open.depth += 1,
                _ => {}
            }
        }
        if open.words.len() < WORDS {
            open.words.push(word.clone());
        }
        open.last_word = word;
    }

    fn end_statement(&mut self) {
        if let Some(open) = self.statement.take() {
            let span = span(open.start, open.end);
            let verb = Name::from(open.words.first().cloned().unwrap_or_default());
            let command = Command::Unknown(Box::new(Unknown { verb, at: span, relations: Vec::new() }));
            self.parsed.statements.push(Statement { span, command, guard: None });
        }
    }

    fn problem(&mut self, start: usize, end: usize, message: &str) {
        let kind = ProblemKind::Syntax { message: message.to_owned(), help: None };
        self.parsed.problems.push(Problem { span: span(start, end), statement: None, kind });
    }
}

/// The word at the beginning of a text; may be empty.
fn word(text: &str) -> &str {
    let end =
        text.find(|letter: char| !(letter.is_alphanumeric() || matches!(letter, '_' | '$'))).unwrap_or(text.len());
    &text[..end]
}

fn span(start: usize, end: usize) -> Span {
    Span::new(start as u32, end.max(start) as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(dialect: Dialect, text: &str) -> (Vec<String>, usize, usize) {
        let parsed = read(&Source::new("a.sql", text), dialect);
        let statements = parsed.statements.iter().map(|statement| text[statement.span.range()].to_owned()).collect();
        (statements, parsed.comments.len(), parsed.problems.len())
    }

    #[test]
    fn a_problem_lies_in_a_statement_or_in_none() {
        let within = |text: &str| {
            let parsed = read(&Source::new("a.sql", text), Dialect::MySql);
            parsed.problems.iter().map(|problem| problem.statement).collect::<Vec<_>>()
        };
        assert_eq!(within("SELECT 1; /* open"), [None]);
        assert_eq!(within("SELECT 1; SELECT 'open"), [Some(1)]);
    }

    #[test]
    fn mysql() {
        let of = |text: &str| cut(Dialect::MySql, text);
        assert_eq!(of("SELECT 'a;\\'';  # c; \nSELECT `b;`").0, ["SELECT 'a;\\''", "SELECT `b;`"]);
        assert_eq!(of("SELECT 1--2;").0, ["SELECT 1--2"]);
        assert_eq!(of("-- c\nSELECT 1; /* d */").1, 2);
        assert_eq!(of("/*!40101 SET NAMES utf8 */;").0.len(), 1);
        let body = "CREATE TRIGGER t AFTER INSERT ON a FOR EACH ROW BEGIN IF 1 THEN SET @a = 1; END IF; SET @b = CASE 1 WHEN 1 THEN 2 END; END";
        assert_eq!(of(&format!("{body};SELECT 1")).0, [body, "SELECT 1"]);
        assert_eq!(of("DELIMITER //\nCREATE PROCEDURE p() SELECT 1; //\nDELIMITER ;\nSELECT 2;").0.len(), 2);
        assert_eq!(of("SELECT 'a").2, 1);
    }

    #[test]
    fn sqlite() {
        let of = |text: &str| cut(Dialect::Sqlite, text);
        assert_eq!(of("SELECT [a;b], 'c\\';--d\nPRAGMA x;").0, ["SELECT [a;b], 'c\\'", "PRAGMA x"]);
        assert_eq!(of("BEGIN; SELECT 1; END;").0, ["BEGIN", "SELECT 1", "END"]);
        let body = "CREATE TRIGGER t AFTER INSERT ON a BEGIN SELECT 1; SELECT 2; END";
        assert_eq!(of(&format!("{body};")).0, [body]);
        assert_eq!(of("").0.len(), 0);
    }
}
