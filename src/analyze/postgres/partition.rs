//! Attaching and detaching partitions (`ATExecAttachPartition`, `ATExecDetachPartition`; truth: the group `partition`).

mod bound;

pub(super) use bound::overlapping;

use super::alter_table::{missing_in_child, with_storage};
use super::analysis::Analysis;
use super::constraint::own_key;
use super::transaction::prevent_in_block;
use crate::catalog::{Index, Relation, RelationBody, Table, TableConstraint, TableConstraintKind};
use crate::diagnostic::Label;
use crate::dialect::Version;
use crate::effect::{BuildReason, EffectKind, FailReason, LockMode, MayFailReason, Proof, ScanReason};
use crate::source::Span;
use crate::statement::{ExprKind, ObjectKind, ObjectName, PartitionBound, PartitionBoundKind};
use smol_str::SmolStr;

/// `ALTER TABLE parent ATTACH PARTITION partition FOR VALUES ...`.
pub(super) fn attach<'a>(
    analysis: &mut Analysis<'a>,
    parent: &'a Relation,
    name: &ObjectName,
    bound: &PartitionBound,
    focus: Span,
) {
    let version = analysis.version();
    let lock = if version < Version(12) { LockMode::AccessExclusive } else { LockMode::ShareUpdateExclusive };
    analysis.lock(parent, lock, focus);
    if !is_partitioned_table(analysis, parent, focus) {
        return;
    }
    let Some(partition) = analysis.named(name) else {
        return;
    };
    analysis.lock(partition, LockMode::AccessExclusive, name.span());
    for child in analysis.catalog().descendants(partition.id) {
        analysis.lock(child, LockMode::AccessExclusive, name.span());
    }
    if !bound_fits(analysis, parent, bound) || !can_be_attached(analysis, parent, partition, name.span()) {
        return;
    }
    if let Some(other) = overlapping(analysis, parent, bound) {
        let label = analysis.created_here(other);
        analysis.fail(bound.span, FailReason::Invalid, "42P17", other.display_name()).because.extend(label);
        return;
    }
    if let Some(column) = missing_in_child(analysis, parent, partition) {
        analysis.fail(name.span(), FailReason::Type, "42804", column);
        return;
    }
    // The bounds of all tables above have to hold as well.
    for ancestor in analysis.catalog().partition_ancestors(parent.id) {
        analysis.lock(ancestor, LockMode::AccessShare, focus);
    }
    tell_attached(analysis, parent, partition.display_name(), false, name.span());
    check_default(analysis, parent, bound);
    take_over_indexes(analysis, parent, partition, name.span());
    take_over_keys(analysis, parent, partition, name.span());
    lock_referencing(analysis, parent, focus);
    let wanted = bound::condition_of(analysis, parent, bound);
    for leaf in with_storage(analysis, partition) {
        let proof = match &wanted {
            Some(wanted) => bound::prove(leaf, wanted),
            None => bound::Shown::No(Proof::None, None),
        };
        if let bound::Shown::No(proof, constraint) = proof {
            scan(analysis, leaf, ScanReason::PartitionBound, &partition.name, proof, constraint, bound.span);
            if !analysis.subject_is_empty(leaf) {
                let object = leaf.display_name();
                let kind = EffectKind::may_fail(MayFailReason::PartitionBound, object, false);
                analysis.on(leaf, bound.span, kind);
            }
        }
    }
}

/// A partitioned table gets a partition.
pub(super) fn tell_attached<'a>(
    analysis: &mut Analysis<'a>,
    parent: &'a Relation,
    partition: SmolStr,
    created: bool,
    focus: Span,
) {
    analysis.on(parent, focus, EffectKind::AttachesPartition { partition, created });
}

