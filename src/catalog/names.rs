//! The names that the server makes up for indexes, constraints and sequences.
//!
//! Observed on PostgreSQL 15: `t_a_b_idx`, `t_lower_idx`, `t_expr_idx1`, `t_x_check`, `u_y_x_key`; a name longer than 63 bytes loses
//! bytes from the longer of its first two parts.

use super::links::{Node, Use};
use super::{Catalog, Index, Relation, RelationId, TableConstraintKind};
use crate::dialect::Version;
use crate::statement::{CompoundKind, Expr, ExprKind, IndexKey, Name};
use std::borrow::Cow;

/// The longest name of the server, in bytes.
const LONGEST_NAME: usize = 63;

/// `first_second_label`, shortened to fit.
fn made_up(first: &str, second: Option<&str>, label: &str) -> Name {
    let second = second.unwrap_or_default();
    let separators = usize::from(!second.is_empty()) + 1;
    let room = LONGEST_NAME.saturating_sub(label.len() + separators);
    let (mut first_length, mut second_length) = (first.len(), second.len());
    while first_length + second_length > room {
        if first_length > second_length {
            first_length -= 1;
        } else {
            second_length -= 1;
        }
    }
    let (first, second) = (clipped(first, first_length), clipped(second, second_length));
    match second {
        "" => smol_str::format_smolstr!("{first}_{label}"),
        _ => smol_str::format_smolstr!("{first}_{second}_{label}"),
    }
}

/// At most so many bytes of a text, without cutting a character.
fn clipped(text: &str, bytes: usize) -> &str {
    let mut end = bytes.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

/// A name as the server stores it: identifiers are cut.
pub(super) fn stored(name: &Name) -> Name {
    match name.len() {
        ..=LONGEST_NAME => name.clone(),
        _ => clipped(name, LONGEST_NAME).into(),
    }
}

/// How many columns of a foreign key its made-up name tells: before 12 the first alone.
pub(super) fn named_columns(version: Version) -> usize {
    if version.0 < 12 { 1 } else { usize::MAX }
}

/// Column names joined for the middle of a name.
pub(super) fn joined<'a>(columns: impl IntoIterator<Item = &'a Name>) -> String {
    let mut joined = String::new();
    for column in columns {
        if !joined.is_empty() {
            joined.push('_');
        }
        joined.push_str(column);
        if joined.len() > LONGEST_NAME {
            break;
        }
    }
    joined
}

/// What the columns of an index are called: key columns, expressions and included columns; each once.
pub(super) fn index_columns(keys: &[IndexKey], include: &[Name], version: Version) -> Vec<Name> {
    let mut names: Vec<Name> = Vec::with_capacity(keys.len() + include.len());
    let keys = keys.iter().map(|key| match &key.expr.kind {
        ExprKind::Column(path) => path.last().map(|column| Cow::Borrowed(column.name.as_str())),
        _ => expression_name(&key.expr, version),
    });
    let keys = keys.map(|name| name.unwrap_or(Cow::Borrowed("expr")));
    for name in keys.chain(include.iter().map(|name| Cow::Borrowed(name.as_str()))) {
        let mut unique = Name::from(name.as_ref());
        let mut number = 1;
        while names.contains(&unique) {
            let suffix = number.to_string();
            unique = smol_str::format_smolstr!("{}{suffix}", clipped(&name, LONGEST_NAME - suffix.len()));
            number += 1;
        }
        names.push(unique);
    }
    names
}

/// The name that an expression has as an output column: that of its function, column or type. `None` where it has none.
pub(super) fn expression_name(expr: &Expr, version: Version) -> Option<Cow<'_, str>> {
    // A cast's type is the name only where nothing inside has a better one.
    let mut weak = None;
    let mut expr = expr;
    loop {
        let strong = match &expr.kind {
            ExprKind::Column(path) => path.last().map(|column| column.name.as_str()),
            ExprKind::Call(call) => Some(match call.name.name.name.as_str() {
                "trim" => "btrim",
                "extract" if version.0 < 14 => "date_part",
                name => name,
            }),
            ExprKind::Cast(inner, ty) => {
                weak = weak.or(Some(ty.name.as_str()));
                expr = inner;
                continue;
            }
            ExprKind::Compound(CompoundKind::Collate | CompoundKind::Access, parts) => match parts.first() {
                Some(first) => {
                    expr = first;
                    continue;
                }
                None => None,
            },
            ExprKind::Compound(CompoundKind::AtTimeZone, _) => Some("timezone"),
            ExprKind::Compound(CompoundKind::Array, _) => Some("array"),
            ExprKind::Compound(CompoundKind::Row, _) => Some("row"),
            ExprKind::Compound(CompoundKind::Case, _) => {
                weak = weak.or(Some("case"));
                None
            }
            ExprKind::Literal(crate::statement::Literal::Boolean(_)) => {
                weak = weak.or(Some("bool"));
                None
            }
            _ => None,
        };
        return strong.or(weak).map(Cow::Borrowed);
    }
}

