//! What a constraint proves: a small counterpart of the server's `predicate_implied_by`, as ALTER TABLE uses it to leave out scans.
//!
//! A CHECK also holds where it is NULL, so that `c > 0` does not prove `c IS NOT NULL`. What is not understood proves nothing.

use crate::statement::{CompoundKind, Expr, ExprKind, Literal, Name};
use std::cmp::Ordering;

/// A condition on the rows of one table, with NOT pushed down to its atoms.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Condition {
    /// All of them.
    And(Vec<Condition>),
    /// Any of them.
    Or(Vec<Condition>),
    /// `column IS NOT NULL`.
    NotNull(Name),
    /// `column IS NULL`.
    Null(Name),
    /// `column operator constant`.
    Compare(Name, Operator, Constant),
    /// `NOT (column operator constant)` that cannot be said by another operator, and all else.
    Other,
}

/// How a column and a constant compare, the column on the left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operator {
    Less,
    LessOrEqual,
    Equal,
    GreaterOrEqual,
    Greater,
    NotEqual,
}

/// A constant, as far as two of them can be compared without a server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Constant {
    /// As written, without leading zeros.
    Number(Name),
    /// A string, of whatever type.
    Text(Name),
    /// TRUE or FALSE.
    Boolean(bool),
}

/// Deeper conditions prove nothing.
const DEEPEST: usize = 64;

impl Condition {
    /// Reads an expression.
    pub(super) fn of(expr: &Expr) -> Self {
        Self::read(expr, false, 0)
    }

    /// Reads the negation of an expression.
    #[cfg(test)]
    fn of_not(expr: &Expr) -> Self {
        Self::read(expr, true, 0)
    }

    /// What holds where this does not, NULL left aside.
    pub(super) fn negated(&self) -> Self {
        match self {
            Self::And(parts) => Self::Or(parts.iter().map(Self::negated).collect()),
            Self::Or(parts) => Self::And(parts.iter().map(Self::negated).collect()),
            Self::NotNull(column) => Self::Null(column.clone()),
            Self::Null(column) => Self::NotNull(column.clone()),
            Self::Compare(column, operator, constant) => {
                Self::Compare(column.clone(), operator.negated(), constant.clone())
            }
            Self::Other => Self::Other,
        }
    }

    fn read(expr: &Expr, negated: bool, depth: usize) -> Self {
        if depth > DEEPEST {
            return Self::Other;
        }
        let all = |parts: &[Expr]| parts.iter().map(|part| Self::read(part, negated, depth + 1)).collect();
        match &expr.kind {
            ExprKind::Not(inner) => Self::read(inner, !negated, depth + 1),
            ExprKind::And(parts) if negated => Self::Or(all(parts)),
            ExprKind::And(parts) => Self::And(all(parts)),
            ExprKind::Or(parts) if negated => Self::And(all(parts)),
            ExprKind::Or(parts) => Self::Or(all(parts)),
            ExprKind::IsNull { operand, negated: not } => match column(operand) {
                Some(column) if *not != negated => Self::NotNull(column),
                Some(column) => Self::Null(column),
                None => Self::Other,
            },
            // `c = ANY (ARRAY[...])` is how the server itself writes `c IN (...)`.
            ExprKind::Binary(left, operator, right) if operator == "=" && listed(right).is_some() => {
                let list = listed(right).unwrap_or_default();
                let equal = list.iter().map(|item| Self::comparison(left, Operator::Equal, item, false)).collect();
                let any = Self::Or(equal);
                if negated { any.negated() } else { any }
            }
            ExprKind::Binary(left, operator, right) => match Operator::of(operator) {
                Some(operator) => Self::comparison(left, operator, right, negated),
                None => Self::Other,
            },
            ExprKind::Between { operands, negated: not } => {
                let [operand, low, high] = operands.as_ref();
                let both = Self::And(vec![
                    Self::comparison(operand, Operator::GreaterOrEqual, low, false),
                    Self::comparison(operand, Operator::LessOrEqual, high, false),
                ]);
                if *not != negated { both.negated() } else { both }
            }
            ExprKind::InList { operand, list, negated: not } => {
                let equal = list.iter().map(|item| Self::comparison(operand, Operator::Equal, item, false)).collect();
                let any = Self::Or(equal);
                if *not != negated { any.negated() } else { any }
            }
            _ => Self::Other,
        }
    }

