//! `DROP` of objects that have a name of their own.
//!
//! `RemoveRelations`, `RemoveObjects`, `performMultipleDeletions` and the function that each class of objects is removed by, which decides
//! what is locked; manual, "Dependency Tracking".

use super::analysis::Analysis;
use super::index::concurrently_after;
use super::transaction::prevent_in_block;
use crate::catalog::{
    Catalog, Droppable, Dropped, Origin, Relation, RelationBody, RelationId, Table, TableConstraintKind,
};
use crate::diagnostic::Label;
use crate::dialect::Version;
use crate::effect::{ClientChange, Confidence, EffectKind, FailReason, LockMode, LostObject, NothingReason};
use crate::source::{Location, Span};
use crate::statement::{Drop, Expr, ExprKind, Name, ObjectKind, ObjectName, Statement};
use smol_str::{SmolStr, format_smolstr};

/// How many dependents are pointed at, one label each.
const LABELS: usize = 8;

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
        _ => {}
    }
    let mut named = Vec::new();
    for name in &drop.names {
        match find(analysis, drop, name) {
            Found::Object(object) => named.push((object, name)),
            Found::Refused => return,
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
        };
        analysis.add(name.span(), kind);
    }
}

/// The restrictions of `DROP INDEX CONCURRENTLY`.
fn concurrently_allowed(analysis: &mut Analysis<'_>, keyword: Span, drop: &Drop) -> bool {
    prevent_in_block(analysis, keyword, "DROP INDEX CONCURRENTLY");
    if drop.names.len() > 1 || drop.cascade {
        let object = if drop.cascade { "CASCADE" } else { "several indexes" };
        analysis.fail(keyword, FailReason::Invalid, "0A000", object);
        return false;
    }
    for name in &drop.names {
        let catalog = analysis.catalog();
        let Some(relation) = analysis.resolve(name) else {
            continue;
        };
        let table = relation.as_index().and_then(|index| catalog.table(index.table));
        if table.is_some_and(|(_, table)| table.is_partitioned()) {
            analysis.fail(keyword, FailReason::Partitioned, "0A000", relation.display_name());
            return false;
        }
    }
    true
}

enum Found {
    Object(Droppable),
    /// It is certain not to exist; what the server answers.
    Missing(&'static str),
    /// Whether it exists is not known, or nothing depends on its kind.
    Unknown,
    /// The statement fails for another reason, which has been told.
    Refused,
}

fn find(analysis: &mut Analysis<'_>, drop: &Drop, name: &ObjectName) -> Found {
    let path = analysis.context.session.search_path();
    let catalog = analysis.catalog();
    let schema = name.schema.as_ref().map(|schema| schema.name.as_str());
    let certain = analysis.context.settings.from_empty;
    let absent = |sqlstate| if certain { Found::Missing(sqlstate) } else { Found::Unknown };
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
            // Which of several overloads goes is not known.
            Some(function) if function.overloads.len() > 1 => Found::Unknown,
            Some(_) => {
                let schemas = path.iter().map(Name::as_str);
                let mut schemas = schema.into_iter().chain(schemas.filter(|_| schema.is_none()));
                let holds = |schema: &&str| {
                    let qualified = ObjectName { schema: Some(ident(schema, name)), name: name.name.clone() };
                    catalog.function(&qualified, &path).is_some()
                };
                match schemas.find(holds) {
                    Some(schema) => Found::Object(Droppable::Function(schema.into(), name.name.name.clone())),
                    None => Found::Unknown,
                }
            }
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
        _ => Found::Unknown,
    }
}

fn ident(schema: &str, like: &ObjectName) -> crate::statement::Ident {
    crate::statement::Ident { name: schema.into(), span: like.span() }
}

/// Returns whether the statement goes on.
fn missing(analysis: &mut Analysis<'_>, drop: &Drop, name: &ObjectName, sqlstate: &'static str) -> bool {
    let object = format_smolstr!("{name}");
    if drop.if_exists {
        analysis.add(name.span(), EffectKind::DoesNothing { reason: NothingReason::Missing, object });
    } else {
        analysis.fail(name.span(), FailReason::Missing, sqlstate, object);
    }
    drop.if_exists
}

