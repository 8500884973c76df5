//! Foreign keys: what they demand of the two tables, and their locks and checks (`ATAddForeignKeyConstraint`).

use super::told::{may_fail, tell_added};
use super::{Inline, is_virtual, missing_column, remember};
use crate::analyze::postgres::alter_table::{Alteration, Place, SoFar, has_storage};
use crate::analyze::postgres::analysis::Analysis;
use crate::analyze::postgres::column_type::display;
use crate::catalog::{
    ForeignKeyOptions, Relation, RelationBody, RelationId, Table, TableConstraint, TableConstraintKind,
};
use crate::dialect::Version;
use crate::effect::{ConstraintWord, EffectKind, FailReason, LockMode, MayFailReason, ScanReason};
use crate::source::Span;
use crate::statement::{Constraint, ForeignKey, Ident, Name, Persistence, TypeName};
use smol_str::SmolStr;

/// A foreign key of a table that exists.
pub(super) fn add_foreign_key<'a>(
    alteration: &mut Alteration<'a, '_>,
    analysis: &mut Analysis<'a>,
    constraint: &Constraint,
    key: &ForeignKey,
    inline: Option<Inline>,
    focus: Span,
) {
    let root = alteration.relation;
    if let Some(missing) = missing_column(alteration, key.columns.iter().collect()) {
        analysis.fail(missing.span, FailReason::Missing, "42703", missing.name.clone());
        return;
    }
    let persistence = match root.as_table() {
        Some(table) if table.complete => table.persistence,
        // Of an unknown table nothing is certain: what it references decides.
        _ => analysis.resolve(&key.references).and_then(|it| Some(it.as_table()?.persistence)).unwrap_or_default(),
    };
    let own = alteration.queue.so_far(root.id).map(|so_far| (root.id, so_far));
    let Some(referenced) = referenced_table(analysis, key, persistence, own) else {
        return;
    };
    let partitioned = alteration.is_partitioned();
    if partitioned && alteration.statement.only {
        analysis.fail(focus, FailReason::PartitionedKey, "42809", root.display_name());
        return;
    }
    if partitioned && constraint.not_valid && analysis.version() < Version(18) {
        analysis.fail(focus, FailReason::PartitionedKey, "42809", root.display_name());
        return;
    }
    let so_far = alteration.queue.so_far(root.id);
    let added = |name: &Name| so_far.and_then(|so_far| so_far.added_column(name));
    if let Some(column) = key.columns.iter().find(|column| is_virtual(alteration, &column.name)) {
        analysis.fail(column.span, FailReason::Kind, "0A000", column.name.clone());
        return;
    }
    let column_type = |name: &Name| match added(name) {
        Some(added) => added.ty.as_ref(),
        None => root.as_table().and_then(|table| table.column(name)?.ty.as_ref()),
    };
    let is_null = key.columns.iter().any(|column| added(&column.name).is_some_and(|added| added.is_null));
    if !types_fit(analysis, key, referenced, &column_type) {
        return;
    }
    lock_new_reference(analysis, root, referenced, key);
    let checked = !constraint.not_valid && !constraint.not_enforced;
    remember(alteration, constraint, Some(referenced));
    let validated = checked && inline.is_none_or(|inline| !inline.skip_keys);
    tell_added(alteration, analysis, constraint, ConstraintWord::ForeignKey, checked, focus);
    if !validated {
        return;
    }
    let object = constraint.name.as_ref().map(|name| name.name.clone());
    let object = object.unwrap_or_else(|| {
        let columns: Vec<Name> = key.columns.iter().map(|column| column.name.clone()).collect();
        let gone = alteration.queue.so_far(root.id).map_or(&[][..], |so_far| &so_far.dropped_constraints);
        analysis.catalog().name_for_foreign_key(root, &columns, gone, analysis.version())
    });
    if refers_to_nothing(alteration, analysis, key, referenced) {
        may_fail(alteration, analysis, MayFailReason::EmptyReference, referenced.display_name(), None, focus);
    } else {
        may_fail(alteration, analysis, MayFailReason::MissingReference, object.clone(), None, focus);
    }
    let place = alteration.place(analysis, focus);
    let check = NewKey { kind: demanded(constraint, key, referenced), object, is_null, focus, place };
    check.table(alteration, analysis, root, referenced, 0);
}