    fn comparison(left: &Expr, operator: Operator, right: &Expr, negated: bool) -> Self {
        let (name, operator, constant) = match (column(left), constant(right), column(right), constant(left)) {
            (Some(column), Some(constant), ..) => (column, operator, constant),
            (_, _, Some(column), Some(constant)) => (column, operator.swapped(), constant),
            _ => return Self::Other,
        };
        Self::Compare(name, if negated { operator.negated() } else { operator }, constant)
    }

    /// Whether rows that fulfil (or leave NULL) this condition also fulfil (or leave NULL) the other.
    pub(super) fn implies(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Or(parts), _) if !parts.is_empty() => parts.iter().all(|part| part.implies(other)),
            (_, Self::And(parts)) => parts.iter().all(|part| self.implies(part)),
            (_, Self::Or(parts)) => {
                parts.iter().any(|part| self.implies(part))
                    || matches!(self, Self::And(own) if own.iter().any(|own| own.implies(other)))
            }
            (Self::And(parts), _) => parts.iter().any(|part| part.implies(other)),
            (Self::NotNull(left), Self::NotNull(right)) | (Self::Null(left), Self::Null(right)) => left == right,
            (Self::Compare(column, operator, constant), Self::Compare(other, wanted, bound)) => {
                let unequal = || matches!((operator, wanted), (Operator::Equal, Operator::NotEqual));
                column == other
                    && (operator.implies(*wanted, constant.compare(bound)) || (unequal() && constant.differs(bound)))
            }
            _ => false,
        }
    }
}

impl Operator {
    fn of(name: &str) -> Option<Self> {
        Some(match name {
            "<" => Self::Less,
            "<=" => Self::LessOrEqual,
            "=" => Self::Equal,
            ">=" => Self::GreaterOrEqual,
            ">" => Self::Greater,
            "<>" => Self::NotEqual,
            _ => return None,
        })
    }

    fn negated(self) -> Self {
        match self {
            Self::Less => Self::GreaterOrEqual,
            Self::LessOrEqual => Self::Greater,
            Self::Equal => Self::NotEqual,
            Self::GreaterOrEqual => Self::Less,
            Self::Greater => Self::LessOrEqual,
            Self::NotEqual => Self::Equal,
        }
    }

    fn swapped(self) -> Self {
        match self {
            Self::Less => Self::Greater,
            Self::LessOrEqual => Self::GreaterOrEqual,
            Self::GreaterOrEqual => Self::LessOrEqual,
            Self::Greater => Self::Less,
            Self::Equal | Self::NotEqual => self,
        }
    }

    /// Whether `x self a` implies `x wanted b`, given how a compares with b; `None`: not known.
    fn implies(self, wanted: Self, order: Option<Ordering>) -> bool {
        use Operator::{Equal, Greater, GreaterOrEqual, Less, LessOrEqual, NotEqual};
        let Some(order) = order else {
            return false;
        };
        match (self, wanted) {
            (Less, Less | LessOrEqual) | (LessOrEqual, LessOrEqual) | (Less, NotEqual) => order != Ordering::Greater,
            (LessOrEqual, Less | NotEqual) => order == Ordering::Less,
            (Greater, Greater | GreaterOrEqual) | (GreaterOrEqual, GreaterOrEqual) | (Greater, NotEqual) => {
                order != Ordering::Less
            }
            (GreaterOrEqual, Greater | NotEqual) => order == Ordering::Greater,
            (Equal, Equal) | (NotEqual, NotEqual) => order == Ordering::Equal,
            (Equal, NotEqual) => order != Ordering::Equal,
            (Equal, Less) => order == Ordering::Less,
            (Equal, LessOrEqual) => order != Ordering::Greater,
            (Equal, Greater) => order == Ordering::Greater,
            (Equal, GreaterOrEqual) => order != Ordering::Less,
            _ => false,
        }
    }
}

