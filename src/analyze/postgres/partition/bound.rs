//! Bounds of partitions as conditions: what a row has to fulfil, what proves that all rows do, and which bounds overlap
//! (`get_qual_from_partbound`, `PartConstraintImpliedByRelConstraint`, `check_new_partition_bound`).

use crate::analyze::postgres::analysis::Analysis;
use crate::analyze::postgres::proof::{Condition, Constant, Operator, constant};
use crate::catalog::{Relation, TableConstraint, TableConstraintKind};
use crate::effect::Proof;
use crate::statement::{Expr, ExprKind, Name, PartitionBound, PartitionBoundKind, PartitionBy};
use std::cmp::Ordering;

/// Whether a partition's rows are known to fulfil a condition.
pub(super) enum Shown<'a> {
    /// They are.
    Yes,
    /// They are not; what comes closest, and why it does not count.
    No(Proof, Option<&'a TableConstraint>),
}

/// Whether the valid CHECKs and NOT NULLs of a table imply a condition.
pub(super) fn prove<'a>(relation: &'a Relation, wanted: &Condition) -> Shown<'a> {
    let Some(table) = relation.as_table() else {
        return Shown::No(Proof::None, None);
    };
    let known = table.columns.iter().filter(|column| column.not_null);
    let mut known: Vec<_> = known.map(|column| Condition::NotNull(column.name.clone())).collect();
    let checks = |valid: bool| {
        table.constraints.iter().filter(move |constraint| constraint.valid == valid && constraint.enforced).filter_map(
            |constraint| match &constraint.kind {
                TableConstraintKind::Check { expr, .. } => Some((constraint, Condition::of(expr))),
                _ => None,
            },
        )
    };
    known.extend(checks(true).map(|(_, condition)| condition));
    if Condition::And(known.clone()).implies(wanted) {
        return Shown::Yes;
    }
    for (constraint, condition) in checks(false) {
        known.push(condition);
        if Condition::And(known.clone()).implies(wanted) {
            return Shown::No(Proof::NotValid, Some(constraint));
        }
    }
    Shown::No(Proof::None, None)
}

/// What every row of a partition has to fulfil, its ancestors' bounds among it; `None` where that cannot be said as a condition over
/// columns and constants, as for hash partitions.
pub(super) fn condition_of(analysis: &Analysis<'_>, parent: &Relation, bound: &PartitionBound) -> Option<Condition> {
    let by = parent.as_table()?.partition_by.as_ref()?;
    let own = match &bound.kind {
        // There may be partitions beside those that were seen.
        PartitionBoundKind::Default if !parent.as_table()?.complete => return None,
        PartitionBoundKind::Default => {
            let siblings = analysis.catalog().partitions_of(parent.id);
            let bounds = siblings.filter_map(|sibling| sibling.as_table()?.partition.as_ref());
            let mut none_of = Vec::new();
            for sibling in bounds {
                none_of.push(of_bound(by, &sibling.bound)?.negated());
            }
            Condition::And(none_of)
        }
        _ => of_bound(by, bound)?,
    };
    let outer = match &parent.as_table()?.partition {
        Some(partition) => {
            let grandparent = analysis.catalog().relation(partition.parent)?;
            Some(condition_of(analysis, grandparent, &partition.bound)?)
        }
        None => None,
    };
    Some(match outer {
        Some(outer) => Condition::And(vec![own, outer]),
        None => own,
    })
}

