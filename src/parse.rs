//! Source -> statements. Never fails: it gives a value *and* what it did not understand.
//!
//! Tokens decide, sqlparser enriches: [`lex`] cuts tokens, [`split`] cuts statements, [`recognise`] tells what each asks for by its
//! tokens alone, [`query`] and [`dml`] what it reads and writes; [`detail`] asks sqlparser about queries that our tokens do not
//! understand. sqlparser is named nowhere else in the crate.
//!
//! Time and memory are linear in the text, and the stack that a source can use is bounded by [`cursor::MAX_DEPTH`].

pub(crate) mod body;
mod conflict;
pub(crate) mod cursor;
mod detail;
pub(crate) mod dml;
pub(crate) mod expression;
mod foreign;
pub(crate) mod lex;
pub(crate) mod made;
pub(crate) mod query;
pub(crate) mod recognise;
mod split;
mod syntax;
#[cfg(test)]
mod tests;
pub(crate) mod type_name;

use crate::dialect::Dialect;
use crate::migration::{Problem, ProblemKind};
use crate::source::{Source, Span};
use crate::statement::{Command, Meta, Name, Statement};
use cursor::Cursor;
use lex::{Token, TokenKind};
use split::Splitter;
use syntax::slip;

/// What a source holds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Parsed {
    /// Its statements in order.
    pub statements: Vec<Statement>,
    /// Its comments with their delimiters, in order; also those within bodies of `DO` blocks and functions.
    pub comments: Vec<Span>,
    /// What could not be read, in order.
    pub problems: Vec<Problem>,
}

/// Reads a source.
pub fn parse(source: &Source, dialect: Dialect) -> Parsed {
    let mut parsed = match dialect {
        Dialect::Postgres => read(source),
        Dialect::MySql | Dialect::Sqlite => foreign::read(source, dialect),
    };
    conflict::mark(source.text(), &mut parsed);
    parsed
}

/// How many tokens a source has, comments included. For measurements: `benches/parse.rs`.
#[doc(hidden)]
pub fn tokens(source: &Source) -> usize {
    let text = source.text();
    let mut lexer = lex::Lexer::new(text, Span::new(0, text.len() as u32), lex::Level::Script, 1);
    std::iter::from_fn(|| lexer.token()).count()
}

/// How many statements a source has that are recognised without a look at their queries, expressions of DML, rows and bodies. For
/// measurements: `benches/parse.rs`.
#[doc(hidden)]
pub fn recognised(source: &Source) -> usize {
    let text = source.text();
    let mut splitter = Splitter::new(text);
    let mut count = 0;
    while splitter.advance() {
        let recognised = recognise::recognise(Cursor::new(text, &splitter.tokens).without_detail());
        count += usize::from(!matches!(recognised.command, Command::Unknown(_)));
    }
    count
}

/// How many statements a source has, empty ones left out. For measurements: `benches/parse.rs`.
#[doc(hidden)]
pub fn statements(source: &Source) -> usize {
    let mut splitter = Splitter::new(source.text());
    std::iter::from_fn(|| splitter.advance().then_some(())).count()
}

fn read(source: &Source) -> Parsed {
    let text = source.text();
    let (mut parsed, mut splitter) = read_statements(text, Splitter::new(text));
    if !splitter.variables().is_empty() {
        // What was found to be a variable was taken for a quote before that.
        let variables = splitter.variables().to_vec();
        (parsed, splitter) = read_statements(text, Splitter::with_variables(text, variables));
    }
    let problems = &mut parsed.problems;
    problems.extend(splitter.unclosed_tokens().iter().map(|&(span, what)| syntax::unclosed_token(span, what)));
    problems.extend(splitter.unclosed.iter().map(|&(span, what)| syntax::unclosed(span, what)));
    problems.extend(splitter.marks().iter().map(|&at| syntax::byte_order_mark(at)));
    if let Some(&first) = source.undecodable().first() {
        let kind = ProblemKind::NotUtf8 { count: source.undecodable().len() };
        problems.push(Problem { span: Span::new(first, first + 1), statement: None, kind });
    }
    problems.extend(text.as_bytes().iter().position(|&byte| byte == 0).map(|at| syntax::nul(at as u32)));
    settle_problems(&mut parsed);
    parsed.comments.append(&mut splitter.comments);
    parsed.comments.sort_unstable();
    parsed
}

fn read_statements<'a>(text: &'a str, mut splitter: Splitter<'a>) -> (Parsed, Splitter<'a>) {
    // A statement has some two hundred bytes.
    let mut parsed = Parsed { statements: Vec::with_capacity((text.len() / 256).min(4096)), ..Parsed::default() };
    while splitter.advance() {
        read_statement(text, &splitter.tokens, &mut parsed);
    }
    (parsed, splitter)
}

