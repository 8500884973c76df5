//! Triggers, row security policies and rules.
//!
//! `CreateTriggerFiringOn`, `CreatePolicy`, `DefineQueryRewrite`, and the `Remove...ById` of each; manual, "CREATE TRIGGER",
//! "CREATE POLICY", "CREATE RULE".

use super::analysis::Analysis;
use super::dml;
use super::missing;
use crate::catalog::{Attachment, Relation, RelationBody, Table};
use crate::dialect::Version;
use crate::effect::{EffectKind, FailReason, LockMode, NothingReason, Weakening};
use crate::source::Span;
use crate::statement::{
    AlterObject, Command, CreateRule, CreateTrigger, DropOnTable, Expr, ExprKind, Ident, Name, ObjectKind, Policy,
    Statement,
};
use smol_str::{SmolStr, format_smolstr};

/// `CREATE TRIGGER`.
pub(super) fn create_trigger(analysis: &mut Analysis<'_>, statement: &Statement, create: &CreateTrigger) {
    let focus = create.table.span();
    if create.or_replace && analysis.version() < Version(14) {
        analysis.fail(statement.span, FailReason::Version, "42601", "CREATE OR REPLACE TRIGGER");
        return;
    }
    let Some(relation) = analysis.named(&create.table) else {
        return;
    };
    let instead = create.timing == "instead of";
    let fits = match &relation.body {
        RelationBody::Table(table) => !(instead || (table.foreign && create.constraint)),
        RelationBody::View(view) => !view.materialized && (instead || !create.for_each_row),
        RelationBody::Unknown => true,
        _ => false,
    };
    if !analysis.require_kind(relation, focus, fits) {
        return;
    }
    let partitioned = relation.as_table().is_some_and(Table::is_partitioned);
    if partitioned && create.for_each_row && create.timing == "before" && analysis.version() < Version(13) {
        analysis.fail(focus, FailReason::Kind, "42809", relation.display_name());
        return;
    }
    if refuse_trigger(analysis, create, relation) {
        return;
    }
    if let Some(from) = &create.from {
        let Some(other) = analysis.named(from) else {
            return;
        };
        analysis.lock(other, LockMode::AccessShare, from.span());
    }
    let existing =
        relation.attachments().iter().find(|it| it.kind == ObjectKind::Trigger && it.name == create.name.name);
    analysis.lock(relation, LockMode::ShareRowExclusive, focus);
    if let Some(existing) = existing.filter(|_| !create.or_replace && keeps_attachments(relation)) {
        let at = existing.origin.at;
        let label = crate::diagnostic::Label { message: "the trigger is made here already".to_owned(), at };
        let object = create.name.name.clone();
        analysis.fail(create.name.span, FailReason::Duplicate, "42710", object).because.push(label);
        return;
    }
    // Every partition gets a trigger for each row of its own.
    if partitioned && create.for_each_row {
        for partition in analysis.catalog().all_partitions(relation.id) {
            analysis.lock(partition, LockMode::ShareRowExclusive, focus);
        }
    }
    creates(analysis, relation, "trigger", create.name.name.clone(), create.or_replace, create.name.span);
}

