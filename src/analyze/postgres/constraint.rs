//! Constraints of tables: adding, validating, changing and dropping them
//! (`ATExecAddConstraint`, `ATExecValidateConstraint`, `ATExecAlterConstraint`, `ATExecDropConstraint`; truth: the group `constraints`).

use super::alter_table::{AddedConstraint, Alteration, Build, Place, Scan, backfilled, with_storage};
use super::analysis::Analysis;
use super::column_type::display;
use super::drop::{lock_dropped, refuse, tell_cascade};
use super::proof::Condition;
use crate::catalog::{Droppable, Index, Relation, RelationBody, Table, TableConstraint, TableConstraintKind};
use crate::diagnostic::Label;
use crate::dialect::Version;
use crate::effect::{
    BuildReason, ClientChange, ConstraintWord, DependsOn, EffectKind, FailReason, LockMode, MayFailReason,
    NothingReason, Proof, ScanReason, Work,
};
use crate::source::Span;
use crate::statement::{
    Constraint, ConstraintKind, Expr, ExprKind, ForeignKey, Ident, IndexConstraint, IndexKey, Name, Persistence,
    TypeName, Volatility,
};
use smol_str::{SmolStr, format_smolstr};

/// The definition of a new column that a constraint is part of.
#[derive(Clone, Copy)]
pub(super) struct Inline {
    /// A foreign key need not be checked: every new column is NULL in all rows.
    pub(super) skip_keys: bool,
}

/// `ADD CONSTRAINT`, or a constraint of a new column.
pub(super) fn add<'a>(
    alteration: &mut Alteration<'a, '_>,
    analysis: &mut Analysis<'a>,
    constraint: &Constraint,
    inline: Option<Inline>,
) {
    let focus = constraint.name.as_ref().map_or(constraint.span, |name| name.span);
    if let Some(name) = &constraint.name
        && let Some(known) = standing(alteration, &name.name)
    {
        let mergeable = known.inherited && matches!(constraint.kind, ConstraintKind::Check(_));
        if !mergeable {
            let label = label_of(known);
            let failure = analysis.fail(name.span, FailReason::Duplicate, "42710", name.name.clone());
            failure.because.extend(label);
            return;
        }
    }
    match &constraint.kind {
        ConstraintKind::Null(_) => {}
        ConstraintKind::NotNull(column) => not_null(alteration, analysis, constraint, column, inline),
        ConstraintKind::Check(expr) => {
            if let Some(missing) = missing_column(alteration, analysis, expr.columns()) {
                analysis.fail(missing.span, FailReason::Missing, "42703", missing.name.clone());
                return;
            }
            if analysis.uses_new_value(expr, alteration.relation) {
                return;
            }
            check(alteration, analysis, constraint, focus);
        }
        ConstraintKind::Unique(index) | ConstraintKind::PrimaryKey(index) | ConstraintKind::Exclude(index) => {
            add_index_constraint(alteration, analysis, constraint, index, focus);
        }
        ConstraintKind::ForeignKey(key) => add_foreign_key(alteration, analysis, constraint, key, inline, focus),
    }
}

/// A column constraint `NOT NULL`, and from 18 on a table constraint.
fn not_null<'a>(
    alteration: &mut Alteration<'a, '_>,
    analysis: &mut Analysis<'a>,
    constraint: &Constraint,
    column: &Ident,
    inline: Option<Inline>,
) {
    // A new column's is part of the column: `Alteration::add_column`.
    if inline.is_some() || alteration.existing_column(analysis, column).is_none() {
        return;
    }
    remember(alteration, constraint, None);
    let focus = constraint.name.as_ref().map_or(column.span, |name| name.span);
    alteration.refuse_null(analysis, &Ident { name: column.name.clone(), span: focus }, !constraint.not_valid);
    tell_required(alteration, analysis, constraint, focus);
    if constraint.not_valid {
        return;
    }
    let place = alteration.place(analysis, focus);
    let family = if constraint.no_inherit { vec![alteration.relation] } else { alteration.family(analysis) };
    for relation in family {
        alteration.require_not_null(analysis, relation, &column.name, place, None);
    }
}

