//! `DROP` of objects that have a name of their own.
//!
//! `RemoveRelations`, `RemoveObjects`, `performMultipleDeletions` and the function that each class of objects is removed by, which decides
//! what is locked; manual, "Dependency Tracking".

mod extension;
mod gone;
mod near;

pub(super) use gone::{Copies, lock_dropped, refuse, tell_cascade};

use super::analysis::Analysis;
use super::index::concurrently_after;
use super::missing;
use super::object::{is_new_function, is_of_triggers};
use super::transaction::prevent_in_block;
use crate::catalog::{Droppable, Dropped, Function, Overload, Relation, RelationBody, TypeKind};
use crate::diagnostic::Label;
use crate::effect::{ClientChange, Confidence, EffectKind, FailReason, LostObject, NothingReason};
use crate::source::Span;
use crate::statement::{Drop, Name, ObjectKind, ObjectName, Statement, TypeName};
use extension::extensions;
use gone::{End, LABELS, made_here, tell_table};
use smol_str::{SmolStr, format_smolstr};

/// `DROP`.
pub(super) fn drop(analysis: &mut Analysis<'_>, statement: &Statement, drop: &Drop) {
    match drop.kind {
        ObjectKind::Database => return database(analysis, statement, drop),
        ObjectKind::Tablespace => {
            prevent_in_block(analysis, statement.span, "DROP TABLESPACE");
        }
        ObjectKind::Subscription => {
            // Only with a replication slot, which is the rule.
            let before = analysis.effects.len();
            prevent_in_block(analysis, statement.span, "DROP SUBSCRIPTION");
            for effect in analysis.effects.iter_mut().skip(before) {
                effect.confidence = Confidence::Assumed;
                effect.assumptions.push("the subscription has a replication slot".to_owned());
            }
        }
        ObjectKind::Index => {
            if let Some(keyword) = drop.concurrently
                && !concurrently_allowed(analysis, keyword, drop)
            {
                return;
            }
        }
        ObjectKind::Extension => return extensions(analysis, statement, drop),
        ObjectKind::Owned => return owned(analysis, statement, drop),
        _ => {}
    }
    let mut named = Vec::new();
    for name in &drop.names {
        match find(analysis, drop, name) {
            Found::Object(object) => named.push((object, name)),
            Found::Refused => return,
            Found::Nothing => {}
            Found::Missing(sqlstate) => {
                if !missing(analysis, drop, name, sqlstate) {
                    return;
                }
            }
            Found::Unknown => tell_unknown(analysis, drop, name),
        }
    }
    let objects: Vec<_> = named.iter().map(|(object, _)| object.clone()).collect();
    if objects.is_empty() {
        return;
    }
    let dropped = analysis.catalog().dropped_with(&objects, drop.cascade, analysis.version());
    if refuse(analysis, statement.span, &dropped) {
        return;
    }
    let concurrently = drop.concurrently.is_some();
    lock_dropped(analysis, &dropped, statement.span, concurrently);
    for (object, name) in &named {
        tell_named(analysis, drop, object, name.span(), &dropped);
    }
    tell_cascade(analysis, statement.span, &dropped);
    let fix = index_fix(analysis, statement, drop, &named);
    let told = analysis.effects.iter_mut().rev().find(|effect| matches!(effect.kind, EffectKind::DropsObject { .. }));
    if let Some(effect) = told.filter(|_| fix.is_some()) {
        effect.fix = fix;
    }
}

fn database(analysis: &mut Analysis<'_>, statement: &Statement, drop: &Drop) {
    prevent_in_block(analysis, statement.span, "DROP DATABASE");
    for name in &drop.names {
        let kind = EffectKind::LosesData {
            object: LostObject::Database,
            name: name.name.name.clone(),
            cascade: false,
            generated: false,
            dependents: 0,
            copied_to: SmolStr::default(),
            guarded: false,
        };
        analysis.add(name.span(), kind);
    }
}

