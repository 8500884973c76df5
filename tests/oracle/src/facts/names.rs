//! The names within our queries, in the words of `grammar/names.rs`.

use shipworthy::statement::*;
use std::collections::BTreeSet;

#[derive(Debug, Default)]
pub(crate) struct Names {
    pub(crate) reads: BTreeSet<String>,
    pub(crate) writes: BTreeSet<String>,
    pub(crate) columns: BTreeSet<String>,
    pub(crate) calls: BTreeSet<String>,
    pub(crate) unknown: bool,
}

impl Names {
    pub(crate) fn query(&mut self, query: &Query) {
        self.unknown |= !query.understood;
        self.reads.extend(query.reads.iter().map(|read| read.name.to_string()));
        self.columns.extend(query.columns.iter().map(|column| column.column.name.to_string()));
        let builtin = |name: String| name.strip_prefix("pg_catalog.").map(str::to_owned).unwrap_or(name);
        self.calls.extend(query.calls.iter().map(|call| builtin(call.name.to_string())));
        for write in &query.writes {
            self.command(&write.command);
        }
    }

    pub(crate) fn command(&mut self, command: &Command) {
        match command {
            Command::Insert(insert) => {
                self.writes.insert(insert.table.name.to_string());
                self.query(&insert.with);
                if let Some(InsertSource::Query(query)) = &insert.source {
                    self.query(query);
                }
            }
            Command::Update(update) => {
                self.writes.insert(update.table.name.to_string());
                self.query(&update.with);
            }
            Command::Delete(delete) => {
                self.writes.insert(delete.table.name.to_string());
                self.query(&delete.with);
            }
            Command::Merge(merge) => {
                self.writes.insert(merge.table.name.to_string());
                self.query(&merge.with);
            }
            Command::Query(query) => self.query(query),
            _ => {}
        }
    }
}