fn check<'a>(alteration: &mut Alteration<'a, '_>, analysis: &mut Analysis<'a>, constraint: &Constraint, focus: Span) {
    let root = alteration.relation;
    if constraint.no_inherit && alteration.is_partitioned() {
        analysis.fail(focus, FailReason::Partitioned, "42P16", root.display_name());
        return;
    }
    if !constraint.no_inherit && alteration.leaves_children_out(analysis) {
        analysis.fail(focus, FailReason::Invalid, "42P16", root.display_name());
        return;
    }
    let checked = !constraint.not_valid && !constraint.not_enforced;
    remember(alteration, constraint, None);
    tell_added(alteration, analysis, constraint, ConstraintWord::Check, checked, focus);
    if !constraint.not_enforced {
        tell_required(alteration, analysis, constraint, focus);
    }
    if !checked {
        return;
    }
    may_fail(alteration, analysis, MayFailReason::CheckViolation, checked_object(constraint), focus);
    let place = alteration.place(analysis, focus);
    let family = if constraint.no_inherit { vec![root] } else { alteration.family(analysis) };
    for relation in family {
        // A child that has the constraint already merges it.
        let merged = relation.id != root.id
            && constraint.name.as_ref().is_some_and(|name| {
                let known = relation.as_table().and_then(|table| table.constraint(&name.name));
                known.is_some_and(|known| known.valid)
            });
        if !merged {
            alteration.queue.table(relation).scan(Scan {
                reason: ScanReason::Check,
                object: checked_object(constraint),
                proof: Proof::None,
                place,
                because: Vec::new(),
            });
        }
    }
}

/// A constraint that refuses NULL in a column that these migrations have just added demands a value of clients that do not know
/// the column, NOT VALID or not.
fn tell_required<'a>(
    alteration: &Alteration<'a, '_>,
    analysis: &mut Analysis<'a>,
    constraint: &Constraint,
    focus: Span,
) {
    let root = alteration.relation;
    let refused: Vec<&Name> = match &constraint.kind {
        ConstraintKind::NotNull(column) => vec![&column.name],
        ConstraintKind::Check(expr) => {
            let condition = Condition::of(expr);
            let columns = expr.columns().into_iter().map(|column| &column.name);
            columns.filter(|column| condition.implies(&Condition::NotNull((*column).clone()))).collect()
        }
        _ => return,
    };
    let so_far = alteration.queue.so_far(root.id);
    for column in refused {
        let added = so_far.and_then(|so_far| so_far.added_column(column));
        let known = root.as_table().and_then(|table| table.column(column));
        let empty = match (added, known) {
            (Some(added), _) => added.is_null,
            (None, Some(known)) => {
                let filled = known.default.is_some() || known.generated.is_some() || known.sequence.is_some();
                analysis.made_now(known.origin) && !filled
            }
            (None, None) => false,
        };
        if empty {
            let change = ClientChange::RequiredColumn;
            let kind = EffectKind::BreaksClients { change, object: column.clone(), to: SmolStr::default() };
            analysis.on(root, focus, kind);
            return;
        }
    }
}