/// `DROP OWNED BY`: everything that these files gave to the roles.
fn owned(analysis: &mut Analysis<'_>, statement: &Statement, drop: &Drop) {
    let catalog = analysis.catalog();
    let of_roles = |relation: &&Relation| {
        relation.owner.as_ref().is_some_and(|owner| drop.names.iter().any(|role| role.name.name == *owner))
    };
    let objects: Vec<_> =
        catalog.relations().filter(of_roles).map(|relation| Droppable::Relation(relation.id)).collect();
    let mut dropped = catalog.dropped_with(&objects, drop.cascade, analysis.version());
    if refuse(analysis, statement.span, &dropped) {
        return;
    }
    lock_dropped(analysis, &dropped, statement.span, false);
    for name in &drop.names {
        let kind = EffectKind::DropsObject {
            object: drop.kind.name().into(),
            name: name.name.name.clone(),
            cascade: drop.cascade,
            if_exists: false,
            concurrently: false,
            named: true,
            unique: false,
            columns: SmolStr::default(),
            locked: false,
            idle: false,
            goes_anyway: false,
            references: SmolStr::default(),
        };
        let effect = analysis.add(name.span(), kind);
        effect.confidence = Confidence::Assumed;
        effect.assumptions.push("the roles own nothing but what these files gave them".to_owned());
    }
    // Nobody named them.
    for object in &mut dropped.objects {
        (object.named, object.cascade) = (false, true);
    }
    tell_cascade(analysis, statement.span, &dropped);
}

/// The restrictions of `DROP INDEX CONCURRENTLY`.
fn concurrently_allowed(analysis: &mut Analysis<'_>, keyword: Span, drop: &Drop) -> bool {
    prevent_in_block(analysis, keyword, "DROP INDEX CONCURRENTLY");
    if drop.names.len() > 1 || drop.cascade {
        let object = if drop.cascade { "CASCADE" } else { "several indexes" };
        analysis.fail(keyword, FailReason::ConcurrentDrop, "0A000", object);
        return false;
    }
    for name in &drop.names {
        let catalog = analysis.catalog();
        let Some(relation) = analysis.resolve(name) else {
            continue;
        };
        let table = relation.as_index().and_then(|index| catalog.table(index.table));
        if table.is_some_and(|(_, table)| table.is_partitioned()) {
            analysis.fail(keyword, FailReason::PartitionedIndex, "0A000", relation.display_name());
            return false;
        }
    }
    true
}