/// What `CreateTriggerFiringOn` refuses for the statement's own words.
fn refuse_trigger(analysis: &mut Analysis<'_>, create: &CreateTrigger, relation: &Relation) -> bool {
    let focus = create.name.span;
    let on = |event: &str| create.events.iter().any(|it| it == event);
    let table = relation.as_table();
    let in_tree = table.is_some_and(|table| table.partition.is_some() || table.is_partitioned());
    let refused = if create.for_each_row && on("truncate") {
        Some((FailReason::Invalid, "0A000", "TRUNCATE FOR EACH ROW"))
    } else if create.transitions && create.for_each_row && in_tree {
        Some((FailReason::Partitioned, "0A000", "transition tables FOR EACH ROW"))
    } else if create.transitions && create.timing != "after" {
        Some((FailReason::Invalid, "42P17", "transition tables"))
    } else if create.constraint && !create.for_each_row {
        Some((FailReason::Invalid, "42601", "a constraint trigger FOR EACH STATEMENT"))
    } else {
        None
    };
    if let Some((reason, sqlstate, object)) = refused {
        analysis.fail(focus, reason, sqlstate, object);
        return true;
    }
    let complete = table.filter(|table| table.complete);
    let mut columns = create.columns.iter();
    if let Some(column) = complete.and_then(|table| columns.find(|column| table.column(&column.name).is_none())) {
        analysis.fail(column.span, FailReason::Missing, "42703", column.name.clone());
        return true;
    }
    if let Some(when) = &create.when {
        let mentions = |row: &str| {
            let mut found = false;
            when.walk(&mut |part| {
                found |= matches!(&part.kind, ExprKind::Column(path) if path.len() > 1
                    && path.first().is_some_and(|first| first.name == *row));
            });
            found
        };
        let (new, old) = (mentions("new"), mentions("old"));
        let row = create.for_each_row;
        if (!row && (new || old)) || (old && on("insert")) || (new && on("delete")) {
            analysis.fail(when.span, FailReason::Invalid, "42P17", "WHEN");
            return true;
        }
    }
    let Some(name) = &create.function else {
        return false;
    };
    if missing::refuse(analysis, ObjectKind::Function, name) {
        return true;
    }
    let path = analysis.context.session.search_path();
    let function = analysis.catalog().function(name, &path);
    let Some(function) = function.filter(|_| analysis.context.settings.from_empty && !analysis.has_extensions()) else {
        return false;
    };
    let overload = function.overloads.iter().find(|overload| overload.arguments.is_empty());
    let refused = match overload {
        None => Some((FailReason::Missing, "42883")),
        Some(overload) => {
            overload.returns.as_ref().filter(|returns| *returns != "trigger").map(|_| (FailReason::Kind, "42P17"))
        }
    };
    if let Some((reason, sqlstate)) = refused {
        analysis.fail(name.span(), reason, sqlstate, smol_str::format_smolstr!("{name}"));
    }
    refused.is_some()
}

fn creates(
    analysis: &mut Analysis<'_>,
    relation: &Relation,
    object: &'static str,
    name: SmolStr,
    or_replace: bool,
    focus: Span,
) {
    let object = SmolStr::new_static(object);
    analysis.on(relation, focus, EffectKind::CreatesObject { object, name, or_replace });
}

/// Whether what was seen attached to a relation is there still: no command of unknown text may have dropped it.
fn keeps_attachments(relation: &Relation) -> bool {
    relation.as_table().is_none_or(Table::keeps_attachments)
}

/// `CREATE POLICY`, `ALTER POLICY`.
pub(super) fn policy(analysis: &mut Analysis<'_>, policy: &Policy) {
    let focus = policy.table.span();
    let Some(relation) = analysis.named(&policy.table) else {
        return;
    };
    let fits = match &relation.body {
        RelationBody::Table(table) => !table.foreign,
        RelationBody::Unknown => true,
        _ => false,
    };
    if !analysis.require_kind(relation, focus, fits) {
        return;
    }
    // `CREATE POLICY` says so; what an ALTERed policy is for is known where it was seen made.
    let command = match policy.alter {
        true => analysis.catalog().policy(relation.id, &policy.name.name).and_then(|fact| fact.policy.command.clone()),
        false => policy.command.clone(),
    };
    let misplaced = match command.as_deref() {
        Some("insert") => policy.using.as_ref(),
        Some("select" | "delete") => policy.with_check.as_ref(),
        _ => None,
    };
    if let Some(expr) = misplaced {
        analysis.fail(expr.span, FailReason::Invalid, "42601", policy.name.name.clone());
        return;
    }
    let complete = relation.as_table().is_some_and(|table| table.complete);
    let mut policies = relation.attachments().iter().filter(|it| it.kind == ObjectKind::Policy);
    let existing = policies.find(|it| it.name == policy.name.name);
    match existing {
        Some(existing) if !policy.alter && keeps_attachments(relation) => {
            let at = existing.origin.at;
            let label = crate::diagnostic::Label { message: "the policy is made here already".to_owned(), at };
            let object = policy.name.name.clone();
            analysis.fail(policy.name.span, FailReason::Duplicate, "42710", object).because.push(label);
            return;
        }
        None if policy.alter && complete => {
            analysis.fail(policy.name.span, FailReason::Missing, "42704", policy.name.name.clone());
            return;
        }
        _ => {}
    }
    if !policy.alter {
        // `CreatePolicy`: rows that are only read, or only written, have one condition.
        let command = policy.command.as_deref().unwrap_or("all");
        let surplus = match command {
            "select" | "delete" => policy.with_check.as_ref(),
            "insert" => policy.using.as_ref(),
            _ => None,
        };
        if let Some(surplus) = surplus {
            analysis.fail(surplus.span, FailReason::Invalid, "42601", command);
            return;
        }
    }
    if let Some(column) = missing_column(relation, policy.using.iter().chain(&policy.with_check)) {
        analysis.fail(column.span, FailReason::Missing, "42703", column.name.clone());
        return;
    }
    analysis.lock(relation, LockMode::AccessExclusive, focus);
    for expr in policy.using.iter().chain(&policy.with_check) {
        lock_subqueries(analysis, expr);
    }
    if !policy.alter {
        creates(analysis, relation, "policy", policy.name.name.clone(), false, policy.name.span);
    }
}

