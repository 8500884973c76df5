//! PL/pgSQL (manual: chapter 41): which SQL statements a body holds, and how surely each runs.

use super::absence::{self, Asked, Variables};
use super::constant::Constants;
use super::{add, dynamic};
use crate::parse::cursor::{Cursor, MAX_DEPTH};
use crate::parse::lex::{Token, TokenKind};
use crate::parse::query::{is_query, performed, query};
use crate::parse::recognise::setting::set_config;
use crate::source::Span;
use crate::statement::{Absence, Body, Command, Guard, GuardKind, Name, Query, Statement, Transaction};

/// Reads a body.
pub(super) fn read(cursor: Cursor<'_>) -> Body {
    let constants = Constants::of(&cursor);
    let (body, frames, variables) = Default::default();
    let mut reader = Reader { body, frames, constants, variables, returns: false, leaps: false };
    reader.read(cursor);
    // A body that ends within a construct is no body to the server; what it holds is told all the same.
    while let Some(frame) = reader.frames.pop() {
        reader.leave(frame);
    }
    reader.bound_absences();
    reader.constants.put_into(&mut reader.body);
    reader.body
}

struct Reader {
    body: Body,
    frames: Vec<Frame>,
    constants: Constants,
    variables: Variables,
    /// It has a `RETURN`: what was made sure of behind that holds in the body only.
    returns: bool,
    /// It has an `EXIT` or `CONTINUE`: an exception behind one may not be raised.
    leaps: bool,
}

/// A construct that statements stand in.
struct Frame {
    kind: FrameKind,
    /// The first statement of the present branch.
    from: usize,
    /// The first of the body's absences that the present branch has made sure of.
    absences: usize,
    /// The present branch ends the body: it raises an exception, or returns.
    ends: bool,
    /// Of an `IF`: what its conditions tell.
    checks: Checks,
}

/// What the conditions of the branches of an `IF` tell.
#[derive(Default)]
struct Checks {
    /// The rows that are not there where the present branch's condition is false.
    present: Vec<Asked>,
    /// Likewise of the branches before it.
    before: Vec<Asked>,
    /// Likewise of those that end the body, as long as all do: the rows that are not there behind the `IF`.
    passed: Vec<Asked>,
    /// A branch goes on behind the `IF`.
    open: bool,
    /// The last condition.
    span: Span,
}

impl Checks {
    /// How many are kept of the branches before.
    const MOST: usize = 16;

    /// A branch is over.
    fn end(&mut self, ends: bool) {
        let present = std::mem::take(&mut self.present);
        self.open |= !ends;
        if !self.open {
            self.passed.extend(present.iter().cloned());
        }
        self.before.extend(present);
        self.before.truncate(Self::MOST);
        self.passed.truncate(Self::MOST);
    }
}

enum FrameKind {
    /// `BEGIN ... END`
    Block,
    /// `BEGIN ... EXCEPTION WHEN ... END`: the first statement of the block and of the handlers, and what is caught.
    Handled { block: usize, handlers: usize, span: Span, conditions: Vec<Name> },
    /// `IF`, with the guard of the present branch; `plain` where it has only one condition so far.
    If { guard: Guard, plain: bool },
    /// `CASE`
    Case(Span),
    /// `LOOP`, `WHILE`, `FOR`
    Loop(Span),
}

impl Reader {
    fn read(&mut self, mut cursor: Cursor<'_>) {
        while !cursor.at_end() {
            if self.frames.len() >= MAX_DEPTH as usize {
                self.body.opaque.push(cursor.rest_span());
                return;
            }
            let before = cursor.position();
            self.step(&mut cursor);
            if cursor.position() == before {
                cursor.next();
            }
        }
    }

