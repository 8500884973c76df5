//! Types and domains (`typecmds.c`; manual, "ALTER TYPE", "ALTER DOMAIN"; truth: the group `types_domains`).

use super::alter_table::{Place, Queue, Rewrite};
use super::analysis::Analysis;
use super::column_type::{ConversionWork, display};
use super::missing;
use super::transaction::prevent_in_block;
use crate::catalog::{Column, Origin, Relation, RelationBody, Type, TypeKind, made_otherwise};
use crate::diagnostic::Label;
use crate::dialect::Version;
use crate::effect::{
    Blocks, ClientChange, Confidence, EffectKind, FailReason, LockMode, LostObject, MayFailReason, NothingReason,
    Proof, RewriteReason, ScanReason,
};
use crate::source::Span;
use crate::statement::{
    AlterDomain, AlterDomainAction, AlterType, AlterTypeAction, ConstraintKind, CreateDomain, CreateType,
    CreateTypeKind, Expr, ExprKind, Ident, Literal, Name, ObjectName, TypeName,
};
use smol_str::{SmolStr, format_smolstr};

/// `ALTER TYPE`.
pub(super) fn alter_type(analysis: &mut Analysis<'_>, alter: &AlterType) {
    let focus = alter.name.span();
    if let Some(relation) = analysis.resolve(&alter.name)
        && !matches!(relation.body, RelationBody::Unknown)
    {
        if let RelationBody::Composite(_) = relation.body {
            alter_composite(analysis, alter, relation);
        } else {
            analysis.fail(focus, FailReason::Kind, "42809", relation.display_name());
        }
        return;
    }
    let found = find(analysis, &alter.name);
    if found.is_none() && analysis.context.settings.from_empty && !analysis.has_extensions() {
        analysis.fail(focus, FailReason::Missing, "42704", format_smolstr!("{}", alter.name));
        return;
    }
    // Nobody knows yet what the same deployment has made.
    let fresh = analysis.made_now(found.and_then(|ty| ty.origin));
    for action in &alter.actions {
        match action {
            AlterTypeAction::AddValue { value, span, if_not_exists, position } => {
                // Before 12 not in a block, unless the type is as new as that.
                let new = found
                    .and_then(|ty| ty.origin)
                    .is_some_and(|origin| origin.transaction == analysis.context.session.transaction_serial);
                if analysis.version() < Version(12) && !new {
                    prevent_in_block(analysis, focus, "ALTER TYPE ... ADD");
                }
                let Some(TypeKind::Enum(labels)) = found.map(|ty| &ty.kind) else {
                    continue;
                };
                if let Some(known) = labels.iter().find(|label| label.label == *value) {
                    let label = Label { message: format!("`{value}` is added here"), at: known.origin.at };
                    if *if_not_exists {
                        let kind = EffectKind::DoesNothing { reason: NothingReason::Exists, object: value.clone() };
                        analysis.add(*span, kind).because.push(label);
                    } else {
                        analysis.fail(*span, FailReason::Duplicate, "42710", value.clone()).because.push(label);
                    }
                } else if let Some((_, neighbour)) = position
                    && !labels.iter().any(|label| label.label == *neighbour)
                {
                    analysis.fail(*span, FailReason::Missing, "22023", neighbour.clone());
                } else if !fresh {
                    let change = ClientChange::NewValue;
                    let to = SmolStr::default();
                    analysis.add(*span, EffectKind::renames_for_clients(change, value.clone(), to));
                }
            }
            AlterTypeAction::DropValue { span } => {
                // 17 reads it, to say that it cannot (truth: enum_drop_value_unsupported).
                let (reason, sqlstate) = if analysis.version() < Version(17) {
                    (FailReason::Version, "42601")
                } else {
                    (FailReason::Invalid, "0A000")
                };
                analysis.fail(*span, reason, sqlstate, "DROP VALUE");
                return;
            }
            AlterTypeAction::RenameValue { from, to } => {
                if let Some(TypeKind::Enum(labels)) = found.map(|ty| &ty.kind) {
                    if !labels.iter().any(|label| label.label == *from) {
                        analysis.fail(analysis.cause, FailReason::Missing, "22023", from.clone());
                        return;
                    }
                    if labels.iter().any(|label| label.label == *to) {
                        analysis.fail(analysis.cause, FailReason::Duplicate, "42710", to.clone());
                        return;
                    }
                }
                if fresh {
                    return;
                }
                let change = ClientChange::RenameValue;
                let kind = EffectKind::renames_for_clients(change, from.clone(), to.clone());
                analysis.add(analysis.cause, kind);
            }
            AlterTypeAction::RenameTo(to) => {
                if is_free(analysis, &renamed(&alter.name, to)) && !fresh {
                    redefined(analysis, focus, format_smolstr!("{}", alter.name), &to.name);
                }
            }
            AlterTypeAction::SetSchema(_) if fresh => {}
            AlterTypeAction::SetSchema(schema) => {
                let to = format_smolstr!("{}.{}", schema.name, alter.name.name.name);
                redefined(analysis, focus, format_smolstr!("{}", alter.name), &to);
            }
            AlterTypeAction::AddAttribute { .. }
            | AlterTypeAction::DropAttribute { .. }
            | AlterTypeAction::AlterAttribute { .. }
            | AlterTypeAction::RenameAttribute { .. } => {
                if let Some(ty) = found {
                    analysis.fail(focus, FailReason::Kind, "42809", ty.name.clone());
                    return;
                }
            }
            AlterTypeAction::Other => {}
        }
    }
}