fn of_bound(by: &PartitionBy, bound: &PartitionBound) -> Option<Condition> {
    let columns: Option<Vec<&Name>> = by.key.iter().map(key_column).collect();
    let columns = columns?;
    let first = *columns.first()?;
    match &bound.kind {
        PartitionBoundKind::Default | PartitionBoundKind::Hash { .. } => None,
        PartitionBoundKind::List(values) => {
            let mut any = Vec::new();
            let mut null = false;
            for value in values {
                if matches!(value.kind, ExprKind::Null) {
                    null = true;
                } else {
                    any.push(Condition::Compare(first.clone(), Operator::Equal, constant(value)?));
                }
            }
            let any = Condition::Or(any);
            Some(if null {
                Condition::Or(vec![Condition::Null(first.clone()), any])
            } else {
                Condition::And(vec![Condition::NotNull(first.clone()), any])
            })
        }
        PartitionBoundKind::Range { from, to } => {
            let mut all: Vec<_> = columns.iter().map(|column| Condition::NotNull((*column).clone())).collect();
            let mut edges: Vec<_> = columns.iter().copied().zip(from).zip(to).collect();
            // Where both ends begin with the same values, the rows have just these.
            while let [((column, low), high), ..] = edges.as_slice() {
                let (Some(low), Some(high)) = (constant(low), constant(high)) else {
                    break;
                };
                if edges.len() == 1 || low.compare(&high) != Some(Ordering::Equal) {
                    break;
                }
                all.push(Condition::Compare((*column).clone(), Operator::Equal, low));
                edges.remove(0);
            }
            let low: Vec<_> = edges.iter().map(|((column, low), _)| (*column, *low)).collect();
            let high: Vec<_> = edges.iter().map(|((column, _), high)| (*column, *high)).collect();
            all.push(of_edge(&low, Edge::Least, Operator::Greater, Operator::GreaterOrEqual)?);
            all.push(of_edge(&high, Edge::Greatest, Operator::Less, Operator::Less)?);
            Some(Condition::And(all))
        }
    }
}

/// One end of a range, column by column: the first one that differs from the end's value decides (`get_qual_for_range`). `beyond`: the
/// unbounded value that every row lies within; `last`: the operator for the last column.
fn of_edge(edge: &[(&Name, &Expr)], beyond: Edge, inner: Operator, last: Operator) -> Option<Condition> {
    let mut any = Vec::new();
    let mut equal = Vec::new();
    for (at, (column, value)) in edge.iter().enumerate() {
        match unbounded(value) {
            Some(unbounded) => {
                if unbounded == beyond {
                    any.push(Condition::And(equal));
                }
                break;
            }
            None => {
                let constant = constant(value)?;
                let operator = if at + 1 == edge.len() { last } else { inner };
                let mut all = equal.clone();
                all.push(Condition::Compare((*column).clone(), operator, constant.clone()));
                any.push(Condition::And(all));
                equal.push(Condition::Compare((*column).clone(), Operator::Equal, constant));
            }
        }
    }
    Some(Condition::Or(any))
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Edge {
    Least,
    Greatest,
}

/// `MINVALUE`, `MAXVALUE`.
fn unbounded(expr: &Expr) -> Option<Edge> {
    let ExprKind::Column(path) = &expr.kind else {
        return None;
    };
    match path.last()?.name.as_str() {
        "minvalue" => Some(Edge::Least),
        "maxvalue" => Some(Edge::Greatest),
        _ => None,
    }
}

fn key_column(key: &Expr) -> Option<&Name> {
    match &key.kind {
        ExprKind::Column(path) => path.last().map(|column| &column.name),
        _ => None,
    }
}

/// A partition whose bound certainly overlaps a new one.
pub(in crate::analyze::postgres) fn overlapping<'a>(
    analysis: &Analysis<'a>,
    parent: &Relation,
    bound: &PartitionBound,
) -> Option<&'a Relation> {
    analysis.catalog().partitions_of(parent.id).find(|sibling| {
        let other = sibling.as_table().and_then(|table| table.partition.as_ref());
        other.is_some_and(|other| overlap(&bound.kind, &other.bound.kind))
    })
}

fn overlap(left: &PartitionBoundKind, right: &PartitionBoundKind) -> bool {
    match (left, right) {
        (PartitionBoundKind::Default, PartitionBoundKind::Default) => true,
        (PartitionBoundKind::List(left), PartitionBoundKind::List(right)) => left.iter().any(|value| {
            let null = matches!(value.kind, ExprKind::Null);
            right.iter().any(|other| {
                let other_null = matches!(other.kind, ExprKind::Null);
                let equal = || {
                    let (left, right) = (constant(value), constant(other));
                    left.zip(right).is_some_and(|(left, right)| left.compare(&right) == Some(Ordering::Equal))
                };
                (null && other_null) || (!null && !other_null && equal())
            })
        }),
        (PartitionBoundKind::Range { from, to }, PartitionBoundKind::Range { from: other_from, to: other_to }) => {
            before(from, other_to) && before(other_from, to)
        }
        (
            PartitionBoundKind::Hash { modulus: Some(modulus), remainder: Some(remainder) },
            PartitionBoundKind::Hash { modulus: Some(other), remainder: Some(other_remainder) },
        ) => {
            // Each modulus divides the next larger one.
            let smaller = (*modulus).min(*other);
            smaller > 0 && remainder % smaller == other_remainder % smaller
        }
        _ => false,
    }
}