    /// Reads one statement, or the head or end of a construct.
    fn step(&mut self, cursor: &mut Cursor<'_>) {
        if cursor.eat_kind(TokenKind::Semicolon).is_some() {
            return;
        }
        if cursor.is_op("<<") {
            // <<label>>
            cursor.next();
            cursor.ident();
            cursor.eat_op(">>");
            return;
        }
        // PL/pgSQL's own compile options.
        if cursor.is_op("#") {
            cursor.next();
            cursor.ident();
            let _ = cursor.ident().is_some() || cursor.next().is_some();
            return;
        }
        if is_assignment(cursor) {
            let mut part = to_semicolon(cursor);
            self.assign(part.clone());
            let depth = self.frames.len();
            let mut given = part.clone();
            if let Some(target) = given.ident().filter(|_| given.eat_op(":=") || given.eat_op("=")) {
                let value = absence::value(given.rest(), &self.variables);
                self.variables.assign(target.name, depth, value);
            }
            if let Some(target) = part.ident() {
                self.constants.assign(target.name);
            }
            return;
        }
        let start = cursor.offset();
        match cursor.keyword().as_str() {
            "DECLARE" => {
                cursor.next();
                while !cursor.at_end() && !cursor.is("BEGIN") {
                    let declaration = to_semicolon(cursor);
                    self.constants.declare(declaration);
                }
            }
            "BEGIN" => {
                cursor.next();
                self.enter(FrameKind::Block);
            }
            "EXCEPTION" => self.exception(cursor, start),
            "WHEN" => self.when(cursor, start),
            "IF" => {
                cursor.next();
                let (guard, answer) = condition(cursor, start, &self.variables);
                let span = guard.span;
                self.enter(FrameKind::If { guard, plain: true });
                self.open_absences(&answer.if_true, span);
                if let Some(frame) = self.frames.last_mut() {
                    frame.checks = Checks { present: answer.if_false, span, ..Checks::default() };
                }
            }
            "ELSIF" | "ELSEIF" => {
                cursor.next();
                let (guard, answer) = condition(cursor, start, &self.variables);
                let span = guard.span;
                self.next_branch(|kind| {
                    if let FrameKind::If { .. } = kind {
                        *kind = FrameKind::If { guard, plain: false }
                    }
                });
                self.open_absences(&answer.if_true, span);
                if let Some(frame) = self.frames.last_mut() {
                    (frame.checks.present, frame.checks.span) = (answer.if_false, span);
                }
            }
            "ELSE" => {
                cursor.next();
                self.next_branch(|kind| {
                    if let FrameKind::If { guard, plain } = kind {
                        guard.kind = match guard.kind {
                            GuardKind::WhereMissing if *plain => GuardKind::WherePresent,
                            GuardKind::WherePresent if *plain => GuardKind::WhereMissing,
                            _ => GuardKind::Condition,
                        };
                    }
                });
            }
            "CASE" => {
                cursor.next();
                until_word(cursor, &["WHEN"]);
                self.enter(FrameKind::Case(cursor.span_since(start)));
            }
            "LOOP" => {
                cursor.next();
                self.variables.forget();
                self.enter(FrameKind::Loop(cursor.span_since(start)));
            }
            "WHILE" | "FOR" | "FOREACH" => self.looping(cursor, start),
            "END" => {
                cursor.next();
                let _ = cursor.eat_any(&["IF", "CASE", "LOOP"]);
                to_semicolon(cursor);
                if let Some(frame) = self.frames.pop() {
                    self.leave(frame);
                }
            }
            "RETURN" => self.returning(cursor, start),
            "OPEN" => self.open(cursor, start),
            "PERFORM" => {
                let mut part = to_semicolon(cursor);
                let span = Span::new(start, part.rest_span().end.max(start));
                let command = match set_config(part.clone()) {
                    Some(set) => Command::Set(Box::new(set)),
                    None => {
                        part.next();
                        let query = performed(part.clone());
                        self.found(absence::performed(&part, &query));
                        Command::Query(Box::new(query))
                    }
                };
                self.push(span, command);
            }
            "EXECUTE" => {
                self.variables.forget();
                cursor.next();
                let part = to_semicolon(cursor);
                let span = Span::new(start, part.rest_span().end.max(start));
                self.dynamic(part, span);
            }
            "RAISE" => {
                cursor.next();
                if raises(&to_semicolon(cursor)) {
                    self.end_branch();
                }
            }
            "NULL" | "EXIT" | "CONTINUE" | "ASSERT" | "GET" | "FETCH" | "MOVE" | "CLOSE" => {
                self.leaps |= cursor.is("EXIT") || cursor.is("CONTINUE");
                if cursor.is_any(&["GET", "FETCH", "MOVE"]) {
                    self.variables.forget();
                }
                to_semicolon(cursor);
            }
            _ => {
                let part = to_semicolon(cursor);
                self.sql(part);
            }
        }
    }

