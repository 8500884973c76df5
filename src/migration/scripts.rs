//! Scripts that no tool runs, as they lie in a folder: what their names and statements tell of their order.
//!
//! Numbers in front of all names, each its own, are an order. Without them a place in the list is a guess. And a folder may hold no
//! history at all but a kit: scripts that make a schema, each a part of it, beside scripts that unmake or empty it.

use super::{Direction, Migration, Role, Turn};
use crate::source::Sources;
use crate::statement::{AlterActionKind, Command, Name, ObjectKind, Statement};
use std::collections::{BTreeMap, BTreeSet};

/// How many scripts a kit has at the least: what makes tables, what completes them, what takes them away.
const SCRIPTS: usize = 3;

/// Works out what the order of a folder's files is worth. The scripts of a kit are put in the order in which they make a schema, those that
/// take it away undo it.
pub fn arrange(migrations: &mut [Migration], sources: &Sources) {
    let number = |migration: &Migration| {
        let path = sources.get(migration.source).path();
        numbers(path.rsplit(['/', '\\']).next().unwrap_or(path))
    };
    let is_step = |migration: &&Migration| migration.role == Role::Migration;
    let steps = migrations.iter().filter(is_step).count();
    let mut by_number: BTreeMap<Vec<u64>, u32> = BTreeMap::new();
    let (mut numbered, mut shared) = (0, false);
    for (at, migration) in migrations.iter().enumerate().filter(|(_, migration)| is_step(migration)) {
        if let Some(number) = number(migration) {
            numbered += 1;
            shared |= by_number.insert(number, at as u32).is_some();
        }
    }
    if steps < 2 || (numbered == steps && !shared) {
        return;
    }
    for migration in migrations.iter_mut() {
        // What has one number was written for one release.
        let release = number(migration).and_then(|number| by_number.get(&number)).copied();
        migration.turn = Turn { guessed: true, release, ..migration.turn };
    }
    if numbered * 2 < steps && steps >= SCRIPTS {
        as_kit(migrations);
    }
}

/// The numbers in front of a name, behind letters or not: `1.2.3_x.sql`, `2024-01-31-x.sql`, `V7__x.sql`.
fn numbers(name: &str) -> Option<Vec<u64>> {
    let rest = name.trim_start_matches(|letter: char| letter.is_ascii_alphabetic());
    let rest = rest.strip_prefix(['-', '_', '.']).unwrap_or(rest);
    let mut found = Vec::new();
    for part in rest.split(['-', '_', '.', ':', 'T']) {
        // `20240131T120000Z`.
        let part = part.strip_suffix('Z').unwrap_or(part);
        // More than nineteen digits are no number that anybody counts with.
        match part.parse() {
            Ok(number) if part.bytes().all(|byte| byte.is_ascii_digit()) => found.push(number),
            _ => break,
        }
    }
    Some(found).filter(|found| !found.is_empty())
}

/// What a script makes and what it takes away, by names without their schema.
#[derive(Default)]
struct Script {
    tables: BTreeSet<Name>,
    made: BTreeSet<Name>,
    emptied: BTreeSet<Name>,
    unmade: BTreeSet<Name>,
    /// Statements that change the schema or rows.
    changes: usize,
    /// Those of them that take something away.
    removals: usize,
    /// It makes what tables need: types, domains, schemas.
    needed_by_tables: bool,
}

impl Script {
    fn of(migration: &Migration) -> Self {
        let mut script = Self::default();
        migration.statements.iter().for_each(|statement| script.add(statement));
        script
    }

