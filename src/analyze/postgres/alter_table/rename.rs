//! `RENAME` and `SET SCHEMA` (`RenameRelation`, `renameatt`, `RenameConstraint`, `AlterTableNamespace`; truth: rename_*).

use crate::analyze::postgres::analysis::Analysis;
use crate::catalog::{Relation, RelationBody, TableConstraintKind};
use crate::dialect::Version;
use crate::effect::{ClientChange, EffectKind, FailReason, LockMode, NothingReason};
use crate::source::Span;
use crate::statement::{AlterActionKind as Kind, AlterRelation, Ident, ObjectKind};
use smol_str::SmolStr;

/// Whether an action is a statement of its own on the server, and stands alone.
pub(super) fn is_rename(kind: &Kind) -> bool {
    matches!(kind, Kind::RenameTo(_) | Kind::RenameColumn { .. } | Kind::RenameConstraint { .. } | Kind::SetSchema(_))
}

pub(super) fn rename<'a>(
    analysis: &mut Analysis<'a>,
    statement: &AlterRelation,
    relation: &'a Relation,
    span: Span,
    kind: &Kind,
) {
    match kind {
        Kind::RenameTo(to) => rename_relation(analysis, statement, relation, to),
        Kind::RenameColumn { from, to } => rename_column(analysis, statement, relation, from, to),
        Kind::RenameConstraint { from, to } => rename_constraint(analysis, statement, relation, from, to),
        Kind::SetSchema(schema) => set_schema(analysis, statement, relation, schema),
        _ => debug_assert!(false, "{span:?} is no rename"),
    }
}

/// An index that is renamed as such lets its table go on from 12.
fn index_lock(version: Version) -> LockMode {
    if version < Version(12) { LockMode::AccessExclusive } else { LockMode::ShareUpdateExclusive }
}

fn rename_relation<'a>(analysis: &mut Analysis<'a>, statement: &AlterRelation, relation: &'a Relation, to: &Ident) {
    let focus = statement.name.span();
    let is_index = matches!(relation.body, RelationBody::Index(_));
    // ALTER TABLE of an index keeps the strong lock.
    let lock = if statement.kind == ObjectKind::Index && (is_index || matches!(relation.body, RelationBody::Unknown)) {
        index_lock(analysis.version())
    } else {
        LockMode::AccessExclusive
    };
    analysis.lock(relation, lock, focus);
    if let Some(existing) = analysis.catalog().find(&relation.schema, &to.name) {
        if perhaps_absent(statement, relation) {
            return;
        }
        let label = analysis.created_here(existing);
        analysis.fail(to.span, FailReason::Duplicate, "42P07", existing.display_name()).because.extend(label);
        return;
    }
    // A relation's row type is renamed with it.
    let has_type = matches!(relation.body, RelationBody::Table(_) | RelationBody::View(_));
    if has_type && analysis.catalog().type_named(Some(&relation.schema), &to.name, &[]).is_some() {
        analysis.fail(to.span, FailReason::Duplicate, "42710", to.name.clone());
        return;
    }
    if is_index && statement.kind != ObjectKind::Index && analysis.version() >= Version(12) {
        let instead = SmolStr::new_static("ALTER INDEX");
        analysis.on(relation, focus, EffectKind::LocksNeedlessly { instead });
    }
    if matches!(relation.body, RelationBody::Table(_) | RelationBody::View(_) | RelationBody::Unknown)
        && statement.kind != ObjectKind::Index
    {
        let kind = EffectKind::BreaksClients {
            change: ClientChange::RenameTable,
            object: relation.display_name(),
            to: to.name.clone(),
            old_columns: SmolStr::new_static("*"),
            as_caller: SmolStr::default(),
            ungranted: ungranted(analysis, relation),
        };
        let label = analysis.created_here(relation);
        analysis.on(relation, to.span, kind).because.extend(label);
    }
}

/// Who may not use a new relation beside this one.
fn ungranted(analysis: &Analysis<'_>, relation: &Relation) -> SmolStr {
    let granted = analysis.catalog().is_shared_in_advance(relation);
    SmolStr::new_static(if granted { "" } else { "the programs" })
}

/// Whether only IF EXISTS speaks of a relation: it is there in databases whose other names are not known either.
fn perhaps_absent(statement: &AlterRelation, relation: &Relation) -> bool {
    statement.if_exists && relation.origin.is_none()
}