/// Whether no row can pass the check: each has a value, and the referenced table is one that these migrations make and have not filled.
fn refers_to_nothing(
    alteration: &Alteration<'_, '_>,
    analysis: &Analysis<'_>,
    key: &ForeignKey,
    referenced: &Relation,
) -> bool {
    let root = alteration.relation;
    let Some(table) = root.as_table() else { return false };
    let refuses_null = |column: &Ident| table.column(&column.name).is_some_and(|column| column.not_null);
    root.id != referenced.id
        && analysis.subject_is_empty(referenced)
        && !analysis.is_new(root)
        && !key.columns.is_empty()
        && key.columns.iter().all(refuses_null)
}

/// A foreign key whose rows are to be checked.
struct NewKey {
    kind: TableConstraintKind,
    object: SmolStr,
    is_null: bool,
    focus: Span,
    place: Place,
}

impl NewKey {
    /// One table of the family, at a depth below the named one.
    fn table<'a>(
        &self,
        alteration: &mut Alteration<'a, '_>,
        analysis: &mut Analysis<'a>,
        relation: &'a Relation,
        referenced: &'a Relation,
        depth: usize,
    ) {
        if let Some(own) = own_key(relation, &self.kind, analysis.version()).filter(|_| depth > 0) {
            // The partition's own key is taken over, and its triggers on the referenced table go
            // (truth: add_fk_partitioned_children_already_have_fk).
            analysis.lock(referenced, LockMode::AccessExclusive, self.focus);
            if !own.valid {
                let object = own.name.clone();
                alteration.queue.check_key(analysis, relation, referenced, object, ScanReason::ForeignKey, self.place);
            }
            return;
        }
        // 11 locked all but the first generation for itself (truth: foreign_key_of_sub_partitions).
        if depth > 1 && analysis.version() < Version(12) {
            analysis.lock(relation, LockMode::AccessExclusive, self.focus);
        }
        if has_storage(relation) {
            let object = self.object.clone();
            alteration.queue.check_key(analysis, relation, referenced, object, ScanReason::ForeignKey, self.place);
            if self.is_null {
                alteration.queue.last_key_is_null(relation.id);
            }
        }
        for partition in analysis.catalog().partitions_of(relation.id).collect::<Vec<_>>() {
            self.table(alteration, analysis, partition, referenced, depth + 1);
        }
    }
}

/// A foreign key that the table has itself and that is the same as its parent's, so that it serves as the parent's share
/// (`tryAttachPartitionForeignKey`).
pub(in crate::analyze::postgres) fn own_key<'a>(
    partition: &'a Relation,
    wanted: &TableConstraintKind,
    version: Version,
) -> Option<&'a TableConstraint> {
    let mut keys = partition.as_table()?.foreign_keys();
    // One that was never checked counts from 18 on.
    keys.find(|own| !own.inherited && (own.valid || version >= Version(18)) && own.kind.is_same_key(wanted))
}

/// What a REFERENCES clause comes to, its columns resolved.
fn demanded(constraint: &Constraint, key: &ForeignKey, referenced: &Relation) -> TableConstraintKind {
    let of_primary_key = || referenced.as_table().and_then(Table::primary_key).map(|key| key.kind.columns().to_vec());
    let referenced_columns = match key.referenced_columns.as_slice() {
        [] => of_primary_key().unwrap_or_default(),
        columns => columns.iter().map(|column| column.name.clone()).collect(),
    };
    TableConstraintKind::ForeignKey {
        columns: key.columns.iter().map(|column| column.name.clone()).collect(),
        references: referenced.id,
        referenced_columns,
        on_delete: key.on_delete.clone(),
        on_update: key.on_update.clone(),
        options: ForeignKeyOptions::of(constraint, key),
    }
}