    fn enter(&mut self, kind: FrameKind) {
        let (from, absences) = (self.body.statements.len(), self.body.absences.len());
        self.frames.push(Frame { kind, from, absences, ends: false, checks: Checks::default() });
    }

    /// The construct around goes on with another branch.
    fn next_branch(&mut self, change: impl FnOnce(&mut FrameKind)) {
        let Some(mut frame) = self.frames.pop() else { return };
        self.guard_branch(&frame);
        self.close_absences(frame.absences);
        self.variables.leave(self.frames.len() + 1);
        change(&mut frame.kind);
        (frame.from, frame.absences) = (self.body.statements.len(), self.body.absences.len());
        frame.checks.end(frame.ends);
        frame.ends = false;
        let (before, span) = (frame.checks.before.clone(), frame.checks.span);
        self.frames.push(frame);
        self.open_absences(&before, span);
    }

    fn push(&mut self, span: Span, command: Command) {
        self.body.statements.push(Statement { span, command, guard: None });
    }

    /// Tells the statements of a branch how they are reached.
    fn guard_branch(&mut self, frame: &Frame) {
        let guard = match &frame.kind {
            FrameKind::If { guard, .. } => guard.clone(),
            FrameKind::Case(span) => Guard { span: *span, kind: GuardKind::Condition },
            // A handler runs only where something failed.
            FrameKind::Handled { span, .. } => Guard { span: *span, kind: GuardKind::Condition },
            FrameKind::Block | FrameKind::Loop(_) => return,
        };
        self.guard(frame.from, self.body.statements.len(), &guard);
    }

    /// A statement has one guard: that a failure is caught, or that its object is missing or present, says more about it than that it
    /// runs many times, and this more than that it may not run. Of equals the innermost stays.
    fn guard(&mut self, from: usize, to: usize, guard: &Guard) {
        let weight = |kind: &GuardKind| match kind {
            GuardKind::Condition => 1,
            GuardKind::Loop { .. } => 2,
            GuardKind::WhereMissing | GuardKind::WherePresent | GuardKind::FailureCaught { .. } => 3,
        };
        for statement in self.body.statements.get_mut(from..to).unwrap_or_default() {
            if statement.guard.as_ref().is_none_or(|known| weight(&known.kind) < weight(&guard.kind)) {
                statement.guard = Some(Box::new(guard.clone()));
            }
        }
    }

    fn leave(&mut self, mut frame: Frame) {
        self.guard_branch(&frame);
        if !matches!(frame.kind, FrameKind::Block) {
            self.close_absences(frame.absences);
            self.variables.leave(self.frames.len() + 1);
        }
        frame.checks.end(frame.ends);
        if !self.leaps {
            self.open_absences(&frame.checks.passed, frame.checks.span);
        }
        match frame.kind {
            FrameKind::Handled { block, handlers, span, conditions } => {
                self.guard(block, handlers, &Guard { span, kind: GuardKind::FailureCaught { conditions } });
            }
            FrameKind::Loop(span) => {
                let inside = self.body.statements.get(frame.from..).unwrap_or_default();
                let commits = inside
                    .iter()
                    .any(|statement| matches!(statement.command, Command::Transaction(Transaction::Commit { .. })));
                let sleeps =
                    inside.iter().any(|statement| matches!(&statement.command, Command::Query(query) if sleeps(query)));
                self.guard(
                    frame.from,
                    self.body.statements.len(),
                    &Guard { span, kind: GuardKind::Loop { commits, sleeps } },
                );
            }
            FrameKind::Block | FrameKind::If { .. } | FrameKind::Case(_) => {}
        }
    }

