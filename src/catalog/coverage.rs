//! How far the files of a project tell what there is.
//!
//! `DROP ... IF EXISTS` of something that no statement has made: on a database that these migrations have built alone it does nothing; on
//! one that is older than its first migration it may take something away. Which of the two it is shows in what the other statements need.

use super::touch::is_of_system;
use super::{Catalog, Moment, RelationBody};
use crate::migration::{Direction, Migration, Role};
use crate::source::SourceId;
use crate::statement::{AlterActionKind, Body, Command, Name, ObjectKind, ObjectName, Statement};
use std::collections::{BTreeMap, BTreeSet};

/// What the files of a project say of all that there is.
#[derive(Clone, Debug, Default)]
pub struct Coverage {
    /// The files are all that has run, in its order.
    whole: bool,
    /// Names that statements of the migrations make or give.
    made: BTreeSet<Name>,
    /// Names that are made at a time that is not known: by files that run again and again, and by functions.
    anytime: BTreeSet<Name>,
    /// Schemas in which the migrations need a relation that none of them makes: there is more in these than the files tell.
    foreign: BTreeSet<Name>,
    /// The last file that drops a view of that name.
    view_drops: BTreeMap<Name, SourceId>,
    /// Kinds of objects that commands make whose text is put together when they run.
    unseen: BTreeSet<ObjectKind>,
}

/// How much of what has run on a server the files of a project are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Completeness {
    /// Others may have run before them, or between them.
    #[default]
    Part,
    /// No tool is known, but whoever wrote them numbered them all: they are all that there is, unless they need what none of them makes.
    Series,
    /// The tool's whole history.
    Whole,
}

/// Nothing is known of it.
pub static UNKNOWN_COVERAGE: Coverage = Coverage {
    whole: false,
    made: BTreeSet::new(),
    anytime: BTreeSet::new(),
    foreign: BTreeSet::new(),
    view_drops: BTreeMap::new(),
    unseen: BTreeSet::new(),
};

/// Kinds of objects by the word that a command makes them with. With a table come its indexes and sequences.
const KINDS: [(&str, &[ObjectKind]); 9] = [
    ("table", &[ObjectKind::Table, ObjectKind::ForeignTable, ObjectKind::Index, ObjectKind::Sequence]),
    ("index", &[ObjectKind::Index]),
    ("view", &[ObjectKind::View, ObjectKind::MaterializedView]),
    ("sequence", &[ObjectKind::Sequence]),
    ("function", &[ObjectKind::Function, ObjectKind::Routine]),
    ("procedure", &[ObjectKind::Procedure, ObjectKind::Routine]),
    ("type", &[ObjectKind::Type]),
    ("domain", &[ObjectKind::Domain]),
    ("schema", &[ObjectKind::Schema]),
];

/// The kinds of objects that are made as this one is.
fn kinds_like(command: &Command) -> &'static [ObjectKind] {
    match command {
        Command::CreateView(_) => &[ObjectKind::View, ObjectKind::MaterializedView],
        Command::CreateFunction(_) => &[ObjectKind::Function, ObjectKind::Procedure, ObjectKind::Routine],
        _ => &[],
    }
}

impl Coverage {
    /// What the migrations of a project tell.
    pub fn of(migrations: &[&Migration], completeness: Completeness) -> Self {
        let in_order = |migration: &&Migration| !migration.turn.guessed && !migration.turn.coded;
        let whole = completeness != Completeness::Part && migrations.iter().all(in_order);
        let mut coverage = Self { whole, ..Self::default() };
        if !coverage.whole {
            return coverage;
        }
        let mut needed = Catalog::default();
        for migration in migrations {
            let again = match migration.role {
                Role::Migration => false,
                Role::Repeatable | Role::Callback | Role::Included => true,
                Role::Down | Role::Seed | Role::Schema => continue,
            };
            let up = |statement: &&Statement| {
                migration.section_of(statement).is_none_or(|section| section.direction == Direction::Up)
            };
            for statement in migration.statements.iter().filter(up) {
                // What callbacks made that are no longer there shows nowhere.
                if migration.role == Role::Callback {
                    coverage.unseen.extend(kinds_like(&statement.command));
                }
                coverage.statement(statement, again, migration, &mut needed);
            }
        }
        for relation in needed.relations() {
            let made = coverage.made.contains(&relation.name) || coverage.anytime.contains(&relation.name);
            if !made && !matches!(relation.body, RelationBody::Sequence(_)) {
                coverage.foreign.insert(relation.schema.clone());
            }
        }
        coverage
    }