enum Found {
    Object(Droppable),
    /// It is certain not to exist; what the server answers.
    Missing(&'static str),
    /// `IF EXISTS`, and it does not; that has been told.
    Nothing,
    /// Whether it exists is not known, or nothing depends on its kind.
    Unknown,
    /// The statement fails for another reason, which has been told.
    Refused,
}

fn find(analysis: &mut Analysis<'_>, drop: &Drop, name: &ObjectName) -> Found {
    let path = analysis.context.session.search_path();
    let catalog = analysis.catalog();
    let schema = name.schema.as_ref().map(|schema| schema.name.as_str());
    let home = catalog.creation_schema(name, &path);
    let certain = analysis.context.settings.from_empty
        || (drop.if_exists && analysis.context.coverage.lacks(drop.kind, home, &name.name.name));
    let absent = |sqlstate| if certain { Found::Missing(sqlstate) } else { Found::Unknown };
    let routine = matches!(drop.kind, ObjectKind::Function | ObjectKind::Procedure | ObjectKind::Routine);
    let function = catalog.function(name, &path).filter(|_| routine);
    let refused = function.and_then(|it| refused_routine(analysis, it, drop.kind, drop.arguments_of(name)));
    match drop.kind {
        ObjectKind::Table
        | ObjectKind::ForeignTable
        | ObjectKind::Index
        | ObjectKind::View
        | ObjectKind::MaterializedView
        | ObjectKind::Sequence => {
            let Some(relation) = analysis.resolve(name) else {
                // What `touch` did not enter is known to be absent.
                return Found::Missing(if drop.kind == ObjectKind::Index { "42704" } else { "42P01" });
            };
            if drop.if_exists && drop.kind == ObjectKind::Sequence && near::went_with_its_table(catalog, relation) {
                return Found::Missing("42P01");
            }
            let fits = match (&relation.body, drop.kind) {
                (RelationBody::Unknown, _) => true,
                (RelationBody::Table(table), ObjectKind::Table) => !table.foreign,
                (RelationBody::Table(table), ObjectKind::ForeignTable) => table.foreign,
                (RelationBody::Index(_), ObjectKind::Index) | (RelationBody::Sequence(_), ObjectKind::Sequence) => true,
                (RelationBody::View(view), ObjectKind::View) => !view.materialized,
                (RelationBody::View(view), ObjectKind::MaterializedView) => view.materialized,
                _ => false,
            };
            if analysis.require_kind(relation, name.span(), fits) {
                Found::Object(Droppable::Relation(relation.id))
            } else {
                Found::Refused
            }
        }
        ObjectKind::Type | ObjectKind::Domain => {
            if let Some(ty) = catalog.type_named(schema, &name.name.name, &path) {
                if drop.kind == ObjectKind::Domain && !matches!(ty.kind, TypeKind::Domain(_)) {
                    analysis.fail(name.span(), FailReason::Kind, "42809", ty.name.clone());
                    return Found::Refused;
                }
                return Found::Object(Droppable::Type(ty.schema.clone(), ty.name.clone()));
            }
            match catalog.resolve(name, &path).and_then(|id| catalog.relation(id)) {
                Some(relation) if matches!(relation.body, RelationBody::Composite(_)) => {
                    Found::Object(Droppable::Relation(relation.id))
                }
                _ => absent("42704"),
            }
        }
        ObjectKind::Schema => match catalog.schema(&name.name.name) {
            Some(_) => Found::Object(Droppable::Schema(name.name.name.clone())),
            None => absent("3F000"),
        },
        ObjectKind::Function | ObjectKind::Procedure | ObjectKind::Routine => match catalog.function(name, &path) {
            Some(_) if refused.is_some_and(|(reason, _)| reason == FailReason::Missing) => absent("42883"),
            Some(function) if drop.if_exists && !has_overload(function, drop.arguments_of(name)) => {
                let object = format_smolstr!("{name}");
                let kind = EffectKind::DoesNothing { reason: NothingReason::OtherArguments, object };
                let overloads = function.overloads.iter().take(LABELS);
                let message = || "it is made with other arguments here".to_owned();
                let labels = overloads.map(|overload| Label { message: message(), at: overload.origin.at }).collect();
                analysis.add(name.span(), kind).because = labels;
                Found::Nothing
            }
            Some(_) if refused.is_some() => {
                if let Some((reason, sqlstate)) = refused {
                    analysis.fail(name.span(), reason, sqlstate, format_smolstr!("{name}"));
                }
                Found::Refused
            }
            // Which of several overloads goes is not known.
            Some(function) if function.overloads.len() > 1 => Found::Unknown,
            Some(_) => {
                let schemas = path.iter().map(Name::as_str);
                let mut schemas = schema.into_iter().chain(schemas.filter(|_| schema.is_none()));
                let holds = |schema: &&str| {
                    let qualified = ObjectName { schema: Some(Box::new(ident(schema, name))), name: name.name.clone() };
                    catalog.function(&qualified, &path).is_some()
                };
                match schemas.find(holds) {
                    Some(schema) => Found::Object(Droppable::Function(schema.into(), name.name.name.clone())),
                    None => Found::Unknown,
                }
            }
            // An aggregate is no function to it.
            None if catalog.object(ObjectKind::Aggregate, &name.name.name).is_some() => Found::Unknown,
            None => absent("42883"),
        },
        ObjectKind::Statistics => {
            let holder = catalog.relations().find_map(|relation| {
                let statistics = &relation.as_table()?.statistics;
                let found = statistics.iter().find(|statistics| {
                    statistics.name == name.name.name && schema.is_none_or(|schema| statistics.schema == schema)
                })?;
                Some(Droppable::Statistics(relation.id, found.schema.clone(), found.name.clone()))
            });
            holder.map_or_else(|| absent("42704"), Found::Object)
        }
        ObjectKind::Publication | ObjectKind::Role => match catalog.object(drop.kind, &name.name.name) {
            Some(_) => Found::Unknown,
            // Roles are the cluster's: they may come from elsewhere.
            None if drop.kind == ObjectKind::Role => Found::Unknown,
            None => absent("42704"),
        },
        kind => match missing::sqlstate_of_drop(analysis, kind, name) {
            Some(sqlstate) => Found::Missing(sqlstate),
            None => Found::Unknown,
        },
    }
}

/// Why a routine that is named with these arguments is not the one that there is: another kind, other arguments, or one of several.
pub(super) fn refused_routine(
    analysis: &Analysis<'_>,
    function: &Function,
    kind: ObjectKind,
    arguments: Option<&[TypeName]>,
) -> Option<(FailReason, &'static str)> {
    let mut fitting = function.overloads.iter().filter(|overload| fits(overload, arguments));
    let Some(first) = fitting.next() else {
        // An extension may have brought one.
        let certain = analysis.context.settings.from_empty && !analysis.has_extensions();
        return certain.then_some((FailReason::Missing, "42883"));
    };
    let of_kind = |overload: &Overload| match kind {
        ObjectKind::Function => !overload.procedure,
        ObjectKind::Procedure => overload.procedure,
        _ => true,
    };
    match fitting.next() {
        None if !of_kind(first) => Some((FailReason::Kind, "42809")),
        Some(_) if arguments.is_none() => Some((FailReason::Invalid, "42725")),
        _ => None,
    }
}

/// Whether these arguments name an overload; none name any.
fn fits(overload: &Overload, arguments: Option<&[TypeName]>) -> bool {
    arguments.is_none_or(|arguments| {
        overload.arguments.len() == arguments.len()
            && overload.arguments.iter().zip(arguments).all(|(own, named)| *own == crate::catalog::argument_name(named))
    })
}

fn has_overload(function: &Function, arguments: Option<&[TypeName]>) -> bool {
    function.overloads.iter().any(|overload| fits(overload, arguments))
}

fn ident(schema: &str, like: &ObjectName) -> crate::statement::Ident {
    crate::statement::Ident { name: schema.into(), span: like.span() }
}

/// Returns whether the statement goes on.
fn missing(analysis: &mut Analysis<'_>, drop: &Drop, name: &ObjectName, sqlstate: &'static str) -> bool {
    let object = format_smolstr!("{name}");
    if drop.if_exists {
        let (reason, meant) = match near::meant(analysis, drop, name) {
            Some((reason, meant)) => (reason, Some(meant)),
            None => (NothingReason::Missing, None),
        };
        analysis.add(name.span(), EffectKind::DoesNothing { reason, object }).because.extend(meant);
    } else {
        analysis.fail(name.span(), FailReason::Missing, sqlstate, object);
    }
    drop.if_exists
}

/// The end of an object that the statement names, and that is no index.
fn drops(drop: &Drop, name: &Name) -> EffectKind {
    EffectKind::DropsObject {
        object: drop.kind.name().into(),
        name: name.clone(),
        cascade: drop.cascade,
        if_exists: drop.if_exists,
        concurrently: false,
        named: true,
        unique: false,
        columns: SmolStr::default(),
        locked: false,
        idle: false,
        goes_anyway: false,
        references: SmolStr::default(),
    }
}

/// An object of which nothing but its name is known.
fn tell_unknown(analysis: &mut Analysis<'_>, drop: &Drop, name: &ObjectName) {
    if drop.kind == ObjectKind::Schema {
        tell_schema(analysis, drop, &name.name.name, name.span(), 0, Vec::new());
        return;
    }
    let name_text = format_smolstr!("{name}");
    analysis.add(name.span(), drops(drop, &name_text));
    let change = match drop.kind {
        ObjectKind::Function | ObjectKind::Procedure | ObjectKind::Routine => ClientChange::DropFunction,
        ObjectKind::Type | ObjectKind::Domain => ClientChange::ChangeTypeDefinition,
        _ => return,
    };
    analysis.add(name.span(), EffectKind::breaks_clients(change, name_text));
}

/// A schema, and with CASCADE all that is in it, whether these files know of it or not.
fn tell_schema(
    analysis: &mut Analysis<'_>,
    drop: &Drop,
    name: &Name,
    focus: Span,
    dependents: usize,
    labels: Vec<Label>,
) {
    let origin = analysis.catalog().schema(name).and_then(|schema| schema.origin);
    let new = analysis.made_now(origin);
    let told = analysis.add(focus, drops(drop, name));
    if !drop.cascade && !new {
        told.confidence = Confidence::Assumed;
        told.assumptions.push("nothing is left in the schema".to_owned());
    }
    if drop.cascade && !new {
        let kind = EffectKind::LosesData {
            object: LostObject::Schema,
            name: name.clone(),
            cascade: true,
            generated: false,
            dependents,
            copied_to: SmolStr::default(),
            guarded: false,
        };
        analysis.add(focus, kind).because.extend(labels);
    }
}

/// What a named object's end means.
fn tell_named(analysis: &mut Analysis<'_>, drop: &Drop, object: &Droppable, focus: Span, dropped: &Dropped) {
    let catalog = analysis.catalog();
    let others = dropped.objects.iter().filter(|other| other.cascade);
    let labels: Vec<_> = others.clone().filter_map(|other| made_here(catalog, &other.object)).take(LABELS).collect();
    let dependents = others.count();
    match object {
        Droppable::Relation(id) => {
            let Some(relation) = catalog.relation(*id) else {
                return;
            };
            if matches!(relation.body, RelationBody::Table(_))
                || (drop.kind == ObjectKind::Table && matches!(relation.body, RelationBody::Unknown))
            {
                let unseen = drop.if_exists
                    && relation.origin.is_none()
                    && analysis.context.coverage.never_makes(&relation.schema, &relation.name);
                let end = if unseen { End::Unseen } else { End::Named };
                tell_table(analysis, relation, focus, end, dependents, labels);
            } else {
                tell_relation(analysis, drop, relation, focus, labels);
            }
        }
        Droppable::Schema(name) => {
            let labels = made_here(catalog, object).into_iter().chain(labels).collect();
            tell_schema(analysis, drop, name, focus, dependents, labels);
        }
        Droppable::Statistics(id, _, name) => {
            if let Some(table) = catalog.relation(*id) {
                analysis.on(table, focus, drops(drop, name));
            }
        }
        Droppable::Type(schema, name) | Droppable::Function(schema, name) => {
            let text = if schema == "public" { name.clone() } else { format_smolstr!("{schema}.{name}") };
            analysis.add(focus, drops(drop, &text)).because.extend(labels);
            let function = matches!(object, Droppable::Function(..));
            let fresh = match function {
                true => drop
                    .names
                    .iter()
                    .any(|it| it.name.name == *name && (is_new_function(analysis, it) || is_of_triggers(analysis, it))),
                false => {
                    let ty = catalog.type_named(Some(schema), name, &[]);
                    analysis.made_now(ty.and_then(|ty| ty.origin))
                }
            };
            if fresh {
                return;
            }
            let change = if function { ClientChange::DropFunction } else { ClientChange::ChangeTypeDefinition };
            analysis.add(focus, EffectKind::breaks_clients(change, text));
        }
        _ => {}
    }
}

/// An index, a view, a sequence or a composite type. Of an index the effect is on its table: that is what is locked and read slower.
fn tell_relation(analysis: &mut Analysis<'_>, drop: &Drop, relation: &Relation, focus: Span, labels: Vec<Label>) {
    let catalog = analysis.catalog();
    let name = relation.display_name();
    let subject = relation.as_index().and_then(|index| catalog.relation(index.table)).unwrap_or(relation);
    let keys = relation.as_index().map(|index| {
        let key = |key: &crate::statement::IndexKey| match key.expr.columns().as_slice() {
            [column] => column.name.clone(),
            _ => SmolStr::new_static("(expression)"),
        };
        index.keys.iter().map(key).collect::<Vec<_>>().join(", ")
    });
    // Where the default of a serial column was dropped, its sequence is left behind.
    let idle = matches!(&relation.body, RelationBody::Sequence(sequence) if sequence.owned_by.is_some())
        && catalog.columns_drawing_from(relation.id).next().is_none();
    let kind = EffectKind::DropsObject {
        object: drop.kind.name().into(),
        name: name.clone(),
        cascade: drop.cascade,
        if_exists: drop.if_exists,
        concurrently: drop.concurrently.is_some(),
        named: true,
        unique: relation.as_index().is_some_and(|index| index.unique),
        columns: keys.unwrap_or_default().into(),
        locked: false,
        idle,
        goes_anyway: false,
        references: SmolStr::default(),
    };
    let created = analysis.created_here(relation);
    analysis.on(subject, focus, kind).because.extend(created.into_iter().chain(labels));
    let change = match &relation.body {
        // Where it is made again, nobody misses it for long.
        RelationBody::View(_) if analysis.context.coverage.comes_back(&relation.name, analysis.context.source_id) => {
            return;
        }
        RelationBody::View(_) => ClientChange::DropView,
        RelationBody::Composite(_) => ClientChange::ChangeTypeDefinition,
        _ => return,
    };
    analysis.on(relation, focus, EffectKind::breaks_clients(change, name));
}

/// `CONCURRENTLY` for an index that can be dropped so.
fn index_fix(
    analysis: &Analysis<'_>,
    statement: &Statement,
    drop: &Drop,
    named: &[(Droppable, &ObjectName)],
) -> Option<crate::fix::Fix> {
    let session = analysis.context.session;
    let [(Droppable::Relation(id), _)] = named else {
        return None;
    };
    let catalog = analysis.catalog();
    let index = catalog.relation(*id)?.as_index()?;
    if drop.kind != ObjectKind::Index
        || drop.concurrently.is_some()
        || drop.cascade
        || drop.names.len() != 1
        || session.transaction.is_some()
        || session.in_body
        || catalog.table(index.table).is_some_and(|(_, table)| table.is_partitioned())
    {
        return None;
    }
    concurrently_after(analysis, statement.span, "INDEX")
}

#[cfg(test)]
mod tests {
    use crate::analyze::postgres::testing::effects;

