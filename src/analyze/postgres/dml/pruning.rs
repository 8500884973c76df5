//! Which partitions planning leaves to a condition (`partprune.c`), of tables partitioned by one column.
//!
//! The values of the column fall into slots: one for each partition's range or listed value, those between them that only a DEFAULT
//! partition takes, and NULL. A comparison keeps the slots that may hold a value for it, AND keeps those of both sides, OR those of either.
//! Keys of several columns, expressions and hashes are left to the server: all partitions are kept.

use super::bounds::{column_of, compare, is_null, qualified_column};
use crate::catalog::{Catalog, Relation, RelationId, Table, constant_value};
use crate::dialect::Version;
use crate::statement::{Expr, ExprKind, Literal, Name, PartitionBoundKind};
use std::cmp::Ordering;
use std::collections::BTreeSet;

/// Of longer lists over more partitions all are kept.
const MOST_COMPARISONS: usize = 1_000_000;

/// A condition on the rows of a relation.
#[derive(Clone, Copy)]
pub(super) struct Condition<'e> {
    /// What it says.
    pub(super) filter: &'e Expr,
    /// As the relation is called where others stand beside it: only columns that say so are its own. `None`: all are.
    pub(super) known_as: Option<&'e Name>,
}

/// Where a value of the key may be.
struct Slot {
    /// At least; `None`: no end.
    low: Option<Name>,
    /// Below; `None`: no end. Of a listed value the value itself, as of `low`.
    high: Option<Name>,
    kind: SlotKind,
    /// The partition; `None`: that for the rest.
    partition: Option<RelationId>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum SlotKind {
    /// From `low` to below `high`.
    Range,
    /// The value in `low`.
    Value,
    /// Values that no list has.
    Unlisted,
    Null,
}

/// The partitions, without theirs, that planning does not rule out by a condition.
pub(super) fn partitions_left<'c>(
    catalog: &'c Catalog,
    relation: &Relation,
    table: &Table,
    condition: Condition<'_>,
    version: Version,
) -> Vec<&'c Relation> {
    let partitions: Vec<&Relation> = catalog.partitions_of(relation.id).collect();
    if is_false(condition.filter) {
        return Vec::new();
    }
    let key = table.partition_by.as_ref().and_then(|by| match by.key.as_slice() {
        [key] => column_of(key),
        _ => None,
    });
    let Some((key, slots)) = key.and_then(|key| Some((key, slots_of(&partitions)?))) else {
        return partitions;
    };
    // From 17 on planning knows that a column refuses NULL.
    let never_null = version >= Version(17) && table.column(key).is_some_and(|column| column.not_null);
    let pruning = Pruning { key, condition, slots: &slots, never_null };
    let kept = pruning.kept(condition.filter);
    let default = catalog.default_partition(relation.id).map(|default| default.id);
    let mut left: BTreeSet<RelationId> = BTreeSet::new();
    for (slot, _) in slots.iter().zip(kept).filter(|(_, kept)| *kept) {
        left.extend(slot.partition.or(default));
    }
    partitions.into_iter().filter(|partition| left.contains(&partition.id)).collect()
}

/// Whether a condition is FALSE or NULL as it stands.
fn is_false(filter: &Expr) -> bool {
    match &filter.kind {
        ExprKind::Literal(Literal::Boolean(value)) => !value,
        ExprKind::And(parts) => {
            parts.iter().any(|part| matches!(part.kind, ExprKind::Literal(Literal::Boolean(false))))
        }
        _ => is_null(filter),
    }
}

/// The slots of partitions whose bounds are all known and can be put in order.
fn slots_of(partitions: &[&Relation]) -> Option<Vec<Slot>> {
    let mut ranges: Vec<(Option<Name>, Option<Name>, RelationId)> = Vec::new();
    let mut slots: Vec<Slot> = Vec::new();
    for partition in partitions {
        match &partition.as_table()?.partition.as_ref()?.bound.kind {
            PartitionBoundKind::Default => {}
            PartitionBoundKind::Hash { .. } => return None,
            PartitionBoundKind::Range { from, to } => {
                let (low, high) = (end(from, "minvalue")?, end(to, "maxvalue")?);
                ranges.push((low, high, partition.id));
            }
            PartitionBoundKind::List(values) => {
                for value in values {
                    let null = is_null(value);
                    let value = if null { None } else { Some(constant_value(value)?) };
                    slots.push(Slot {
                        low: value.clone(),
                        high: value,
                        kind: if null { SlotKind::Null } else { SlotKind::Value },
                        partition: Some(partition.id),
                    });
                }
            }
        }
    }
    if ranges.is_empty() {
        slots.push(Slot { low: None, high: None, kind: SlotKind::Unlisted, partition: None });
    } else {
        // No end of a partition is below that of another, but for an open one.
        for (low, high, _) in &ranges {
            compare(
                low.as_ref().or(high.as_ref())?,
                ranges.iter().find_map(|range| range.0.as_ref().or(range.1.as_ref()))?,
            )?;
        }
        ranges.sort_by(|left, right| match (&left.0, &right.0) {
            (None, None) => Ordering::Equal,
            (None, _) => Ordering::Less,
            (_, None) => Ordering::Greater,
            (Some(left), Some(right)) => compare(left, right).unwrap_or(Ordering::Equal),
        });
        let gap = |low, high| Slot { low, high, kind: SlotKind::Range, partition: None };
        let mut before: Option<Name> = None;
        let mut open = true;
        for (low, high, partition) in ranges {
            if let Some(low) = &low
                && open
                && before.as_ref() != Some(low)
            {
                slots.push(gap(before.clone(), Some(low.clone())));
            }
            open = high.is_some();
            before.clone_from(&high);
            slots.push(Slot { low, high, kind: SlotKind::Range, partition: Some(partition) });
        }
        if open {
            slots.push(gap(before, None));
        }
    }
    if !slots.iter().any(|slot| slot.kind == SlotKind::Null) {
        slots.push(Slot { low: None, high: None, kind: SlotKind::Null, partition: None });
    }
    Some(slots)
}