    /// Whether an object of that name, which no statement has made so far, is certain not to exist. Of tables and schemas, which hold
    /// rows, only where a later statement makes one of that name: nobody drops for nothing what nobody ever makes.
    pub fn lacks(&self, kind: ObjectKind, schema: &str, name: &str) -> bool {
        let told = match kind {
            ObjectKind::Table | ObjectKind::ForeignTable | ObjectKind::Schema => self.made.contains(name),
            _ => KINDS.iter().any(|(_, kinds)| kinds.contains(&kind)),
        };
        told && self.knows(kind, schema, name)
    }

    /// Whether no statement ever makes a table of that name: it is there only where somebody made it by hand, or before these migrations.
    pub fn never_makes(&self, schema: &str, name: &str) -> bool {
        !self.made.contains(name) && self.knows(ObjectKind::Table, schema, name)
    }

    /// Whether a view that a file drops is there again behind it: no file ever makes one of that name, and a later one drops it again.
    /// So something beside the files makes it, such as a script that runs after every deployment.
    pub fn comes_back(&self, view: &str, dropped_in: SourceId) -> bool {
        self.whole
            && !self.made.contains(view)
            && !self.anytime.contains(view)
            && self.view_drops.get(view).is_some_and(|last| *last != dropped_in)
    }

    /// Whether what makes objects of a kind and name is all in the files.
    fn knows(&self, kind: ObjectKind, schema: &str, name: &str) -> bool {
        self.whole
            && !self.foreign.contains(if kind == ObjectKind::Schema { name } else { schema })
            && !self.anytime.contains(name)
            && !self.unseen.contains(&kind)
    }

    fn statement(&mut self, statement: &Statement, again: bool, migration: &Migration, needed: &mut Catalog) {
        for name in made_by(&statement.command) {
            if again {
                self.anytime.insert(name)
            } else {
                self.made.insert(name)
            };
        }
        match &statement.command {
            Command::Drop(drop) if matches!(drop.kind, ObjectKind::View | ObjectKind::MaterializedView) && !again => {
                let names = drop.names.iter().map(|name| super::names::stored(&name.name.name));
                self.view_drops.extend(names.map(|name| (name, migration.source)));
            }
            Command::Do(block) => {
                if let Some(body) = &block.body {
                    self.opaque(body);
                    for inner in &body.statements {
                        self.statement(inner, again, migration, needed);
                    }
                }
            }
            Command::CreateFunction(create) => {
                if let Some(body) = &create.body {
                    self.opaque(body);
                    let within = body.statements.iter().flat_map(|inner| made_by(&inner.command));
                    self.anytime.extend(within);
                }
            }
            command if needs_tables(command) && statement.guard.is_none() && !again => {
                let moment = Moment {
                    source: migration.source,
                    deployment: 0,
                    transaction: 0,
                    search_path: &[Name::new_static("public")],
                    from_empty: false,
                    whole: false,
                    coverage: &UNKNOWN_COVERAGE,
                    bodies_checked: false,
                    seed: false,
                    version: crate::dialect::Version(18),
                };
                needed.touch(statement, moment);
            }
            _ => {}
        }
    }