/// The name that a type gets.
fn renamed(name: &ObjectName, to: &Ident) -> ObjectName {
    ObjectName { schema: name.schema.clone(), name: to.clone() }
}

fn redefined(analysis: &mut Analysis<'_>, focus: Span, object: SmolStr, to: &Name) {
    let change = ClientChange::ChangeTypeDefinition;
    analysis.add(focus, EffectKind::renames_for_clients(change, object, to.clone()));
}

/// A composite type is altered like a table, and its typed tables with it.
fn alter_composite<'a>(analysis: &mut Analysis<'a>, alter: &AlterType, relation: &'a Relation) {
    let RelationBody::Composite(attributes) = &relation.body else {
        return;
    };
    let focus = alter.name.span();
    let catalog = analysis.catalog();
    let typed: Vec<_> = catalog.tables_of_type(relation.id).collect();
    let known = |name: &Name| attributes.iter().find(|attribute| attribute.name == *name);
    let mut queue = Queue::default();
    for action in &alter.actions {
        // SET SCHEMA changes the type's entry alone.
        if !matches!(action, AlterTypeAction::SetSchema(_)) {
            analysis.lock(relation, LockMode::AccessExclusive, focus);
        }
        let (cascade, changed) = match action {
            AlterTypeAction::AddAttribute { column, cascade } => {
                if known(&column.name.name).is_some() {
                    analysis.fail(column.name.span, FailReason::Duplicate, "42701", column.name.name.clone());
                    return;
                }
                (Some(*cascade), None)
            }
            AlterTypeAction::DropAttribute { name, if_exists, cascade } => {
                if known(&name.name).is_none() {
                    if *if_exists {
                        let reason = NothingReason::Missing;
                        analysis.on(relation, name.span, EffectKind::DoesNothing { reason, object: name.name.clone() });
                    } else {
                        analysis.fail(name.span, FailReason::Missing, "42703", name.name.clone());
                        return;
                    }
                }
                (Some(*cascade), known(&name.name).map(|_| (name, None)))
            }
            AlterTypeAction::AlterAttribute { name, ty, cascade } => {
                let Some(attribute) = known(&name.name) else {
                    analysis.fail(name.span, FailReason::Missing, "42703", name.name.clone());
                    return;
                };
                if stored_elsewhere(analysis, relation, &typed, name.span) {
                    return;
                }
                convert(analysis, &typed, attribute, name, ty, &mut queue);
                (Some(*cascade), Some((name, None)))
            }
            AlterTypeAction::RenameAttribute { from, to, cascade } => {
                if known(&from.name).is_none() {
                    analysis.fail(from.span, FailReason::Missing, "42703", from.name.clone());
                    return;
                }
                if known(&to.name).is_some() {
                    analysis.fail(to.span, FailReason::Duplicate, "42701", to.name.clone());
                    return;
                }
                (Some(*cascade), Some((from, Some(to))))
            }
            AlterTypeAction::RenameTo(to) => {
                if !is_free(analysis, &renamed(&alter.name, to)) {
                    return;
                }
                redefined(analysis, focus, relation.display_name(), &to.name);
                (None, None)
            }
            AlterTypeAction::SetSchema(schema) => {
                redefined(
                    analysis,
                    focus,
                    relation.display_name(),
                    &format_smolstr!("{}.{}", schema.name, relation.name),
                );
                (None, None)
            }
            AlterTypeAction::Other => (None, None),
            AlterTypeAction::AddValue { span, .. } => {
                analysis.fail(*span, FailReason::Kind, "42809", relation.display_name());
                return;
            }
            AlterTypeAction::RenameValue { .. } | AlterTypeAction::DropValue { .. } => {
                analysis.fail(focus, FailReason::Kind, "42809", relation.display_name());
                return;
            }
        };
        match (cascade, typed.first()) {
            (Some(false), Some(table)) => {
                let label = analysis.created_here(table);
                let failure = analysis.fail(focus, FailReason::Depended, "2BP01", table.display_name());
                failure.because.extend(label);
                return;
            }
            (Some(true), _) => {
                for table in &typed {
                    analysis.lock(table, LockMode::AccessExclusive, focus);
                    for child in catalog.descendants(table.id) {
                        analysis.lock(child, LockMode::AccessExclusive, focus);
                    }
                }
            }
            _ => {}
        }
        if let Some((name, to)) = changed {
            let change = ClientChange::ChangeTypeDefinition;
            let to = to.map(|to: &Ident| to.name.clone()).unwrap_or_default();
            analysis.on(relation, name.span, EffectKind::renames_for_clients(change, name.name.clone(), to));
        }
        if let AlterTypeAction::DropAttribute { name, .. } = action
            && changed.is_some()
        {
            lose(analysis, relation, &typed, name);
        }
    }
    queue.finish(analysis);
}