/// `UNIQUE`, `PRIMARY KEY`, `EXCLUDE`.
fn add_index_constraint<'a>(
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
    if primary
        && let Some(key) = root.as_table().and_then(Table::primary_key)
        && standing(alteration, &key.name).is_some()
    {
        let label = label_of(key);
        analysis.fail(focus, FailReason::Duplicate, "42P16", root.display_name()).because.extend(label);
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
    if let Some(missing) = missing_column(alteration, analysis, index.columns.iter().chain(&index.include).collect()) {
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
    if word != ConstraintWord::Exclude && !covers_partition_key(root, &index.columns) {
        analysis.fail(focus, FailReason::PartitionKey, "0A000", root.display_name());
        return;
    }
    remember(alteration, constraint, None);
    tell_added(alteration, analysis, constraint, word, true, focus);
    let place = alteration.place(analysis, focus);
    if primary {
        if !alteration.statement.only {
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
    let keys: Vec<IndexKey> = index.columns.iter().map(key_of).collect();
    let text: SmolStr = columns.iter().map(|column| column.as_str()).collect::<Vec<_>>().join(", ").into();
    may_fail(alteration, analysis, duplicates, text.clone(), focus);
    let unique = word != ConstraintWord::Exclude;
    let mut targets = vec![(root, constraint.name.as_ref().map(|name| name.name.clone()))];
    if alteration.is_partitioned() && !alteration.statement.only {
        for partition in analysis.catalog().all_partitions(root.id) {
            analysis.lock(partition, LockMode::Share, focus);
            // An index that fits is taken over instead of built (`CompareIndexInfo`).
            if unique && fitting_index(analysis, partition, &columns, &index.include, primary).is_none() {
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
            {
                let gone = alteration.queue.table(relation).dropped_indexes().to_vec();
                analysis.catalog().name_for_index(relation, &keys, &include, label, &gone, analysis.version())
            }
        });
        if relation.as_table().is_some_and(Table::is_partitioned) {
            // The index of a partitioned table has no storage: it stands for those of the partitions.
            let (object, name) = (SmolStr::new_static("index"), chosen.clone());
            let kind = EffectKind::CreatesObject { object, name, or_replace: false };
            analysis.on(relation, focus, kind);
        }
        let build = Build { index: chosen, unique, columns: text.clone(), reason, place };
        alteration.queue.table(relation).build(build);
    }
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
        let kind = EffectKind::BreaksClients {
            change: ClientChange::NotNull,
            object: column.name.clone(),
            to: SmolStr::default(),
        };
        analysis.on(root, column.span, kind);
        if !analysis.subject_is_empty(root) {
            let backfilled = backfilled(root, &column.name);
            let kind =
                EffectKind::MayFail { reason: MayFailReason::NullValues, object: column.name.clone(), backfilled };
            analysis.on(root, column.span, kind);
        }
    }
    for relation in alteration.family(analysis) {
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
    if alteration.is_partitioned() {
        analysis.fail(using.span, FailReason::Partitioned, "0A000", root.display_name());
        return;
    }
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

/// A foreign key of a table that exists.
fn add_foreign_key<'a>(
    alteration: &mut Alteration<'a, '_>,
    analysis: &mut Analysis<'a>,
    constraint: &Constraint,
    key: &ForeignKey,
    inline: Option<Inline>,
    focus: Span,
) {
    let root = alteration.relation;
    if let Some(missing) = missing_column(alteration, analysis, key.columns.iter().collect()) {
        analysis.fail(missing.span, FailReason::Missing, "42703", missing.name.clone());
        return;
    }
    let persistence = match root.as_table() {
        Some(table) if table.complete => table.persistence,
        // Of an unknown table nothing is certain: what it references decides.
        _ => analysis.resolve(&key.references).and_then(|it| Some(it.as_table()?.persistence)).unwrap_or_default(),
    };
    let Some(referenced) = referenced_table(analysis, key, persistence) else {
        return;
    };
    let partitioned = alteration.is_partitioned();
    if partitioned && alteration.statement.only {
        analysis.fail(focus, FailReason::Partitioned, "42809", root.display_name());
        return;
    }
    if partitioned && constraint.not_valid && analysis.version() < Version(18) {
        analysis.fail(focus, FailReason::Partitioned, "42809", root.display_name());
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
    let object = object.unwrap_or_else(|| key_columns(key));
    may_fail(alteration, analysis, MayFailReason::MissingReference, object.clone(), focus);
    let place = alteration.place(analysis, focus);
    for leaf in with_storage(analysis, root) {
        if let Some(own) = own_key(leaf, key, referenced).filter(|_| partitioned) {
            // The partition's own key is taken over, and its triggers on the referenced table go
            // (truth: add_fk_partitioned_children_already_have_fk).
            if own.valid {
                analysis.lock(referenced, LockMode::AccessExclusive, key.references.span());
                continue;
            }
        }
        alteration.queue.check_key(analysis, leaf, referenced, object.clone(), ScanReason::ForeignKey, place);
        if is_null {
            alteration.queue.last_key_is_null(leaf.id);
        }
    }
}

/// Whether a column is computed on reading.
fn is_virtual(alteration: &Alteration<'_, '_>, name: &Name) -> bool {
    let root = alteration.relation;
    if let Some(added) = alteration.queue.so_far(root.id).and_then(|so_far| so_far.added_column(name)) {
        return added.is_virtual;
    }
    let known = root.as_table().and_then(|table| table.column(name));
    known.and_then(|column| column.generated.as_ref()).is_some_and(|generated| !generated.stored)
}

/// The same foreign key on a partition.
pub(super) fn own_key<'a>(
    partition: &'a Relation,
    key: &ForeignKey,
    referenced: &Relation,
) -> Option<&'a TableConstraint> {
    partition.as_table()?.foreign_keys().find(|own| match &own.kind {
        TableConstraintKind::ForeignKey { columns, references, on_delete, .. } => {
            *references == referenced.id
                && columns.iter().eq(key.columns.iter().map(|column| &column.name))
                && action(on_delete.as_ref()) == action(key.on_delete.as_ref())
        }
        _ => false,
    })
}

/// The same foreign key on a partition, as its parent's.
pub(super) fn own_key_like<'a>(partition: &'a Relation, wanted: &TableConstraint) -> Option<&'a TableConstraint> {
    let TableConstraintKind::ForeignKey {
        columns: wanted_columns, references: wanted_table, on_delete: wanted, ..
    } = &wanted.kind
    else {
        return None;
    };
    partition.as_table()?.foreign_keys().find(|own| match &own.kind {
        TableConstraintKind::ForeignKey { columns, references, on_delete, .. } => {
            references == wanted_table
                && columns == wanted_columns
                && action(on_delete.as_ref()) == action(wanted.as_ref())
        }
        _ => false,
    })
}

