//! Constraints that an index keeps: `UNIQUE`, `PRIMARY KEY`, `EXCLUDE` (`transformIndexConstraint`, `ATExecAddIndex`,
//! `ATExecAddIndexConstraint`).

use super::told::{label_of, may_fail, tell_added};
use super::{is_virtual, missing_column, remember, standing};
use crate::analyze::postgres::alter_table::{AddedConstraint, AddedKey, Alteration, Build, Place, backfilled};
use crate::analyze::postgres::analysis::Analysis;
use crate::analyze::postgres::index::is_unique_already;
use crate::catalog::{Index, Relation, RelationBody, Table, TableConstraintKind};
use crate::dialect::Version;
use crate::effect::{BuildReason, ClientChange, ConstraintWord, EffectKind, FailReason, LockMode, MayFailReason};
use crate::source::Span;
use crate::statement::{Constraint, ConstraintKind, ExprKind, Ident, IndexConstraint, IndexKey, Name};
use smol_str::SmolStr;

/// `UNIQUE`, `PRIMARY KEY`, `EXCLUDE`.
pub(super) fn add_index_constraint<'a>(
    alteration: &mut Alteration<'a, '_>,
    analysis: &mut Analysis<'a>,
    constraint: &Constraint,
    index: &IndexConstraint,
    focus: Span,
) {
    let root = alteration.relation;
    let (word, reason) = match constraint.kind {
        ConstraintKind::PrimaryKey(_) => (ConstraintWord::PrimaryKey, BuildReason::PrimaryKey),
        ConstraintKind::Exclude(_) => (ConstraintWord::Exclude, BuildReason::Exclude),
        _ => (ConstraintWord::Unique, BuildReason::Unique),
    };
    let primary = word == ConstraintWord::PrimaryKey;
    // What an index keeps holds for all rows (`processCASbits`).
    if constraint.not_valid {
        analysis.fail(focus, FailReason::Invalid, "0A000", "NOT VALID");
        return;
    }
    if primary
        && let Some(key) = root.as_table().filter(|table| !table.altered_unseen).and_then(Table::primary_key)
        && standing(alteration, &key.name).is_some()
        && index.using_index.is_none()
    {
        let label = label_of(key);
        analysis.fail(focus, FailReason::Duplicate, "42P16", key.name.clone()).because.extend(label);
        return;
    }
    if word == ConstraintWord::Exclude && alteration.is_partitioned() && analysis.version() < Version(17) {
        analysis.fail(focus, FailReason::Partitioned, "0A000", root.display_name());
        return;
    }
    if let Some(using) = &index.using_index {
        use_index(alteration, analysis, constraint, using, word);
        return;
    }
    if let Some(missing) = missing_column(alteration, index.columns.iter().chain(&index.include).collect()) {
        analysis.fail(missing.span, FailReason::Missing, "42703", missing.name.clone());
        return;
    }
    if let Some(column) = index.columns.iter().find(|column| is_virtual(alteration, &column.name)) {
        analysis.fail(column.span, FailReason::Kind, "0A000", column.name.clone());
        return;
    }
    if word == ConstraintWord::Exclude
        && let Some(column) = without_operator_class(alteration, analysis, index)
    {
        analysis.fail(column.span, FailReason::Missing, "42704", column.name.clone());
        return;
    }
    if !covers_partition_key(root, &index.columns) {
        analysis.fail(focus, FailReason::PartitionKey, "0A000", root.display_name());
        return;
    }
    if primary && only_of_partitioned_refuses(alteration, analysis, &index.columns) {
        return;
    }
    remember(alteration, constraint, None);
    if word != ConstraintWord::Exclude {
        let columns = index.columns.iter().map(|column| column.name.clone()).collect();
        alteration.queue.table(root).so_far.added_keys.push(AddedKey {
            columns,
            primary,
            deferrable: constraint.deferrable,
        });
    }
    tell_added(alteration, analysis, constraint, word, true, focus);
    let place = alteration.place(analysis, focus);
    if primary {
        // Before 12 ONLY was forgotten on the way (`index_check_primary_key`; observed).
        if !alteration.statement.only || analysis.version() < Version(12) {
            for column in &index.columns {
                refuse_null_in_key(alteration, analysis, column, place);
            }
        } else {
            for column in &index.columns {
                alteration.require_not_null(analysis, root, &column.name, place, None);
            }
        }
    }
    let duplicates =
        if word == ConstraintWord::Exclude { MayFailReason::CheckViolation } else { MayFailReason::Duplicates };
    let columns: Vec<&Name> = index.columns.iter().map(|column| &column.name).collect();
    let keys = index.keys();
    let text: SmolStr = columns.iter().map(|column| column.as_str()).collect::<Vec<_>>().join(", ").into();
    let unique_already =
        word != ConstraintWord::Exclude && !index.nulls_not_distinct && is_unique_already(analysis, root, &keys, None);
    let so_far = alteration.queue.so_far(root.id);
    // NULL differs from NULL, and each number of a sequence from all others, and each generated UUID.
    let nulls_differ = word == ConstraintWord::Unique && !index.nulls_not_distinct;
    let all_differ = word != ConstraintWord::Exclude
        && columns
            .iter()
            .filter_map(|name| so_far?.added_column(name))
            .any(|it| it.own_values || (it.is_null && nulls_differ));
    if !unique_already && !all_differ {
        let written: Vec<_> = index.columns.iter().map(|column| analysis.text(column.span)).collect();
        may_fail(alteration, analysis, duplicates, written.join(", ").into(), None, focus);
    }
    let unique = word != ConstraintWord::Exclude;
    let mut targets = vec![(root, constraint.name.as_ref().map(|name| name.name.clone()))];
    if alteration.is_partitioned() && !alteration.statement.only {
        for partition in analysis.catalog().all_partitions(root.id) {
            // A deferrable one is checked by a trigger of each table.
            let lock = if constraint.deferrable { LockMode::ShareRowExclusive } else { LockMode::Share };
            analysis.lock(partition, lock, focus);
            // An index that fits is taken over instead of built (`CompareIndexInfo`).
            if !unique || fitting_index(analysis, partition, &columns, &index.include, primary).is_none() {
                targets.push((partition, None));
            }
        }
    }
    for (relation, name) in targets {
        let chosen = name.unwrap_or_else(|| {
            let label = match word {
                ConstraintWord::PrimaryKey => "pkey",
                ConstraintWord::Exclude => "excl",
                _ => "key",
            };
            let include: Vec<Name> = index.include.iter().map(|column| column.name.clone()).collect();
            let gone = alteration.queue.table(relation).dropped_indexes().to_vec();
            analysis.catalog().name_for_index(relation, &keys, &include, label, &gone, analysis.version())
        });
        let gone = alteration.queue.table(relation).dropped_indexes();
        let mut gone = gone.iter().filter_map(|id| analysis.catalog().relation(*id));
        let replaced = gone.any(|gone| gone.name == chosen);
        if relation.as_table().is_some_and(Table::is_partitioned) && !replaced {
            // The index of a partitioned table has no storage: it stands for those of the partitions.
            let (object, name) = (SmolStr::new_static("index"), chosen.clone());
            let kind = EffectKind::CreatesObject { object, name, or_replace: false };
            analysis.on(relation, focus, kind);
        }
        // A GiST index, which can be handed to no constraint either.
        let reason = if index.without_overlaps { BuildReason::Exclude } else { reason };
        let build = Build { index: chosen, unique, columns: text.clone(), reason, place };
        alteration.queue.table(relation).build(build);
    }
}