/// How the server refuses a bound of the right kind, if it is certain to (`transformPartitionBound`, `check_new_partition_bound`).
pub(super) fn refusal(analysis: &Analysis<'_>, parent: &Relation, bound: &PartitionBound) -> Option<&'static str> {
    let by = parent.as_table()?.partition_by.as_ref()?;
    match &bound.kind {
        PartitionBoundKind::Range { from, to } => {
            let is_null = |value: &Expr| matches!(value.kind, ExprKind::Null);
            // Behind MINVALUE or MAXVALUE only the same may stand.
            let broken = |edge: &[Expr]| {
                let mut edges = edge.iter().map(unbounded).skip_while(Option::is_none);
                let first = edges.next().flatten();
                first.is_some() && edges.any(|edge| edge != first)
            };
            // The key of a table that was not seen to be made is not known, and stands as empty.
            let known = !by.key.is_empty();
            if known && (from.len() != by.key.len() || to.len() != by.key.len()) {
                Some("42P16")
            } else if broken(from) || broken(to) {
                Some("42804")
            } else if from.iter().chain(to).any(is_null) || !may_lie_before(from, to) {
                Some("42P17")
            } else {
                None
            }
        }
        PartitionBoundKind::Hash { modulus: Some(modulus), remainder: Some(remainder) } => {
            let siblings = analysis.catalog().partitions_of(parent.id);
            let of_sibling = |sibling: &Relation| match sibling.as_table()?.partition.as_ref()?.bound.kind {
                PartitionBoundKind::Hash { modulus, .. } => modulus,
                _ => None,
            };
            let unfit = |other: u32| {
                let (small, large) = (other.min(*modulus), other.max(*modulus));
                small == 0 || large % small != 0
            };
            if *modulus == 0 || remainder >= modulus {
                Some("42P16")
            } else {
                siblings.filter_map(of_sibling).any(unfit).then_some("42P17")
            }
        }
        _ => None,
    }
}

/// False where a range is certain to be empty.
fn may_lie_before(from: &[Expr], to: &[Expr]) -> bool {
    for (low, high) in from.iter().zip(to) {
        match (unbounded(low), unbounded(high)) {
            (Some(Edge::Least), Some(Edge::Least)) | (Some(Edge::Greatest), Some(Edge::Greatest)) => return false,
            (Some(Edge::Greatest), _) | (_, Some(Edge::Least)) => return false,
            (Some(Edge::Least), _) | (_, Some(Edge::Greatest)) => return true,
            (None, None) => match constant(low).zip(constant(high)).and_then(|(low, high)| low.compare(&high)) {
                Some(Ordering::Equal) => {}
                Some(Ordering::Greater) => return false,
                Some(Ordering::Less) | None => return true,
            },
        }
    }
    false
}

/// Whether one end of a range is certain to lie before another.
fn before(left: &[Expr], right: &[Expr]) -> bool {
    for (left, right) in left.iter().zip(right) {
        let order = match (unbounded(left), unbounded(right)) {
            (Some(Edge::Least), Some(Edge::Least)) | (Some(Edge::Greatest), Some(Edge::Greatest)) => return false,
            (Some(Edge::Least), _) | (_, Some(Edge::Greatest)) => return true,
            (Some(Edge::Greatest), _) | (_, Some(Edge::Least)) => return false,
            (None, None) => {
                let (left, right): (Option<Constant>, Option<Constant>) = (constant(left), constant(right));
                left.zip(right).and_then(|(left, right)| left.compare(&right))
            }
        };
        match order {
            Some(Ordering::Less) => return true,
            Some(Ordering::Equal) => {}
            Some(Ordering::Greater) | None => return false,
        }
    }
    false
}