/// A key of an index over a column.
fn key_of(column: &Ident) -> IndexKey {
    let expr = Expr { span: column.span, kind: ExprKind::Column(vec![column.clone()]) };
    IndexKey { span: column.span, expr, collation: None, opclass: None, descending: false, nulls_first: None }
}

fn action(action: Option<&Name>) -> &str {
    action.map_or("no action", Name::as_str)
}

/// The columns of a foreign key as text.
fn key_columns(key: &ForeignKey) -> SmolStr {
    key.columns.iter().map(|column| column.name.as_str()).collect::<Vec<_>>().join(", ").into()
}

/// The table that a new foreign key references, or nothing where the statement fails. `persistence`: that of the table that gets it.
pub(super) fn referenced_table<'a>(
    analysis: &mut Analysis<'a>,
    key: &ForeignKey,
    persistence: Persistence,
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
    for column in &key.referenced_columns {
        if table.column(&column.name).is_none() {
            analysis.fail(column.span, FailReason::Missing, "42703", column.name.clone());
            return None;
        }
    }
    let columns: Vec<Name> = key.referenced_columns.iter().map(|column| column.name.clone()).collect();
    if columns.is_empty() {
        if table.primary_key().is_none() {
            analysis.fail(focus, FailReason::NotUnique, "42704", referenced.display_name());
            return None;
        }
        return Some(referenced);
    }
    let set = |columns: &[Name]| {
        let mut columns = columns.to_vec();
        columns.sort_unstable();
        columns
    };
    let wanted = set(&columns);
    let unique = analysis
        .catalog()
        .indexes_of(referenced.id)
        .any(|(_, index)| index.valid && index.unique_columns().is_some_and(|unique| set(&unique) == wanted));
    if !unique {
        analysis.fail(focus, FailReason::NotUnique, "42830", referenced.display_name());
        return None;
    }
    Some(referenced)
}

/// Whether the columns of a foreign key can be compared with the referenced ones, as far as they are known; else the statement fails.
pub(super) fn types_fit<'t>(
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
pub(super) fn lock_new_reference<'a>(
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
pub(super) fn lock_reference<'a>(analysis: &mut Analysis<'a>, referenced: &'a Relation, focus: Span) {
    analysis.lock(referenced, LockMode::ShareRowExclusive, focus);
    for partition in analysis.catalog().all_partitions(referenced.id) {
        analysis.lock(partition, LockMode::ShareRowExclusive, focus);
    }
}

/// `ALTER CONSTRAINT`: foreign keys only, and from 18 what they inherit of NOT NULL.
pub(super) fn alter<'a>(
    alteration: &mut Alteration<'a, '_>,
    analysis: &mut Analysis<'a>,
    name: &Ident,
    enforced: Option<bool>,
    deferrability: bool,
) {
    let Some(known) = named_constraint(alteration, analysis, name) else {
        return;
    };
    let Some(constraint) = known else {
        return;
    };
    let TableConstraintKind::ForeignKey { references, .. } = &constraint.kind else {
        if enforced.is_some() || deferrability {
            let label = label_of(constraint);
            analysis.fail(name.span, FailReason::Kind, "42809", name.name.clone()).because.extend(label);
        }
        return;
    };
    for partition in analysis.catalog().all_partitions(alteration.relation.id) {
        analysis.lock(partition, alteration.lock, name.span);
    }
    let Some(enforced) = enforced.filter(|enforced| *enforced != constraint.enforced) else {
        return;
    };
    let Some(referenced) = analysis.catalog().relation(*references) else {
        return;
    };
    if enforced {
        // Its triggers are made, and every row is checked.
        lock_reference(analysis, referenced, name.span);
        let place = alteration.place(analysis, name.span);
        let root = alteration.relation;
        may_fail(alteration, analysis, MayFailReason::MissingReference, name.name.clone(), name.span);
        alteration.queue.check_key(analysis, root, referenced, name.name.clone(), ScanReason::ForeignKey, place);
    } else {
        // Its triggers are dropped.
        analysis.lock(referenced, LockMode::AccessExclusive, name.span);
        for partition in analysis.catalog().all_partitions(referenced.id) {
            analysis.lock(partition, LockMode::AccessExclusive, name.span);
        }
    }
}