    fn exception(&mut self, cursor: &mut Cursor<'_>, start: u32) {
        cursor.next();
        let span = cursor.span_since(start);
        let handlers = self.body.statements.len();
        if self.frames.iter().any(|frame| matches!(frame.kind, FrameKind::Loop(_))) {
            self.body.subtransactions.push(span);
        }
        self.close_absences(self.frames.last().map_or(0, |frame| frame.absences));
        self.variables.forget();
        let absences = self.body.absences.len();
        if let Some(frame) = self.frames.last_mut() {
            let block = frame.from;
            frame.kind = FrameKind::Handled { block, handlers, span, conditions: Vec::new() };
            (frame.from, frame.absences) = (handlers, absences);
        }
    }

    /// What the present branch has made sure of, from the next statement on.
    fn open_absences(&mut self, asked: &[Asked], span: Span) {
        let from = self.body.statements.len();
        self.body.absences.extend(asked.iter().map(|asked| Absence {
            span,
            table: asked.table.clone(),
            columns: asked.columns.clone(),
            from,
            to: None,
        }));
    }

    /// From here on it is not sure any more.
    fn close_absences(&mut self, first: usize) {
        let to = self.body.statements.len();
        for absence in self.body.absences.get_mut(first..).unwrap_or_default() {
            absence.to.get_or_insert(to);
        }
    }

    /// The body ends here, where the present branch is reached.
    fn end_branch(&mut self) {
        if let Some(frame) = self.frames.last_mut() {
            frame.ends = true;
        }
    }

    /// What was made sure of holds until a transaction ends within the body, or something runs there that its text does not show, which may
    /// write rows; and behind the body only if that was not left earlier.
    fn bound_absences(&mut self) {
        let Body { statements, opaque, absences, .. } = &mut self.body;
        if absences.is_empty() {
            return;
        }
        let is_end = |statement: &Statement| {
            matches!(statement.command, Command::Transaction(Transaction::Commit { .. } | Transaction::Rollback { .. }))
        };
        let ends: Vec<usize> = (0..statements.len()).filter(|at| statements.get(*at).is_some_and(is_end)).collect();
        let mut unseen: Vec<u32> = opaque.iter().map(|span| span.start).collect();
        unseen.sort_unstable();
        for absence in absences {
            let end = ends.get(ends.partition_point(|end| *end < absence.from)).copied();
            let unseen = unseen.get(unseen.partition_point(|start| *start < absence.span.end));
            let unseen = unseen.map(|start| statements.partition_point(|statement| statement.span.start < *start));
            let left = self.returns.then_some(statements.len());
            absence.to = [absence.to, end, unseen, left].into_iter().flatten().min();
        }
    }

    /// `FOUND` is set: it tells whether there are such rows.
    fn found(&mut self, asked: Option<Asked>) {
        let value =
            asked.map(|asked| absence::Value::Truth(absence::Answer { if_true: Vec::new(), if_false: vec![asked] }));
        self.variables.assign(Name::new_static("found"), self.frames.len(), value);
    }

    /// `WHEN` of a handler or of a `CASE`.
    fn when(&mut self, cursor: &mut Cursor<'_>, start: u32) {
        cursor.next();
        let mut part = until_word(cursor, &["THEN"]);
        cursor.eat("THEN");
        let end = cursor.span_since(start);
        self.next_branch(|kind| match kind {
            FrameKind::Handled { conditions, span, .. } => {
                *span = span.to(end);
                while !part.at_end() {
                    if part.eat("SQLSTATE") {
                        conditions.extend(part.string().map(|code| condition_name(&code)));
                    } else if !part.eat("OR") {
                        match part.ident() {
                            Some(condition) => conditions.push(condition.name),
                            None => {
                                part.next();
                            }
                        }
                    }
                }
            }
            FrameKind::Case(span) => *span = span.to(end),
            _ => {}
        });
    }

