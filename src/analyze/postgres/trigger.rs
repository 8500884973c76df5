//! Triggers, row security policies and rules.
//!
//! `CreateTriggerFiringOn`, `CreatePolicy`, `DefineQueryRewrite`, and the `Remove...ById` of each; manual, "CREATE TRIGGER",
//! "CREATE POLICY", "CREATE RULE".

use super::analysis::Analysis;
use super::dml;
use crate::catalog::{Relation, RelationBody, Table};
use crate::dialect::Version;
use crate::effect::{EffectKind, FailReason, LockMode, NothingReason};
use crate::source::Span;
use crate::statement::{
    AlterObject, CreateRule, CreateTrigger, DropOnTable, Expr, ExprKind, ObjectKind, Policy, Statement,
};
use smol_str::SmolStr;

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
    if let Some(from) = &create.from {
        let Some(other) = analysis.named(from) else {
            return;
        };
        analysis.lock(other, LockMode::AccessShare, from.span());
    }
    let existing =
        relation.attachments().iter().find(|it| it.kind == ObjectKind::Trigger && it.name == create.name.name);
    analysis.lock(relation, LockMode::ShareRowExclusive, focus);
    if let Some(existing) = existing.filter(|_| !create.or_replace) {
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
        Some(existing) if !policy.alter => {
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
    analysis.lock(relation, LockMode::AccessExclusive, focus);
    for expr in policy.using.iter().chain(&policy.with_check) {
        lock_subqueries(analysis, expr);
    }
    if !policy.alter {
        creates(analysis, relation, "policy", policy.name.name.clone(), false, policy.name.span);
    }
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
    for action in &create.actions {
        dml::lock_parsed(analysis, &action.command);
    }
    creates(analysis, relation, "rule", create.name.name.clone(), create.or_replace, create.name.span);
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
        RelationBody::Table(table) => table.complete,
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
        columns: SmolStr::default(),
    };
    let label = found.map(|it| crate::diagnostic::Label { message: "it is made here".to_owned(), at: it.origin.at });
    analysis.on(relation, drop.name.span, kind).because.extend(label);
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
        let complete = relation.as_table().is_some_and(|table| table.complete);
        let known = relation.attachments().iter().any(|it| it.kind == alter.kind && it.name == name.name.name);
        if complete && !known {
            analysis.fail(name.span(), FailReason::Missing, "42704", name.name.name.clone());
            return;
        }
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