/// `VALIDATE CONSTRAINT`.
pub(super) fn validate<'a>(alteration: &mut Alteration<'a, '_>, analysis: &mut Analysis<'a>, name: &Ident) {
    let root = alteration.relation;
    let so_far = alteration.queue.so_far(root.id);
    let added = so_far.and_then(|so_far| so_far.added_constraints.iter().find(|added| added.name == name.name));
    let place = alteration.place(analysis, name.span);
    if let Some(added) = added {
        if !added.not_valid {
            return;
        }
        match added.references.and_then(|id| analysis.catalog().relation(id)) {
            Some(referenced) => {
                let object = name.name.clone();
                alteration.queue.check_key(analysis, root, referenced, object, ScanReason::ForeignKey, place);
            }
            None => scan_for(alteration, analysis, ScanReason::Check, name, place),
        }
        return;
    }
    let Some(known) = named_constraint(alteration, analysis, name) else {
        return;
    };
    let Some(constraint) = known else {
        // Of a table that was not seen created: what it checks is not known.
        scan_for(alteration, analysis, ScanReason::Other, name, place);
        return;
    };
    let not_null = matches!(constraint.kind, TableConstraintKind::NotNull { .. }) && analysis.version() >= Version(18);
    let can_be = not_null
        || matches!(constraint.kind, TableConstraintKind::Check { .. } | TableConstraintKind::ForeignKey { .. });
    if !constraint.enforced || !can_be {
        let label = label_of(constraint);
        analysis.fail(name.span, FailReason::Kind, "42809", name.name.clone()).because.extend(label);
        return;
    }
    if constraint.valid {
        let kind = EffectKind::DoesNothing { reason: NothingReason::AlreadySo, object: name.name.clone() };
        let label = label_of(constraint);
        analysis.on(root, name.span, kind).because.extend(label);
        return;
    }
    analysis.run_under_timeout(root, name.span, Work::Scan);
    match &constraint.kind {
        TableConstraintKind::ForeignKey { references, .. } => {
            let Some(referenced) = analysis.catalog().relation(*references) else {
                return;
            };
            analysis.lock(referenced, LockMode::RowShare, name.span);
            for partition in analysis.catalog().all_partitions(root.id) {
                analysis.lock(partition, alteration.lock, name.span);
            }
            if referenced.as_table().is_some_and(Table::is_partitioned) {
                // The query reads its partitions.
                for partition in analysis.catalog().all_partitions(referenced.id) {
                    analysis.lock(partition, LockMode::AccessShare, name.span);
                }
            }
            may_fail(alteration, analysis, MayFailReason::MissingReference, name.name.clone(), name.span);
            alteration.queue.check_key(analysis, root, referenced, name.name.clone(), ScanReason::ForeignKey, place);
        }
        TableConstraintKind::Check { .. } => scan_for(alteration, analysis, ScanReason::Check, name, place),
        TableConstraintKind::NotNull { column } => {
            for relation in alteration.family(analysis) {
                analysis.lock(relation, alteration.lock, name.span);
            }
            if !analysis.subject_is_empty(root) {
                let backfilled = backfilled(root, column);
                let kind =
                    EffectKind::MayFail { reason: MayFailReason::NullValues, object: column.clone(), backfilled };
                analysis.on(root, name.span, kind);
            }
            for relation in alteration.family(analysis) {
                alteration.require_not_null(analysis, relation, column, place, None);
            }
        }
        _ => {}
    }
}

