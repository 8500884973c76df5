//! Functions, schemas, extensions, publications, statistics, comments, privileges, roles and databases.
//!
//! Manual, the page of each command; `get_object_address` decides what `COMMENT` and its like lock.

mod cast;

use super::access;
use super::analysis::Analysis;
use super::dml;
use super::missing;
use super::transaction::prevent_in_block;
use super::trigger;
use crate::catalog::{Overload, Relation, RelationBody, Table};
use crate::dialect::Version;
use crate::effect::{ClientChange, EffectKind, FailReason, LockMode, NothingReason};
use crate::source::Span;
use crate::statement::{
    AlterObject, Comment, CreateExtension, CreateFunction, CreateObject, CreateSchema, CreateStatistics, ExprKind,
    Ident, Name, ObjectKind, ObjectName, Publication, PublicationAction, Statement, TypeName,
};
use smol_str::SmolStr;

fn creates(analysis: &mut Analysis<'_>, focus: Span, object: &'static str, name: SmolStr, or_replace: bool) {
    let object = SmolStr::new_static(object);
    analysis.add(focus, EffectKind::CreatesObject { object, name, or_replace });
}

fn display(name: &ObjectName) -> SmolStr {
    smol_str::format_smolstr!("{name}")
}

/// `CREATE FUNCTION`, `CREATE PROCEDURE`.
pub(super) fn create_function(analysis: &mut Analysis<'_>, create: &CreateFunction) {
    let path = analysis.context.session.search_path();
    let focus = create.name.span();
    let existing = analysis.catalog().function(&create.name, &path);
    let same = |types: &[Name]| types.iter().eq(create.arguments.iter().map(|ty: &TypeName| &ty.name));
    if let Some(at) = create.sql_body.filter(|_| analysis.version() < Version(14)) {
        missing::refuse_syntax(analysis, at, "a function body that is no string");
        return;
    }
    if missing::refuse_schema(analysis, &create.name) {
        return;
    }
    if refuse_signature(analysis, create) {
        // What it asks for is worth telling all the same.
        access::create_function(analysis, create, focus);
        return;
    }
    let overload = existing.and_then(|it| it.overloads.iter().find(|it| same(&it.arguments)));
    if let Some(overload) = overload.filter(|_| create.or_replace)
        && let Some((reason, sqlstate)) = replaced_otherwise(overload, create)
    {
        analysis.fail(focus, reason, sqlstate, display(&create.name));
        return;
    }
    if let Some(overload) = overload
        && !create.or_replace
    {
        let at = overload.origin.at;
        let label = crate::diagnostic::Label { message: "it is made here already".to_owned(), at };
        let object = display(&create.name);
        analysis.fail(focus, FailReason::Duplicate, "42723", object).because.push(label);
        return;
    }
    // The body of a function in SQL is parsed at once (`fmgr_sql_validator`), and that of 14's `BEGIN ATOMIC` always.
    if create.language.as_deref().is_none_or(|language| language == "sql") {
        let checked = analysis.context.session.checks_bodies();
        if let Some(body) = create.body.as_ref().filter(|body| body.inline || checked) {
            for statement in &body.statements {
                dml::lock_parsed(analysis, &statement.command);
            }
        }
    }
    let object = SmolStr::new_static(if create.procedure { "procedure" } else { "function" });
    let kind = EffectKind::CreatesObject { object, name: display(&create.name), or_replace: create.or_replace };
    // OR REPLACE replaces the overload with the same argument types only (`ProcedureCreate`).
    if let Some(existing) =
        existing.filter(|it| create.or_replace && !it.overloads.iter().any(|it| same(&it.arguments)))
        && !is_new_function(analysis, &create.name)
        && let Some(last) = existing.overloads.last()
    {
        let label = crate::diagnostic::Label { message: "another one is made here".to_owned(), at: last.origin.at };
        let kind = EffectKind::Overloads { name: display(&create.name), count: existing.overloads.len() };
        analysis.add(focus, kind).because.push(label);
    }
    analysis.add(focus, kind);
    access::create_function(analysis, create, focus);
}