    /// Commands that are put together at run time make whatever kind they name.
    fn opaque(&mut self, body: &Body) {
        if body.opaque.is_empty() {
            return;
        }
        let says = |word: &str| body.words.iter().any(|it| it.eq_ignore_ascii_case(word));
        // A text that comes from elsewhere may be any.
        let any = body.words.is_empty();
        if any || says("create") || says("rename") {
            let kinds = KINDS.iter().filter(|(word, _)| any || says(word));
            let kinds = kinds.flat_map(|(word, kinds)| {
                // ALTER TABLE gives a table another name, or a constraint, whose index no DROP INDEX takes.
                let other = *word == "table" && !any && !says("create");
                kinds
                    .iter()
                    .copied()
                    .filter(move |kind| !other || !matches!(kind, ObjectKind::Index | ObjectKind::Sequence))
            });
            self.unseen.extend(kinds);
        }
    }
}

/// Whether a command fails where a table that it names does not exist.
fn needs_tables(command: &Command) -> bool {
    match command {
        Command::AlterRelation(alter) => alter.kind == ObjectKind::Table && !alter.if_exists,
        Command::Insert(insert) => !is_of_system(&insert.table.name),
        Command::CreateIndex(_)
        | Command::CreateTable(_)
        | Command::CreateView(_)
        | Command::CreateTrigger(_)
        | Command::Policy(_)
        | Command::Update(_)
        | Command::Delete(_)
        | Command::Truncate(_) => true,
        _ => false,
    }
}