fn rename_column<'a>(
    analysis: &mut Analysis<'a>,
    statement: &AlterRelation,
    relation: &'a Relation,
    from: &Ident,
    to: &Ident,
) {
    let focus = statement.name.span();
    if matches!(relation.body, RelationBody::Index(_) | RelationBody::Sequence(_)) {
        analysis.fail(focus, FailReason::Kind, "42809", relation.display_name());
        return;
    }
    analysis.lock(relation, LockMode::AccessExclusive, focus);
    let children = analysis.catalog().descendants(relation.id);
    if let Some(table) = relation.as_table() {
        let known = table.column(&from.name);
        let (failure, object) = if table.of_type.is_some() {
            (Some((focus, FailReason::Kind, "42809")), relation.display_name())
        } else if table.complete && known.is_none() {
            (Some((from.span, FailReason::Missing, "42703")), from.name.clone())
        } else if statement.only && !children.is_empty() {
            (Some((from.span, FailReason::Invalid, "42P16")), from.name.clone())
        } else if table.column(&to.name).is_some() {
            (Some((to.span, FailReason::Duplicate, "42701")), to.name.clone())
        } else if known.is_some_and(|column| column.inherited) {
            (Some((from.span, FailReason::Invalid, "42P16")), from.name.clone())
        } else {
            (None, SmolStr::default())
        };
        if let Some((focus, reason, sqlstate)) = failure {
            analysis.fail(focus, reason, sqlstate, object);
            return;
        }
    }
    if let Some(view) = relation.as_view().filter(|view| view.complete && !view.outputs.is_empty()) {
        if !view.outputs.contains(&from.name) {
            analysis.fail(from.span, FailReason::Missing, "42703", from.name.clone());
            return;
        }
        if view.outputs.contains(&to.name) {
            analysis.fail(to.span, FailReason::Duplicate, "42701", to.name.clone());
            return;
        }
    }
    for child in children {
        analysis.lock(child, LockMode::AccessExclusive, focus);
    }
    let kind = EffectKind::renames_for_clients(ClientChange::RenameColumn, from.name.clone(), to.name.clone());
    let column = relation.as_table().and_then(|table| table.column(&from.name));
    // Where IF NOT EXISTS finds one of the new name, the file has run before.
    let made = column.and_then(|column| column.origin.or(column.perhaps));
    let new = analysis.is_new(relation) || analysis.made_now(made);
    analysis.on_column(relation, new, from.span, kind);
}

fn rename_constraint<'a>(
    analysis: &mut Analysis<'a>,
    statement: &AlterRelation,
    relation: &'a Relation,
    from: &Ident,
    to: &Ident,
) {
    let focus = statement.name.span();
    analysis.lock(relation, LockMode::AccessExclusive, focus);
    let typed = relation.as_table().is_some_and(|table| table.of_type.is_some());
    if typed || matches!(relation.body, RelationBody::Sequence(_)) {
        analysis.fail(focus, FailReason::Kind, "42809", relation.display_name());
        return;
    }
    if relation.as_view().is_some() {
        analysis.fail(from.span, FailReason::Missing, "42704", from.name.clone());
        return;
    }
    let Some(table) = relation.as_table() else {
        return;
    };
    let Some(constraint) = table.constraint(&from.name) else {
        if table.complete {
            analysis.fail(from.span, FailReason::Missing, "42704", from.name.clone());
        }
        return;
    };
    if table.constraint(&to.name).is_some() {
        analysis.fail(to.span, FailReason::Duplicate, "42710", to.name.clone());
        return;
    }
    let inherits = matches!(constraint.kind, TableConstraintKind::Check { .. } | TableConstraintKind::NotNull { .. });
    let children = analysis.catalog().descendants(relation.id);
    if (constraint.inherited && inherits)
        || (inherits && statement.only && !children.is_empty() && !constraint.no_inherit)
    {
        analysis.fail(from.span, FailReason::Invalid, "42P16", from.name.clone());
        return;
    }
    if inherits && !constraint.no_inherit {
        for child in children {
            analysis.lock(child, LockMode::AccessExclusive, focus);
        }
    }
    // Its index has the same name.
    if let Some(index) = constraint.kind.index().and_then(|id| analysis.catalog().relation(id)) {
        analysis.lock(index, index_lock(analysis.version()), from.span);
    }
}

fn set_schema<'a>(analysis: &mut Analysis<'a>, statement: &AlterRelation, relation: &'a Relation, schema: &Ident) {
    let focus = statement.name.span();
    let catalog = analysis.catalog();
    if matches!(relation.body, RelationBody::Index(_)) {
        analysis.fail(focus, FailReason::Kind, "42809", relation.display_name());
        return;
    }
    analysis.lock(relation, LockMode::AccessExclusive, focus);
    if let RelationBody::Sequence(sequence) = &relation.body
        && sequence.owned_by.is_some()
    {
        analysis.fail(focus, FailReason::Depended, "0A000", relation.display_name());
        return;
    }
    let system = matches!(schema.name.as_str(), "public" | "pg_catalog" | "information_schema" | "pg_temp");
    if analysis.context.settings.from_empty && !system && catalog.schema(&schema.name).is_none() {
        analysis.fail(schema.span, FailReason::Missing, "3F000", schema.name.clone());
        return;
    }
    if schema.name == "pg_temp" || relation.is_temporary() {
        analysis.fail(schema.span, FailReason::Invalid, "0A000", schema.name.clone());
        return;
    }
    for sequence in catalog.sequences_owned_by(relation.id, None).collect::<Vec<_>>() {
        analysis.lock(sequence, LockMode::AccessExclusive, focus);
    }
    if relation.schema == schema.name {
        let kind = EffectKind::DoesNothing { reason: NothingReason::AlreadySo, object: relation.display_name() };
        analysis.on(relation, schema.span, kind);
        return;
    }
    if let Some(existing) = catalog.find(&schema.name, &relation.name) {
        if perhaps_absent(statement, relation) {
            return;
        }
        let label = analysis.created_here(existing);
        analysis.fail(schema.span, FailReason::Duplicate, "42P07", existing.display_name()).because.extend(label);
        return;
    }
    let kind = EffectKind::BreaksClients {
        change: ClientChange::SetSchema,
        object: relation.display_name(),
        to: smol_str::format_smolstr!("{}.{}", schema.name, relation.name),
        old_columns: SmolStr::new_static("*"),
        as_caller: SmolStr::default(),
        ungranted: ungranted(analysis, relation),
    };
    let label = analysis.created_here(relation);
    analysis.on(relation, schema.span, kind).because.extend(label);
}