/// An object of which nothing but its name is known.
fn tell_unknown(analysis: &mut Analysis<'_>, drop: &Drop, name: &ObjectName) {
    let name_text = format_smolstr!("{name}");
    let kind = EffectKind::DropsObject {
        object: drop.kind.name().into(),
        name: name_text.clone(),
        cascade: false,
        if_exists: drop.if_exists,
        concurrently: false,
    };
    analysis.add(name.span(), kind);
    let change = match drop.kind {
        ObjectKind::Function | ObjectKind::Procedure | ObjectKind::Routine => ClientChange::DropFunction,
        ObjectKind::Type | ObjectKind::Domain => ClientChange::ChangeTypeDefinition,
        _ => return,
    };
    analysis.add(name.span(), EffectKind::BreaksClients { change, object: name_text, to: SmolStr::default() });
}

/// Fails the statement where the server would for what depends on the objects. Returns whether it does.
pub(super) fn refuse(analysis: &mut Analysis<'_>, focus: Span, dropped: &Dropped) -> bool {
    if !dropped.is_refused() {
        return false;
    }
    let catalog = analysis.catalog();
    let in_the_way = || dropped.owners.iter().chain(&dropped.blockers);
    let first = in_the_way().next().map(|object| catalog.describe(object)).unwrap_or_default();
    let labels: Vec<_> = in_the_way().filter_map(|object| made_here(catalog, object)).take(LABELS).collect();
    // A column of the partition key cannot be dropped at all; see `ATExecDropColumn`.
    analysis.fail(focus, FailReason::Depended, "2BP01", first).because.extend(labels);
    true
}

/// A label where an object was made.
fn made_here(catalog: &Catalog, object: &Droppable) -> Option<Label> {
    let at = origin_of(catalog, object)?.at;
    Some(Label { message: format!("{} is made here", catalog.describe(object)), at })
}

fn origin_of(catalog: &Catalog, object: &Droppable) -> Option<Origin> {
    match object {
        Droppable::Relation(id) => catalog.relation(*id)?.origin,
        Droppable::Column(id, name) | Droppable::Default(id, name) => catalog.table(*id)?.1.column(name)?.origin,
        Droppable::Constraint(id, name) => catalog.table(*id)?.1.constraint(name)?.origin,
        Droppable::Attachment(id, kind, name) => {
            let mut attachments = catalog.relation(*id)?.attachments().iter();
            attachments.find(|it| it.kind == *kind && it.name == *name).map(|it| it.origin)
        }
        Droppable::Statistics(id, schema, name) => {
            let mut statistics = catalog.table(*id)?.1.statistics.iter();
            statistics.find(|it| it.schema == *schema && it.name == *name).map(|it| it.origin)
        }
        Droppable::Type(schema, name) => catalog.type_named(Some(schema), name, &[])?.origin,
        Droppable::Function(..) => None,
        Droppable::Schema(name) => catalog.schema(name)?.origin,
    }
}

/// The locks that removing objects takes.
pub(super) fn lock_dropped(analysis: &mut Analysis<'_>, dropped: &Dropped, focus: Span, concurrently: bool) {
    for object in &dropped.objects {
        lock_object(analysis, &object.object, focus, concurrently);
    }
}

fn lock_object(analysis: &mut Analysis<'_>, object: &Droppable, focus: Span, concurrently: bool) {
    use LockMode::{AccessExclusive, ShareUpdateExclusive};
    let catalog = analysis.catalog();
    match object {
        Droppable::Relation(id) => {
            let Some(relation) = catalog.relation(*id) else {
                return;
            };
            let lock = if concurrently { ShareUpdateExclusive } else { AccessExclusive };
            analysis.lock(relation, lock, focus);
            match &relation.body {
                // `index_drop` needs the table, too.
                RelationBody::Index(index) => lock_id(analysis, index.table, lock, focus),
                RelationBody::Table(table) => lock_around_table(analysis, table, focus),
                _ => {}
            }
        }
        Droppable::Column(id, _) | Droppable::Default(id, _) | Droppable::Attachment(id, ..) => {
            lock_id(analysis, *id, AccessExclusive, focus);
        }
        Droppable::Constraint(id, name) => {
            lock_id(analysis, *id, AccessExclusive, focus);
            let constraint = catalog.table(*id).and_then(|(_, table)| table.constraint(name));
            if let Some(TableConstraintKind::ForeignKey { references, .. }) = constraint.map(|it| &it.kind) {
                lock_referenced(analysis, *references, focus);
            }
        }
        // `RemoveStatisticsById` locks the table from 12 on (truth: drop_statistics).
        Droppable::Statistics(id, ..) if analysis.version() >= Version(12) => {
            lock_id(analysis, *id, ShareUpdateExclusive, focus);
        }
        Droppable::Statistics(..) | Droppable::Type(..) | Droppable::Function(..) | Droppable::Schema(_) => {}
    }
}