/// An end of a range: `Some(None)` where it is open.
fn end(exprs: &[Expr], open: &str) -> Option<Option<Name>> {
    let expr = exprs.first()?;
    if column_of(expr).is_some_and(|name| name == open) { Some(None) } else { constant_value(expr).map(Some) }
}

struct Pruning<'p> {
    key: &'p Name,
    condition: Condition<'p>,
    slots: &'p [Slot],
    never_null: bool,
}

impl Pruning<'_> {
    /// Which slots may hold a value for which an expression is true. Depth is the parser's bound.
    fn kept(&self, expr: &Expr) -> Vec<bool> {
        let all = || vec![true; self.slots.len()];
        match &expr.kind {
            ExprKind::And(parts) => {
                let mut kept = all();
                for part in parts {
                    let other = self.kept(part);
                    kept.iter_mut().zip(other).for_each(|(kept, other)| *kept &= other);
                }
                kept
            }
            ExprKind::Or(parts) => {
                let mut kept = vec![false; self.slots.len()];
                for part in parts {
                    let other = self.kept(part);
                    kept.iter_mut().zip(other).for_each(|(kept, other)| *kept |= other);
                }
                kept
            }
            ExprKind::Literal(Literal::Boolean(false)) => vec![false; self.slots.len()],
            ExprKind::Binary(left, operator, right) => {
                let turned = match operator.as_str() {
                    "<" => ">",
                    "<=" => ">=",
                    ">" => "<",
                    ">=" => "<=",
                    other => other,
                };
                if self.is_key(left) {
                    self.compared(operator, right)
                } else if self.is_key(right) {
                    self.compared(turned, left)
                } else {
                    all()
                }
            }
            ExprKind::InList { operand, list, negated: false }
                if self.is_key(operand) && list.len().saturating_mul(self.slots.len()) <= MOST_COMPARISONS =>
            {
                let mut kept = vec![false; self.slots.len()];
                for value in list {
                    let other = self.compared("=", value);
                    kept.iter_mut().zip(other).for_each(|(kept, other)| *kept |= other);
                }
                kept
            }
            ExprKind::Between { operands, negated: false } if self.is_key(&operands[0]) => {
                let low = self.compared(">=", &operands[1]);
                let high = self.compared("<=", &operands[2]);
                low.into_iter().zip(high).map(|(low, high)| low && high).collect()
            }
            // Beside another relation, an outer join may have made the NULL.
            ExprKind::IsNull { operand, negated } if self.is_key(operand) && self.condition.known_as.is_none() => self
                .slots
                .iter()
                .map(|slot| (slot.kind == SlotKind::Null) != *negated && (*negated || !self.never_null))
                .collect(),
            _ => all(),
        }
    }

    fn is_key(&self, expr: &Expr) -> bool {
        match self.condition.known_as {
            None => column_of(expr) == Some(self.key),
            Some(known_as) => qualified_column(expr) == Some((known_as, self.key)),
        }
    }

    /// The slots that may hold a value for which `key operator value` is true.
    fn compared(&self, operator: &str, value: &Expr) -> Vec<bool> {
        let ordered = matches!(operator, "=" | "<" | "<=" | ">" | ">=");
        let Some(value) = constant_value(value).filter(|_| ordered || operator == "<>") else {
            return vec![true; self.slots.len()];
        };
        let listed = operator == "="
            && self.slots.iter().any(|slot| slot.kind == SlotKind::Value && slot.low.as_ref() == Some(&value));
        let keeps = |slot: &Slot| match slot.kind {
            SlotKind::Null => false,
            SlotKind::Unlisted => !listed,
            SlotKind::Value => {
                let ordering = match &slot.low {
                    Some(low) if *low == value => Some(Ordering::Equal),
                    Some(low) => compare(low, &value),
                    None => None,
                };
                match (operator, ordering) {
                    ("=", Some(ordering)) => ordering.is_eq(),
                    // Texts that differ may be the same number.
                    ("=", None) => !(listed || is_word(&value)),
                    ("<>", Some(ordering)) => ordering.is_ne(),
                    ("<", Some(ordering)) => ordering.is_lt(),
                    ("<=", Some(ordering)) => ordering.is_le(),
                    (">", Some(ordering)) => ordering.is_gt(),
                    (">=", Some(ordering)) => ordering.is_ge(),
                    _ => true,
                }
            }
            SlotKind::Range => {
                let low = slot.low.as_ref().map(|low| compare(&value, low));
                let high = slot.high.as_ref().map(|high| compare(&value, high));
                // Not comparable: the slot stays.
                let from_low = |keeps: fn(Ordering) -> bool| low.is_none_or(|ordering| ordering.is_none_or(keeps));
                let to_high = |keeps: fn(Ordering) -> bool| high.is_none_or(|ordering| ordering.is_none_or(keeps));
                match operator {
                    "=" => from_low(Ordering::is_ge) && to_high(Ordering::is_lt),
                    "<" => from_low(Ordering::is_gt),
                    "<=" => from_low(Ordering::is_ge),
                    ">" | ">=" => to_high(Ordering::is_lt),
                    _ => true,
                }
            }
        };
        self.slots.iter().map(keeps).collect()
    }
}

