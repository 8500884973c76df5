//! What a body makes sure of: that a table has no rows, or none with a value in some columns, because a condition asks it and what follows
//! is reached only then.
//!
//! Only what is asked in plain words counts: `EXISTS (SELECT ... FROM t WHERE c IS NOT NULL)`, `(SELECT count(*) FROM t) = 0`, and a variable
//! that holds such an answer.

use crate::parse::cursor::{Cursor, MAX_DEPTH};
use crate::parse::lex::TokenKind;
use crate::parse::query::query;
use crate::statement::{Expr, ExprKind, Name, ObjectName, Query};
use std::collections::BTreeMap;

/// Rows that a condition asks for: all of a table, or those with a value in any of these columns.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    pub(super) table: ObjectName,
    pub(super) columns: Vec<Name>,
}

/// The rows that are not there where a condition is true, and where it is false.
#[derive(Clone, Debug, Default)]
pub(super) struct Answer {
    pub(super) if_true: Vec<Asked>,
    pub(super) if_false: Vec<Asked>,
}

/// What a variable was given.
#[derive(Clone, Debug)]
pub(super) enum Value {
    /// How many of these rows there are.
    Count(Asked),
    /// A truth value.
    Truth(Answer),
}

/// Variables that hold an answer, and how many constructs deep each was given it.
#[derive(Debug, Default)]
pub(super) struct Variables(BTreeMap<Name, (usize, Value)>);

impl Variables {
    /// A variable is given a value; `None`: one that tells nothing.
    pub(super) fn assign(&mut self, name: Name, depth: usize, value: Option<Value>) {
        match value {
            Some(value) => drop(self.0.insert(name, (depth, value))),
            None => drop(self.0.remove(&name)),
        }
    }

    /// Only what was given a value outside constructs of this depth has it for certain from here on.
    pub(super) fn leave(&mut self, depth: usize) {
        self.0.retain(|_, (given, _)| *given < depth);
    }

    /// Rows are written: what was asked before is out of date.
    pub(super) fn forget(&mut self) {
        self.0.clear();
    }

    fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name).map(|(_, value)| value)
    }
}

/// Words of a query that gives no rows although it reads some, or rows although it reads none, and of one that reads only a part.
const BARRED: [&str; 12] = [
    "OFFSET",
    "FETCH",
    "HAVING",
    "GROUP",
    "UNION",
    "INTERSECT",
    "EXCEPT",
    "TABLESAMPLE",
    "WITH",
    "DISTINCT",
    "ONLY",
    "CASE",
];

/// What a condition tells.
pub(super) fn answer(condition: Cursor<'_>, variables: &Variables) -> Answer {
    let mut all = condition.clone();
    while !all.at_end() {
        if all.is("CASE") {
            return Answer::default();
        }
        all.next();
    }
    read(condition, variables)
}

fn read(condition: Cursor<'_>, variables: &Variables) -> Answer {
    if condition.depth() > MAX_DEPTH {
        return Answer::default();
    }
    let split = |word: &str| {
        let (mut parts, mut left) = (Vec::new(), condition.clone());
        while !left.at_end() {
            parts.push(left.until(|cursor| cursor.is(word)));
            left.next();
        }
        parts
    };
    let parts = split("OR");
    if parts.len() > 1 {
        let if_false = parts.into_iter().flat_map(|part| read(part, variables).if_false).collect();
        return Answer { if_false, ..Answer::default() };
    }
    let parts = split("AND");
    if parts.len() > 1 {
        let if_true = parts.into_iter().flat_map(|part| read(part, variables).if_true).collect();
        return Answer { if_true, ..Answer::default() };
    }
    let mut part = condition;
    let mut negated = false;
    while part.eat("NOT") {
        negated = !negated;
    }
    let answer = single(part, variables);
    match negated {
        true => Answer { if_true: answer.if_false, if_false: answer.if_true },
        false => answer,
    }
}

/// A condition without AND, OR and NOT around it.
fn single(part: Cursor<'_>, variables: &Variables) -> Answer {
    let mut rest = part.clone();
    if rest.eat("EXISTS") {
        let asked = rest.parens().filter(|_| rest.at_end()).and_then(|inside| rows(&inside));
        return Answer { if_false: asked.into_iter().collect(), ..Answer::default() };
    }
    if let Some(mut inside) = rest.parens().filter(|_| rest.at_end()) {
        inside.eat("SELECT");
        return read(inside, variables);
    }
    let mut rest = part.clone();
    if let Some(name) = rest.ident().filter(|_| rest.at_end()) {
        return match variables.get(&name.name) {
            Some(Value::Truth(answer)) => answer.clone(),
            _ => Answer::default(),
        };
    }
    comparison(part, variables).unwrap_or_default()
}

enum Operand {
    Count(Asked),
    Number(u64),
}