/// A new partition takes values away from the DEFAULT partition: that is locked and, where no CHECK rules them out, read.
pub(super) fn check_default<'a>(analysis: &mut Analysis<'a>, parent: &'a Relation, bound: &PartitionBound) {
    if bound.kind == PartitionBoundKind::Default {
        return;
    }
    let Some(default) = analysis.catalog().default_partition(parent.id) else {
        return;
    };
    analysis.lock(default, LockMode::AccessExclusive, bound.span);
    for child in analysis.catalog().descendants(default.id) {
        analysis.lock(child, LockMode::AccessExclusive, bound.span);
    }
    let wanted = bound::condition_of(analysis, parent, bound).map(|condition| condition.negated());
    for leaf in with_storage(analysis, default) {
        let shown = match &wanted {
            Some(wanted) => bound::prove(leaf, wanted),
            None => bound::Shown::No(Proof::None, None),
        };
        if let bound::Shown::No(proof, constraint) = shown {
            scan(analysis, leaf, ScanReason::DefaultPartition, &default.name, proof, constraint, bound.span);
            if !analysis.subject_is_empty(leaf) {
                let object = leaf.display_name();
                let kind = EffectKind::may_fail(MayFailReason::PartitionBound, object, false);
                analysis.on(leaf, bound.span, kind);
            }
        }
    }
}

fn scan<'a>(
    analysis: &mut Analysis<'a>,
    relation: &'a Relation,
    reason: ScanReason,
    object: &SmolStr,
    proof: Proof,
    constraint: Option<&TableConstraint>,
    focus: Span,
) {
    let blocks = analysis.blocked(relation.id);
    let created = analysis.created_here(relation);
    let because = constraint.filter(|_| proof == Proof::NotValid).and_then(|constraint| {
        let at = constraint.origin?.at;
        Some(Label { message: format!("`{}` would prove it, but is NOT VALID", constraint.name), at })
    });
    let effect = analysis.on(
        relation,
        focus,
        EffectKind::ScansTable {
            reason,
            object: object.clone(),
            blocks,
            proof,
            constraint: SmolStr::default(),
            dropped_again: SmolStr::default(),
        },
    );
    effect.because.extend(because);
    effect.because.extend(created);
}

/// Fails the statement where the relation is certainly no partitioned table.
fn is_partitioned_table(analysis: &mut Analysis<'_>, relation: &Relation, focus: Span) -> bool {
    let fits = match &relation.body {
        RelationBody::Table(table) => table.is_partitioned() || !table.complete,
        RelationBody::Unknown => true,
        _ => false,
    };
    if !fits {
        // Another SQLSTATE since 18, for a plain table (truth: attach_to_plain_table).
        let plain = relation.as_table().is_some_and(|table| !table.foreign);
        let sqlstate = if plain && analysis.version() < Version(18) { "42P17" } else { "42809" };
        analysis.fail(focus, FailReason::Kind, sqlstate, relation.display_name());
    }
    fits
}

/// Whether a bound is of the kind that the partitioned table takes; else the statement fails.
pub(super) fn bound_fits(analysis: &mut Analysis<'_>, parent: &Relation, bound: &PartitionBound) -> bool {
    let Some(by) = parent.as_table().and_then(|table| table.partition_by.as_ref()) else {
        return true;
    };
    let fits = match (&bound.kind, by.strategy.as_str()) {
        // Seen with a DEFAULT partition only, which tells little.
        (_, "") => true,
        (PartitionBoundKind::Default, strategy) => strategy != "hash",
        (PartitionBoundKind::Range { .. }, strategy) => strategy == "range",
        (PartitionBoundKind::List(_), strategy) => strategy == "list",
        (PartitionBoundKind::Hash { .. }, strategy) => strategy == "hash",
    };
    let refusal = if fits { bound::refusal(analysis, parent, bound) } else { Some("42P16") };
    if let Some(sqlstate) = refusal {
        analysis.fail(bound.span, FailReason::Invalid, sqlstate, parent.display_name());
    }
    refusal.is_none()
}