/// The first unqualified column of expressions over a table that the table is certain not to have.
fn missing_column<'e>(relation: &Relation, exprs: impl IntoIterator<Item = &'e Expr>) -> Option<&'e Ident> {
    let table = relation.as_table().filter(|table| table.complete)?;
    let mut missing = None;
    for expr in exprs {
        expr.walk(&mut |part| {
            if let ExprKind::Column(path) = &part.kind
                && let [column] = path.as_slice()
                && table.column(&column.name).is_none()
                // The row as a whole, and what every row has.
                && column.name != relation.name
                && !matches!(column.name.as_str(), "tableoid" | "ctid" | "xmin" | "xmax" | "cmin" | "cmax")
            {
                missing.get_or_insert(column);
            }
        });
    }
    missing
}

/// The relations that an expression's subqueries read are locked while it is parsed.
pub(super) fn lock_subqueries(analysis: &mut Analysis<'_>, expr: &Expr) {
    let mut queries = Vec::new();
    expr.walk(&mut |part| {
        if let ExprKind::Subquery(query) = &part.kind {
            queries.push(query);
        }
    });
    for query in queries {
        for read in &query.reads {
            if let Some(relation) = analysis.resolve(&read.name) {
                analysis.lock(relation, LockMode::AccessShare, read.name.span());
            }
        }
    }
}

/// `CREATE RULE`.
pub(super) fn create_rule(analysis: &mut Analysis<'_>, create: &CreateRule) {
    let focus = create.table.span();
    let Some(relation) = analysis.named(&create.table) else {
        return;
    };
    let fits = match &relation.body {
        RelationBody::Table(table) => !table.foreign,
        RelationBody::View(_) | RelationBody::Unknown => true,
        _ => false,
    };
    if !analysis.require_kind(relation, focus, fits) {
        return;
    }
    analysis.lock(relation, LockMode::AccessExclusive, focus);
    let mut rules = relation.attachments().iter().filter(|it| it.kind == ObjectKind::Rule);
    let taken = |rule: &&Attachment| rule.name == create.name.name && !create.or_replace && keeps_attachments(relation);
    if let Some(existing) = rules.find(taken) {
        let at = existing.origin.at;
        let label = crate::diagnostic::Label { message: "the rule is made here already".to_owned(), at };
        let object = create.name.name.clone();
        analysis.fail(create.name.span, FailReason::Duplicate, "42710", object).because.push(label);
        return;
    }
    for action in &create.actions {
        dml::lock_parsed(analysis, &action.command);
    }
    creates(analysis, relation, "rule", create.name.name.clone(), create.or_replace, create.name.span);
}