/// An attribute goes from the values of a type, and as a column from its typed tables.
fn lose<'a>(analysis: &mut Analysis<'a>, relation: &'a Relation, typed: &[&'a Relation], name: &Ident) {
    let lost = |object| EffectKind::LosesData {
        object,
        name: name.name.clone(),
        cascade: object == LostObject::Column,
        generated: false,
        dependents: 0,
        copied_to: SmolStr::default(),
        guarded: false,
    };
    analysis.on(relation, name.span, lost(LostObject::Attribute));
    for table in typed {
        let heirs = analysis.catalog().descendants(table.id);
        for table in std::iter::once(*table).chain(heirs) {
            analysis.on(table, name.span, lost(LostObject::Column));
        }
    }
}

/// Whether columns of tables hold values of a type, whose stored form cannot change then; the statement fails.
fn stored_elsewhere<'a>(
    analysis: &mut Analysis<'a>,
    relation: &'a Relation,
    typed: &[&'a Relation],
    focus: Span,
) -> bool {
    let users = analysis.catalog().columns_using_type(&relation.schema, &relation.name);
    let holds = |user: &Relation| user.as_table().is_some() && !typed.iter().any(|table| table.id == user.id);
    let Some((user, column)) = users.into_iter().find(|(user, _)| holds(user)) else {
        return false;
    };
    let label = analysis.created_here(user);
    let object = format_smolstr!("{}.{}", user.display_name(), column.name);
    analysis.fail(focus, FailReason::Depended, "0A000", object).because.extend(label);
    true
}

/// `ALTER ATTRIBUTE ... TYPE` changes the columns of typed tables.
fn convert<'a>(
    analysis: &mut Analysis<'a>,
    typed: &[&'a Relation],
    attribute: &Column,
    name: &Ident,
    to: &TypeName,
    queue: &mut Queue<'a>,
) {
    // Without a table of the type there is nothing to convert.
    if typed.is_empty() {
        return;
    }
    let conversion = analysis.conversion(attribute, to, None);
    if let ConversionWork::Impossible(sqlstate) = conversion.work {
        analysis.fail(name.span, FailReason::Type, sqlstate, display(to));
        return;
    }
    if conversion.work == ConversionWork::Nothing {
        return;
    }
    let old = attribute.ty.as_ref().map(display).unwrap_or_default();
    for table in typed {
        queue.table(table).rewrite(Rewrite {
            reason: RewriteReason::TypeChange,
            column: name.name.clone(),
            change: format_smolstr!("{old} -> {}", display(to)),
            instead: SmolStr::default(),
            added_as: SmolStr::default(),
            place: Place { cause: analysis.cause, focus: to.span },
            because: Vec::new(),
            assumptions: conversion.assumptions.clone(),
        });
    }
}