/// The table that a new foreign key references, or nothing where the statement fails. `persistence`: that of the table that gets it.
/// `altered`: what the statement has done so far to a table, which the key may reference.
pub(in crate::analyze::postgres) fn referenced_table<'a>(
    analysis: &mut Analysis<'a>,
    key: &ForeignKey,
    persistence: Persistence,
    altered: Option<(RelationId, &SoFar)>,
) -> Option<&'a Relation> {
    let focus = key.references.span();
    let referenced = analysis.named(&key.references)?;
    let table = match &referenced.body {
        RelationBody::Table(table) if !table.foreign => table,
        RelationBody::Unknown => return Some(referenced),
        _ => {
            analysis.fail(focus, FailReason::Kind, "42809", referenced.display_name());
            return None;
        }
    };
    if table.is_partitioned() && analysis.version() < Version(12) {
        analysis.fail(focus, FailReason::Partitioned, "42809", referenced.display_name());
        return None;
    }
    // A table cannot depend on one that is emptied after a crash, or gone with a session, unless it is so itself.
    let fits = match persistence {
        Persistence::Permanent => table.persistence == Persistence::Permanent,
        Persistence::Unlogged => table.persistence != Persistence::Temporary,
        Persistence::Temporary => table.persistence == Persistence::Temporary,
    };
    if !fits {
        analysis.fail(focus, FailReason::Invalid, "42P16", referenced.display_name());
        return None;
    }
    if !table.complete {
        return Some(referenced);
    }
    let so_far = altered.filter(|(id, _)| *id == referenced.id).map(|(_, so_far)| so_far);
    let added_keys = || so_far.iter().flat_map(|so_far| &so_far.added_keys);
    for column in &key.referenced_columns {
        let added = so_far.is_some_and(|so_far| so_far.added_column(&column.name).is_some());
        if table.column(&column.name).is_none() && !added {
            analysis.fail(column.span, FailReason::Missing, "42703", column.name.clone());
            return None;
        }
    }
    let columns: Vec<Name> = key.referenced_columns.iter().map(|column| column.name.clone()).collect();
    if columns.is_empty() {
        let own = table.primary_key().and_then(|key| analysis.catalog().relation(key.kind.index()?)?.as_index());
        let own = own.map(|index| index.deferrable);
        let deferrable = added_keys().find(|key| key.primary).map(|key| key.deferrable).or(own);
        let refusal = match deferrable {
            None if table.primary_key().is_none() => "42704",
            Some(true) => "55000",
            _ => return Some(referenced),
        };
        analysis.fail(focus, FailReason::NotUnique, refusal, referenced.display_name());
        return None;
    }
    let set = |columns: &[Name]| {
        let mut columns = columns.to_vec();
        columns.sort_unstable();
        columns
    };
    let wanted = set(&columns);
    let made = analysis
        .catalog()
        .indexes_of(referenced.id)
        .filter(|(_, index)| index.valid && index.unique_columns().is_some_and(|unique| set(&unique) == wanted))
        .map(|(_, index)| index.deferrable);
    let added = added_keys().filter(|key| set(&key.columns) == wanted).map(|key| key.deferrable);
    // One that is checked at once is enough (`transformFkeyCheckAttrs`).
    let refusal = match made.chain(added).min() {
        Some(false) => return Some(referenced),
        Some(true) => "55000",
        None => "42830",
    };
    analysis.fail(focus, FailReason::NotUnique, refusal, referenced.display_name());
    None
}