/// Whether a table can become a partition of another; else the statement fails.
fn can_be_attached(analysis: &mut Analysis<'_>, parent: &Relation, partition: &Relation, focus: Span) -> bool {
    let Some(table) = partition.as_table() else {
        return analysis.require_kind(partition, focus, matches!(partition.body, RelationBody::Unknown));
    };
    let has_children = !table.is_partitioned() && analysis.catalog().children_of(partition.id).next().is_some();
    if table.partition.is_some() || !table.inherits.is_empty() || table.of_type.is_some() || has_children {
        analysis.fail(focus, FailReason::Kind, "42809", partition.display_name());
        return false;
    }
    if partition.is_temporary() != parent.is_temporary() {
        analysis.fail(focus, FailReason::Kind, "42809", partition.display_name());
        return false;
    }
    // Nothing may come to be a partition of itself.
    if partition.id == parent.id || analysis.catalog().descendants(partition.id).iter().any(|it| it.id == parent.id) {
        analysis.fail(focus, FailReason::Invalid, "42P07", partition.display_name());
        return false;
    }
    let extra = parent.as_table().filter(|parent| parent.complete).and_then(|parent| {
        table.columns.iter().find(|column| parent.column(&column.name).is_none()).map(|column| column.name.clone())
    });
    if let Some(column) = extra {
        analysis.fail(focus, FailReason::Type, "42804", column);
        return false;
    }
    true
}

/// The partition gets an index for each of its parent's: one that fits is taken over, another is built
/// (`AttachPartitionEnsureIndexes`).
fn take_over_indexes<'a>(analysis: &mut Analysis<'a>, parent: &'a Relation, partition: &'a Relation, focus: Span) {
    let catalog = analysis.catalog();
    let indexes: Vec<_> = catalog.indexes_of(parent.id).collect();
    for (index_relation, index) in indexes {
        if analysis.version() >= Version(12) {
            analysis.lock(index_relation, LockMode::ShareUpdateExclusive, focus);
        }
        let mut pending = vec![partition];
        while let Some(leaf) = pending.pop() {
            if catalog.index_for_partition(index_relation.id, leaf.id, analysis.version()).is_some() {
                continue;
            }
            pending.extend(catalog.partitions_of(leaf.id));
            if leaf.as_table().is_some_and(Table::is_partitioned) {
                let name = catalog.name_of_partition_index(leaf, index, analysis.version());
                let name = super::index::beside(leaf, &name);
                let object = SmolStr::new_static("index");
                let kind = EffectKind::CreatesObject { object, name, or_replace: false };
                analysis.on(leaf, focus, kind);
                continue;
            }
            if !super::alter_table::has_storage(leaf) {
                continue;
            }
            let name = catalog.name_of_partition_index(leaf, index, analysis.version());
            let kind = EffectKind::BuildsIndex {
                index: super::index::beside(leaf, &name),
                awaits: SmolStr::default(),
                built_on: SmolStr::default(),
                built_over: SmolStr::default(),
                nullable: SmolStr::default(),
                beforehand: SmolStr::default(),
                clause: SmolStr::default(),
                unique: index.unique,
                concurrently: false,
                columns: index_columns(index),
                keys: index.keys.len(),
                computed: index.keys.iter().any(|key| !matches!(key.expr.kind, ExprKind::Column(_))),
                reason: BuildReason::Attach,
                unnamed: false,
                replaces: false,
                others: catalog.indexes_of(leaf.id).count(),
                blocks: analysis.blocked(leaf.id),
            };
            let label = analysis.created_here(index_relation);
            analysis.on(leaf, focus, kind).because.extend(label);
            analysis.scan_for_build(leaf, focus);
        }
    }
}

/// Locks the parent's indexes for a new partition, whose own are made with it.
pub(super) fn lock_parent_indexes<'a>(analysis: &mut Analysis<'a>, parent: &'a Relation, focus: Span) {
    if analysis.version() < Version(12) {
        return;
    }
    for (index, _) in analysis.catalog().indexes_of(parent.id).collect::<Vec<_>>() {
        analysis.lock(index, LockMode::ShareUpdateExclusive, focus);
    }
}

fn index_columns(index: &Index) -> SmolStr {
    let columns: Vec<_> = index
        .keys
        .iter()
        .map(|key| match key.expr.columns().as_slice() {
            [column] => column.name.clone(),
            _ => SmolStr::new_static("(expression)"),
        })
        .collect();
    columns.join(", ").into()
}