/// `ALTER TABLE ONLY` on a partitioned table cannot make a column refuse NULL that a partition lets in; the statement fails
/// (`AT_CheckNotNull`, from 18 `verifyNotNullPKCompatible`; truth: only_primary_key_nullable).
fn only_of_partitioned_refuses<'a>(
    alteration: &Alteration<'a, '_>,
    analysis: &mut Analysis<'a>,
    columns: &[Ident],
) -> bool {
    if !alteration.is_partitioned() || !alteration.statement.only || analysis.version() < Version(12) {
        return false;
    }
    let refused = columns.iter().find(|column| alteration.a_child_lets_null_in(analysis, &column.name));
    if let Some(column) = refused {
        analysis.fail(column.span, FailReason::Invalid, "42P16", column.name.clone());
    }
    refused.is_some()
}

/// A column of an EXCLUDE constraint whose type GiST cannot index without the extension btree_gist.
fn without_operator_class<'i>(
    alteration: &Alteration<'_, '_>,
    analysis: &Analysis<'_>,
    index: &'i IndexConstraint,
) -> Option<&'i Ident> {
    if index.method.as_deref() != Some("gist") || analysis.has_extensions() || !analysis.context.settings.from_empty {
        return None;
    }
    let table = alteration.relation.as_table()?;
    index.columns.iter().find(|column| {
        let ty = table.column(&column.name).and_then(|column| column.ty.as_ref());
        let scalar = |name: &str| {
            matches!(
                name,
                "int2"
                    | "int4"
                    | "int8"
                    | "text"
                    | "varchar"
                    | "bpchar"
                    | "numeric"
                    | "float4"
                    | "float8"
                    | "date"
                    | "time"
                    | "timestamp"
                    | "timestamptz"
                    | "uuid"
                    | "bool"
                    | "bytea"
                    | "inet"
                    | "cidr"
                    | "money"
                    | "oid"
                    | "interval"
            )
        };
        ty.is_some_and(|ty| ty.schema.is_none() && ty.dimensions == 0 && scalar(&ty.name))
    })
}