/// The names that a command makes, or gives to what is there.
fn made_by(command: &Command) -> Vec<Name> {
    let plain = |name: &ObjectName| super::names::stored(&name.name.name);
    let name = match command {
        Command::CreateTable(create) => Some(plain(&create.name)),
        Command::Query(query) => query.into.as_deref().map(plain),
        Command::CreateIndex(create) => create.name.as_ref().map(plain),
        Command::CreateView(create) => Some(plain(&create.name)),
        Command::CreateSequence(create) => Some(plain(&create.name)),
        Command::CreateType(create) => Some(plain(&create.name)),
        Command::CreateDomain(create) => Some(plain(&create.name)),
        Command::CreateFunction(create) => Some(plain(&create.name)),
        Command::CreateSchema(create) => create.name.as_ref().map(|name| name.name.clone()),
        Command::CreateObject(create) => create.name.as_ref().map(plain),
        Command::AlterObject(alter) => alter.rename_to.as_ref().map(|name| name.name.clone()),
        Command::AlterRelation(alter) => {
            let given = |kind: &AlterActionKind| match kind {
                AlterActionKind::RenameTo(to) => Some(to.name.clone()),
                AlterActionKind::SetSchema(_) => Some(plain(&alter.name)),
                _ => None,
            };
            return alter.actions.iter().filter_map(|action| given(&action.kind)).collect();
        }
        _ => None,
    };
    name.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use crate::check::{File, Project, read};
    use crate::migration::Role;
    use crate::settings::Settings;
    use crate::source::Source;
    use crate::tool::Tool;

    /// What the last migration of a history does, but for locks.
    fn told(whole: bool, files: &[&str]) -> Vec<String> {
        let again = |text: &str| text.starts_with("-- again");
        let last = files.iter().rposition(|text| !again(text));
        let file = |(number, text): (usize, &&str)| File {
            judged: Some(number) == last,
            role: if again(text) { Role::Repeatable } else { Role::Migration },
            ..File::from(Source::new(format!("{number}.sql"), *text))
        };
        let project = Project { whole, ..Project::of(Tool::NONE, files.iter().enumerate().map(file).collect()) };
        let (_, projects) = read(vec![project], &Settings::default());
        let steps = projects.iter().flat_map(|project| &project.replay.steps).filter(|step| step.judged);
        let effects = steps.flat_map(|step| &step.effects).filter(|effect| effect.kind.name() != "takes-lock");
        let word = |name: &str, kind: &crate::effect::EffectKind| kind.field(name).map(|it| format!(" {it}"));
        effects
            .map(|effect| {
                let kind = &effect.kind;
                let words = ["object", "name", "reason"].into_iter().filter_map(|name| word(name, kind));
                format!("{}{}", kind.name(), words.collect::<String>())
            })
            .collect()
    }

    /// As a folder that no tool is known of, all of whose files are numbered.
    fn in_series(files: &[&str]) -> bool {
        let file = |(number, text): (usize, &&str)| File::from(Source::new(format!("{number}.sql"), *text));
        let project = Project { series: true, ..Project::of(Tool::NONE, files.iter().enumerate().map(file).collect()) };
        let (_, projects) = read(vec![project], &Settings::default());
        let mut effects = projects.iter().flat_map(|it| &it.replay.steps).flat_map(|step| &step.effects);
        effects.any(|effect| effect.kind.name() == "does-nothing")
    }

    #[test]
    fn numbered_files_are_all_that_there_is_unless_they_need_more() {
        let drop = "DROP INDEX IF EXISTS gone;";
        assert!(in_series(&["CREATE TABLE t (id int);", drop]));
        assert!(!in_series(&["CREATE TABLE IF NOT EXISTS t (id int); CREATE INDEX ON u (id);", drop]));
        assert!(!in_series(&["CREATE TABLE t (id int);", "DROP TABLE IF EXISTS gone;"]));
        // Of a table that is made where there is none yet, its columns are not known for certain.
        assert!(!in_series(&["CREATE TABLE IF NOT EXISTS t (id int);", "ALTER TABLE t DROP COLUMN IF EXISTS a;"]));
    }

    fn does_nothing(whole: bool, files: &[&str]) -> bool {
        told(whole, files).iter().any(|line| line.starts_with("does-nothing"))
    }

    #[test]
    fn what_a_whole_history_never_made_is_not_there() {
        let first = "CREATE TABLE t (id int);";
        for gone in ["INDEX", "VIEW", "SEQUENCE", "TYPE", "FUNCTION"] {
            let drop = format!("DROP {gone} IF EXISTS gone;");
            assert!(does_nothing(true, &[first, &drop]), "{drop}");
            assert!(!does_nothing(false, &[first, &drop]), "{drop}");
        }
    }

    #[test]
    fn a_table_is_dropped_for_nothing_only_to_be_made() {
        let first = "CREATE TABLE t (id int);";
        assert!(!does_nothing(true, &[first, "DROP TABLE IF EXISTS u;"]));
        assert!(does_nothing(true, &[first, "DROP TABLE IF EXISTS u; CREATE TABLE u (id int);"]));
        assert!(does_nothing(true, &[first, "DROP SCHEMA IF EXISTS s CASCADE; CREATE SCHEMA s;"]));
    }

    #[test]
    fn a_history_that_needs_what_it_does_not_make_is_younger_than_its_database() {
        let drop = "DROP INDEX IF EXISTS gone;";
        assert!(!does_nothing(true, &["ALTER TABLE users ADD COLUMN a int;", drop]));
        assert!(!does_nothing(true, &["CREATE TABLE t (u int REFERENCES users);", drop]));
        assert!(does_nothing(true, &["SELECT 1 AS a INTO t; UPDATE t SET a = 2;", drop]));
        // Another schema is another program's.
        assert!(does_nothing(true, &["CREATE TABLE t (u int REFERENCES auth.users);", drop]));
        assert!(does_nothing(true, &["ALTER TABLE IF EXISTS users ADD COLUMN a int;", drop]));
    }

    #[test]
    fn what_is_made_at_another_time_may_be_there() {
        let drop = "DROP VIEW IF EXISTS v;";
        assert!(!does_nothing(true, &[drop, "-- again\nCREATE VIEW v AS SELECT 1;"]));
        let function = "CREATE FUNCTION f() RETURNS void LANGUAGE plpgsql AS $$ BEGIN";
        assert!(!does_nothing(true, &[&format!("{function} CREATE VIEW v AS SELECT 1; END $$;"), drop]));
        let built = format!("{function} EXECUTE 'CREATE VIEW ' || now() || ' AS SELECT 1'; END $$;");
        assert!(!does_nothing(true, &[&built, drop]));
        assert!(does_nothing(true, &[&built, "DROP INDEX IF EXISTS i;"]));
        let block =
            |command: &str| format!("CREATE TABLE t (id int); DO $$ BEGIN EXECUTE format('{command}', now()); END $$;");
        let renamed = block("ALTER TABLE t RENAME CONSTRAINT %I TO b");
        assert!(does_nothing(true, &[&renamed, "DROP INDEX IF EXISTS i;"]));
        assert!(!does_nothing(true, &[&block("ALTER INDEX %I RENAME TO i"), "DROP INDEX IF EXISTS i;"]));
        assert!(!does_nothing(
            true,
            &[&block("CREATE TABLE %I (LIKE t INCLUDING INDEXES)"), "DROP INDEX IF EXISTS i;"]
        ));
    }

    #[test]
    fn a_view_that_is_dropped_again_was_made_again() {
        let first = "CREATE TABLE t (id int); CREATE FUNCTION make(text) RETURNS void LANGUAGE plpgsql AS $$ \
            BEGIN EXECUTE 'CREATE VIEW ' || $1; END $$;";
        let drop = "DROP VIEW IF EXISTS v;";
        let breaks = |files: &[&str], at: usize| {
            let file = |(number, text): (usize, &&str)| File {
                judged: number == at,
                ..File::from(Source::new(format!("{number}.sql"), *text))
            };
            let project =
                Project { whole: true, ..Project::of(Tool::NONE, files.iter().enumerate().map(file).collect()) };
            let (_, projects) = read(vec![project], &Settings::default());
            let steps = projects.iter().flat_map(|project| &project.replay.steps).filter(|step| step.judged);
            steps.flat_map(|step| &step.effects).any(|effect| effect.kind.name() == "breaks-clients")
        };
        assert!(breaks(&[first, drop], 1));
        assert!(!breaks(&[first, drop, drop], 1));
        assert!(breaks(&[first, drop, drop], 2));
        assert!(breaks(&[first, "CREATE VIEW v AS SELECT 1;", drop, drop], 2));
        assert!(breaks(&[first, drop, "DROP VIEW IF EXISTS w;"], 1));
    }

    #[test]
    fn what_was_meant_is_told() {
        let first = "CREATE TABLE t (id int); CREATE INDEX t_id_idx ON t (id); CREATE SCHEMA s;
            CREATE FUNCTION s.f(int) RETURNS int LANGUAGE sql AS 'SELECT 1';";
        let reason = |drop: &str| told(true, &[first, drop]);
        assert_eq!(reason("DROP INDEX IF EXISTS t_id;"), ["does-nothing t_id another has nearly that name"]);
        assert_eq!(reason("DROP FUNCTION IF EXISTS f(int);"), ["does-nothing f it is in another schema"]);
        assert_eq!(reason("DROP FUNCTION IF EXISTS f(text);"), ["does-nothing f it does not exist"]);
        assert_eq!(reason("DROP INDEX IF EXISTS u_id;"), ["does-nothing u_id it does not exist"]);
    }

    #[test]
    fn a_column_is_lost_once() {
        let drop = "ALTER TABLE users DROP COLUMN IF EXISTS a;";
        let lost = |files: &[&str]| told(true, files).iter().any(|line| line.starts_with("loses-data"));
        assert!(lost(&[drop]));
        assert!(!lost(&[drop, drop]));
        assert!(lost(&[drop, "ALTER TABLE users ADD COLUMN a int;", drop]));
        assert!(lost(&[drop, "ALTER TABLE users DROP COLUMN IF EXISTS b;"]));
    }

    #[test]
    fn a_sequence_goes_with_its_table() {
        let dropped = |name: &str| told(false, &["DROP TABLE IF EXISTS old_items CASCADE;", name]);
        assert_eq!(
            dropped("DROP SEQUENCE IF EXISTS old_items_id_seq;"),
            ["does-nothing old_items_id_seq it does not exist"]
        );
        assert_eq!(
            dropped("DROP SEQUENCE IF EXISTS other_items_id_seq;"),
            ["drops-object sequence other_items_id_seq"]
        );
    }
}