    fn add(&mut self, statement: &Statement) {
        self.changes += 1;
        let removes = match &statement.command {
            Command::Drop(drop) => {
                let gone = if drop.kind == ObjectKind::Table { &mut self.emptied } else { &mut self.unmade };
                gone.extend(drop.names.iter().map(|name| name.name.name.clone()));
                true
            }
            Command::Truncate(truncate) => {
                self.emptied.extend(truncate.tables.iter().map(|table| table.name.name.name.clone()));
                true
            }
            Command::DropOnTable(drop) => {
                self.unmade.insert(drop.table.name.name.clone());
                true
            }
            Command::AlterRelation(alter) => {
                let drops = |kind: &AlterActionKind| {
                    matches!(kind, AlterActionKind::DropConstraint { .. } | AlterActionKind::DropColumn { .. })
                };
                let all = !alter.actions.is_empty() && alter.actions.iter().all(|action| drops(&action.kind));
                if all {
                    self.unmade.insert(alter.name.name.name.clone());
                }
                all
            }
            Command::CreateTable(create) => {
                self.tables.insert(create.name.name.name.clone());
                self.made.insert(create.name.name.name.clone());
                false
            }
            Command::CreateView(create) => self.make(&create.name.name.name),
            Command::CreateSequence(create) => self.make(&create.name.name.name),
            Command::CreateFunction(create) => self.make(&create.name.name.name),
            Command::CreateIndex(create) => create.name.as_ref().is_some_and(|name| self.make(&name.name.name)),
            Command::CreateType(create) => self.need(&create.name.name.name),
            Command::CreateDomain(create) => self.need(&create.name.name.name),
            Command::CreateSchema(_) | Command::CreateExtension(_) => {
                self.needed_by_tables = true;
                false
            }
            Command::Set(_) | Command::Transaction(_) | Command::Meta(_) | Command::Query(_) | Command::Nothing(_) => {
                self.changes -= 1;
                false
            }
            _ => false,
        };
        self.removals += usize::from(removes);
    }

    fn make(&mut self, name: &Name) -> bool {
        self.made.insert(name.clone());
        false
    }

    fn need(&mut self, name: &Name) -> bool {
        self.needed_by_tables = true;
        self.make(name)
    }

    /// It does little but take away.
    fn removes(&self) -> bool {
        self.removals > 0 && mostly(self.removals, self.changes)
    }

    /// When it runs among the scripts that make a schema.
    fn rank(&self) -> usize {
        match (self.tables.is_empty(), self.needed_by_tables) {
            (true, true) => 0,
            (false, _) => 1,
            (true, false) => 2,
        }
    }
}

/// Four in five.
fn mostly(part: usize, whole: usize) -> bool {
    part * 5 >= whole * 4
}

/// Where one of the files empties or drops the tables that the others make, they are a kit.
fn as_kit(migrations: &mut [Migration]) {
    let is_step = |migration: &Migration| migration.role == Role::Migration;
    let scripts: Vec<Script> = migrations.iter().map(Script::of).collect();
    let steps =
        || migrations.iter().zip(&scripts).filter(|(migration, _)| is_step(migration)).map(|(_, script)| script);
    let tables: BTreeSet<&Name> = steps().filter(|it| !it.removes()).flat_map(|it| &it.tables).collect();
    let made: BTreeSet<&Name> = steps().flat_map(|it| &it.made).collect();
    let removes_all = |script: &Script| {
        script.removes() && mostly(tables.iter().filter(|name| script.emptied.contains(**name)).count(), tables.len())
    };
    if tables.is_empty() || !steps().any(removes_all) {
        return;
    }
    let undoes = |script: &Script| {
        let gone = || script.emptied.iter().chain(&script.unmade);
        script.removes() && mostly(gone().filter(|name| made.contains(name)).count(), gone().count())
    };
    let mut ranks = BTreeMap::new();
    for (migration, script) in migrations.iter_mut().zip(&scripts).filter(|(migration, _)| is_step(migration)) {
        migration.turn.release = Some(0);
        ranks.insert(migration.source, script.rank());
        if undoes(script) {
            migration.role = Role::Down;
            migration.sections.iter_mut().for_each(|section| section.direction = Direction::Down);
        }
    }
    migrations.sort_by_key(|migration| ranks.get(&migration.source).copied());
}

#[cfg(test)]
mod tests {
    use super::numbers;

    #[test]
    fn numbers_stand_in_front() {
        assert_eq!(numbers("001_init.sql"), Some(vec![1]));
        assert_eq!(numbers("V2.10__x.sql"), Some(vec![2, 10]));
        assert_eq!(numbers("2024-01-31-add.sql"), Some(vec![2024, 1, 31]));
        assert_eq!(numbers("20240131T120000Z.sql"), Some(vec![20_240_131, 120_000]));
        assert_eq!(numbers("migration-7.sql"), Some(vec![7]));
        assert_eq!(numbers("CreateTables.sql"), None);
        assert_eq!(numbers("schema.sql"), None);
    }
}