/// Fails a function over a language or types that are certain not to exist.
fn refuse_signature(analysis: &mut Analysis<'_>, create: &CreateFunction) -> bool {
    let focus = create.name.span();
    if let Some(language) = &create.language
        && missing::refuse_plain(analysis, ObjectKind::Language, &Ident { name: language.clone(), span: focus })
    {
        return true;
    }
    // For a function in C the server makes a shell of a type that it returns.
    let shell = create.language.as_deref().is_none_or(|language| matches!(language, "c" | "internal"));
    let returns = create.returns.as_ref().filter(|_| !shell);
    let pseudo = |ty: &TypeName| ty.name == "event_trigger" || ty.name.ends_with("_handler");
    let unknown = create.arguments.iter().chain(returns).find(|ty| !pseudo(ty) && !analysis.type_may_exist(ty));
    if let Some(ty) = unknown {
        analysis.fail(ty.span, FailReason::Missing, "42704", ty.name.clone());
    }
    unknown.is_some()
}

/// What `CREATE OR REPLACE` may not change (`ProcedureCreate`).
fn replaced_otherwise(overload: &Overload, create: &CreateFunction) -> Option<(FailReason, &'static str)> {
    if overload.procedure != create.procedure {
        return Some((FailReason::Kind, "42809"));
    }
    let returns = overload.returns.as_ref().zip(create.returns.as_ref());
    let other_type = returns.is_some_and(|(before, now)| now.dimensions == 0 && *before != now.name);
    let renamed = overload.argument_names.iter().zip(&create.argument_names).any(|(before, now)| {
        let before = before.as_ref().filter(|name| !name.is_empty());
        before.is_some() && before != now.as_ref()
    });
    (other_type || renamed).then_some((FailReason::Invalid, "42P13"))
}

/// `CREATE SCHEMA`.
pub(super) fn create_schema(analysis: &mut Analysis<'_>, statement: &Statement, create: &CreateSchema) {
    let Some(name) = &create.name else {
        creates(analysis, statement.span, "schema", SmolStr::default(), false);
        return;
    };
    let existing = analysis.catalog().schema(&name.name).and_then(|schema| schema.origin);
    if existing.is_some() || name.name == "public" {
        exists(analysis, name.span, name.name.clone(), create.if_not_exists, "42P06");
        return;
    }
    if name.name.starts_with("pg_") {
        analysis.fail(name.span, FailReason::Invalid, "42939", name.name.clone());
        return;
    }
    creates(analysis, name.span, "schema", name.name.clone(), false);
}

fn exists(analysis: &mut Analysis<'_>, focus: Span, object: SmolStr, if_not_exists: bool, sqlstate: &'static str) {
    if if_not_exists {
        analysis.add(focus, EffectKind::DoesNothing { reason: NothingReason::Exists, object });
    } else {
        analysis.fail(focus, FailReason::Duplicate, sqlstate, object);
    }
}

/// `CREATE EXTENSION`.
pub(super) fn create_extension(analysis: &mut Analysis<'_>, create: &CreateExtension) {
    let name = &create.name;
    // PL/pgSQL is there from the beginning.
    if analysis.catalog().object(ObjectKind::Extension, &name.name).is_some() || name.name == "plpgsql" {
        exists(analysis, name.span, name.name.clone(), create.if_not_exists, "42710");
        return;
    }
    creates(analysis, name.span, "extension", name.name.clone(), false);
    access::create_extension(analysis, create);
}

/// `CREATE STATISTICS`.
pub(super) fn create_statistics(analysis: &mut Analysis<'_>, statement: &Statement, create: &CreateStatistics) {
    let focus = create.table.span();
    let Some(relation) = analysis.named(&create.table) else {
        return;
    };
    let fits = match &relation.body {
        RelationBody::Table(_) | RelationBody::Unknown => true,
        RelationBody::View(view) => view.materialized,
        _ => false,
    };
    if !analysis.require_kind(relation, focus, fits) {
        return;
    }
    if refuse_statistics(analysis, relation, statement, create) {
        return;
    }
    analysis.lock(relation, LockMode::ShareUpdateExclusive, focus);
    let name = create.name.as_ref().map(display).unwrap_or_default();
    let focus = create.name.as_ref().map_or(statement.span, ObjectName::span);
    if let Some(written) = &create.name {
        let path = analysis.context.session.search_path();
        let schema = analysis.catalog().creation_schema(written, &path);
        let known = |relation: &Relation| {
            let statistics = relation.as_table().map(|table| table.statistics.as_slice()).unwrap_or_default();
            statistics.iter().any(|it| it.name == written.name.name && it.schema == schema)
        };
        if analysis.catalog().relations().any(known) {
            exists(analysis, focus, name, create.if_not_exists, "42710");
            return;
        }
    }
    let object = SmolStr::new_static("statistics object");
    let kind = EffectKind::CreatesObject { object, name, or_replace: false };
    analysis.on(relation, focus, kind);
}