    const TABLES: &str = "CREATE TABLE users (id int PRIMARY KEY);
        CREATE TABLE orders (id int, user_id int REFERENCES users (id), qty int);
        CREATE INDEX orders_qty ON orders (qty);
        CREATE VIEW v AS SELECT qty FROM orders;";

    #[test]
    fn a_foreign_key_takes_the_referenced_table_along() {
        assert_eq!(
            effects(15, TABLES, "DROP TABLE orders CASCADE", "takes-lock loses-data drops-object breaks-clients"),
            [
                "takes-lock orders lock=access-exclusive blocks=reads timeout=unset",
                "takes-lock users lock=access-exclusive blocks=reads timeout=unset",
                "takes-lock orders_qty lock=access-exclusive blocks=reads timeout=unset",
                "takes-lock v lock=access-exclusive blocks=reads timeout=unset",
                "loses-data orders object=table name=orders dependents=1",
                "breaks-clients orders change=drop-table object=orders",
                "drops-object v object=view name=v cascade",
                "breaks-clients v change=drop-view object=v",
            ]
        );
    }

    #[test]
    fn dependents_are_in_the_way() {
        let fails = |sql: &str| effects(15, TABLES, sql, "fails takes-lock");
        let depended = |what: &str| vec![format!("fails reason=depended sqlstate=2BP01 object={what} owner=file")];
        assert_eq!(fails("DROP TABLE orders"), depended("view v"));
        assert_eq!(fails("DROP TABLE users"), depended("constraint orders_user_id_fkey on table orders"));
        assert_eq!(fails("DROP INDEX users_pkey CASCADE"), depended("constraint users_pkey on table users"));
    }