/// The columns that a trigger's function writes, each behind its table, those of an INSERT joined by `|`; `None` where it does anything else, or may do so.
fn written_by(analysis: &Analysis<'_>, table: &Relation, function: &Name) -> Option<SmolStr> {
    let catalog = analysis.catalog();
    let mut overloads = catalog.functions_named(function).flat_map(|function| &function.overloads);
    let body = overloads.next()?.body.as_ref().filter(|body| body.opaque.is_empty())?;
    if overloads.next().is_some() {
        return None;
    }
    let mut written: Vec<SmolStr> =
        body.assigned.iter().map(|column| format_smolstr!("{}.{column}", table.display_name())).collect();
    for statement in &body.statements {
        match &statement.command {
            Command::Update(update) => {
                let target = analysis.resolve(&update.table.name)?.display_name();
                let columns = update.assignments.iter().map(|assignment| &assignment.column.name);
                written.extend(columns.map(|column| format_smolstr!("{target}.{column}")));
            }
            Command::Insert(insert) if !insert.columns.is_empty() => {
                let target = analysis.resolve(&insert.table.name)?.display_name();
                let columns = insert.columns.iter().map(|column| format!("{target}.{}", column.name));
                written.push(columns.collect::<Vec<_>>().join("|").into());
            }
            // One that reads no table is there for what it calls.
            Command::Query(query) if !query.reads.is_empty() && query.writes.is_empty() => {}
            _ => return None,
        }
    }
    Some(written.join(", ").into())
}

/// `DROP TRIGGER`, `DROP POLICY`, `DROP RULE`.
pub(super) fn drop(analysis: &mut Analysis<'_>, drop: &DropOnTable) {
    let focus = drop.table.span();
    let Some(relation) = analysis.resolve(&drop.table) else {
        let object = smol_str::format_smolstr!("{}", drop.table);
        if drop.if_exists {
            analysis.add(focus, EffectKind::DoesNothing { reason: NothingReason::Missing, object });
        } else {
            analysis.fail(focus, FailReason::Missing, "42P01", object);
        }
        return;
    };
    let found = relation.attachments().iter().find(|it| it.kind == drop.kind && it.name == drop.name.name);
    let complete = match &relation.body {
        RelationBody::Table(table) => table.knows_attachments(),
        RelationBody::View(_) => relation.origin.is_some(),
        _ => false,
    };
    if found.is_none() && complete {
        let object = drop.name.name.clone();
        if drop.if_exists {
            analysis.on(relation, drop.name.span, EffectKind::DoesNothing { reason: NothingReason::Missing, object });
        } else {
            analysis.fail(drop.name.span, FailReason::Missing, "42704", object);
        }
        return;
    }
    // A partition's copy of a trigger goes with the partitioned table's only.
    if let Some(attachment) = found.filter(|it| it.inherited && it.kind == ObjectKind::Trigger) {
        analysis.fail(drop.name.span, FailReason::Depended, "2BP01", attachment.name.clone());
        return;
    }
    let written =
        found.and_then(|it| it.function.as_ref()).and_then(|function| written_by(analysis, relation, function));
    analysis.lock(relation, LockMode::AccessExclusive, focus);
    if drop.kind == ObjectKind::Trigger && found.is_some_and(|it| it.for_each_row) {
        lock_partitions(analysis, relation, focus);
    }
    let kind = EffectKind::DropsObject {
        object: SmolStr::new_static(drop.kind.name()),
        name: drop.name.name.clone(),
        cascade: drop.cascade,
        if_exists: drop.if_exists,
        concurrently: false,
        named: true,
        unique: false,
        columns: written.unwrap_or_default(),
        locked: false,
        idle: false,
        goes_anyway: false,
        references: SmolStr::default(),
    };
    let label = found.map(|it| crate::diagnostic::Label { message: "it is made here".to_owned(), at: it.origin.at });
    analysis.on(relation, drop.name.span, kind).because.extend(label);
    let policy = analysis.catalog().policy(relation.id, &drop.name.name).filter(|_| drop.kind == ObjectKind::Policy);
    if policy.is_some_and(|fact| fact.policy.restrictive) {
        let kind =
            EffectKind::WeakensRowSecurity { change: Weakening::DropRestrictive, policy: drop.name.name.clone() };
        analysis.on(relation, drop.name.span, kind);
    }
}