    /// `WHILE condition LOOP`, `FOR target IN ... LOOP`, `FOREACH target IN ARRAY ... LOOP`.
    fn looping(&mut self, cursor: &mut Cursor<'_>, start: u32) {
        let rows = cursor.is("FOR");
        self.variables.forget();
        cursor.next();
        let mut head = until_word(cursor, &["LOOP"]);
        cursor.eat("LOOP");
        if rows {
            head.until(|cursor| cursor.is("IN"));
            head.eat("IN");
            let writes = head.is_any(&["INSERT", "UPDATE", "DELETE", "MERGE"]);
            let wrapped =
                head.is_kind(TokenKind::LParen) && ["SELECT", "WITH", "VALUES"].iter().any(|word| head.is_nth(1, word));
            if head.eat("EXECUTE") {
                let span = Span::new(start, head.rest_span().end.max(start));
                self.dynamic(head, span);
            } else if writes || is_query(&head) || wrapped {
                self.sql(head);
            }
        }
        self.enter(FrameKind::Loop(cursor.span_since(start)));
    }

    /// `RETURN expr`, `RETURN NEXT expr`, `RETURN QUERY query`, `RETURN QUERY EXECUTE command`.
    fn returning(&mut self, cursor: &mut Cursor<'_>, start: u32) {
        cursor.next();
        let mut part = to_semicolon(cursor);
        if !part.is_any(&["NEXT", "QUERY"]) {
            self.returns = true;
            self.end_branch();
        }
        if part.eat("QUERY") {
            if part.eat("EXECUTE") {
                let span = Span::new(start, part.rest_span().end.max(start));
                self.dynamic(part, span);
            } else {
                self.sql(part);
            }
        }
    }

    /// `OPEN cursor FOR query`, `OPEN cursor FOR EXECUTE command`.
    fn open(&mut self, cursor: &mut Cursor<'_>, start: u32) {
        cursor.next();
        let mut part = to_semicolon(cursor);
        part.until(|cursor| cursor.is("FOR"));
        if !part.eat("FOR") {
            return;
        }
        if part.eat("EXECUTE") {
            let span = Span::new(start, part.rest_span().end.max(start));
            self.dynamic(part, span);
        } else {
            self.sql(part);
        }
    }

    /// What begins with a variable that gets a value: where that is `NEW.column`, a trigger's function assigns the column.
    fn assign(&mut self, mut target: Cursor<'_>) {
        if target.ident().is_some_and(|row| row.name == "new") && target.eat_kind(TokenKind::Dot).is_some() {
            self.body.assigned.extend(target.ident().map(|column| column.name));
        }
    }

    /// An SQL statement; `INTO` names variables in it.
    fn sql(&mut self, part: Cursor<'_>) {
        match part.is_any(&["SELECT", "LOCK", "DROP", "SET"]) {
            true => self.found(None),
            // It may write rows, or give a table another name.
            false => self.variables.forget(),
        }
        let tokens = part.tokens();
        match into_targets(&part) {
            Some(targets) => {
                // Behind `INTO`.
                let mut assigned = part.between(targets.start + 1, targets.end);
                assigned.eat("STRICT");
                assigned.split_commas().for_each(|target| self.assign(target));
                let left: Vec<Token> = [&tokens[..targets.start], &tokens[targets.end..]].concat();
                let before = self.body.statements.len();
                let asks = Cursor::new(part.source(), &left).at_depth(part.depth());
                if part.is("SELECT") {
                    self.given(part.between(targets.start, targets.end), &asks);
                }
                add(&mut self.body, asks);
                // The statement reaches to its own end, which may be a variable.
                if let Some(statement) = self.body.statements.get_mut(before) {
                    statement.span = part.rest_span();
                }
            }
            None => add(&mut self.body, part),
        }
    }