impl Catalog {
    /// The name that the server would make up for an index of a table; see [`Self::name_of_partition_index`] for those of partitions.
    /// `label`: `pkey`, `key` or `excl` for that of a constraint, else `idx`. `gone`: indexes whose names are free by then.
    pub fn name_for_index(
        &self,
        table: &Relation,
        keys: &[IndexKey],
        include: &[Name],
        label: &str,
        gone: &[RelationId],
        version: Version,
    ) -> Name {
        let columns = joined(&index_columns(keys, include, version));
        let columns = Some(columns.as_str()).filter(|_| label != "pkey");
        let gone = |name: &Name| gone.iter().any(|id| self.relation(*id).is_some_and(|index| index.name == *name));
        numbered(&table.name, columns, label, |name| {
            gone(name)
                || (self.find(&table.schema, name).is_none()
                    && !(label != "idx" && self.constraint_exists(&table.schema, name)))
        })
    }

    /// The name that the server would make up for a CHECK of a table (`AddRelationNewConstraints`). Those in `others` are about to be taken.
    pub fn name_for_check(&self, table: &Relation, expr: &Expr, others: &[Name]) -> Name {
        let mut columns = expr.columns();
        columns.dedup_by(|left, right| left.name == right.name);
        let one = match columns.as_slice() {
            [first, rest @ ..] if rest.iter().all(|it| it.name == first.name) => Some(first.name.as_str()),
            _ => None,
        };
        self.free_constraint_name(&table.schema, &table.name, one, "check", others)
    }

    /// The name that the server would make up for a foreign key of a table. `gone`: constraints whose names are free by then.
    pub fn name_for_foreign_key(&self, table: &Relation, columns: &[Name], gone: &[Name], version: Version) -> Name {
        let columns = joined(columns.iter().take(named_columns(version)));
        numbered(&table.name, Some(&columns), "fkey", |name| {
            gone.contains(name) || !self.constraint_exists(&table.schema, name)
        })
    }

    /// The name of the index that a partition gets for one of its parent's.
    pub fn name_of_partition_index(&self, partition: &Relation, parent: &Index, version: Version) -> Name {
        let constraint = parent.constraint.as_ref().and_then(|name| self.table(parent.table)?.1.constraint(name));
        let label = match constraint.map(|constraint| &constraint.kind) {
            Some(TableConstraintKind::PrimaryKey { .. }) => "pkey",
            Some(TableConstraintKind::Exclude { .. }) => "excl",
            Some(_) => "key",
            None => "idx",
        };
        self.name_for_index(partition, &parent.keys, &parent.include, label, &[], version)
    }

    /// A free name for an index, a sequence, or the index of a constraint.
    pub(super) fn free_relation_name(
        &self,
        schema: &str,
        table: &str,
        columns: Option<&str>,
        label: &str,
        of_constraint: bool,
    ) -> Name {
        numbered(table, columns, label, |name| {
            self.find(schema, name).is_none() && !(of_constraint && self.constraint_exists(schema, name))
        })
    }

    /// A free name for a constraint without an index. Those in `others` are about to be taken.
    pub(super) fn free_constraint_name(
        &self,
        schema: &str,
        table: &str,
        columns: Option<&str>,
        label: &str,
        others: &[Name],
    ) -> Name {
        numbered(table, columns, label, |name| !others.contains(name) && !self.constraint_exists(schema, name))
    }

    /// Whether a table of the schema has a constraint of that name.
    fn constraint_exists(&self, schema: &str, name: &str) -> bool {
        self.users(Node::Constraint(schema.into(), name.into()), Use::Holds).next().is_some()
    }
}

/// The first of `t_a_label`, `t_a_label1`, `t_a_label2` ... that is free.
pub(super) fn numbered(table: &str, columns: Option<&str>, label: &str, is_free: impl Fn(&Name) -> bool) -> Name {
    let columns = columns.filter(|columns| !columns.is_empty());
    let mut name = made_up(table, columns, label);
    let mut number = 1_u32;
    while !is_free(&name) {
        name = made_up(table, columns, &format!("{label}{number}"));
        number += 1;
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_names_lose_bytes_from_the_longer_part() {
        let (table, column) =
            ("a_very_long_table_name_that_is_quite_long_indeed_sixty", "a_very_long_column_name_too_which_is_long");
        assert_eq!(
            made_up(table, Some(column), "seq"),
            "a_very_long_table_name_that_i_a_very_long_column_name_too_w_seq"
        );
        assert_eq!(made_up(table, None, "pkey"), "a_very_long_table_name_that_is_quite_long_indeed_sixty_pkey");
    }

    #[test]
    fn no_character_is_cut() {
        let table = "ä".repeat(31);
        assert_eq!(made_up(&table, None, "pkey"), format!("{}_pkey", "ä".repeat(29)));
    }
}
