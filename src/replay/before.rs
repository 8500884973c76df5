//! Functions as they were before a file that drops some of them: whether anything in the database called them, and their overloads.
//!
//! The server keeps no list of the functions that the body of another one calls; the files show those bodies.

use super::mended::within;
use crate::catalog::{Catalog, Column, Relation, RelationId, TableConstraintKind};
use crate::effect::Effect;
use crate::migration::Migration;
use crate::source::{Location, Sources, Span};
use crate::statement::{Body, Command, Expr, ExprKind, Name, ObjectKind};
use std::collections::{BTreeMap, BTreeSet};

/// The functions that a file drops, by their names without schemas.
#[derive(Debug, Default)]
pub(super) struct Before {
    /// What called them before the file.
    callers: BTreeMap<Name, Vec<Caller>>,
    /// The argument types of the overloads that there were before.
    overloads: BTreeMap<Name, Vec<Vec<Name>>>,
}

/// Which functions call which, by the bodies that the files so far have shown: each is read once, however many files drop functions.
#[derive(Debug, Default)]
pub(super) struct Calls {
    /// The functions, by their names without schemas, of which a body has called a function of that name.
    callers: BTreeMap<Name, BTreeSet<Name>>,
    /// What a body calls, by where it stands.
    called: BTreeMap<Location, BTreeSet<Name>>,
}

impl Calls {
    /// A file has run.
    pub(super) fn learn(&mut self, catalog: &Catalog, sources: &Sources, migration: &Migration) {
        let statements = migration.statements.iter().flat_map(|it| std::iter::once(it).chain(within(it)));
        let made: BTreeSet<&Name> = statements
            .filter_map(|statement| match &statement.command {
                Command::CreateFunction(create) => Some(&create.name.name.name),
                _ => None,
            })
            .collect();
        for own in made {
            for overload in catalog.functions_named(own).flat_map(|function| &function.overloads) {
                let Some(body) = &overload.body else { continue };
                if self.called.contains_key(&overload.defined) {
                    continue;
                }
                let called = called_in(body, sources.get(overload.defined.source).text());
                for name in called.iter().filter(|name| *name != own) {
                    self.callers.entry(name.clone()).or_default().insert(own.clone());
                }
                self.called.insert(overload.defined, called);
            }
        }
    }
}

/// The names that stand before a parenthesis in a body, without its comments.
fn called_in(body: &Body, text: &str) -> BTreeSet<Name> {
    let mut found = BTreeSet::new();
    let mut from = body.span.start as usize;
    for comment in body.comments.iter().chain([&Span::empty(body.span.end)]) {
        let part = text.get(from..comment.start as usize).unwrap_or_default();
        from = (comment.end as usize).max(from);
        found.extend(calls(part).map(|name| Name::from(name.to_lowercase())));
    }
    found
}

/// What calls a function.
#[derive(Clone, Debug, PartialEq)]
enum Caller {
    /// A column that has it in its default, or is computed by it.
    Column(RelationId, Name),
    /// The function of a trigger, by schema and name.
    OfTrigger(Name, Name),
    /// What programs call as well, or read: another function, a view, a policy, a constraint ...
    Other,
}

impl Caller {
    fn is_gone(&self, catalog: &Catalog) -> bool {
        match self {
            Self::Column(table, column) => catalog.table(*table).is_none_or(|(_, it)| it.column(column).is_none()),
            Self::OfTrigger(schema, name) => catalog.function_at(schema, name).is_none(),
            Self::Other => false,
        }
    }
}

impl Before {
    /// Of a file that is about to run.
    pub(super) fn of(catalog: &Catalog, calls: &Calls, migration: &Migration) -> Self {
        let routines = [ObjectKind::Function, ObjectKind::Procedure, ObjectKind::Routine];
        let dropped = migration.statements.iter().flat_map(|statement| match &statement.command {
            Command::Drop(drop) if routines.contains(&drop.kind) => drop.names.as_slice(),
            _ => &[],
        });
        let names: BTreeSet<Name> = dropped.map(|name| name.name.name.clone()).collect();
        if names.is_empty() {
            return Self::default();
        }
        let arguments = |name: &Name| {
            let overloads = catalog.functions_named(name).flat_map(|function| &function.overloads);
            overloads.map(|overload| overload.arguments.clone()).collect()
        };
        let overloads = names.iter().map(|name| (name.clone(), arguments(name))).collect();
        Self { callers: callers_of(catalog, calls, &names), overloads }
    }