/// What dropping a table locks besides it.
fn lock_around_table(analysis: &mut Analysis<'_>, table: &Table, focus: Span) {
    // The triggers of a foreign key are on the referenced table as well (`RemoveTriggerById`).
    for constraint in table.foreign_keys() {
        if let TableConstraintKind::ForeignKey { references, .. } = constraint.kind {
            lock_referenced(analysis, references, focus);
        }
    }
    // `heap_drop_with_catalog`: the parent's partitions change, and with them the default partition's bound.
    if let Some(partition) = &table.partition {
        lock_id(analysis, partition.parent, LockMode::AccessExclusive, focus);
        if let Some(default) = analysis.catalog().default_partition(partition.parent) {
            analysis.lock(default, LockMode::AccessExclusive, focus);
        }
    }
}

/// The referenced table of a foreign key that goes; from 12 on its partitions have triggers, too.
fn lock_referenced(analysis: &mut Analysis<'_>, referenced: RelationId, focus: Span) {
    lock_id(analysis, referenced, LockMode::AccessExclusive, focus);
    for partition in analysis.catalog().all_partitions(referenced) {
        analysis.lock(partition, LockMode::AccessExclusive, focus);
    }
}

fn lock_id(analysis: &mut Analysis<'_>, id: RelationId, lock: LockMode, focus: Span) {
    if let Some(relation) = analysis.catalog().relation(id) {
        analysis.lock(relation, lock, focus);
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
                tell_table(analysis, relation, focus, false, dependents, labels);
            } else {
                tell_relation(analysis, drop, relation, focus, labels);
            }
        }
        Droppable::Schema(name) => {
            let created = made_here(catalog, object);
            let kind = EffectKind::DropsObject {
                object: "schema".into(),
                name: name.clone(),
                cascade: drop.cascade,
                if_exists: drop.if_exists,
                concurrently: false,
            };
            analysis.add(focus, kind);
            if drop.cascade {
                let kind = EffectKind::LosesData {
                    object: LostObject::Schema,
                    name: name.clone(),
                    cascade: true,
                    generated: false,
                    dependents,
                };
                analysis.add(focus, kind).because.extend(created.into_iter().chain(labels));
            }
        }
        Droppable::Statistics(id, _, name) => {
            if let Some(table) = catalog.relation(*id) {
                let kind = EffectKind::DropsObject {
                    object: drop.kind.name().into(),
                    name: name.clone(),
                    cascade: drop.cascade,
                    if_exists: drop.if_exists,
                    concurrently: false,
                };
                analysis.on(table, focus, kind);
            }
        }
        Droppable::Type(schema, name) | Droppable::Function(schema, name) => {
            let text = if schema == "public" { name.clone() } else { format_smolstr!("{schema}.{name}") };
            let kind = EffectKind::DropsObject {
                object: drop.kind.name().into(),
                name: text.clone(),
                cascade: drop.cascade,
                if_exists: drop.if_exists,
                concurrently: false,
            };
            analysis.add(focus, kind).because.extend(labels);
            let function = matches!(object, Droppable::Function(..));
            let change = if function { ClientChange::DropFunction } else { ClientChange::ChangeTypeDefinition };
            analysis.add(focus, EffectKind::BreaksClients { change, object: text, to: SmolStr::default() });
        }
        _ => {}
    }
}

fn tell_table(
    analysis: &mut Analysis<'_>,
    relation: &Relation,
    focus: Span,
    cascade: bool,
    dependents: usize,
    labels: Vec<Label>,
) {
    let name = relation.display_name();
    let created = analysis.created_here(relation);
    let kind =
        EffectKind::LosesData { object: LostObject::Table, name: name.clone(), cascade, generated: false, dependents };
    analysis.on(relation, focus, kind).because.extend(created.into_iter().chain(labels));
    let kind = EffectKind::BreaksClients { change: ClientChange::DropTable, object: name, to: SmolStr::default() };
    analysis.on(relation, focus, kind);
}

/// An index, a view, a sequence or a composite type. Of an index the effect is on its table: that is what is locked and read slower.
fn tell_relation(analysis: &mut Analysis<'_>, drop: &Drop, relation: &Relation, focus: Span, labels: Vec<Label>) {
    let catalog = analysis.catalog();
    let name = relation.display_name();
    let subject = relation.as_index().and_then(|index| catalog.relation(index.table)).unwrap_or(relation);
    let kind = EffectKind::DropsObject {
        object: drop.kind.name().into(),
        name: name.clone(),
        cascade: drop.cascade,
        if_exists: drop.if_exists,
        concurrently: drop.concurrently.is_some(),
    };
    let created = analysis.created_here(relation);
    analysis.on(subject, focus, kind).because.extend(created.into_iter().chain(labels));
    let change = match &relation.body {
        RelationBody::View(_) => ClientChange::DropView,
        RelationBody::Composite(_) => ClientChange::ChangeTypeDefinition,
        _ => return,
    };
    analysis.on(relation, focus, EffectKind::BreaksClients { change, object: name, to: SmolStr::default() });
}