impl Constant {
    /// How two constants of one type compare; `None` where that takes a server.
    pub(super) fn compare(&self, other: &Self) -> Option<Ordering> {
        match (self, other) {
            (Self::Boolean(left), Self::Boolean(right)) => Some(left.cmp(right)),
            (Self::Number(left), Self::Number(right)) => compare_numbers(left, right),
            // A number in quotes is one where the other is.
            (Self::Number(left), Self::Text(right)) | (Self::Text(left), Self::Number(right)) => {
                compare_numbers(left, right)
            }
            (Self::Text(left), Self::Text(right)) if left == right => Some(Ordering::Equal),
            (Self::Text(left), Self::Text(right)) => {
                // Dates and timestamps in ISO form compare as text, and so does a date with a timestamp.
                (is_iso_date(left) && is_iso_date(right)).then(|| compare_iso(left, right))
            }
            _ => None,
        }
    }

    /// Whether the two are certain to differ: words do, but two spellings of a number or a date may mean the same.
    pub(super) fn differs(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Text(left), Self::Text(right)) if is_word(left) && is_word(right) => left != right,
            _ => self.compare(other).is_some_and(|order| order != Ordering::Equal),
        }
    }
}

/// The elements of `ANY (ARRAY[...])`, the array's cast left aside.
fn listed(expr: &Expr) -> Option<&[Expr]> {
    let ExprKind::Compound(CompoundKind::Any, parts) = &expr.kind else {
        return None;
    };
    let mut array = parts.first()?;
    while let ExprKind::Cast(inner, _) = &array.kind {
        array = inner;
    }
    match &array.kind {
        ExprKind::Compound(CompoundKind::Array, items) => Some(items),
        _ => None,
    }
}

fn compare_numbers(left: &str, right: &str) -> Option<Ordering> {
    match (left.parse::<i128>(), right.parse::<i128>()) {
        (Ok(left), Ok(right)) => Some(left.cmp(&right)),
        _ => left.parse::<f64>().ok()?.partial_cmp(&right.parse::<f64>().ok()?),
    }
}

/// A text that is no number, and no date in any spelling.
fn is_word(text: &str) -> bool {
    let letters = text.bytes().all(|byte| byte.is_ascii_alphabetic() || byte == b'_');
    letters
        && !text.is_empty()
        && !matches!(text, "infinity" | "now" | "today" | "tomorrow" | "yesterday" | "epoch" | "NaN")
}

/// `2024-01-31`, perhaps with a time of day behind it.
fn is_iso_date(text: &str) -> bool {
    let bytes = text.as_bytes();
    let digits = |from: usize, to: usize| bytes.get(from..to).is_some_and(|part| part.iter().all(u8::is_ascii_digit));
    let dashes = bytes.get(4) == Some(&b'-') && bytes.get(7) == Some(&b'-');
    let rest = bytes.get(10..).unwrap_or_default();
    let time = |rest: &[u8]| rest.iter().all(|byte| byte.is_ascii_digit() || matches!(byte, b':' | b'.'));
    let timed = match rest.split_first() {
        None => true,
        Some((b' ' | b'T', rest)) => time(rest),
        Some(_) => false,
    };
    digits(0, 4) && dashes && digits(5, 7) && digits(8, 10) && timed
}

fn compare_iso(left: &str, right: &str) -> Ordering {
    // Midnight may be left out.
    let normal = |text: &str| -> String {
        let (date, time) = text.split_at(10);
        let time = time.trim_start_matches([' ', 'T']).trim_end_matches(['0', ':', '.']);
        format!("{date} {time}")
    };
    normal(left).cmp(&normal(right))
}

