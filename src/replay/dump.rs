//! What a dump of the schema is good for: what it says of objects that no migration makes or changes.
//!
//! A dump shows how the schema is after the migrations, or after some of them. So of an object that a migration of its time touches it says
//! nothing about the moment before; of every other object it says what the migrations meet.

use super::Replayer;
use crate::catalog::{Moment, UNKNOWN_COVERAGE};
use crate::migration::{Direction, Migration, Role};
use crate::session::Session;
use crate::source::Sources;
use crate::statement::{AlterActionKind, Command, ConstraintKind, InsertSource, Name, ObjectKind, Statement};
use std::collections::BTreeSet;

/// Names of relations, types and functions without their schema, which the migrations of a dump's time make or change.
#[derive(Debug, Default)]
pub(super) struct Touched(BTreeSet<Name>);

impl Touched {
    /// What the migrations touch, but for those that came after the dump.
    pub(super) fn by(migrations: &[&Migration], sources: &Sources) -> Self {
        let dumps = || migrations.iter().filter(|migration| migration.role == Role::Schema);
        let versions: BTreeSet<&str> =
            dumps().flat_map(|dump| versions(dump, sources.get(dump.source).text())).collect();
        let mut touched = Self::default();
        for migration in migrations.iter().filter(|migration| migration.role != Role::Schema) {
            // The dumps of Rails, Ecto and dbmate end with the versions that had run.
            let version = version_of(sources.get(migration.source).path());
            if !versions.is_empty() && version.is_some_and(|version| !versions.contains(version)) {
                continue;
            }
            let down = |statement: &Statement| {
                migration.section_of(statement).is_some_and(|section| section.direction == Direction::Down)
            };
            migration
                .statements
                .iter()
                .filter(|statement| !down(statement))
                .for_each(|statement| touched.add(statement));
        }
        touched
    }

    fn add(&mut self, statement: &Statement) {
        let names = &mut self.0;
        match &statement.command {
            Command::CreateTable(create) => drop(names.insert(create.name.name.name.clone())),
            Command::CreateIndex(index) => {
                names.insert(index.table.name.name.clone());
                names.extend(index.name.iter().map(|name| name.name.name.clone()));
            }
            Command::CreateView(create) => drop(names.insert(create.name.name.name.clone())),
            Command::CreateSequence(create) => drop(names.insert(create.name.name.name.clone())),
            Command::CreateType(create) => drop(names.insert(create.name.name.name.clone())),
            Command::CreateDomain(create) => drop(names.insert(create.name.name.name.clone())),
            Command::CreateFunction(create) => drop(names.insert(create.name.name.name.clone())),
            Command::AlterRelation(alter) => {
                names.insert(alter.name.name.name.clone());
                names.extend(alter.actions.iter().filter_map(|action| match &action.kind {
                    AlterActionKind::RenameTo(name) => Some(name.name.clone()),
                    _ => None,
                }));
            }
            Command::AlterType(alter) => drop(names.insert(alter.name.name.name.clone())),
            Command::AlterDomain(alter) => drop(names.insert(alter.name.name.name.clone())),
            Command::Drop(drop) => names.extend(drop.names.iter().map(|name| name.name.name.clone())),
            Command::DropOnTable(drop) => std::mem::drop(names.insert(drop.table.name.name.clone())),
            Command::CreateTrigger(create) => drop(names.insert(create.table.name.name.clone())),
            Command::Policy(policy) => drop(names.insert(policy.table.name.name.clone())),
            Command::Do(block) => {
                let inner = block.body.iter().flat_map(|body| &body.statements);
                inner.for_each(|statement| self.add(statement));
            }
            _ => {}
        }
    }

    /// Whether a statement of a dump is about nothing but what the migrations leave alone.
    fn leaves_alone(&self, statement: &Statement) -> bool {
        let free = |name: &Name| !self.0.contains(name);
        match &statement.command {
            Command::Set(_) | Command::CreateSchema(_) | Command::CreateExtension(_) => true,
            Command::CreateTable(create) => free(&create.name.name.name),
            Command::CreateIndex(index) => {
                free(&index.table.name.name) && index.name.as_ref().is_none_or(|name| free(&name.name.name))
            }
            Command::CreateSequence(create) => free(&create.name.name.name),
            Command::CreateType(create) => free(&create.name.name.name),
            Command::CreateDomain(create) => free(&create.name.name.name),
            Command::CreateFunction(create) => free(&create.name.name.name),
            Command::AlterRelation(alter) => {
                let references_free = alter.actions.iter().all(|action| match &action.kind {
                    AlterActionKind::AddConstraint(constraint) => match &constraint.kind {
                        ConstraintKind::ForeignKey(key) => free(&key.references.name.name),
                        _ => true,
                    },
                    _ => true,
                });
                let is_table = matches!(alter.kind, ObjectKind::Table | ObjectKind::Sequence);
                is_table && free(&alter.name.name.name) && references_free
            }
            _ => false,
        }
    }
}

impl Replayer<'_> {
    /// Enters what a dump says of objects that the migrations leave alone. It is no deployment: nothing of it is judged.
    pub(super) fn dump(&mut self, migration: &Migration, touched: &Touched) {
        let mut session = Session::new(0, self.next_serial());
        for statement in migration.statements.iter().filter(|statement| touched.leaves_alone(statement)) {
            session.transaction_serial = self.next_serial();
            let path = session.search_path();
            let moment = Moment {
                seed: false,
                source: migration.source,
                deployment: session.deployment,
                transaction: session.transaction_serial,
                search_path: &path,
                from_empty: false,
                whole: true,
                coverage: &UNKNOWN_COVERAGE,
                bodies_checked: session.checks_bodies(),
                version: self.settings.version,
            };
            self.catalog.touch(statement, moment);
            self.catalog.apply(statement, moment);
            self.set(statement, migration.source, &mut session);
            self.catalog.commit();
        }
        self.calls.learn(&self.catalog, self.sources, migration);
        self.catalog.end_session();
        self.catalog.forget_contents();
    }
}

/// The versions that a dump says have run: `INSERT INTO schema_migrations (version) VALUES ('1'), ('2')`.
fn versions<'a>(dump: &Migration, text: &'a str) -> Vec<&'a str> {
    let is_list = |statement: &&Statement| match &statement.command {
        Command::Insert(insert) => {
            insert.table.name.name.name == "schema_migrations" && matches!(insert.source, Some(InsertSource::Values(_)))
        }
        _ => false,
    };
    let lists = dump.statements.iter().filter(is_list).filter_map(|statement| text.get(statement.span.range()));
    lists.flat_map(|list| list.split(['\'', '(', ')', ','])).filter(|word| is_version(word)).collect()
}

fn is_version(word: &str) -> bool {
    !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_digit())
}

/// The digits at the beginning of a file's name, or of its folder's.
fn version_of(path: &str) -> Option<&str> {
    path.rsplit('/').take(2).find_map(|name| {
        let end = name.bytes().position(|byte| !byte.is_ascii_digit()).unwrap_or(name.len());
        Some(&name[..end]).filter(|digits| !digits.is_empty())
    })
}