/// What goes without being named: partitions, and what CASCADE takes.
pub(super) fn tell_cascade(analysis: &mut Analysis<'_>, focus: Span, dropped: &Dropped) {
    let catalog = analysis.catalog();
    for object in dropped.objects.iter().filter(|object| !object.named) {
        let cascade = object.cascade;
        match &object.object {
            Droppable::Relation(id) => {
                let Some(relation) = catalog.relation(*id) else {
                    continue;
                };
                match &relation.body {
                    RelationBody::Table(_) => tell_table(analysis, relation, focus, cascade, 0, Vec::new()),
                    RelationBody::View(_) if cascade => {
                        tell_gone(analysis, relation, focus, relation.kind_name(), relation.display_name());
                        let kind = EffectKind::BreaksClients {
                            change: ClientChange::DropView,
                            object: relation.display_name(),
                            to: SmolStr::default(),
                        };
                        analysis.on(relation, focus, kind);
                    }
                    _ => {}
                }
            }
            Droppable::Column(id, name) => {
                let Some(relation) = catalog.relation(*id) else {
                    continue;
                };
                if let RelationBody::Composite(_) = relation.body {
                    continue;
                }
                tell_column(analysis, relation, name, focus, cascade);
            }
            Droppable::Constraint(id, name) if cascade => {
                if let Some(relation) = catalog.relation(*id) {
                    tell_gone(analysis, relation, focus, "constraint", name.clone());
                }
            }
            Droppable::Attachment(id, kind, name) if cascade => {
                if let Some(relation) = catalog.relation(*id) {
                    tell_gone(analysis, relation, focus, kind.name(), name.clone());
                }
            }
            Droppable::Default(id, name) if cascade => {
                if let Some(relation) = catalog.relation(*id) {
                    let kind = EffectKind::BreaksClients {
                        change: ClientChange::DropDefault,
                        object: name.clone(),
                        to: SmolStr::default(),
                    };
                    analysis.on(relation, focus, kind);
                }
            }
            _ => {}
        }
    }
}

fn tell_gone(analysis: &mut Analysis<'_>, relation: &Relation, focus: Span, object: &str, name: SmolStr) {
    let kind =
        EffectKind::DropsObject { object: object.into(), name, cascade: true, if_exists: false, concurrently: false };
    let created = analysis.created_here(relation);
    analysis.on(relation, focus, kind).because.extend(created);
}

/// A column that goes with something else.
fn tell_column(analysis: &mut Analysis<'_>, relation: &Relation, name: &Name, focus: Span, cascade: bool) {
    let column = relation.as_table().and_then(|table| table.column(name));
    let generated = column.is_some_and(|column| column.generated.is_some());
    let label = column.and_then(|column| column.origin).map(|origin| column_label(name, origin.at));
    let kind =
        EffectKind::LosesData { object: LostObject::Column, name: name.clone(), cascade, generated, dependents: 0 };
    analysis.on(relation, focus, kind).because.extend(label);
    let kind =
        EffectKind::BreaksClients { change: ClientChange::DropColumn, object: name.clone(), to: SmolStr::default() };
    analysis.on(relation, focus, kind);
}

fn column_label(name: &Name, at: Location) -> Label {
    Label { message: format!("column `{name}` is made here"), at }
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

/// What the well-known extensions bring: types, functions and operator classes that tables, defaults and indexes use.
struct Brings {
    extension: &'static str,
    types: &'static [&'static str],
    functions: &'static [&'static str],
    opclasses: &'static [&'static str],
}