/// The partition gets its parent's foreign keys: its rows are checked, unless it has the same key (`CloneFkReferencing`).
fn take_over_keys<'a>(analysis: &mut Analysis<'a>, parent: &'a Relation, partition: &'a Relation, focus: Span) {
    let Some(table) = parent.as_table() else {
        return;
    };
    for constraint in table.foreign_keys() {
        let TableConstraintKind::ForeignKey { references, .. } = &constraint.kind else {
            continue;
        };
        let Some(referenced) = analysis.catalog().relation(*references) else {
            continue;
        };
        let mut queue = super::alter_table::Queue::default();
        let mut pending = vec![partition];
        while let Some(relation) = pending.pop() {
            if own_key(relation, &constraint.kind, analysis.version()).is_some() {
                // The triggers of its own key on the referenced table go.
                analysis.lock(referenced, LockMode::AccessExclusive, focus);
                continue;
            }
            lock_key_of_partition(analysis, referenced, focus, LockMode::RowShare);
            pending.extend(analysis.catalog().partitions_of(relation.id));
            if !super::alter_table::has_storage(relation) {
                continue;
            }
            let place = super::alter_table::Place { cause: analysis.cause, focus };
            let object = constraint.name.clone();
            queue.check_key(analysis, relation, referenced, object.clone(), ScanReason::ForeignKey, place);
            if !analysis.subject_is_empty(relation) {
                let kind = EffectKind::may_fail(MayFailReason::MissingReference, object, false);
                analysis.on(relation, focus, kind);
            }
        }
        queue.finish(analysis);
    }
}

/// The lock that a partition's new foreign key takes on the referenced table; before 12 only what its check needs.
fn lock_key_of_partition<'a>(analysis: &mut Analysis<'a>, referenced: &'a Relation, focus: Span, before_12: LockMode) {
    if analysis.version() < Version(12) {
        analysis.lock(referenced, before_12, focus);
    } else {
        super::constraint::lock_reference(analysis, referenced, focus);
    }
}

/// Locks what the parent's foreign keys reference, for a partition made by `CREATE TABLE ... PARTITION OF`.
pub(super) fn lock_parent_keys<'a>(analysis: &mut Analysis<'a>, parent: &'a Relation, focus: Span) {
    let Some(table) = parent.as_table() else {
        return;
    };
    for constraint in table.foreign_keys() {
        if let TableConstraintKind::ForeignKey { references, .. } = &constraint.kind
            && let Some(referenced) = analysis.catalog().relation(*references)
        {
            lock_key_of_partition(analysis, referenced, focus, LockMode::AccessShare);
        }
    }
}

/// A new partition of a referenced table is one more table that the foreign keys of others are about.
pub(super) fn lock_referencing<'a>(analysis: &mut Analysis<'a>, parent: &'a Relation, focus: Span) {
    let lock = if analysis.version() < Version(15) { LockMode::AccessShare } else { LockMode::ShareRowExclusive };
    for (user, _) in keys_to(analysis, parent) {
        analysis.lock(user, lock, focus);
    }
}

/// The foreign keys of other tables that a partition of `parent` is about: those to `parent`, and to what it is a partition of. The
/// copies of a partitioned table's key at its partitions go with it.
fn keys_to<'a>(analysis: &Analysis<'a>, parent: &'a Relation) -> Vec<(&'a Relation, &'a TableConstraint)> {
    let catalog = analysis.catalog();
    let family = std::iter::once(parent).chain(catalog.partition_ancestors(parent.id));
    let keys = family.flat_map(|table| catalog.foreign_keys_to(table.id));
    keys.filter(|(user, constraint)| user.id != parent.id && !constraint.inherited).collect()
}

