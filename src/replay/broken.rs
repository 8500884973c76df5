//! Functions that name what is gone: the server does not track what is in a body that is a string, so nothing refuses the change.

use super::Replayer;
use crate::diagnostic::Label;
use crate::effect::{ClientChange, Confidence, Effect, EffectKind, Subject};
use crate::migration::Migration;
use crate::source::{Location, Span};
use crate::statement::{Command, InsertSource, Name, ObjectKind, ObjectName, Query, Statement};
use smol_str::{SmolStr, format_smolstr};
use std::collections::BTreeMap;

/// Something that a file took away.
struct Gone {
    /// The statement, or its action.
    cause: Location,
    focus: Span,
    subject: Subject,
    /// Schema and name of the relation, as it was called.
    relation: (Name, Name),
    /// The column; `None`: the relation itself.
    column: Option<Name>,
}

impl Replayer<'_> {
    /// Tells of functions that still name, when the file has run, what the file dropped or renamed.
    pub(super) fn broken_functions(&mut self, migration: &Migration, first_step: usize) {
        let steps = self.steps[first_step..].iter().enumerate().filter(|(_, step)| !step.undone);
        let all =
            steps.flat_map(|(at, step)| step.effects.iter().filter_map(move |it| Some((first_step + at, gone(it)?))));
        let gone: Vec<(usize, Gone)> = all.filter(|(_, gone)| self.is_absent(gone)).collect();
        if gone.is_empty() {
            return;
        }
        let mut by_relation: BTreeMap<&Name, Vec<usize>> = BTreeMap::new();
        for (at, (_, gone)) in gone.iter().enumerate() {
            by_relation.entry(&gone.relation.1).or_default().push(at);
        }
        let mut found: BTreeMap<(usize, SmolStr), Location> = BTreeMap::new();
        for ((schema, name), function) in self.catalog.functions() {
            for overload in &function.overloads {
                let Some(body) = overload.body.as_ref().filter(|body| !body.inline) else { continue };
                for statement in &body.statements {
                    for relation in relations(statement) {
                        let candidates = by_relation.get(&relation.name.name).into_iter().flatten();
                        for &at in candidates.filter(|&&at| uses(statement, &gone[at].1)) {
                            found.entry((at, shown(schema, name))).or_insert(overload.defined);
                        }
                    }
                }
            }
        }
        for (at, (_, gone)) in gone.iter().enumerate() {
            let Some(column) = &gone.column else { continue };
            let triggers = self.triggers(gone);
            for ((schema, name), function) in self.catalog.functions().filter(|((_, name), _)| triggers.contains(name))
            {
                // What a trigger's function takes from its row is no query.
                for overload in &function.overloads {
                    let Some(body) = overload.body.as_ref().filter(|body| !body.inline) else { continue };
                    let text = self.sources.get(overload.defined.source).text();
                    let text = text.get(body.span.range()).unwrap_or_default();
                    if mentions(text, "new", column) || mentions(text, "old", column) {
                        found.entry((at, shown(schema, name))).or_insert(overload.defined);
                    }
                }
            }
        }
        let mut effects = Vec::new();
        for ((at, function), made) in found {
            let (step, gone) = &gone[at];
            let bare = function.rsplit('.').next().unwrap_or_default();
            let trigger = self.triggers(gone).iter().any(|name| name == bare);
            effects.push((*step, broken(gone, function, made, trigger)));
        }
        for (step, effect) in effects {
            if self.steps[step].source == migration.source {
                self.steps[step].effects.push(effect);
            }
        }
    }

    /// Whether nothing bears the name any more.
    fn is_absent(&self, gone: &Gone) -> bool {
        let relation = self.catalog.find(&gone.relation.0, &gone.relation.1);
        match (&gone.column, relation) {
            (None, relation) => relation.is_none(),
            (Some(column), Some(relation)) => {
                relation.as_table().is_some_and(|table| table.complete && table.column(column).is_none())
            }
            (Some(_), None) => false,
        }
    }

    /// The functions of the triggers of the table.
    fn triggers(&self, gone: &Gone) -> Vec<Name> {
        let table = self.catalog.find(&gone.relation.0, &gone.relation.1);
        let attachments = table.map(|table| table.attachments()).unwrap_or_default();
        attachments.iter().filter(|it| it.kind == ObjectKind::Trigger).filter_map(|it| it.function.clone()).collect()
    }
}

fn shown(schema: &Name, name: &Name) -> SmolStr {
    if schema == "public" { name.clone() } else { format_smolstr!("{schema}.{name}") }
}