/// A count compared with a number.
fn comparison(mut part: Cursor<'_>, variables: &Variables) -> Option<Answer> {
    const OPERATORS: [&str; 7] = ["=", "<>", "!=", "<", "<=", ">", ">="];
    let left = operand(&mut part, variables)?;
    let operator = OPERATORS.into_iter().find(|operator| part.eat_op(operator))?;
    let right = operand(&mut part, variables)?;
    let (asked, operator, number) = match (left, right) {
        _ if !part.at_end() => return None,
        (Operand::Count(asked), Operand::Number(number)) => (asked, operator, number),
        (Operand::Number(number), Operand::Count(asked)) => {
            let swapped = match operator {
                "<" => ">",
                "<=" => ">=",
                ">" => "<",
                ">=" => "<=",
                same => same,
            };
            (asked, swapped, number)
        }
        _ => return None,
    };
    Some(match (operator, number) {
        ("=" | "<=", 0) | ("<", 1) => Answer { if_true: vec![asked], ..Answer::default() },
        ("<>" | "!=" | ">", 0) | (">=", 1) => Answer { if_false: vec![asked], ..Answer::default() },
        _ => return None,
    })
}

fn operand(part: &mut Cursor<'_>, variables: &Variables) -> Option<Operand> {
    if let Some(inside) = part.parens() {
        return count(&inside).map(Operand::Count);
    }
    if let Some(number) = part.eat_kind(TokenKind::Number) {
        return part.text(number.span).parse().ok().map(Operand::Number);
    }
    match variables.get(&part.ident()?.name)? {
        Value::Count(asked) => Some(Operand::Count(asked.clone())),
        Value::Truth(_) => None,
    }
}

/// What a variable holds that is given the result of a query, or of an expression.
pub(super) fn value(given: Cursor<'_>, variables: &Variables) -> Option<Value> {
    if given.depth() > MAX_DEPTH {
        return None;
    }
    let mut rest = given.clone();
    if let Some(inside) = rest.parens().filter(|_| rest.at_end())
        && inside.is("SELECT")
    {
        return value(inside, variables);
    }
    if let Some(asked) = given.is("SELECT").then(|| count(&given)).flatten() {
        return Some(Value::Count(asked));
    }
    let mut condition = given;
    condition.eat("SELECT");
    let answer = answer(condition.rest(), variables);
    (!answer.if_true.is_empty() || !answer.if_false.is_empty()).then_some(Value::Truth(answer))
}

/// The rows that a query gives.
pub(super) fn rows(cursor: &Cursor<'_>) -> Option<Asked> {
    let query = plain(cursor)?;
    if !query.calls.is_empty() {
        return None;
    }
    asked(&query)
}

/// The rows that the query of a `PERFORM` gives, which stands without its `SELECT`.
pub(super) fn performed(cursor: &Cursor<'_>, query: &Query) -> Option<Asked> {
    (is_plain(cursor) && query.calls.is_empty()).then(|| asked(query)).flatten()
}

/// The rows that a query counts.
fn count(cursor: &Cursor<'_>) -> Option<Asked> {
    let query = plain(cursor)?;
    let ([only], 1) = (query.select_list.as_slice(), query.calls.len()) else {
        return None;
    };
    let ExprKind::Call(call) = &only.kind else {
        return None;
    };
    let column = match call.arguments.as_slice() {
        _ if call.name.name.name != "count" || call.name.schema.is_some() => return None,
        [] | [Expr { kind: ExprKind::Wildcard | ExprKind::Literal(_), .. }] => None,
        [argument] => Some(column_of(argument)?),
        _ => return None,
    };
    let asked = asked(&query)?;
    match column {
        None => Some(asked),
        Some(column) if query.filter.is_none() => Some(Asked { columns: vec![column.clone()], ..asked }),
        Some(_) => None,
    }
}

fn plain(cursor: &Cursor<'_>) -> Option<Query> {
    (is_plain(cursor) && cursor.depth() <= MAX_DEPTH).then(|| query(cursor.rest()))
}

fn is_plain(cursor: &Cursor<'_>) -> bool {
    let mut words = cursor.rest();
    while !words.at_end() {
        if words.is_any(&BARRED) {
            return false;
        }
        words.next();
    }
    true
}

fn asked(query: &Query) -> Option<Asked> {
    let [read] = query.reads.as_slice() else {
        return None;
    };
    let plain = query.understood
        && query.values.is_none()
        && query.lists.is_empty()
        && query.writes.is_empty()
        && query.into.is_none()
        && !query.skip_locked
        && query.limits.iter().all(|limit| limit.count.is_some_and(|count| count > 0));
    let columns = match &query.filter {
        _ if !plain => return None,
        None if query.narrowed => return None,
        None => Vec::new(),
        Some(filter) => Some(with_value(filter)).filter(|columns| !columns.is_empty())?,
    };
    Some(Asked { table: read.name.clone(), columns })
}

/// The columns of which a value in any is enough for a condition to hold.
fn with_value(filter: &Expr) -> Vec<Name> {
    let parts = match &filter.kind {
        ExprKind::Or(parts) => parts.as_slice(),
        _ => std::slice::from_ref(filter),
    };
    let column = |part: &Expr| match &part.kind {
        ExprKind::IsNull { operand, negated: true } => column_of(operand).cloned(),
        _ => None,
    };
    parts.iter().filter_map(column).collect()
}

fn column_of(expr: &Expr) -> Option<&Name> {
    match &expr.kind {
        ExprKind::Column(path) => path.last().map(|column| &column.name),
        _ => None,
    }
}