fn column(expr: &Expr) -> Option<Name> {
    match &expr.kind {
        ExprKind::Column(path) => path.last().map(|column| column.name.clone()),
        _ => None,
    }
}

/// The constant that an expression is, its casts left aside.
pub(super) fn constant(expr: &Expr) -> Option<Constant> {
    match &expr.kind {
        ExprKind::Literal(Literal::Number(number)) => Some(Constant::Number(number.clone())),
        ExprKind::Literal(Literal::String(text)) => Some(Constant::Text(text.clone())),
        ExprKind::Literal(Literal::Boolean(value)) => Some(Constant::Boolean(*value)),
        ExprKind::Cast(inner, _) => constant(inner),
        ExprKind::Unary(sign, inner) if sign == "-" => match constant(inner)? {
            Constant::Number(number) => Some(Constant::Number(smol_str::format_smolstr!("-{number}"))),
            _ => None,
        },
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Span;

    fn expr(kind: ExprKind) -> Expr {
        Expr { span: Span::default(), kind }
    }

    fn c() -> Box<Expr> {
        let name = crate::statement::Ident { name: "c".into(), span: Span::default() };
        Box::new(expr(ExprKind::Column(vec![name])))
    }

    fn compare(operator: &str, text: &str) -> Expr {
        let constant = expr(ExprKind::Literal(Literal::String(text.into())));
        expr(ExprKind::Binary(c(), operator.into(), Box::new(constant)))
    }

    fn is_null(negated: bool) -> Expr {
        expr(ExprKind::IsNull { operand: c(), negated })
    }

    /// Truth: set_not_null_check_conjunction, _coalesce (`NOT (c IS NULL)`), _not_implying.
    #[test]
    fn a_check_proves_not_null_only_where_it_says_so() {
        let wanted = Condition::NotNull("c".into());
        assert!(Condition::of(&is_null(true)).implies(&wanted));
        assert!(Condition::of_not(&is_null(false)).implies(&wanted));
        assert!(Condition::of(&expr(ExprKind::And(vec![compare(">", "0"), is_null(true)]))).implies(&wanted));
        assert!(!Condition::of(&compare(">", "0")).implies(&wanted));
        assert!(!Condition::of(&expr(ExprKind::Or(vec![compare(">", "0"), is_null(true)]))).implies(&wanted));
    }

    /// Truth: attach_partition_matching_check, attach_partition_with_default_checked.
    #[test]
    fn bounds_are_compared() {
        let bound = Condition::of(&expr(ExprKind::And(vec![compare(">=", "2024-03-01"), compare("<", "2024-04-01")])));
        let within = expr(ExprKind::And(vec![compare(">=", "2024-03-02"), compare("<=", "2024-03-31")]));
        assert!(Condition::of(&within).implies(&bound));
        assert!(!bound.implies(&Condition::of(&within)));
        assert!(!Condition::of(&compare(">=", "2024-03-01")).implies(&bound));
        let outside = Condition::of_not(&expr(ExprKind::And(vec![
            compare(">=", "2024-03-01 00:00:00"),
            compare("<", "2024-04-01"),
        ])));
        assert!(outside.implies(&bound.negated()));
        assert!(!outside.implies(&bound));
    }

    #[test]
    fn texts_that_are_no_dates_are_only_equal_or_not_known() {
        let compare = |left: &str, right: &str| Constant::Text(left.into()).compare(&Constant::Text(right.into()));
        assert_eq!(compare("a", "a"), Some(Ordering::Equal));
        assert_eq!(compare("a", "b"), None);
        assert_eq!(compare("2024-01-01", "2024-01-01 00:00:00"), Some(Ordering::Equal));
        assert_eq!(compare("2024-01-01 10:00", "2024-01-01 09:30"), Some(Ordering::Greater));
        let number = |left: &str, right: &str| Constant::Number(left.into()).compare(&Constant::Number(right.into()));
        assert_eq!(number("9", "10"), Some(Ordering::Less));
        assert_eq!(number("1.5", "1.50"), Some(Ordering::Equal));
    }
}