    #[test]
    fn what_is_missing() {
        assert_eq!(
            effects(15, TABLES, "DROP TABLE nope", ""),
            ["fails reason=missing sqlstate=42P01 object=nope owner=file"]
        );
        assert_eq!(effects(15, TABLES, "DROP INDEX IF EXISTS nope", ""), ["does-nothing reason=missing object=nope"]);
        assert_eq!(
            effects(15, TABLES, "DROP VIEW orders", ""),
            ["fails reason=kind sqlstate=42809 object=orders owner=file"]
        );
    }

    #[test]
    fn an_index_is_dropped_under_its_table_s_lock() {
        assert_eq!(
            effects(15, TABLES, "DROP INDEX orders_qty", "takes-lock drops-object"),
            [
                "takes-lock orders_qty lock=access-exclusive blocks=reads timeout=unset",
                "takes-lock orders lock=access-exclusive blocks=reads timeout=unset",
                "drops-object orders object=index name=orders_qty named columns=qty",
            ]
        );
        assert_eq!(
            effects(15, TABLES, "DROP INDEX CONCURRENTLY orders_qty", "takes-lock"),
            [
                "takes-lock orders_qty lock=share-update-exclusive blocks=schema-changes timeout=unset",
                "takes-lock orders lock=share-update-exclusive blocks=schema-changes timeout=unset",
            ]
        );
        assert_eq!(
            effects(15, TABLES, "DROP INDEX CONCURRENTLY orders_qty, users_pkey", "fails"),
            ["fails reason=concurrent-drop sqlstate=0A000 object=several indexes owner=file"]
        );
    }