/// A column of a primary key refuses NULL from now on, in the whole family.
fn refuse_null_in_key<'a>(
    alteration: &mut Alteration<'a, '_>,
    analysis: &mut Analysis<'a>,
    column: &Ident,
    place: Place,
) {
    let root = alteration.relation;
    let known = root.as_table().and_then(|table| table.column(&column.name));
    let added = alteration.queue.so_far(root.id).is_some_and(|so_far| so_far.added_column(&column.name).is_some());
    // A new column is filled or refused by its own definition.
    if added {
        return;
    }
    if known.is_none_or(|known| !known.not_null) {
        let kind = EffectKind::breaks_clients(ClientChange::NotNull, column.name.clone());
        analysis.on(root, column.span, kind);
        if !analysis.subject_is_empty(root) {
            let backfilled = backfilled(root, &column.name);
            let kind = EffectKind::may_fail(MayFailReason::NullValues, column.name.clone(), backfilled);
            analysis.on(root, column.span, kind);
        }
    }
    let family = std::iter::once(root).chain(analysis.catalog().descendants(root.id));
    for relation in family {
        // Where the parent lets NULL in, every partition is altered for it.
        if known.is_none_or(|known| !known.not_null) || analysis.version() < Version(12) {
            let set = relation.as_table().and_then(|table| table.column(&column.name)).is_some_and(|it| it.not_null);
            if !set || analysis.version() >= Version(12) {
                analysis.lock(relation, alteration.lock, column.span);
            }
        }
        alteration.require_not_null(analysis, relation, &column.name, place, None);
    }
}

/// `USING INDEX`: the index exists (`transformIndexConstraint`, `ATExecAddIndexConstraint`).
fn use_index<'a>(
    alteration: &mut Alteration<'a, '_>,
    analysis: &mut Analysis<'a>,
    constraint: &Constraint,
    using: &Ident,
    word: ConstraintWord,
) {
    let root = alteration.relation;
    let catalog = analysis.catalog();
    let found = catalog.find(&root.schema, &using.name);
    let complete = root.as_table().is_some_and(|table| table.complete);
    let Some(relation) = found else {
        if complete {
            analysis.fail(using.span, FailReason::Missing, "42704", using.name.clone());
        } else {
            adopt(alteration, analysis, constraint, word, None, using);
        }
        return;
    };
    let RelationBody::Index(index) = &relation.body else {
        if matches!(relation.body, RelationBody::Unknown) {
            adopt(alteration, analysis, constraint, word, None, using);
        } else {
            analysis.fail(using.span, FailReason::Kind, "42809", relation.display_name());
        }
        return;
    };
    if alteration.is_partitioned() {
        analysis.fail(using.span, FailReason::Partitioned, "0A000", root.display_name());
        return;
    }
    if word == ConstraintWord::PrimaryKey
        && let Some(key) = root.as_table().and_then(Table::primary_key)
        && standing(alteration, &key.name).is_some()
    {
        let label = label_of(key);
        analysis.fail(using.span, FailReason::Duplicate, "42P16", key.name.clone()).because.extend(label);
        return;
    }
    let plain = |key: &IndexKey| key.expr.columns().len() == 1 && matches!(key.expr.kind, ExprKind::Column(_));
    let default_order = |key: &IndexKey| {
        !key.descending && key.nulls_first != Some(true) && key.opclass.is_none() && key.collation.is_none()
    };
    let refusal = if index.table != root.id || index.constraint.is_some() || !index.valid {
        Some("55000")
    } else if !index.unique
        || !index.keys.iter().all(plain)
        || index.predicate.is_some()
        || index.method != "btree"
        || !index.keys.iter().all(default_order)
    {
        Some("42809")
    } else {
        None
    };
    let label = analysis.created_here(relation);
    if let Some(sqlstate) = refusal {
        let failure = analysis.fail(using.span, FailReason::Invalid, sqlstate, relation.display_name());
        failure.because.extend(label);
        return;
    }
    // Renaming it to the constraint's name takes the stronger lock.
    let renamed = constraint.name.as_ref().is_some_and(|name| name.name != relation.name);
    let lock = match (renamed, analysis.version() < Version(12)) {
        (true, true) => LockMode::AccessExclusive,
        (true, false) => LockMode::ShareUpdateExclusive,
        (false, _) => LockMode::AccessShare,
    };
    analysis.lock(relation, lock, using.span);
    adopt(alteration, analysis, constraint, word, Some(index), using);
}