/// What `CreateStatistics` refuses.
fn refuse_statistics(
    analysis: &mut Analysis<'_>,
    relation: &Relation,
    statement: &Statement,
    create: &CreateStatistics,
) -> bool {
    let version = analysis.version();
    for kind in &create.kinds {
        let since = match kind.name.as_str() {
            "ndistinct" | "dependencies" => Version(11),
            "mcv" => Version(12),
            _ => Version(u16::MAX),
        };
        if version < since {
            analysis.fail(kind.span, FailReason::Version, "42601", kind.name.clone());
            return true;
        }
    }
    let expressions = create.keys.iter().filter(|key| !matches!(key.kind, ExprKind::Column(_)));
    if let Some(expr) = expressions.clone().next().filter(|_| version < Version(14)) {
        analysis.fail(expr.span, FailReason::Version, "0A000", "statistics of an expression");
        return true;
    }
    if create.keys.len() == 1 && expressions.count() == 0 {
        analysis.fail(statement.span, FailReason::Invalid, "42P17", "statistics of one column");
        return true;
    }
    let Some(table) = relation.as_table().filter(|table| table.complete) else {
        return false;
    };
    let mut columns = create.keys.iter().flat_map(|key| key.columns());
    let Some(column) = columns.find(|column| table.column(&column.name).is_none()) else {
        return false;
    };
    analysis.fail(column.span, FailReason::Missing, "42703", column.name.clone());
    true
}

/// `CREATE PUBLICATION`, `ALTER PUBLICATION`.
pub(super) fn publication(analysis: &mut Analysis<'_>, publication: &Publication) {
    let name = &publication.name;
    let catalog = analysis.catalog();
    let existing = catalog.object(ObjectKind::Publication, &name.name);
    if publication.action == PublicationAction::Create {
        if existing.is_some() {
            exists(analysis, name.span, name.name.clone(), false, "42710");
            return;
        }
    } else if existing.is_none() && analysis.context.settings.from_empty {
        analysis.fail(name.span, FailReason::Missing, "42704", name.name.clone());
        return;
    }
    if !publication.schemas.is_empty() && analysis.version() < Version(15) {
        analysis.fail(name.span, FailReason::Version, "42601", "TABLES IN SCHEMA");
        return;
    }
    if let Some(span) = publication.filtered.filter(|_| analysis.version() < Version(15)) {
        missing::refuse_syntax(analysis, span, "columns or a condition of a published table");
        return;
    }
    for table in &publication.tables {
        let focus = table.name.span();
        let Some(relation) = analysis.named(&table.name) else {
            return;
        };
        let partitioned = relation.as_table().is_some_and(Table::is_partitioned);
        if partitioned && analysis.version() < Version(13) {
            analysis.fail(focus, FailReason::Partitioned, "0A000", relation.display_name());
            return;
        }
        let fits = match &relation.body {
            RelationBody::Table(table) => !table.foreign,
            RelationBody::Unknown => true,
            _ => false,
        };
        if !analysis.require_kind(relation, focus, fits) {
            return;
        }
        // What the files made of it is all there is of it only with the whole schema at hand.
        let member = existing.map(|object| object.relations.contains(&relation.id));
        let member = member.filter(|_| analysis.context.settings.from_empty);
        let refused = match (publication.action, member) {
            (PublicationAction::Add, Some(true)) => Some((FailReason::Duplicate, "42710")),
            (PublicationAction::Drop, Some(false)) => Some((FailReason::Missing, "42704")),
            _ => None,
        };
        if let Some((reason, sqlstate)) = refused {
            analysis.fail(focus, reason, sqlstate, relation.display_name());
            return;
        }
        // `OpenTableList`, whatever is done with them.
        analysis.lock(relation, LockMode::ShareUpdateExclusive, focus);
        if !table.only && !partitioned {
            for child in catalog.descendants(relation.id) {
                analysis.lock(child, LockMode::ShareUpdateExclusive, focus);
            }
        }
    }
    if publication.action == PublicationAction::Set && !publication.tables.is_empty() {
        for member in existing.iter().flat_map(|object| &object.relations) {
            if let Some(relation) = catalog.relation(*member) {
                analysis.lock(relation, LockMode::ShareUpdateExclusive, name.span);
            }
        }
    }
    if publication.action == PublicationAction::Create {
        creates(analysis, name.span, "publication", name.name.clone(), false);
    }
}

