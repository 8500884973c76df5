//! Rows that a body has made sure not to be there.

use super::{Change, Moment};
use crate::catalog::{Catalog, RelationBody};
use crate::statement::{Absence, Body, Command, ObjectName, Statement};
use std::collections::BTreeMap;

/// How many statements behind a question are looked at for what the relation is that it asks.
const LOOKED_AT: usize = 16;

/// What a body makes sure of, by the statement at which that begins or ends.
pub struct Absences<'a> {
    body: &'a Body,
    at: BTreeMap<usize, Vec<(&'a Absence, bool)>>,
}

impl<'a> Absences<'a> {
    /// Of a `DO` block.
    pub fn of(body: &'a Body) -> Self {
        let mut at: BTreeMap<usize, Vec<(&Absence, bool)>> = BTreeMap::new();
        for absence in body.absences.iter().filter(|absence| absence.to != Some(absence.from)) {
            at.entry(absence.from).or_default().push((absence, true));
            if let Some(to) = absence.to {
                at.entry(to).or_default().push((absence, false));
            }
        }
        // What ends where another begins comes first.
        at.values_mut().for_each(|changes| changes.sort_by_key(|(_, begins)| *begins));
        Self { body, at }
    }

    /// The statement of that index is next; all have run where there is none.
    pub fn reach(&self, statement: usize, catalog: &mut Catalog, moment: Moment<'_>) {
        for (absence, begins) in self.at.get(&statement).into_iter().flatten() {
            if *begins {
                self.touch(absence, catalog, moment);
            }
            let at = absence.span;
            Change { catalog, moment, at, guard: None, unsure: false }.ask(absence, *begins);
        }
    }

    /// A question alone does not tell a table from a view: for what was never seen, a statement behind it does.
    fn touch(&self, absence: &Absence, catalog: &mut Catalog, moment: Moment<'_>) {
        let known = catalog.resolve(&absence.table, moment.search_path).and_then(|id| catalog.relation(id));
        if known.is_some_and(|relation| !matches!(relation.body, RelationBody::Unknown)) {
            return;
        }
        let behind = self.body.statements.iter().skip(absence.from).take(LOOKED_AT);
        if let Some(statement) = behind.into_iter().find(|statement| names(statement, &absence.table)) {
            catalog.touch(statement, moment);
        }
    }
}

fn names(statement: &Statement, table: &ObjectName) -> bool {
    let same = |name: &ObjectName| name.to_string() == table.to_string();
    match &statement.command {
        Command::AlterRelation(alter) => same(&alter.name),
        Command::Drop(drop) => drop.names.iter().any(same),
        _ => false,
    }
}

impl Change<'_> {
    fn ask(&mut self, absence: &Absence, begins: bool) {
        let Some(id) = self.find(&absence.table) else {
            return;
        };
        let since = self.origin();
        self.change_table(id, |table| {
            if absence.columns.is_empty() {
                table.shown_empty = begins.then_some(since);
            }
            for column in &absence.columns {
                table.shown_null.retain(|(shown, _)| shown != column);
                if begins {
                    table.shown_null.push((column.clone(), since));
                }
            }
        });
    }
}