fn find<'a>(analysis: &Analysis<'a>, name: &ObjectName) -> Option<&'a Type> {
    let schema = name.schema.as_ref().map(|schema| schema.name.as_str());
    analysis.catalog().type_named(schema, &name.name.name, &analysis.context.session.search_path())
}

/// `ALTER DOMAIN`.
pub(super) fn alter_domain(analysis: &mut Analysis<'_>, alter: &AlterDomain) {
    let focus = alter.name.span();
    let found = find(analysis, &alter.name);
    let Some(ty) = found else {
        if analysis.context.settings.from_empty && !analysis.has_extensions() {
            analysis.fail(focus, FailReason::Missing, "42704", format_smolstr!("{}", alter.name));
        } else {
            check_unseen_tables(analysis, alter);
        }
        return;
    };
    let TypeKind::Domain(domain) = &ty.kind else {
        analysis.fail(focus, FailReason::Kind, "42809", ty.name.clone());
        return;
    };
    match &alter.action {
        AlterDomainAction::SetNotNull => {
            if domain.not_null {
                let kind = EffectKind::DoesNothing { reason: NothingReason::AlreadySo, object: ty.name.clone() };
                analysis.add(alter.span, kind);
            } else {
                check_tables(analysis, ty, &ty.name, MayFailReason::NullValues, alter.span);
            }
        }
        AlterDomainAction::AddConstraint(constraint) => {
            if let Some(name) = &constraint.name
                && domain.checks.iter().any(|check| check.name == name.name)
            {
                analysis.fail(name.span, FailReason::Duplicate, "42710", name.name.clone());
                return;
            }
            let name = constraint.name.as_ref().map(|name| name.name.clone()).unwrap_or_default();
            match &constraint.kind {
                ConstraintKind::Check(_) if !constraint.not_valid => {
                    check_tables(analysis, ty, &name, MayFailReason::CheckViolation, constraint.span);
                }
                ConstraintKind::NotNull(_) if !domain.not_null => {
                    check_tables(analysis, ty, &name, MayFailReason::NullValues, constraint.span);
                }
                _ => {}
            }
        }
        AlterDomainAction::ValidateConstraint(name) => {
            if domain.checks.iter().any(|check| check.name == name.name) {
                check_tables(analysis, ty, &name.name, MayFailReason::CheckViolation, name.span);
            } else {
                analysis.fail(name.span, FailReason::Missing, "42704", name.name.clone());
            }
        }
        AlterDomainAction::DropConstraint { if_exists, name } => {
            if !domain.checks.iter().any(|check| check.name == name.name)
                && !is_not_null_name(ty, domain.not_null, name)
            {
                if *if_exists {
                    let kind = EffectKind::DoesNothing { reason: NothingReason::Missing, object: name.name.clone() };
                    analysis.add(name.span, kind);
                } else {
                    analysis.fail(name.span, FailReason::Missing, "42704", name.name.clone());
                }
            }
        }
        AlterDomainAction::RenameTo(to) => redefined(analysis, focus, ty.name.clone(), &to.name),
        AlterDomainAction::SetSchema(schema) => {
            redefined(analysis, focus, ty.name.clone(), &format_smolstr!("{}.{}", schema.name, ty.name));
        }
        AlterDomainAction::SetDefault(_)
        | AlterDomainAction::DropDefault
        | AlterDomainAction::DropNotNull
        | AlterDomainAction::RenameConstraint { .. }
        | AlterDomainAction::Other => {}
    }
}

/// A domain's NOT NULL is a constraint of its own from 17.
fn is_not_null_name(ty: &Type, not_null: bool, name: &Ident) -> bool {
    not_null && name.name == format_smolstr!("{}_not_null", ty.name)
}

/// A domain that was made elsewhere: so, then, were the tables that use it.
fn check_unseen_tables(analysis: &mut Analysis<'_>, alter: &AlterDomain) {
    let checks = match &alter.action {
        AlterDomainAction::SetNotNull | AlterDomainAction::ValidateConstraint(_) => true,
        AlterDomainAction::AddConstraint(constraint) => !constraint.not_valid,
        _ => false,
    };
    if checks {
        let object = format_smolstr!("{}", alter.name);
        let kind = EffectKind::ScansTable {
            reason: ScanReason::UnseenDomain,
            object,
            blocks: Blocks::Writes,
            proof: Proof::None,
            constraint: SmolStr::default(),
            dropped_again: SmolStr::default(),
        };
        let effect = analysis.add(alter.name.span(), kind);
        effect.confidence = Confidence::Assumed;
        effect.assumptions.push("tables use the domain".to_owned());
    }
}