/// Every table of the family is read, those aside where the constraint is valid already.
fn scan_for<'a>(
    alteration: &mut Alteration<'a, '_>,
    analysis: &mut Analysis<'a>,
    reason: ScanReason,
    name: &Ident,
    place: Place,
) {
    may_fail(alteration, analysis, MayFailReason::CheckViolation, name.name.clone(), name.span);
    for relation in alteration.family(analysis) {
        analysis.lock(relation, alteration.lock, name.span);
        let own = relation.as_table().and_then(|table| table.constraint(&name.name));
        if own.is_none_or(|own| !own.valid) {
            let because = own.and_then(label_of).into_iter().collect();
            let scan = Scan { reason, object: name.name.clone(), proof: Proof::None, place, because };
            alteration.queue.table(relation).scan(scan);
        }
    }
}

/// `DROP CONSTRAINT`.
pub(super) fn drop<'a>(
    alteration: &mut Alteration<'a, '_>,
    analysis: &mut Analysis<'a>,
    name: &Ident,
    if_exists: bool,
    cascade: bool,
) {
    let root = alteration.relation;
    let standing = standing(alteration, &name.name);
    let Some(constraint) = standing else {
        if root.as_table().is_none_or(|table| !table.complete) {
            // It may well exist.
            alteration.queue.table(root).so_far.dropped_constraints.push(name.name.clone());
        } else if if_exists {
            let kind = EffectKind::DoesNothing { reason: NothingReason::Missing, object: name.name.clone() };
            analysis.on(root, name.span, kind);
        } else {
            analysis.fail(name.span, FailReason::Missing, "42704", name.name.clone());
        }
        return;
    };
    let object = Droppable::Constraint(root.id, name.name.clone());
    let mut dropped = analysis.catalog().dropped_with(&[object], cascade, analysis.version());
    if alteration.statement.only {
        // The children keep the constraint as their own.
        let children = analysis.catalog().descendants(root.id);
        let kept =
            |it: &Droppable| matches!(it, Droppable::Constraint(id, _) if children.iter().any(|it| it.id == *id));
        dropped.objects.retain(|it| !kept(&it.object));
    }
    if !dropped.owners.is_empty() {
        let label = label_of(constraint);
        analysis.fail(name.span, FailReason::Depended, "42P16", name.name.clone()).because.extend(label);
        return;
    }
    if matches!(constraint.kind, TableConstraintKind::Check { .. })
        && alteration.is_partitioned()
        && alteration.leaves_children_out(analysis)
    {
        analysis.fail(name.span, FailReason::Invalid, "42P16", name.name.clone());
        return;
    }
    if refuse(analysis, name.span, &dropped) {
        return;
    }
    lock_dropped(analysis, &dropped, name.span, false);
    tell_dropped(analysis, root, constraint, name.span, cascade, if_exists);
    // Constraints of inheritance children are looked for one generation at a time, whatever their kind.
    let inherits = matches!(constraint.kind, TableConstraintKind::Check { .. } | TableConstraintKind::NotNull { .. })
        || !alteration.is_partitioned();
    if inherits && !constraint.no_inherit {
        let children =
            if matches!(constraint.kind, TableConstraintKind::Check { .. } | TableConstraintKind::NotNull { .. })
                && !alteration.statement.only
            {
                alteration.family(analysis)
            } else {
                analysis.catalog().children_of(root.id).collect()
            };
        for child in children {
            analysis.lock(child, alteration.lock, name.span);
        }
    }
    tell_cascade(analysis, name.span, &dropped);
    for (id, _) in dropped.relations() {
        if let Some(relation) = analysis.catalog().relation(id)
            && let RelationBody::Index(index) = &relation.body
            && let Some(owner) = analysis.catalog().relation(index.table)
        {
            alteration.queue.table(owner).drop_index(id);
        }
    }
    for relation in alteration.family(analysis) {
        let own = relation.as_table().and_then(|table| table.constraint(&name.name));
        if relation.id == root.id || own.is_some_and(|own| own.inherited) {
            alteration.queue.table(relation).so_far.dropped_constraints.push(name.name.clone());
        }
    }
    for (id, constraint, _) in dropped.constraints() {
        if let Some(owner) = analysis.catalog().relation(id) {
            alteration.queue.table(owner).so_far.dropped_constraints.push(constraint.clone());
        }
    }
}