fn lock_partitions(analysis: &mut Analysis<'_>, relation: &Relation, focus: Span) {
    for partition in analysis.catalog().all_partitions(relation.id) {
        analysis.lock(partition, LockMode::AccessExclusive, focus);
    }
}

/// `ALTER TRIGGER`, `ALTER RULE`: another name.
pub(super) fn alter(analysis: &mut Analysis<'_>, alter: &AlterObject) {
    let Some(table) = &alter.table else {
        return;
    };
    let focus = table.span();
    let Some(relation) = analysis.named(table) else {
        return;
    };
    if let Some(name) = &alter.name {
        let complete = relation.as_table().is_some_and(Table::knows_attachments);
        let known = relation.attachments().iter().any(|it| it.kind == alter.kind && it.name == name.name.name);
        if complete && !known {
            analysis.fail(name.span(), FailReason::Missing, "42704", name.name.name.clone());
            return;
        }
    }
    if alter.depends_on_extension {
        analysis.lock(relation, LockMode::AccessShare, focus);
        return;
    }
    let named = alter.name.as_ref().map(|name| name.name.name.as_str());
    if alter.kind == ObjectKind::Rule && named == Some("_RETURN") {
        analysis.fail(focus, FailReason::Invalid, "42P17", "_RETURN");
        return;
    }
    analysis.lock(relation, LockMode::AccessExclusive, focus);
    // From 15 on the copies of partitions are renamed as well.
    if alter.kind == ObjectKind::Trigger && alter.rename_to.is_some() && analysis.version() >= Version(15) {
        lock_partitions(analysis, relation, focus);
    }
}

#[cfg(test)]
mod tests {
    use crate::analyze::postgres::testing::effects;

    const TABLES: &str = "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
        CREATE TABLE t (id int); CREATE TABLE u (id int);
        CREATE TRIGGER tg BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION f();
        CREATE TABLE p (id int) PARTITION BY LIST (id); CREATE TABLE p1 PARTITION OF p FOR VALUES IN (1);";

    #[test]
    fn what_a_function_may_have_dropped_is_in_nobodys_way() {
        let setup = "CREATE FUNCTION clear(of text) RETURNS void LANGUAGE plpgsql AS $$
                BEGIN EXECUTE (SELECT 'DROP POLICY ' || policyname || ' ON ' || of FROM pg_policies); END $$;
            CREATE FUNCTION clean() RETURNS void LANGUAGE plpgsql AS $$ BEGIN DROP TABLE IF EXISTS t; END $$;
            CREATE POLICY p ON t USING (true);";
        let fails = |case: &str| effects(15, &format!("{TABLES} {setup}"), case, "fails");
        let taken = ["fails reason=duplicate sqlstate=42710 object=p owner=file"];
        assert_eq!(fails("CREATE POLICY p ON t USING (true)"), taken);
        assert_eq!(fails("SELECT clear('public.t'); CREATE POLICY p ON t USING (true)"), [""; 0]);
        assert_eq!(fails("SELECT clear('public.u'); CREATE POLICY p ON t USING (true)"), taken);
        // Of a table that was never seen created.
        let old = |sql: &str| {
            use crate::check::{File, Project, read};
            let file = File::from(crate::source::Source::new("1.sql", format!("{setup} {sql}")));
            let (_, projects) = read(vec![Project::of(crate::tool::Tool::NONE, vec![file])], &Default::default());
            let effects = projects.iter().flat_map(|project| &project.replay.steps).flat_map(|step| &step.effects);
            effects.filter(|effect| effect.kind.name() == "fails").count()
        };
        assert_eq!(old("CREATE POLICY p ON t USING (true)"), 1);
        assert_eq!(old("SELECT clear('public.t'); CREATE POLICY p ON t USING (true)"), 0);
        let used = ["fails reason=depended sqlstate=2BP01 object=trigger tg on table t owner=file"];
        assert_eq!(fails("DROP FUNCTION f()"), used);
        assert_eq!(fails("SELECT clean(); DROP FUNCTION f()"), [""; 0]);
    }