    #[test]
    fn a_partition_s_end_changes_its_table_and_the_default_partition() {
        let tables = "CREATE TABLE p (id int) PARTITION BY LIST (id);
            CREATE TABLE p1 PARTITION OF p FOR VALUES IN (1); CREATE TABLE pd PARTITION OF p DEFAULT;";
        assert_eq!(
            effects(15, tables, "DROP TABLE p1", "takes-lock"),
            [
                "takes-lock p1 lock=access-exclusive blocks=reads timeout=unset",
                "takes-lock p lock=access-exclusive blocks=reads timeout=unset",
                "takes-lock pd lock=access-exclusive blocks=reads timeout=unset",
            ]
        );
    }

    #[test]
    fn statistics_lock_their_table_from_12_on() {
        let tables = "CREATE TABLE t (a int, b int); CREATE STATISTICS s ON a, b FROM t;";
        assert_eq!(effects(11, tables, "DROP STATISTICS s", "takes-lock").len(), 0);
        assert_eq!(effects(12, tables, "DROP STATISTICS s", "takes-lock").len(), 1);
    }

    #[test]
    fn a_temporary_table_that_a_function_makes_loses_nothing() {
        use crate::check::{File, Project, read};
        let lost = |sql: &str| {
            let file = File::from(crate::source::Source::new("1.sql", sql));
            let (_, projects) = read(vec![Project::of(crate::tool::Tool::NONE, vec![file])], &Default::default());
            let effects = projects.iter().flat_map(|project| &project.replay.steps).flat_map(|step| &step.effects);
            effects.filter(|effect| effect.kind.name() == "loses-data").count()
        };
        let function = "CREATE FUNCTION f() RETURNS void LANGUAGE plpgsql AS $$ BEGIN
            CREATE TEMPORARY TABLE scratch AS SELECT 1 AS a; END $$; SELECT f();";
        assert_eq!(lost(&format!("{function} DROP TABLE IF EXISTS scratch;")), 0);
        assert_eq!(lost(&format!("{function} DROP TABLE IF EXISTS other;")), 1);
    }