/// `DETACH PARTITION`.
pub(super) fn detach<'a>(
    analysis: &mut Analysis<'a>,
    parent: &'a Relation,
    name: &ObjectName,
    concurrently: Option<Span>,
    finalize: bool,
    focus: Span,
) {
    let version = analysis.version();
    if let Some(keyword) = concurrently {
        prevent_in_block(analysis, keyword, "ALTER TABLE ... DETACH CONCURRENTLY");
    }
    let light = concurrently.is_some() || finalize;
    let lock = if light { LockMode::ShareUpdateExclusive } else { LockMode::AccessExclusive };
    analysis.lock(parent, lock, focus);
    if !is_partitioned_table(analysis, parent, focus) {
        return;
    }
    let catalog = analysis.catalog();
    let default = catalog.default_partition(parent.id);
    if let (Some(keyword), Some(default)) = (concurrently, default) {
        let label = analysis.created_here(default);
        analysis.fail(keyword, FailReason::DefaultPartition, "55000", default.display_name()).because.extend(label);
        return;
    }
    let Some(partition) = analysis.named(name) else {
        return;
    };
    let table = partition.as_table();
    if table.is_some_and(|table| {
        table.complete && table.partition.as_ref().is_none_or(|partition| partition.parent != parent.id)
    }) {
        analysis.fail(name.span(), FailReason::Missing, "42P01", partition.display_name());
        return;
    }
    if let Some(default) = default {
        analysis.lock(default, LockMode::AccessExclusive, focus);
    }
    // Its copies of the parent's row triggers are dropped, for which the strong lock is needed in any version.
    let triggers = partition.attachments().iter().any(|it| it.kind == ObjectKind::Trigger && it.inherited);
    let own = if concurrently.is_none() && version < Version(14) && !triggers {
        LockMode::ShareUpdateExclusive
    } else {
        LockMode::AccessExclusive
    };
    analysis.lock(partition, own, name.span());
    for child in catalog.descendants(partition.id) {
        analysis.lock(child, LockMode::AccessExclusive, name.span());
    }
    for (index_relation, index) in catalog.indexes_of(partition.id).collect::<Vec<_>>() {
        if index.parent.is_some() {
            analysis.lock(index_relation, LockMode::AccessExclusive, name.span());
        }
    }
    let beside = default.map(Relation::display_name);
    let name_of = partition.display_name();
    let kind = EffectKind::DetachesPartition {
        online: if default.is_none() && version >= Version(14) { name_of.clone() } else { SmolStr::default() },
        partition: name_of,
        concurrently: light,
        beside: beside.unwrap_or_default(),
    };
    let label = analysis.created_here(partition);
    analysis.on(parent, name.span(), kind).because.extend(label);
    // Its foreign keys become its own, with triggers of their own.
    let inherited = table.into_iter().flat_map(Table::foreign_keys).filter(|constraint| constraint.inherited);
    for constraint in inherited {
        if let TableConstraintKind::ForeignKey { references, .. } = &constraint.kind
            && let Some(referenced) = catalog.relation(*references)
        {
            super::constraint::lock_reference(analysis, referenced, name.span());
        }
    }
    // Rows of others may not reference it any more (`RI_PartitionRemove_Check`).
    for (user, constraint) in keys_to(analysis, parent) {
        analysis.lock(user, LockMode::AccessExclusive, focus);
        analysis.lock(partition, LockMode::AccessExclusive, name.span());
        // The query that looks for them reads the user's partitions, and needs the bounds of all tables above.
        for read in catalog.all_partitions(user.id).into_iter().chain(catalog.partition_ancestors(parent.id)) {
            analysis.lock(read, LockMode::AccessShare, focus);
        }
        for relation in [user, partition] {
            for leaf in with_storage(analysis, relation) {
                let object = &constraint.name;
                scan(analysis, leaf, ScanReason::ForeignKey, object, Proof::None, None, name.span());
            }
        }
        let kind = EffectKind::may_fail(MayFailReason::MissingReference, constraint.name.clone(), false);
        analysis.on(user, name.span(), kind);
    }
}

