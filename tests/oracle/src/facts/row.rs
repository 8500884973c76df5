//! See `grammar/row.rs`.

use super::names::Names;
use super::*;
use crate::grammar::CELLS;
use std::collections::BTreeSet;

impl Facts<'_> {
    fn name_facts(&mut self, names: Names) {
        let list = |set: &BTreeSet<String>| set.iter().cloned().collect::<Vec<_>>().join(",");
        self.add(format!("reads {}", list(&names.reads)));
        self.add(format!("writes {}", list(&names.writes)));
        self.add(format!("columns {}", list(&names.columns)));
        self.add(format!("calls {}", list(&names.calls)));
        self.flag(names.unknown, "not-understood");
    }

    pub(super) fn query_names(&mut self, query: &Query) {
        let mut names = Names::default();
        names.query(query);
        self.name_facts(names);
    }

    fn command_names(&mut self, command: &Command) {
        let mut names = Names::default();
        names.command(command);
        self.name_facts(names);
    }

    fn values(&mut self, values: &Values) {
        self.add(format!("rows {}", values.row_ends.len()));
        for cell in values.cells.iter().take(CELLS) {
            let cell = self.expr(cell);
            self.add(format!("cell {cell}"));
        }
    }

    fn assignments(&mut self, assignments: &[Assignment]) {
        let mut at = 0;
        while let Some(assignment) = assignments.get(at) {
            // A row that is not a list of values belongs to several columns.
            let shared = assignments.iter().filter(|other| other.value.span == assignment.value.span).count() > 1;
            let alone = assignments.iter().filter(|other| other.span == assignment.span).count() == 1;
            let text = self.source.slice(assignment.span);
            let value = if text.starts_with('(') && (shared || (alone && !text.to_ascii_lowercase().contains("row"))) {
                "row".to_owned()
            } else {
                self.expr(&assignment.value)
            };
            self.add(format!("set {} {value}", assignment.column.name));
            at += 1;
        }
    }

    fn filter(&mut self, filter: &Option<Box<Expr>>, current_of: bool) {
        self.flag(current_of, "current-of");
        self.expr_word("where", filter);
    }

    pub(super) fn rows(&mut self, command: &Command) {
        match command {
            Command::Truncate(truncate) => {
                self.add("Truncate");
                truncate.tables.iter().for_each(|table| self.add(format!("table {}", only(table))));
                self.flag(truncate.restart_identity, "restart-identity");
                self.flag(truncate.cascade, "cascade");
            }
            Command::Insert(insert) => {
                self.add("Insert");
                self.add(format!("table {}", only(&insert.table)));
                self.add(format!("into {}", names(&insert.columns)));
                if let Some(InsertSource::Values(values)) = &insert.source {
                    self.values(values);
                }
                if let Some(nothing) = insert.on_conflict_nothing {
                    self.add(format!("on-conflict {}", if nothing { "nothing" } else { "update" }));
                }
                if let Some(ConflictTarget::Constraint(name)) = insert.conflict_target.as_deref() {
                    self.add(format!("constraint {}", name.name));
                }
                self.assignments(&insert.on_conflict_set);
                self.flag(insert.returning, "returning");
                self.command_names(command);
            }
            Command::Update(update) => {
                self.add("Update");
                self.add(format!("table {}", only(&update.table)));
                self.assignments(&update.assignments);
                self.filter(&update.filter, update.current_of);
                self.flag(update.returning, "returning");
                self.command_names(command);
            }
            Command::Delete(delete) => {
                self.add("Delete");
                self.add(format!("table {}", only(&delete.table)));
                self.filter(&delete.filter, delete.current_of);
                self.flag(delete.returning, "returning");
                self.command_names(command);
            }
            Command::Merge(merge) => {
                self.add("Merge");
                self.add(format!("table {}", only(&merge.table)));
                if let Some(source) = &merge.source {
                    self.add(format!("source {}", source.name));
                }
                merge.actions.iter().for_each(|action| self.add(format!("action {action}")));
                self.command_names(command);
            }
            Command::Copy(copy) => {
                self.add("Copy");
                self.add(format!("table {}", copy.table.as_ref().map_or("-".to_owned(), ObjectName::to_string)));
                self.word("columns-named", &names(&copy.columns));
                self.flag(copy.from, "from");
                self.flag(copy.program, "program");
                self.word("file", copy.location.as_deref().unwrap_or(""));
                self.options(&copy.options);
                self.expr_word("where", &copy.filter);
                if let Some(query) = &copy.query {
                    self.query_names(query);
                }
            }
            Command::Query(query) => {
                self.add("Query");
                // The tree keeps apart that the table is temporary.
                self.word("select-into", optional_name(&query.into).trim_start_matches("pg_temp."));
                match &query.values {
                    Some(values) if !query.limited && !query.ordered => self.values(values),
                    Some(_) => {}
                    None => {
                        let outputs: Vec<_> = query.outputs.iter().map(|name| name.as_deref().unwrap_or("?")).collect();
                        self.add(format!("outputs {}", outputs.join(",")));
                    }
                }
                self.expr_word("where", &query.filter);
                self.flag(query.limited, "limited");
                self.flag(query.ordered, "ordered");
                self.word("row-lock", query.row_lock.as_deref().unwrap_or(""));
                self.flag(query.skip_locked, "skip-locked");
                self.query_names(query);
            }
            Command::Explain(explain) => {
                self.add("Explain");
                self.flag(explain.analyze, "analyze");
                self.within("statement", &explain.statement);
            }
            Command::Prepare(prepare) => {
                self.add("Prepare");
                self.add(format!("name {}", prepare.name.name));
                self.within("statement", &prepare.statement);
            }
            Command::Execute(name) => {
                self.add("Execute");
                self.add(format!("name {}", name.name));
            }
            Command::Call(call) => {
                self.add("Call");
                self.add(format!("name {}", call.procedure));
                self.add(format!("arguments {}", call.arguments.len()));
            }
            _ => {}
        }
    }
}