    /// `INTO` gives variables what a query asks.
    fn given(&mut self, mut targets: Cursor<'_>, asks: &Cursor<'_>) {
        targets.next();
        targets.eat("STRICT");
        let value = absence::value(asks.clone(), &self.variables);
        let depth = self.frames.len();
        let first = targets.ident();
        let only = targets.at_end();
        if let Some(target) = first {
            self.variables.assign(target.name, depth, value.filter(|_| only));
        }
        while !targets.at_end() {
            targets.next();
            if let Some(target) = targets.ident() {
                self.variables.assign(target.name, depth, None);
            }
        }
        self.found(absence::rows(asks));
    }

    /// What follows `EXECUTE`: a command that is constant is read, any other is opaque.
    fn dynamic(&mut self, mut part: Cursor<'_>, span: Span) {
        let command = part.until(|cursor| cursor.is("INTO") || cursor.is("USING"));
        let Some(tokens) = dynamic::constant(command.clone()).filter(|_| part.depth() < MAX_DEPTH) else {
            self.body.unquoted.extend(dynamic::unquoted(command));
            self.body.opaque.push(span);
            return;
        };
        let mut inside = Cursor::new(part.source(), &tokens).at_depth(part.depth() + 1);
        while !inside.at_end() {
            let statement = inside.until(|cursor| cursor.is_kind(TokenKind::Semicolon));
            inside.next();
            if statement.at_end() {
                continue;
            }
            let in_order = statement.tokens().windows(2).all(|pair| pair[0].span.end <= pair[1].span.start);
            let (statements, opaque) = (self.body.statements.len(), self.body.opaque.len());
            add(&mut self.body, statement);
            // The arguments of format() lie behind it.
            if !in_order {
                for statement in self.body.statements.iter_mut().skip(statements) {
                    statement.span = span;
                }
                for place in self.body.opaque.iter_mut().skip(opaque) {
                    *place = span;
                }
            }
        }
    }
}

/// Whether an assignment stands here: `a := x`, `a.b[1] = x`.
fn is_assignment(cursor: &Cursor<'_>) -> bool {
    let mut ahead = cursor.clone();
    if ahead.eat_kind(TokenKind::Parameter).is_none() && ahead.ident().is_none() {
        return false;
    }
    while ahead.brackets().is_some() || (ahead.eat_kind(TokenKind::Dot).is_some() && ahead.ident().is_some()) {}
    ahead.is_op(":=") || ahead.is_op("=")
}

/// Takes everything up to the semicolon, and the semicolon.
fn to_semicolon<'a>(cursor: &mut Cursor<'a>) -> Cursor<'a> {
    let part = cursor.until(|cursor| cursor.is_kind(TokenKind::Semicolon));
    cursor.next();
    part
}

/// Takes everything up to one of the words that is not within a `CASE` expression.
fn until_word<'a>(cursor: &mut Cursor<'a>, words: &[&str]) -> Cursor<'a> {
    let from = cursor.position();
    let mut cases = 0_usize;
    while !cursor.at_end() && !cursor.is_kind(TokenKind::Semicolon) {
        if cursor.is("CASE") {
            cases += 1;
        } else if cases > 0 && cursor.is("END") {
            cases -= 1;
        } else if cases == 0 && cursor.is_any(words) {
            break;
        }
        cursor.skip_one();
    }
    cursor.between(from, cursor.position())
}

/// The condition of an `IF`, up to its `THEN`, which is taken.
fn condition(cursor: &mut Cursor<'_>, start: u32, variables: &Variables) -> (Guard, absence::Answer) {
    let part = until_word(cursor, &["THEN"]);
    cursor.eat("THEN");
    let answer = absence::answer(part.clone(), variables);
    let kind = match existence(part) {
        Some(true) => GuardKind::WherePresent,
        Some(false) => GuardKind::WhereMissing,
        None => GuardKind::Condition,
    };
    (Guard { span: cursor.span_since(start), kind }, answer)
}

/// Whether `RAISE` with these words raises an exception (manual: 41.9.1 Reporting Errors and Messages).
fn raises(part: &Cursor<'_>) -> bool {
    let levels = ["debug", "log", "info", "notice", "warning"];
    !part.word().is_some_and(|word| levels.iter().any(|level| word.eq_ignore_ascii_case(level)))
}