/// Every table with a column of the domain is read under SHARE (`validateDomainCheckConstraint`, `get_rels_with_domain`).
fn check_tables(analysis: &mut Analysis<'_>, ty: &Type, object: &Name, reason: MayFailReason, focus: Span) {
    let catalog = analysis.catalog();
    let users = catalog.columns_using_type(&ty.schema, &ty.name);
    // Values within arrays and rows cannot be looked at (`get_rels_with_domain`).
    let wrapped = users.iter().find(|(user, column)| {
        user.as_table().is_some()
            && column.ty.as_ref().is_some_and(|ty| ty.dimensions > 0 || analysis.domain(ty).is_none())
    });
    if let Some((user, column)) = wrapped {
        let label = analysis.created_here(user);
        let object = format_smolstr!("{}.{}", user.display_name(), column.name);
        analysis.fail(focus, FailReason::Depended, "0A000", object).because.extend(label);
        return;
    }
    let tables = catalog.tables_using_type(&ty.schema, &ty.name);
    for table in tables {
        if !super::alter_table::has_storage(table) {
            continue;
        }
        analysis.lock(table, LockMode::Share, focus);
        let blocks = analysis.blocked(table.id);
        let kind = EffectKind::ScansTable {
            reason: ScanReason::Domain,
            object: object.clone(),
            blocks,
            proof: Proof::None,
            constraint: SmolStr::default(),
            dropped_again: SmolStr::default(),
        };
        let label = analysis.created_here(table);
        analysis.on(table, focus, kind).because.extend(label);
        if !analysis.subject_is_empty(table) {
            analysis.on(table, focus, EffectKind::may_fail(reason, object.clone(), false));
        }
    }
}

/// `CREATE TYPE`.
pub(super) fn create_type(analysis: &mut Analysis<'_>, create: &CreateType) {
    if missing::refuse_schema(analysis, &create.name) || !is_free(analysis, &create.name) {
        return;
    }
    if let CreateTypeKind::Composite(attributes) = &create.kind {
        let mut seen: Vec<&Name> = Vec::new();
        for attribute in attributes {
            let name = &attribute.name;
            if seen.contains(&&name.name) {
                analysis.fail(name.span, FailReason::Duplicate, "42701", name.name.clone());
                return;
            }
            seen.push(&name.name);
            if let Some(ty) = attribute.ty.as_ref().filter(|ty| !analysis.type_may_exist(ty)) {
                analysis.fail(ty.span, FailReason::Missing, "42704", display(ty));
                return;
            }
        }
    }
    made(analysis, if matches!(create.kind, CreateTypeKind::Enum(_)) { "enum type" } else { "type" }, &create.name);
}

/// `CREATE DOMAIN`.
pub(super) fn create_domain(analysis: &mut Analysis<'_>, create: &CreateDomain) {
    if !is_free(analysis, &create.name) {
        return;
    }
    if !analysis.type_may_exist(&create.ty) {
        analysis.fail(create.ty.span, FailReason::Missing, "42704", display(&create.ty));
        return;
    }
    made(analysis, if create.constraints.is_empty() { "domain" } else { "constrained domain" }, &create.name);
}

fn made(analysis: &mut Analysis<'_>, object: &'static str, name: &ObjectName) {
    let kind = EffectKind::CreatesObject {
        object: SmolStr::new_static(object),
        name: format_smolstr!("{name}"),
        or_replace: false,
    };
    analysis.add(name.span(), kind);
}

/// Whether no type has the name; else the statement fails. Tables have a type of their name.
fn is_free(analysis: &mut Analysis<'_>, name: &ObjectName) -> bool {
    let path = analysis.context.session.search_path();
    let catalog = analysis.catalog();
    let schema = catalog.creation_schema(name, &path);
    if let Some(existing) = catalog.type_named(Some(schema), &name.name.name, &path) {
        let otherwise = made_otherwise(existing.made_as.as_ref(), &existing.name);
        let made = |origin: Origin| Label { message: format!("`{name}` is created here{otherwise}"), at: origin.at };
        let label = existing.origin.map(made);
        analysis.fail(name.span(), FailReason::Duplicate, "42710", format_smolstr!("{name}")).because.extend(label);
        return false;
    }
    let existing = catalog.find(schema, &name.name.name);
    let has_type = |relation: &&Relation| {
        matches!(relation.body, RelationBody::Table(_) | RelationBody::View(_) | RelationBody::Composite(_))
    };
    if let Some(existing) = existing.filter(has_type) {
        let label = analysis.created_here(existing);
        analysis.fail(name.span(), FailReason::Duplicate, "42710", existing.display_name()).because.extend(label);
        return false;
    }
    true
}