#[cfg(test)]
mod tests {
    use crate::analyze::postgres::testing::{effects, labels};

    #[test]
    fn labels_tell_the_name_of_the_line_that_they_are_at() {
        let made = "CREATE TABLE parcels (id int PRIMARY KEY, weigth int, CONSTRAINT heavy CHECK (weigth > 0));
            CREATE TYPE kind AS ENUM ('a');";
        let renamed = "ALTER TABLE parcels RENAME TO boxes; ALTER TABLE boxes RENAME weigth TO weight;
            ALTER TABLE boxes RENAME CONSTRAINT heavy TO light; ALTER TYPE kind RENAME TO sort;";
        let has = |files: &[&str], said: &str| {
            let labels = labels(files);
            assert!(labels.iter().any(|label| label == said), "{said}: {labels:?}");
        };
        let later = |case: &str, said: &str| has(&[made, renamed, case], said);
        later("CREATE TABLE boxes (id int)", "`boxes` is created here, as `parcels`");
        later("ALTER TABLE boxes ALTER weight TYPE bigint", "`weight` is added here, as `weigth`");
        later("ALTER TABLE boxes ADD weight int", "`weight` is added here, as `weigth`");
        later("ALTER TABLE boxes ADD CONSTRAINT light CHECK (id > 0)", "`light` is added here, as `heavy`");
        later("CREATE TYPE sort AS ENUM ('b')", "`sort` is created here, as `kind`");
        let moved = "CREATE SCHEMA app; ALTER TABLE parcels SET SCHEMA app;";
        has(&[made, moved, "CREATE TABLE app.parcels (id int)"], "`app.parcels` is created here, as `parcels`");
        // The old name is the one that programs know until this file is done.
        has(&[made, &format!("{renamed} CREATE TABLE boxes (id int)")], "`parcels` is created here");
        let back = "ALTER TABLE boxes RENAME TO parcels;";
        has(&[made, renamed, back, "CREATE TABLE parcels (id int)"], "`parcels` is created here");
        // A table that is made like it is another one.
        let like = "CREATE TABLE copies (LIKE boxes INCLUDING ALL);";
        has(&[made, renamed, like, "ALTER TABLE copies ALTER weight TYPE bigint"], "`weight` is added here");
    }

    #[test]
    fn if_exists_of_what_is_not_made_here_takes_no_name() {
        let project = |sql: &str| {
            use crate::check::{File, Project, read};
            let file = File::from(crate::source::Source::new("1.sql", sql));
            let (_, projects) = read(vec![Project::of(crate::tool::Tool::NONE, vec![file])], &Default::default());
            let effects = projects.iter().flat_map(|project| &project.replay.steps).flat_map(|step| &step.effects);
            effects.filter(|effect| effect.kind.name() == "fails").count()
        };
        let made = "CREATE TABLE courses (id bigserial PRIMARY KEY);";
        assert_eq!(project(&format!("{made} ALTER SEQUENCE IF EXISTS old_seq RENAME TO courses_id_seq;")), 0);
        assert_eq!(project(&format!("{made} ALTER SEQUENCE old_seq RENAME TO courses_id_seq;")), 1);
        let back = "ALTER SEQUENCE courses_id_seq RENAME TO old_seq;";
        assert_eq!(project(&format!("{made} ALTER SEQUENCE IF EXISTS old_seq RENAME TO courses_id_seq; {back}")), 0);
        let schema = "CREATE SCHEMA app; CREATE TABLE app.t (id int);";
        assert_eq!(
            project(&format!("{schema} ALTER TABLE IF EXISTS t SET SCHEMA app; ALTER TABLE app.t SET SCHEMA public;")),
            0
        );
        assert_eq!(project(&format!("{schema} ALTER TABLE t SET SCHEMA app;")), 1);
        let whole = effects(15, made, "CREATE SEQUENCE s; ALTER SEQUENCE s RENAME TO courses_id_seq", "fails");
        assert_eq!(whole, ["fails reason=duplicate sqlstate=42P07 object=courses_id_seq owner=file"]);
    }
}