const BRINGS: &[Brings] = &[
    Brings {
        extension: "citext",
        types: &["citext"],
        functions: &[],
        opclasses: &["citext_ops", "citext_pattern_ops"],
    },
    Brings {
        extension: "hstore",
        types: &["hstore", "ghstore"],
        functions: &["hstore"],
        opclasses: &["gin_hstore_ops", "gist_hstore_ops", "btree_hstore_ops", "hash_hstore_ops"],
    },
    Brings {
        extension: "ltree",
        types: &["ltree", "lquery", "ltxtquery", "ltree_gist"],
        functions: &["text2ltree", "subpath", "nlevel"],
        opclasses: &["ltree_ops", "gist_ltree_ops", "gist__ltree_ops"],
    },
    Brings { extension: "cube", types: &["cube"], functions: &["cube"], opclasses: &["cube_ops", "gist_cube_ops"] },
    Brings { extension: "seg", types: &["seg"], functions: &[], opclasses: &["seg_ops", "gist_seg_ops"] },
    Brings {
        extension: "isn",
        types: &["isbn", "isbn13", "ean13", "issn", "issn13", "ismn", "ismn13", "upc"],
        functions: &[],
        opclasses: &[],
    },
    Brings {
        extension: "vector",
        types: &["vector", "halfvec", "sparsevec"],
        functions: &[],
        opclasses: &["vector_l2_ops", "vector_ip_ops", "vector_cosine_ops", "vector_l1_ops"],
    },
    Brings {
        extension: "postgis",
        types: &["geometry", "geography", "box2d", "box3d"],
        functions: &["st_makepoint", "st_setsrid", "st_geomfromtext"],
        opclasses: &["gist_geometry_ops_2d", "gist_geometry_ops_nd", "gist_geography_ops"],
    },
    Brings {
        extension: "pg_trgm",
        types: &[],
        functions: &["similarity"],
        opclasses: &["gin_trgm_ops", "gist_trgm_ops"],
    },
    Brings {
        extension: "uuid-ossp",
        types: &[],
        functions: &[
            "uuid_generate_v1",
            "uuid_generate_v1mc",
            "uuid_generate_v3",
            "uuid_generate_v4",
            "uuid_generate_v5",
            "uuid_nil",
        ],
        opclasses: &[],
    },
    Brings {
        extension: "pgcrypto",
        types: &[],
        functions: &["crypt", "gen_salt", "digest", "hmac", "gen_random_bytes"],
        opclasses: &[],
    },
    Brings { extension: "unaccent", types: &[], functions: &["unaccent"], opclasses: &[] },
];

fn extensions(analysis: &mut Analysis<'_>, statement: &Statement, drop: &Drop) {
    let mut objects = Vec::new();
    let catalog = analysis.catalog();
    for name in &drop.names {
        let extension = &name.name.name;
        if catalog.object(ObjectKind::Extension, extension).is_none()
            && analysis.context.settings.from_empty
            && !matches!(extension.as_str(), "plpgsql")
        {
            if !missing(analysis, drop, name, "42704") {
                return;
            }
            continue;
        }
        if let Some(brings) = BRINGS.iter().find(|brings| brings.extension == extension) {
            used_parts(catalog, brings, &mut objects);
        }
        let kind = EffectKind::DropsObject {
            object: "extension".into(),
            name: extension.clone(),
            cascade: drop.cascade,
            if_exists: drop.if_exists,
            concurrently: false,
        };
        analysis.add(name.span(), kind);
    }
    if objects.is_empty() {
        return;
    }
    if !drop.cascade {
        let dropped = Dropped { blockers: objects, ..Dropped::default() };
        refuse(analysis, statement.span, &dropped);
        return;
    }
    let mut dropped = catalog.dropped_with(&objects, true, analysis.version());
    for object in &mut dropped.objects {
        (object.named, object.cascade) = (false, true);
    }
    lock_dropped(analysis, &dropped, statement.span, false);
    tell_cascade(analysis, statement.span, &dropped);
}

/// What in the schema uses an extension.
fn used_parts(catalog: &Catalog, brings: &Brings, objects: &mut Vec<Droppable>) {
    let calls = |expr: &Expr| {
        let mut found = false;
        expr.walk(&mut |part| {
            found |=
                matches!(&part.kind, ExprKind::Call(call) if brings.functions.contains(&call.name.name.name.as_str()));
        });
        found
    };
    for relation in catalog.relations() {
        match &relation.body {
            RelationBody::Table(table) => {
                for column in &table.columns {
                    let ty = column.ty.as_ref().map(|ty| ty.name.as_str());
                    if ty.is_some_and(|ty| brings.types.contains(&ty)) {
                        objects.push(Droppable::Column(relation.id, column.name.clone()));
                    } else if column.default.as_ref().is_some_and(calls) {
                        objects.push(Droppable::Default(relation.id, column.name.clone()));
                    }
                }
            }
            RelationBody::Index(index) => {
                let opclass = index.keys.iter().filter_map(|key| key.opclass.as_ref());
                let by_opclass = opclass.into_iter().any(|name| brings.opclasses.contains(&name.name.name.as_str()));
                if by_opclass || index.keys.iter().any(|key| calls(&key.expr)) {
                    objects.push(Droppable::Relation(relation.id));
                }
            }
            _ => {}
        }
    }
}