    /// The functions that only columns and triggers called before the file, all of which it drops, and that nothing calls at its end.
    pub(super) fn deserted(&self, catalog: &Catalog, calls: &Calls) -> BTreeSet<Name> {
        let gone = self.callers.iter().filter(|(_, callers)| callers.iter().all(|caller| caller.is_gone(catalog)));
        let mut gone: BTreeSet<Name> = gone.map(|(name, _)| name.clone()).collect();
        if !gone.is_empty() {
            let still = callers_of(catalog, calls, &gone);
            gone.retain(|name| !still.contains_key(name));
        }
        gone
    }

    /// Whether the overload that an effect adds was there before, with the same arguments: it was dropped to be made anew.
    pub(super) fn had(&self, catalog: &Catalog, name: &str, effect: &Effect) -> bool {
        let name = Name::from(name.rsplit('.').next().unwrap_or(name));
        let Some(before) = self.overloads.get(&name) else {
            return false;
        };
        let mut overloads = catalog.functions_named(&name).flat_map(|function| &function.overloads);
        overloads.any(|overload| overload.origin.at == effect.cause && before.contains(&overload.arguments))
    }
}

/// What calls each of some functions; those that nothing calls are left out.
fn callers_of(catalog: &Catalog, calls: &Calls, names: &BTreeSet<Name>) -> BTreeMap<Name, Vec<Caller>> {
    let mut found = BTreeMap::new();
    for name in names {
        let mut callers: Vec<Caller> = catalog.callers(name).flat_map(|relation| by_relation(relation, name)).collect();
        for own in calls.callers.get(name).into_iter().flatten() {
            for (schema, function) in catalog.functions_by_schema(own) {
                let calls_it = |at: &Location| calls.called.get(at).is_some_and(|called| called.contains(name));
                for overload in function.overloads.iter().filter(|overload| calls_it(&overload.defined)) {
                    callers.push(match overload.of_trigger {
                        true => Caller::OfTrigger(schema.clone(), own.clone()),
                        false => Caller::Other,
                    });
                }
            }
        }
        if !callers.is_empty() {
            found.insert(name.clone(), callers);
        }
    }
    found
}

/// How a relation calls a function.
fn by_relation(relation: &Relation, name: &Name) -> Vec<Caller> {
    let Some(table) = relation.as_table() else {
        return vec![Caller::Other];
    };
    let calls = |expr: &Expr| {
        let mut found = false;
        expr.walk(&mut |part| found |= matches!(&part.kind, ExprKind::Call(call) if call.name.name.name == *name));
        found
    };
    let exprs = |column: &&Column| {
        column.default.iter().chain(column.generated.as_ref().map(|generated| &generated.expr)).any(calls)
    };
    let columns = table.columns.iter().filter(exprs);
    let mut callers: Vec<Caller> = columns.map(|column| Caller::Column(relation.id, column.name.clone())).collect();
    let attached = table.attachments.iter().any(|attachment| attachment.functions.contains(name));
    let constraint = table.constraints.iter().any(|constraint| match &constraint.kind {
        TableConstraintKind::Check { expr, .. } => calls(expr),
        _ => false,
    });
    if attached || constraint || callers.is_empty() {
        callers.push(Caller::Other);
    }
    callers
}

/// The words of a text that a parenthesis follows.
fn calls(text: &str) -> impl Iterator<Item = &str> {
    text.match_indices('(').filter_map(|(at, _)| {
        let before = text.get(..at)?.trim_end().trim_end_matches('"');
        let is_word = |letter: char| letter.is_alphanumeric() || matches!(letter, '_' | '$');
        before.rsplit(|letter: char| !is_word(letter)).next().filter(|word| !word.is_empty())
    })
}