/// `CREATE` of anything else.
pub(super) fn create(analysis: &mut Analysis<'_>, statement: &Statement, create: &CreateObject) {
    match create.kind {
        ObjectKind::Database => {
            prevent_in_block(analysis, statement.span, "CREATE DATABASE");
        }
        ObjectKind::Tablespace => {
            prevent_in_block(analysis, statement.span, "CREATE TABLESPACE");
        }
        ObjectKind::Subscription => {
            // Without a connection, or without a slot, nothing outside the transaction is done.
            let off = |name: &str| {
                create.options.iter().any(|option| {
                    let value = option.value.as_deref().map(str::to_lowercase);
                    option.name == name && matches!(value.as_deref(), Some("false" | "off" | "0" | "no"))
                })
            };
            if !off("connect") && !off("create_slot") {
                prevent_in_block(analysis, statement.span, "CREATE SUBSCRIPTION ... WITH (create_slot = true)");
            }
        }
        _ => {}
    }
    let focus = create.name.as_ref().map_or(statement.span, ObjectName::span);
    if create.needs.iter().any(|(kind, name)| missing::refuse(analysis, *kind, name)) {
        return;
    }
    if refuse_object(analysis, statement, create, focus) {
        return;
    }
    let name = create.name.as_ref().map(display).unwrap_or_default();
    creates(analysis, focus, create.kind.name(), name, create.or_replace);
    access::create(analysis, statement, create);
}

/// What is refused of objects of which little is kept: a second one of a name, and what cannot be at all.
fn refuse_object(analysis: &mut Analysis<'_>, statement: &Statement, create: &CreateObject, focus: Span) -> bool {
    // Of kinds whose names are in no schema and stand for one object.
    let singular = matches!(
        create.kind,
        ObjectKind::Server
            | ObjectKind::ForeignDataWrapper
            | ObjectKind::EventTrigger
            | ObjectKind::AccessMethod
            | ObjectKind::Language
            | ObjectKind::Subscription
            | ObjectKind::Role
    );
    if let Some(name) = create.name.as_ref().filter(|_| singular && !create.or_replace)
        && analysis.catalog().object(create.kind, &name.name.name).is_some()
    {
        exists(analysis, focus, name.name.name.clone(), create.if_not_exists, "42710");
        return true;
    }
    if create.kind == ObjectKind::EventTrigger
        && let Some(event) = create.options.first()
        && let Some(name) = &event.value
    {
        let since = match name.as_str() {
            "ddl_command_start" | "ddl_command_end" | "sql_drop" | "table_rewrite" => Version(11),
            "login" => Version(17),
            _ => Version(u16::MAX),
        };
        if analysis.version() < since {
            analysis.fail(event.span, FailReason::Version, "42601", name.clone());
            return true;
        }
        let path = analysis.context.session.search_path();
        let function = create.needs.first().and_then(|(_, name)| analysis.catalog().function(name, &path));
        let returns = function.and_then(|function| match function.overloads.as_slice() {
            [only] => only.returns.clone(),
            _ => None,
        });
        if let Some(returns) = returns.filter(|returns| returns != "event_trigger") {
            analysis.fail(focus, FailReason::Kind, "42P17", returns);
            return true;
        }
    }
    match &create.cast {
        Some(cast) if cast.binary => cast::refuse_binary(analysis, statement.span, cast),
        _ => false,
    }
}