impl Analysis<'_> {
    /// Whether the open transaction has added a label to an enum.
    pub(super) fn has_new_value(&self, ty: &TypeName) -> bool {
        let session = self.context.session;
        let schema = ty.schema.as_ref().map(|schema| schema.name.as_str());
        let found = self.catalog().type_named(schema, &ty.name, &session.search_path());
        found.is_some_and(|found| match &found.kind {
            TypeKind::Enum(labels) => labels.iter().any(|label| label.origin.transaction == session.transaction_serial),
            _ => false,
        })
    }

    /// Fails the statement where an expression over a table's columns uses a label that the open transaction has added.
    /// Returns whether it does.
    pub(super) fn uses_new_value(&mut self, expr: &Expr, relation: &Relation) -> bool {
        let Some(table) = relation.as_table() else {
            return false;
        };
        let mut pairs: Vec<(TypeName, Expr)> = Vec::new();
        let mut compared = |column: &Expr, value: &Expr| {
            let name = match &column.kind {
                ExprKind::Column(path) => path.last().map(|column| &column.name),
                _ => None,
            };
            if let Some(ty) = name.and_then(|name| table.column(name)?.ty.as_ref()) {
                pairs.push((ty.clone(), value.clone()));
            }
        };
        let mut cast = Vec::new();
        expr.walk(&mut |part| match &part.kind {
            ExprKind::Binary(left, _, right) => {
                compared(left, right);
                compared(right, left);
            }
            ExprKind::InList { operand, list, .. } => list.iter().for_each(|value| compared(operand, value)),
            ExprKind::Cast(value, ty) => cast.push((ty.as_ref().clone(), value.as_ref().clone())),
            _ => {}
        });
        pairs.extend(cast);
        pairs.iter().any(|(ty, value)| self.use_of_new_value(ty, value))
    }

    /// Fails the statement where an expression casts such a label to its enum, whatever table it is about.
    pub(super) fn casts_new_value(&mut self, expr: &Expr) -> bool {
        let mut cast = Vec::new();
        expr.walk(&mut |part| {
            if let ExprKind::Cast(value, ty) = &part.kind {
                cast.push((ty.as_ref().clone(), value.as_ref().clone()));
            }
        });
        cast.iter().any(|(ty, value)| self.use_of_new_value(ty, value))
    }

    /// Fails the statement where it uses a label that the open transaction has added to an enum (55P04). A label of an enum that is
    /// as new may be used before 12 and from 17 on.
    pub(super) fn use_of_new_value(&mut self, ty: &TypeName, value: &Expr) -> bool {
        let mut text = value;
        while let ExprKind::Cast(inner, _) = &text.kind {
            text = inner;
        }
        let ExprKind::Literal(Literal::String(label)) = &text.kind else {
            return false;
        };
        let schema = ty.schema.as_ref().map(|schema| schema.name.as_str());
        let path = self.context.session.search_path();
        let Some(found) = self.catalog().type_named(schema, &ty.name, &path).filter(|_| ty.dimensions == 0) else {
            return false;
        };
        let TypeKind::Enum(labels) = &found.kind else {
            return false;
        };
        let serial = self.context.session.transaction_serial;
        let Some(known) = labels.iter().find(|known| known.label == *label) else {
            return false;
        };
        let new_type = found.origin.is_some_and(|origin| origin.transaction == serial);
        let with_type = found.origin == Some(known.origin)
            || found.origin.is_some_and(|origin| {
                // Labels of CREATE TYPE are as usable as the type.
                origin.at == known.origin.at
            });
        let version = self.version();
        let usable = known.origin.transaction != serial
            || with_type
            || version < Version(12)
            || (new_type && version >= Version(17));
        if usable {
            return false;
        }
        let label = Label { message: format!("`{}` is added here", known.label), at: known.origin.at };
        let object = known.label.clone();
        self.fail(value.span, FailReason::NewEnumValue, "55P04", object).because.push(label);
        true
    }
}