#[cfg(test)]
mod tests {
    use crate::check::{File, Project, read};
    use crate::settings::Settings;
    use crate::source::Source;
    use crate::tool::{Tool, TransactionMode};

    const GIVEN: &str = "CREATE FUNCTION h() RETURNS int LANGUAGE sql AS $$ SELECT 1 $$;
        CREATE FUNCTION h(int) RETURNS int LANGUAGE sql AS $$ SELECT 1 $$;
        CREATE FUNCTION lonely() RETURNS int LANGUAGE sql AS $$ SELECT 1 -- as helper() $$;
        CREATE FUNCTION helper() RETURNS int LANGUAGE sql AS $$ SELECT 1 $$;
        CREATE FUNCTION inner_one() RETURNS int LANGUAGE sql AS $$ SELECT 1 $$;
        CREATE FUNCTION outer_one() RETURNS int LANGUAGE sql AS $$ SELECT inner_one() $$;
        CREATE FUNCTION number() RETURNS int LANGUAGE sql AS $$ SELECT 1 $$;
        CREATE TABLE t (id int DEFAULT number());
        CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN /* lonely() */ PERFORM public.Helper (); RETURN NEW; END $$;
        CREATE TRIGGER w BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION f();";

    fn mended(transaction: TransactionMode, sql: &str, kind: &str) -> Vec<bool> {
        let file = |(number, text): (usize, &&str)| File {
            judged: number == 1,
            transaction: Some(transaction),
            ..File::from(Source::new(format!("{number}.sql"), *text))
        };
        let project = Project::of(Tool::NONE, [GIVEN, sql].iter().enumerate().map(file).collect());
        let (_, projects) = read(vec![project], &Settings::default());
        let steps = projects.iter().flat_map(|project| &project.replay.steps).filter(|step| step.judged);
        let effects = steps.flat_map(|step| &step.effects).filter(|effect| effect.kind.name() == kind);
        effects
            .filter(|effect| kind != "breaks-clients" || effect.subject.is_none())
            .map(|effect| effect.mended)
            .collect()
    }

    #[test]
    fn a_function_goes_with_the_last_that_called_it() {
        let (file, statement) = (TransactionMode::File, TransactionMode::Statement);
        let dropped = |sql: &str| mended(file, sql, "breaks-clients");
        assert_eq!(dropped("DROP TRIGGER w ON t; DROP FUNCTION f(); DROP FUNCTION helper();"), [true]);
        assert_eq!(dropped("DROP FUNCTION helper();"), [false]);
        assert_eq!(dropped("DROP TRIGGER w ON t; DROP FUNCTION helper();"), [false]);
        assert_eq!(dropped("DROP TABLE t; DROP FUNCTION number();"), [true]);
        // Programs may have called what was worth a default.
        assert_eq!(dropped("ALTER TABLE t ALTER id DROP DEFAULT; DROP FUNCTION number();"), [false]);
        // So they may what other functions of theirs call.
        assert_eq!(dropped("DROP FUNCTION outer_one(); DROP FUNCTION inner_one();"), [false, false]);
        // Nothing here has ever called it: that is for programs.
        assert_eq!(dropped("DROP TRIGGER w ON t; DROP FUNCTION f(); DROP FUNCTION lonely();"), [false]);
        // For a while it is called in vain.
        assert_eq!(mended(statement, "DROP TABLE t; DROP FUNCTION number();", "breaks-clients"), [false]);
    }

    #[test]
    fn an_overload_that_was_there_is_none_more() {
        let made = |sql: &str| mended(TransactionMode::File, sql, "overloads");
        let create = |arguments: &str| {
            format!("CREATE OR REPLACE FUNCTION h({arguments}) RETURNS int LANGUAGE sql AS $$ SELECT 2 $$;")
        };
        assert_eq!(made(&format!("DROP FUNCTION h(int); {}", create("a int"))), [true]);
        assert_eq!(made(&format!("DROP FUNCTION h(int); {}", create("a text"))), [false]);
        assert_eq!(made(&create("a text")), [false]);
    }
}
