//! Source -> statements. Never fails: it gives a value *and* what it did not understand.
//!
//! Tokens decide, sqlparser enriches: [`lex`] cuts tokens, [`split`] cuts statements, [`recognise`] tells what each asks for by its
//! tokens alone, [`detail`] asks sqlparser about queries. sqlparser is named nowhere else in the crate.

pub(crate) mod body;
pub(crate) mod cursor;
mod detail;
pub(crate) mod dml;
pub(crate) mod expression;
pub(crate) mod lex;
pub(crate) mod query;
pub(crate) mod recognise;
pub(crate) mod split;
pub(crate) mod type_name;

use crate::dialect::Dialect;
use crate::migration::{Problem, ProblemKind};
use crate::source::{Source, Span};
use crate::statement::Statement;
use cursor::Cursor;
use lex::{Level, Unclosed};
use recognise::recognise;
use split::Splitter;

/// What a source holds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Parsed {
    /// Its statements in order.
    pub statements: Vec<Statement>,
    /// Its comments with their delimiters, in order.
    pub comments: Vec<Span>,
    /// What could not be read, in order.
    pub problems: Vec<Problem>,
}

/// Reads a source.
pub fn parse(source: &Source, dialect: Dialect) -> Parsed {
    let Dialect::Postgres = dialect;
    let text = source.text();
    let mut splitter = Splitter::new(text, Span::new(0, text.len() as u32), Level::Script, 1);
    let mut parsed = Parsed::default();
    if let Some(&first) = source.undecodable().first() {
        let kind = ProblemKind::NotUtf8 { count: source.undecodable().len() };
        parsed.problems.push(Problem { span: Span::new(first, first + 1), statement: None, kind });
    }
    while let Some(tokens) = splitter.statement() {
        let index = Some(parsed.statements.len());
        let cursor = Cursor::new(text, tokens);
        let span = cursor.rest_span();
        let recognised = recognise(cursor);
        parsed.problems.extend(recognised.problems.into_iter().map(|problem| Problem { statement: index, ..problem }));
        parsed.statements.push(Statement { span, command: recognised.command, guard: None });
    }
    for (span, what) in splitter.unclosed() {
        let what = match what {
            Unclosed::String => "string",
            Unclosed::Identifier => "quoted identifier",
            Unclosed::DollarString => "dollar-quoted string",
            Unclosed::Comment => "comment",
        };
        let kind = ProblemKind::Syntax { message: format!("this {what} is never closed"), help: None };
        let statement = parsed.statements.iter().rposition(|statement| statement.span.start <= span.start);
        parsed.problems.push(Problem { span: *span, statement, kind });
    }
    parsed.comments = std::mem::take(&mut splitter.comments);
    parsed.problems.sort_by_key(|problem| problem.span);
    parsed
}