/// A constraint goes by name.
fn tell_dropped<'a>(
    analysis: &mut Analysis<'a>,
    root: &'a Relation,
    constraint: &TableConstraint,
    focus: Span,
    cascade: bool,
    if_exists: bool,
) {
    let object = constraint.kind.noun();
    let unique = matches!(constraint.kind, TableConstraintKind::Unique { .. } | TableConstraintKind::PrimaryKey { .. });
    let kind = EffectKind::DropsObject {
        object: object.into(),
        name: constraint.name.clone(),
        cascade,
        if_exists,
        concurrently: false,
        named: true,
        unique,
        columns: constraint.kind.columns().join(", ").into(),
    };
    // Nobody relies on a constraint that these migrations have just added, or that was never checked.
    let new = analysis.is_new(root) || analysis.made_now(constraint.origin);
    let label = label_of(constraint);
    analysis.on_column(root, new, focus, kind).because.extend(label);
}

/// A constraint of the named table that exists and has not been dropped by this statement.
fn standing<'a>(alteration: &Alteration<'a, '_>, name: &Name) -> Option<&'a TableConstraint> {
    let root = alteration.relation;
    let so_far = alteration.queue.so_far(root.id);
    if so_far.is_some_and(|so_far| so_far.dropped_constraints.contains(name)) {
        return None;
    }
    root.as_table()?.constraint(name)
}

/// A constraint by name; nothing where the statement fails for its lack, `Some(None)` where it is not known.
fn named_constraint<'a>(
    alteration: &Alteration<'a, '_>,
    analysis: &mut Analysis<'a>,
    name: &Ident,
) -> Option<Option<&'a TableConstraint>> {
    if let Some(constraint) = standing(alteration, &name.name) {
        return Some(Some(constraint));
    }
    if alteration.relation.as_table().is_some_and(|table| table.complete) {
        analysis.fail(name.span, FailReason::Missing, "42704", name.name.clone());
        return None;
    }
    Some(None)
}

/// The first of the columns that the table certainly has not.
fn missing_column<'i>(
    alteration: &Alteration<'_, '_>,
    analysis: &Analysis<'_>,
    columns: Vec<&'i Ident>,
) -> Option<&'i Ident> {
    let root = alteration.relation;
    let table = root.as_table().filter(|table| table.complete)?;
    let so_far = alteration.queue.so_far(root.id);
    let _ = analysis;
    columns.into_iter().find(|column| {
        let added = so_far.is_some_and(|so_far| so_far.added_column(&column.name).is_some());
        let dropped = so_far.is_some_and(|so_far| so_far.dropped_columns.contains(&column.name));
        let system = matches!(column.name.as_str(), "tableoid" | "ctid" | "xmin" | "xmax" | "cmin" | "cmax");
        // A whole row is written like a column of the table's name.
        let whole_row = column.name == root.name;
        !added && !system && !whole_row && (dropped || table.column(&column.name).is_none())
    })
}

/// Whether a unique constraint's columns include the partition key.
pub(super) fn covers_partition_key(relation: &Relation, columns: &[Ident]) -> bool {
    let Some(by) = relation.as_table().and_then(|table| table.partition_by.as_ref()) else {
        return true;
    };
    by.key.iter().all(|part| match &part.kind {
        ExprKind::Column(path) => path.last().is_some_and(|key| columns.iter().any(|column| column.name == key.name)),
        _ => false,
    })
}

/// An index of a table that has just these columns, unique, so that it can serve as a partition of another.
pub(super) fn fitting_index<'a>(
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
                own.is_some_and(|own| matches!(own.kind, TableConstraintKind::PrimaryKey { .. }) == primary)
            })
    };
    analysis.catalog().indexes_of(relation.id).find(|(_, index)| fits(index)).map(|(relation, _)| relation)
}

fn remember(alteration: &mut Alteration<'_, '_>, constraint: &Constraint, references: Option<&Relation>) {
    if let Some(name) = &constraint.name {
        let added = AddedConstraint {
            name: name.name.clone(),
            not_valid: constraint.not_valid,
            references: references.map(|referenced| referenced.id),
        };
        alteration.remember_constraint(added);
    }
}