/// The relations that a statement names.
fn relations(statement: &Statement) -> Vec<&ObjectName> {
    let (written, query) = match &statement.command {
        Command::Query(query) => (None, Some(query.as_ref())),
        Command::Insert(insert) => (Some(&insert.table), Some(&insert.with)),
        Command::Update(update) => (Some(&update.table), Some(&update.with)),
        Command::Delete(delete) => (Some(&delete.table), Some(&delete.with)),
        Command::Truncate(truncate) => return truncate.tables.iter().map(|table| &table.name).collect(),
        _ => (None, None),
    };
    let source = match &statement.command {
        Command::Insert(insert) => match &insert.source {
            Some(InsertSource::Query(query)) => Some(query.as_ref()),
            _ => None,
        },
        _ => None,
    };
    let queries = query.into_iter().chain(source);
    let reads = queries.flat_map(|query| &query.reads);
    written.into_iter().chain(reads).map(|relation| &relation.name).collect()
}

fn gone(effect: &Effect) -> Option<Gone> {
    let EffectKind::BreaksClients { change, object, .. } = &effect.kind else {
        return None;
    };
    let subject = effect.subject.clone()?;
    let parts = |name: &str| match name.split_once('.') {
        Some((schema, name)) => (Name::from(schema), Name::from(name)),
        None => (Name::new_static("public"), Name::from(name)),
    };
    let (relation, column) = match change {
        ClientChange::DropTable | ClientChange::DropView | ClientChange::RenameTable | ClientChange::SetSchema => {
            (parts(object), None)
        }
        ClientChange::DropColumn | ClientChange::RenameColumn => (parts(&subject.relation), Some(object.clone())),
        _ => return None,
    };
    Some(Gone { cause: effect.cause, focus: effect.focus, subject, relation, column })
}

fn broken(gone: &Gone, function: SmolStr, made: Location, trigger: bool) -> Effect {
    let object = match &gone.column {
        Some(column) => format_smolstr!("{}.{column}", gone.subject.relation),
        None => gone.subject.relation.clone(),
    };
    Effect {
        kind: EffectKind::BreaksFunction { function: function.clone(), object, trigger },
        subject: Some(gone.subject.clone()),
        cause: gone.cause,
        focus: gone.focus,
        confidence: Confidence::Certain,
        because: vec![Label { message: format!("`{function}` is made here"), at: made }],
        assumptions: Vec::new(),
        fix: None,
        mended: false,
    }
}

/// Whether a statement of a body names what is gone.
fn uses(statement: &Statement, gone: &Gone) -> bool {
    let is_relation = |name: &ObjectName| {
        name.name.name == gone.relation.1
            && name.schema.as_ref().map_or(gone.relation.0 == "public", |schema| schema.name == gone.relation.0)
    };
    let in_query = |query: &Query| match &gone.column {
        None => query.reads.iter().any(|read| is_relation(&read.name)),
        Some(column) => query
            .columns
            .iter()
            .any(|used| used.column.name == *column && used.relation.as_deref().is_some_and(is_relation)),
    };
    let written = |table: &ObjectName, columns: Vec<&Name>| {
        is_relation(table) && gone.column.as_ref().is_none_or(|column| columns.contains(&column))
    };
    match &statement.command {
        Command::Query(query) => in_query(query),
        Command::Insert(insert) => {
            written(&insert.table.name, insert.columns.iter().map(|column| &column.name).collect())
                || in_query(&insert.with)
                || matches!(&insert.source, Some(InsertSource::Query(query)) if in_query(query))
        }
        Command::Update(update) => {
            written(&update.table.name, update.assignments.iter().map(|it| &it.column.name).collect())
                || in_query(&update.with)
        }
        Command::Delete(delete) => (is_relation(&delete.table.name) && gone.column.is_none()) || in_query(&delete.with),
        Command::Truncate(truncate) => {
            gone.column.is_none() && truncate.tables.iter().any(|table| is_relation(&table.name))
        }
        _ => false,
    }
}

/// Whether a text has `record.column`, outside line comments; in any case where the column needs no quotes.
fn mentions(text: &str, record: &str, column: &str) -> bool {
    let is_word = |letter: char| letter.is_alphanumeric() || letter == '_' || letter == '$';
    let mut found = false;
    for line in text.lines() {
        let line = line.split("--").next().unwrap_or_default();
        let lower = line.to_ascii_lowercase();
        let mut from = 0;
        while let Some(at) = lower[from..].find(record).map(|at| from + at) {
            from = at + record.len();
            let begins = lower[..at].chars().next_back().is_none_or(|before| !is_word(before));
            let Some(rest) = line.get(from..).filter(|_| begins).and_then(|rest| rest.trim_start().strip_prefix('.'))
            else {
                continue;
            };
            let rest = rest.trim_start();
            let named = match rest.strip_prefix('"') {
                Some(quoted) => quoted.split('"').next() == Some(column),
                None => rest.split(|letter| !is_word(letter)).next().is_some_and(|name| name.to_lowercase() == column),
            };
            found |= named;
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::mentions;

    #[test]
    fn fields_of_the_row() {
        let text = "IF NEW.status <> OLD.\"oldName\" THEN -- new.gone\n renew.total; END";
        assert!(mentions(text, "new", "status") && mentions(text, "old", "oldName"));
        assert!(!mentions(text, "new", "gone") && !mentions(text, "new", "total") && !mentions(text, "old", "oldname"));
    }
}