/// Whether a condition asks a system catalogue if something is there (true) or missing (false), and nothing else.
fn existence(cursor: Cursor<'_>) -> Option<bool> {
    if cursor.depth() > MAX_DEPTH {
        return None;
    }
    // Several that agree are one.
    let mut parts = Vec::new();
    let mut left = cursor;
    while !left.at_end() {
        parts.push(left.until(|cursor| cursor.is("AND")));
        left.next();
    }
    if parts.len() > 1 {
        let mut answers = parts.into_iter().map(existence);
        let first = answers.next()??;
        return answers.all(|answer| answer == Some(first)).then_some(first);
    }
    let mut part = parts.pop()?;
    let mut present = true;
    loop {
        if part.eat("NOT") {
            present = !present;
        } else if part.is_kind(TokenKind::LParen) {
            let inside = part.parens()?;
            if !part.at_end() {
                return None;
            }
            return existence(inside).map(|answer| answer == present);
        } else {
            break;
        }
    }
    if part.eat("EXISTS") {
        let inside = part.parens()?;
        let asked = part.at_end() && inside.depth() <= MAX_DEPTH && asks_catalog(&query(inside));
        return asked.then_some(present);
    }
    // to_regclass('t') IS NULL
    let function = part.ident()?;
    if !function.name.starts_with("to_reg") || !part.skip_parens() || !part.eat("IS") {
        return None;
    }
    if part.eat("NOT") {
        present = !present;
    }
    (part.eat("NULL") && part.at_end()).then_some(!present)
}

/// Whether a query reads system catalogues alone.
fn asks_catalog(query: &Query) -> bool {
    !query.reads.is_empty()
        && query.reads.iter().all(|read| match &read.name.schema {
            Some(schema) => matches!(schema.name.as_str(), "pg_catalog" | "information_schema"),
            None => read.name.name.name.starts_with("pg_"),
        })
}

/// The tokens of `INTO [STRICT] a, b.c` that name variables.
fn into_targets(part: &Cursor<'_>) -> Option<std::ops::Range<usize>> {
    if !part.is_any(&["SELECT", "WITH", "INSERT", "UPDATE", "DELETE", "MERGE", "VALUES", "TABLE", "EXPLAIN"]) {
        return None;
    }
    let mut ahead = part.rest();
    loop {
        ahead.until(|cursor| cursor.is("INTO"));
        if ahead.at_end() {
            return None;
        }
        if !ahead.follows("INSERT") && !ahead.follows("MERGE") {
            break;
        }
        ahead.next();
    }
    let start = ahead.position();
    ahead.next();
    ahead.eat("STRICT");
    loop {
        if ahead.eat_kind(TokenKind::Parameter).is_none() {
            ahead.ident()?;
        }
        while ahead.brackets().is_some() || (ahead.eat_kind(TokenKind::Dot).is_some() && ahead.ident().is_some()) {}
        if ahead.eat_kind(TokenKind::Comma).is_none() {
            break;
        }
    }
    Some(start..ahead.position())
}

fn sleeps(query: &Query) -> bool {
    query
        .calls
        .iter()
        .any(|call| matches!(call.name.name.name.as_str(), "pg_sleep" | "pg_sleep_for" | "pg_sleep_until"))
}

/// The name of a condition that migrations catch by its code (manual: appendix A); else the code.
fn condition_name(code: &str) -> Name {
    Name::new(match code {
        "42710" => "duplicate_object",
        "42P07" => "duplicate_table",
        "42701" => "duplicate_column",
        "42723" => "duplicate_function",
        "42P06" => "duplicate_schema",
        "42704" => "undefined_object",
        "42P01" => "undefined_table",
        "42703" => "undefined_column",
        "42883" => "undefined_function",
        "3F000" => "invalid_schema_name",
        "23505" => "unique_violation",
        "23503" => "foreign_key_violation",
        "23514" => "check_violation",
        "23502" => "not_null_violation",
        "55P03" => "lock_not_available",
        "40P01" => "deadlock_detected",
        other => other,
    })
}