fn is_word(value: &str) -> bool {
    value.parse::<i128>().is_ok() || value.bytes().all(|byte| byte.is_ascii_alphabetic())
}

#[cfg(test)]
mod tests {
    use crate::analyze::postgres::testing::effects;

    const TABLES: &str = "CREATE TABLE ev (id int, day date NOT NULL) PARTITION BY RANGE (day);
        CREATE TABLE jan PARTITION OF ev FOR VALUES FROM ('2024-01-01') TO ('2024-02-01');
        CREATE TABLE feb PARTITION OF ev FOR VALUES FROM ('2024-02-01') TO ('2024-03-01');
        CREATE TABLE rest PARTITION OF ev DEFAULT;
        CREATE TABLE li (k text, n int) PARTITION BY LIST (k);
        CREATE TABLE ab PARTITION OF li FOR VALUES IN ('a', 'b');
        CREATE TABLE cn PARTITION OF li FOR VALUES IN ('c', NULL);
        CREATE TABLE o (id int);";

    /// The partitions that are locked.
    fn left(version: u16, sql: &str) -> Vec<String> {
        let lines = effects(version, TABLES, sql, "takes-lock");
        let names = lines.iter().filter_map(|line| line.split(' ').nth(1)).map(str::to_owned);
        names.filter(|name| !matches!(name.as_str(), "ev" | "li" | "o")).collect()
    }

    #[test]
    fn ranges() {
        for (condition, expected) in [
            ("day = '2024-01-05'", &["jan"][..]),
            ("day BETWEEN '2024-01-02' AND '2024-01-05'", &["jan"]),
            ("day >= '2024-02-01' AND day < '2024-03-01'", &["feb"]),
            ("day >= '2024-02-01'", &["feb", "rest"]),
            ("day = '2024-01-02' OR day = '2024-02-02'", &["jan", "feb"]),
            ("day < '2023-01-01'", &["rest"]),
            ("false", &[]),
            ("id = 1", &["jan", "feb", "rest"]),
            ("day < CURRENT_DATE", &["jan", "feb", "rest"]),
        ] {
            assert_eq!(left(15, &format!("DELETE FROM ev WHERE {condition}")), expected, "{condition}");
        }
        assert_eq!(left(11, "DELETE FROM ev WHERE day = '2024-01-05'").len(), 3, "to 11 all are locked");
    }

    #[test]
    fn nulls_of_a_column_that_refuses_them_from_17_on() {
        assert_eq!(left(16, "DELETE FROM ev WHERE day IS NULL"), ["rest"]);
        assert_eq!(left(17, "DELETE FROM ev WHERE day IS NULL"), [""; 0]);
    }

    #[test]
    fn lists() {
        for (condition, expected) in
            [("k = 'a'", &["ab"][..]), ("k IN ('a', 'c')", &["ab", "cn"]), ("k IS NULL", &["cn"]), ("k = 'z'", &[])]
        {
            assert_eq!(left(15, &format!("UPDATE li SET n = 1 WHERE {condition}")), expected, "{condition}");
        }
    }

    #[test]
    fn beside_another_relation_the_column_has_to_say_whose_it_is() {
        assert_eq!(left(15, "SELECT * FROM ev e JOIN o ON o.id = e.id WHERE e.day = '2024-01-05'"), ["jan"]);
        assert_eq!(left(15, "SELECT * FROM ev e JOIN o ON o.id = e.id WHERE day = '2024-01-05'").len(), 3);
        assert_eq!(left(15, "SELECT * FROM o LEFT JOIN ev e ON o.id = e.id WHERE e.day IS NULL").len(), 3);
    }

    #[test]
    fn rows_whose_key_becomes_a_constant_go_to_one_partition() {
        assert_eq!(left(15, "UPDATE ev SET day = '2024-02-05' WHERE day = '2024-01-05'"), ["jan", "feb"]);
    }
}
