//! `DROP COLUMN` (`ATExecDropColumn`; truth: drop_column_*).

use super::{Alteration, added_here};
use crate::analyze::postgres::analysis::Analysis;
use crate::analyze::postgres::drop::{Copies, lock_dropped, refuse, tell_cascade};
use crate::catalog::{Droppable, Dropped, RelationBody, Table, TableConstraintKind};
use crate::diagnostic::Label;
use crate::effect::{ClientChange, EffectKind, FailReason, LostObject, NothingReason};
use crate::statement::{Ident, Name};
use smol_str::SmolStr;

impl<'a> Alteration<'a, '_> {
    pub(super) fn drop_column(&mut self, analysis: &mut Analysis<'a>, name: &Ident, if_exists: bool, cascade: bool) {
        let root = self.relation;
        let table = root.as_table();
        let known = table.and_then(|table| table.column(&name.name));
        if table.is_some_and(|table| table.of_type.is_some()) {
            analysis.fail(name.span, FailReason::Kind, "42809", root.display_name());
            return;
        }
        let gone = |table: &Table| table.complete || (if_exists && table.gone_columns.contains(&name.name));
        if known.is_none() && table.is_some_and(gone) {
            if if_exists {
                let kind = EffectKind::DoesNothing { reason: NothingReason::Missing, object: name.name.clone() };
                analysis.on(root, name.span, kind);
            } else {
                analysis.fail(name.span, FailReason::Missing, "42703", name.name.clone());
            }
            return;
        }
        if self.leaves_children_out(analysis) && self.is_partitioned() {
            analysis.fail(name.span, FailReason::Invalid, "42P16", name.name.clone());
            return;
        }
        let object = Droppable::Column(root.id, name.name.clone());
        let mut dropped = analysis.catalog().dropped_with(&[object], cascade, analysis.version());
        if self.statement.only {
            // The children keep the column as their own; the first generation is locked to say so.
            let children: Vec<_> = analysis.catalog().descendants(root.id).iter().map(|child| child.id).collect();
            let of_child = |object: &Droppable| match object {
                Droppable::Column(id, _) | Droppable::Constraint(id, _) => children.contains(id),
                Droppable::Relation(id) => analysis
                    .catalog()
                    .relation(*id)
                    .and_then(|it| it.as_index())
                    .is_some_and(|index| children.contains(&index.table)),
                _ => false,
            };
            dropped.objects.retain(|it| !of_child(&it.object));
            for child in self.first_generation(analysis) {
                analysis.lock(child, self.lock, name.span);
            }
        }
        if !dropped.owners.is_empty() {
            let owner = dropped.owners.first().map(|owner| analysis.catalog().describe(owner)).unwrap_or_default();
            analysis.fail(name.span, FailReason::Depended, "42P16", owner);
            return;
        }
        // What the same statement drops before it is not in the way any more.
        dropped.blockers.retain(|blocker| !self.has_dropped(blocker));
        if refuse(analysis, name.span, &dropped) {
            return;
        }
        lock_dropped(analysis, &dropped, name.span, false);
        let dependents = dropped.objects.iter().filter(|object| object.cascade).count();
        let made = known.and_then(|column| column.origin);
        let copied = analysis.catalog().copied_to(root.id, &name.name);
        let copies = Copies::of(analysis, copied, |to| self.keeps(analysis, to)).unconverted().among(root);
        let with_value = analysis.shown_null(root, &name.name).map(|at| (format!("value in `{}`", name.name), at));
        let with_row = || Some((format!("row in `{}`", root.display_name()), analysis.shown_empty(root)?));
        let shown = with_value.or_else(with_row).filter(|_| !copies.now);
        let kind = EffectKind::LosesData {
            object: match () {
                () if shown.is_some() => LostObject::EmptyColumn,
                () if !copies.from.is_empty() && !copies.now => LostObject::CopiedColumn,
                () => LostObject::Column,
            },
            name: name.name.clone(),
            cascade: false,
            generated: known.is_some_and(|column| column.generated.is_some()),
            dependents,
            copied_to: copies.names(),
            guarded: false,
        };
        let label = known.and_then(added_here);
        let serial = analysis.context.session.transaction_serial;
        let renamed = known.and_then(|column| column.renamed_from.as_ref()).filter(|(_, when)| *when == serial);
        let renamed = renamed.map(|(before, _)| Label {
            message: format!("to programs it is `{before}`: this transaction renames it"),
            at: analysis.at(name.span),
        });
        // Nobody uses a column that these migrations have just added.
        let new = analysis.is_new(root) || analysis.made_now(made);
        let at = analysis.at(name.span);
        let effect = analysis.on_column(root, new, name.span, kind);
        effect.because.extend(label.clone());
        effect.because.extend(copies.labels());
        effect.because.extend(renamed);
        // A table that has taken over the old name of this one is not to be mistaken for it.
        if let Some(subject) = &mut effect.subject
            && subject.known_as != subject.relation
            && copies.from.iter().any(|it| it.to.rsplit_once('.').is_some_and(|(table, _)| table == subject.known_as))
        {
            let message = format!("to programs it is of `{}`: this file renames the table", subject.known_as);
            subject.before = subject.relation.clone();
            subject.known_as = subject.relation.clone();
            effect.because.push(Label { message, at });
        }
        effect.because.extend(
            shown.map(|(what, shown)| Label { message: format!("with a {what}, it is not reached"), at: shown.at }),
        );
        let kind = EffectKind::breaks_clients(ClientChange::DropColumn, name.name.clone());
        analysis.on_column(root, new, name.span, kind).because.extend(label);
        tell_cascade(analysis, name.span, &dropped);
        self.tell_guards(analysis, name, new, &dropped);
        for (id, _) in dropped.relations() {
            let Some(relation) = analysis.catalog().relation(id) else {
                continue;
            };
            if let RelationBody::Index(index) = &relation.body
                && let Some(owner) = analysis.catalog().relation(index.table)
            {
                self.queue.table(owner).drop_index(id);
            }
        }
        for (id, constraint, _) in dropped.constraints() {
            if let Some(owner) = analysis.catalog().relation(id) {
                self.queue.table(owner).so_far.dropped_constraints.push(constraint.clone());
            }
        }
        for (id, column, _) in dropped.columns() {
            if let Some(owner) = analysis.catalog().relation(id) {
                self.queue.table(owner).so_far.dropped_columns.push(column.clone());
            }
        }
    }

    /// Whether what was copied to a column, of this table or as `table.column` of another, is there still.
    fn keeps(&self, analysis: &Analysis<'a>, copied_to: &str) -> bool {
        let (relation, column) = match copied_to.rsplit_once('.') {
            None => (Some(self.relation), copied_to),
            Some((table, column)) => (analysis.catalog().find_displayed(table), column),
        };
        relation.and_then(|relation| relation.as_table()).is_some_and(|table| table.column(column).is_some())
    }

    /// What keeps rules for other columns as well, and goes with this one without CASCADE and without a word.
    fn tell_guards(&self, analysis: &mut Analysis<'a>, column: &Ident, new: bool, dropped: &Dropped) {
        let root = self.relation;
        let gone: Vec<&Droppable> =
            dropped.objects.iter().filter(|it| !it.named && !it.cascade).map(|it| &it.object).collect();
        let (catalog, table) = (analysis.catalog(), root.as_table());
        for object in gone {
            let (what, guard, unique, columns): (&str, SmolStr, bool, Vec<Name>) = match object {
                Droppable::Constraint(id, guard) if *id == root.id => {
                    let Some(constraint) = table.and_then(|table| table.constraint(guard)) else {
                        continue;
                    };
                    if matches!(constraint.kind, TableConstraintKind::NotNull { .. }) {
                        continue;
                    }
                    let unique = constraint.kind.index().is_some();
                    (constraint.kind.noun(), guard.clone(), unique, constraint.kind.columns().to_vec())
                }
                Droppable::Relation(id) => {
                    let found = catalog.relation(*id);
                    let Some((relation, index)) = found.and_then(|found| Some((found, found.as_index()?))) else {
                        continue;
                    };
                    if !index.unique || index.table != root.id || index.constraint.is_some() {
                        continue;
                    }
                    let columns = index.keys.iter().flat_map(|key| key.expr.columns());
                    ("index", relation.display_name(), true, columns.map(|column| column.name.clone()).collect())
                }
                _ => continue,
            };
            if columns.iter().all(|own| *own == column.name) {
                continue;
            }
            let kind = EffectKind::DropsObject {
                object: what.into(),
                name: guard,
                cascade: false,
                if_exists: false,
                concurrently: false,
                named: false,
                unique,
                columns: columns.join(", ").into(),
                locked: false,
                idle: false,
                goes_anyway: false,
                references: SmolStr::default(),
            };
            analysis.on_column(root, new, column.span, kind);
        }
    }
}