/// Reads one statement; where semicolons are missing, those that it really is.
fn read_statement(text: &str, tokens: &[Token], parsed: &mut Parsed) {
    let mut tokens = tokens;
    let mut several = false;
    while let Some(&first) = tokens.first() {
        if first.kind == TokenKind::Meta {
            let command = Command::Meta(meta(text, first));
            parsed.statements.push(Statement { span: first.span, command, guard: None });
            return;
        }
        let mut second = if several { syntax::second_statement(text, tokens) } else { None };
        let mut whole = None;
        if second.is_none() {
            let recognised = recognise::recognise(Cursor::new(text, tokens));
            if !several && !syntax::is_understood(&recognised) {
                second = syntax::second_statement(text, tokens);
            }
            whole = Some(recognised);
        }
        let (end, recognised) = match (second, whole) {
            (Some((at, before)), _) => (at, before),
            (None, Some(recognised)) => (tokens.len(), recognised),
            (None, None) => return,
        };
        let (before, behind) = tokens.split_at(end);
        let span = first.span.to(last_token(before).map_or(first.span, |last| last.span));
        parsed.comments.extend(comments_within(&recognised.command));
        // A placeholder may stand for what would explain the rest.
        let whole = before.iter().all(|token| token.kind != TokenKind::Placeholder);
        let mut problems = recognised.problems;
        if whole && problems.is_empty() && !syntax::queries_are_understood(&recognised.command) {
            problems.extend(slip::find(text, before, None));
            if problems.is_empty() {
                let verb = text.get(first.span.range()).unwrap_or_default().to_ascii_uppercase();
                let kind = ProblemKind::NotUnderstood { verb, certain: false };
                problems.push(Problem { span: first.span, statement: None, kind });
            }
        } else if whole
            && problems.iter().all(slip::is_doubt)
            && let Some(doubt) = problems.first()
            && let Some(found) = slip::find(text, before, Some(doubt.span)).or_else(|| slip::find(text, before, None))
        {
            problems = vec![found];
        }
        for problem in &mut problems {
            if let ProblemKind::NotUnderstood { certain, .. } = &mut problem.kind {
                *certain &= whole;
            }
        }
        parsed.problems.extend(problems);
        parsed.problems.extend(behind.first().map(|token| syntax::missing_semicolon(token.span)));
        parsed.statements.push(Statement { span, command: recognised.command, guard: None });
        tokens = behind;
        several = true;
    }
}

/// The comments in the body of a `DO` block or a function, where it is a string constant.
fn comments_within(command: &Command) -> impl Iterator<Item = &Span> {
    let body = match command {
        Command::Do(block) => block.body.as_ref(),
        Command::CreateFunction(function) => function.body.as_ref(),
        _ => None,
    };
    body.into_iter().flat_map(|body| &body.comments)
}

/// The statement's last token; the data of a `COPY` lies behind its end.
fn last_token(tokens: &[Token]) -> Option<&Token> {
    tokens.iter().rev().find(|token| token.kind != TokenKind::CopyData)
}

fn meta(text: &str, token: Token) -> Meta {
    let command = text.get(token.span.range()).unwrap_or_default();
    let name = split::meta_name(command);
    let arguments = &command[(1 + name.len()).min(command.len())..];
    let blank = arguments.len() - arguments.trim_start().len();
    let start = token.span.end - (arguments.len() - blank) as u32;
    Meta { name: Name::new(name), arguments: Span::new(start, token.span.end) }
}

/// Puts the problems in order, each with the statement that it lies in. A statement with a certain error is not "not understood" as
/// well: one problem has one message.
fn settle_problems(parsed: &mut Parsed) {
    parsed.problems.sort_by_key(|problem| problem.span);
    let statements = &parsed.statements;
    for problem in &mut parsed.problems {
        let at = statements.partition_point(|statement| statement.span.end < problem.span.start);
        let within = statements.get(at).is_some_and(|statement| statement.span.start <= problem.span.start);
        problem.statement = within.then_some(at);
    }
    // Behind the first error of a statement the others may be its consequences.
    let mut last = None;
    parsed.problems.retain(|problem| {
        let certain = matches!(problem.kind, ProblemKind::Syntax { .. });
        let again = certain && problem.statement.is_some() && problem.statement == last;
        if certain {
            last = problem.statement;
        }
        !again
    });
    let broken: Vec<usize> = parsed
        .problems
        .iter()
        .filter(|problem| matches!(problem.kind, ProblemKind::Syntax { .. }))
        .filter_map(|problem| problem.statement)
        .collect();
    parsed.problems.retain(|problem| {
        let doubt = matches!(problem.kind, ProblemKind::NotUnderstood { .. });
        !(doubt && problem.statement.is_some_and(|statement| broken.binary_search(&statement).is_ok()))
    });
}
