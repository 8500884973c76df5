//! Functions, and what is attached to tables: triggers, policies, rules.

use super::{Applied, Change, Refused};
use crate::catalog::links::called;
use crate::catalog::{Attachment, Function, Overload, RelationBody, RelationId, Runs, Table};
use crate::statement::{
    ColumnUse, Command, CreateFunction, CreateRule, CreateTrigger, Expr, ExprKind, Name, ObjectKind, Policy, Query,
    Statement, TypeName,
};

impl Change<'_> {
    pub(super) fn create_function(&mut self, create: &CreateFunction) -> Applied {
        let place = self.place(&create.name, false);
        let overload = Overload {
            arguments: create.arguments.iter().map(argument_name).collect(),
            argument_names: create.argument_names.clone(),
            returns: create.returns.as_ref().map(argument_name),
            volatility: create.volatility,
            language: create.language.clone(),
            body: create.body.clone(),
            procedure: create.procedure,
            of_trigger: create
                .returns
                .as_ref()
                .is_some_and(|ty| matches!(ty.name.as_str(), "trigger" | "event_trigger")),
            origin: self.origin(),
            defined: self.origin().at,
        };
        let mut function = self.catalog.functions.get(&place).cloned().unwrap_or(Function { overloads: Vec::new() });
        match function.overloads.iter_mut().find(|other| other.arguments == overload.arguments) {
            Some(other) if create.or_replace => *other = Overload { origin: other.origin, ..overload },
            Some(_) => return Err(Refused),
            None => function.overloads.push(overload),
        }
        self.catalog.functions.insert(place, function);
        Ok(())
    }

    pub(super) fn create_trigger(&mut self, create: &CreateTrigger) -> Applied {
        let relation = self.relation(&create.table)?;
        let (id, is_partitioned) = (relation.id, relation.as_table().is_some_and(|table| table.is_partitioned()));
        let mut columns: Vec<Name> = create.columns.iter().map(|column| column.name.clone()).collect();
        let mut functions = Vec::new();
        if let Some(when) = &create.when {
            columns.extend(when.columns().into_iter().map(|column| column.name.clone()));
            functions.extend(called(when).into_iter().cloned());
        }
        columns.sort_unstable();
        columns.dedup();
        let function = create.function.as_ref().map(|function| function.name.name.clone());
        functions.extend(function.clone());
        let trigger = Attachment {
            kind: ObjectKind::Trigger,
            name: create.name.name.clone(),
            columns,
            function,
            functions,
            reads: Vec::new(),
            foreign_columns: Vec::new(),
            for_each_row: create.for_each_row,
            inherited: false,
            runs: Runs {
                events: create.events.clone(),
                update_of: !create.columns.is_empty(),
                instead: create.timing == "instead of",
                deferred: create.initially_deferred,
                ..Runs::default()
            },
            origin: self.origin(),
        };
        self.attach_to(id, trigger.clone(), create.or_replace)?;
        if is_partitioned && create.for_each_row {
            for partition in self.with_partitions(id).into_iter().skip(1) {
                self.attach_to(partition, Attachment { inherited: true, ..trigger.clone() }, create.or_replace)?;
            }
        }
        Ok(())
    }

    /// Attaches a trigger, policy or rule to a table or view.
    fn attach_to(&mut self, id: RelationId, attachment: Attachment, or_replace: bool) -> Applied {
        let mut done = Ok(());
        self.catalog.change(id, |relation| {
            let seen = relation.origin.is_some() && relation.as_table().is_none_or(Table::keeps_attachments);
            let attachments = match &mut relation.body {
                RelationBody::Table(table) => &mut table.attachments,
                RelationBody::View(view) => &mut view.attachments,
                _ => return,
            };
            let same = |other: &&mut Attachment| other.kind == attachment.kind && other.name == attachment.name;
            match attachments.iter_mut().find(same) {
                Some(other) if or_replace || !seen => *other = attachment,
                Some(_) => done = Err(Refused),
                None => attachments.push(attachment),
            }
        });
        done
    }

    pub(super) fn policy(&mut self, policy: &Policy) -> Applied {
        let id = self.relation(&policy.table)?.id;
        let exprs = || policy.using.iter().chain(&policy.with_check);
        let mut attachment = Attachment {
            kind: ObjectKind::Policy,
            name: policy.name.name.clone(),
            columns: Vec::new(),
            function: None,
            functions: exprs().flat_map(called).cloned().collect(),
            reads: Vec::new(),
            foreign_columns: Vec::new(),
            for_each_row: false,
            inherited: false,
            runs: Runs::default(),
            origin: self.origin(),
        };
        for expr in exprs() {
            attachment.columns.extend(expr.columns().into_iter().map(|column| column.name.clone()));
            expr.walk(&mut |part: &Expr| {
                if let ExprKind::Subquery(query) = &part.kind {
                    attachment.columns.extend(self.columns_of_outer(query, id));
                    attachment.reads.extend(self.reads_of(query).into_iter().filter(|read| *read != id));
                    let scopes = self.scopes(query);
                    let foreign = query.columns.iter().flat_map(|used| scopes.resolve(used));
                    attachment.foreign_columns.extend(foreign.filter(|(relation, _)| *relation != id));
                }
            });
        }
        if let Ok((_, table)) = self.table_at(id) {
            attachment.columns.retain(|column| !table.complete || table.column(column).is_some());
        }
        for list in [&mut attachment.columns, &mut attachment.functions] {
            list.sort_unstable();
            list.dedup();
        }
        if !policy.alter {
            return self.attach_to(id, attachment, false);
        }
        if let Some(to) = &policy.rename_to {
            return self.rename_attachment(id, ObjectKind::Policy, &policy.name.name, &to.name);
        }
        let rewritten = exprs().next().is_some();
        self.change_attachment(id, ObjectKind::Policy, &policy.name.name, |existing| {
            // Of an expression that is not written, the old one stays.
            if rewritten {
                existing.columns.extend(attachment.columns);
                existing.reads.extend(attachment.reads);
                existing.foreign_columns.extend(attachment.foreign_columns);
                existing.functions.extend(attachment.functions);
            }
        })
    }

    /// The columns of a table that a subquery in one of its expressions mentions: by the table's name, or by their own where no table of
    /// the subquery has such a column.
    fn columns_of_outer(&self, query: &Query, table: RelationId) -> Vec<Name> {
        let name = self.catalog.relation(table).map(|relation| &relation.name);
        let inner: Option<Vec<&Table>> = query
            .reads
            .iter()
            .map(|read| self.catalog.table(self.find(&read.name)?).map(|(_, table)| table).filter(|it| it.complete))
            .collect();
        let is_outer = |used: &&ColumnUse| match (used.relation.as_deref(), used.around.as_deref()) {
            (Some(relation), _) => self.find(relation) == Some(table),
            (None, Some(qualifier)) => name == Some(qualifier),
            (None, None) => {
                inner.as_ref().is_some_and(|inner| inner.iter().all(|table| table.column(&used.column.name).is_none()))
            }
        };
        query.columns.iter().filter(is_outer).map(|used| used.column.name.clone()).collect()
    }

    fn reads_of(&self, query: &Query) -> Vec<RelationId> {
        query.reads.iter().filter_map(|read| self.find(&read.name)).collect()
    }

    /// `ENABLE | DISABLE TRIGGER`: one, or every one; `internal`: those of foreign keys as well. Partitions follow unless `only`.
    pub(super) fn switch_triggers(
        &mut self,
        id: RelationId,
        disabled: bool,
        name: Option<&Name>,
        internal: bool,
        only: bool,
    ) {
        let tables = if only { vec![id] } else { self.with_partitions(id) };
        for table in tables {
            self.catalog.change(table, |relation| {
                let RelationBody::Table(table) = &mut relation.body else {
                    return;
                };
                if internal {
                    table.key_triggers_disabled = disabled;
                }
                let triggers = table.attachments.iter_mut().filter(|it| it.kind == ObjectKind::Trigger);
                for trigger in triggers.filter(|it| name.is_none_or(|name| *name == it.name)) {
                    trigger.runs.disabled = disabled;
                }
            });
        }
    }

    pub(super) fn change_attachment(
        &mut self,
        id: RelationId,
        kind: ObjectKind,
        name: &Name,
        change: impl FnOnce(&mut Attachment),
    ) -> Applied {
        let mut found = false;
        let mut seen = false;
        self.catalog.change(id, |relation| {
            seen = relation.origin.is_some();
            let attachments = match &mut relation.body {
                RelationBody::Table(table) => &mut table.attachments,
                RelationBody::View(view) => &mut view.attachments,
                _ => return,
            };
            let same = |other: &&mut Attachment| other.kind == kind && other.name == *name;
            if let Some(attachment) = attachments.iter_mut().find(same) {
                found = true;
                change(attachment);
            }
        });
        if found || !seen { Ok(()) } else { Err(Refused) }
    }

    pub(super) fn rename_attachment(&mut self, id: RelationId, kind: ObjectKind, from: &Name, to: &Name) -> Applied {
        let relation = self.catalog.relation(id).ok_or(Refused)?;
        if relation.attachments().iter().any(|other| other.kind == kind && other.name == *to) {
            return Err(Refused);
        }
        self.change_attachment(id, kind, from, |attachment| attachment.name = to.clone())?;
        for partition in self.with_partitions(id).into_iter().skip(1) {
            self.change_attachment(partition, kind, from, |attachment| {
                if attachment.inherited {
                    attachment.name = to.clone();
                }
            })
            .or(Ok(()))?;
        }
        Ok(())
    }

    pub(super) fn create_rule(&mut self, create: &CreateRule) -> Applied {
        let id = self.relation(&create.table)?.id;
        let mut reads: Vec<RelationId> =
            create.actions.iter().flat_map(|action| self.relations_of(action)).filter(|read| *read != id).collect();
        reads.sort_unstable();
        reads.dedup();
        let rule = Attachment {
            kind: ObjectKind::Rule,
            name: create.name.name.clone(),
            columns: Vec::new(),
            function: None,
            functions: Vec::new(),
            reads,
            foreign_columns: Vec::new(),
            for_each_row: false,
            inherited: false,
            runs: Runs {
                events: vec![create.event.clone()],
                instead: create.instead && create.filter.is_none(),
                actions: create.actions.as_slice().into(),
                ..Runs::default()
            },
            origin: self.origin(),
        };
        self.attach_to(id, rule, create.or_replace)
    }

    /// The relations that a statement of a rule reads or writes.
    fn relations_of(&self, statement: &Statement) -> Vec<RelationId> {
        let (target, query) = match &statement.command {
            Command::Insert(insert) => (Some(&insert.table.name), &insert.with),
            Command::Update(update) => (Some(&update.table.name), &update.with),
            Command::Delete(delete) => (Some(&delete.table.name), &delete.with),
            Command::Query(query) => (None, query.as_ref()),
            _ => return Vec::new(),
        };
        let mut relations = self.reads_of(query);
        relations.extend(target.and_then(|target| self.find(target)));
        relations
    }
}

/// An argument's type, as overloads are told apart: without its length.
pub fn argument_name(ty: &TypeName) -> Name {
    match ty.dimensions {
        0 => ty.name.clone(),
        _ => smol_str::format_smolstr!("{}[]", ty.name),
    }
}
