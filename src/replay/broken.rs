//! Functions that name what is gone: the server does not track what is in a body that is a string, so nothing refuses the change.

use super::Replayer;
use crate::diagnostic::Label;
use crate::effect::{ClientChange, Effect, EffectKind, Subject};
use crate::migration::Migration;
use crate::source::{Location, Span};
use crate::statement::{Command, InsertSource, Name, ObjectKind, ObjectName, Query, Statement};
use smol_str::{SmolStr, format_smolstr};
use std::collections::{BTreeMap, BTreeSet};

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

/// What went of the relations of a name, as places in a list.
#[derive(Default)]
struct Wanted<'g> {
    itself: Vec<usize>,
    columns: BTreeMap<&'g Name, Vec<usize>>,
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
        let mut wanted: BTreeMap<&Name, Wanted<'_>> = BTreeMap::new();
        for (at, (_, gone)) in gone.iter().enumerate() {
            let of_name = wanted.entry(&gone.relation.1).or_default();
            match &gone.column {
                None => of_name.itself.push(at),
                Some(column) => of_name.columns.entry(column).or_default().push(at),
            }
        }
        let mut found: BTreeMap<(usize, SmolStr), Location> = BTreeMap::new();
        for ((schema, name), function) in self.catalog.functions() {
            for overload in &function.overloads {
                let Some(body) = overload.body.as_ref().filter(|body| !body.inline) else { continue };
                for statement in &body.statements {
                    let named = relations(statement);
                    let mut names: Vec<&Name> = named.iter().map(|relation| &relation.name.name).collect();
                    names.sort_unstable();
                    names.dedup();
                    for of_name in names.into_iter().filter_map(|name| wanted.get(name)) {
                        let columns = columns(statement).into_iter().filter_map(|column| of_name.columns.get(column));
                        let candidates = of_name.itself.iter().chain(columns.flatten());
                        for &at in candidates.filter(|&&at| uses(statement, &gone[at].1)) {
                            found.entry((at, shown(schema, name))).or_insert(overload.defined);
                        }
                    }
                }
            }
        }
        // Of each trigger's function the columns that went from its tables.
        let mut triggered: BTreeMap<Name, BTreeMap<&Name, Vec<usize>>> = BTreeMap::new();
        let mut callers: BTreeMap<&(Name, Name), Vec<Name>> = BTreeMap::new();
        for (at, (_, gone)) in gone.iter().enumerate() {
            let functions = callers.entry(&gone.relation).or_insert_with(|| self.triggers(gone));
            for function in functions.iter() {
                if let Some(column) = &gone.column {
                    triggered.entry(function.clone()).or_default().entry(column).or_default().push(at);
                }
            }
        }
        for ((schema, name), function) in self.catalog.functions() {
            let Some(columns) = triggered.get(name) else { continue };
            // What a trigger's function takes from its row is no query.
            for overload in &function.overloads {
                let Some(body) = overload.body.as_ref().filter(|body| !body.inline) else { continue };
                let text = self.sources.get(overload.defined.source).text();
                let fields = fields_of_row(text.get(body.span.range()).unwrap_or_default());
                for at in fields.iter().filter_map(|field| columns.get(field)).flatten() {
                    found.entry((*at, shown(schema, name))).or_insert(overload.defined);
                }
            }
        }
        let mut effects = Vec::new();
        for ((at, function), made) in found {
            let (step, gone) = &gone[at];
            let bare = function.rsplit('.').next().unwrap_or_default();
            let trigger = callers.get(&gone.relation).is_some_and(|names| names.iter().any(|name| name == bare));
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

/// The columns that a statement names, each once.
fn columns(statement: &Statement) -> BTreeSet<&Name> {
    let mut names: BTreeSet<&Name> = BTreeSet::new();
    fn of_query(query: &Query) -> impl Iterator<Item = &Name> {
        query.columns.iter().map(|used| &used.column.name)
    }
    match &statement.command {
        Command::Query(query) => names.extend(of_query(query)),
        Command::Insert(insert) => {
            names.extend(insert.columns.iter().map(|column| &column.name));
            names.extend(of_query(&insert.with));
            if let Some(InsertSource::Query(query)) = &insert.source {
                names.extend(of_query(query));
            }
        }
        Command::Update(update) => {
            names.extend(update.assignments.iter().map(|it| &it.column.name));
            names.extend(of_query(&update.with));
        }
        Command::Delete(delete) => names.extend(of_query(&delete.with)),
        _ => {}
    }
    names
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
    let because = vec![Label { message: format!("`{function}` is made here"), at: made }];
    let kind = EffectKind::BreaksFunction { function, object, trigger };
    Effect { focus: gone.focus, because, ..Effect::new(kind, Some(gone.subject.clone()), gone.cause) }
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

/// The names behind `new.` and `old.` in a text, outside line comments, as the server folds them.
fn fields_of_row(text: &str) -> BTreeSet<Name> {
    let is_word = |letter: char| letter.is_alphanumeric() || letter == '_' || letter == '$';
    let mut found = BTreeSet::new();
    for line in text.lines() {
        let line = line.split("--").next().unwrap_or_default();
        let mut before: Option<&str> = None;
        // Word by word: what stands before a dot, and what behind it.
        let mut rest = line;
        while let Some(letter) = rest.chars().next() {
            if is_word(letter) {
                let end = rest.find(|letter| !is_word(letter)).unwrap_or(rest.len());
                before = Some(&rest[..end]);
                rest = &rest[end..];
                continue;
            }
            let of_row =
                before.take().is_some_and(|word| ["new", "old"].iter().any(|it| word.eq_ignore_ascii_case(it)));
            let blank = rest.trim_start();
            let Some(field) = blank.strip_prefix('.').filter(|_| of_row).map(str::trim_start) else {
                rest = &rest[letter.len_utf8()..];
                continue;
            };
            if let Some(quoted) = field.strip_prefix('"') {
                let name = quoted.split('"').next().unwrap_or_default();
                found.insert(Name::from(name));
                rest = &quoted[name.len()..];
            } else {
                let end = field.find(|letter| !is_word(letter)).unwrap_or(field.len());
                found.insert(Name::from(field[..end].to_lowercase()));
                rest = &field[end..];
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::fields_of_row;

    #[test]
    fn fields_of_the_row() {
        let text = "IF NEW.status <> OLD . \"oldName\" THEN -- new.gone\n renew.total; x.new.deep; new . last; END";
        let fields: Vec<_> = fields_of_row(text).into_iter().collect();
        assert_eq!(fields, ["deep", "last", "oldName", "status"]);
    }
}