/// The constraint takes the index over. Of a primary key the columns have to be NOT NULL.
fn adopt<'a>(
    alteration: &mut Alteration<'a, '_>,
    analysis: &mut Analysis<'a>,
    constraint: &Constraint,
    word: ConstraintWord,
    index: Option<&Index>,
    using: &Ident,
) {
    let name = constraint.name.as_ref().map_or(&using.name, |name| &name.name).clone();
    alteration.remember_constraint(AddedConstraint { name, not_valid: false, references: None });
    tell_added(alteration, analysis, constraint, word, true, using.span);
    if word != ConstraintWord::PrimaryKey {
        return;
    }
    let place = alteration.place(analysis, using.span);
    for key in index.iter().flat_map(|index| &index.keys) {
        for column in key.expr.columns() {
            refuse_null_in_key(alteration, analysis, &Ident { name: column.name.clone(), span: using.span }, place);
        }
    }
}

/// Whether a unique constraint's columns include the partition key.
pub(in crate::analyze::postgres) fn covers_partition_key(relation: &Relation, columns: &[Ident]) -> bool {
    let Some(by) = relation.as_table().and_then(|table| table.partition_by.as_ref()) else {
        return true;
    };
    by.key.iter().all(|part| match &part.kind {
        ExprKind::Column(path) => path.last().is_some_and(|key| columns.iter().any(|column| column.name == key.name)),
        _ => false,
    })
}

/// An index of a table that has just these columns, unique, so that it can serve as a partition of another.
pub(in crate::analyze::postgres) fn fitting_index<'a>(
    analysis: &Analysis<'a>,
    relation: &'a Relation,
    columns: &[&Name],
    include: &[Ident],
    primary: bool,
) -> Option<&'a Relation> {
    let fits = |index: &Index| {
        index.parent.is_none()
            && index.valid
            && index.unique_columns().is_some_and(|own| own.iter().eq(columns.iter().copied()))
            && index.include.iter().eq(include.iter().map(|column| &column.name))
            && index.constraint.as_ref().is_some_and(|constraint| {
                let own = relation.as_table().and_then(|table| table.constraint(constraint));
                let is_primary = |own: &TableConstraintKind| matches!(own, TableConstraintKind::PrimaryKey { .. });
                own.is_some_and(|own| is_primary(&own.kind) == primary || analysis.version() < Version(17))
            })
    };
    analysis.catalog().indexes_of(relation.id).find(|(_, index)| fits(index)).map(|(relation, _)| relation)
}

#[cfg(test)]
mod tests {
    use crate::analyze::postgres::testing::effects;

    #[test]
    fn what_takes_the_place_of_a_dropped_constraint_is_built() {
        let table = "CREATE TABLE t (id int PRIMARY KEY, a int NOT NULL, CONSTRAINT u UNIQUE (a));";
        let built = |case: &str| effects(15, table, case, "builds-index rebuilds-index").join("; ");
        let key = built("ALTER TABLE t DROP CONSTRAINT t_pkey, ADD PRIMARY KEY (id, a)");
        assert!(key.starts_with("builds-index t index=t_pkey unique") && key.contains(" replaces"), "{key}");
        assert!(key.contains("beforehand=t_pkey_new") && key.contains("blocks=reads"), "{key}");
        let unique = built("ALTER TABLE t DROP CONSTRAINT u, ADD CONSTRAINT w UNIQUE (a, id)");
        assert!(unique.starts_with("builds-index t index=w unique") && !unique.contains(" replaces"), "{unique}");
    }

    #[test]
    fn a_key_searches_what_no_other_action_makes_refuse_null() {
        let table = "CREATE TABLE t (a int, b int);";
        let built = |case: &str| effects(15, table, case, "builds-index").join("; ");
        let key = built("ALTER TABLE t ALTER b SET NOT NULL, ADD PRIMARY KEY (a, b)");
        assert!(key.contains("nullable=a "), "{key}");
        let key = built("ALTER TABLE t ADD PRIMARY KEY (a, b)");
        assert!(key.contains("nullable=a, b "), "{key}");
    }
}