/// `ALTER` of anything that has no page of its own here.
pub(super) fn alter(analysis: &mut Analysis<'_>, statement: &Statement, alter: &AlterObject) {
    access::alter(analysis, statement, alter);
    let words = |text: &str| alter.rest.contains(text);
    let focus = alter.name.as_ref().map_or(statement.span, ObjectName::span);
    if alter.kind == ObjectKind::Statistics && words("set statistics") && analysis.version() < Version(13) {
        missing::refuse_syntax(analysis, statement.span, "ALTER STATISTICS ... SET STATISTICS");
        return;
    }
    if let Some(name) = alter.name.as_ref().filter(|_| alter.table.is_none())
        && (missing::refuse(analysis, alter.kind, name) || refuse_routine(analysis, alter, name))
    {
        return;
    }
    match alter.kind {
        ObjectKind::Trigger | ObjectKind::Rule | ObjectKind::Policy => trigger::alter(analysis, alter),
        ObjectKind::Database if words("set tablespace") => {
            prevent_in_block(analysis, statement.span, "ALTER DATABASE SET TABLESPACE");
        }
        ObjectKind::Subscription => subscription(analysis, statement, alter),
        ObjectKind::Schema => {
            if let (Some(name), Some(to)) = (&alter.name, &alter.rename_to) {
                let taken =
                    to.name == "public" || analysis.catalog().schema(&to.name).is_some_and(|it| it.origin.is_some());
                if taken {
                    analysis.fail(to.span, FailReason::Duplicate, "42P06", to.name.clone());
                    return;
                }
                let known = analysis.catalog().schema(&name.name.name);
                if analysis.made_now(known.and_then(|schema| schema.origin)) {
                    return;
                }
                // Every name that clients qualify with the schema changes.
                let kind = EffectKind::renames_for_clients(
                    ClientChange::RenameSchema,
                    name.name.name.clone(),
                    to.name.clone(),
                );
                analysis.add(focus, kind);
            }
        }
        ObjectKind::Function | ObjectKind::Procedure | ObjectKind::Routine => {
            // To its callers a function of another name, or in another schema, is gone.
            if let (Some(name), Some(to)) = (&alter.name, alter.rename_to.as_ref().or(alter.set_schema.as_ref())) {
                // Triggers know their function by number, and nobody else calls one of theirs.
                if is_new_function(analysis, name) || is_of_triggers(analysis, name) {
                    return;
                }
                let kind = EffectKind::renames_for_clients(ClientChange::DropFunction, display(name), to.name.clone());
                analysis.add(focus, kind);
            }
        }
        _ => {}
    }
}

/// Whether every overload of a function was made in the same deployment.
pub(super) fn is_new_function(analysis: &Analysis<'_>, name: &ObjectName) -> bool {
    let path = analysis.context.session.search_path();
    let function = analysis.catalog().function(name, &path);
    function.is_some_and(|it| it.overloads.iter().all(|overload| analysis.made_now(Some(overload.origin))))
}

/// Fails an ALTER of a routine that there is not with these arguments, or of another kind.
fn refuse_routine(analysis: &mut Analysis<'_>, alter: &AlterObject, name: &ObjectName) -> bool {
    let path = analysis.context.session.search_path();
    let Some(function) = analysis.catalog().function(name, &path) else {
        return false;
    };
    let refused = super::drop::refused_routine(analysis, function, alter.kind, alter.arguments.as_deref());
    if let Some((reason, sqlstate)) = refused {
        analysis.fail(name.span(), reason, sqlstate, display(name));
    }
    refused.is_some()
}

/// Whether only triggers can call a function.
pub(super) fn is_of_triggers(analysis: &Analysis<'_>, name: &ObjectName) -> bool {
    let path = analysis.context.session.search_path();
    let function = analysis.catalog().function(name, &path);
    function.is_some_and(|it| it.overloads.iter().all(|overload| overload.of_trigger))
}

fn subscription(analysis: &mut Analysis<'_>, statement: &Statement, alter: &AlterObject) {
    let rest = alter.rest.as_str();
    if rest.contains("refresh publication") || rest.contains("refresh sequences") {
        prevent_in_block(analysis, statement.span, "ALTER SUBSCRIPTION ... REFRESH");
    } else if ["set publication", "add publication", "drop publication"].iter().any(|words| rest.contains(words))
        && !rest.contains("refresh")
    {
        // `refresh = true` is the default; with the option written, its value is not kept.
        prevent_in_block(analysis, statement.span, "ALTER SUBSCRIPTION ... WITH (refresh = true)");
    }
}