/// `ALTER INDEX index ATTACH PARTITION index` (`ATExecAttachPartitionIdx`; observed on 11 to 18).
pub(super) fn attach_index<'a>(analysis: &mut Analysis<'a>, index: &'a Relation, name: &ObjectName, focus: Span) {
    let lock =
        if analysis.version() < Version(12) { LockMode::AccessExclusive } else { LockMode::ShareUpdateExclusive };
    analysis.lock(index, lock, focus);
    let Some(partition) = analysis.named(name) else {
        return;
    };
    let catalog = analysis.catalog();
    for relation in [index, partition] {
        let of_table = match &relation.body {
            RelationBody::Index(index) => catalog.relation(index.table),
            RelationBody::Unknown => None,
            _ => {
                analysis.require_kind(relation, name.span(), false);
                return;
            }
        };
        if let Some(table) = of_table {
            analysis.lock(table, LockMode::AccessShare, focus);
        }
    }
    analysis.lock(partition, LockMode::AccessExclusive, name.span());
    let (Some(parent), Some(child)) = (index.as_index(), partition.as_index()) else {
        return;
    };
    let of_partition = catalog.table(child.table).and_then(|(_, table)| table.partition.as_ref());
    if of_partition.is_none_or(|partition| partition.parent != parent.table) {
        analysis.fail(name.span(), FailReason::Invalid, "55000", partition.display_name());
    }
}

#[cfg(test)]
mod tests {
    use crate::analyze::postgres::testing::effects;

    #[test]
    fn what_a_table_is_partitioned_by_may_be_unknown() {
        let fails = |case: &str| {
            let mut found = effects(15, "", case, "fails");
            found.retain(|line| line.contains("reason=invalid"));
            found
        };
        let range = "FOR VALUES FROM ('2024-01-01', 1) TO ('2025-01-01', 1)";
        assert!(fails(&format!("ALTER TABLE m ATTACH PARTITION a {range};")).is_empty());
        assert!(fails(&format!("CREATE TABLE a PARTITION OF m {range};")).is_empty());
        let default = "ALTER TABLE m ATTACH PARTITION d DEFAULT;";
        assert!(fails(&format!("{default} ALTER TABLE m ATTACH PARTITION a {range};")).is_empty());
        assert!(fails(&format!("{default} ALTER TABLE m ATTACH PARTITION a FOR VALUES IN (1);")).is_empty());
        let known = "CREATE TABLE k (at date) PARTITION BY RANGE (at); CREATE TABLE a (at date);";
        let found = effects(15, known, &format!("ALTER TABLE k ATTACH PARTITION a {range};"), "fails");
        assert!(found.iter().any(|line| line.contains("reason=invalid sqlstate=42P16")), "{found:?}");
    }

    #[test]
    fn a_default_partition_is_read_where_others_may_stand_beside_it() {
        let scans =
            |setup: &str| !effects(15, setup, "ALTER TABLE m ATTACH PARTITION d DEFAULT;", "scans-table").is_empty();
        // Of a table that these files did not make.
        let attach = crate::source::Source::new("1.sql", "ALTER TABLE m ATTACH PARTITION d DEFAULT;");
        let project = crate::check::Project::of(crate::tool::Tool::NONE, vec![attach.into()]);
        let (_, projects) = crate::check::read(vec![project], &crate::settings::Settings::default());
        let mut told = projects[0].replay.steps.iter().flat_map(|step| &step.effects);
        assert!(told.any(|effect| effect.kind.name() == "scans-table"));
        let table = "CREATE TABLE m (a int) PARTITION BY LIST (a); CREATE TABLE d (a int); INSERT INTO d VALUES (1);";
        assert!(!scans(table));
        assert!(scans(&format!("{table} CREATE TABLE p PARTITION OF m FOR VALUES IN (2);")));
    }

    #[test]
    fn a_default_partition_rules_a_concurrent_detach_out() {
        let table =
            "CREATE TABLE m (a int) PARTITION BY RANGE (a); CREATE TABLE p PARTITION OF m FOR VALUES FROM (1) TO (9);";
        let detach = |version: u16, setup: &str| {
            let found = effects(version, setup, "ALTER TABLE m DETACH PARTITION p;", "detaches-partition");
            found.first().cloned().unwrap_or_default()
        };
        assert_eq!(detach(15, table), "detaches-partition m partition=p online=p");
        assert_eq!(detach(13, table), "detaches-partition m partition=p");
        let beside = format!("{table} CREATE TABLE d PARTITION OF m DEFAULT;");
        assert_eq!(detach(15, &beside), "detaches-partition m partition=p beside=d");
    }
}