/// The effect that a constraint is added.
pub(super) fn added(
    analysis: &Analysis<'_>,
    constraint: &Constraint,
    word: ConstraintWord,
    validated: bool,
) -> EffectKind {
    let (columns, on_delete, references) = match &constraint.kind {
        ConstraintKind::ForeignKey(key) => (
            key.columns.len(),
            key.on_delete.clone().unwrap_or_default(),
            smol_str::format_smolstr!("{}", key.references),
        ),
        ConstraintKind::Unique(index) | ConstraintKind::PrimaryKey(index) | ConstraintKind::Exclude(index) => {
            (index.columns.len(), SmolStr::default(), SmolStr::default())
        }
        ConstraintKind::NotNull(_) => (1, SmolStr::default(), SmolStr::default()),
        ConstraintKind::Check(_) | ConstraintKind::Null(_) => (0, SmolStr::default(), SmolStr::default()),
    };
    EffectKind::AddsConstraint {
        name: name_of(constraint),
        constraint: word,
        validated,
        columns,
        deferrable: constraint.deferrable,
        on_delete,
        references,
        enforced: !constraint.not_enforced,
        depends_on: depends_on(analysis, constraint),
    }
}

fn tell_added<'a>(
    alteration: &Alteration<'a, '_>,
    analysis: &mut Analysis<'a>,
    constraint: &Constraint,
    word: ConstraintWord,
    validated: bool,
    focus: Span,
) {
    let root = alteration.relation;
    let name = name_of(constraint);
    let label = analysis.created_here(root);
    let kind = added(analysis, constraint, word, validated);
    analysis.on(root, focus, kind).because.extend(label);
    if !constraint.not_enforced && !about_new_columns(alteration, analysis, constraint) {
        let change = ClientChange::NewConstraint;
        analysis.on(root, focus, EffectKind::BreaksClients { change, object: name, to: SmolStr::default() });
    }
}

/// Whether a constraint is about columns that these migrations have just added: nobody writes them yet.
fn about_new_columns(alteration: &Alteration<'_, '_>, analysis: &Analysis<'_>, constraint: &Constraint) -> bool {
    let columns = match &constraint.kind {
        ConstraintKind::Check(expr) => expr.columns(),
        ConstraintKind::ForeignKey(key) => key.columns.iter().collect(),
        ConstraintKind::Unique(index) | ConstraintKind::PrimaryKey(index) | ConstraintKind::Exclude(index) => {
            index.columns.iter().collect()
        }
        ConstraintKind::NotNull(column) | ConstraintKind::Null(column) => vec![column],
    };
    let root = alteration.relation;
    let so_far = alteration.queue.so_far(root.id);
    !columns.is_empty()
        && columns.iter().all(|column| {
            let added = so_far.is_some_and(|so_far| so_far.added_column(&column.name).is_some());
            let known = root.as_table().and_then(|table| table.column(&column.name));
            added || analysis.made_now(known.and_then(|known| known.origin))
        })
}

/// What the outcome of a CHECK depends on beside the row.
fn depends_on(analysis: &Analysis<'_>, constraint: &Constraint) -> DependsOn {
    let ConstraintKind::Check(expr) = &constraint.kind else {
        return DependsOn::Row;
    };
    let found = analysis.volatility_of(expr);
    // Of a function that nobody has seen nothing is said.
    match found.volatility {
        _ if !found.assumptions.is_empty() => DependsOn::Row,
        Volatility::Immutable => DependsOn::Row,
        Volatility::Stable => DependsOn::Session,
        Volatility::Volatile => DependsOn::Chance,
    }
}

fn may_fail<'a>(
    alteration: &Alteration<'a, '_>,
    analysis: &mut Analysis<'a>,
    reason: MayFailReason,
    object: SmolStr,
    focus: Span,
) {
    let root = alteration.relation;
    if analysis.subject_is_empty(root) {
        return;
    }
    let label = analysis.created_here(root);
    analysis.on(root, focus, EffectKind::MayFail { reason, object, backfilled: false }).because.extend(label);
}

/// What a CHECK is called in a sentence: its name or, where the server makes one up, its columns.
fn checked_object(constraint: &Constraint) -> SmolStr {
    match &constraint.kind {
        ConstraintKind::Check(expr) if constraint.name.is_none() => {
            let mut columns: Vec<_> = expr.columns().iter().map(|column| column.name.as_str()).collect();
            let mut seen = std::collections::BTreeSet::new();
            columns.retain(|column| seen.insert(*column));
            columns.join(", ").into()
        }
        _ => name_of(constraint),
    }
}

fn name_of(constraint: &Constraint) -> SmolStr {
    constraint.name.as_ref().map(|name| name.name.clone()).unwrap_or_default()
}

/// Where a constraint was made.
pub(super) fn label_of(constraint: &TableConstraint) -> Option<Label> {
    let origin = constraint.origin?;
    Some(Label { message: format_smolstr!("`{}` is added here", constraint.name).into(), at: origin.at })
}