/// `COMMENT ON`, `SECURITY LABEL ON`: the relation, also of a column, is locked against changes of the schema.
pub(super) fn comment(analysis: &mut Analysis<'_>, comment: &Comment) {
    let Some(name) = &comment.name else {
        return;
    };
    let on_relation = matches!(
        comment.kind,
        ObjectKind::Table
            | ObjectKind::ForeignTable
            | ObjectKind::Index
            | ObjectKind::View
            | ObjectKind::MaterializedView
            | ObjectKind::Sequence
            | ObjectKind::Column
            | ObjectKind::Constraint
            | ObjectKind::Trigger
            | ObjectKind::Policy
            | ObjectKind::Rule
    );
    if !on_relation {
        missing::refuse(analysis, comment.kind, name);
        return;
    }
    // A constraint may be a domain's, too.
    let Some(relation) =
        (if comment.kind == ObjectKind::Constraint { analysis.resolve(name) } else { analysis.named(name) })
    else {
        return;
    };
    let fits = match (comment.kind, &relation.body) {
        (_, RelationBody::Unknown) => true,
        (ObjectKind::Table, RelationBody::Table(table)) => !table.foreign,
        (ObjectKind::ForeignTable, RelationBody::Table(table)) => table.foreign,
        (ObjectKind::View, RelationBody::View(view)) => !view.materialized,
        (ObjectKind::MaterializedView, RelationBody::View(view)) => view.materialized,
        (ObjectKind::Index, RelationBody::Index(_)) | (ObjectKind::Sequence, RelationBody::Sequence(_)) => true,
        (ObjectKind::Column, body) => !matches!(body, RelationBody::Index(_) | RelationBody::Sequence(_)),
        (ObjectKind::Constraint | ObjectKind::Trigger | ObjectKind::Policy | ObjectKind::Rule, _) => true,
        _ => false,
    };
    if !analysis.require_kind(relation, name.span(), fits) {
        return;
    }
    if let Some(part) = &comment.part
        && let Some(table) = relation.as_table().filter(|table| table.complete)
    {
        let missing = match comment.kind {
            ObjectKind::Column => table.column(&part.name).is_none().then_some("42703"),
            ObjectKind::Constraint => table.constraint(&part.name).is_none().then_some("42704"),
            kind => {
                let known = table.attachments.iter().any(|it| it.kind == kind && it.name == part.name);
                (!known && !table.attached_unseen).then_some("42704")
            }
        };
        // The names of NOT NULL constraints that the server makes up from 18 on are not all kept.
        let made_up = comment.kind == ObjectKind::Constraint && analysis.version() >= Version(18);
        if let Some(sqlstate) = missing.filter(|_| !made_up) {
            analysis.fail(part.span, FailReason::Missing, sqlstate, part.name.clone());
            return;
        }
    }
    // `get_object_address_relobject` looks parts up under the weakest lock.
    let part =
        matches!(comment.kind, ObjectKind::Constraint | ObjectKind::Trigger | ObjectKind::Policy | ObjectKind::Rule);
    let lock = if part { LockMode::AccessShare } else { LockMode::ShareUpdateExclusive };
    analysis.lock(relation, lock, name.span());
}

#[cfg(test)]
mod tests {
    use crate::analyze::postgres::testing::effects;

    const TABLES: &str = "CREATE TABLE t (id int PRIMARY KEY); CREATE TABLE u (id int PRIMARY KEY);
        CREATE PUBLICATION p FOR TABLE t;";

    #[test]
    fn functions_in_sql_are_parsed_at_once() {
        assert_eq!(
            effects(15, TABLES, "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT id FROM t'", "takes-lock"),
            ["takes-lock t lock=access-share blocks=nothing timeout=unset"]
        );
    }

    #[test]
    fn publications_lock_their_tables() {
        let locks = |sql: &str| effects(15, TABLES, sql, "takes-lock");
        assert_eq!(
            locks("ALTER PUBLICATION p SET TABLE u"),
            [
                "takes-lock u lock=share-update-exclusive blocks=schema-changes timeout=unset",
                "takes-lock t lock=share-update-exclusive blocks=schema-changes timeout=unset",
            ]
        );
        assert_eq!(locks("CREATE PUBLICATION q FOR ALL TABLES"), [""; 0]);
    }

    #[test]
    fn grants_lock_from_18_on() {
        let locks = |version| effects(version, TABLES, "GRANT SELECT ON t TO app", "takes-lock").len();
        assert_eq!((locks(17), locks(18)), (0, 1));
        assert_eq!(
            effects(15, TABLES, "REVOKE SELECT, INSERT ON t FROM app", ""),
            [
                "grants t privileges=select, insert grantees=app revoke object=table name=t changes",
                "?breaks-clients t change=revoke object=t",
            ]
        );
    }

    #[test]
    fn subscriptions_with_a_slot_need_to_be_outside() {
        let fails = |with: &str| {
            let sql = format!("BEGIN; CREATE SUBSCRIPTION s CONNECTION 'dbname=x' PUBLICATION p {with}; COMMIT;");
            effects(15, TABLES, &sql, "fails").len()
        };
        assert_eq!((fails(""), fails("WITH (connect = false)")), (1, 0));
    }
}