    #[test]
    fn what_the_same_statement_drops_before_is_not_in_the_way() {
        let setup = "CREATE TABLE t (id int PRIMARY KEY, parent int CONSTRAINT up REFERENCES t (id));";
        let fails = |actions: &str| effects(15, setup, &format!("ALTER TABLE t {actions}"), "fails");
        assert_eq!(fails("DROP CONSTRAINT up, DROP CONSTRAINT t_pkey, ADD PRIMARY KEY (id)"), [""; 0]);
        let refused = ["fails reason=depended sqlstate=2BP01 object=constraint up on table t owner=file"];
        assert_eq!(fails("DROP CONSTRAINT t_pkey, DROP CONSTRAINT up"), refused);
    }

    #[test]
    fn a_row_type_is_in_the_way_where_a_table_holds_it() {
        let setup = "CREATE TABLE t (id int, link text); CREATE TYPE found AS (links t[]);";
        let fails =
            |more: &str| effects(15, &format!("{setup} {more}"), "ALTER TABLE t ALTER link TYPE varchar(9)", "fails");
        assert_eq!(fails(""), [""; 0]);
        let refused = ["fails reason=in-use sqlstate=0A000 object=u.f owner=file"];
        assert_eq!(fails("CREATE TABLE u (f found)"), refused);
    }

    #[test]
    fn an_extension_takes_its_columns_along() {
        let tables = "CREATE EXTENSION citext; CREATE TABLE t (id int, c citext);";
        assert_eq!(
            effects(15, tables, "DROP EXTENSION citext CASCADE", "takes-lock loses-data"),
            [
                "takes-lock t lock=access-exclusive blocks=reads timeout=unset",
                "loses-data t object=column name=c cascade",
            ]
        );
        assert_eq!(
            effects(15, tables, "DROP EXTENSION citext", "fails"),
            ["fails reason=depended sqlstate=2BP01 object=column c of table t owner=file"]
        );
    }
}