/// Whether the columns of a foreign key can be compared with the referenced ones, as far as they are known; else the statement fails.
pub(in crate::analyze::postgres) fn types_fit<'t>(
    analysis: &mut Analysis<'_>,
    key: &ForeignKey,
    referenced: &Relation,
    column_type: &dyn Fn(&Name) -> Option<&'t TypeName>,
) -> bool {
    let Some(table) = referenced.as_table() else {
        return true;
    };
    let of_primary_key = table.primary_key().map(|key| key.kind.columns().to_vec()).unwrap_or_default();
    let written: Vec<Name> = key.referenced_columns.iter().map(|column| column.name.clone()).collect();
    let columns = if written.is_empty() { of_primary_key } else { written };
    if !columns.is_empty() && columns.len() != key.columns.len() {
        analysis.fail(key.references.span(), FailReason::Invalid, "42830", referenced.display_name());
        return false;
    }
    for (own, other) in key.columns.iter().zip(&columns) {
        let (Some(left), Some(right)) = (column_type(&own.name), table.column(other).and_then(|it| it.ty.as_ref()))
        else {
            continue;
        };
        if analysis.comparable(left, right) == Some(false) {
            analysis.fail(own.span, FailReason::Type, "42804", own.name.clone());
            return false;
        }
        if let Some(narrower) = mismatch(left, right) {
            let kind = EffectKind::MismatchesKey {
                column: own.name.clone(),
                data_type: display(left).into(),
                references: referenced.display_name(),
                referenced_type: display(right).into(),
                narrower,
            };
            analysis.add(own.span, kind);
        }
    }
    true
}

/// Whether a foreign key's column is of another numeric type than the referenced one, and cannot hold all of its values.
fn mismatch(own: &TypeName, other: &TypeName) -> Option<bool> {
    let width = |ty: &TypeName| match ty.name.as_str() {
        _ if ty.dimensions > 0 || ty.schema.is_some() => None,
        "int2" | "smallserial" | "serial2" => Some(2),
        "int4" | "serial" | "serial4" => Some(4),
        "int8" | "bigserial" | "serial8" => Some(8),
        "numeric" | "float4" | "float8" => Some(16),
        _ => None,
    };
    let (own, other) = (width(own)?, width(other)?);
    (own != other).then_some(own < other)
}

/// The locks of a new foreign key on the table that it references, and on its partitions.
pub(in crate::analyze::postgres) fn lock_new_reference<'a>(
    analysis: &mut Analysis<'a>,
    referencing: &Relation,
    referenced: &'a Relation,
    key: &ForeignKey,
) {
    if referencing.id == referenced.id {
        return;
    }
    lock_reference(analysis, referenced, key.references.span());
}

/// SHARE ROW EXCLUSIVE, for the triggers of a foreign key.
pub(in crate::analyze::postgres) fn lock_reference<'a>(
    analysis: &mut Analysis<'a>,
    referenced: &'a Relation,
    focus: Span,
) {
    analysis.lock(referenced, LockMode::ShareRowExclusive, focus);
    for partition in analysis.catalog().all_partitions(referenced.id) {
        analysis.lock(partition, LockMode::ShareRowExclusive, focus);
    }
}

#[cfg(test)]
mod tests {
    use crate::analyze::postgres::testing::effects;

    #[test]
    fn a_deferrable_key_cannot_be_referenced() {
        let fails = |setup: &str, case: &str| {
            let found = effects(15, setup, case, "fails");
            found.into_iter().find(|line| line.contains("reason=not-unique sqlstate=55000"))
        };
        let seats = "CREATE TABLE s (id int PRIMARY KEY, place int UNIQUE DEFERRABLE);";
        assert!(fails(seats, "CREATE TABLE r (p int REFERENCES s (place));").is_some());
        assert!(fails(seats, "CREATE TABLE r (p int REFERENCES s);").is_none());
        let also = format!("{seats} CREATE UNIQUE INDEX ON s (place);");
        assert!(fails(&also, "CREATE TABLE r (p int REFERENCES s (place));").is_none());
        let late = "CREATE TABLE s (id int PRIMARY KEY INITIALLY DEFERRED);";
        assert!(fails(late, "CREATE TABLE r (p int REFERENCES s);").is_some());
        let own = "CREATE TABLE s (id int PRIMARY KEY, place int UNIQUE DEFERRABLE, next int REFERENCES s (place));";
        assert!(fails("", own).is_some());
        let index = "CREATE TABLE s (id int PRIMARY KEY, a int); CREATE UNIQUE INDEX i ON s (a); \
                     ALTER TABLE s ADD CONSTRAINT u UNIQUE USING INDEX i DEFERRABLE;";
        assert!(fails(index, "CREATE TABLE r (a int REFERENCES s (a));").is_some());
    }
}