    #[test]
    fn policies_depend_on_columns_within_subqueries() {
        let fails = |condition: &str, column: &str| {
            let setup = format!(
                "CREATE TABLE notes (id int PRIMARY KEY, team int, x int); CREATE TABLE members (id int PRIMARY KEY, team int);
                CREATE POLICY p ON notes USING ({condition});"
            );
            effects(15, &setup, &format!("ALTER TABLE notes DROP COLUMN {column}"), "fails").len()
        };
        let joined = "EXISTS (SELECT 1 FROM members m WHERE m.team = notes.team)";
        assert_eq!((fails(joined, "team"), fails(joined, "x")), (1, 0));
        assert_eq!(fails("id IN (SELECT team FROM members)", "team"), 0, "it is that of members");
        assert_eq!(fails("EXISTS (SELECT 1 FROM members WHERE members.id = x)", "x"), 1);
    }

    #[test]
    fn restrictive_policies_hold_the_line() {
        let setup = "CREATE TABLE t (id int PRIMARY KEY); CREATE POLICY p ON t USING (true);
            CREATE POLICY r ON t AS RESTRICTIVE USING (id > 1);";
        let weakens = |sql: &str| effects(15, setup, sql, "weakens-row-security");
        assert_eq!(weakens("DROP POLICY r ON t"), ["weakens-row-security t change=drop-restrictive policy=r"]);
        assert_eq!(weakens("DROP POLICY p ON t"), [""; 0]);
    }

    #[test]
    fn triggers_block_writes_and_their_end_blocks_reads() {
        let create = "CREATE TRIGGER a AFTER INSERT ON t FOR EACH ROW EXECUTE FUNCTION f()";
        assert_eq!(
            effects(15, TABLES, create, ""),
            [
                "takes-lock t lock=share-row-exclusive blocks=writes timeout=unset",
                "creates-object t object=trigger name=a",
            ]
        );
        assert_eq!(
            effects(15, TABLES, "DROP TRIGGER tg ON t", "takes-lock"),
            ["takes-lock t lock=access-exclusive blocks=reads timeout=unset"]
        );
        assert_eq!(
            effects(15, TABLES, "DROP TRIGGER IF EXISTS nope ON t", ""),
            ["does-nothing t reason=missing object=nope"]
        );
        assert_eq!(effects(15, TABLES, "DROP TRIGGER nope ON t", "fails").len(), 1);
    }

    #[test]
    fn row_triggers_reach_partitions() {
        let before = "CREATE TRIGGER a BEFORE INSERT ON p FOR EACH ROW EXECUTE FUNCTION f()";
        assert_eq!(effects(12, TABLES, before, "fails").len(), 1);
        assert_eq!(effects(13, TABLES, before, "takes-lock").len(), 2);
        let statement = "CREATE TRIGGER a AFTER INSERT ON p FOR EACH STATEMENT EXECUTE FUNCTION f()";
        assert_eq!(effects(12, TABLES, statement, "takes-lock").len(), 1);
        let replace = "CREATE OR REPLACE TRIGGER tg BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION f()";
        assert_eq!((effects(13, TABLES, replace, "fails").len(), effects(14, TABLES, replace, "fails").len()), (1, 0));
    }

    #[test]
    fn policies_and_rules_read_other_tables() {
        assert_eq!(
            effects(15, TABLES, "CREATE POLICY y ON t USING (EXISTS (SELECT 1 FROM u))", "takes-lock"),
            [
                "takes-lock t lock=access-exclusive blocks=reads timeout=unset",
                "takes-lock u lock=access-share blocks=nothing timeout=unset",
            ]
        );
        assert_eq!(
            effects(15, TABLES, "CREATE RULE r AS ON INSERT TO t DO ALSO DELETE FROM u", "takes-lock"),
            [
                "takes-lock t lock=access-exclusive blocks=reads timeout=unset",
                "takes-lock u lock=row-exclusive blocks=schema-changes timeout=unset",
            ]
        );
    }
}
